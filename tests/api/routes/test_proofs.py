"""Checkpoints and proofs over HTTP: what is answered can be checked by whoever asks."""

from datetime import date
from pathlib import Path

from ledger.access import CheckpointKeyAdopted
from ledger.log import merkle
from ledger.log.checkpoint import new_signer, read_checkpoint
from ledger.log.database import Database
from ledger.log.proof import consistent, included
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import problem, served
from tests.ground.recording import record


def test_anybody_with_a_key_can_check_the_log(database: Database, tmp_path: Path) -> None:
    signer, file = new_signer("ledger.example/demo"), tmp_path / "checkpoint.key"
    with Ledger(database, CONTEXTS) as ledger, served(ledger, checkpoint_key=str(file)) as http:
        problem(http.get("/v1/log/checkpoint"), 404, "not-found")
        file.write_text(str(signer))
        answer = http.get("/v1/log/checkpoint", role="auditor")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        read = read_checkpoint(answer.text, [signer.verifier])

        proof = http.get(f"/v1/log/proof/inclusion?position=2&size={read.size}", role="deal_desk").json()
        envelope = http.get("/v1/facts/2", role="admin").content
        path = [bytes.fromhex(one) for one in proof["path"]]
        assert included(merkle.leaf(envelope), 1, read.size, path, read.root)

        grown = http.get("/v1/log/proof/consistency?from=3", role="auditor").json()
        path = [bytes.fromhex(one) for one in grown["path"]]
        roots = bytes.fromhex(grown["since_root"]), bytes.fromhex(grown["to_root"])
        assert consistent(3, roots[0], read.size, roots[1], path)
        assert (grown["to"], roots[1]) == (read.size, read.root)

        for asked in (
            "inclusion",
            "inclusion?position=99",
            "consistency",
            "consistency?from=9&to=2",
            "consistency?from=-1",
        ):
            problem(http.get(f"/v1/log/proof/{asked}"), 400, "parameter-invalid")


def test_what_was_adopted_and_is_no_key_signs_nothing(ledger: Ledger) -> None:
    with served(ledger) as http:
        vkey = f"ledger.example/demo+00000000+{'A' * 44}"  # which was taken once
        stranger = {"vkey": vkey, "effective_on": "2025-01-01"}
        problem(http.post("/v1/access/checkpoint-keys", stranger, "admin"), 422, "checkpoint-key-invalid")
        record(http.ledger.database, [CheckpointKeyAdopted(effective_on=date(2025, 1, 1), vkey=vkey)])
        problem(http.get("/v1/log/checkpoint"), 404, "not-found")

"""Packs of the demonstration; taken apart, and put together again as whoever altered one would.

PACKS      what each pack is about; made: all of them
SIGNER     the ledger's key; FORGER: another key of the same name
opened     the files of a pack, JSON as values; sealed: a pack of such files, its manifest right again
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from api.app import reads
from api.evidence import check
from api.evidence.gathering import Close, Figure, OneFact, Subject, gather
from api.evidence.packing import pack
from api.evidence.serving import with_receipts
from api.settings import Settings
from ledger.log import store
from ledger.log.checkpoint import Signer, checkpoint
from ledger.log.database import Database
from tests.ground.demonstrated import basis

ORIGIN = "ledger.example/demo"
SIGNER, FORGER = Signer(ORIGIN, bytes(range(32))), Signer(ORIGIN, bytes(32))
KEY = str(SIGNER.verifier)
REPORTS = with_receipts(reads(Settings()))
DAY = "2026-06-30"
PACKS: Mapping[str, Subject] = {
    "account": Figure(report="trial-balance", cell="ACCOUNT:contract-assets/closing"),
    "books": Figure(report="deferred-revenue", cell="TOTAL/closing"),
    "journals": Figure(report="revenue", cell="STREAM:LATE_FEE/journals"),
    "currency": Figure(report="bank-accounts", cell="ACCOUNT:usd-main-demo/closing_held"),
    "ratio": Figure(report="investment", cell="AGREEMENT:{agreement}/fulfilment_percent"),
    "rent": Figure(report="rent-roll", cell="UNIT:{unit}/rent_m2_month"),
    "shared": Figure(report="rent-roll", cell="UNIT:{shared}/arrears"),
    "words": Figure(report="rent-roll", cell="UNIT:{unit}/tenant"),
    "for one": Figure(report="rent-roll", cell="UNIT:{unit}/status", company="nobody-demo"),
    "fact": OneFact(1204),
    "close": Close("2026-01"),
}


def made(database: Database, subject: Subject, *, signer: Signer | None = SIGNER, day: str = DAY) -> bytes:
    """A pack of the whole log, on a basis of some time before."""
    with database.views.connect() as connection:
        size = store.read_head(connection).size
        gathered = gather(REPORTS, connection, basis(connection, day, str(size - 9)), subject, size)
        return pack(connection, gathered, size=size, signer=signer, command="mcsc evidence …").data


def opened(data: bytes) -> dict[str, Any]:
    """The files of a pack: JSON as values, facts as a list of lines, others as bytes."""
    files: dict[str, Any] = dict(check.unzipped(data))
    for name in files:
        if name.endswith(".json"):
            files[name] = json.loads(files[name])
    files["facts.ndjson"] = files["facts.ndjson"].splitlines(keepends=True)
    return files


def sealed(files: Mapping[str, Any], signer: Signer | None, *, note: bytes | None = None) -> bytes:
    """A pack of these files, with the manifest that fits them: signed; or with a note as it stands, or with none."""
    written = {name: _bytes(name, value) for name, value in files.items() if not name.startswith("manifest.")}
    written = dict(sorted(written.items()))
    tree = files["tree.json"]
    if signer is not None:
        written["checkpoint.note"] = checkpoint([signer], tree["size"], bytes.fromhex(tree["root"])).encode()
    listed = [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in written.items()
    ]
    manifest = check.canonical(files["manifest.json"] | {"files": listed})
    if signer is not None:
        digest = base64.b64encode(hashlib.sha256(manifest).digest()).decode()
        text = f"{check.FORMAT}\n{ORIGIN}\n{digest}\n"
        note = f"{text}\n{signer.sign(text)}".encode()
    beside = {"manifest.json": manifest} | ({"manifest.note": note} if note is not None else {})
    return check.zipped(beside | written)


def _bytes(name: str, value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return check.canonical(value) if name.endswith(".json") else b"".join(value)

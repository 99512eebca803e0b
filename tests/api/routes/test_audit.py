"""The whole log over HTTP, for admins: the events of the command line, from any position on."""

import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import migrations
from ledger.log.database import Database
from ledger.log.events import exported, ndjson
from ledger.log.importing import import_log
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import CLAIM, LEAD, Http, served

PATH = "/v1/log/export"
BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    """A ledger with a few facts, and a refusal."""
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        http.post("/v1/companies", LEAD)
        http.post("/v1/claims", CLAIM)
        http.post("/v1/claims", {**CLAIM, "statement": "It did not."})
        yield http


def test_what_is_sent_can_be_imported(http: Http, tmp_path: Path) -> None:
    answer = http.get(PATH, "admin")
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    assert answer.content == b"".join(ndjson(exported(http.ledger.database)))
    assert {json.loads(line)["type"] for line in answer.content.splitlines()} >= {"mcsc.receipt", "mcsc.head"}
    with closing(Database(tmp_path / "back")) as back:
        migrations.upgrade(back)
        assert import_log(back, io.BytesIO(answer.content)).root == http.get("/v1/head").json()["data"]["root"]


def test_it_goes_on_from_a_position(http: Http) -> None:
    whole = http.get(PATH, "admin").content.splitlines()
    assert http.get(f"{PATH}?from=3", "admin").content.splitlines() == whole[2:]
    beyond = http.get(f"{PATH}?from={http.size + 2}", "admin")
    assert (beyond.status_code, beyond.json()["code"]) == (400, "parameter-invalid")
    assert http.get(f"{PATH}?from=0", "admin").status_code == 400
    assert http.get(f"{PATH}?from_=1", "admin").json()["code"] == "parameter-unknown"


def test_the_batch_form_is_one_array(http: Http) -> None:
    answer = http.get(PATH, "admin", headers={"Accept": BATCH})
    assert answer.headers["Content-Type"].startswith(BATCH)
    assert answer.json() == [json.loads(line) for line in http.get(PATH, "admin").content.splitlines()]
    assert http.get(PATH, "admin", headers={"Accept": "text/html"}).status_code == 406
    head = http.client.head(PATH, headers=http.headers("admin"))
    assert (head.status_code, head.content) == (200, b"")

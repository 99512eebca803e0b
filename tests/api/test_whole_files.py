"""A file is whole, or says what it lacks: every table and every list over HTTP and on the command line."""

import csv
import io
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from api.app import reads
from api.cli import main
from api.http.reading import Read
from api.settings import Settings
from ledger.log import store
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.books.journal import journal_line
from tests.ground.over_http import Http, served

READS = {read.name: read for read in reads(Settings())}
TABLES = [name for name, read in READS.items() if read.table and "{" not in read.path]
LISTS = [name for name, read in READS.items() if read.rows and "{" not in read.path]
REPORTS = {read.report.name: read for read in READS.values() if read.report}
NOT_ASKED = {"report-access", "report-contacts"}
"""To read the first adds to it; the second an auditor may not read."""


@pytest.fixture(scope="module")
def city(demo: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    """The demonstration, which has more than a page of much."""
    where = tmp_path_factory.mktemp("city") / "demo"
    shutil.copytree(demo.directory, where)
    with Ledger(Database(where), CONTEXTS) as ledger, served(ledger) as http:
        http.read("/v1/companies")
        yield http
        ledger.database.close()


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.http.reading.PAGE_ROWS", 50)


def mcsc(city: Http, *arguments: object) -> Result:
    data = ["--data", city.ledger.database.where]
    return CliRunner().invoke(main, [*map(str, arguments), *data])


def lines(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def rows_of(city: Http, read: Read[Any]) -> list[Any]:
    """Every row there is, asked for page after page as a program does."""
    found: list[Any] = []
    path: str | None = read.path + ("?limit=37" if read.in_pages else "")
    while path:
        answer = city.get(path)
        assert answer.status_code == 200, answer.text
        found += answer.json()["rows"]
        path = answer.json().get("next")
        assert (path is not None) == ("Link" in answer.headers)
    return found


@pytest.mark.parametrize("name", [name for name in TABLES if name not in NOT_ASKED])
def test_a_table_is_whole_over_http(city: Http, name: str) -> None:
    read = READS[name]
    answer = city.get(f"{read.path}.csv")
    assert "_part" not in answer.headers["Content-Disposition"]
    assert city.get(read.path, headers={"Accept": "text/csv"}).content == answer.content
    assert city.get(f"{read.path}.csv", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    if read.rows:
        rows = rows_of(city, read)
        assert len(lines(answer.content)) == sum(len(row["lines"]) if "lines" in row else 1 for row in rows)
    if read.in_pages:
        part = city.get(f"{read.path}.csv?limit=3")
        assert part.headers["Content-Disposition"].endswith('_part-more-follows.csv"')
        assert 'rel="next"' in part.headers["Link"]
    if read.report:
        assert mcsc(city, "report", read.report.name, "--csv").stdout_bytes == answer.content


@pytest.mark.parametrize("name", [name for name in REPORTS if f"report-{name}" not in NOT_ASKED])
def test_a_report_is_whole_in_a_file(city: Http, name: str, tmp_path: Path) -> None:
    read, json_file, csv_file = REPORTS[name], tmp_path / "a.json", tmp_path / "a.csv"
    for file in (json_file, csv_file):
        assert mcsc(city, "report", name, "-o", file).exit_code == 0
    answer = json.loads(json_file.read_bytes())
    assert read.table is not None
    if read.rows:
        assert answer["rows"] == rows_of(city, read)
    else:
        assert answer["data"] == city.read(read.path, **({"limit": 1000} if read.in_pages else {}))["data"]
    assert csv_file.read_bytes() == city.get(f"{read.path}.csv").content


def test_what_there_is_counted_by_the_database(city: Http, tmp_path: Path) -> None:
    with city.ledger.database.views.connect() as connection:
        posted = connection.execute(select(func.count()).select_from(journal_line)).scalar_one()
        facts = store.read_head(connection).size
    assert len(lines(city.get("/v1/reports/journal.csv").content)) == posted > 5_000
    assert mcsc(city, "export", "journal", "--format", "csv", "-o", tmp_path / "b.csv").exit_code == 0
    assert len(lines((tmp_path / "b.csv").read_bytes())) == posted
    result = mcsc(city, "history", "-o", tmp_path / "h.json")
    assert len(json.loads((tmp_path / "h.json").read_bytes())["rows"]) == facts > 5_000
    assert f"{facts:,} of {facts:,} facts" in result.stderr
    for asked in (["--limit", 1200], ["--limit", 1200, "--json"]):
        result = mcsc(city, "history", *asked)
        assert f"1,200 of {facts:,} facts (the others: --after 1200)" in result.stderr
    assert len(json.loads(result.stdout)["rows"]) == 1200


@pytest.mark.parametrize("name", LISTS)
def test_a_page_says_that_more_follows(city: Http, name: str) -> None:
    read = READS[name]
    if name == "list-papers":
        assert city.get(read.path).json()["rows"] == [], "nothing went out of this city"
    elif read.in_pages:
        assert city.get(f"{read.path}?limit=1").json()["next"].startswith(read.path)
    else:
        assert "next" not in city.get(read.path).json()


def test_memory_does_not_grow_with_the_file(city: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    """No piece of the file is larger than a page: nothing holds the whole of it."""
    pieces: list[int] = []
    monkeypatch.setattr(sys.modules["api.cli.reports"], "write", lambda some, *_: pieces.extend(map(len, some)))
    for form in ("--csv", "--json"):
        pieces.clear()
        mcsc(city, "report", "journal", form)
        assert len(pieces) > 30
        assert max(pieces) < sum(pieces) / 10

"""Packs as people ask for them: over HTTP, and on the command line."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from sqlalchemy import Connection

from api.cli import main
from api.evidence import check
from api.evidence.gathering import COMPANIES, NAMING, Figure, gather
from api.evidence.packing import pack
from api.http.problems import Problem
from api.http.receipts import section_of, table_of
from ledger.log import store
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.evidence.packs import DAY, KEY, REPORTS, SIGNER, opened
from tests.evidence.test_second_checker import NODE, said
from tests.ground.demonstrated import basis
from tests.ground.over_http import problem, served
from tests.ground.recording import lead, record

HERS = "bamboo-gate-storage-demo"
COLUMNS = {"energy": 1}
"""Columns tried of a report whose cells take seconds each."""
PROVEN = "/v1/evidence?report=companies&cell=a-demo/name"


def test_over_http_for_auditors_and_finance(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.key"
    file.write_text(str(SIGNER))
    record(database, [lead(name) for name in ("a-demo", "b-demo")])
    with Ledger(database, CONTEXTS) as ledger, served(ledger, checkpoint_key=str(file)) as http:
        for asked in (PROVEN, "/v1/evidence?position=1", f"{PROVEN}&asked=stage=LEAD"):
            answer = http.get(f"{asked}&wait={http.size}", role="finance")
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == "application/zip"
            assert check.check(answer.content, [KEY])
        problem(http.get(PROVEN, role="deal_desk"), 403, "not-allowed")
        for wrong in (
            "?position=1&close=2026-01",
            "?close=May",
            "?report=journal&cell=x/y",
            "?position=1&size=999",
            "",
        ):
            problem(http.get(f"/v1/evidence{wrong}"), 400, "parameter-invalid")
        for wrong in ("recorded=1", "nothing=1"):
            problem(http.get(f"{PROVEN}&asked={wrong}&wait={http.size}"), 400, "parameter-invalid")
        problem(http.get("/v1/evidence?position=99"), 404, "not-found")
        problem(http.get("/v1/evidence?close=2026-01"), 404, "not-found")


@pytest.mark.parametrize(
    "words",
    [
        ("trial-balance", "ACCOUNT:contract-assets/closing", "--from", "2026-02-01", "--effective", "2026-06-30"),
        ("1204",),
        ("close:2026-01#1",),
    ],
)
def test_the_command_that_a_pack_names_makes_it_again(
    demo: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    shutil.copytree(demo.where, tmp_path / "demo")
    (tmp_path / "signs.key").write_text(str(SIGNER))
    monkeypatch.chdir(tmp_path)
    environment = {"MCSC_CHECKPOINT_KEY": str(tmp_path / "signs.key"), "MCSC_DATA": str(tmp_path / "demo")}
    asked = CliRunner().invoke(main, ["evidence", *words, "-o", "first.zip"], env=environment)
    assert asked.exit_code == 0, asked.output
    assert "NOT proved" in asked.stderr
    first = Path("first.zip").read_bytes()
    command = shlex.split(opened(first)["manifest.json"]["command"])
    assert CliRunner().invoke(main, command[1:], env=environment).exit_code == 0
    assert Path("pack.zip").read_bytes() == first


def _figures(connection: Connection, name: str) -> Iterator[Figure]:
    """One cell of some columns of each section of a report, by chance but the same each time."""
    chance, read = Random(name), REPORTS[name]
    assert read.receipts is not None
    rows = table_of(read, connection, basis(connection, DAY), read.query(effective=DAY), {})
    for section in sorted({section_of(row) for row in rows.values()}):
        told = {row: of for row, of in rows.items() if section_of(of) == section}
        columns = [*read.receipts.units, *read.receipts.words]
        there = {column: [row for row, of in told.items() if of.get(column) is not None] for column in columns}
        filled = [column for column in columns if there[column]]
        for column in chance.sample(filled, min(COLUMNS.get(name, 2), len(filled))):
            yield Figure(report=name, cell=f"{chance.choice(there[column])}/{column}")


def _words(text: str) -> set[str]:
    return {*re.findall("[a-z0-9][a-z0-9-]*", text)}


def _pack(connection: Connection, figure: Figure) -> bytes:
    size = store.read_head(connection).size
    gathered = gather(REPORTS, connection, basis(connection, DAY), figure, size)
    return pack(connection, gathered, size=size, signer=SIGNER, command="…").data


@pytest.mark.parametrize("name", REPORTS)
def test_any_figure_of_any_report_is_handed_over_and_to_a_company_without_the_names_of_others(
    demo: Database, tmp_path: Path, name: str
) -> None:
    """Both checkers accept it, the second where Node is."""
    packs = list[bytes]()
    with demo.views.connect() as connection:
        every = store.page(connection, after=0, limit=100_000)
        tags = [tag.partition(":") for entry in every for tag in entry.tags]
        deals = [entry.tags for entry in every if f"party:{HERS}" in entry.tags]
        others = {of for kind, _, of in tags if kind in COMPANIES} - {HERS}
        strangers = others - {tag.partition(":")[2] for some in deals for tag in some}  # partners stand in her facts
        for figure in _figures(connection, name):
            packs.append(_pack(connection, figure))
            assert check.check(packs[-1], [KEY]), figure
            hers = replace(figure, company=HERS)
            row, _, column = figure.cell.rpartition("/")
            if others & _words(row) or column in NAMING:
                continue  # refused, below, where it is another's
            packs.append(_pack(connection, hers))
            files = check.unzipped(packs[-1])
            told = (files[name] for name in ("manifest.json", "receipts.json", "report.json", "facts.ndjson"))
            assert strangers & _words(b"".join(told).decode()) == set(), figure
    assert packs, "a report of no cell in the demonstration"
    assert NODE is None or said(packs, tmp_path) == [True] * len(packs)


@pytest.mark.parametrize(
    ("report", "cell"),
    [("rent-roll", "UNIT:b24-302-demo/arrears"), ("trial-balance", "ACCOUNT:contract-assets/subledger")],
)
def test_a_share_by_facts_and_a_sum_of_nothing_are_handed_over(demo: Database, report: str, cell: str) -> None:
    with demo.views.connect() as connection:
        assert check.check(_pack(connection, Figure(report=report, cell=cell)), [KEY])


def test_the_facts_behind_parts_that_are_payables_are_handed_over(demo: Database) -> None:
    with demo.views.connect() as connection:
        files = opened(_pack(connection, Figure(report="trial-balance", cell="ACCOUNT:payables/subledger")))
    behind = [one["facts"] for one in files["receipts.json"] if one["kind"] == "open"]
    assert behind
    assert all(behind)


@pytest.mark.parametrize(("report", "column"), [("rent-roll", "tenant"), ("companies", "settled_in_on")])
def test_a_figure_that_names_a_company_is_handed_to_no_other(demo: Database, report: str, column: str) -> None:
    with demo.views.connect() as connection:
        read = REPORTS[report]
        rows = table_of(read, connection, basis(connection, DAY), read.query(effective=DAY), {})
        row = next(name for name, row in rows.items() if row.get(column))
        with pytest.raises(Problem, match="names another company than nobody-demo") as problem:
            _pack(connection, Figure(report=report, cell=f"{row}/{column}", company="nobody-demo"))
    assert problem.value.errors[0].parameter == "cell"

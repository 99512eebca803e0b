"""A read model is held against the log: what was altered is named; a rebuild that comes to other rows is refused."""

import io
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, select, text

from ledger.companies.facts import CompanyBecameDormant, CompanyReactivated
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.log.events import exported, ndjson
from ledger.log.importing import import_log
from projections.books.journal import Journal, journal_line
from projections.companies.register import CompanyRegister, company_register
from projections.engine.checking import Agreement, Checked, Differs, check
from projections.engine.runner import catch_up, ensure, rebuild, rebuild_all
from projections.engine.view import FOREVER, View, Writer, projection
from projections.every.views import ALL_VIEWS
from tests.ground.demonstrated import built
from tests.ground.golden import GOLDEN
from tests.ground.recording import lead, record, stored_rows

BOTH: tuple[type[View], ...] = (CompanyRegister, Journal)


def follow(database: Database, kinds: Sequence[type[View]] = BOTH) -> None:
    views = [kind() for kind in kinds]
    ensure(database, views)
    catch_up(database, views)


@pytest.fixture
def golden(database: Database) -> Database:
    """The golden year and three companies, followed."""
    record(database, [*GOLDEN, lead("sunfield-demo"), lead("moonfield-demo"), lead("starfield-demo")])
    follow(database)
    return database


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    (tmp_path / "beside").mkdir()
    return tmp_path / "beside"


def checked(database: Database, beside: Path, kinds: Sequence[type[View]] = BOTH) -> dict[str, Checked]:
    return {found.view: found for found in check(database, kinds, beside)}


def digests(found: dict[str, Checked]) -> list[Any]:
    assert all(one.compared is not None and not one.compared.different for one in found.values()), found
    return [(one.position, one.compared) for one in found.values()]


def change(database: Database, statement: str, **values: Any) -> None:
    """Change a read model as an intruder would."""
    with database.views.begin() as connection:
        assert connection.execute(text(statement), values).rowcount == 1, statement


def stored(database: Database) -> list[Any]:
    tables: list[tuple[Table, str]] = [(company_register, "company_register"), (journal_line, "journal")]
    return [stored_rows(database, table, name) for table, name in tables]


def bookmarks(database: Database) -> list[Any]:
    with database.views.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(select(projection)))


# Checked


def test_a_log_that_moved_has_the_same_digests(postgres: Database, tmp_path: Path) -> None:
    with closing(built(tmp_path / "demo", companies=0)) as first:
        record(first, [*GOLDEN, lead("sunfield-demo", name="太阳田 Ünïcode"), lead("ab-demo"), lead("a-z-demo")])
        import_log(postgres, io.BytesIO(b"".join(ndjson(exported(first)))))
        found = []
        for number, database in enumerate((first, postgres)):
            (tmp_path / f"{number}").mkdir()
            follow(database, ALL_VIEWS)
            found.append(digests(checked(database, tmp_path / f"{number}", ALL_VIEWS)))
    assert found[0] == found[1]
    assert sum(table.rows for _, one in found[0] for table in one.stored) > 100


CHANGES: dict[str, tuple[str, str, dict[str, Any], dict[str, Any] | None, dict[str, Any] | None]] = {
    "altered": (
        "UPDATE projections.company_register SET name = 'Other' WHERE company = 'moonfield-demo'",
        "company_register",
        {"company": "moonfield-demo"},
        {"name": "Other"},
        {"name": "Moonfield-Demo (demo)"},
    ),
    "ended": (
        "UPDATE projections.company_register SET to_position = 999 WHERE company = 'moonfield-demo'",
        "company_register",
        {"company": "moonfield-demo"},
        {"to_position": 999},
        {"to_position": FOREVER},
    ),
    "taken away": (
        "DELETE FROM projections.company_register WHERE company = 'starfield-demo'",
        "company_register",
        {"company": "starfield-demo"},
        None,
        {"name": "Starfield-Demo (demo)"},
    ),
    "an amount": (
        "UPDATE projections.journal_line SET amount_minor = amount_minor + 1 WHERE line = 1 AND position ="
        " (SELECT max(position) FROM projections.journal_line)",
        "journal_line",
        {"line": 1},
        {},
        {},
    ),
    "a date": (
        "UPDATE projections.journal_line SET effective_on = '1999-12-31' WHERE line = 1 AND position ="
        " (SELECT min(position) FROM projections.journal_line)",
        "journal_line",
        {"line": 1},
        {"effective_on": "1999-12-31"},
        {},
    ),
    "put in": (
        "INSERT INTO projections.journal_account VALUES (1, 'zzz', 'LIVE', 3)",
        "journal_account",
        {"account": "zzz", "data_class": "LIVE"},
        {"position": 3},
        None,
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_row_that_was_changed_is_named(name: str, golden: Database, beside: Path) -> None:
    statement, table, key, was, should = CHANGES[name]
    change(golden, statement)
    before = bookmarks(golden), stored(golden)
    found = checked(golden, beside)
    differing = [(view, one.compared) for view, one in found.items() if one.compared and one.compared.different]
    assert len(differing) == 1
    _, compared = differing[0]
    assert compared.different == 1
    (row,) = compared.named
    assert row.table == table
    assert row.key.items() >= key.items()
    for values, expected in ((row.stored, was), (row.derived, should)):
        assert (values is None) == (expected is None)
        assert expected is None or values is None or values.items() >= expected.items()
    assert [one.sha256 for one in compared.stored] != [one.sha256 for one in compared.derived]
    assert (bookmarks(golden), stored(golden)) == before  # nothing live is touched


def test_a_row_is_named_once_however_many_versions_of_it_differ(golden: Database, beside: Path) -> None:
    table = "projections.company_register"
    moves = [
        CompanyBecameDormant(effective_on=date(2026, 3, 1), company="sunfield-demo", reason="test"),
        CompanyReactivated(effective_on=date(2026, 4, 1), company="sunfield-demo", reason="test"),
        CompanyBecameDormant(effective_on=date(2026, 2, 1), company="sunfield-demo", reason="test"),
    ]
    record(golden, moves)
    follow(golden)
    with golden.views.begin() as connection:
        renamed = text(f"UPDATE {table} SET name = 'Other' WHERE company = 'sunfield-demo'")
        versions = connection.execute(renamed).rowcount
    assert versions > 3
    change(golden, f"UPDATE {table} SET name = 'Another' WHERE company = 'moonfield-demo'")
    compared = checked(golden, beside)["company_register"].compared
    assert compared is not None
    assert {row.key["company"]: row.versions for row in compared.named} == {
        "sunfield-demo": versions,
        "moonfield-demo": 1,
    }
    assert (len(compared.named), compared.different) == (2, versions + 1)


def test_sqlite_takes_a_value_of_any_type_and_it_is_named(sqlite: Database, beside: Path) -> None:
    record(sqlite, GOLDEN)
    follow(sqlite)
    lines = "projections.journal_line"
    first = f"line = 1 AND position = (SELECT min(position) FROM {lines})"
    change(sqlite, f"UPDATE {lines} SET effective_on = 7 WHERE {first}")
    change(sqlite, f"UPDATE {lines} SET line = 'none' WHERE {first.replace('1', '2')}")
    compared = checked(sqlite, beside)["journal"].compared
    assert compared is not None
    assert [row.key["line"] for row in compared.named] == [1, 2, "none"]
    assert compared.named[0].stored == {"effective_on": 7}


def test_it_is_compared_where_it_stands_while_others_record(golden: Database, beside: Path) -> None:
    recorded: list[int] = []

    def meanwhile(_done: int, _total: int) -> None:
        if not recorded:
            recorded.append(record(golden, [lead("late-demo")]))
            follow(golden)
            record(golden, [lead("later-demo")])  # and one that the read models do not know yet

    found = {one.view: one for one in check(golden, BOTH, beside, meanwhile)}
    assert [position for position, _ in digests(found)] == recorded * 2


def test_what_cannot_be_compared_says_why(golden: Database, beside: Path) -> None:
    change(golden, "UPDATE projections.projection SET version = 99 WHERE name = 'journal' AND live")
    change(golden, "UPDATE projections.projection SET root = :root WHERE name = 'company_register' AND live", root=b"x")
    found = checked(golden, beside, ALL_VIEWS[:2] + BOTH[1:])
    assert "version 99" in found["journal"].unlike
    assert "not made from this log" in found["company_register"].unlike
    assert "not made yet" in found["tenants_accounts"].unlike


# Rebuilt


class Faulty(CompanyRegister):
    """The register of a program with a fault: the first fact of a page is lost."""

    def apply(self, writer: Writer, entries: Sequence[Entry]) -> None:
        super().apply(writer, [entry for entry in entries if "moonfield-demo" not in entry.tags[0]])


class Newer(Faulty):
    """The same, where it is meant: the version says so."""

    version = CompanyRegister.version + 1


def made_anew(database: Database, kind: type[View], *, anyway: bool = False) -> Agreement:
    agreement = Agreement(kind, anyway=anyway)
    rebuild(database, kind, agree=agreement)
    return agreement


def test_a_fault_of_the_projector_is_refused(golden: Database) -> None:
    before = bookmarks(golden), stored(golden)
    with pytest.raises(Differs) as refused:
        made_anew(golden, Faulty)
    (row,) = refused.value.compared.named
    assert (row.key["company"], row.derived) == ("moonfield-demo", None)
    assert (bookmarks(golden), stored(golden)) == before
    with golden.views.connect() as connection:  # nothing of it is left
        assert connection.execute(select(company_register.c.generation).distinct()).scalars().all() == [1]
    made_anew(golden, Newer)
    assert len(stored(golden)[0]) == len(before[1][0]) - 1


def test_together_each_page_is_decoded_once_and_one_that_is_refused_holds_up_no_other(
    golden: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, read = stored(golden), list[int]()
    page = store.page

    def counted(connection: Connection, **asked: Any) -> list[Entry]:
        read.append(asked["after"])
        return page(connection, **asked)

    monkeypatch.setattr(store, "page", counted)
    kinds: tuple[type[View], ...] = (Faulty, Journal)
    agreements = {kind: Agreement(kind, anyway=False) for kind in kinds}
    refused = list[type[View]]()

    def may_fail(kind: type[View], error: Exception) -> bool:
        refused.append(kind)
        return isinstance(error, Differs)

    rebuild_all(golden, kinds, agree=agreements, may_fail=may_fail)
    assert (read, refused, stored(golden)) == ([0], [Faulty], before)
    assert [(row[0], row[1]) for row in bookmarks(golden)] == [("company_register", 1), ("journal", 2)]
    with pytest.raises(Differs):
        rebuild_all(golden, kinds, agree=agreements)
    assert [(row[0], row[1]) for row in bookmarks(golden)] == [("company_register", 1), ("journal", 2)]


def test_a_fault_is_noticed_by_a_check(golden: Database, beside: Path) -> None:
    compared = checked(golden, beside, [Faulty])["company_register"].compared
    assert compared is not None
    assert compared.different == 1


def test_an_altered_row_is_put_right_only_where_somebody_says_so(golden: Database, beside: Path) -> None:
    before = stored(golden)
    change(golden, CHANGES["altered"][0])
    with pytest.raises(Differs):
        made_anew(golden, CompanyRegister)
    made_anew(golden, CompanyRegister, anyway=True)
    assert stored(golden) == before
    digests(checked(golden, beside))


def test_rows_that_stand_behind_are_compared_where_they_stand(golden: Database, beside: Path) -> None:
    record(golden, [lead("late-demo")])
    agreement = made_anew(golden, CompanyRegister)
    assert agreement.compared is not None
    assert not agreement.compared.different
    follow(golden)
    digests(checked(golden, beside))

"""The company register on any basis, and every fact of the context in it."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec import structs

from ledger.companies.facts import (
    CompaniesMerged,
    CompanyDetailsChanged,
    CompanyDetailsCorrected,
    CompanyFact,
    CompanyQualified,
    CompanyRegistered,
    CompanyStepWithdrawn,
    TouchAdded,
)
from ledger.decider import Fact, stored_name
from ledger.log.database import Database
from ledger.values.evidence import Evidence
from projections.companies.register import CompanyRegister, CompanyRow, all_companies, companies, company
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from tests.ground.recording import lead, record

START = date(2026, 1, 1)
PAPER = Evidence(doc="A paper", sha256="0" * 64)


def day(number: int) -> date:
    return START + timedelta(days=number)


def basis(effective: date, recorded: int | None) -> Basis:
    """Without a position: everything recorded."""
    position = 1_000_000 if recorded is None else recorded
    return Basis(effective=effective, recorded=position, recorded_at=None, root="")


def given(database: Database, *facts: Fact, **options: Any) -> int:
    head = record(database, facts, **options)
    views = [CompanyRegister()]
    ensure(database, views)
    catch_up(database, views)
    return head


def one(database: Database, name: str, effective: date, recorded: int | None = None) -> CompanyRow | None:
    with database.views.connect() as connection:
        return company(connection, basis(effective, recorded), name)


def names(database: Database, effective: date, recorded: int | None = None, **wanted: Any) -> list[str]:
    with database.views.connect() as connection:
        return [row.company for row in companies(connection, basis(effective, recorded), **wanted)]


def test_a_company_as_first_known(database: Database) -> None:
    given(database, lead("sunfield", day(3), name_zh="阳光", origin="CIIE_PAVILION", origin_year=2025))
    assert one(database, "sunfield", day(2)) is None
    assert one(database, "sunfield", day(9), recorded=0) is None
    row = one(database, "sunfield", day(3))
    assert row is not None
    told = {name: value for name, value in structs.asdict(row).items() if value is not None}
    assert told == {
        "company": "sunfield",
        "name": "Sunfield (demo)",
        "name_zh": "阳光",
        "country": "CN",
        "origin": "CIIE_PAVILION",
        "origin_year": 2025,
        "stage": "LEAD",
        "since": day(3),
        "lead_on": day(3),
        "data_class": "FICTIONAL",
        "last_position": 1,
    }


def test_a_correction_changes_what_is_known_and_not_what_was(database: Database) -> None:
    """Changed from day 20, recorded second; the first name corrected from day 0, recorded third."""
    given(
        database,
        lead("a", day(0), name="Alfa"),
        CompanyDetailsChanged(company="a", effective_on=day(20), name="Gamma"),
        CompanyDetailsCorrected(company="a", effective_on=day(0), name="Alpha", reason="a typing error", corrects=1),
    )

    def seen(effective: int, recorded: int) -> tuple[str | None, int]:
        row = one(database, "a", day(effective), recorded)
        assert row is not None
        return row.name, row.last_position

    assert [seen(10, recorded) for recorded in (1, 2, 3)] == [("Alfa", 1), ("Alfa", 1), ("Alpha", 3)]
    assert [seen(20, recorded) for recorded in (1, 2, 3)] == [("Alfa", 1), ("Gamma", 2), ("Gamma", 3)]


def test_known_from_the_lead_on_though_a_correction_reaches_further_back(database: Database) -> None:
    correction = CompanyDetailsCorrected(company="a", effective_on=day(1), name="A", reason="an error", corrects=1)
    given(database, lead("a", day(5)), correction)
    assert one(database, "a", day(1)) is None
    assert names(database, day(4)) == []
    assert names(database, day(5)) == ["a"]


def test_the_data_class_is_that_of_the_first_fact_recorded(database: Database) -> None:
    given(database, lead("a", day(5)), data_class="PUBLIC_FACT")
    given(database, TouchAdded(company="a", effective_on=day(1), channel="DIRECT"), data_class="FICTIONAL")
    row = one(database, "a", day(9))
    assert row is not None
    assert (row.data_class, row.last_position) == ("PUBLIC_FACT", 2)


def test_identifiers_and_a_merged_record(database: Database) -> None:
    given(
        database,
        lead("a", day(0)),
        lead("b", day(0)),
        CompanyRegistered(
            company="b", effective_on=day(1), foreign_registry="DE", foreign_number="HRB-1", address="x", licence=PAPER
        ),
        CompaniesMerged(company="b", effective_on=day(2), into="a", reason="the same", evidence=PAPER),
    )
    before, after = one(database, "b", day(1)), one(database, "b", day(2))
    assert before is not None
    assert after is not None
    assert (before.stage, before.foreign_registry, before.foreign_number) == ("REGISTERED", "DE", "HRB-1")
    assert (after.stage, after.merged_into, after.foreign_number) == ("MERGED", "a", None)
    survivor = one(database, "a", day(2))
    assert survivor is not None
    assert (survivor.stage, survivor.last_position) == ("LEAD", 1)


@pytest.fixture
def several(database: Database) -> Database:
    """a, a-b, ab, b1: identifiers that languages sort differently; a-b came through the pavilion, ab is qualified."""
    given(
        database,
        lead("ab", name="ÉCLAIR 100% (demo)"),
        lead("b1", name="Größe_x (demo)"),
        lead("a-b", name_zh="眉山", origin="CIIE_PAVILION", origin_year=2024),
        lead("a"),
        CompanyQualified(company="ab", effective_on=day(10)),
    )
    return database


def test_pages_follow_the_identifiers_in_byte_order(several: Database) -> None:
    every = ["a", "a-b", "ab", "b1"]
    assert names(several, day(9)) == every
    paged, after = [], None
    while page := names(several, day(9), after=after, limit=1):
        paged += page
        after = page[-1]
    assert paged == every
    with several.views.connect() as connection:
        assert [row.company for row in all_companies(connection, basis(day(9), None))] == every


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({"stage": "QUALIFIED"}, ["ab"], id="stage"),
        pytest.param({"stage": "LEAD"}, ["a", "a-b", "b1"], id="other-stage"),
        pytest.param({"origin": "CIIE_PAVILION"}, ["a-b"], id="origin"),
        pytest.param({"origin": "DIRECT", "stage": "LEAD"}, ["a", "b1"], id="both"),
        pytest.param({"search": "éclair"}, ["ab"], id="case-beyond-ascii"),
        pytest.param({"search": "GRÖSSE"}, ["b1"], id="case-that-changes-length"),
        pytest.param({"search": "100%"}, ["ab"], id="percent-is-a-letter"),
        pytest.param({"search": "_"}, ["b1"], id="underscore-is-a-letter"),
        pytest.param({"search": "眉"}, ["a-b"], id="chinese"),
        pytest.param({"search": "A-B"}, ["a-b"], id="identifier"),
        pytest.param({"search": "nobody"}, [], id="nobody"),
        pytest.param({"search": ""}, ["a", "a-b", "ab", "b1"], id="empty"),
    ],
)
def test_filters_hold_for_the_basis(several: Database, wanted: dict[str, Any], found: list[str]) -> None:
    assert names(several, day(10), **wanted) == found


def test_a_filter_never_lets_an_earlier_row_through(several: Database) -> None:
    assert names(several, day(10), stage="LEAD", search="éclair") == []
    assert names(several, day(9), stage="LEAD", search="éclair") == ["ab"]


def test_what_was_withdrawn_is_gone_from_its_withdrawal_on(database: Database) -> None:
    """A lead of 2062, withdrawn and registered anew; a qualification of day 4 that was none. Before, both are there."""
    far = date(2062, 1, 1)
    mistaken = lead("pond", far)
    given(database, mistaken)
    given(database, _withdrawn(mistaken), lead("pond", day(1)), CompanyQualified(company="pond", effective_on=day(4)))
    row = one(database, "pond", far, recorded=1)
    assert row is not None
    assert row.lead_on == far
    assert one(database, "pond", far, recorded=2) is None
    row = one(database, "pond", day(4))
    assert row is not None
    assert (row.lead_on, row.stage, row.since) == (day(1), "QUALIFIED", day(4))
    given(database, _withdrawn(CompanyQualified(company="pond", effective_on=day(4))))
    row = one(database, "pond", far)
    assert row is not None
    assert (row.lead_on, row.stage, row.since, row.qualified_on) == (day(1), "LEAD", day(1), None)


def _withdrawn(fact: CompanyFact) -> CompanyStepWithdrawn:
    return CompanyStepWithdrawn(
        effective_on=fact.effective_on,
        company=fact.company,
        step=stored_name(type(fact)),
        reason="a slip",
        touched=fact.tags,
    )

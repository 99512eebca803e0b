"""The channel funnel: every figure by hand, and every figure with its companies."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from ledger.companies.facts import (
    CompaniesMerged,
    CompanyQualified,
    CompanyRejected,
    CompanyReportedSettled,
    InvestmentAgreementLinked,
    LoiSigned,
)
from ledger.log.database import Database
from ledger.values.evidence import Evidence
from projections.companies.funnel import STAGES, Funnel, FunnelRow, Reached, funnel
from projections.companies.register import CompanyRegister
from projections.engine.basis import resolve
from projections.engine.runner import catch_up, ensure
from tests.ground.recording import lead, record

START = date(2026, 1, 1)
PAPER = Evidence(doc="A paper", sha256="0" * 64)


def day(number: int) -> date:
    return START + timedelta(days=number)


@pytest.fixture
def pipeline(database: Database) -> Database:
    """Positions 1 to 14.

    company  origin     lead  qualified  letter  agreement  besides
    a        pavilion25    0         10      20             reported settled on day 5
    b        pavilion25    0         15
    c        pavilion24    0
    d        direct        0          7                 30  rejected on day 40
    e        direct        1                                merged into d on day 2
    f        direct       50                                a published fact
    """
    pavilion = {"origin": "CIIE_PAVILION"}
    record(
        database,
        [
            lead("a", day(0), origin_year=2025, **pavilion),
            lead("b", day(0), origin_year=2025, **pavilion),
            lead("c", day(0), origin_year=2024, **pavilion),
            lead("d", day(0)),
            lead("e", day(1)),
            CompaniesMerged(company="e", effective_on=day(2), into="d", reason="the same", evidence=PAPER),
            CompanyReportedSettled(
                company="a", effective_on=day(5), statement="It has.", source="A paper", published_on=day(5)
            ),
            CompanyQualified(company="d", effective_on=day(7)),
            CompanyQualified(company="a", effective_on=day(10)),
            CompanyQualified(company="b", effective_on=day(15)),
            LoiSigned(company="a", effective_on=day(20), evidence=PAPER),
            InvestmentAgreementLinked(
                company="d", effective_on=day(30), agreement="d-1", signed_on=day(30), evidence=PAPER
            ),
            CompanyRejected(company="d", effective_on=day(40), reason="no land"),
        ],
    )
    record(database, [lead("f", day(50))], data_class="PUBLIC_FACT")
    views = [CompanyRegister()]
    ensure(database, views)
    catch_up(database, views)
    return database


def ask(database: Database, effective: int, recorded: str = "14", **options: object) -> Funnel:
    with database.views.connect() as connection:
        return _ask(connection, effective, recorded, **options)


def _ask(connection: Connection, effective: int, recorded: str, **options: object) -> Funnel:
    basis = resolve(connection, effective=day(effective).isoformat(), recorded=recorded, today=START, known=14)
    return funnel(connection, basis, **options)  # type: ignore[arg-type]  # the options are the caller's


def counts(row: FunnelRow) -> tuple[int, ...]:
    return tuple(getattr(row, stage).count for stage in STAGES)


def test_counts_by_origin_and_year_and_in_total(pipeline: Database) -> None:
    found = ask(pipeline, 49)
    assert [(row.origin, row.origin_year, counts(row)) for row in found.rows] == [
        ("CIIE_PAVILION", 2024, (1, 0, 0, 0, 0, 0, 0, 0)),
        ("CIIE_PAVILION", 2025, (2, 2, 1, 0, 0, 0, 0, 0)),
        ("DIRECT", None, (1, 1, 0, 1, 0, 0, 0, 0)),
    ]
    assert (found.total.origin, counts(found.total)) == (None, (4, 3, 1, 1, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("effective", "recorded", "total"),
    [
        pytest.param(0, "14", (4, 0, 0), id="on-the-first-day"),
        pytest.param(1, "14", (5, 0, 0), id="in-front-of-the-merger"),
        pytest.param(2, "14", (4, 0, 0), id="a-merged-record-counts-no-more"),
        pytest.param(2, "5", (5, 0, 0), id="the-merger-was-not-recorded-yet"),
        pytest.param(10, "14", (4, 2, 0), id="two-qualified"),
        pytest.param(10, "8", (4, 1, 0), id="one-of-them-not-recorded-yet"),
        pytest.param(50, "14", (5, 3, 1), id="rejected-goes-on-counting"),
        pytest.param(50, "0", (0, 0, 0), id="nothing-recorded"),
    ],
)
def test_counts_on_a_basis(pipeline: Database, effective: int, recorded: str, total: tuple[int, ...]) -> None:
    assert counts(ask(pipeline, effective, recorded).total)[:3] == total


def test_conversion_is_from_leads(pipeline: Database) -> None:
    total = ask(pipeline, 50).total
    assert [getattr(total, stage).conversion_percent for stage in STAGES][:5] == [
        "100.0000",
        "60.0000",
        "20.0000",
        "20.0000",
        "0.0000",
    ]
    assert ask(pipeline, 50, "0").total.leads == Reached(0, None)


def test_conversion_rounds_half_up(pipeline: Database) -> None:
    assert ask(pipeline, 20, "9").total.qualified.conversion_percent == "50.0000"
    assert ask(pipeline, 0, "3").total.loi.conversion_percent == "0.0000"


def test_median_days_between_stages_both_dated(pipeline: Database) -> None:
    total = ask(pipeline, 50, companies=True).total
    first, second, third = total.paces[:3]
    assert (first.start, first.end, first.median_days, first.companies) == (
        "leads",
        "qualified",
        "10.0",
        ("a", "b", "d"),
    )
    assert (second.median_days, second.count, second.companies) == ("10.0", 1, ("a",))
    assert (third.median_days, third.count, third.companies) == (None, 0, ())
    pavilion = ask(pipeline, 50).rows[1]
    assert (pavilion.paces[0].median_days, pavilion.paces[0].count) == ("12.5", 2)


def test_reported_settled_stands_apart(pipeline: Database) -> None:
    total = ask(pipeline, 50, companies=True).total
    assert total.reported_settled == Reached(1, "20.0000", ("a",))
    assert total.settled_in == Reached(0, "0.0000", ())


def test_every_figure_lists_its_companies(pipeline: Database) -> None:
    found = ask(pipeline, 50, companies=True)
    assert found.total.leads.companies == ("a", "b", "c", "d", "f")
    for row in (*found.rows, found.total):
        for cell in (getattr(row, stage) for stage in STAGES):
            assert len(cell.companies) == cell.count
    assert ask(pipeline, 50).total.leads.companies is None


def test_invented_examples_are_labelled_and_can_be_left_out(pipeline: Database) -> None:
    every = ask(pipeline, 50)
    assert (every.data_classes, every.fictional) == (("FICTIONAL", "PUBLIC_FACT"), True)
    published = ask(pipeline, 50, data_class="PUBLIC_FACT")
    assert (published.data_classes, published.fictional) == (("PUBLIC_FACT",), False)
    assert counts(published.total)[0] == 1

"""Pages of things, without a server: who set each field of a deal, drawings, what a past view does not know."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from api.console.pages import View
from api.console.record.begun import not_before
from api.console.record.guides import next_steps
from api.console.reports.comparing import adds_up
from api.console.reports.linked import Cell, Row, folded
from api.console.reports.pages import compare_address
from api.console.reports.unknown import later_recorded
from api.console.things.deals import termination_payments
from api.console.things.drawings import Ground, Part, Stretch, bars, floors, outlines
from api.console.things.links import kind_under, of_tag
from api.console.things.units import fill_of
from api.console.things.versions import settings, versions
from api.http.comparing import ComparedCell, Steps
from ledger.decider import By, Command, Fact
from ledger.leases.facts import AmendmentProposed, LeaseAmended, LeaseDrafted, ServiceChargeChanged
from ledger.leases.term import CommenceLease, HandOverPremises
from ledger.log.database import Database
from ledger.log.envelope import Entry
from tests.ground.billed import L1, PAPER, TENANT, TERMS_1, monthly
from tests.ground.let_city import L1 as FIRST_TERMS
from tests.ground.let_city import L2 as SECOND_TERMS
from tests.ground.let_city import basis, estate, given, let
from tests.ground.offtaken import FINANCE, SIGNER, told
from tests.ledger.offtake.test_terminating import INVOICED, OWED, PROPOSAL, REJECT, REVERSE, UNDONE
from tests.ledger.offtake.test_terminating import PROPOSED as PROPOSED_END

DAY = date(2024, 6, 30)


def recorded(*facts: tuple[str, Fact]) -> list[Entry]:
    """Facts recorded one after the other, each by somebody."""
    at = datetime(2024, 1, 1, tzinfo=UTC)
    return [
        Entry(position=place, recorded_at=at, by=By(actor=by, role="deal_desk"), command="", tags=(), fact=fact)
        for place, (by, fact) in enumerate(facts, 1)
    ]


def drafted(on: date = date(2023, 12, 1)) -> LeaseDrafted:
    return LeaseDrafted(effective_on=on, lease=L1, company=TENANT, terms=TERMS_1, drafted_by="ann")


LONGER = replace(TERMS_1, expiry_on=date(2027, 12, 31))
PROPOSED = AmendmentProposed(
    effective_on=date(2024, 5, 1),
    lease=L1,
    company=TENANT,
    amendment="am-1",
    kind="TERM",
    terms=LONGER,
    document=PAPER,
    proposed_by="ben",
)
AMENDED = LeaseAmended(
    effective_on=date(2024, 5, 1),
    lease=L1,
    company=TENANT,
    amendment="am-1",
    kind="TERM",
    terms=LONGER,
    proposed_by="ben",
    approved_by="cleo",
    approved_on=date(2024, 4, 20),
    lettings=(),
)
CHARGE = ServiceChargeChanged(
    effective_on=date(2024, 3, 1), lease=L1, company=TENANT, service_charge=monthly("9000.00"), notice=PAPER
)


def test_who_set_each_field() -> None:
    """Given a draft by Ann, Dora's service charge from March, and terms that Ben proposed and Cleo approved from May.

    The amendment says the old charge again: from May on that stands, set by Ben. A proposal sets nothing.
    """
    entries = recorded(("ann", drafted()), ("ben", PROPOSED), ("cleo", AMENDED), ("dora", CHARGE))
    found = versions(entries)
    assert [(one.entry.position, one.set_by, one.approved_by) for one in found] == [
        (1, "ann", None),
        (4, "dora", None),
        (3, "ben", "cleo"),
    ]
    assert found[1].changed == {
        "service_charge.price": ("6.00", "9000.00"),
        "service_charge.per": ("M2_MONTH", "MONTH"),
    }
    assert found[2].changed["expiry_on"] == ("2026-12-31", "2027-12-31")
    by = {one.path: (one.value, one.by.set_by) for one in settings(found)}
    assert by["expiry_on"] == ("2027-12-31", "ben")
    assert by["rent.0.rent.price"] == ("43.20", "ann")
    assert by["service_charge.price"] == ("6.00", "ben")
    assert versions(recorded(("ben", PROPOSED))) == []
    assert settings([]) == []


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        pytest.param(PROPOSED_END, [("end-1", "PROPOSED", 0)], id="proposed"),
        pytest.param(INVOICED, [("end-1", "APPROVED", 0)], id="invoiced"),
        pytest.param(told(OWED, (REVERSE, FINANCE)), [("end-1", "REVERSED", 0)], id="reversed"),
        pytest.param(told(PROPOSED_END, (REJECT, SIGNER)), [("end-1", "REJECTED", 0)], id="rejected"),
        pytest.param(told(PROPOSED_END, (REJECT, SIGNER), (UNDONE, SIGNER)), [("end-1", "PROPOSED", 2)], id="undone"),
        pytest.param(told(PROPOSED_END, (PROPOSAL, SIGNER)), [], id="withdrawn"),
    ],
)
def test_payments_on_termination_are_shown_as_they_stand(
    facts: tuple[Fact, ...], shown: list[tuple[str, str, int]]
) -> None:
    """With the fact that says so, counted from the last one of all."""
    entries = recorded(*(("ann", fact) for fact in facts))
    found = [
        (asked.termination_payment, state, len(entries) - entry.position)
        for asked, state, entry in termination_payments(entries)
    ]
    assert found == shown


def test_what_adds_up_is_reckoned() -> None:
    steps = Steps(passed="0.00", new="1.00", late="2.00", corrections="-0.50", reversals="0.00")
    cell = ComparedCell(cell="TOTAL/x", unit="CNY", before="10.00", steps=steps, now="12.50", difference="2.50")
    assert adds_up(cell) is True
    assert adds_up(replace(cell, now="12.51")) is False
    assert adds_up(replace(cell, before=None, now="2.50")) is True
    assert adds_up(replace(cell, steps=None)) is None


def test_a_past_view_says_which_leases_it_does_not_know(database: Database) -> None:
    """Given L-1 in force since January, and L-2 since July but recorded only now: in June there was but one."""
    before = given(database, [*estate(), *let("l-1-demo", "sunfield-demo", FIRST_TERMS, signed_on=date(2023, 12, 15))])
    known = given(database, let("l-2-demo", "moonfield-demo", SECOND_TERMS, signed_on=date(2024, 6, 1)))
    with database.views.connect() as connection:
        for day, later in ((date(2024, 7, 1), ["l-2-demo"]), (date(2024, 6, 30), [])):
            view = basis(day, before)
            assert [one.lease for one in later_recorded(connection, view, known)] == later
            assert later_recorded(connection, basis(day, known), known) == []


def test_a_step_that_waits_for_its_day_says_so(database: Database) -> None:
    """Given a lease signed in December that begins in January: until then it cannot be commenced."""
    given(database, [*estate(), *let("l-1-demo", "sunfield-demo", FIRST_TERMS, signed_on=date(2023, 12, 15))])
    begins, named = FIRST_TERMS.commencement_on, {"lease": "l-1-demo"}

    def on(day: date, command: type[Command] = CommenceLease, asked: Mapping[str, str] = named) -> str:
        desk: Any = SimpleNamespace(database=database, settings=SimpleNamespace(today=lambda: day))
        return not_before(desk, command, asked)

    assert (on(begins - timedelta(days=1)), on(begins)) == (begins.isoformat(), "")
    assert on(DAY, HandOverPremises) == on(begins - timedelta(days=1), asked={}) == ""


def test_a_view_is_compared_with_what_is_known_now_else_with_today() -> None:
    """The past of knowledge with now, of the same day; another day with today; today's with what the visitor says."""

    def to(effective: date, at: int) -> str:
        view = View(basis=basis(effective, at), known=20, today="2024-12-31", closed=None)
        return compare_address("rent-roll", view, {"effective": "x", "stage": "s"}).partition("?")[2]

    assert to(DAY, 10) == "against=10&effective=2024-06-30&stage=s"
    assert to(DAY, 20) == "against=20&against_effective=2024-06-30&effective=2024-12-31&stage=s"
    assert to(date(2024, 12, 31), 20) == "stage=s"


# Where things are


def test_names_lead_to_things() -> None:
    on = {"effective": "2025-03"}
    assert of_tag("lease:l-1", on) == "/desk/leases/l-1?effective=2025-03"
    assert of_tag("tenant:acme", {}) == of_tag("company:acme", {}) == "/desk/companies/acme"
    assert of_tag("invoice:i-1", {}) is None
    assert of_tag("manual-journal:j-1", {}) == "/desk/audit/timeline?entity=manual-journal%3Aj-1"
    assert [kind_under(report, "agreement") for report in ("energy", "investment", "journal")] == [
        "offtake",
        "investment",
        None,
    ]
    assert kind_under("order-book", "supplier") == "company"


def test_sums_keep_the_name_above_them() -> None:
    head = Row("head", [Cell("House 1", False, thing=("building", "h-1")), Cell("", True)])
    total = Row("sum", [Cell("", False), Cell("5.00", True, "BUILDING:h-1/area_m2")])
    rows = [head, *[Row("row", [Cell("u", False), Cell("1.00", True)])] * 300, total, total]
    assert [[cell.text for cell in row.cells] for row in folded(rows)] == [["House 1", "5.00"], ["", "5.00"]]
    vacant = Row("row", [Cell("u", False), *[Cell("", True)] * 12, Cell("9.00", True)])
    assert [span for _, span in vacant.spans] == [1, 12, 1]


# Drawings


def stretch(name: str, from_on: str, until_on: str | None) -> Stretch:
    until = date.fromisoformat(until_on) if until_on else None
    return Stretch(name=name, fill="let", from_on=date.fromisoformat(from_on), until_on=until, to=f"/{name}")


def test_bars_stand_where_their_days_are() -> None:
    """Two years from 2024 on, 731 days wide: the first lease holds a year, the second goes on to the edge."""
    stretches = [stretch("a", "2024-01-01", "2024-12-31"), stretch("b", "2025-01-01", None)]
    drawing = bars("t", "n", stretches, date(2025, 6, 1), ())
    assert drawing is not None
    first, second = drawing.shapes
    assert first.x == 12
    assert second.x + second.width == pytest.approx(748, abs=0.02)
    assert first.x + first.width == pytest.approx(second.x, abs=3)
    assert first.y < second.y
    assert [text for _, text in drawing.ticks] == ["2024", "2025"]
    assert drawing.today is not None
    assert second.x < drawing.today < second.x + second.width
    assert bars("t", "n", [], DAY, ()) is None


def part(floor: str, name: str, size: float) -> Part:
    return Part(floor=floor, name=name, said=name, size=size, fill="free", to="/")


def test_floors_stand_one_above_the_other() -> None:
    """The ground floor is below the tenth, whatever the order of words; the cellar is lowest; widths are areas."""
    drawing = floors("t", "n", [part("2", "b", 50), part("10", "a", 100), part("B1", "d", 25), part("1", "c", 100)], ())
    assert drawing is not None
    assert [text for _, text in drawing.rows] == ["10", "2", "1", "B1"]
    width = {shape.text or shape.name: shape.width + 2 for shape in drawing.shapes}
    assert width["a"] == pytest.approx(2 * width["b"], abs=0.02)
    assert max(shape.x + shape.width for shape in drawing.shapes) <= drawing.width


def test_a_plan_has_north_above_and_fits_its_frame() -> None:
    def square(west: float, south: float) -> list[list[tuple[float, float]]]:
        return [[(west, south), (west + 1, south), (west + 1, south + 1), (west, south + 1), (west, south)]]

    grounds = [
        Ground(name=name, said=name, fill="let", to="/", rings=square(west, south))
        for name, west, south in (("south", 103.0, 30.0), ("north", 105.0, 33.0))
    ]
    drawing = outlines("t", "n", grounds, (), 0.5)
    assert drawing is not None
    south, north = drawing.shapes
    assert north.middle[1] < south.middle[1]
    assert south.middle[0] < north.middle[0]
    for shape in drawing.shapes:
        points = [tuple(map(float, point.split(","))) for point in shape.points.strip("MZ").split(" ")]
        assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in points)


@pytest.mark.parametrize(
    ("row", "fill"),
    [
        ({"lease": "l", "arrears": "0.01", "expiry_on": date(2024, 7, 1)}, "arrears"),
        ({"lease": "l", "arrears": "0.00", "expiry_on": date(2025, 6, 30)}, "expiring"),
        ({"lease": "l", "arrears": "0.00", "expiry_on": date(2025, 7, 1)}, "let"),
        ({"lease": "l", "arrears": None, "expiry_on": None}, "let"),
        ({"status": "SIGNED"}, "signed"),
        ({"status": "RESERVED"}, "free"),
        ({"status": "UNDER_CONSTRUCTION"}, "off"),
        ({}, "off"),
    ],
)
def test_a_unit_is_drawn_as_it_stands(row: dict[str, object], fill: str) -> None:
    assert fill_of(row, DAY) == fill


DRAFTED = ["draft-lease", "submit-lease", "approve-lease", "execute-lease"]


@pytest.mark.parametrize(
    ("kind", "taken", "after"),
    [
        ("company", [], ["register-lead"]),
        ("company", ["register-lead", "execute-lease", "record-receipt"], ["screen-company"]),
        ("company", ["register-lead", "settle-in"], ["commence-operations"]),
        ("company", ["register-lead", "settle-in", "change-details"], ["commence-operations"]),
        ("company", ["register-lead", "commence-operations"], []),
        ("company", ["commence-operations", "initiate-exit"], ["complete-exit"]),
        ("company", ["commence-operations", "initiate-exit", "complete-exit"], []),
        ("lease", DRAFTED, ["receive-deposit"]),
        ("lease", [*DRAFTED, "bill-lease", "record-receipt", "bill-lease"], ["bill-lease", "record-receipt"]),
        ("lease", [*DRAFTED, "propose-amendment"], ["approve-amendment", "reject-amendment"]),
        ("lease", [*DRAFTED, "propose-amendment", "approve-amendment"], ["receive-deposit"]),
        ("lease", [*DRAFTED, "terminate-lease"], ["surrender-premises", "refund-deposit"]),
        ("lease", [*DRAFTED, "terminate-lease", "surrender-premises"], ["refund-deposit"]),
        ("order", ["issue-quotation", "place-order"], ["invoice-milestone"]),
        ("offtake", ["draft-offtake"], ["execute-offtake"]),
        ("offtake", ["read-meter", "issue-certificate-lot", "read-meter"], ["calculate-statement"]),
        ("offtake", ["read-meter", "issue-certificate-lot"], ["read-meter"]),
        ("investment", ["draft-investment-agreement"], ["sign-investment-agreement"]),
        ("unit", [], ["estimate-rental-value", "draft-lease"]),
        ("parcel", ["define-parcel", "define-building"], ["define-building"]),
    ],
)
def test_what_comes_next_with_a_thing(kind: str, taken: list[str], after: list[str]) -> None:
    assert list(next_steps(kind, taken)) == after

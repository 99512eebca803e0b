"""A living park taken over at the end of May 2026: what is recorded, what it comes to in the books, what is billed.

One lease of the year 2026, 1,000.00 a month in advance, January and February free: 10,000.00 for twelve months, 833.34
earned in the first four of them and 833.33 in the others. By the end of May 4,166.69 are earned and 3,000.00 billed.
"""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.deposits import ReverseDeposit
from ledger.billing.facts import InvoiceIssued, LeaseIssued, RentRecognised
from ledger.billing.gap import BillLease
from ledger.billing.moves import moves
from ledger.billing.taking_over.deciding import (
    BilledThroughUnfit,
    DocumentNotOfThen,
    InvoiceDaysUnfit,
    NotCommenced,
    OpenTooMuch,
    ParkDeposit,
)
from ledger.billing.taking_over.facts import InvoiceTakenOver, RentTakenOver
from ledger.books.postings import postings
from ledger.decider import By, Fact
from ledger.estate.facts import BuildingDefined
from ledger.joint.taking_over import (
    BilledThroughMissing,
    RowsRefused,
    TakeOverNotMonthEnd,
)
from ledger.leases.schedule import schedule
from ledger.leases.taking_over import EndedBefore, SignedLate
from ledger.leases.terms import Premises
from ledger.periods import OpenPeriods
from ledger.values.evidence import Evidence
from tests.examples.taking_over import DAY, LEASE, OPEN, PARK, TERMS
from tests.ground.billed import FINANCE, rate
from tests.ground.given import decide, grown, state

RATES = (rate("vat/leasing", "0.09"), rate("vat/services", "0.06"))
FIRST = date(2026, 5, 1)
MONTHS = (OpenPeriods(effective_on=FIRST, through=month) for month in ("2026-05", "2026-12"))
BOOKS = grown(RATES, *MONTHS, by=FINANCE)
TAKEN = grown(BOOKS, PARK, by=FINANCE)
LATER = replace(
    TERMS, commencement_on=date(2026, 7, 1), rent=(replace(TERMS.rent[0], from_on=date(2026, 7, 1)),), rent_free=()
)
"""A lease that does not run yet."""


def balances(facts: tuple[Fact, ...]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for fact in facts:
        for line in postings(fact):
            sums[line.account] += line.amount_minor
    return {account: amount for account, amount in sums.items() if amount}


def billed(facts: tuple[Fact, ...], through: date) -> tuple[Fact, ...]:
    return decide(facts, BillLease(effective_on=through, lease="l-1-demo", through=through), FINANCE)


def test_a_park_is_one_balanced_opening() -> None:
    """545.00 owed + 1,166.69 earned and not billed - 3,000.00 held = -1,288.31 in the opening equity."""
    assert balances(TAKEN) == {
        "receivables": 545_00,
        "straight-line": 1166_69,
        "deposits": -3000_00,
        "opening-equity": 1288_31,
    }
    accrued = (amount for fact in TAKEN for _, amount in moves(fact).accrued)
    assert sum(accrued) == 1166_69
    (invoice,) = (fact for fact in TAKEN if isinstance(fact, InvoiceTakenOver))
    assert (invoice.net_minor, invoice.vat_minor, invoice.asked_minor) == (500_00, 45_00, 1090_00)
    assert (invoice.effective_on, invoice.accounting_on) == (date(2026, 4, 1), DAY)


def test_the_same_park_adds_nothing_and_more_rows_add_those() -> None:
    assert decide(TAKEN, PARK, FINANCE) == ()
    other = replace(PARK, document=Evidence(doc="park-2.xlsx (demo)", sha256="cd" * 32))
    assert decide(TAKEN, other, FINANCE) == ()
    more = replace(other, deposits=(*PARK.deposits, ParkDeposit(deposit="d-2-demo", lease="l-1-demo", amount="1.00")))
    assert [fact.tags[2] for fact in decide(TAKEN, more, FINANCE)] == ["deposit:d-2-demo"]


def test_nothing_before_the_day_is_billed_and_everything_after_it() -> None:
    assert billed(TAKEN, DAY) == ()
    june = billed(TAKEN, date(2026, 6, 30))
    issued = [(fact.invoice, fact.net_minor) for fact in june if isinstance(fact, InvoiceIssued)]
    assert issued == [("l-1-demo-rent-202606", 1000_00), ("l-1-demo-service-202606", 100_00)]
    assert [fact.month for fact in june if isinstance(fact, RentRecognised)] == ["2026-06"]


def test_what_was_earned_and_not_billed_comes_to_nothing_at_the_end_of_the_term() -> None:
    facts = (*TAKEN, *billed(TAKEN, date(2026, 12, 31)))
    assert balances(facts).get("straight-line", 0) == 0
    assert sum(fact.net_minor for fact in facts if isinstance(fact, LeaseIssued) and fact.charge == "RENT") == 7500_00


def test_a_lease_billed_ahead_is_billed_from_the_next_period() -> None:
    """Quarters in advance: billed through June, so 4,166.69 earned less 4,000.00 billed are accrued."""
    terms = replace(TERMS, billed_every_months=3)
    ahead = replace(PARK, leases=(replace(LEASE, terms=terms, billed_through=date(2026, 6, 30)),))
    facts = grown(BOOKS, ahead, by=FINANCE)
    assert balances(facts)["straight-line"] == 166_69
    july = billed(facts, date(2026, 7, 1))
    rents = [(fact.invoice, fact.net_minor) for fact in july if isinstance(fact, InvoiceIssued)]
    assert rents[0] == ("l-1-demo-rent-202607", 3000_00)


def test_a_wrong_day_is_put_right_by_the_right_one() -> None:
    wrong = grown(BOOKS, replace(PARK, leases=(replace(LEASE, billed_through=date(2026, 4, 30)),)), by=FINANCE)
    again = decide(wrong, PARK, FINANCE)
    assert [(type(fact), getattr(fact, "amount_minor", 0)) for fact in again] == [(RentTakenOver, -1000_00)]
    assert balances((*wrong, *again)) == balances(TAKEN)
    assert decide((*wrong, *again), PARK, FINANCE) == ()


def test_a_lease_that_has_not_begun_is_executed_and_nothing_of_it_is_billed() -> None:
    facts = grown(
        BOOKS, replace(PARK, leases=(replace(LEASE, terms=LATER, billed_through=None),), invoices=()), by=FINANCE
    )
    lease = state(facts, PARK).leases.leases["l-1-demo"]
    assert (lease.state, lease.commenced_on, bool(schedule(lease, date(2026, 7, 31)))) == ("EXECUTED", None, True)
    assert "straight-line" not in balances(facts)


def test_a_deposit_taken_over_is_taken_back() -> None:
    back = ReverseDeposit(effective_on=date(2026, 6, 2), deposit="d-1-demo", lease="l-1-demo", reason="none (demo)")
    assert "deposits" not in balances(grown(TAKEN, back, by=FINANCE))


@pytest.mark.parametrize(
    ("field", "change", "place", "code"),
    [
        ("leases", {"company": "nobody-demo"}, "leases[0].company", "tenant-unknown"),
        ("leases", {"billed_through": date(2026, 5, 30)}, "leases[0].billed_through", BilledThroughUnfit.code),
        ("leases", {"service_through": date(2026, 5, 30)}, "leases[0].service_through", BilledThroughUnfit.code),
        ("leases", {"terms": LATER}, "leases[0].billed_through", NotCommenced.code),
        ("leases", {"billed_through": None}, "leases[0].billed_through", BilledThroughMissing.code),
        ("leases", {"signed_on": date(2026, 1, 2)}, "leases[0].signed_on", SignedLate.code),
        ("leases", {"terms": replace(TERMS, expiry_on=date(2026, 5, 30))}, "leases[0].expiry_on", EndedBefore.code),
        (
            "leases",
            {"terms": replace(TERMS, premises=(Premises(unit="u-1-demo", area="500.01"),))},
            "leases[0].terms.premises",
            "contracted-area-too-large",
        ),
        ("invoices", {"open": "1090.01"}, "invoices[0].open", OpenTooMuch.code),
        ("invoices", {"issued_on": date(2026, 6, 1)}, "invoices[0].issued_on", DocumentNotOfThen.code),
        ("invoices", {"due_on": date(2026, 3, 31)}, "invoices[0].due_on", DocumentNotOfThen.code),
        ("invoices", {"until_on": date(2026, 3, 31)}, "invoices[0].until_on", InvoiceDaysUnfit.code),
        ("invoices", {"invoice": "l-1-demo-rent-202604"}, "invoices[0].invoice", "billing-id-reserved"),
        ("deposits", {"amount": "0.00"}, "deposits[0].amount", "amount-zero"),
        ("deposits", {"lease": "l-9-demo"}, "deposits[0].lease", "lease-not-in-force"),
        ("units", {"area": "1000.01"}, "units[0].area", "area-exceeds"),
    ],
)
def test_a_row_that_a_rule_refuses_is_told_by_its_place(
    field: str, change: dict[str, Any], place: str, code: str
) -> None:
    first, *others = getattr(PARK, field)
    park = replace(PARK, **{field: (replace(first, **change), *others)})
    with pytest.raises(RowsRefused) as refused:
        decide(BOOKS, park, FINANCE)
    assert (place, code) in [(fault.field, fault.code) for fault in refused.value.faults]


def test_every_refused_row_is_told_at_once() -> None:
    park = replace(PARK, deposits=(replace(PARK.deposits[0], amount="0.00"),), invoices=(replace(OPEN, open="0.00"),))
    with pytest.raises(RowsRefused) as refused:
        decide(BOOKS, park, FINANCE)
    assert [fault.field for fault in refused.value.faults] == ["deposits[0].amount", "invoices[0].open"]


def test_a_building_s_address_and_certificate_are_taken_over() -> None:
    """Tax invoices of its leases need them; a park that says none is taken as before."""
    said = {"region": "四川省眉山市东坡区", "address": "Test Road 1 (demo)", "title_certificate": "无"}
    park = replace(PARK, buildings=tuple(replace(one, **said) for one in PARK.buildings))
    for asked, told in ((park, said), (PARK, dict.fromkeys(said))):
        (defined,) = (fact for fact in decide(BOOKS, asked, FINANCE) if isinstance(fact, BuildingDefined))
        assert {name: getattr(defined, name) for name in said} == told


def test_a_park_is_taken_over_at_the_end_of_a_month() -> None:
    with pytest.raises(TakeOverNotMonthEnd):
        decide(BOOKS, replace(PARK, effective_on=date(2026, 5, 30)), By(actor="fin-demo", role="finance"))


def test_what_says_otherwise_than_before_is_a_conflict() -> None:
    for field, change in (
        ("leases", {"signed_on": date(2025, 12, 2)}),
        ("deposits", {"amount": "2999.00"}),
        ("invoices", {"open": "544.00"}),
        ("units", {"area": "499.00"}),
        ("companies", {"name": "Other (demo)"}),
    ):
        first, *others = getattr(PARK, field)
        with pytest.raises(RowsRefused):
            decide(TAKEN, replace(PARK, **{field: (replace(first, **change), *others)}), FINANCE)

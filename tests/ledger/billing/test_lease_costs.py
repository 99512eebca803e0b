"""Incentives paid to tenants and initial direct costs, spread over the term of the lease; figures by hand."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.lease_costs.deciding import (
    IncentiveNotAgreed,
    LeaseCostIsReversed,
    LeaseCostPaidHow,
    LeaseCostUnknown,
    RecordLeaseCost,
    ReverseLeaseCost,
)
from ledger.billing.lease_costs.facts import LeaseCostAmortised, LeaseCostRecorded, LeaseCostReversed
from ledger.billing.rules import BankReferenceTaken, BeforeItsCause, IdTaken
from ledger.books.postings import postings
from ledger.decider import Command, Fact, Refusal
from tests.ground.billed import L1, PAPER, TENANT, TERMS_1, bill, of_kind
from tests.ground.given import decide, given
from tests.ledger.billing.test_bill_lease import amended, billed, ground, terminated

PROMISED = replace(TERMS_1, incentive="36000.00")
"""36 months from 2024-01-01 on."""


def cost(on: date, amount: int, **more: Any) -> LeaseCostRecorded:
    fields: dict[str, Any] = {"cost": "fee-1-demo", "kind": "DIRECT", "expense": "SELLING", **more}
    about: dict[str, Any] = {"accounting_on": max(on, date(2024, 1, 1)), "company": TENANT, "lease": L1}
    return LeaseCostRecorded(effective_on=on, amount_minor=amount, document=PAPER, **about, **fields)


def back(on: date, amount: int) -> LeaseCostReversed:
    return LeaseCostReversed(
        effective_on=on,
        accounting_on=on,
        company=TENANT,
        lease=L1,
        cost="fee-1-demo",
        kind="DIRECT",
        amount_minor=amount,
        reason="of another lease (demo)",
        expense="SELLING",
    )


def borne(facts: tuple[Fact, ...]) -> list[tuple[str, int]]:
    return [(fact.month, fact.amount_minor) for fact in of_kind(facts, LeaseCostAmortised)]


BEFORE = cost(date(2023, 12, 20), 3_600_000)


def test_each_month_of_the_term_bears_the_same() -> None:
    """36,000.00 over 36 months are 1,000.00 each, from the commencement on; all of it by the end."""
    assert borne(billed(ground(TERMS_1, BEFORE), date(2024, 3, 31))) == [
        ("2024-01", 100_000),
        ("2024-02", 100_000),
        ("2024-03", 100_000),
    ]
    assert sum(amount for _, amount in borne(billed(ground(TERMS_1, BEFORE), date(2026, 12, 31)))) == 3_600_000


def test_a_part_of_a_month_bears_its_days() -> None:
    """Paid on 16 April: 15 of 30 days and 32 months, of 32,500.00 500.00 and 1,000.00 each."""
    late = cost(date(2024, 4, 16), 3_250_000)
    assert borne(billed(ground(TERMS_1, late), date(2024, 6, 29))) == [("2024-04", 50_000), ("2024-05", 100_000)]


@pytest.mark.parametrize("agreed_on", [date(2024, 6, 30), date(2024, 6, 10)])
def test_an_early_end_bears_what_is_left(agreed_on: date) -> None:
    facts = ground(TERMS_1, cost(date(2024, 4, 16), 3_250_000), terminated(date(2024, 6, 30), agreed_on))
    assert borne(billed(facts, date(2024, 6, 30))) == [
        ("2024-04", 50_000),
        ("2024-05", 100_000),
        ("2024-06", 3_100_000),
    ]


def test_an_end_agreed_after_months_were_borne_changes_none_of_them() -> None:
    before = bill(ground(TERMS_1, BEFORE), L1, date(2024, 5, 31))
    ended = terminated(date(2024, 8, 31), date(2024, 7, 1))
    after = billed((*before, ended), date(2024, 8, 31))
    assert borne(after) == [("2024-06", 100_000), ("2024-07", 1_500_000), ("2024-08", 1_500_000)]


def test_amended_terms_spread_what_is_left_anew() -> None:
    """12,000.00 borne in 2024; 24,000.00 over the 36 months to the end of 2027 are 666.67, and 666.66 for twelve."""
    longer = replace(TERMS_1, expiry_on=date(2027, 12, 31))
    facts = ground(TERMS_1, BEFORE, amended(longer, date(2025, 1, 1)))
    found = borne(billed(facts, date(2025, 2, 28)))
    assert found[11:] == [("2024-12", 100_000), ("2025-01", 66_667), ("2025-02", 66_667)]


def test_what_is_taken_back_is_borne_no_more() -> None:
    facts = (*bill(ground(TERMS_1, BEFORE), L1, date(2024, 2, 29)), back(date(2024, 3, 5), 3_600_000))
    after = billed(facts, date(2024, 3, 31), date(2024, 3, 31))
    assert borne(after) == [("2024-01", -100_000), ("2024-02", -100_000)]


POSTED = {
    "a-broker": (cost(date(2024, 1, 5), 3_600_000), [("lease-costs", 3_600_000), ("selling", -3_600_000)]),
    "an-incentive": (
        cost(date(2024, 1, 5), 3_600_000, kind="INCENTIVE", expense=None, bank_reference="B-1"),
        [("lease-incentives", 3_600_000), ("bank", -3_600_000)],
    ),
    "taken-back": (back(date(2024, 1, 5), 3_600_000), [("lease-costs", -3_600_000), ("selling", 3_600_000)]),
}


@pytest.mark.parametrize(("fact", "lines"), POSTED.values(), ids=list(POSTED))
def test_what_is_posted(fact: Fact, lines: list[tuple[str, int]]) -> None:
    assert [(line.account, line.amount_minor) for line in postings(fact)] == lines


def test_an_incentive_takes_off_the_rent_and_a_direct_cost_is_an_expense() -> None:
    for kind, lines in {
        "INCENTIVE": [("rent", 100_000, "RENT"), ("lease-incentives", -100_000, None)],
        "DIRECT": [("cost-of-sales", 100_000, None), ("lease-costs", -100_000, None)],
    }.items():
        (month,) = of_kind(billed(ground(TERMS_1, replace(BEFORE, kind=kind)), date(2024, 1, 31)), LeaseCostAmortised)
        assert [(line.account, line.amount_minor, line.stream) for line in postings(month)] == lines


# Decided

PAY = RecordLeaseCost(
    effective_on=date(2024, 1, 5),
    lease=L1,
    cost="inc-1-demo",
    kind="INCENTIVE",
    amount="20000.00",
    document=PAPER,
    bank_reference="B-1",
)
PAID = cost(date(2024, 1, 5), 2_000_000, cost="inc-1-demo", kind="INCENTIVE", expense=None, bank_reference="B-1")
BACK = ReverseLeaseCost(effective_on=date(2024, 3, 5), lease=L1, cost="fee-1-demo", reason="of another lease (demo)")


def test_it_is_recorded_once_and_taken_back() -> None:
    given(*ground(PROMISED)).when(PAY).then(PAID)
    given(*ground(PROMISED, PAID)).when(PAY).then()
    given(*ground(TERMS_1, BEFORE)).when(BACK).then(back(date(2024, 3, 5), 3_600_000))
    given(*ground(TERMS_1, BEFORE, back(date(2024, 3, 5), 3_600_000))).when(BACK).then()
    again = decide(ground(PROMISED, PAID, replace(back(date(2024, 3, 5), 2_000_000), cost="inc-1-demo")), MORE)
    assert [fact.amount_minor for fact in of_kind(again, LeaseCostRecorded)] == [3_000_000]


MORE = replace(PAY, cost="inc-2-demo", bank_reference="B-2", amount="30000.00")


@pytest.mark.parametrize(
    ("facts", "command", "refusal"),
    [
        pytest.param((PAID,), replace(PAY, amount="1.00"), IdTaken, id="another-amount"),
        pytest.param((PAID,), MORE, IncentiveNotAgreed, id="more-than-promised"),
        pytest.param((PAID,), replace(MORE, bank_reference="B-1"), BankReferenceTaken, id="paid-already"),
        pytest.param((), replace(PAY, expense="SELLING"), LeaseCostPaidHow, id="both"),
        pytest.param((), replace(PAY, bank_reference=None), LeaseCostPaidHow, id="neither"),
        pytest.param(
            (), replace(PAY, bank_reference=None, expense="SELLING"), LeaseCostPaidHow, id="not-from-the-bank"
        ),
        pytest.param((), BACK, LeaseCostUnknown, id="unknown"),
        pytest.param((BEFORE,), replace(BACK, effective_on=date(2023, 12, 19)), BeforeItsCause, id="too-early"),
        pytest.param(
            (BEFORE, back(date(2024, 3, 5), 3_600_000)),
            replace(BACK, reason="twice (demo)"),
            LeaseCostIsReversed,
            id="taken-back-already",
        ),
    ],
)
def test_refusals(facts: tuple[Fact, ...], command: Command, refusal: type[Refusal]) -> None:
    given(*ground(PROMISED, *facts)).when(command).refused(refusal)

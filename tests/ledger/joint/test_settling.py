"""Settling in and leaving, measured against leases and books (C3, C4)."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.facts import DepositRefunded
from ledger.billing.scheduled.facts import DepositInterestAccrued, DepositInterestCredited
from ledger.companies.company import StageForbids
from ledger.companies.facts import CompanyExited, CompanySettledIn, ExitInitiated
from ledger.companies.presence import AddPremises, BalancesRemain, CompleteExit, ContractNotExecuted, SettleIn
from ledger.decider import Command, Fact, Refusal
from ledger.investment.facts import ClawbackAssessed, ClawbackCollected
from ledger.joint.settling import (
    BalancesDiffer,
    ClawbackOpen,
    HandoverNotOnRecord,
    InterestUncredited,
    LeaseDiffers,
    LeaseNotOnRecord,
    LeaseRuns,
    OfftakeRuns,
    SettlingRefusal,
)
from ledger.leases.facts import LeaseExpired, LeaseRenewed
from ledger.offtake.facts import OfftakeExecuted, OfftakeTerminated
from ledger.values.money import written
from tests.examples import ASKED, LAND, LEASE, LIFE, SUNFIELD, before, evidence
from tests.examples.investment import through as through_investment
from tests.ground.given import given
from tests.ground.leased import ended, lease_01, owed

COMMAND: dict[type[Command], Any] = {type(command): command for command in ASKED}
SETTLE_IN, ADD_PREMISES, EXIT = COMMAND[SettleIn], COMMAND[AddPremises], COMMAND[CompleteExit]
SETTLED_IN = next(fact for fact in LIFE if isinstance(fact, CompanySettledIn))
EXITED = next(fact for fact in LIFE if isinstance(fact, CompanyExited))
REGISTERED, LEAVING = before(CompanySettledIn), before(CompanyExited)
SETTLED = (*REGISTERED, SETTLED_IN)


def test_a_lease_on_record_and_the_keys_let_a_company_settle_in() -> None:
    given(*REGISTERED, *lease_01()).when(SETTLE_IN).then(SETTLED_IN)


def test_a_land_contract_stands_by_its_evidence() -> None:
    on_land = replace(LAND, executed_on=date(2026, 6, 1))
    expected = replace(SETTLED_IN, contract=on_land)
    given(*REGISTERED).when(replace(SETTLE_IN, contract=on_land)).then(expected)


def test_a_company_leaves_when_leases_are_over_and_books_are_even() -> None:
    given(*LEAVING, *lease_01(), ended()).when(EXIT).then(EXITED)


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "field"),
    [
        (before(CompanySettledIn)[:3], SETTLE_IN, StageForbids, None),
        (
            REGISTERED,
            replace(SETTLE_IN, contract=replace(LEASE, executed_on=date(2026, 7, 2))),
            ContractNotExecuted,
            None,
        ),
        (REGISTERED, SETTLE_IN, LeaseNotOnRecord, "contract.reference"),
        ((*REGISTERED, *lease_01(company="riverbend-demo")), SETTLE_IN, LeaseNotOnRecord, "contract.reference"),
        ((*REGISTERED, *lease_01()[:1]), SETTLE_IN, LeaseNotOnRecord, "contract.reference"),
        ((*REGISTERED, *lease_01(executed_on=date(2026, 5, 29))), SETTLE_IN, LeaseDiffers, "contract.executed_on"),
        ((*REGISTERED, *lease_01(handed_over_on=None)), SETTLE_IN, HandoverNotOnRecord, "handover_on"),
        ((*REGISTERED, *lease_01(handed_over_on=date(2026, 7, 2))), SETTLE_IN, HandoverNotOnRecord, "handover_on"),
        (SETTLED, replace(ADD_PREMISES, contract=replace(LEASE, reference="lease-02")), LeaseNotOnRecord, None),
        ((*LEAVING, *lease_01(), ended()), replace(EXIT, receivable="10.00"), BalancesRemain, None),
        ((*LEAVING, *lease_01()), EXIT, LeaseRuns, "ended"),
        ((*LEAVING, *lease_01(), ended(date(2026, 12, 19))), EXIT, LeaseRuns, "ended"),
        ((*LEAVING, *lease_01(), *owed(1, 0), ended()), EXIT, BalancesDiffer, "receivable"),
        ((*LEAVING, *lease_01(), *owed(0, 1), ended()), EXIT, BalancesDiffer, "deposits_held"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_refused(facts: tuple[Fact, ...], command: Command, refusal: type[Refusal], field: str | None) -> None:
    given(*facts).when(command).refused(refusal, field=field)


@pytest.mark.parametrize(
    "told",
    [
        LeaseRenewed(
            effective_on=date(2026, 12, 1),
            lease="lease-01",
            company=SUNFIELD,
            successor="lease-02",
            option_exercised=False,
        ),
        LeaseExpired(effective_on=date(2028, 7, 1), lease="lease-01", company=SUNFIELD),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_a_lease_runs_through_its_last_day_whatever_is_to_follow(told: Fact) -> None:
    given(*LEAVING, *lease_01(), told).when(EXIT).refused(LeaseRuns, says="lease-01")


def test_another_tenants_debts_are_not_ours() -> None:
    others = [
        replace(fact, company="riverbend-demo", lease="lease-02") if hasattr(fact, "lease") else fact
        for fact in owed(500, 700)
    ]
    given(*LEAVING, *lease_01(), ended(), *others).when(EXIT).then(EXITED)


def test_the_books_are_quoted() -> None:
    given(*LEAVING, *lease_01(), *owed(1_050, 0), ended()).when(EXIT).refused(
        BalancesDiffer, says="10.50 CNY, not 0.00"
    )


def test_a_party_to_a_running_offtake_agreement_stays() -> None:
    about: dict[str, Any] = {"agreement": "wte-1-demo", "parties": (SUNFIELD,), "effective_on": date(2024, 1, 1)}
    signed = OfftakeExecuted(**about, role="SELLER", document=evidence("offtake"), executed_by="approver-demo")
    given(*LEAVING, *lease_01(), ended(), signed).when(EXIT).refused(OfftakeRuns, says="wte-1-demo")
    over = OfftakeTerminated(**about, reason="closed (demo)", document=evidence("end"))
    given(*LEAVING, *lease_01(), ended(), signed, over).when(EXIT).then(EXITED)


def test_an_investor_stays_while_money_is_asked_back() -> None:
    """Collected it is even; another's debts are not theirs; the agreement itself may run on."""
    asked, collected = through_investment(ClawbackAssessed), through_investment(ClawbackCollected)
    owed_back = [fact for fact in asked if isinstance(fact, ClawbackAssessed)]
    amount = written(sum(fact.amount_minor for fact in owed_back))
    given(*LEAVING, *lease_01(), ended(), *asked).when(EXIT).refused(ClawbackOpen, says=f"{amount} CNY of clawback-1")
    given(*LEAVING, *lease_01(), ended(), *collected).when(EXIT).then(EXITED)
    others = [replace(fact, company="riverbend-demo") for fact in asked]
    given(*LEAVING, *lease_01(), ended(), *others).when(EXIT).then(EXITED)


def test_interest_that_accrued_on_a_deposit_is_credited_first() -> None:
    """12.00 accrued, 2.00 of them credited and paid back; then the rest."""
    on = {"effective_on": date(2026, 8, 31), "accounting_on": date(2026, 8, 31)}
    about: dict[str, Any] = {**on, "company": SUNFIELD, "lease": "lease-01"}
    accrued = DepositInterestAccrued(**about, month="2026-08", amount_minor=1_200)

    def credited(name: str, amount: int) -> tuple[Fact, ...]:
        back = DepositRefunded(**about, deposit=f"back-{name}", bank_reference=f"B-{name}", amount_minor=amount)
        return DepositInterestCredited(**about, deposit=name, amount_minor=amount), back

    left = (*LEAVING, *lease_01(), ended(), accrued, *credited("d-1", 200))
    given(*left).when(EXIT).refused(InterestUncredited, says="10.00 CNY for lease-01; credit-deposit-interest")
    given(*left, *credited("d-2", 1_000)).when(EXIT).then(EXITED)


def test_every_refusal_is_shown() -> None:
    assert {child.code for child in SettlingRefusal.__subclasses__()} == {
        "lease-not-on-record",
        "lease-differs",
        "not-handed-over",
        "lease-runs",
        "order-runs",
        "interest-uncredited",
        "offtake-runs",
        "clawback-open",
        "balances-differ",
    }
    assert ExitInitiated in {type(fact) for fact in LEAVING}

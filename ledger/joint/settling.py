"""Settling in and leaving, measured against leases and books: C3 and C4 where the ledger itself can tell.

Commands (of companies)   Facts (of companies)
SettleIn                  company.settled-in
AddPremises               company.premises-added
CompleteExit              company.exited

Refusals, after those of companies, in order of precedence
SettlingRefusal
├── LeaseNotOnRecord      C3: no executed lease of this company has this id
├── LeaseDiffers          C3: the lease on record was executed on another day
├── HandoverNotOnRecord   C3: no handover on or before the day is on record for the lease
├── LeaseRuns             C4: a lease of the company has not ended
├── OrderRuns             C4: an equipment order of the company is open, or money of it remains
├── OfftakeRuns           C4: an energy offtake agreement of the company has not ended
├── ClawbackOpen          C4: an incentive that was claimed back is neither collected nor waived
├── InterestUncredited    C4: interest accrued on a deposit and was not credited
└── BalancesDiffer        C4: what is owed, or held as deposit, is not what the books say

The company's own rules are those of companies; this context adds what only leases and billing know, and decides for
these three commands in their place. A land contract is no lease of ours: it stands by its evidence.
"""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from ledger.billing.account import Billing
from ledger.billing.deciding import BILLING
from ledger.billing.deposits import uncredited
from ledger.companies.company import Companies
from ledger.companies.deciding import COMPANIES
from ledger.companies.facts import Contract
from ledger.companies.presence import AddPremises, CompleteExit, SettleIn
from ledger.decider import By, Decider, Fact, Refusal
from ledger.investment.deciding import INVESTMENT
from ledger.investment.rules import Investments
from ledger.leases.deciding import LEASES
from ledger.leases.lease import Lease, Leases
from ledger.leases.schedule import last_day
from ledger.offtake.account import Offtakes
from ledger.offtake.deciding import OFFTAKE
from ledger.orders.deciding import ORDERS
from ledger.orders.order import Orders
from ledger.values.money import minor, written

# Commands

SettlingCommand = SettleIn | AddPremises | CompleteExit

# Refusals


class SettlingRefusal(Refusal):
    """The leases, agreements or books on record contradict it."""


class LeaseNotOnRecord(SettlingRefusal):
    """C3: no executed lease of this company has this id."""

    code = "lease-not-on-record"


class LeaseDiffers(SettlingRefusal):
    """C3: the lease on record was executed on another day."""

    code = "lease-differs"


class HandoverNotOnRecord(SettlingRefusal):
    """C3: no handover on or before the day is on record for the lease."""

    code = "not-handed-over"


class LeaseRuns(SettlingRefusal):
    """C4: a lease of the company has not ended."""

    code = "lease-runs"


class OrderRuns(SettlingRefusal):
    """C4: an equipment order of the company is open, or money of it remains."""

    code = "order-runs"


class OfftakeRuns(SettlingRefusal):
    """C4: an energy offtake agreement of the company has not ended."""

    code = "offtake-runs"


class ClawbackOpen(SettlingRefusal):
    """C4: an incentive that was claimed back is neither collected nor waived."""

    code = "clawback-open"


class InterestUncredited(SettlingRefusal):
    """C4: interest accrued on a deposit and was not credited: it is owed to the company."""

    code = "interest-uncredited"


class BalancesDiffer(SettlingRefusal):
    """C4: what is owed, or held as deposit, is not what the books say."""

    code = "balances-differ"


# State


class Settling(Struct, frozen=True):
    """The states of companies, leases, billing, orders, offtake and investment in one scope."""

    companies: Companies = COMPANIES.initial
    leases: Leases = LEASES.initial
    billing: Billing = BILLING.initial
    orders: Orders = ORDERS.initial
    offtakes: Offtakes = OFFTAKE.initial
    investments: Investments = INVESTMENT.initial


# Evolve


def evolve(state: Settling, fact: Fact) -> Settling:
    """Each of them after one more fact."""
    return Settling(
        COMPANIES.evolve(state.companies, fact),
        LEASES.evolve(state.leases, fact),
        BILLING.evolve(state.billing, fact),
        ORDERS.evolve(state.orders, fact),
        OFFTAKE.evolve(state.offtakes, fact),
        INVESTMENT.evolve(state.investments, fact),
    )


# Scope


def scope(command: SettlingCommand) -> tuple[str, ...]:
    """The scope of companies, everything of the tenant and of the investor, and every order and offtake agreement that
    it is party to."""
    kinds = ("tenant", "party", "investor")
    return (*COMPANIES.scope(command), *(f"{kind}:{command.company}" for kind in kinds))


# Decide

RUNNING = frozenset({"EXECUTED", "COMMENCED", "HOLDOVER"})
NEVER_EXECUTED = frozenset({"DRAFT", "SUBMITTED", "APPROVED", "VOIDED"})


def decide(state: Settling, command: SettlingCommand, by: By) -> Sequence[Fact]:
    """The fact that companies decides on, if leases, agreements and books agree."""
    facts = COMPANIES.decide(state.companies, command, by)
    if not facts:
        return ()
    match command:
        case SettleIn():
            _check_contract(state, command.contract, command, handed_over=True)
        case AddPremises():
            _check_contract(state, command.contract, command, handed_over=False)
        case CompleteExit():
            _check_leases_ended(state, command)
            _check_orders_done(state, command)
            _check_offtakes_ended(state, command)
            _check_clawbacks(state, command)
            _check_interest(state, command)
            _check_balances(state, command)
    return facts


def _check_contract(state: Settling, contract: Contract, command: SettlingCommand, *, handed_over: bool) -> None:
    if contract.kind == "LAND":
        return
    lease = state.leases.leases.get(contract.reference)
    if lease is None or lease.company != command.company or lease.state in NEVER_EXECUTED or lease.executed_on is None:
        raise LeaseNotOnRecord(
            f"{command.company} has no executed lease {contract.reference}; execute-lease, or name a land contract",
            field="contract.reference",
        )
    if lease.executed_on != contract.executed_on:
        raise LeaseDiffers(
            f"lease {lease.lease} was executed on {lease.executed_on}, not {contract.executed_on}",
            field="contract.executed_on",
        )
    if handed_over and (lease.handed_over_on is None or lease.handed_over_on > command.effective_on):
        raise HandoverNotOnRecord(
            f"no handover of lease {lease.lease} on or before {command.effective_on} is on record", field="handover_on"
        )


def _check_leases_ended(state: Settling, command: CompleteExit) -> None:
    running = [lease for lease in state.leases.leases.values() if _runs(lease, command)]
    if running:
        named = ", ".join(sorted(lease.lease for lease in running))
        raise LeaseRuns(f"leases of {command.company} have not ended by {command.effective_on}: {named}", field="ended")


def _runs(lease: Lease, command: CompleteExit) -> bool:
    if lease.company != command.company or lease.state in NEVER_EXECUTED:
        return False
    if lease.state in RUNNING:
        return True
    last = last_day(lease)
    return last is None or last > command.effective_on


def _check_orders_done(state: Settling, command: CompleteExit) -> None:
    orders = state.orders.orders.items()
    running = sorted(
        name for name, order in orders if order.is_open and command.company in (order.supplier, order.buyer)
    )
    if running:
        raise OrderRuns(f"orders of {command.company} are open: {', '.join(running)}; close or cancel them first")


def _check_offtakes_ended(state: Settling, command: CompleteExit) -> None:
    running = sorted(
        agreement.agreement
        for agreement in state.offtakes.agreements.values()
        if agreement.executed is not None
        and command.company in agreement.executed.parties
        and (agreement.ended_on is None or agreement.ended_on > command.effective_on)
    )
    if running:
        raise OfftakeRuns(f"offtake agreements of {command.company} have not ended: {', '.join(running)}")


def _check_clawbacks(state: Settling, command: CompleteExit) -> None:
    owed = [
        f"{written(clawback.outstanding_minor)} CNY of {name} of {agreement.agreement}"
        for agreement in state.investments.agreements.values()
        if agreement.company == command.company
        for name, clawback in sorted(agreement.clawbacks.items())
        if clawback.outstanding_minor
    ]
    if owed:
        raise ClawbackOpen(
            f"{command.company} owes {', '.join(owed)}; collect-clawback, or waive it (propose-clawback-waiver)"
        )


def _check_interest(state: Settling, command: CompleteExit) -> None:
    """Interest that accrued is credited, and paid back with the deposit. Raises InterestUncredited."""
    of_tenant = sorted(lease.lease for lease in state.leases.leases.values() if lease.company == command.company)
    left = {lease: uncredited(state.billing, lease, date.max) for lease in of_tenant}
    owed = [f"{written(amount)} CNY for {lease}" for lease, amount in left.items() if amount > 0]
    if owed:
        raise InterestUncredited(
            f"interest accrued on deposits of {command.company} and was not credited: {', '.join(owed)}; "
            "credit-deposit-interest, then pay it back with the deposit (refund-deposit)",
            field="deposits_held",
        )


def _check_balances(state: Settling, command: CompleteExit) -> None:
    of_tenant = {lease.lease for lease in state.leases.leases.values() if lease.company == command.company}
    documents = state.billing.documents.values()
    balances = {
        "receivable": sum(
            document.open_minor
            for document in documents
            if document.issued and document.issued.company == command.company
        ),
        "deposits_held": sum(map(state.billing.deposit_minor, of_tenant)),
    }
    for name, owed in balances.items():
        stated = str(getattr(command, name))
        if minor(stated) != owed:
            raise BalancesDiffer(f"the books say {name} {written(owed)} CNY, not {stated}", field=name)


SETTLING: Decider[SettlingCommand, Settling] = Decider(
    (SettleIn, AddPremises, CompleteExit), Settling(), scope, evolve, decide
)

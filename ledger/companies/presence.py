"""Here, at work, and gone: settling in by evidence, operations, exit.

Commands             Facts (company.…)      From
ReportSettled        reported-settled       any: what the press says is a flag, never a stage
SettleIn             settled-in             REGISTERED
AddPremises          premises-added         SETTLED_IN, OPERATING, EXITING
CommenceOperations   operations-commenced   SETTLED_IN
InitiateExit         exit-initiated         REGISTERED, SETTLED_IN, OPERATING
CompleteExit         exited                 EXITING

Refusals, in order of precedence
├── ContractNotExecuted   C3: the lease or land contract was executed later
├── HandoverMissing       C3: handover comes on or before settling in
├── PremisesRemain        C4: a lease or land contract has not ended
└── BalancesRemain        C4: receivable and deposits are zero, or explicitly transferred
"""

from datetime import date
from typing import Any

from ledger.companies.company import Companies, Company, CompanyCommand, CompanyRefusal, Part, with_one
from ledger.companies.facts import (
    CompanyExited,
    CompanyFact,
    CompanyReportedSettled,
    CompanySettledIn,
    Contract,
    EndedContract,
    ExitInitiated,
    OperationsCommenced,
    PremisesAdded,
    Transfer,
    Yuan,
)
from ledger.decider import By, Text
from ledger.values.evidence import Evidence

# Commands


class ReportSettled(CompanyCommand, frozen=True, kw_only=True, tag="report-settled"):
    """Keep a public statement that the company has settled in; for evidence use settle-in."""

    statement: Text
    source: Text
    published_on: date


class SettleIn(CompanyCommand, frozen=True, kw_only=True, tag="settle-in"):
    """Record that the company has settled in, with all three proofs."""

    licence: Evidence
    park_address: Text
    contract: Contract
    handover_on: date
    handover: Evidence


class AddPremises(CompanyCommand, frozen=True, kw_only=True, tag="add-premises"):
    """Record a further lease or land contract."""

    contract: Contract


class CommenceOperations(CompanyCommand, frozen=True, kw_only=True, tag="commence-operations"):
    """Record the first production or invoice."""

    evidence: Evidence


class InitiateExit(CompanyCommand, frozen=True, kw_only=True, tag="initiate-exit"):
    """The company begins to leave."""

    reason: Text


class CompleteExit(CompanyCommand, frozen=True, kw_only=True, tag="complete-exit"):
    """The company has left. Every contract is listed as ended; balances are zero or transferred."""

    ended: tuple[EndedContract, ...]
    receivable: Yuan
    deposits_held: Yuan
    transferred_to: Transfer | None = None


# Refusals


class ContractNotExecuted(CompanyRefusal):
    """C3: the lease or land contract was executed later."""

    code = "contract-not-executed"


class HandoverMissing(CompanyRefusal):
    """C3: handover comes on or before settling in."""

    code = "handover-missing"


class PremisesRemain(CompanyRefusal):
    """C4: a lease or land contract has not ended."""

    code = "premises-remain"


class BalancesRemain(CompanyRefusal):
    """C4: receivable and deposits are zero, or explicitly transferred."""

    code = "balances-remain"


# Evolve


def _change(known: Company, fact: CompanyFact) -> dict[str, Any]:
    match fact:
        case CompanyReportedSettled():
            first = min(fact.effective_on, known.reported_settled_on or fact.effective_on)
            reports = with_one(known.reports, (fact.published_on, fact.source))
            return {"reports": reports, "reported_settled_on": first}
        case CompanySettledIn():
            return {"address": fact.park_address, "premises": with_one(known.premises, fact.contract.reference)}
        case PremisesAdded():
            return {"premises": with_one(known.premises, fact.contract.reference)}
        case CompanyExited():
            return {"premises": ()}
    return {}


# Scope and decide


def _scope(command: CompanyCommand) -> tuple[str, ...]:
    match command:
        case CompleteExit() if command.transferred_to is not None:
            return (f"company:{command.transferred_to.company}",)
    return ()


def _check(state: Companies, company: Company, command: CompanyCommand, by: By) -> None:
    match command:
        case SettleIn():
            _check_settling_in(command)
        case AddPremises():
            _check_executed(command.contract, command.effective_on)
        case CompleteExit():
            _check_exit(state, company, command)


def _check_executed(contract: Contract, on: date) -> None:
    if contract.executed_on > on:
        raise ContractNotExecuted(
            f"contract {contract.reference} is executed on {contract.executed_on}, after {on}", field="contract"
        )


def _check_settling_in(command: SettleIn) -> None:
    """C3: contract and handover no later than settling in."""
    _check_executed(command.contract, command.effective_on)
    if command.handover_on > command.effective_on:
        raise HandoverMissing(
            f"the premises are handed over on {command.handover_on}, after {command.effective_on}", field="handover_on"
        )


def _check_exit(state: Companies, company: Company, command: CompleteExit) -> None:
    """C4: every contract ended, balances zero or taken over."""
    ended = {contract.reference for contract in command.ended if contract.ended_on <= command.effective_on}
    if remain := [reference for reference in company.premises if reference not in ended]:
        raise PremisesRemain(f"not ended by {command.effective_on}: {', '.join(remain)}", field="ended")
    balances = {"receivable": command.receivable, "deposits_held": command.deposits_held}
    open_ones = [f"{name} {amount}" for name, amount in balances.items() if amount.strip("0.")]
    if not open_ones:
        return
    if command.transferred_to is None:
        raise BalancesRemain(f"{' and '.join(open_ones)} CNY remain; clear them or say who takes them over")
    heir = state.companies.get(command.transferred_to.company)
    if heir is None or heir.lead_on is None or heir.stage == "MERGED" or heir.company == company.company:
        raise BalancesRemain("balances go to another company of this ledger, not merged away", field="transferred_to")


PRESENCE = Part(
    facts={
        ReportSettled: CompanyReportedSettled,
        SettleIn: CompanySettledIn,
        AddPremises: PremisesAdded,
        CommenceOperations: OperationsCommenced,
        InitiateExit: ExitInitiated,
        CompleteExit: CompanyExited,
    },
    starts={
        CompanySettledIn: frozenset({"REGISTERED"}),
        PremisesAdded: frozenset({"SETTLED_IN", "OPERATING", "EXITING"}),
        OperationsCommenced: frozenset({"SETTLED_IN"}),
        ExitInitiated: frozenset({"REGISTERED", "SETTLED_IN", "OPERATING"}),
        CompanyExited: frozenset({"EXITING"}),
    },
    reaches={
        CompanySettledIn: ("SETTLED_IN", "settled_in_on"),
        OperationsCommenced: ("OPERATING", "operating_on"),
        ExitInitiated: ("EXITING", "exiting_on"),
        CompanyExited: ("EXITED", "exited_on"),
    },
    change=_change,
    details=lambda company, command: {},
    check=_check,
    scope=_scope,
)

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

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from ledger.companies.company import (
    WITHDRAW,
    Companies,
    Company,
    CompanyCommand,
    CompanyRefusal,
    check_place,
    of_company,
    the_company,
)
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
    Stage,
    Transfer,
    Yuan,
)
from ledger.decider import By, Fact, Part, Text, said
from ledger.values.days import Happened
from ledger.values.evidence import Evidence

# Commands


class ReportSettled(CompanyCommand, frozen=True, kw_only=True, tag="report-settled"):
    """Keep a public statement that the company has settled in; for evidence use settle-in."""

    put_right: ClassVar[str] = "`withdraw-company-step`."
    statement: Text
    source: Text
    published_on: Happened


class SettleIn(CompanyCommand, frozen=True, kw_only=True, tag="settle-in"):
    """Record that the company has settled in, with all three proofs."""

    put_right: ClassVar[str] = WITHDRAW
    licence: Evidence
    park_address: Text
    contract: Contract
    handover_on: Happened
    handover: Evidence


class AddPremises(CompanyCommand, frozen=True, kw_only=True, tag="add-premises"):
    """Record a further lease or land contract."""

    put_right: ClassVar[str] = WITHDRAW
    contract: Contract


class CommenceOperations(CompanyCommand, frozen=True, kw_only=True, tag="commence-operations"):
    """Record the first production or invoice."""

    put_right: ClassVar[str] = WITHDRAW
    evidence: Evidence


class InitiateExit(CompanyCommand, frozen=True, kw_only=True, tag="initiate-exit"):
    """The company begins to leave."""

    put_right: ClassVar[str] = WITHDRAW
    reason: Text


class CompleteExit(CompanyCommand, frozen=True, kw_only=True, tag="complete-exit"):
    """The company has left. Every contract is listed as ended; balances are zero or transferred."""

    put_right: ClassVar[str] = WITHDRAW
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


# Scope


def _scope_of_exit(command: CompleteExit) -> tuple[str, ...]:
    heir = () if command.transferred_to is None else (f"company:{command.transferred_to.company}",)
    return (*of_company(command), *heir)


# Decide

STARTS: Mapping[type[CompanyFact], frozenset[Stage]] = {
    CompanySettledIn: frozenset({"REGISTERED"}),
    PremisesAdded: frozenset({"SETTLED_IN", "OPERATING", "EXITING"}),
    OperationsCommenced: frozenset({"SETTLED_IN"}),
    ExitInitiated: frozenset({"REGISTERED", "SETTLED_IN", "OPERATING"}),
    CompanyExited: frozenset({"EXITING"}),
}
"""fact -> the stages from which it may follow; those not listed may follow any."""


def _report_settled(state: Companies, command: ReportSettled, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(CompanyReportedSettled, command) in state.asked.values():
        return ()
    check_place(company, command)
    return (
        CompanyReportedSettled(
            effective_on=command.effective_on,
            company=command.company,
            statement=command.statement,
            source=command.source,
            published_on=command.published_on,
        ),
    )


def _settle_in(state: Companies, command: SettleIn, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(CompanySettledIn, command) in state.asked.values():
        return ()
    check_place(company, command, STARTS[CompanySettledIn])
    _check_executed(command.contract, command.effective_on)
    _check_handed_over(command)
    return (
        CompanySettledIn(
            effective_on=command.effective_on,
            company=command.company,
            licence=command.licence,
            park_address=command.park_address,
            contract=command.contract,
            handover_on=command.handover_on,
            handover=command.handover,
        ),
    )


def _add_premises(state: Companies, command: AddPremises, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(PremisesAdded, command) in state.asked.values():
        return ()
    check_place(company, command, STARTS[PremisesAdded], in_order=False)
    _check_executed(command.contract, command.effective_on)
    return (PremisesAdded(effective_on=command.effective_on, company=command.company, contract=command.contract),)


def _commence_operations(state: Companies, command: CommenceOperations, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(OperationsCommenced, command) in state.asked.values():
        return ()
    check_place(company, command, STARTS[OperationsCommenced])
    return (OperationsCommenced(effective_on=command.effective_on, company=command.company, evidence=command.evidence),)


def _initiate_exit(state: Companies, command: InitiateExit, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(ExitInitiated, command) in state.asked.values():
        return ()
    check_place(company, command, STARTS[ExitInitiated])
    return (ExitInitiated(effective_on=command.effective_on, company=command.company, reason=command.reason),)


def _complete_exit(state: Companies, command: CompleteExit, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(CompanyExited, command) in state.asked.values():
        return ()
    check_place(company, command, STARTS[CompanyExited])
    _check_exit(state, company, command)
    return (
        CompanyExited(
            effective_on=command.effective_on,
            company=command.company,
            ended=command.ended,
            receivable=command.receivable,
            deposits_held=command.deposits_held,
            transferred_to=command.transferred_to,
        ),
    )


def _check_executed(contract: Contract, on: date) -> None:
    """C3: the contract is executed no later than the step that rests on it."""
    if contract.executed_on > on:
        raise ContractNotExecuted(
            f"contract {contract.reference} is executed on {contract.executed_on}, after {on}", field="contract"
        )


def _check_handed_over(command: SettleIn) -> None:
    """C3: handover comes on or before settling in."""
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


PRESENCE: Part[Companies, Company] = Part(
    decide={
        ReportSettled: _report_settled,
        SettleIn: _settle_in,
        AddPremises: _add_premises,
        CommenceOperations: _commence_operations,
        InitiateExit: _initiate_exit,
        CompleteExit: _complete_exit,
    },
    scope={
        ReportSettled: of_company,
        SettleIn: of_company,
        AddPremises: of_company,
        CommenceOperations: of_company,
        InitiateExit: of_company,
        CompleteExit: _scope_of_exit,
    },
)

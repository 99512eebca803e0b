"""Settle a month: calculated, approved by a second person, invoiced; and again when something comes to light.

Commands             Facts (energy.…)
CalculateStatement   statement-calculated: R0, and after that the next run, where it says anything new
ApproveStatement     statement-approved; and for SELLER and SETTLEMENT_AGENT what it comes to more than the run before:
                     invoiced, or credited (E3)
DisputeStatement     statement-disputed
WithdrawDispute      dispute-withdrawn

Refusals, in order of precedence (after those of life.py)
├── NothingDelivered      no day of the month lies in commercial operation, not ended and not suspended
├── LimitationPassed      E4: it is too late to settle the month anew
├── OfftakeStepTooEarly   of rules.py: before the last of those days, or before the run that it is about
├── those of calculation.py and meter.py
├── RunUnknown            no such run was calculated (unknown)
├── RunApproved           the run is approved already, on another day (conflict)
├── RunIsDisputed         the buyer does not accept it: calculate again, or let the dispute be withdrawn
├── RunStale              facts have come since: calculate again
├── ApproverIsCalculator  J7: the approver is not who calculated
├── NetBelowNothing       at prices below zero it comes to less than nothing, which no invoice says
├── NoDispute             there is no dispute to withdraw
├── VatRateMissing        of billing: no rate for a settlement agent's fee
├── DamagesInTheWay, NoteInTheWay   of crediting.py: damages, or a note by hand, took off the invoice what is to be
│                         credited
└── NoOpenPeriod          of `ledger.periods`

A document of a run stands on the last day of its month that counts, and no earlier than those of the runs before: it
posts there, or in the earliest open month after.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated, Any, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from ledger.billing.facts import ALLOWANCE_TAG
from ledger.billing.lines import DocumentLine
from ledger.billing.rules import VatRateMissing
from ledger.decider import By, Fact, Part, Text, said
from ledger.offtake.account import OfftakeAgreement, Offtakes, Run, evolve
from ledger.offtake.calculation import calculate, check_metered, same, spans_of
from ledger.offtake.charges.crediting import Amounts, Credit, credit_notes, taken_back
from ledger.offtake.facts import (
    DisputeWithdrawn,
    EnergyInvoiced,
    StatementApproved,
    StatementCalculated,
    StatementDisputed,
)
from ledger.offtake.life import AgreementCommand, agreement_tags, executed
from ledger.offtake.meters.facts import prices_tag
from ledger.offtake.rules import OfftakeRefusal, not_before
from ledger.offtake.terms import RATES, SERVICES, OfftakeTerms, settled_anew_through
from ledger.periods import PERIODS_TAG, Month, first_and_last, month_of, posting_date
from ledger.rates import value_on
from ledger.values.money import rounded, vat_on, written

RunNumber = Annotated[int, Meta(ge=0, le=99)]

# Commands


class CalculateStatement(AgreementCommand, frozen=True, kw_only=True, tag="calculate-statement"):
    """Work out a month: R0 first, the next run where an approved one says something else by now.

    Only days count on which the agreement delivers: in commercial operation, not ended, not suspended.
    """

    put_right: ClassVar[str] = (
        "`calculate-statement` again: a run that is not approved gives way to it, after an approved one the next run "
        "says the difference."
    )
    month: Month


class ApproveStatement(AgreementCommand, frozen=True, kw_only=True, tag="approve-statement"):
    """Agree to a run that somebody else calculated; what it comes to is invoiced."""

    put_right: ClassVar[str] = (
        "Correct what the month rests on, then `calculate-statement` and `approve-statement`: the next run invoices or "
        "credits the difference."
    )
    month: Month
    run: RunNumber


class DisputeStatement(AgreementCommand, frozen=True, kw_only=True, tag="dispute-statement"):
    """Record that the buyer does not accept a run."""

    put_right: ClassVar[str] = "`withdraw-dispute`."
    month: Month
    run: RunNumber
    reason: Text


class WithdrawDispute(AgreementCommand, frozen=True, kw_only=True, tag="withdraw-dispute"):
    """Record that the buyer accepts a disputed run after all."""

    put_right: ClassVar[str] = "`dispute-statement` again."
    month: Month
    run: RunNumber
    reason: Text


# Refusals


class NothingDelivered(OfftakeRefusal):
    """No day of the month lies in commercial operation, not ended and not suspended."""

    code = "nothing-delivered"


class LimitationPassed(OfftakeRefusal):
    """E4: it is too late to settle the month anew."""

    code = "limitation-passed"


class RunUnknown(OfftakeRefusal):
    """No such run was calculated."""

    code = "run-unknown"
    kind = "unknown"


class RunApproved(OfftakeRefusal):
    """The run is approved already, on another day."""

    code = "run-approved"
    kind = "conflict"


class RunIsDisputed(OfftakeRefusal):
    """The buyer does not accept it."""

    code = "run-is-disputed"


class RunStale(OfftakeRefusal):
    """Facts have come since."""

    code = "run-stale"


class ApproverIsCalculator(OfftakeRefusal):
    """J7: the approver is not who calculated."""

    code = "approver-is-calculator"


class NetBelowNothing(OfftakeRefusal):
    """At prices below zero it comes to less than nothing, which no invoice says."""

    code = "net-below-nothing"


class NoDispute(OfftakeRefusal):
    """There is no dispute to withdraw."""

    code = "no-dispute"


# What a run comes to


def fee_of(state: Offtakes, terms: OfftakeTerms, net_minor: int, month: Month) -> tuple[int, int]:
    """A settlement agent's fee on a net amount, and the tax on the fee. Raises VatRateMissing."""
    if terms.role != "SETTLEMENT_AGENT":
        return 0, 0
    fee = rounded(net_minor * Fraction(terms.fee))
    rate = value_on(state.rates, SERVICES, first_and_last(month)[1])
    if rate is None:
        raise VatRateMissing(f"no rate of {SERVICES} is approved for {month}: propose and approve one")
    return fee, vat_on(fee, rate)


def _amounts(state: Offtakes, terms: OfftakeTerms, run: StatementCalculated) -> Amounts:
    """The whole of a run."""
    fee, fee_vat = fee_of(state, terms, run.net_minor, run.month)
    return Amounts(net_minor=run.net_minor, vat_minor=run.vat_minor, fee_minor=fee, fee_vat_minor=fee_vat)


def run_document(agreement: str, month: Month, run: int) -> str:
    """The name of a run's invoice; where the run comes to less, of its credit."""
    return f"{agreement}-energy-{month.replace('-', '')}-r{run}"


# Scope


def _calculating_tags(command: CalculateStatement) -> tuple[str, ...]:
    return (*agreement_tags(command), *RATES, prices_tag(command.month))


def _approving_tags(command: ApproveStatement) -> tuple[str, ...]:
    return (*posting_tags(command), prices_tag(command.month))


def posting_tags(command: AgreementCommand) -> tuple[str, ...]:
    """The agreement, the rates that it may be settled with, the allowance for losses, and every period."""
    return (*agreement_tags(command), *RATES, ALLOWANCE_TAG, PERIODS_TAG)


# Decide


def _calculate(state: Offtakes, command: CalculateStatement, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    terms = _check_delivered(agreement, command.month)
    approved = agreement.approved(command.month)
    number = len(approved)
    if number:
        _check_limitation(terms, command)
    for _, last in spans_of(agreement, command.month):
        not_before(command.effective_on, last, f"the last day of {command.month} that counts lies")
    check_metered(state, agreement, command.month)
    now = calculate(state, command.agreement, command.month, run=number, by=by.actor, on=command.effective_on)
    waiting = agreement.runs.get(command.month, {}).get(number, Run()).calculated
    before = waiting or (approved[-1] if approved else None)
    return () if before is not None and same(now, before) else (now,)


def _check_delivered(agreement: OfftakeAgreement, month: Month) -> OfftakeTerms:
    """The terms of a month in which the agreement delivered, or was settled. Raises NothingDelivered.

    A month that was settled before its days turned out not to count is settled anew, at nothing.
    """
    terms = agreement.terms_on(first_and_last(month)[0])
    assert terms is not None, "an executed agreement has terms"
    delivering = agreement.delivering
    if not delivering.in_month(month) and not agreement.approved(month):
        begun, ended = delivering.begun_on, delivering.last_on
        since = f"since {begun}" if begun else "not yet"
        stopped = [stop for stop, resumed_on in delivering.stops if resumed_on is None]
        but = f", and is suspended since {stopped[-1]}" if stopped else ""
        raise NothingDelivered(
            f"{agreement.agreement} delivers {since}, at the longest through {ended}{but}", field="month"
        )
    return terms


def _check_limitation(terms: OfftakeTerms, command: CalculateStatement) -> None:
    """E4: a month is settled anew for so long only. Raises LimitationPassed."""
    last = settled_anew_through(terms, command.month)
    if month_of(command.effective_on) > last:
        raise LimitationPassed(f"{command.month} is settled anew through {last}, and no later", field="month")


def _run(
    agreement: OfftakeAgreement, command: ApproveStatement | DisputeStatement | WithdrawDispute
) -> tuple[Run, StatementCalculated]:
    """A run, and what was calculated for it. Raises RunUnknown."""
    run = agreement.runs.get(command.month, {}).get(command.run, Run())
    if run.calculated is None:
        raise RunUnknown(f"run {command.run} of {command.month} was not calculated", field="run")
    return run, run.calculated


def _approve(state: Offtakes, command: ApproveStatement, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    run, calculated = _run(agreement, command)
    if run.approved is not None:
        if run.approved.asked == said(StatementApproved, command):
            return ()
        raise RunApproved(
            f"run {command.run} of {command.month} is approved since {run.approved.effective_on}; what changed "
            "since is settled by the next run",
            field="run",
        )
    if run.dispute is not None:
        raise RunIsDisputed(
            f"run {command.run} of {command.month} is disputed: {run.dispute.reason}; calculate it again, or let the "
            "dispute be withdrawn",
            field="run",
        )
    not_before(command.effective_on, calculated.effective_on, f"run {command.run} was calculated")
    check_metered(state, agreement, command.month)
    now = calculate(state, command.agreement, command.month, run=command.run, by=by.actor, on=command.effective_on)
    if not same(now, calculated):
        raise RunStale(f"facts have come since run {command.run} was calculated; calculate it again", field="run")
    if calculated.calculated_by == by.actor:
        raise ApproverIsCalculator(f"{by.actor} calculated run {command.run}; somebody else approves it", field="run")
    if calculated.net_minor < 0 and agreement.role != "OBSERVER":
        raise NetBelowNothing(
            f"{command.month} comes to {written(calculated.net_minor)}, and no invoice asks for less than nothing: "
            "agree on a floor with `propose-offtake-amendment`",
            field="run",
        )
    approved = StatementApproved(
        effective_on=command.effective_on,
        agreement=command.agreement,
        month=command.month,
        run=command.run,
        calculated_by=calculated.calculated_by,
        approved_by=by.actor,
    )
    return (approved, *_documents(state, agreement, calculated, command, by))


def _documents(
    state: Offtakes, agreement: OfftakeAgreement, run: StatementCalculated, command: ApproveStatement, by: By
) -> Sequence[Fact]:
    """The invoice or credit of a run (E3); nothing where MCSC only watches, or nothing changed."""
    if agreement.role == "OBSERVER":
        return ()
    terms, before = agreement.terms_on(first_and_last(run.month)[0]), agreement.latest(run.month)
    assert terms is not None, "an executed agreement has terms"
    first, last = _stands(state, agreement, run.month)
    more = _amounts(state, terms, run)
    if before is not None:
        more = more.less(_amounts(state, terms, before))
    if more.net_minor < 0:
        return _credit(state, terms, run, more, last, command, by)
    if not more.net_minor:
        return ()
    line = DocumentLine(
        from_on=first, until_on=last, net_minor=more.net_minor, vat_rate=run.vat_rate, vat_minor=more.vat_minor
    )
    return (
        EnergyInvoiced(
            effective_on=last,
            accounting_on=posting_date(state.periods, last, by.role),
            company=terms.buyer,
            lease=terms.lease,
            invoice=run_document(run.agreement, run.month, run.run),
            charge="ENERGY",
            lines=(line,),
            due_on=max(command.effective_on, last) + timedelta(days=terms.due_days),
            late_fee_per_day=terms.late_fee_per_day,
            agreement=run.agreement,
            generator=terms.generator,
            fee_minor=more.fee_minor,
            fee_vat_minor=more.fee_vat_minor,
            month=run.month,
            run=run.run,
        ),
    )


def _stands(state: Offtakes, agreement: OfftakeAgreement, month: Month) -> tuple[date, date]:
    """The first day of a month that counts, and the day that a document about the month stands on."""
    spans = spans_of(agreement, month)
    issued = [invoice.effective_on for invoice in state.energy_invoices(agreement.agreement, (month,))]
    if not spans:
        first, last = first_and_last(month)
        return first, max(issued, default=last)
    return spans[0][0], max([spans[-1][1], *issued])


def _credit(
    state: Offtakes,
    terms: OfftakeTerms,
    run: StatementCalculated,
    more: Amounts,
    on: date,
    command: ApproveStatement,
    by: By,
) -> Sequence[Fact]:
    """Take off the month's invoices what the run comes to less; `more` is below nothing. A make-up credit that took it
    off before is taken back as far as need be."""
    credit = Credit(
        state=state,
        agreement=run.agreement,
        terms=terms,
        name=run_document(run.agreement, run.month, run.run),
        effective_on=on,
        role=by.role,
        reason=f"run {run.run} of {run.month} comes to less",
        fee_minor=-more.fee_minor,
        fee_vat_minor=-more.fee_vat_minor,
    )
    invoices = state.energy_invoices(run.agreement, (run.month,))
    back = taken_back(credit, invoices, -more.net_minor, -more.vat_minor)
    for fact in back:
        state = evolve(state, fact)
    return (*back, *credit_notes(replace(credit, state=state), invoices, -more.net_minor, -more.vat_minor))


def _dispute(state: Offtakes, command: DisputeStatement, by: By) -> Sequence[Fact]:
    run, calculated = _run(executed(state, command.agreement), command)
    if run.dispute is not None and run.dispute.asked == said(StatementDisputed, command):
        return ()
    not_before(command.effective_on, calculated.effective_on, f"run {command.run} was calculated")
    return (
        StatementDisputed(
            effective_on=command.effective_on,
            agreement=command.agreement,
            month=command.month,
            run=command.run,
            reason=command.reason,
        ),
    )


def _withdraw(state: Offtakes, command: WithdrawDispute, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    run, _ = _run(agreement, command)
    if run.dispute is None:
        if said(DisputeWithdrawn, command) in agreement.asked.values():
            return ()
        raise NoDispute(f"run {command.run} of {command.month} is not disputed", field="run")
    not_before(command.effective_on, run.dispute.effective_on, f"run {command.run} was disputed")
    return (
        DisputeWithdrawn(
            effective_on=command.effective_on,
            agreement=command.agreement,
            month=command.month,
            run=command.run,
            reason=command.reason,
        ),
    )


STATEMENTS: Part[Offtakes, Any] = Part(
    decide={
        CalculateStatement: _calculate,
        ApproveStatement: _approve,
        DisputeStatement: _dispute,
        WithdrawDispute: _withdraw,
    },
    scope={
        CalculateStatement: _calculating_tags,
        ApproveStatement: _approving_tags,
        DisputeStatement: agreement_tags,
        WithdrawDispute: agreement_tags,
    },
)

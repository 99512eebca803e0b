"""A month is settled: calculated, approved by a second person, invoiced; and again when something comes to light.

Commands             Facts (energy.…)
CalculateStatement   statement-calculated: R0, and after that the next run, where it says anything new
ApproveStatement     statement-approved; and for SELLER and SETTLEMENT_AGENT what it comes to more than the run before:
                     invoiced, or credited (E3)
DisputeStatement     statement-disputed
WithdrawDispute      dispute-withdrawn

Refusals, in order of precedence (after those of life.py)
├── NothingDelivered      the month lies before commercial operation, or after the end
├── LimitationPassed      E4: it is too late to settle the month anew
├── those of calculation.py and meter.py
├── RunUnknown            no such run was calculated (unknown)
├── RunIsDisputed         the buyer does not accept it: calculate again, or let the dispute be withdrawn
├── RunStale              facts have come since: calculate again
├── ApproverIsCalculator  J7: the approver is not who calculated
├── NoDispute             there is no dispute to withdraw
├── VatRateMissing        of billing: no rate for a settlement agent's fee
└── NoOpenPeriod          of `ledger.periods`

A document of a run stands on the last day of its month: it posts there, or in the earliest open month after.
"""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Annotated

from msgspec import Meta, Struct

from ledger.billing.facts import DocumentLine
from ledger.billing.rules import VatRateMissing
from ledger.decider import By, Fact, Text
from ledger.offtake.account import Agreement, Offtakes, Run
from ledger.offtake.calculation import calculate, same
from ledger.offtake.crediting import Credit, credit_notes
from ledger.offtake.facts import (
    DisputeWithdrawn,
    EnergyInvoiced,
    StatementApproved,
    StatementCalculated,
    StatementDisputed,
)
from ledger.offtake.life import AgreementCommand, executed
from ledger.offtake.rules import OfftakeRefusal, Part
from ledger.offtake.terms import PRICE_RATES, OfftakeTerms
from ledger.periods import PERIODS_TAG, Month, first_and_last, month_after, month_of, posting_date
from ledger.rates import value_on
from ledger.values.money import rounded, vat_on

SERVICES = "vat/services"
RATES = (PRICE_RATES, "rates:co2", "series:vat/goods", f"series:{SERVICES}")
"""Reference prices, emission factors and tax rates, as tags."""

RunNumber = Annotated[int, Meta(ge=0, le=99)]

# Commands


class CalculateStatement(AgreementCommand, frozen=True, kw_only=True, tag="calculate-statement"):
    """Work out a month: R0 first, the next run where an approved one says something else by now."""

    month: Month


class ApproveStatement(AgreementCommand, frozen=True, kw_only=True, tag="approve-statement"):
    """Agree to a run that somebody else calculated; what it comes to is invoiced."""

    month: Month
    run: RunNumber


class DisputeStatement(AgreementCommand, frozen=True, kw_only=True, tag="dispute-statement"):
    """The buyer does not accept a run."""

    month: Month
    run: RunNumber
    reason: Text


class WithdrawDispute(AgreementCommand, frozen=True, kw_only=True, tag="withdraw-dispute"):
    """The buyer accepts it after all."""

    month: Month
    run: RunNumber
    reason: Text


# Refusals


class NothingDelivered(OfftakeRefusal):
    """The month lies before commercial operation, or after the end."""

    code = "nothing-delivered"


class LimitationPassed(OfftakeRefusal):
    """E4: it is too late to settle the month anew."""

    code = "limitation-passed"


class RunUnknown(OfftakeRefusal):
    """No such run was calculated."""

    code = "run-unknown"
    kind = "unknown"


class RunIsDisputed(OfftakeRefusal):
    """The buyer does not accept it."""

    code = "run-is-disputed"


class RunStale(OfftakeRefusal):
    """Facts have come since."""

    code = "run-stale"


class ApproverIsCalculator(OfftakeRefusal):
    """J7: the approver is not who calculated."""

    code = "approver-is-calculator"


class NoDispute(OfftakeRefusal):
    """There is no dispute to withdraw."""

    code = "no-dispute"


# Calculate


def _calculate(state: Offtakes, command: CalculateStatement, by: By) -> Sequence[Fact]:
    one = executed(state, command.agreement)
    terms = _check_delivered(one, command.month)
    approved = one.approved(command.month)
    run = len(approved)
    if run:
        _check_limitation(terms, command)
    found = calculate(state, command.agreement, command.month, run=run, by=by.actor, on=command.effective_on)
    known = one.runs.get(command.month, {}).get(run, Run()).calculated or (approved[-1] if approved else None)
    return () if known is not None and same(found, known) else (found,)


def _check_delivered(one: Agreement, month: Month) -> OfftakeTerms:
    first, last = first_and_last(month)
    terms = one.terms_on(first)
    assert terms is not None, "an executed agreement has terms"
    ended = min(terms.ends_on, one.ended_on or terms.ends_on)
    if one.commercial_on is None or one.commercial_on > last or first > ended or last < terms.starts_on:
        since = f"since {one.commercial_on}" if one.commercial_on else "not yet"
        raise NothingDelivered(f"{one.agreement} delivers {since}, at the longest through {ended}", field="month")
    return terms


def _check_limitation(terms: OfftakeTerms, command: CalculateStatement) -> None:
    month = command.month
    for _ in range(terms.limitation_months):
        month = month_after(month)
    if month_of(command.effective_on) > month:
        raise LimitationPassed(f"{command.month} is settled anew through {month}, and no later", field="month")


# Approve


def _run(one: Agreement, command: ApproveStatement | DisputeStatement | WithdrawDispute) -> Run:
    found = one.runs.get(command.month, {}).get(command.run, Run())
    if found.calculated is None:
        raise RunUnknown(f"run {command.run} of {command.month} was not calculated", field="run")
    return found


def _approve(state: Offtakes, command: ApproveStatement, by: By) -> Sequence[Fact]:
    one = executed(state, command.agreement)
    run = _run(one, command)
    found = run.calculated
    assert found is not None, "_run() has a calculation"
    if run.approved is not None:
        return ()
    if run.dispute is not None:
        raise RunIsDisputed(
            f"run {command.run} of {command.month} is disputed: {run.dispute.reason}; calculate it again, or let the "
            "dispute be withdrawn",
            field="run",
        )
    now = calculate(state, command.agreement, command.month, run=command.run, by=by.actor, on=command.effective_on)
    if not same(now, found):
        raise RunStale(f"facts have come since run {command.run} was calculated; calculate it again", field="run")
    if found.calculated_by == by.actor:
        raise ApproverIsCalculator(f"{by.actor} calculated run {command.run}; somebody else approves it", field="run")
    approved = StatementApproved(
        effective_on=command.effective_on,
        agreement=command.agreement,
        month=command.month,
        run=command.run,
        calculated_by=found.calculated_by,
        approved_by=by.actor,
    )
    return (approved, *_documents(state, one, found, command, by))


class Amounts(Struct, frozen=True, kw_only=True):
    """What a document is about, in minor units; of a settlement agent also what is kept."""

    net_minor: int
    vat_minor: int
    fee_minor: int = 0
    fee_vat_minor: int = 0


def fee_of(state: Offtakes, terms: OfftakeTerms, net_minor: int, month: Month) -> tuple[int, int]:
    """A settlement agent's fee on a net amount, and the tax on the fee. Raises VatRateMissing."""
    if terms.role != "SETTLEMENT_AGENT":
        return 0, 0
    fee = rounded(net_minor * Fraction(terms.fee))
    rate = value_on(state.rates, SERVICES, first_and_last(month)[1])
    if rate is None:
        raise VatRateMissing(f"no rate of {SERVICES} is approved for {month}: propose and approve one")
    return fee, vat_on(fee, rate)


def _more(
    state: Offtakes, terms: OfftakeTerms, run: StatementCalculated, before: StatementCalculated | None
) -> Amounts:
    """What a run comes to more than the run before (E3)."""
    net, vat = run.net_minor, run.vat_minor
    fee, fee_vat = fee_of(state, terms, net, run.month)
    if before is None:
        return Amounts(net_minor=net, vat_minor=vat, fee_minor=fee, fee_vat_minor=fee_vat)
    fee_before, fee_vat_before = fee_of(state, terms, before.net_minor, run.month)
    return Amounts(
        net_minor=net - before.net_minor,
        vat_minor=vat - before.vat_minor,
        fee_minor=fee - fee_before,
        fee_vat_minor=fee_vat - fee_vat_before,
    )


def _documents(
    state: Offtakes, one: Agreement, run: StatementCalculated, command: ApproveStatement, by: By
) -> Sequence[Fact]:
    """The invoice or credit of a run; nothing where MCSC only watches, or nothing changed."""
    first, last = first_and_last(run.month)
    terms = one.terms_on(first)
    assert terms is not None, "an executed agreement has terms"
    if one.role == "OBSERVER":
        return ()
    more = _more(state, terms, run, one.latest(run.month))
    accounting_on = posting_date(state.periods, last, by.role)
    name = f"{one.agreement}-energy-{run.month.replace('-', '')}-r{run.run}"
    if more.net_minor < 0:
        reason = f"run {run.run} of {run.month} comes to less"
        own = [
            document.issued
            for document in state.billing.documents.values()
            if isinstance(document.issued, EnergyInvoiced) and document.issued.month == run.month
        ]
        credit = Credit(
            state=state,
            agreement=one.agreement,
            terms=terms,
            name=name,
            effective_on=last,
            accounting_on=accounting_on,
            done_on=command.effective_on,
            role=by.role,
            reason=reason,
            fee_minor=-more.fee_minor,
            fee_vat_minor=-more.fee_vat_minor,
        )
        return credit_notes(credit, own, -more.net_minor, -more.vat_minor)
    if not more.net_minor:
        return ()
    line = DocumentLine(
        from_on=first, until_on=last, net_minor=more.net_minor, vat_rate=run.vat_rate, vat_minor=more.vat_minor
    )
    return (
        EnergyInvoiced(
            effective_on=last,
            accounting_on=accounting_on,
            company=terms.buyer,
            lease=terms.lease,
            invoice=name,
            charge="ENERGY",
            lines=(line,),
            due_on=command.effective_on + timedelta(days=terms.due_days),
            agreement=one.agreement,
            generator=terms.generator,
            fee_minor=more.fee_minor,
            fee_vat_minor=more.fee_vat_minor,
            month=run.month,
            run=run.run,
        ),
    )


# Disputes


def _dispute(state: Offtakes, command: DisputeStatement, by: By) -> Sequence[Fact]:
    run = _run(executed(state, command.agreement), command)
    fact = StatementDisputed(
        effective_on=command.effective_on,
        agreement=command.agreement,
        month=command.month,
        run=command.run,
        reason=command.reason,
    )
    return () if run.dispute == fact else (fact,)


def _withdraw(state: Offtakes, command: WithdrawDispute, by: By) -> Sequence[Fact]:
    one = executed(state, command.agreement)
    fact = DisputeWithdrawn(
        effective_on=command.effective_on,
        agreement=command.agreement,
        month=command.month,
        run=command.run,
        reason=command.reason,
    )
    run = _run(one, command)
    if run.dispute is None:
        if fact.asked in one.asked:
            return ()
        raise NoDispute(f"run {command.run} of {command.month} is not disputed", field="run")
    return (fact,)


def _own(command: AgreementCommand) -> tuple[str, ...]:
    return (f"offtake:{command.agreement}",)


STATEMENTS = Part(
    decide={
        CalculateStatement: _calculate,
        ApproveStatement: _approve,
        DisputeStatement: _dispute,
        WithdrawDispute: _withdraw,
    },
    scope={
        CalculateStatement: lambda command: (*_own(command), *RATES),
        ApproveStatement: lambda command: (*_own(command), *RATES, PERIODS_TAG),
        DisputeStatement: _own,
        WithdrawDispute: _own,
    },
)

"""A payment on termination: what one side owes the other because an agreement ended early.

Commands                    Facts
ProposeTerminationPayment   offtake.termination-payment-proposed
ApproveTerminationPayment   energy.termination-payment-invoiced where the buyer owes it, -owed where MCSC does
RejectTerminationPayment    offtake.termination-payment-rejected
ReverseTerminationPayment   energy.termination-payment-reversed: of what MCSC owes; an invoice is credited (notes.py)

It is no price of energy: other income, or less of it where MCSC pays (IFRS 15.70, CAS 14 art. 19: consideration payable
to a customer). Final settlement waits until it is decided, and a termination stays while one is asked for or stands.

Refusals, in order of precedence (after those of life.py)
├── TerminationPaymentTaken      this id is another payment's on termination (conflict)
├── TerminationPaymentUnknown    nobody proposed it; or none that MCSC owes stands (unknown)
├── TerminationPaymentDecided    it was approved or rejected already
├── TerminationApproverProposed  J7: the approver is not the proposer
├── TerminationInvoiceStands     what the buyer owes is an invoice: it is credited, not reversed
├── (OfftakeStateForbids)        of life.py: the agreement was not terminated, or is settled for good
├── ObserverPostsNothing         of guarantee.py: MCSC only watches
├── AgentOwesNothing             a settlement agent does not pay what the generator owes
├── (AmountZero)                 of billing
├── TerminationVatUnfit          a rate of 100 % or more, or tax on what MCSC owes: its supplier invoices it
├── OfftakeStepTooEarly          of rules.py: before the termination, the proposal, or what is reversed; due before it
├── IdTaken, IdReserved          of billing: another document has this id
└── NoOpenPeriod                 of `ledger.periods`
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, ClassVar

from ledger.billing.lines import DocumentLine
from ledger.billing.rules import amount_of, check_new_document
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.offtake.account import OfftakeAgreement, Offtakes, TerminationPayment
from ledger.offtake.charges.facts import (
    OwedBy,
    TerminationPaymentInvoiced,
    TerminationPaymentOwed,
    TerminationPaymentProposed,
    TerminationPaymentRejected,
    TerminationPaymentReversed,
)
from ledger.offtake.guarantee import ObserverPostsNothing
from ledger.offtake.life import WITHDRAW, AgreementCommand, OfftakeStateForbids, executed
from ledger.offtake.rules import OfftakeRefusal, OfftakeStepTooEarly, not_before
from ledger.offtake.statements import posting_tags
from ledger.offtake.terms import OfftakeTerms
from ledger.periods import posting_date
from ledger.values.days import Agreed
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, Ratio, minor, vat_on, written

# Commands


class TerminationCommand(AgreementCommand, frozen=True, kw_only=True):
    """Something asked of a payment on termination of an agreement."""

    termination_payment: Id


class ProposeTerminationPayment(TerminationCommand, frozen=True, kw_only=True, tag="propose-termination-payment"):
    """Ask that one side pays the other because the agreement ended early; somebody else approves it.

    owed_by           BUYER: invoiced to it; SELLER: MCSC owes it, and pays it like any payable
    net               what was agreed, or what the clause's formula gives, in CNY
    vat_rate          on top of it. 0, the usual: it makes good a loss, and nothing is supplied for it (the VAT Law in
                      force from 2026 taxes supplies alone, art. 3). A rate where it is part of a supply's price
    due_on            if not said, as many days after the approval as invoices of the agreement have
    clause, document  why it is owed: the clause, and the deed or notice
    """

    put_right: ClassVar[str] = "`reject-termination-payment`, or propose another under another id. " + WITHDRAW
    owed_by: OwedBy
    net: Cny
    vat_rate: Ratio = "0"
    due_on: Agreed | None = None
    clause: Text
    document: Evidence


class ApproveTerminationPayment(TerminationCommand, frozen=True, kw_only=True, tag="approve-termination-payment"):
    """Agree to a payment on termination that somebody else proposed: from `effective_on` on it is owed."""

    put_right: ClassVar[str] = (
        "`credit-energy-document` of what the buyer owes, `reverse-termination-payment` of what MCSC does; then "
        "propose another under another id."
    )


class RejectTerminationPayment(TerminationCommand, frozen=True, kw_only=True, tag="reject-termination-payment"):
    """Turn a proposed payment on termination down."""

    put_right: ClassVar[str] = "`withdraw-offtake-step`: the proposal is open again."
    reason: Text


class ReverseTerminationPayment(TerminationCommand, frozen=True, kw_only=True, tag="reverse-termination-payment"):
    """Say that MCSC does not owe a payment on termination after all; what was paid of it is owed back by the buyer."""

    put_right: ClassVar[str] = "`propose-termination-payment` again, under another id."
    reason: Text


# Refusals


class TerminationPaymentTaken(OfftakeRefusal):
    """This id is another payment's on termination."""

    code = "termination-payment-taken"
    kind = "conflict"


class TerminationPaymentUnknown(OfftakeRefusal):
    """Nobody proposed it, or none that MCSC owes stands."""

    code = "termination-payment-unknown"
    kind = "unknown"


class TerminationPaymentDecided(OfftakeRefusal):
    """It was approved or rejected already."""

    code = "termination-payment-decided"


class TerminationApproverProposed(OfftakeRefusal):
    """J7: the approver is not the proposer."""

    code = "approver-is-termination-payment-proposer"


class TerminationInvoiceStands(OfftakeRefusal):
    """An invoice is credited, not reversed."""

    code = "termination-invoice-stands"


class AgentOwesNothing(OfftakeRefusal):
    """A settlement agent does not pay what the generator owes."""

    code = "agent-owes-nothing"


class TerminationVatUnfit(OfftakeRefusal):
    """The tax is no rate, or what it is on is not MCSC's supply."""

    code = "termination-vat-unfit"


# Scope


def _tags(command: TerminationCommand) -> tuple[str, ...]:
    """All that posting sees, and every document that has or had this id."""
    named = command.termination_payment
    return (*posting_tags(command), f"invoice:{named}", f"termination:{named}")


# Decide


def _known(agreement: OfftakeAgreement, command: TerminationCommand) -> TerminationPayment:
    return agreement.termination_payments.get(command.termination_payment, TerminationPayment())


def _propose(state: Offtakes, command: ProposeTerminationPayment, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    net = minor(command.net)
    asked = said(TerminationPaymentProposed, command, net_minor=net)
    if asked in agreement.asked.values():
        return ()
    for other in state.agreements.values():
        if command.termination_payment in other.termination_payments:
            raise TerminationPaymentTaken(
                f"{command.termination_payment} is another payment on termination of {other.agreement}; choose "
                "another id",
                field="termination_payment",
            )
    _check_terminated(agreement, command.effective_on)
    _check_party(agreement, command.owed_by)
    amount_of(command.net, field="net")
    _check_vat(command)
    if command.due_on is not None and command.due_on < command.effective_on:
        raise OfftakeStepTooEarly(f"it is proposed on {command.effective_on}; it is due then or later", field="due_on")
    if command.owed_by == "BUYER":
        check_new_document(state.billing, command.termination_payment, field="termination_payment")
    return (
        TerminationPaymentProposed(
            effective_on=command.effective_on,
            agreement=command.agreement,
            termination_payment=command.termination_payment,
            owed_by=command.owed_by,
            net_minor=net,
            vat_rate=command.vat_rate,
            due_on=command.due_on,
            clause=command.clause,
            document=command.document,
            proposed_by=by.actor,
        ),
    )


def _check_terminated(agreement: OfftakeAgreement, on: date) -> date:
    """The agreement's last day, where it ended early and is not settled for good. Raises OfftakeStateForbids,
    OfftakeStepTooEarly."""
    if agreement.state != "TERMINATED" or agreement.ended_on is None:
        raise OfftakeStateForbids(
            f"{agreement.agreement} is {agreement.state} since {agreement.since}; a payment on termination is owed "
            "from TERMINATED until it is settled for good",
            field="agreement",
        )
    not_before(on, agreement.ended_on, f"{agreement.agreement} was terminated")
    return agreement.ended_on


def _check_party(agreement: OfftakeAgreement, owed_by: OwedBy) -> None:
    """MCSC has a part in the money. Raises ObserverPostsNothing, AgentOwesNothing."""
    if agreement.role == "OBSERVER":
        raise ObserverPostsNothing(f"MCSC only watches {agreement.agreement}", field="agreement")
    if agreement.role == "SETTLEMENT_AGENT" and owed_by == "SELLER":
        raise AgentOwesNothing(
            f"MCSC settles {agreement.agreement} for the generator, which pays what it owes itself", field="owed_by"
        )


def _check_vat(command: ProposeTerminationPayment) -> None:
    rate = Fraction(command.vat_rate)
    if rate >= 1:
        raise TerminationVatUnfit(f"a rate is below 1, as 0.13; not {command.vat_rate}", field="vat_rate")
    if rate and command.owed_by == "SELLER":
        raise TerminationVatUnfit(
            "compensation that MCSC owes has no VAT; what the buyer supplies and invoices with VAT is a purchase: "
            "`record-purchase-invoice`",
            field="vat_rate",
        )


def _open(agreement: OfftakeAgreement, command: TerminationCommand) -> TerminationPaymentProposed:
    """The proposal, on which nobody has decided. Raises TerminationPaymentUnknown, TerminationPaymentDecided."""
    known = _known(agreement, command)
    if known.proposed is None:
        raise TerminationPaymentUnknown(
            f"nobody proposed a payment {command.termination_payment} on termination of {command.agreement}: "
            "propose-termination-payment; somebody else than the proposer then approves it",
            field="termination_payment",
        )
    if not known.is_open:
        raise TerminationPaymentDecided(
            f"{command.termination_payment} was approved or rejected already; propose another",
            field="termination_payment",
        )
    return known.proposed


def _approve(state: Offtakes, command: ApproveTerminationPayment, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    approved = _known(agreement, command).approved
    if approved is not None and approved.asked == said(type(approved), command, invoice=command.termination_payment):
        return ()
    proposed = _open(agreement, command)
    if proposed.proposed_by == by.actor:
        raise TerminationApproverProposed(
            f"{by.actor} proposed {command.termination_payment}; somebody else approves it"
        )
    ended_on = _check_terminated(agreement, command.effective_on)
    _check_party(agreement, proposed.owed_by)
    not_before(command.effective_on, proposed.effective_on, f"{command.termination_payment} was proposed")
    terms = agreement.terms_on(ended_on)
    assert terms is not None, "an executed agreement has terms"
    if proposed.owed_by == "BUYER":
        check_new_document(state.billing, command.termination_payment, field="termination_payment")
        return (_invoiced(state, proposed, terms, ended_on, command, by),)
    return (
        TerminationPaymentOwed(
            effective_on=command.effective_on,
            accounting_on=posting_date(state.periods, command.effective_on, by.role),
            agreement=command.agreement,
            company=terms.buyer,
            termination_payment=command.termination_payment,
            amount_minor=proposed.net_minor,
            ended_on=ended_on,
            due_on=_due_on(proposed, terms, command.effective_on),
            clause=proposed.clause,
            document=proposed.document,
            proposed_by=proposed.proposed_by,
            approved_by=by.actor,
        ),
    )


def _due_on(proposed: TerminationPaymentProposed, terms: OfftakeTerms, on: date) -> date:
    """The day by which it is paid: no earlier than it is owed."""
    return max(proposed.due_on, on) if proposed.due_on is not None else on + timedelta(days=terms.due_days)


def _invoiced(
    state: Offtakes,
    proposed: TerminationPaymentProposed,
    terms: OfftakeTerms,
    ended_on: date,
    command: ApproveTerminationPayment,
    by: By,
) -> TerminationPaymentInvoiced:
    line = DocumentLine(
        from_on=ended_on,
        until_on=ended_on,
        net_minor=proposed.net_minor,
        vat_rate=proposed.vat_rate,
        vat_minor=vat_on(proposed.net_minor, proposed.vat_rate),
    )
    return TerminationPaymentInvoiced(
        effective_on=command.effective_on,
        accounting_on=posting_date(state.periods, command.effective_on, by.role),
        company=terms.buyer,
        lease=terms.lease,
        invoice=command.termination_payment,
        charge="TERMINATION_FEE",
        lines=(line,),
        due_on=_due_on(proposed, terms, command.effective_on),
        late_fee_per_day=terms.late_fee_per_day,
        agreement=command.agreement,
        generator=terms.generator,
        clause=proposed.clause,
        document=proposed.document,
        proposed_by=proposed.proposed_by,
        approved_by=by.actor,
    )


def _reject(state: Offtakes, command: RejectTerminationPayment, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    if said(TerminationPaymentRejected, command) in agreement.asked.values():
        return ()
    proposed = _open(agreement, command)
    not_before(command.effective_on, proposed.effective_on, f"{command.termination_payment} was proposed")
    return (
        TerminationPaymentRejected(
            effective_on=command.effective_on,
            agreement=command.agreement,
            termination_payment=command.termination_payment,
            reason=command.reason,
            rejected_by=by.actor,
        ),
    )


def _reverse(state: Offtakes, command: ReverseTerminationPayment, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    known = _known(agreement, command)
    if known.reversed is not None and known.reversed.asked == said(TerminationPaymentReversed, command):
        return ()
    owed = known.approved
    if isinstance(owed, TerminationPaymentInvoiced):
        raise TerminationInvoiceStands(
            f"{owed.invoice} asks {owed.company} for {written(owed.gross_minor)} CNY: `credit-energy-document` takes "
            "it off",
            field="termination_payment",
        )
    if owed is None or known.reversed is not None:
        raise TerminationPaymentUnknown(
            f"MCSC owes nothing by {command.termination_payment} on termination of {command.agreement}",
            field="termination_payment",
        )
    not_before(command.effective_on, owed.effective_on, f"{command.termination_payment} was approved")
    return (
        TerminationPaymentReversed(
            effective_on=command.effective_on,
            accounting_on=max(posting_date(state.periods, command.effective_on, by.role), owed.accounting_on),
            agreement=command.agreement,
            company=owed.company,
            termination_payment=command.termination_payment,
            amount_minor=owed.amount_minor,
            ended_on=owed.ended_on,
            reason=command.reason,
        ),
    )


COMMANDS: dict[type[Any], Any] = {
    ProposeTerminationPayment: _propose,
    ApproveTerminationPayment: _approve,
    RejectTerminationPayment: _reject,
    ReverseTerminationPayment: _reverse,
}
TERMINATING: Part[Offtakes, Any] = Part(decide=COMMANDS, scope=dict.fromkeys(COMMANDS, _tags))

"""A tenant's deposit: received, applied to an invoice, forfeited, paid back; and each of these taken back.

Commands        Facts (billing.…)
ReceiveDeposit  deposit-received
ApplyDeposit    deposit-applied
ForfeitDeposit  deposit-forfeited: the tax it includes, where it is taxable, is worked out
RefundDeposit   deposit-refunded
CreditDepositInterest   deposit-interest-credited: what had accrued is deposit, and paid back with it
MoveDeposit     deposit-moved: it is held for the lease that follows
ReverseDeposit  deposit-reversed: what stands of a movement; its bank reference is free again

Refusals, in order of precedence (after those of rules.py)
├── MovementUnknown    no such movement of the lease's deposit (unknown)
├── OtherLeaseUnnamed  a movement to another lease is taken back by who names that lease
├── DepositIsReversed  nothing of the movement stands any more
├── DepositRateUnfit   the law has no such VAT rate on the day
├── SameLease          a deposit moves to another lease
├── (LeaseNotInForce)  of rules.py: that is executed by then
├── DepositOfAnother   and of the same tenant
├── LeaseIsOver        and not over by then, unless something is still open of it
├── InterestExceeded   no more is credited than had accrued by the day, and was not credited yet
├── LeasesDiffer       a deposit pays documents of its own lease
├── (BeforeDocument)   of rules.py: a deposit pays nothing that is not asked for yet
├── (BeforeItsCause)   of rules.py: nothing is taken back before it happened
└── DepositExceeded    L8: on no day is less than nothing held
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from ledger.billing.account import NOTHING_YET, Billing
from ledger.billing.facts import (
    DepositApplied,
    DepositForfeited,
    DepositMoved,
    DepositReceived,
    DepositRefunded,
    DepositReversed,
    LeaseIssued,
)
from ledger.billing.rules import (
    POSTING,
    BankReferenceTaken,
    BillingCommand,
    BillingRefusal,
    IdTaken,
    LeaseNotInForce,
    amount_of,
    check_asked,
    check_not_before,
    check_open,
    from_when,
    known_lease,
    lease_in_force,
    owed,
    posts_on,
)
from ledger.billing.scheduled.facts import DepositInterestCredited
from ledger.billing.taking_over.facts import DepositTakenOver
from ledger.bookkeeping.vat.rates import KEPT_DEPOSITS, kept_rate, why_not
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.leases.facts import LeaseId, LeaseState
from ledger.leases.lease import Lease
from ledger.leases.schedule import last_day
from ledger.once.bank import BankReference, check_reference
from ledger.periods import first_and_last
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, Ratio, net_of, written

OVER: frozenset[LeaseState] = frozenset({"EXPIRED", "TERMINATED", "RENEWED", "ENDED"})
"""The states of a lease that has a last day for good."""

# Commands


class DepositCommand(BillingCommand, frozen=True, kw_only=True):
    """Something asked about a lease's deposit. `deposit` names the movement."""

    put_right: ClassVar[str] = "`reverse-deposit` takes the movement back."
    deposit: Id
    lease: LeaseId
    amount: Cny


class ReceiveDeposit(DepositCommand, frozen=True, kw_only=True, tag="receive-deposit"):
    """Record a deposit in the bank. `effective_on` is the value date."""

    put_right: ClassVar[str] = (
        "`reverse-deposit` takes the movement back, and its bank reference is free again; what was made of the deposit "
        "meanwhile is taken back first, by `reverse-deposit` too."
    )
    bank_reference: BankReference
    bank_account: Id | None = None


class ApplyDeposit(DepositCommand, frozen=True, kw_only=True, tag="apply-deposit"):
    """Pay an invoice of the lease from its deposit."""

    put_right: ClassVar[str] = "`reverse-deposit` takes the movement back: the deposit is held, the invoice open again."
    invoice: Id


class ForfeitDeposit(DepositCommand, frozen=True, kw_only=True, tag="forfeit-deposit"):
    """Keep deposit for good. `vat_rate`: of the tax that the amount includes, where the lease was performed and the
    deposit pays for it: a rate that the law has on the day. Not said: by the rule of the day (vat/forfeited-deposits),
    and without one it is not taxed."""

    reason: Text
    vat_rate: Ratio | None = None


class RefundDeposit(DepositCommand, frozen=True, kw_only=True, tag="refund-deposit"):
    """Pay deposit back."""

    put_right: ClassVar[str] = "`reverse-deposit` takes the movement back, and its bank reference is free again."
    bank_reference: BankReference
    bank_account: Id | None = None


class CreditDepositInterest(DepositCommand, frozen=True, kw_only=True, tag="credit-deposit-interest"):
    """Hold interest that accrued on a deposit as deposit: before it is paid back, or each year. `deposit` names the
    movement."""


class MoveDeposit(DepositCommand, frozen=True, kw_only=True, tag="move-deposit"):
    """Hold deposit of a lease for another lease of the same tenant, such as the one that renews it. No money moves.
    `document`: of the agreement, where there is one."""

    put_right: ClassVar[str] = (
        "`reverse-deposit` takes the movement back, naming both leases: it is held for the first again; what was made "
        "of it for the other meanwhile is taken back first, by `reverse-deposit` too."
    )
    to_lease: LeaseId
    reason: Text
    document: Evidence | None = None


class ReverseDeposit(BillingCommand, frozen=True, kw_only=True, tag="reverse-deposit"):
    """Take back what stands of a movement of a deposit: it was recorded wrong, or the bank took it back.
    `to_lease`: the lease for which it is held, where it moved there."""

    put_right: ClassVar[str] = (
        "The movement is recorded anew under another id: by `receive-deposit`, `apply-deposit`, `forfeit-deposit`, "
        "`refund-deposit` or `move-deposit`."
    )
    deposit: Id
    lease: LeaseId
    reason: Text
    to_lease: LeaseId | None = None


# Refusals


class MovementUnknown(BillingRefusal):
    """No such movement of the lease's deposit."""

    code = "movement-unknown"
    kind = "unknown"


class OtherLeaseUnnamed(BillingRefusal):
    """A movement to another lease is taken back by who names that lease."""

    code = "other-lease-unnamed"


class DepositIsReversed(BillingRefusal):
    """Nothing of the movement stands any more."""

    code = "deposit-is-reversed"


class DepositRateUnfit(BillingRefusal):
    """The law has no such VAT rate on the day."""

    code = "deposit-rate-unfit"


class SameLease(BillingRefusal):
    """A deposit moves to another lease."""

    code = "same-lease"


class DepositOfAnother(BillingRefusal):
    """A deposit moves to a lease of the same tenant."""

    code = "deposit-of-another"


class LeaseIsOver(BillingRefusal):
    """A deposit moves to a lease that is not over, or of which something is still open."""

    code = "lease-is-over"


class LeasesDiffer(BillingRefusal):
    """A deposit pays documents of its own lease."""

    code = "leases-differ"


class InterestExceeded(BillingRefusal):
    """No more is credited than had accrued by the day, and was not credited yet."""

    code = "interest-exceeded"


class DepositExceeded(BillingRefusal):
    """L8: on no day is less than nothing held."""

    code = "deposit-exceeded"


# Scope


def _scope(command: DepositCommand | ReverseDeposit) -> tuple[str, ...]:
    named: tuple[str, ...] = (f"deposit:{command.deposit}", f"lease:{command.lease}")
    match command:
        case ReceiveDeposit() | RefundDeposit():
            named = (*named, f"bank:{command.bank_reference}")
        case ApplyDeposit():
            named = (*named, f"invoice:{command.invoice}")
        case ForfeitDeposit():
            named = (*named, f"series:{KEPT_DEPOSITS}")
        case MoveDeposit(to_lease=other) | ReverseDeposit(to_lease=str(other)):
            named = (*named, f"lease:{other}")
    return (*named, *POSTING)


# Decide


def _receive(state: Billing, command: ReceiveDeposit, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    lease = known_lease(state, command.lease)
    if _is_recorded(state, command, said(DepositReceived, command, amount_minor=amount)):
        return ()
    check_reference(state.bank_references, command.bank_reference, BankReferenceTaken, command.bank_account)
    return (
        DepositReceived(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by),
            company=lease.company,
            lease=command.lease,
            amount_minor=amount,
            deposit=command.deposit,
            bank_reference=command.bank_reference,
            bank_account=command.bank_account,
        ),
    )


def _apply(state: Billing, command: ApplyDeposit, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    lease = known_lease(state, command.lease)
    if _is_recorded(state, command, said(DepositApplied, command, amount_minor=amount)):
        return ()
    document, issued = owed(state, command.invoice)
    if not isinstance(issued, LeaseIssued) or issued.lease != command.lease:
        whose = f"lease {issued.lease}" if isinstance(issued, LeaseIssued) else "another contract"
        raise LeasesDiffer(
            f"{command.invoice} is of {whose}; the deposit of {command.lease} does not pay it",
            field="invoice",
        )
    check_asked(command.invoice, issued, command.effective_on, "apply the deposit then or later")
    _check_held(state, command, amount)
    check_open(command.invoice, document, amount, field="amount", on=command.effective_on)
    booked = (document.open.booked_from(amount, command.effective_on), _booked(state, command, amount))
    return (
        DepositApplied(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by, *booked),
            company=lease.company,
            lease=command.lease,
            amount_minor=amount,
            deposit=command.deposit,
            invoice=command.invoice,
        ),
    )


def _forfeit(state: Billing, command: ForfeitDeposit, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    lease = known_lease(state, command.lease)
    before = state.movements.get(command.deposit)
    as_it_was = before.fact.vat_rate if before is not None and isinstance(before.fact, DepositForfeited) else "0"
    named = as_it_was if command.vat_rate is None else command.vat_rate
    if _is_recorded(state, command, said(DepositForfeited, command, amount_minor=amount, vat_rate=named)):
        return ()
    rate = kept_rate(state.rates, KEPT_DEPOSITS, command.effective_on, command.vat_rate)
    if (wrong := why_not(rate, command.effective_on)) is not None:
        raise DepositRateUnfit(wrong, field="vat_rate")
    _check_held(state, command, amount)
    return (
        DepositForfeited(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by, _booked(state, command, amount)),
            company=lease.company,
            lease=command.lease,
            amount_minor=amount,
            deposit=command.deposit,
            reason=command.reason,
            vat_rate=rate,
            vat_minor=amount - net_of(amount, rate),
        ),
    )


def _refund(state: Billing, command: RefundDeposit, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    lease = known_lease(state, command.lease)
    if _is_recorded(state, command, said(DepositRefunded, command, amount_minor=amount)):
        return ()
    check_reference(state.bank_references, command.bank_reference, BankReferenceTaken, command.bank_account)
    _check_held(state, command, amount)
    return (
        DepositRefunded(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by, _booked(state, command, amount)),
            company=lease.company,
            lease=command.lease,
            amount_minor=amount,
            deposit=command.deposit,
            bank_reference=command.bank_reference,
            bank_account=command.bank_account,
        ),
    )


def _credit_interest(state: Billing, command: CreditDepositInterest, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    lease, on = known_lease(state, command.lease), command.effective_on
    if _is_recorded(state, command, said(DepositInterestCredited, command, amount_minor=amount)):
        return ()
    left = uncredited(state, command.lease, on)
    if amount > left:
        raise InterestExceeded(
            f"{written(max(left, 0))} CNY of interest had accrued for {command.lease} by {on} and were "
            f"not credited, not {written(amount)}; bill-lease accrues what is missing",
            field="amount",
        )
    return (
        DepositInterestCredited(
            effective_on=on,
            accounting_on=posts_on(state, on, by),
            company=lease.company,
            lease=command.lease,
            amount_minor=amount,
            deposit=command.deposit,
        ),
    )


def uncredited(state: Billing, lease: str, on: date) -> int:
    """Sum the interest that had accrued on a lease's deposit by a day and was not credited, in minor units."""
    accrued = sum(of for month, of in state.interest.get(lease, {}).items() if first_and_last(month)[1] <= on)
    return accrued - sum(
        movement.left_minor
        for movement in state.movements.values()
        if isinstance(movement.fact, DepositInterestCredited) and movement.fact.lease == lease
    )


def _move(state: Billing, command: MoveDeposit, by: By) -> Sequence[Fact]:
    amount = amount_of(command.amount)
    lease = known_lease(state, command.lease)
    if _is_recorded(state, command, said(DepositMoved, command, amount_minor=amount)):
        return ()
    if command.to_lease == command.lease:
        raise SameLease(f"the deposit of {command.lease} is held for that lease already", field="to_lease")
    _check_follows(state, command, lease.company)
    _check_held(state, command, amount)
    return (
        DepositMoved(
            effective_on=command.effective_on,
            accounting_on=posts_on(state, command.effective_on, by, _booked(state, command, amount)),
            company=lease.company,
            lease=command.lease,
            amount_minor=amount,
            deposit=command.deposit,
            to_lease=command.to_lease,
            reason=command.reason,
            document=command.document,
        ),
    )


def _check_follows(state: Billing, command: MoveDeposit, company: str) -> None:
    """The lease that a deposit moves to is executed by then, of the same tenant, and not over."""
    lease = lease_in_force(state, command.to_lease, field="to_lease")
    if lease.executed_on is not None and command.effective_on < lease.executed_on:
        raise LeaseNotInForce(
            f"{command.to_lease} is executed on {lease.executed_on}, after {command.effective_on}; "
            "move the deposit then or later",
            field="to_lease",
        )
    if lease.company != company:
        raise DepositOfAnother(
            f"{command.to_lease} is of {lease.company}; the deposit of {command.lease} is {company}'s: pay it back "
            "(refund-deposit), and let the other pay one (receive-deposit)",
            field="to_lease",
        )
    _check_needed(state, lease, command.effective_on)


def _check_needed(state: Billing, lease: Lease, on: date) -> None:
    """A lease to which a deposit moves has something to secure: its days are not over, or not all of it is paid."""
    end = last_day(lease)
    if lease.state not in OVER or end is None or end >= on:
        return
    for document in state.documents.values():
        issued = document.issued
        if isinstance(issued, LeaseIssued) and issued.lease == lease.lease and document.open.on(on) > 0:
            return
    raise LeaseIsOver(
        f"{lease.lease} was over with {end} and nothing is open of it on {on}; what is held is paid back "
        "(refund-deposit) or kept (forfeit-deposit) where it is",
        field="to_lease",
    )


def _reverse(state: Billing, command: ReverseDeposit, by: By) -> Sequence[Fact]:
    lease, on = known_lease(state, command.lease), command.effective_on
    movement = state.movements.get(command.deposit)
    if movement is None or movement.fact.lease != command.lease:
        raise MovementUnknown(f"there is no movement {command.deposit} of {command.lease}'s deposit", field="deposit")
    fact, amount = movement.fact, movement.left_minor
    holder = fact.to_lease if isinstance(fact, DepositMoved) else None
    if command.to_lease != holder:
        where = f"moved to {holder}: say so" if holder else "moved to no lease: leave it out"
        raise OtherLeaseUnnamed(f"{command.deposit} {where} (to_lease)", field="to_lease")
    if said(DepositReversed, command) in (reversal.asked for reversal in movement.reversals):
        return ()
    if amount == 0:
        last = movement.reversals[-1]
        raise DepositIsReversed(
            f"nothing of {command.deposit} stands: {last.reason}, on {last.effective_on}", field="deposit"
        )
    check_not_before(f"movement {command.deposit}", fact.effective_on, on)
    booked = [fact.accounting_on]
    if isinstance(fact, DepositReceived | DepositTakenOver | DepositMoved | DepositInterestCredited):
        _check_held(state, command, amount, field="deposit", lease=holder)
        booked.append(_booked(state, command, amount, lease=holder))
    return (
        DepositReversed(
            effective_on=on,
            accounting_on=posts_on(state, on, by, *booked),
            company=lease.company,
            lease=command.lease,
            deposit=command.deposit,
            movement=fact.movement,
            moved_on=fact.effective_on,
            amount_minor=amount,
            reason=command.reason,
            invoice=getattr(fact, "invoice", None),
            bank_reference=fact.bank,
            bank_account=fact.on_account,
            vat_minor=movement.left_vat_minor,
            to_lease=holder,
        ),
    )


def _is_recorded(state: Billing, command: DepositCommand, asked: tuple[Any, ...]) -> bool:
    """Find a movement that was asked for in just these words. Raises IdTaken where its id is another's."""
    movement = state.movements.get(command.deposit)
    if movement is not None and movement.fact.asked != asked:
        raise IdTaken(f"deposit {command.deposit} is recorded already and says otherwise", field="deposit")
    return movement is not None


def _check_held(
    state: Billing,
    command: DepositCommand | ReverseDeposit,
    amount: int,
    *,
    field: str = "amount",
    lease: str | None = None,
) -> None:
    """L8: what is held on this day, and on each later day on which it moved, covers the amount. `lease`: for which it
    is held, where that is not the command's."""
    whose = lease or command.lease
    held, on = state.deposits.get(whose, NOTHING_YET), command.effective_on
    least = held.least_from(on)
    if amount > least:
        taken = "; reverse what was made of it first (reverse-deposit)" if isinstance(command, ReverseDeposit) else ""
        raise DepositExceeded(
            f"{written(max(least, 0))} CNY of deposit are held for {whose} from {on} on, "
            f"not {written(amount)}{taken or from_when(held, amount, on)}",
            field=field,
        )


def _booked(state: Billing, command: DepositCommand | ReverseDeposit, amount: int, *, lease: str | None = None) -> date:
    """The day since which the books have an amount as held."""
    return state.deposits.get(lease or command.lease, NOTHING_YET).booked_from(amount, command.effective_on)


DEPOSITS: Part[Billing, Billing] = Part(
    decide={
        ReceiveDeposit: _receive,
        ApplyDeposit: _apply,
        ForfeitDeposit: _forfeit,
        RefundDeposit: _refund,
        CreditDepositInterest: _credit_interest,
        MoveDeposit: _move,
        ReverseDeposit: _reverse,
    },
    scope=dict.fromkeys(
        (
            *(ReceiveDeposit, ApplyDeposit, ForfeitDeposit, RefundDeposit),
            *(CreditDepositInterest, MoveDeposit, ReverseDeposit),
        ),
        _scope,
    ),
)

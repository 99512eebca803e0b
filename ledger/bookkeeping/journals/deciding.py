"""Manual journals: proposed by one with reason and document, approved by another, posted in an open month.

Commands        Facts (journal.…)   Who
ProposeJournal  proposed            finance
RepeatJournal   proposed            finance: the lines of an earlier journal, for another month
MirrorJournal   proposed            finance: the mirror of a posted journal, which puts it right
ApproveJournal  posted, reversed    an approver who is not the proposer; an accrual reverses by itself
RejectJournal   rejected            finance or an approver

An accrual posts two facts at once: its lines on its day, their mirror on the first day of the next month. So its month
is approved only once the next one has been opened, and no report of the first month ever sees the mirror.

Refusals, in order of precedence
JournalRefusal
├── JournalUnknown             no such journal is proposed, or none is posted (unknown)
├── JournalTaken               this id is another journal's, or was rejected or mirrored (conflict)
├── JournalDecided             it was approved or rejected already
├── ApproverIsJournalProposer  J7: the approver is not the proposer
├── JournalTakenBack           it was mirrored already, or that is proposed
├── JournalIsPaid              a payment pays what the journal made owed, that day or later: that goes first
├── JournalRepeated            it was repeated for this month already, or that is proposed
├── BeforeItsOriginal          a mirror is of the day of what it mirrors, or later
├── AccrualReversedItself      an accrual is mirrored in its own month: in the next one it has reversed by itself
├── AccountUnknown             no account of this name takes lines by hand (unknown)
├── AccountControlled          a subledger explains this account
├── JournalUnbalanced          debits and credits differ, or there is nothing on a line
├── BeforeItsProposal          a journal is decided on the day it is for, or later
└── JournalMonthNotOpen        its month, or the month that it reverses in, takes no postings
"""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.bookkeeping.journals.by_hand import BY_HAND, CONTROLLED
from ledger.bookkeeping.journals.facts import (
    JournalPosted,
    JournalProposed,
    JournalRejected,
    JournalReversed,
    ManualLine,
    home_of,
)
from ledger.bookkeeping.owed import OWED_TAGS, OwedPaid, OwedPaymentReturned
from ledger.decider import By, Command, Decider, Fact, Id, Refusal, Text
from ledger.periods import (
    PERIODS_TAG,
    PeriodFact,
    Periods,
    day_after,
    evolve_periods,
    month_end,
    month_of,
)
from ledger.values.days import Happened
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, minor, written

# Commands


class LineByHand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line as it is proposed. `account`: its name in the chart, such as administration."""

    account: Annotated[str, Meta(max_length=40)]
    side: Literal["DEBIT", "CREDIT"]
    amount: Cny


class ProposeJournal(Command, frozen=True, kw_only=True, tag="propose-journal"):
    """Propose a manual journal of this day. An accrual `reverses`: its mirror is posted on the first day of the next
    month, by itself."""

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`reject-journal`, until it is approved; then propose the right one under another id: `propose-journal`."
    )
    manual_journal: Id
    lines: Annotated[tuple[LineByHand, ...], Meta(min_length=2, max_length=100)]
    reason: Text
    document: Evidence
    reverses: bool = False


class RepeatJournal(Command, frozen=True, kw_only=True, tag="repeat-journal"):
    """Propose the lines of an earlier journal again, for this day's month: once a month each."""

    effective_on: Happened
    put_right: ClassVar[str] = "`reject-journal`, until it is approved; then `repeat-journal` again under another id."
    manual_journal: Id
    repeats: Id
    document: Evidence


class MirrorJournal(Command, frozen=True, kw_only=True, tag="mirror-journal"):
    """Propose the mirror of a posted journal, to put it right, on its day or later. That of an accrual is in the
    accrual's month and reverses as it did; after that month the accrual has reversed by itself."""

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`reject-journal`, until it is approved; once posted, a mirror is put right by its own: `mirror-journal`."
    )
    manual_journal: Id
    mirrors: Id
    reason: Text
    document: Evidence


class ApproveJournal(Command, frozen=True, kw_only=True, tag="approve-journal"):
    """Agree to a proposed journal: it is posted on its own day. `effective_on` is the day of the decision."""

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`mirror-journal` proposes its mirror, and `approve-journal`, by a second person, posts that; of an accrual "
        "in its own month: after it, the accrual has reversed by itself."
    )
    manual_journal: Id


class RejectJournal(Command, frozen=True, kw_only=True, tag="reject-journal"):
    """Turn a proposed journal down, or take back one of your own."""

    effective_on: Happened
    put_right: ClassVar[str] = "Propose it again, under another id: `propose-journal`, or what it was."
    manual_journal: Id
    reason: Text


Proposing = ProposeJournal | RepeatJournal | MirrorJournal
JournalCommand = Proposing | ApproveJournal | RejectJournal

# Refusals


class JournalRefusal(Refusal):
    """A rule about manual journals said no."""


class JournalUnknown(JournalRefusal):
    """No such journal is proposed, or none is posted."""

    code = "journal-unknown"
    kind = "unknown"


class JournalTaken(JournalRefusal):
    """This id is another journal's, or was rejected."""

    code = "journal-taken"
    kind = "conflict"


class JournalDecided(JournalRefusal):
    """It was approved or rejected already."""

    code = "journal-decided"


class ApproverIsJournalProposer(JournalRefusal):
    """J7: the approver is not the proposer."""

    code = "approver-is-journal-proposer"


class JournalTakenBack(JournalRefusal):
    """It was mirrored already, or that is proposed."""

    code = "journal-taken-back"


class JournalIsPaid(JournalRefusal):
    """A payment pays what the journal made owed: that goes first."""

    code = "journal-is-paid"


class JournalRepeated(JournalRefusal):
    """It was repeated for this month already, or that is proposed."""

    code = "journal-repeated"


class BeforeItsOriginal(JournalRefusal):
    """A mirror is of the day of what it mirrors, or later."""

    code = "before-its-original"


class AccrualReversedItself(JournalRefusal):
    """An accrual is mirrored in its own month: in the next one it has reversed by itself."""

    code = "accrual-reversed-itself"


class AccountUnknown(JournalRefusal):
    """No account of this name takes lines by hand."""

    code = "account-unknown"
    kind = "unknown"


class AccountControlled(JournalRefusal):
    """A subledger explains this account."""

    code = "account-controlled"


class JournalUnbalanced(JournalRefusal):
    """Debits and credits differ, or there is nothing on a line."""

    code = "journal-unbalanced"


class BeforeItsProposal(JournalRefusal):
    """A journal is decided on the day it is for, or later."""

    code = "before-its-proposal"


class JournalMonthNotOpen(JournalRefusal):
    """Its month, or the month that it reverses in, takes no postings."""

    code = "journal-month-not-open"


# State


class Journals(Struct, frozen=True):
    """Proposals and what became of them, by id; the payments of what they made owed; and the months.

    homes      posted journals -> the one under whose name their debts stand
    returned   journals -> the last day on which a payment of what they made owed came back
    """

    proposed: Mapping[str, JournalProposed] = MappingProxyType({})
    decided: Mapping[str, JournalPosted | JournalRejected] = MappingProxyType({})
    homes: Mapping[str, str] = MappingProxyType({})
    payments: Mapping[str, OwedPaid] = MappingProxyType({})
    returned: Mapping[str, date] = MappingProxyType({})
    periods: Periods = Periods()


# Evolve


def evolve(state: Journals, fact: Fact) -> Journals:
    """The journals after one more fact."""
    if isinstance(fact, JournalPosted):
        state = replace(state, homes={**state.homes, fact.manual_journal: home_of(fact, state.homes)})
    match fact:
        case JournalProposed():
            return replace(state, proposed={**state.proposed, fact.manual_journal: fact})
        case JournalPosted() | JournalRejected():
            return replace(state, decided={**state.decided, fact.manual_journal: fact})
        case OwedPaid():
            return replace(state, payments={**state.payments, fact.payment: fact})
        case OwedPaymentReturned():
            left = {name: paid for name, paid in state.payments.items() if name != fact.payment}
            on = max(fact.effective_on, fact.accounting_on)
            back = {item.journal: max(on, state.returned.get(item.journal, on)) for item in fact.reversed.items}
            return replace(state, payments=left, returned={**state.returned, **back})
        case PeriodFact():
            return replace(state, periods=evolve_periods(state.periods, fact))
    return state


# Scope


def scope(command: JournalCommand) -> tuple[str, ...]:
    """The journal, the one that it is taken from, and the months; of a mirror all that was paid of debts."""
    names = [command.manual_journal]
    if isinstance(command, RepeatJournal):
        names.append(command.repeats)
    if isinstance(command, MirrorJournal):
        names.append(command.mirrors)
    paid = OWED_TAGS if isinstance(command, MirrorJournal) else ()
    return (*(f"manual-journal:{name}" for name in names), *paid, PERIODS_TAG)


# Decide


def decide(state: Journals, command: JournalCommand, by: By) -> Sequence[Fact]:
    """Propose, approve or reject a journal; nothing where it is so already."""
    if isinstance(command, ApproveJournal):
        return _approve(state, command, by)
    if isinstance(command, RejectJournal):
        return _reject(state, command, by)
    proposal = _proposal(state, command, by)
    known = state.proposed.get(command.manual_journal)
    if known is not None and not _stands(state, known):
        raise JournalTaken(f"{command.manual_journal} was rejected; choose another id", field="manual_journal")
    if known is not None and known.asked == proposal.asked:
        _check_not_taken_back(state, known)
        return ()
    if known is not None:
        raise JournalTaken(
            f"{command.manual_journal} is a journal of {known.effective_on} already; choose another id",
            field="manual_journal",
        )
    _check_once(state, proposal)
    _check_mirror(state, proposal)
    _check_lines(proposal.lines)
    _check_open(state, proposal)
    return (proposal,)


def _check_not_taken_back(state: Journals, known: JournalProposed) -> None:
    """A journal whose mirror is posted is on record and stands no more: the same again is another one."""
    name = known.manual_journal
    for other in state.proposed.values():
        if other.mirrors == name and isinstance(state.decided.get(other.manual_journal), JournalPosted):
            raise JournalTaken(
                f"{name} was posted, and {other.manual_journal} took it back; choose another id",
                field="manual_journal",
            )


def _proposal(state: Journals, command: Proposing, by: By) -> JournalProposed:
    """The proposal as it is asked for. Raises JournalUnknown."""
    if isinstance(command, ProposeJournal):
        signs = {"DEBIT": 1, "CREDIT": -1}
        lines = tuple(
            ManualLine(account=line.account, amount_minor=signs[line.side] * minor(line.amount))
            for line in command.lines
        )
        said: dict[str, Any] = {"lines": lines, "reason": command.reason, "reverses": command.reverses}
    elif isinstance(command, RepeatJournal):
        model = _posted(state, command.repeats, "repeats")
        said = {"lines": model.lines, "reason": model.reason, "reverses": model.reverses, "repeats": command.repeats}
    else:
        model = _posted(state, command.mirrors, "mirrors")
        said = {"lines": mirrored(model.lines), "reverses": model.reverses, "mirrors": command.mirrors}
        said |= {"reason": command.reason}
    return JournalProposed(
        effective_on=command.effective_on,
        manual_journal=command.manual_journal,
        document=command.document,
        proposed_by=by.actor,
        **said,
    )


def mirrored(lines: Sequence[ManualLine]) -> tuple[ManualLine, ...]:
    """The same lines with debits and credits exchanged."""
    return tuple(replace(line, amount_minor=-line.amount_minor) for line in lines)


def _posted(state: Journals, name: str, field: str) -> JournalPosted:
    posted = state.decided.get(name)
    if not isinstance(posted, JournalPosted):
        raise JournalUnknown(f"no journal {name} is posted", field=field)
    return posted


def _stands(state: Journals, other: JournalProposed) -> bool:
    return not isinstance(state.decided.get(other.manual_journal), JournalRejected)


def _check_once(state: Journals, proposal: JournalProposed) -> None:
    """One mirror of a journal stands at most, and one repetition of it in each month."""
    month = month_of(proposal.effective_on)
    for other in state.proposed.values():
        if not _stands(state, other):
            continue
        if proposal.mirrors is not None and other.mirrors == proposal.mirrors:
            raise JournalTakenBack(f"{proposal.mirrors} is mirrored by {other.manual_journal} already", field="mirrors")
        alike = proposal.repeats in (other.repeats, other.manual_journal)
        if proposal.repeats is not None and alike and month_of(other.effective_on) == month:
            raise JournalRepeated(
                f"{month} has {other.manual_journal} already, of the same lines", field="effective_on"
            )


def _check_mirror(state: Journals, proposal: JournalProposed) -> None:
    """A mirror is not before its original; that of an accrual is in its month, and both reverse on the same day.

    Either day is the accounting day too, and stays as it is proposed: so it holds for the approval as well.
    """
    if proposal.mirrors is None:
        return
    original, on = _posted(state, proposal.mirrors, "mirrors"), proposal.effective_on
    _check_not_paid(state, proposal.mirrors, on)
    if on < original.accounting_on:
        raise BeforeItsOriginal(
            f"{proposal.mirrors} is of {original.accounting_on}; it is mirrored then or later", field="effective_on"
        )
    month = month_of(original.accounting_on)
    if original.reverses and month_of(on) > month:
        raise AccrualReversedItself(
            f"{proposal.mirrors} is an accrual of {month} and reversed by itself on "
            f"{_reversal_on(original.accounting_on)}: a mirror of it is in {month} too, or not needed",
            field="effective_on",
        )


def _check_not_paid(state: Journals, name: str, on: date) -> None:
    """Check that no payment pays what a journal made owed, from a day on. Raises JournalIsPaid."""
    names = {name, state.homes.get(name, name)}
    for payment, paid in state.payments.items():
        if any(item.journal in names for item in paid.items):
            raise JournalIsPaid(
                f"payment {payment} pays what {name} made owed; return-bank-payment goes first", field="mirrors"
            )
    back = max((state.returned.get(one, date.min) for one in names), default=date.min)
    if on < back:
        raise JournalIsPaid(
            f"what {name} made owed stood paid until {back}; it is mirrored then or later", field="effective_on"
        )


def _check_lines(lines: Sequence[ManualLine]) -> None:
    """Accounts that take lines by hand, something on each line, debits that equal credits."""
    for line in lines:
        if line.account in CONTROLLED:
            raise AccountControlled(
                f"{line.account} is explained by its subledger ({CONTROLLED[line.account]}); record what happened"
                " there, and the books follow",
                field="lines",
            )
        if line.account not in BY_HAND:
            known = ", ".join(f"{account} ({code})" for account, code in BY_HAND.items())
            raise AccountUnknown(f"no account {line.account!r}; by hand: {known}", field="lines")
        if not line.amount_minor:
            raise JournalUnbalanced(f"the line on {line.account} is 0.00", field="lines")
    if total := sum(line.amount_minor for line in lines):
        more = "debits" if total > 0 else "credits"
        raise JournalUnbalanced(f"{more} are {written(abs(total))} CNY more than the other side", field="lines")


TAKING = ("OPEN", "SOFT_CLOSED")
"""States of a month that takes manual journals: they are finance's."""


def _check_open(state: Journals, proposal: JournalProposed) -> None:
    """The month of a journal takes postings, and so does the next one where it reverses in that."""
    days = [proposal.effective_on, *([_reversal_on(proposal.effective_on)] if proposal.reverses else [])]
    for day in days:
        month = month_of(day)
        found = state.periods.states.get(month)
        if found not in TAKING:
            said = "is CLOSED" if found else "has not been opened; `open-periods` through it first"
            which = "" if day == proposal.effective_on else ", which the accrual reverses in,"
            raise JournalMonthNotOpen(f"{month}{which} {said}", field="effective_on")


def _reversal_on(day: date) -> date:
    return day_after(month_end(day))


def _proposed(state: Journals, command: ApproveJournal | RejectJournal) -> JournalProposed:
    proposal = state.proposed.get(command.manual_journal)
    if proposal is None:
        raise JournalUnknown(f"nobody has proposed a journal {command.manual_journal}", field="manual_journal")
    return proposal


def _approve(state: Journals, command: ApproveJournal, by: By) -> Sequence[Fact]:
    proposal = _proposed(state, command)
    decision = state.decided.get(command.manual_journal)
    if isinstance(decision, JournalPosted) and decision.approved_on == command.effective_on:
        return ()
    _check_undecided(decision, proposal, command)
    if proposal.proposed_by == by.actor:
        raise ApproverIsJournalProposer(f"{by.actor} proposed {command.manual_journal}; a second person approves it")
    _check_lines(proposal.lines)
    _check_open(state, proposal)
    posted = JournalPosted(
        effective_on=proposal.effective_on,
        accounting_on=proposal.effective_on,
        manual_journal=proposal.manual_journal,
        lines=proposal.lines,
        reason=proposal.reason,
        document=proposal.document,
        reverses=proposal.reverses,
        mirrors=proposal.mirrors,
        repeats=proposal.repeats,
        proposed_by=proposal.proposed_by,
        approved_by=by.actor,
        approved_on=command.effective_on,
    )
    return (posted, *([_reversal(posted)] if posted.reverses else []))


def _reversal(posted: JournalPosted) -> JournalReversed:
    on = _reversal_on(posted.effective_on)
    return JournalReversed(
        effective_on=on, accounting_on=on, manual_journal=posted.manual_journal, lines=mirrored(posted.lines)
    )


def _reject(state: Journals, command: RejectJournal, by: By) -> Sequence[Fact]:
    proposal = _proposed(state, command)
    decision = state.decided.get(command.manual_journal)
    rejected = JournalRejected(
        effective_on=command.effective_on,
        manual_journal=command.manual_journal,
        reason=command.reason,
        mirrors=proposal.mirrors,
        repeats=proposal.repeats,
        rejected_by=by.actor,
    )
    if decision is not None and decision.asked == rejected.asked:
        return ()
    _check_undecided(decision, proposal, command)
    return (rejected,)


def _check_undecided(
    decision: JournalPosted | JournalRejected | None,
    proposal: JournalProposed,
    command: ApproveJournal | RejectJournal,
) -> None:
    """Nobody has decided yet, and nobody decides before the day that the journal is for."""
    if decision is not None:
        posted = isinstance(decision, JournalPosted)
        how = "approved, and its mirror puts it right" if posted else "rejected; propose it again under another id"
        raise JournalDecided(f"{command.manual_journal} was {how}", field="manual_journal")
    if command.effective_on < proposal.effective_on:
        raise BeforeItsProposal(
            f"{command.manual_journal} is of {proposal.effective_on}; decide on it then or later", field="effective_on"
        )


JOURNALS: Decider[JournalCommand, Journals] = Decider(
    (ProposeJournal, RepeatJournal, MirrorJournal, ApproveJournal, RejectJournal), Journals(), scope, evolve, decide
)

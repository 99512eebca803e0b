"""Accounting periods: months that are opened, softly closed, closed; and on which date a fact posts.

FUTURE → OPEN → SOFT_CLOSED (finance only) → CLOSED; back to OPEN only by two people, and only the latest closed month

Commands         Facts (period.…)       Who
OpenPeriods      opened, one a month    finance
SoftClosePeriod  soft-closed            finance
ProposeReopening reopening-proposed     finance
ReopenPeriod     reopened               an approver who is not the proposer
WithdrawPeriodStep step-withdrawn       finance: an opening that nothing rests on, a soft close, a proposal
                 closed                 joint/closing.py decides it: it needs the postings

Refusals, in order of precedence
PeriodRefusal
├── PeriodUnknown            no such period has been opened (unknown)
├── PeriodNotNext            months open one after the other, and close in the same order
├── PeriodsTooMany           one command opens ten years at most
├── PeriodStatedOtherwise    it is so already, by other words (conflict)
├── PeriodStateForbids       this step does not start from the period's state
├── NoOpenPeriod             a fact would post, and no open period can take it
├── ReopeningUnknown         no proposal to reopen this period stands (unknown)
├── ApproverIsProposer       J7: the approver is not the proposer
├── PeriodStepUnknown        no such step of the month stands (unknown)
└── PeriodStepNeeded         something rests on the step: a later one of the month, a later month, what posts to it

PostingFact      the base of every fact that posts: `accounting_on` lies in its period, its tag `books:2024-07` finds it
posting_date     where a fact posts: on its own effective date where that month takes it, else on the first day of the
                 earliest month that does (domain D8)
month_of, month_after, first_and_last, month_end, day_before, day_after   the calendar, for everybody
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.decider import By, Command, Decider, Fact, Id, Refusal, Standing, Text, Withdrawing, Withdrawn, keep, said
from ledger.values.days import Happened, OnRecord
from ledger.values.evidence import Sha256

PERIODS_TAG = "periods"
"""Every fact about a period carries this tag: a command that posts has it in its scope."""

Month = Annotated[
    str,
    Meta(pattern=r"^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])$(?!\n)", description="A month: 2024-07.", extra={"day": "AGREED"}),
]
FOREIGN_BANK_TAG = "foreign-bank"
"""The tag of every fact that moves money on a bank account in a foreign currency: remeasurement must see all."""

PeriodState = Literal["OPEN", "SOFT_CLOSED", "CLOSED"]

# Facts

# Names are storage: a tag below is written into every stored fact and never changes.


class PostingFact(Fact, frozen=True, kw_only=True):
    """A fact that moves money in the books. `accounting_on` lies in the period that it posts to.

    payment_noun      the field that names the payment, of a fact that bears a reference of the bank (B5)
    frees_reference   it says that the payment did not happen, so that the reference is free again
    """

    payment_noun: ClassVar[str] = ""
    frees_reference: ClassVar[bool] = False
    accounting_on: date

    @property
    def books_tag(self) -> str:
        """Finds every fact that posts to a month."""
        return f"books:{month_of(self.accounting_on)}"

    @property
    def bank(self) -> str | None:
        """The bank's reference of the payment; None where the fact is about none."""
        return getattr(self, "bank_reference", None)

    @property
    def on_account(self) -> str | None:
        """The bank account that the money moves on; None where that is not said, or none moves in the bank."""
        return getattr(self, "bank_account", None)

    @property
    def bank_currency(self) -> str:
        """The currency of the money."""
        return getattr(self, "currency", "CNY")

    @property
    def account_tags(self) -> tuple[str, ...]:
        """Finds what moves on a bank account, and on any in a foreign currency."""
        if self.on_account is None:
            return ()
        foreign = (FOREIGN_BANK_TAG,) if self.bank_currency != "CNY" else ()
        return (f"bank-moves:{self.on_account}", *foreign)


class PeriodFact(Fact, frozen=True, kw_only=True):
    """Something that happened to an accounting period."""

    month: Month

    @property
    def tags(self) -> tuple[str, ...]:
        """All periods are found together, and each alone."""
        return (PERIODS_TAG, f"period:{self.month}")


class PeriodOpened(PeriodFact, frozen=True, kw_only=True, tag="period.opened"):
    """From now on facts may post to this month."""


class PeriodSoftClosed(PeriodFact, frozen=True, kw_only=True, tag="period.soft-closed"):
    """Only finance posts to this month now."""


class Balance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account's balance in CNY minor units at the end of a month: debits positive."""

    account: str
    balance_minor: int


class TieOut(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A control account beside its subledger; they are equal, or the month was not closed."""

    account: str
    control_minor: int
    subledger_minor: int


class PeriodClosed(PeriodFact, frozen=True, kw_only=True, tag="period.closed"):
    """Nothing posts to this month any more. The trial balance rests on the facts up to position `recorded`."""

    derived = ("balances", "trial_balance_sha256", "entries")
    recorded: int
    entries: int
    balances: tuple[Balance, ...]
    trial_balance_sha256: Sha256
    tie_outs: tuple[TieOut, ...]


class ReopeningProposed(PeriodFact, frozen=True, kw_only=True, tag="period.reopening-proposed"):
    """Somebody asks to open a closed month again."""

    derived = ("proposed_by",)
    reason: Text
    proposed_by: Id


class PeriodReopened(PeriodFact, frozen=True, kw_only=True, tag="period.reopened"):
    """A second person agreed: the month is open again."""

    derived = ("reason", "proposed_by", "approved_by")
    reason: Text
    proposed_by: Id
    approved_by: Id


class PeriodStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="period.step-withdrawn"):
    """An opening, a soft close or a proposal was recorded by mistake."""

    thing = "month"
    month: Month


# Commands


class OpenPeriods(Command, frozen=True, kw_only=True, tag="open-periods"):
    """Open every month up to and with this one; the first command names the first month of the books."""

    effective_on: Happened
    put_right: ClassVar[str] = "`withdraw-period-step`, the latest month first, as long as nothing posts to it."
    through: Month


class SoftClosePeriod(Command, frozen=True, kw_only=True, tag="soft-close-period"):
    """Let only finance post to this month."""

    effective_on: Happened
    put_right: ClassVar[str] = "`withdraw-period-step`: everybody may post to the month again."
    month: Month


class ProposeReopening(Command, frozen=True, kw_only=True, tag="propose-reopening"):
    """Ask to open the latest closed month again."""

    effective_on: Happened
    put_right: ClassVar[str] = (
        "Nothing follows until somebody else agrees. A newer proposal takes its place; `withdraw-period-step` takes it "
        "back."
    )
    month: Month
    reason: Text


class ReopenPeriod(Command, frozen=True, kw_only=True, tag="reopen-period"):
    """Agree to what somebody else proposed."""

    effective_on: Happened
    put_right: ClassVar[str] = "Close the month again: `close-period`."
    month: Month


class WithdrawPeriodStep(Command, frozen=True, kw_only=True, tag="withdraw-period-step"):
    """Withdraw a step of a month that was recorded by mistake; `effective_on` is the step's own date."""

    effective_on: OnRecord
    put_right: ClassVar[str] = "Record the step again."
    month: Month
    step: Literal["period.opened", "period.soft-closed", "period.reopening-proposed"]
    reason: Text


PeriodCommand = OpenPeriods | SoftClosePeriod | ProposeReopening | ReopenPeriod

# Refusals


class PeriodRefusal(Refusal):
    """A rule about accounting periods said no."""


class PeriodUnknown(PeriodRefusal):
    """No such period has been opened."""

    code = "period-unknown"
    kind = "unknown"


class PeriodNotNext(PeriodRefusal):
    """Months open one after the other, and close in the same order."""

    code = "period-not-next"


class PeriodsTooMany(PeriodRefusal):
    """One command opens ten years at most."""

    code = "periods-too-many"


class PeriodStatedOtherwise(PeriodRefusal):
    """It is so already, by other words."""

    code = "period-stated-otherwise"
    kind = "conflict"


class PeriodStateForbids(PeriodRefusal):
    """This step does not start from the period's state."""

    code = "period-state-forbids"


class NoOpenPeriod(PeriodRefusal):
    """A fact would post, and no open period can take it."""

    code = "no-open-period"


class ReopeningUnknown(PeriodRefusal):
    """No proposal to reopen this period stands."""

    code = "reopening-unknown"
    kind = "unknown"


class ApproverIsProposer(PeriodRefusal):
    """J7: the approver is not the proposer."""

    code = "approver-is-proposer"


class PeriodStepUnknown(PeriodRefusal):
    """No such step of the month stands."""

    code = "period-step-unknown"
    kind = "unknown"


class PeriodStepNeeded(PeriodRefusal):
    """Something rests on the step."""

    code = "period-step-needed"


# State


class Periods(Struct, frozen=True):
    """Every opened month's state, and who proposed to reopen which.

    steps     of each month the facts that stand, in the order recorded
    """

    states: Mapping[str, PeriodState] = MappingProxyType({})
    proposals: Mapping[str, ReopeningProposed] = MappingProxyType({})
    steps: Mapping[str, tuple[PeriodFact, ...]] = MappingProxyType({})


# Evolve


def evolve_periods(periods: Periods, fact: Fact) -> Periods:
    """The periods after one more fact, in the order recorded; other contexts fold these for `posting_date`."""
    if not isinstance(fact, PeriodFact):
        return periods
    steps = (*periods.steps.get(fact.month, ()), fact)
    periods = replace(periods, steps={**periods.steps, fact.month: steps})
    match fact:
        case PeriodOpened():
            return replace(periods, states={**periods.states, fact.month: "OPEN"})
        case PeriodSoftClosed():
            return replace(periods, states={**periods.states, fact.month: "SOFT_CLOSED"})
        case PeriodClosed():
            return replace(periods, states={**periods.states, fact.month: "CLOSED"})
        case ReopeningProposed():
            return replace(periods, proposals={**periods.proposals, fact.month: fact})
        case PeriodReopened():
            kept = {month: proposal for month, proposal in periods.proposals.items() if month != fact.month}
            return replace(periods, states={**periods.states, fact.month: "OPEN"}, proposals=kept)
    return periods


# Where a fact posts

FINANCE_ROLES = frozenset({"finance", "admin"})
"""Who may still post to a month that is softly closed."""


def posting_date(periods: Periods, effective_on: date, role: str) -> date:
    """The date a fact posts on: its own where that month takes it, else the first day of the earliest month that does.

    A softly closed month takes what finance records. Raises NoOpenPeriod.
    """
    taking = {"OPEN", "SOFT_CLOSED"} if role in FINANCE_ROLES else {"OPEN"}
    own = month_of(effective_on)
    if periods.states.get(own) in taking:
        return effective_on
    later = sorted(month for month, state in periods.states.items() if month > own and state in taking)
    if not later:
        raise NoOpenPeriod(
            f"no month from {own} on is open for posting; finance opens it with `open-periods` through that month",
            field="effective_on",
        )
    return first_and_last(later[0])[0]


# The calendar


def month_of(day: date) -> str:
    """The month a day belongs to, as 2024-07."""
    return _name(day.year, day.month)


@cache
def _name(year: int, month: int) -> str:
    return f"{year:04}-{month:02}"


def month_after(month: str) -> str:
    """The month after 2024-12 is 2025-01."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def first_and_last(month: Month) -> tuple[date, date]:
    """The days that a month begins and ends with."""
    first = date.fromisoformat(f"{month}-01")
    return first, month_end(first)


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return calendar_month(day.year, day.month)[1]


@lru_cache(4096)
def months_from(year: int, month: int, count: int) -> tuple[tuple[date, date], ...]:
    """So many months in a row, each by its first and last day."""
    return tuple(calendar_month(year + at // 12, at % 12 + 1) for at in range(month - 1, month - 1 + count))


@cache
def calendar_month(year: int, month: int) -> tuple[date, date]:
    """The first and last day of a month; each is worked out once."""
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


DAY = timedelta(days=1)


def day_after(day: date) -> date:
    """The next day; the last day there is stays."""
    return day if day == date.max else day + DAY


def day_before(day: date) -> date:
    """The day before; the first day there is stays."""
    return day if day == date.min else day - DAY


# Scope


def scope(command: PeriodCommand) -> tuple[str, ...]:
    """Every period: they follow one another."""
    return (PERIODS_TAG,)


def _withdrawing_scope(command: WithdrawPeriodStep) -> tuple[str, ...]:
    """Every period, and whatever posts to a month that may not have been opened."""
    return (PERIODS_TAG, f"books:{command.month}")


# Decide


def decide(periods: Periods, command: PeriodCommand, by: By) -> Sequence[Fact]:
    """Open, softly close, reopen; nothing where it is so already."""
    match command:
        case OpenPeriods():
            return _open(periods, command)
        case SoftClosePeriod():
            return _soft_close(periods, command)
        case ProposeReopening():
            return _propose(periods, command, by)
        case ReopenPeriod():
            return _reopen(periods, command, by)


OPENED_MAX = 120
"""A month once opened stays opened for ever: a slip in the year opens no thousand of them."""


def _open(periods: Periods, command: OpenPeriods) -> Sequence[Fact]:
    if command.through in periods.states:
        opened = periods.steps[command.through][0]
        if opened.asked == said(PeriodOpened, command, month=command.through):
            return ()
        raise PeriodStatedOtherwise(f"{command.through} was opened on {opened.effective_on} already", field="through")
    months = [command.through]
    if periods.states:
        last = max(periods.states)
        if command.through < last:
            first = min(periods.states)
            raise PeriodNotNext(f"the books begin with {first}; {command.through} lies before them", field="through")
        months = []
        while last < command.through and len(months) <= OPENED_MAX:
            last = month_after(last)
            months.append(last)
    if len(months) > OPENED_MAX:
        raise PeriodsTooMany(
            f"{command.through} is more than {OPENED_MAX} months after the latest month opened; open fewer at once",
            field="through",
        )
    return [PeriodOpened(effective_on=command.effective_on, month=month) for month in months]


def _soft_close(periods: Periods, command: SoftClosePeriod) -> Sequence[Fact]:
    state = state_of(periods, command.month)
    softly = [fact for fact in _since_reopened(periods, command.month) if isinstance(fact, PeriodSoftClosed)]
    if softly and softly[-1].asked == said(PeriodSoftClosed, command):
        return ()
    if state == "SOFT_CLOSED":
        raise PeriodStatedOtherwise(
            f"{command.month} was softly closed on {softly[-1].effective_on} already", field="effective_on"
        )
    if state == "CLOSED":
        raise PeriodStateForbids(f"{command.month} is CLOSED; only an OPEN month is softly closed", field="month")
    return (PeriodSoftClosed(effective_on=command.effective_on, month=command.month),)


def _propose(periods: Periods, command: ProposeReopening, by: By) -> Sequence[Fact]:
    state, proposal = state_of(periods, command.month), periods.proposals.get(command.month)
    if proposal is not None and proposal.asked == said(ReopeningProposed, command):
        return ()
    if state != "CLOSED":
        raise PeriodStateForbids(f"{command.month} is not CLOSED; there is nothing to reopen", field="month")
    _check_latest_closed(periods, command.month)
    return (
        ReopeningProposed(
            effective_on=command.effective_on, month=command.month, reason=command.reason, proposed_by=by.actor
        ),
    )


def _reopen(periods: Periods, command: ReopenPeriod, by: By) -> Sequence[Fact]:
    if (state := state_of(periods, command.month)) != "CLOSED":
        reopened = _since_reopened(periods, command.month)[0]
        if reopened.asked == said(PeriodReopened, command):
            return ()
        if isinstance(reopened, PeriodReopened):
            raise PeriodStatedOtherwise(
                f"{command.month} was reopened on {reopened.effective_on} already", field="effective_on"
            )
        raise PeriodStateForbids(f"{command.month} is {state}; there is nothing to reopen", field="month")
    _check_latest_closed(periods, command.month)
    proposal = periods.proposals.get(command.month)
    if proposal is None:
        raise ReopeningUnknown(f"nobody has proposed to reopen {command.month}", field="month")
    if proposal.proposed_by == by.actor:
        raise ApproverIsProposer(f"{by.actor} proposed to reopen {command.month}; a second person agrees to it")
    return (
        PeriodReopened(
            effective_on=command.effective_on,
            month=command.month,
            reason=proposal.reason,
            proposed_by=proposal.proposed_by,
            approved_by=by.actor,
        ),
    )


def _since_reopened(periods: Periods, month: str) -> tuple[PeriodFact, ...]:
    """The steps of a month since it was opened or reopened last, that one first."""
    steps = periods.steps[month]
    begun = max(at for at, fact in enumerate(steps) if at == 0 or isinstance(fact, PeriodReopened))
    return steps[begun:]


WITHDRAWABLE = (PeriodOpened, PeriodSoftClosed, ReopeningProposed)


def _kept(facts: Standing, fact: Fact) -> Standing:
    """Add one more fact to what stands; of what posts to the month, the first is enough."""
    is_enough = isinstance(fact, PostingFact) and any(isinstance(known, PostingFact) for known in facts)
    return facts if is_enough else keep(facts, fact)


def _rests(later: Fact, step: PeriodFact) -> bool:
    """Tell whether a later fact rests on a step: those of its month; of an opening later months, and what posts."""
    if isinstance(later, PeriodFact) and later.month == step.month:
        return True
    return isinstance(step, PeriodOpened) and isinstance(later, PeriodOpened | PostingFact)


def _advice(fact: Fact) -> str:
    return "withdraw that first" if isinstance(fact, WITHDRAWABLE) else "the month stays"


def state_of(periods: Periods, month: str) -> PeriodState:
    """The period's state. Raises PeriodUnknown."""
    state = periods.states.get(month)
    if state is None:
        raise PeriodUnknown(f"{month} has not been opened", field="month")
    return state


def _check_latest_closed(periods: Periods, month: str) -> None:
    """A later month was closed on this one's balances."""
    later = [other for other, state in periods.states.items() if other > month and state == "CLOSED"]
    if later:
        raise PeriodNotNext(f"{max(later)} is closed on the balances of {month}; reopen that first", field="month")


PERIODS: Decider[PeriodCommand, Periods] = Decider(
    (OpenPeriods, SoftClosePeriod, ProposeReopening, ReopenPeriod),
    Periods(),
    scope,
    evolve_periods,
    decide,
)

WITHDRAWING = Withdrawing(
    withdrawn=PeriodStepWithdrawn,
    steps=WITHDRAWABLE,
    unknown=PeriodStepUnknown,
    not_latest=PeriodStepNeeded,
    rests=_rests,
    advice=_advice,
)
PERIOD_STEPS = WITHDRAWING.decider(WithdrawPeriodStep, _withdrawing_scope, _kept)

"""Reference rates: exchange, price indices, taxes, carbon factors; dated, sourced, approved by a second person.

Commands      Facts (rate.…)   Who
ProposeRate   proposed         finance
ApproveRate   approved         an approver who is not the proposer
RejectRate    rejected         an approver
WithdrawRateStep step-withdrawn   an approver who is not the proposer: an approval or a rejection that was a mistake

Only an approved rate is used. It holds from its effective date until the next one of its series; another approved for
the same date takes its place from then on, and what was computed with the earlier one stands as recorded.

Series        fx/usd-cny, fx/usd-cny-bank   CNY for one unit, by kind of quotation
              cpi/cn-all                    the index of the month it is effective in
              vat/leasing, vat/leasing-simplified, vat/services, vat/goods
              vat/forfeited-advances, -forfeited-deposits, -cancellation-fees: what is kept is taxed, from then on
              co2/cn-average, co2/cn-sc     kg CO2 for a kWh, of a year: Emission says the region, year and basis
              price/…                       a reference price, CNY for a kWh

Refusals, in order of precedence
RateRefusal
├── RateUnknown          no such proposal (unknown)
├── RateStepUnknown      no such decision stands (unknown)
├── RateTaken            this id is another proposal's, or was approved on another day (conflict)
├── RateDecided          the proposal was approved or rejected already
├── RateMalformed        a value that this kind of series cannot have
└── ApproverIsRateProposer   J7: the approver is not the proposer

value_on(rates, series, on) is what other contexts ask, of the rates that with_rate() folded.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.decider import By, Command, Decider, Fact, Id, Refusal, Standing, Text, Withdrawing, Withdrawn, said
from ledger.values.days import Happened, OnRecord

Series = Annotated[
    str,
    Meta(
        pattern=r"^(fx|cpi|vat|co2|price)/[a-z0-9][a-z0-9-]{0,40}$(?!\n)",
        description="A kind and a name: fx/usd-cny, cpi/cn-all, vat/leasing, co2/cn-sc.",
    ),
]
RateValue = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,8})?$(?!\n)", description="A number with up to eight decimals: 7.1036."
    ),
]

EmissionBasis = Literal["AVERAGE", "WITHOUT_MARKET_GREEN", "FOSSIL"]
"""Of all electricity used; of that without green electricity traded on the market; of fossil electricity alone."""


class Emission(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The place of an emission factor in the announcements: it is that of a region and a year, on a basis.

    region         CN, a province as ISO 3166-2 has it (CN-SC is Sichuan), or a grid such as GRID-SOUTHWEST
    announcement   its number and date: 生态环境部、国家统计局公告 2025年第47号
    """

    region: Annotated[
        str,
        Meta(
            pattern=r"^(CN(-[A-Z]{2})?|GRID-[A-Z]{4,12})$(?!\n)",
            description="CN, a province such as CN-SC, or a grid such as GRID-SOUTHWEST.",
        ),
    ]
    year: Annotated[int, Meta(ge=2005, le=2100)]
    basis: EmissionBasis
    announcement: Text


# Facts

# Names are storage: a tag below is written into every stored fact and never changes.


class RateFact(Fact, frozen=True, kw_only=True):
    """Something about a reference rate. `effective_on`: from when it holds."""

    rate: Id
    series: Series

    @property
    def tags(self) -> tuple[str, ...]:
        """The rate and its series; reference prices and emission factors are found together too, whatever they are
        called: an agreement names its own."""
        kind = self.series.partition("/")[0]
        return (f"rate:{self.rate}", f"series:{self.series}", *((f"rates:{kind}",) if kind in ("price", "co2") else ()))


class RateProposed(RateFact, frozen=True, kw_only=True, tag="rate.proposed"):
    """Somebody found this rate at this source. `base`: what an index is relative to, such as "previous year = 100"."""

    derived = ("proposed_by",)
    value: RateValue
    base: Text | None = None
    source: Text
    proposed_by: Id
    emission: Emission | None = None


class RateApproved(RateFact, frozen=True, kw_only=True, tag="rate.approved"):
    """A second person agreed: the rate is used from its effective date on."""

    value: RateValue
    base: Text | None = None
    source: Text
    proposed_by: Id
    approved_by: Id
    approved_on: date
    emission: Emission | None = None


class RateRejected(RateFact, frozen=True, kw_only=True, tag="rate.rejected"):
    """The proposal is not used."""

    derived = ("rejected_by", "series")
    reason: Text
    rejected_by: Id


class RateStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="rate.step-withdrawn"):
    """An approval or a rejection was a mistake: the proposal is open again. What was computed with it stands."""

    thing = "rate"
    rate: Id


# Commands


class ProposeRate(Command, frozen=True, kw_only=True, tag="propose-rate"):
    """Propose a rate that holds from `effective_on`: the day it was published for, or the first day of its month.

    An emission factor (co2/…) says its `emission`: region, year, basis and announcement; it holds from the first day
    of its year until that of a later year is approved.
    """

    effective_on: Happened
    put_right: ClassVar[str] = "`reject-rate`, then propose the right one under another id: `propose-rate`."
    rate: Id
    series: Series
    value: RateValue
    base: Text | None = None
    source: Text
    emission: Emission | None = None


class ApproveRate(Command, frozen=True, kw_only=True, tag="approve-rate"):
    """Agree to a proposed rate. `effective_on` is the day of the decision; the rate holds from its own."""

    effective_on: Happened
    put_right: ClassVar[str] = (
        "A rate approved later for the same date takes its place; one for a wrong date or series is taken back with "
        "`withdraw-rate-step` by another than its proposer. What was computed with it stands, and is corrected where "
        "it was recorded."
    )
    rate: Id


class RejectRate(Command, frozen=True, kw_only=True, tag="reject-rate"):
    """Turn a proposed rate down."""

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`withdraw-rate-step` by another than its proposer, or propose it again under another id: `propose-rate`."
    )
    rate: Id
    reason: Text


class WithdrawRateStep(Command, frozen=True, kw_only=True, tag="withdraw-rate-step"):
    """Withdraw an approval or a rejection that was a mistake; who proposed the rate may not. `effective_on` is the
    decision's own, of an approval the rate's."""

    effective_on: OnRecord
    put_right: ClassVar[str] = (
        "Decide on the proposal again: `approve-rate`, `reject-rate`. Like a decision, a withdrawal is never by who "
        "proposed the rate."
    )
    rate: Id
    step: Literal["rate.approved", "rate.rejected"]
    reason: Text


RateCommand = ProposeRate | ApproveRate | RejectRate

# Refusals


class RateRefusal(Refusal):
    """A rule about reference rates said no."""


class RateUnknown(RateRefusal):
    """No such proposal."""

    code = "rate-unknown"
    kind = "unknown"


class RateStepUnknown(RateRefusal):
    """No such decision stands."""

    code = "rate-step-unknown"
    kind = "unknown"


class RateTaken(RateRefusal):
    """This id is another proposal's, or was approved on another day."""

    code = "rate-taken"
    kind = "conflict"


class RateDecided(RateRefusal):
    """The proposal was approved or rejected already."""

    code = "rate-decided"


class RateMalformed(RateRefusal):
    """A value that this kind of series cannot have."""

    code = "rate-malformed"


class ApproverIsRateProposer(RateRefusal):
    """J7: the approver is not the proposer."""

    code = "approver-is-rate-proposer"


# State


class RateBook(Struct, frozen=True):
    """Proposals by id, and those decided."""

    proposed: Mapping[str, RateProposed] = MappingProxyType({})
    decided: Mapping[str, RateApproved | RateRejected] = MappingProxyType({})


Rates = Mapping[str, tuple[tuple[date, str], ...]]
"""series -> (from when, value), by date; the latest word for each date. For other contexts to fold and ask."""

NO_RATES: Rates = MappingProxyType({})

# Evolve


def evolve(book: RateBook, fact: Fact) -> RateBook:
    """The proposals after one more fact."""
    match fact:
        case RateProposed():
            return replace(book, proposed={**book.proposed, fact.rate: fact})
        case RateApproved() | RateRejected():
            return replace(book, decided={**book.decided, fact.rate: fact})
    return book


def with_rate(rates: Rates, fact: RateApproved) -> Rates:
    """The rates with one more approved."""
    values = rates.get(fact.series, ())
    if not values or values[-1][0] < fact.effective_on:
        return {**rates, fact.series: (*values, (fact.effective_on, fact.value))}
    return {**rates, fact.series: tuple(sorted({**dict(values), fact.effective_on: fact.value}.items()))}


# The value on a date


def value_on(rates: Rates, series: str, on: date) -> str | None:
    """The value that holds on a date; None where none does yet."""
    values = [value for since, value in rates.get(series, ()) if since <= on]
    return values[-1] if values else None


# Scope


def scope(command: RateCommand | WithdrawRateStep) -> tuple[str, ...]:
    """The proposal itself."""
    return (f"rate:{command.rate}",)


# Decide


def decide(book: RateBook, command: RateCommand, by: By) -> Sequence[Fact]:
    """Propose, approve or reject a rate; nothing where it is so already."""
    proposal, decision = book.proposed.get(command.rate), book.decided.get(command.rate)
    if isinstance(command, ProposeRate):
        return _propose(proposal, command, by)
    if proposal is None:
        raise RateUnknown(f"nobody has proposed a rate {command.rate}", field="rate")
    if isinstance(command, ApproveRate):
        return _approve(proposal, decision, command, by)
    return _reject(proposal, decision, command, by)


def _propose(proposal: RateProposed | None, command: ProposeRate, by: By) -> Sequence[Fact]:
    if proposal is not None and proposal.asked == said(RateProposed, command):
        return ()
    if proposal is not None:
        raise RateTaken(f"{command.rate} is a proposal for {proposal.series} already; choose another id", field="rate")
    _check_value(command.series, command.value)
    _check_emission(command)
    return (
        RateProposed(
            effective_on=command.effective_on,
            rate=command.rate,
            series=command.series,
            value=command.value,
            base=command.base,
            source=command.source,
            proposed_by=by.actor,
            emission=command.emission,
        ),
    )


_MOST = {"vat": Fraction(1), "co2": Fraction(5)}
"""Kinds of series whose values lie below a number."""


def _check_value(series: str, value: str) -> None:
    kind = series.partition("/")[0]
    number = Fraction(value)
    if kind in ("fx", "cpi") and number == 0:
        raise RateMalformed(f"{series} is never zero", field="value")
    if kind in _MOST and number >= _MOST[kind]:
        raise RateMalformed(f"{series} is a number below {_MOST[kind]}, such as 0.09; {value} is not", field="value")


def _check_emission(command: ProposeRate) -> None:
    """An emission factor is of a region and a year, and holds from that year's first day; no other rate is."""
    if not command.series.startswith("co2/"):
        if command.emission is not None:
            raise RateMalformed(f"{command.series} is no emission factor: leave `emission` out", field="emission")
        return
    if command.emission is None:
        raise RateMalformed(
            "an emission factor says its region, year, basis and announcement: national and Sichuan's of one year"
            " differ more than threefold",
            field="emission",
        )
    first = date(command.emission.year, 1, 1)
    if command.effective_on != first:
        raise RateMalformed(f"a factor of {first.year} holds from {first}", field="effective_on")


def _approve(
    proposal: RateProposed, decision: RateApproved | RateRejected | None, command: ApproveRate, by: By
) -> Sequence[Fact]:
    if isinstance(decision, RateApproved):
        if decision.approved_on == command.effective_on:
            return ()
        raise RateTaken(f"{command.rate} was approved on {decision.approved_on} already", field="effective_on")
    if decision is not None:
        raise RateDecided(f"{command.rate} was rejected; propose it again under another id", field="rate")
    if proposal.proposed_by == by.actor:
        raise ApproverIsRateProposer(f"{by.actor} proposed {command.rate}; a second person approves it")
    return (
        RateApproved(
            effective_on=proposal.effective_on,
            rate=proposal.rate,
            series=proposal.series,
            value=proposal.value,
            base=proposal.base,
            source=proposal.source,
            proposed_by=proposal.proposed_by,
            approved_by=by.actor,
            approved_on=command.effective_on,
            emission=proposal.emission,
        ),
    )


def _reject(
    proposal: RateProposed, decision: RateApproved | RateRejected | None, command: RejectRate, by: By
) -> Sequence[Fact]:
    if decision is not None and decision.asked == said(RateRejected, command):
        return ()
    if decision is not None:
        raise RateDecided(f"{command.rate} was decided already; propose the right rate under another id", field="rate")
    return (
        RateRejected(
            effective_on=command.effective_on,
            rate=command.rate,
            series=proposal.series,
            reason=command.reason,
            rejected_by=by.actor,
        ),
    )


def _explain(facts: Standing, command: WithdrawRateStep) -> None:
    if not any(isinstance(fact, RateProposed) for fact in facts):
        raise RateUnknown(f"nobody has proposed a rate {command.rate}", field="rate")


def _check(facts: Standing, step: RateFact, command: WithdrawRateStep, by: By) -> None:
    if any(isinstance(fact, RateProposed) and fact.proposed_by == by.actor for fact in facts):
        raise ApproverIsRateProposer(f"{by.actor} proposed {command.rate}; a second person decides on it")


RATES: Decider[RateCommand, RateBook] = Decider(
    (ProposeRate, ApproveRate, RejectRate), RateBook(), scope, evolve, decide
)
WITHDRAWING = Withdrawing(
    withdrawn=RateStepWithdrawn,
    steps=(RateApproved, RateRejected),
    unknown=RateStepUnknown,
    not_latest=RateStepUnknown,
    explain=_explain,
    check=_check,
)
RATE_STEPS = WITHDRAWING.decider(WithdrawRateStep, scope)

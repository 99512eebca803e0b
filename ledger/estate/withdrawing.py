"""What was recorded of the estate by mistake is withdrawn (domain §14; docs/decisions/0014-withdrawn-facts.md).

Command             Fact
WithdrawEstateStep  estate.step-withdrawn

A step is named with everything that it is about, so that a decision sees all that may rest on it: of a measurement the
building too, of a split the parts.

Refusals, in order of precedence
├── EstateStepUnknown     no such step of just these things stands (unknown)
├── EstateStepNotLatest   something rests on it, and goes first: parcels of a site, lettings of a unit, a later step
├── (OutlineOutside)      without it a parcel leaves its site
├── (OutlineOverlaps)     without it two parcels share some ground
└── (AreaExceeds)         P1, P2: without it parcels or units are larger than their site or building
"""

from collections.abc import Iterator
from functools import reduce
from typing import Annotated, ClassVar

from msgspec import Meta

from ledger.decider import (
    By,
    Command,
    Fact,
    Id,
    Standing,
    StepName,
    Text,
    Withdrawing,
    stored_name,
    without,
)
from ledger.estate.bounds import check_parcel_lies, check_site_holds
from ledger.estate.correcting import check_parcels_fit, check_units_fit
from ledger.estate.estate import Estate, EstateRefusal, evolve
from ledger.estate.facts import (
    BuildingCompleted,
    BuildingCorrected,
    BuildingDefined,
    ConstructionStarted,
    EstateFact,
    EstateStepWithdrawn,
    ParcelCorrected,
    ParcelDefined,
    ReservationReleased,
    SiteCorrected,
    SiteDefined,
    UnitDefined,
    UnitFact,
    UnitRemeasured,
    UnitReserved,
    UnitRetired,
    UnitReturned,
    UnitsMerged,
    UnitSplit,
    UnitTakenOffMarket,
    things_of,
)
from ledger.once.lettings import LettingFact
from ledger.values.days import OnRecord

# Commands


class WithdrawEstateStep(Command, frozen=True, kw_only=True, tag="withdraw-estate-step"):
    """Withdraw what was recorded of the estate by mistake; `effective_on` is the step's own date.

    site, parcel, building, units   all that the step is about: of a parcel its site, of a measurement the building, of
                                    a split or merger the building and every unit
    """

    put_right: ClassVar[str] = "Record the step again."
    effective_on: OnRecord
    step: StepName
    site: Id | None = None
    parcel: Id | None = None
    building: Id | None = None
    units: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    reason: Text


# Refusals


class EstateStepUnknown(EstateRefusal):
    """No such step of just these things stands."""

    code = "estate-step-unknown"
    kind = "unknown"


class EstateStepNotLatest(EstateRefusal):
    """Something that stands rests on it."""

    code = "estate-step-not-latest"


# Scope


def scope(command: WithdrawEstateStep) -> tuple[str, ...]:
    """All that the step is about."""
    things = (("site", command.site), ("parcel", command.parcel), ("building", command.building))
    named = tuple(f"{kind}:{name}" for kind, name in things if name is not None)
    return (*named, *(f"unit:{unit}" for unit in command.units))


# Decide

MARKET = (UnitReserved, ReservationReleased, UnitTakenOffMarket, UnitReturned)
ENDS = (UnitSplit, UnitsMerged, UnitRetired)
GIVES_BACK = (ReservationReleased, UnitReturned)
"""Steps that free a unit: a letting after them rests on them."""


def _explain(facts: Standing, command: WithdrawEstateStep) -> None:
    """Say what a step of that name and date is about. Raises EstateStepUnknown."""
    named = set(scope(command))
    alike = [
        fact
        for fact in facts
        if isinstance(fact, EstateFact)
        and named.intersection(fact.tags)
        and (stored_name(type(fact)), fact.effective_on) == (command.step, command.effective_on)
    ]
    about = f"; it is about {', '.join(sorted(things_of(alike[-1])))}: name just these" if alike else ""
    raise EstateStepUnknown(
        f"no {command.step} of {command.effective_on} about just these things stands{about}", field="step"
    )


def _defines(step: EstateFact) -> Iterator[str]:
    """The things that are there by this step, as tags."""
    match step:
        case SiteDefined():
            yield f"site:{step.site}"
        case ParcelDefined():
            yield f"parcel:{step.parcel}"
        case BuildingDefined():
            yield f"building:{step.building}"
        case UnitDefined():
            yield f"unit:{step.unit}"
        case UnitSplit():
            yield from (f"unit:{part.unit}" for part in step.parts)
        case UnitsMerged():
            yield f"unit:{step.into}"


def _rests(later: Fact, step: EstateFact) -> bool:
    """Tell whether a later fact rests on a step."""
    if set(_defines(step)) & set(later.tags):
        return True
    if isinstance(step, ConstructionStarted):
        return isinstance(later, BuildingCompleted)
    if not isinstance(step, UnitFact) or not {f"unit:{unit}" for unit in step.touches} & set(later.tags):
        return False
    if isinstance(step, MARKET) and isinstance(later, MARKET + ENDS):
        return True
    if isinstance(step, UnitRemeasured) and isinstance(later, ENDS):
        return True
    return isinstance(step, GIVES_BACK) and isinstance(later, LettingFact)


def _check_fits(facts: Standing, step: EstateFact, command: WithdrawEstateStep, by: By) -> None:
    """P1, P2: without the step, parcels and units still fit into what they are parts of, and beside each other.

    Raises OutlineOutside, OutlineOverlaps, AreaExceeds.
    """
    state = reduce(evolve, without(facts, step), Estate())
    match step:
        case SiteCorrected() | ParcelCorrected():
            if isinstance(step, SiteCorrected):
                check_site_holds(state, state.sites[step.site], field="step")
            else:
                parcel, site = state.parcels[step.parcel], state.sites[step.site]
                check_parcel_lies(state, site, parcel.parcel, parcel.outline_e7, parcel.datum, field="step")
            check_parcels_fit(state, step.site, state.sites[step.site].area_dm2, field="step")
        case UnitRemeasured() | UnitRetired() | BuildingCorrected():
            check_units_fit(state, step.building, state.buildings[step.building].lettable_dm2, field="step")


WITHDRAWING = Withdrawing(
    withdrawn=EstateStepWithdrawn,
    steps=(EstateFact,),
    unknown=EstateStepUnknown,
    not_latest=EstateStepNotLatest,
    rests=_rests,
    explain=_explain,
    check=_check_fits,
)
ESTATE_STEPS = WITHDRAWING.decider(WithdrawEstateStep, scope)

"""Who lets what: the leases of the demonstration, as they were agreed.

Tenancy     one lease: who, which units, which days
tenancies   every lease, by the way of its company; no unit twice on one day
terms       what a lease says

Whoever finds no unit free builds for itself: then the company has a land contract, and no lease.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from api.demo.city import Space, m2, yuan
from api.demo.days import last_of, months_on, workday, workday_before
from api.demo.lease_kinds import (
    BREAK_FEE_MONTHS,
    DEALS,
    EXITS,
    EXPANDS_AFTER,
    EXPANSIONS,
    HABITS,
    LANDINGS,
    LANDINGS_MAX,
    MORE,
    NEGOTIATED,
    NOT_LET,
    NOTICE_DAYS,
    OPTION_DAYS,
    SERVICE_FEN,
    SETTLERS_MAX,
    YEARLY_INDEX,
    Deal,
    Habit,
    Life,
)
from api.demo.pipeline import END, Journey
from api.demo.steps import ENDED_BEFORE_EXIT, SignedLease
from ledger.leases.terms import (
    Break,
    DepositInterest,
    Indexation,
    Premises,
    Quote,
    RenewalOption,
    RentFree,
    RentStep,
    Terms,
    TurnoverRent,
    monthly,
)
from ledger.periods import month_of


class Tenancy(Struct, frozen=True, kw_only=True):
    """A lease. `ends_on`: its last day where it does not run its term; `follows`: the lease that it renews.

    adds   its company has settled in already, and says that it has further premises now
    """

    number: int
    lease: str
    company: str
    clerk: str
    deal: Deal
    spaces: tuple[Space, ...]
    more: tuple[Space, ...] = ()
    signed_on: date
    handed_over_on: date
    begins_on: date
    noticed_on: date | None = None
    ends_on: date | None = None
    follows: str | None = None
    adds: bool = False
    habit: Habit = "prompt"

    @property
    def expiry_on(self) -> date:
        """The last day of the term as it was first agreed."""
        return months_on(self.begins_on, self.deal.months) - timedelta(days=1)

    @property
    def over_on(self) -> date | None:
        """The last day that the tenant is there, where that is before the end of everything told here or known."""
        match self.life:
            case "exits" | "is-taken-over":
                return self.ends_on
            case "expires" | "renews":
                return self.expiry_on
            case "breaks":
                return months_on(self.begins_on, 12) - timedelta(days=1)
            case "is-bought-out" | "defaults":
                return last_of(month_of(months_on(self.begins_on, 11)))
            case "leaves-after-holdover":
                return last_of(month_of(months_on(self.expiry_on + timedelta(days=1), 3)))
        return None

    @property
    def life(self) -> Life:
        """The course that the tenancy takes."""
        return self.deal.life

    @property
    def units(self) -> tuple[str, ...]:
        """The units it is signed for."""
        return tuple(space.unit for space in self.spaces)


# Which units are free


class _Rooms:
    """Units and the days on which somebody has them."""

    def __init__(self, spaces: Sequence[Space]) -> None:
        self._spaces = spaces
        self._taken: dict[str, list[tuple[date, date]]] = {space.unit: [] for space in spaces}

    def find(self, deal: Deal, wanted: int, from_on: date, until_on: date, chance: Random) -> tuple[Space, ...]:
        """Units of one building for these days, fewer than wanted where there are not so many; none where none is."""
        by_building: dict[str, list[Space]] = {}
        for space in self._spaces:
            if space.use == deal.use and space.ready_on <= from_on and self._is_free(space, from_on, until_on):
                by_building.setdefault(space.building, []).append(space)
        if not by_building:
            return ()
        most = max(min(len(some), wanted) for some in by_building.values())
        fitting = [some for some in by_building.values() if len(some) >= most]
        return tuple(chance.choice(fitting)[:most])

    def take(self, spaces: Sequence[Space], from_on: date, until_on: date) -> None:
        """From now on somebody has them on these days."""
        for space in spaces:
            self._taken[space.unit].append((from_on, until_on))

    def _is_free(self, space: Space, from_on: date, until_on: date) -> bool:
        return all(until < from_on or until_on < since for since, until in self._taken[space.unit])


# Who signs when


class _Wish(Struct, frozen=True, kw_only=True):
    """A lease that somebody would like to sign."""

    journey: Journey
    nth: int
    deal: Deal
    signed_on: date
    handed_over_on: date
    begins_on: date
    ends_on: date | None = None
    noticed_on: date | None = None


def tenancies(journeys: Sequence[Journey], spaces: Sequence[Space], seed: int) -> list[Tenancy]:
    """Every lease, those that renew another one behind it, in the order signed."""
    chance = Random(f"tenancies {seed}")
    wishes = sorted(_wishes(journeys), key=lambda wish: (wish.signed_on, wish.journey.prospect.firm.number, wish.nth))
    rooms, found = _Rooms(spaces), list[Tenancy]()
    for wish in wishes:
        housed = any(tenancy.company == wish.journey.prospect.company for tenancy in found)
        if wish.nth == 1 or housed:
            found += _let(wish, rooms, len(found) + 1, chance)
    return found


def _wishes(journeys: Sequence[Journey]) -> Iterator[_Wish]:
    settlers = [journey for journey in journeys if journey.step("settled-in")][:SETTLERS_MAX]
    by_day = sorted(settlers, key=lambda journey: _day(journey, "settled-in"))
    staying = [journey for journey in by_day if not _exit_of(journey)]
    for journey in by_day:
        deal = _exit_deal(journey) if _exit_of(journey) else DEALS[staying.index(journey) % len(DEALS)]
        yield _settling(journey, 1, deal, _day(journey, "settled-in"), whole_month=journey.prospect.firm.number % 3 > 0)
        if journey.step("premises"):
            more = replace(_exit_deal(journey), use="LABORATORY", units=1) if _exit_of(journey) else MORE
            yield _settling(journey, 2, more, _day(journey, "premises"), whole_month=True)
    for at, more in EXPANSIONS.items():
        if at < len(staying) and not staying[at].step("premises") and not staying[at].step("exiting"):
            on = workday(_day(staying[at], "settled-in") + EXPANDS_AFTER)
            if on < END - timedelta(days=60):
                yield _settling(staying[at], 2, more, on, whole_month=True)
    qualified = [journey for journey in journeys if journey.step("qualified") and not journey.step("settled-in")]
    looking = [journey for journey in qualified if _is_welcome(journey)]
    looking.sort(key=lambda journey: _day(journey, "qualified"))
    for at, journey in enumerate(looking[:LANDINGS_MAX]):
        on = workday(_day(journey, "qualified") + timedelta(days=20))
        deal = LANDINGS[at % len(LANDINGS)]
        yield _settling(journey, 1, deal, on + timedelta(days=14), whole_month=True)
    agreed = [journey for journey in looking[LANDINGS_MAX:] if journey.step("loi")]
    for on, life, journey in _known_by(agreed, NEGOTIATED):
        deal = Deal(use="INDUSTRIAL", months=60, life=life, units=2, every=3, free_months=3, step=4)
        yield _settling(journey, 1, deal, workday(on) + timedelta(days=14), whole_month=True)


def _day(journey: Journey, name: str) -> date:
    step = journey.step(name)
    assert step is not None, f"{journey.prospect.company} is never {name}"
    return step.on


def _is_welcome(journey: Journey) -> bool:
    return not any(journey.step(name) for name in ("rejected", "merged", "hit"))


def _known_by(
    journeys: Sequence[Journey], negotiated: Sequence[tuple[date, Life]]
) -> Iterator[tuple[date, Life, Journey]]:
    """Each negotiation with somebody who had signed a letter of intent by then; without one, it is left out."""
    left = list(journeys)
    for on, life in negotiated:
        ready = [journey for journey in left if _day(journey, "loi") <= on - timedelta(days=90)]
        if ready:
            left.remove(ready[0])
            yield on, life, ready[0]


def _exit_of(journey: Journey) -> date | None:
    step = journey.step("exited") or journey.step("exited-with-heir")
    return step.on if step else None


def _exit_deal(journey: Journey) -> Deal:
    return replace(EXITS, life="is-taken-over") if journey.step("exited-with-heir") else EXITS


def _settling(journey: Journey, nth: int, deal: Deal, on: date, *, whole_month: bool) -> _Wish:
    """Signed two weeks before that day, keys on the day before it; the term begins with it or with a month."""
    exit_on, noticed = _exit_of(journey), journey.step("exiting")
    return _Wish(
        journey=journey,
        nth=nth,
        deal=deal,
        signed_on=workday_before(on - timedelta(days=13)),
        handed_over_on=workday_before(on),
        begins_on=months_on(on.replace(day=1), 1) if whole_month and on.day > 1 else on,
        ends_on=exit_on - ENDED_BEFORE_EXIT if exit_on else None,
        noticed_on=noticed.on if exit_on and noticed else None,
    )


def _let(wish: _Wish, rooms: _Rooms, number: int, chance: Random) -> Iterator[Tenancy]:
    deal, prospect = wish.deal, wish.journey.prospect
    expiry_on = months_on(wish.begins_on, deal.months) - timedelta(days=1)
    until = _held_until(wish, expiry_on)
    grows = 1 if deal.life == "grows" else 0
    spaces = rooms.find(deal, deal.units + grows, wish.signed_on - timedelta(days=21), until, chance)
    if not spaces:
        return
    if deal.life == "shrinks" and len(spaces) == 1:
        deal = replace(deal, life="stays")
    if grows and len(spaces) <= deal.units:
        deal, grows = replace(deal, life="stays"), 0
    if deal.life not in NOT_LET:
        rooms.take(spaces, wish.signed_on, until)
    tenancy = Tenancy(
        number=number,
        lease=f"lease-{prospect.firm.number}-{wish.nth}-demo",
        company=prospect.company,
        clerk=wish.journey.clerk,
        deal=deal,
        spaces=spaces[: len(spaces) - grows],
        more=spaces[len(spaces) - grows :],
        signed_on=wish.signed_on,
        handed_over_on=wish.handed_over_on,
        begins_on=wish.begins_on,
        ends_on=wish.ends_on,
        noticed_on=wish.noticed_on,
        adds=wish.nth > 1 and not wish.journey.step("premises"),
        habit=_habit(deal, number),
    )
    yield tenancy
    if deal.life == "renews" and expiry_on < END:
        yield _successor(tenancy, number + 1)


def _held_until(wish: _Wish, expiry_on: date) -> date:
    match wish.deal.life:
        case "exits" | "is-taken-over":
            return wish.ends_on or expiry_on
        case "expires" | "breaks" | "is-bought-out" | "defaults":
            return expiry_on
    return date.max


def _habit(deal: Deal, number: int) -> Habit:
    match deal.life:
        case "exits" | "is-taken-over" | "grows" | "breaks" | "is-bought-out":
            return "prompt"
        case "defaults":
            return "gone-quiet"
    return HABITS[number % len(HABITS)]


def _successor(tenancy: Tenancy, number: int) -> Tenancy:
    """The lease that the option gives: three years more, the same units."""
    begins = tenancy.expiry_on + timedelta(days=1)
    return replace(
        tenancy,
        number=number,
        lease=tenancy.lease.replace("-1-demo", "-1b-demo"),
        deal=replace(tenancy.deal, months=36, life="follows", step=3),
        signed_on=workday_before(tenancy.expiry_on - timedelta(days=OPTION_DAYS + 15)),
        handed_over_on=workday_before(begins),
        begins_on=begins,
        follows=tenancy.lease,
        adds=True,
    )


def signed_leases(tenancies: Sequence[Tenancy]) -> Mapping[str, tuple[SignedLease, ...]]:
    """Company -> the leases that its own steps name."""
    found: dict[str, tuple[SignedLease, ...]] = {}
    for tenancy in tenancies:
        if tenancy.life not in (*NOT_LET, "signed") and tenancy.follows is None:
            signed = SignedLease(
                lease=tenancy.lease, executed_on=tenancy.signed_on, handed_over_on=tenancy.handed_over_on
            )
            found[tenancy.company] = (*found.get(tenancy.company, ()), signed)
    return found


# What they say


def terms(tenancy: Tenancy) -> Terms:
    """The terms as signed."""
    deal, area = tenancy.deal, sum(space.area_dm2 for space in tenancy.spaces)
    rent_fen = tenancy.spaces[0].rent_fen
    free_until = months_on(tenancy.begins_on, deal.free_months) - timedelta(days=1)
    quotes = [_quote(deal, rent_fen, area, year) for year in range(max(1, -(-deal.months // 12)))]
    steps = tuple(
        RentStep(from_on=months_on(tenancy.begins_on, 12 * year), rent=quote)
        for year, quote in enumerate(quotes if deal.step else quotes[:1])
    )
    return Terms(
        premises=tuple(Premises(unit=space.unit, area=m2(space.area_dm2)) for space in tenancy.spaces),
        commencement_on=tenancy.begins_on,
        expiry_on=tenancy.expiry_on,
        rent=steps,
        rent_free=(RentFree(from_on=tenancy.begins_on, until_on=free_until),) if deal.free_months else (),
        billed_every_months=deal.every,
        billed=deal.billed,
        due_days=deal.due_days,
        lines=deal.lines,
        proration=deal.proration,
        deposit=yuan(2 * monthly(quotes[0], area)),
        service_charge=Quote(price=yuan(SERVICE_FEN[deal.use]), per="M2_MONTH"),
        vat="SIMPLIFIED" if deal.simplified else "GENERAL",
        indexation=_indexation(tenancy),
        breaks=_breaks(tenancy),
        renewal=RenewalOption(months=36, notice_days=OPTION_DAYS) if deal.life == "renews" else None,
        incentive=yuan(deal.incentive_fen),
        deposit_interest=DepositInterest(rate="0.0095") if deal.bears_interest else None,
        turnover_rent=TurnoverRent(share="0.06", breakpoint="90000.00") if deal.sells else None,
    )


def _quote(deal: Deal, rent_fen: int, area_dm2: int, year: int) -> Quote:
    """The rent of a year, quoted as the deal quotes it."""
    fen = rent_fen * (100 + deal.step) ** year // 100**year
    match deal.per:
        case "M2_MONTH":
            return Quote(price=yuan(fen), per=deal.per)
        case "M2_DAY_365":
            return Quote(price=yuan(fen * 12 // 365), per=deal.per)
        case "M2_DAY_30":
            return Quote(price=yuan(fen // 30), per=deal.per)
    return Quote(price=f"{fen * area_dm2 // 10_000}.00", per=deal.per)


def _indexation(tenancy: Tenancy) -> Indexation | None:
    if tenancy.deal.index is None:
        return None
    base_on = months_on(tenancy.begins_on.replace(day=1), -2)
    ratio_form = tenancy.deal.index == YEARLY_INDEX
    return Indexation(series=tenancy.deal.index, base_on=base_on, floor="0.01", cap="0.04", ratio_form=ratio_form)


def _breaks(tenancy: Tenancy) -> tuple[Break, ...]:
    if tenancy.life != "breaks" and (tenancy.life != "stays" or tenancy.deal.months < 36 or tenancy.number % 2):
        return ()
    on = months_on(tenancy.begins_on, 12 if tenancy.life == "breaks" else 24) - timedelta(days=1)
    return (Break(on=on, notice_days=NOTICE_DAYS, party="TENANT", fee_months=BREAK_FEE_MONTHS),)

"""How energy agreements begin and go on, and what their meters show at the end of each month.

supplied    every step of every agreement but its settlement

Registers are kept in tenths, as meters show them; where there are bands, the bands sum to the whole.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from msgspec.structs import replace

from api.demo.city import evidence
from api.demo.days import at, last_of
from api.demo.deals.energy import DESK, PRICE, SUPPLIES, Supply
from api.demo.people import APPROVER
from api.demo.pipeline import END
from api.demo.steps import Step
from ledger.decider import By, Command
from ledger.offtake.amending import ApproveOfftakeAmendment, ProposeOfftakeAmendment
from ledger.offtake.delivery import RecordSavings
from ledger.offtake.energy import WH, kwh
from ledger.offtake.life import (
    DeclareCommercialOperation,
    DraftOfftake,
    ExecuteOfftake,
    ExpireOfftake,
    ResumeDelivery,
    SatisfyConditions,
    SuspendDelivery,
    TerminateOfftake,
)
from ledger.offtake.meters.facts import BandValues
from ledger.offtake.meters.metering import CorrectRead, InstallMeter, ReadMeter, RemoveMeter, ReplaceMeter
from ledger.offtake.terms import Indexed
from ledger.periods import month_of

Told = Iterator[tuple[date, By, Command]]
"""Recorded on which day, by whom, what."""


def supplied(seed: int) -> Iterator[Step]:
    """Every step of every agreement but its settlement."""
    for supply in SUPPLIES:
        told = [
            *_agreed(supply),
            *(_saved(supply, seed) if supply.saves else _metered(supply, seed)),
            *_happened(supply),
        ]
        for nth, (on, by, command) in enumerate(told):
            instant = at(on, 10 + supply.number, nth)
            if instant.date() <= END:
                yield Step(recorded_at=instant, by=by, command=command)


# From draft to delivery


def _agreed(supply: Supply) -> Told:
    name, on = supply.agreement, supply.agreed_on
    drafted = on - timedelta(days=1)
    yield drafted, DESK, DraftOfftake(agreement=name, terms=supply.terms, effective_on=drafted)
    paper = evidence(f"Contract {name}", on)
    yield on, APPROVER, ExecuteOfftake(agreement=name, document=paper, effective_on=on)
    if supply.number in (2, 6):
        permit = evidence(f"Grid permit of {name}", on)
        yield on, DESK, SatisfyConditions(agreement=name, evidence=permit, effective_on=on)
    if not supply.monthly:
        return
    since = supply.delivers_from
    proof = evidence(f"Start of {name}", since)
    yield since, DESK, DeclareCommercialOperation(agreement=name, evidence=proof, effective_on=since)
    if not supply.saves:
        install = InstallMeter(
            meter=supply.meter,
            agreement=name,
            start=_shown(_first(supply)[0]),
            digits=supply.digits,
            ct=supply.ct,
            bands=_bands(_first(supply)) if supply.banded else None,
            effective_on=since,
        )
        yield since, DESK, install


def _happened(supply: Supply) -> Told:
    """Tell what becomes of some supplies: suspended, amended, expired or terminated."""
    name = supply.agreement
    match supply.number:
        case 2:
            reason = "The boiler is overhauled (demo)"
            stop, go = OVERHAULED
            yield stop, DESK, SuspendDelivery(agreement=name, reason=reason, effective_on=stop)
            yield go, DESK, ResumeDelivery(agreement=name, effective_on=go)
        case 3:
            on, paper = date(2025, 1, 1), evidence(f"Supplement to {name}", date(2024, 12, 20))
            price = Indexed(series=PRICE, discount="0.08", floor="0.5000", cap="0.6300")
            terms = replace(supply.terms, price=price)
            given = {"agreement": name, "amendment": "supplement-1-demo"}
            yield date(2025, 1, 2), DESK, ProposeOfftakeAmendment(**given, terms=terms, document=paper, effective_on=on)
            agreed = date(2025, 1, 3)
            yield agreed, APPROVER, ApproveOfftakeAmendment(**given, effective_on=agreed)
        case 5:
            yield date(2024, 7, 1), DESK, ExpireOfftake(agreement=name, effective_on=date(2024, 7, 1))
        case 6:
            on = date(2025, 9, 15)
            paper, reason = evidence(f"Deed on {name}", on), "The plant is not built (demo)"
            yield on, DESK, TerminateOfftake(agreement=name, reason=reason, document=paper, effective_on=on)


# Meters

Shown = tuple[int, ...]
"""What the registers show in tenths: the whole; where there are bands, peak, flat, valley too."""
BAND_SHARES = (45, 33)
"""Peak and flat, in percent."""
REPLACED, REPLACED_ON = (2, "2024-09"), date(2024, 9, 18)
ESTIMATED, READ_AFTER_ALL_ON = (3, "2024-11"), date(2024, 12, 18)
"""Agreement and month."""
GUESSED_SHORT = 210
OVERHAULED = date(2025, 2, 3), date(2025, 2, 10)
"""Delivery stops with the first day and goes on with the second: what went through before is read at both edges."""
REMOVED_ON = date(2024, 7, 3)


def _first(supply: Supply) -> Shown:
    return (0, 0, 0, 0) if supply.banded else (supply.start * 10,)


def _metered(supply: Supply, seed: int) -> Told:
    """A read at the end of each month; one is an estimate until somebody could read it; one meter is replaced."""
    chance, shows = Random(f"{supply.agreement} {seed}"), _first(supply)
    for month in supply.months:
        more = _through(supply, month, chance)
        if (supply.number, month) == REPLACED:
            half = tuple(part // 2 for part in more)
            yield from _replaced(supply, _after(supply, shows, half))
            shows, more = _first(supply), half
        if supply.number == 2 and month == month_of(OVERHAULED[0]):
            some = _share(more)
            shows, more = _after(supply, shows, some), tuple(all_ - part for all_, part in zip(more, some, strict=True))
            for edge in OVERHAULED:
                on = edge - timedelta(days=1)
                at_edge = ReadMeter(meter=supply.meter, value=_shown(shows[0]), bands=_bands(shows), effective_on=on)
                yield on, DESK, at_edge
        before, shows = shows, _after(supply, shows, more)
        read: dict[str, Any] = {
            "meter": supply.meter,
            "effective_on": last_of(month),
            "rolled_over": shows[0] < before[0],
            "bands": _bands(shows) if supply.banded else None,
        }
        if (supply.number, month) == ESTIMATED:
            guess = _shown(shows[0] - GUESSED_SHORT)
            yield last_of(month), DESK, ReadMeter(**read, value=guess, quality="ESTIMATED")
            reason = "The substation could be entered again (demo)"
            yield READ_AFTER_ALL_ON, DESK, CorrectRead(**read, value=_shown(shows[0]), reason=reason)
        else:
            yield last_of(month), DESK, ReadMeter(**read, value=_shown(shows[0]))
    if supply.number == 5:
        reason = "The trial is over (demo)"
        gone = RemoveMeter(meter=supply.meter, final=_shown(shows[0]), reason=reason, effective_on=REMOVED_ON)
        yield REMOVED_ON, DESK, gone


def _through(supply: Supply, month: str, chance: Random) -> Shown:
    """Draw the energy of a month, in tenths of the register: less in the first one, which is no whole one. Bands are
    even, so that halves of them sum to half of the whole."""
    energy = supply.about(month) * chance.randint(93, 107) // 100
    if month == month_of(supply.delivers_from):
        energy = energy * (last_of(month).day - supply.delivers_from.day + 1) // last_of(month).day
    tenths = energy * 10 // supply.ct
    if not supply.banded:
        return (tenths,)
    peak, flat = (tenths * part // 200 * 2 for part in BAND_SHARES)
    valley = (tenths - peak - flat) // 2 * 2
    return (peak + flat + valley, peak, flat, valley)


def _share(more: Shown) -> Shown:
    """The first days of a month: a fourteenth of each band, even again, and their sum."""
    bands = tuple(part // 28 * 2 for part in more[1:])
    return (sum(bands), *bands)


def _after(supply: Supply, shows: Shown, more: Shown) -> Shown:
    around = 10 ** (supply.digits + 1)
    return tuple((before + part) % around for before, part in zip(shows, more, strict=True))


def _shown(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"


def _bands(shows: Shown) -> BandValues:
    _, peak, flat, valley = map(_shown, shows)
    return BandValues(peak=peak, flat=flat, valley=valley)


def _replaced(supply: Supply, shows: Shown) -> Told:
    on, new = REPLACED_ON, _first(supply)
    device = ReplaceMeter(
        meter=supply.meter,
        final=_shown(shows[0]),
        final_bands=_bands(shows),
        start=_shown(new[0]),
        start_bands=_bands(new),
        digits=supply.digits,
        ct=supply.ct,
        reason="The display had gone blank (demo)",
        effective_on=on,
    )
    yield on, DESK, device


def _saved(supply: Supply, seed: int) -> Told:
    """Report the savings of each month: what would have been used, and what was."""
    chance = Random(f"{supply.agreement} {seed}")
    for month in supply.months:
        last, baseline = last_of(month), supply.about(month) * WH
        report = RecordSavings(
            agreement=supply.agreement,
            month=month,
            baseline=kwh(baseline),
            factor=f"1.0{chance.randint(1, 5)}",
            measured=kwh(baseline * chance.randint(68, 79) // 100),
            report=evidence(f"Savings of {month}, {supply.agreement}", last),
            effective_on=last,
        )
        yield last, DESK, report

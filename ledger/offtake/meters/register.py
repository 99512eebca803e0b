"""What registers may show: they go up, round where that is said, and no further round than can be.

check_register   every point of a meter against the one before
check_recorded   the same with a fact that says what the registers show on its day, and whether that can be meant

Refusals, in order of precedence
├── RegisterTooLarge     more digits than the register has
├── ReadGoesBack         E1: the register showed more before, or less after; none went round though that is said
├── BandsGoBack          the same for a band
└── RolloverImplausible  a register went round that counted more than half of its range: `checked` says why
"""

from fractions import Fraction
from itertools import pairwise

from ledger.offtake.meters.facts import BandValues, MeterFact
from ledger.offtake.meters.meter import Meter, Point, points, register_steps
from ledger.offtake.rules import OfftakeRefusal
from ledger.offtake.terms import BANDS, Band
from ledger.values.money import rounded

HOW = (
    "correct the read that is wrong; say `rolled_over` where it went round; a register that began again is replaced by "
    "itself with `replace-meter`, on the day that it did; a first value that is wrong goes with "
    "`withdraw-meter-step` of what says it"
)
"""The ways out where a register shows less than before."""

# Refusals


class RegisterTooLarge(OfftakeRefusal):
    """More digits than the register has."""

    code = "register-too-large"


class ReadGoesBack(OfftakeRefusal):
    """E1: the register showed more before, or less after."""

    code = "read-goes-back"


class BandsGoBack(OfftakeRefusal):
    """E1 for a band."""

    code = "bands-go-back"


class RolloverImplausible(OfftakeRefusal):
    """A register went round that counted more than half of its range since the read before."""

    code = "rollover-implausible"


# What they may show


def check_recorded(meter: Meter, fact: MeterFact) -> None:
    """Check the registers with a fact that says what they show on its day. Raises what check_register raises,
    RolloverImplausible."""
    check_register(meter)
    shown = points(meter)
    at = next(at for at, point in enumerate(shown) if fact in point.facts and point.day == fact.effective_on)
    point = shown[at]
    values = [Fraction(point.value), *(_bands(point.bands))]
    before = [Fraction(shown[at - 1].onward), *(_bands(shown[at - 1].onward_bands))]
    if point.rolled_over and all(after >= value for value, after in zip(before, values, strict=False)):
        raise ReadGoesBack(
            f"at the end of {point.day} no register shows less than at the end of {shown[at - 1].day}: none "
            "went round, so leave `rolled_over` out",
            field="rolled_over",
        )
    for earlier, later in pairwise(shown[at - 1 : at + 2]):
        if later.rolled_over and not later.checked:
            _check_plausible(earlier, later)


def _bands(bands: BandValues | None) -> list[Fraction]:
    return [Fraction(bands.of(band)) for band in BANDS] if bands is not None else []


def _check_plausible(earlier: Point, later: Point) -> None:
    """A register that went round counted at most half of its range; more is asked about. Raises RolloverImplausible."""
    whole = 10**earlier.digits
    for band, went in register_steps(earlier, later):
        if _shows_less(earlier, later, band) and went * 2 > whole:
            register = "the register" if band is None else f"the register of {band}"
            raise RolloverImplausible(
                f"{register} would have counted about {rounded(went)} of {whole} from the end of {earlier.day} to "
                f"that of {later.day}: one that began again is replaced by itself with `replace-meter`, on that "
                "day; where it went so far, say in `checked` how you know",
                field="rolled_over",
            )


def _shows_less(earlier: Point, later: Point, band: Band | None) -> bool:
    if band is None:
        return Fraction(later.value) < Fraction(earlier.onward)
    if earlier.onward_bands is None or later.bands is None:
        return False
    return Fraction(later.bands.of(band)) < Fraction(earlier.onward_bands.of(band))


def check_register(meter: Meter) -> None:
    """E1: registers go up, and round where that is said. Raises RegisterTooLarge, ReadGoesBack, BandsGoBack."""
    shown = points(meter)
    digits = shown[0].digits
    for point in shown:
        for value in (point.value, *(point.bands.of(band) for band in BANDS if point.bands is not None)):
            _check_fits(value, digits)
        digits = point.digits
        _check_fits(point.onward, digits)
    for earlier, later in pairwise(shown):
        if later.rolled_over:
            continue
        if _shows_less(earlier, later, None):
            raise ReadGoesBack(
                f"at the end of {later.day} the register shows {later.value}, at the end of {earlier.day} "
                f"{earlier.onward}: {HOW}",
                field="value",
            )
        for band in BANDS:
            if _shows_less(earlier, later, band):
                raise BandsGoBack(
                    f"{band} shows less at the end of {later.day} than at the end of {earlier.day}: {HOW}",
                    field="bands",
                )


def _check_fits(value: str, digits: int) -> None:
    if Fraction(value) >= 10**digits:
        raise RegisterTooLarge(
            f"{value} does not fit into a register of {digits} digits: it shows what is left once it went round, which "
            "`rolled_over` says",
            field="value",
        )

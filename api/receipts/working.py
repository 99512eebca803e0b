"""How a figure was worked out, in words and figures that can be reckoned again.

A working is steps with semicolons between them. A step is figures with × ÷ + - between them, taken from left to right,
then = and what that comes to, rounded half up to its own decimals; or ≈, where a sum was shared to the fen, so that it
may be one off. Words follow figures, and in brackets they explain. The last step comes to the figure.

step, steps    put together
shared         a part of an amount, by weight
of_fact        a fact's own amount: energy at its price, money at its rate, a fee on what was open, VAT upon a net
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from ledger.billing.facts import Issued, LateFeeAssessed
from ledger.decider import Fact
from ledger.investment.facts import ContributionRecorded
from ledger.offtake.charges.facts import EnergyLateFeeAssessed
from ledger.offtake.energy import kwh
from ledger.offtake.facts import EnergyLine, StatementCalculated
from ledger.values.money import EXPONENT, FEN, minor, rounded, written

LINES = 40
"""The most steps that are written out."""


def number(figure: str) -> str:
    """A figure as people read it: 13,800.00."""
    return f"{Decimal(figure):,f}"


def step(terms: str, comes_to: str, unit: str = "", *, note: str = "", about: bool = False) -> str:
    """One step: 60.00 CNY/m2/month × 230.00 m2 = 13,800.00 CNY/month (by the lease's terms)."""
    end = (f" {unit}" if unit else "") + (f" ({note})" if note else "")
    return f"{terms} {'≈' if about else '='} {number(comes_to)}{end}"


def steps(some: Iterable[str]) -> str | None:
    """Several steps; None where there are none, or more than anybody reads."""
    found = list(some)
    return "; ".join(found) if 0 < len(found) <= LINES else None


def shared(amount: str, own: str, whole: str, unit: str, part: str, note: str) -> str:
    """A part of an amount, by weight: 13,800.00 × 120.00 m2 ÷ 230.00 m2 ≈ 7,200.00."""
    terms = f"{number(amount)} × {number(own)} {unit} ÷ {number(whole)} {unit}"
    return step(terms, part, note=note, about=True)


def added(parts: Sequence[str], total: str, note: str = "") -> list[str]:
    """The step that adds what the steps before it came to; none where that was one."""
    if len(parts) < 2:
        return []
    terms = number(parts[0]) + "".join(f" {'-' if part.startswith('-') else '+'} {_size(part)}" for part in parts[1:])
    return [step(terms, total, note=note)]


def _size(part: str) -> str:
    return number(part.removeprefix("-"))


# Facts


def of_fact(fact: Fact) -> str | None:
    """The way in which a fact's own amount came about; None where it is what somebody said."""
    match fact:
        case LateFeeAssessed() | EnergyLateFeeAssessed():
            return steps(_late_fee(fact))
        case Issued():
            return steps(_issued(fact))
        case ContributionRecorded():
            return steps(_contribution(fact))
        case StatementCalculated():
            return steps(energy(fact.lines))
    return None


def _late_fee(fact: LateFeeAssessed | EnergyLateFeeAssessed) -> Iterable[str]:
    """The amounts open, each day, at a rate a day; the most that was open where that is less."""
    open_on = [(span.open_minor, (span.until_on - span.from_on).days + 1) for span in fact.spans]
    open_on = open_on or [(fact.principal_minor, fact.days)]
    exact = sum(amount * days for amount, days in open_on)
    if rounded(exact * Fraction(fact.rate_per_day)) != fact.gross_minor:
        yield step(number(written(fact.gross_minor)), written(fact.gross_minor), note=f"what {fact.on_invoice} leaves")
        return
    days = [written(amount * days) for amount, days in open_on]
    for (amount, count), comes_to in zip(open_on, days, strict=True):
        yield step(f"{number(written(amount))} open × {count} days", comes_to)
    total = written(exact)
    yield from added(days, total)
    yield step(f"{number(total)} × {fact.rate_per_day} a day", written(fact.gross_minor), note=f"of {fact.on_invoice}")


def _issued(fact: Issued) -> Iterable[str]:
    """The net of the lines, and the VAT upon it, rounded on each line."""
    for line in fact.lines:
        if line.vat_minor and rounded(line.net_minor * Fraction(line.vat_rate)) == line.vat_minor:
            vat = written(line.vat_minor)
            yield step(f"{number(written(line.net_minor))} net × {line.vat_rate}", vat, note="VAT")
    yield step(
        f"{number(written(fact.net_minor))} net + {number(written(fact.gross_minor - fact.net_minor))} VAT",
        written(fact.gross_minor),
    )


def _contribution(fact: ContributionRecorded) -> Iterable[str]:
    """An amount at the rate of its value date."""
    if fact.rate is None:
        return
    amount = number(written(fact.amount_minor, EXPONENT[fact.currency]))
    terms = f"{amount} {fact.currency} × {fact.rate} CNY/{fact.currency}"
    yield step(terms, written(fact.cny_minor), "CNY", note=f"the rate of {fact.effective_on}, its value date")


def energy(lines: Sequence[EnergyLine], spot: str = "") -> Iterable[str]:
    """Energy at its price, line by line; `spot`: the prices of what was delivered, where each interval has its own."""
    for line in lines:
        net = written(line.net_minor)
        terms = f"{number(kwh(line.energy_wh))} kWh × {line.price} CNY/kWh"
        exact = Fraction(kwh(line.energy_wh)) * Fraction(line.price) * 10**FEN
        yield step(
            terms if rounded(exact) == line.net_minor else number(net),
            net,
            note=f"{line.kind}: {spot}" if spot and line.kind == "DELIVERED" else line.kind,
        )
    parts = [written(line.net_minor) for line in lines]
    yield from added(parts, written(sum(minor(part) for part in parts)))

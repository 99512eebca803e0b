"""The invented pipeline: which ways companies take, how long each step lasts, and when we came to know of it.

WAYS       the ways, as steps in order, and how often each is taken
GAPS       days from the step in front
LATE       steps that we came to know of long after they took effect
pipeline   every step of every company
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from api.demo.firms import firms
from api.demo.steps import CLERKS, STEPS, Step, Taken, by
from ledger.companies import OriginChannel

BEGIN, END = date(2023, 7, 10), date(2026, 6, 30)
"""Three years: every lead, and every step after it."""

CHANNELS: Sequence[OriginChannel] = (
    "CIIE_PAVILION",
    "BAC_REFERRAL",
    "DIRECT",
    "GOV_AGREEMENT",
    "PARTNER",
    "OTHER",
)
FAIRS = (date(2023, 11, 5), date(2024, 11, 5), date(2025, 11, 5))
FAIR_DAYS = 5

WAYS: Sequence[tuple[int, str]] = (
    (8, "lead touch screened qualified loi agreement registered lei parent reported settled-in operating renamed"),
    (2, "lead screened qualified loi agreement registered settled-in premises operating exiting exited"),
    (9, "lead"),
    (1, "lead lei merged"),
    (4, "lead hit rejected"),
    (7, "lead touch screened qualified"),
    (8, "lead screened qualified loi"),
    (1, "lead screened qualified agreement registered-by-override lei settled-in corrected"),
    (3, "lead screened qualified loi dormant"),
    (3, "lead touch screened qualified dormant reactivated loi agreement"),
    (6, "lead screened qualified loi agreement"),
    (5, "lead screened qualified loi agreement registered lei"),
    (1, "lead screened qualified origin-corrected loi registered-abroad reported"),
    (6, "lead screened qualified loi agreement registered lei settled-in"),
    (1, "lead screened qualified loi agreement registered settled-in premises operating exiting exited-with-heir"),
    (2, "lead screened qualified rejected"),
    (1, "lead screened qualified loi agreement registered lei settled-in operating exiting"),
)
GAPS = {
    "screened": (4, 20),
    "hit": (4, 20),
    "touch": (10, 40),
    "lei": (3, 12),
    "parent": (1, 5),
    "corrected": (0, 0),
    "merged": (10, 25),
    "dormant": (90, 120),
    "settled-in": (45, 110),
    "operating": (40, 120),
    "exiting": (90, 160),
}
GAP = (12, 55)
LATE = {"renamed": (30, 75), "corrected": (50, 90), "premises": (20, 45)}
LATE_NOW_AND_THEN, LATE_DAYS = 0.05, (20, 60)


def pipeline(companies: int, seed: int) -> Iterator[Step]:
    """Every step of so many companies, company by company; the first ones take each way once."""
    chance = Random(seed)
    named = firms(chance)
    first: Taken | None = None
    twin: Taken | None = None
    for number in range(companies):
        weights, ways = zip(*WAYS, strict=True)
        way = ways[number] if number < len(ways) else chance.choices(ways, weights)[0]
        names = way.split()
        gaps = [chance.randint(*GAPS.get(name, GAP)) for name in names[1:]]
        channel = CHANNELS[number % len(CHANNELS)]
        duplicate = "merged" in names and twin is not None
        if duplicate and twin is not None:
            lead_on, other = twin.lead_on + timedelta(days=chance.randint(10, 20)), twin.company
            channel = twin.channel if twin.channel != "CIIE_PAVILION" else "DIRECT"
        else:
            lead_on, other = _lead_on(channel, sum(gaps), number, chance), first.company if first else ""
        taken = Taken(next(named), channel, lead_on, other)
        first, twin = first or taken, twin if duplicate else taken
        yield from _steps(taken, names, gaps, chance)


def _lead_on(channel: OriginChannel, days: int, number: int, chance: Random) -> date:
    """A day from which the whole way fits before the end; at a fair, for those who came that way."""
    latest = END - timedelta(days=max(days, 75))
    if channel == "CIIE_PAVILION":
        fitting = [fair for fair in FAIRS if fair + timedelta(days=FAIR_DAYS) <= latest]
        return fitting[number // len(CHANNELS) % len(fitting)] + timedelta(days=chance.randint(0, FAIR_DAYS))
    return BEGIN if number == 0 else BEGIN + timedelta(days=chance.randint(0, (latest - BEGIN).days))


def _steps(taken: Taken, names: Sequence[str], gaps: Sequence[int], chance: Random) -> Iterator[Step]:
    on, known_at = taken.lead_on, datetime.min.replace(tzinfo=UTC)
    clerk = chance.choice(CLERKS)
    for name, days in zip(names, (0, *gaps), strict=True):
        on += timedelta(days=days)
        known_at = max(_office_hour(on + timedelta(days=_delay(name, chance)), chance), known_at + timedelta(minutes=4))
        yield Step(recorded_at=known_at, by=by(clerk), command=STEPS[name](taken, on), data_class="FICTIONAL")


def _delay(name: str, chance: Random) -> int:
    """Days until a step is recorded."""
    if name in LATE:
        return chance.randint(*LATE[name])
    if name != "lead" and chance.random() < LATE_NOW_AND_THEN:
        return chance.randint(*LATE_DAYS)
    return chance.randint(0, 3)


def _office_hour(day: date, chance: Random) -> datetime:
    """Some second of a working day in Beijing, 9 to 17 o'clock."""
    workday = day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])
    return datetime.combine(workday, time(1), tzinfo=UTC) + timedelta(seconds=chance.randint(0, 8 * 3600 - 1))

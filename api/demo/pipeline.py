"""The invented pipeline: which ways companies take, how long each step lasts, and when we came to know of it.

CHANNELS   where companies come from, how fast and how far those go
WAYS       the ways, as steps in order, and how often each is taken
GAPS       days from the step in front
LATE       steps that we came to know of long after they took effect
Journey    one company's way: its steps, each with its day and the instant at which we came to know
journeys   the way of every company
pipeline   every step of these journeys; second_words: what others decide about some
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from random import Random
from typing import NamedTuple

from api.demo.days import office_hour, workday
from api.demo.firms import Firm, firms
from api.demo.people import CLERKS, invented
from api.demo.steps import STEPS, Prospect, Step, decided_on
from ledger.companies.facts import OriginChannel

BEGIN, END = date(2023, 7, 10), date(2026, 6, 30)
"""Three years: every lead, and every step after it."""


class Pull(NamedTuple):
    """The effect of a channel on its companies: their days, in percent of GAPS; the odds of a way to an agreement."""

    days_percent: int
    reach: int


CHANNELS: Mapping[OriginChannel, Pull] = {
    "CIIE_PAVILION": Pull(100, 1),
    "BAC_REFERRAL": Pull(70, 3),
    "DIRECT": Pull(110, 1),
    "GOV_AGREEMENT": Pull(130, 4),
    "PARTNER": Pull(85, 2),
    "OTHER": Pull(140, 1),
}
FAIRS = (date(2023, 11, 5), date(2024, 11, 5), date(2025, 11, 5))
FAIR_DAYS = 5
WEEKEND_DAYS = 2

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


class StepTaken(NamedTuple):
    """One step of a way."""

    name: str
    on: date
    known_at: datetime


class Journey(NamedTuple):
    """One company's way."""

    prospect: Prospect
    clerk: str
    steps: tuple[StepTaken, ...]

    def step(self, name: str) -> StepTaken | None:
        """The first step of that name."""
        return next((step for step in self.steps if step.name == name), None)


def journeys(companies: int, seed: int) -> Iterator[Journey]:
    """The way of so many companies, company by company; the first ones take each way once."""
    chance = Random(seed)
    known: list[Prospect] = []
    for number, firm in enumerate(islice(firms(chance), companies)):
        channel = tuple(CHANNELS)[number % len(CHANNELS)]
        names = _way(number, channel, chance).split()
        gaps = [chance.randint(*GAPS.get(name, GAP)) * CHANNELS[channel].days_percent // 100 for name in names[1:]]
        if "merged" in names:
            prospect = _twin(firm, known[-1], chance)
        else:
            lead_on = _lead_on(channel, sum(gaps), number, chance)
            prospect = Prospect(firm, channel, lead_on, known[0].company if known else firm.company)
            known.append(prospect)
        yield Journey(prospect, chance.choice(CLERKS), tuple(_steps(prospect, names, gaps, chance)))


def pipeline(journeys: Sequence[Journey]) -> Iterator[Step]:
    """Every step of every company, company by company."""
    for journey in journeys:
        for name, on, known_at in journey.steps:
            yield Step(recorded_at=known_at, by=invented(journey.clerk), command=STEPS[name](journey.prospect, on))


def second_words(journeys: Sequence[Journey]) -> Iterator[Step]:
    """Decisions of others about steps that only propose, in the same hours."""
    for journey in journeys:
        for name, on, known_at in journey.steps:
            proposal = STEPS[name](journey.prospect, on)
            for minutes, by, command in decided_on(journey.prospect, proposal, invented(journey.clerk)):
                yield Step(recorded_at=known_at + timedelta(minutes=minutes), by=by, command=command)


def _way(number: int, channel: OriginChannel, chance: Random) -> str:
    if number < len(WAYS):
        return WAYS[number][1]
    reach = CHANNELS[channel].reach
    weights = [often * reach if "agreement" in way else often for often, way in WAYS]
    return chance.choices([way for _, way in WAYS], weights)[0]


def _twin(firm: Firm, of: Prospect, chance: Random) -> Prospect:
    """A second record of a company known already, made some days after the first: nobody meets it at a fair again."""
    channel: OriginChannel = "DIRECT" if of.channel == "CIIE_PAVILION" else of.channel
    return Prospect(firm, channel, workday(of.lead_on + timedelta(days=chance.randint(10, 20))), of.company)


def _lead_on(channel: OriginChannel, days: int, number: int, chance: Random) -> date:
    """A day from which the whole way fits before the end; at a fair, for those who came that way."""
    latest = END - timedelta(days=max(days, 75) + WEEKEND_DAYS)
    if channel == "CIIE_PAVILION":
        fitting = [fair for fair in FAIRS if fair + timedelta(days=FAIR_DAYS) <= latest]
        return fitting[number // len(CHANNELS) % len(fitting)] + timedelta(days=chance.randint(0, FAIR_DAYS))
    return workday(BEGIN + timedelta(days=chance.randint(0, (latest - BEGIN).days)))


def _steps(prospect: Prospect, names: Sequence[str], gaps: Sequence[int], chance: Random) -> Iterator[StepTaken]:
    day, known_at = prospect.lead_on, datetime.min.replace(tzinfo=UTC)
    for name, days in zip(names, (0, *gaps), strict=True):
        day += timedelta(days=days)
        on = day if name == "lead" else workday(day)  # a fair is open at weekends
        known_at = max(office_hour(on + timedelta(days=_delay(name, chance)), chance), known_at + timedelta(minutes=4))
        yield StepTaken(name, on, known_at)


def _delay(name: str, chance: Random) -> int:
    """Days until a step is recorded."""
    if name in LATE:
        return chance.randint(*LATE[name])
    if name != "lead" and chance.random() < LATE_NOW_AND_THEN:
        return chance.randint(*LATE_DAYS)
    return chance.randint(0, 3)

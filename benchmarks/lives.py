"""A made-up log: the lives of companies, interleaved as they would be recorded over three years.

lives   (day recorded, fact) in the order recorded, about 14 facts a company, 2 % of them backdated
fill    the same, sealed and inserted in bulk; what the transactor would have stored
store_all   any facts, so stored

Every name and number is invented, and the same each time.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TypeVar

from ledger.companies.facts import (
    CompanyDetailsChanged,
    CompanyDetailsCorrected,
    CompanyExited,
    CompanyFact,
    CompanyQualified,
    CompanyRegistered,
    CompanyReportedSettled,
    CompanyScreened,
    CompanySettledIn,
    Contract,
    EndedContract,
    ExitInitiated,
    IdentifierVerified,
    Intended,
    InvestmentAgreementLinked,
    LeadRegistered,
    LoiSigned,
    OperationsCommenced,
    OriginChannel,
    ParentLinked,
    TouchAdded,
)
from ledger.companies.prospects import SCREENING_LISTS
from ledger.decider import By, Fact, stored_name
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Recorded, encode, to_micros
from ledger.values.evidence import Evidence

BACKDATED = 0.045  # of the facts that may be: 2 % of all
FIRST = date(2023, 1, 2)
DAYS = 3 * 365
BATCH = 10_000
COUNTRIES = ("CN", "US", "DE", "JP", "KR", "SG", "GB", "FR")
CHANNELS: tuple[OriginChannel, ...] = ("BAC_REFERRAL", "GOV_AGREEMENT", "DIRECT", "PARTNER", "OTHER")
BY = By(actor="benchmark", role="deal_desk", method="library", token="0123456789ab", request="bulk")

Step = tuple[date, CompanyFact]
F = TypeVar("F", bound=Fact)


def lives(events: int, seed: int = 1) -> list[Step]:
    """So many steps, in the order recorded."""
    chance = random.Random(seed)
    steps: list[tuple[date, int, CompanyFact]] = []
    company = 0
    while len(steps) < events:
        company += 1
        steps.extend((day, len(steps), fact) for day, fact in _life(company, chance))
    steps.sort(key=lambda step: step[:2])
    return [(day, fact) for day, _, fact in islice(steps, events)]


def _life(number: int, chance: random.Random) -> Iterator[Step]:
    """One company from its lead to wherever it gets; each step some days after the one before."""
    company = f"company-{number:06d}"
    started = FIRST + timedelta(days=chance.randrange(DAYS))
    day = started
    for make in _steps(number, chance):
        fact = make(company, day)
        if day > started and chance.random() < BACKDATED and _free_of_order(fact):
            fact = make(company, started + timedelta(days=chance.randrange((day - started).days)))
        yield day, fact
        day += timedelta(days=chance.randrange(1, 60))


def _free_of_order(fact: CompanyFact) -> bool:
    """Whether the rules let this fact take effect before what is known already."""
    return isinstance(fact, TouchAdded | CompanyDetailsChanged | CompanyDetailsCorrected | CompanyReportedSettled)


def _steps(number: int, chance: random.Random) -> Iterator[Callable[[str, date], CompanyFact]]:
    yield _lead(number, chance)
    yield lambda company, on: CompanyScreened(
        company=company, effective_on=on, result="CLEAR", lists=SCREENING_LISTS, evidence=_evidence(chance)
    )
    yield from _touches(chance, 1, 5)
    yield lambda company, on: CompanyQualified(company=company, effective_on=on)
    if chance.random() < 0.3:
        return
    intended = Intended(currency="CNY", amount=f"{chance.randrange(1, 500)}00000.00")
    yield lambda company, on: LoiSigned(
        company=company, effective_on=on, intended_investment=intended, evidence=_evidence(chance)
    )
    yield from _touches(chance, 0, 2)
    yield lambda company, on: InvestmentAgreementLinked(
        company=company, effective_on=on, agreement=f"ia-{number}", signed_on=on, evidence=_evidence(chance)
    )
    yield from _in_law(number, chance)
    if chance.random() < 0.8:
        yield from _in_the_city(number, chance)


def _lead(number: int, chance: random.Random) -> Callable[[str, date], CompanyFact]:
    pavilion = chance.random() < 0.4
    return lambda company, on: LeadRegistered(
        company=company,
        effective_on=on,
        name=f"Invented Company {number:06d} Limited",
        name_zh=f"虚构企业{number:06d}有限公司",
        country=chance.choice(COUNTRIES),
        origin="CIIE_PAVILION" if pavilion else chance.choice(CHANNELS),
        origin_year=on.year if pavilion else None,
        source="Register of visitors",
    )


def _touches(chance: random.Random, least: int, most: int) -> Iterator[Callable[[str, date], CompanyFact]]:
    for _ in range(chance.randint(least, most)):
        if chance.random() < 0.8:
            yield lambda company, on: TouchAdded(
                company=company, effective_on=on, channel=chance.choice(CHANNELS), note="Met and agreed to meet again"
            )
        else:
            yield lambda company, on: CompanyDetailsChanged(
                company=company, effective_on=on, address=f"{chance.randrange(1, 999)} Invented Road, Meishan"
            )


def _in_law(number: int, chance: random.Random) -> Iterator[Callable[[str, date], CompanyFact]]:
    yield lambda company, on: CompanyRegistered(
        company=company,
        effective_on=on,
        uscc=f"91511400MA{number:08d}",
        address=f"{number} Invented Road, Meishan",
        licence=_evidence(chance),
    )
    yield lambda company, on: IdentifierVerified(
        company=company,
        effective_on=on,
        scheme="LEI",
        value=f"984500{number:014d}",
        method="REGISTRY",
        evidence=_evidence(chance),
    )
    yield lambda company, on: ParentLinked(company=company, effective_on=on, parent_lei=f"529900{number:014d}")
    yield lambda company, on: CompanyDetailsCorrected(
        company=company, effective_on=on, name=f"Invented Company {number:06d} Ltd.", reason="Misspelt", corrects=1
    )


def _in_the_city(number: int, chance: random.Random) -> Iterator[Callable[[str, date], CompanyFact]]:
    yield lambda company, on: CompanyReportedSettled(
        company=company, effective_on=on, statement="It has settled in.", source="An invented paper", published_on=on
    )
    yield lambda company, on: CompanySettledIn(
        company=company,
        effective_on=on,
        licence=_evidence(chance),
        park_address=f"Building {number % 90}, the park",
        contract=Contract(kind="LEASE", reference=f"lease-{number}", executed_on=on, evidence=_evidence(chance)),
        handover_on=on,
        handover=_evidence(chance),
    )
    yield lambda company, on: OperationsCommenced(company=company, effective_on=on, evidence=_evidence(chance))
    yield from _touches(chance, 1, 5)
    if chance.random() < 0.1:
        yield lambda company, on: ExitInitiated(company=company, effective_on=on, reason="Moves away")
        yield lambda company, on: CompanyExited(
            company=company,
            effective_on=on,
            ended=(EndedContract(reference=f"lease-{number}", ended_on=on, evidence=_evidence(chance)),),
            receivable="0",
            deposits_held="0",
        )


def _evidence(chance: random.Random) -> Evidence:
    return Evidence(doc=f"document {chance.randrange(10**6)}", sha256=f"{chance.getrandbits(256):064x}")


# Into a log


def envelopes(steps: Sequence[tuple[date, F]], first: int) -> Iterator[tuple[F, int, bytes]]:
    """(fact, microseconds, envelope) for the positions from `first` on."""
    for position, (day, fact) in enumerate(steps, first):
        at = datetime.combine(day, time(9), UTC) + timedelta(microseconds=position)
        recorded = Recorded(
            position=position,
            recorded_at=at,
            by=BY,
            command=stored_name(type(fact)).partition(".")[2],
            key=f"bulk-{position:08d}",
            data_class="FICTIONAL",
            tags=fact.tags,
            fact=fact,
        )
        yield fact, to_micros(at), encode(recorded)


def fill(where: str, events: int) -> int:
    """Store so many facts in an empty ledger; how many companies they are about."""
    steps = lives(events)
    store_all(where, steps)
    return len({fact.company for _, fact in steps})


def store_all(where: str, steps: Iterable[tuple[date, F]]) -> int:
    """Store facts with the days they are recorded on, in an empty ledger; how many there are."""
    database, stored, rest = Database(where), 0, iter(steps)
    while some := list(islice(rest, BATCH)):
        with database.log.begin() as connection:
            head, sealed = store.lock_head(connection), store.Sealed()
            for fact, at, envelope in envelopes(some, stored + 1):
                name = stored_name(type(fact))
                store.seal(sealed, head, name=name, tags=fact.tags, recorded_us=at, envelope=envelope)
            store.write(connection, sealed, head)
        stored += len(some)
    with database.owner.begin() as connection:
        connection.exec_driver_sql("ANALYZE")  # as on any log that has been in use for a day
    database.close()
    return stored

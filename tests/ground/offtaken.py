"""Facts that offtake rests on: parties, agreements in delivery, meters, rates, open months. All invented.

GROUND       companies, tax rates, an emission factor and the months of 2024 to 2026
amending     an amendment, proposed by the desk and approved by the signer
agreement    the facts of an agreement from draft to commercial operation; TERMS: of domain.md §7
metered      the facts of a meter with reads at the end of months
settled      the facts that a ledger holds once a month is calculated and approved
delivering   an agreement, settled month by month, with so much energy in each
DESK, SIGNER, FINANCE, CHECKER   who records, executes, calculates and approves
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from ledger.decider import By, Command, Fact
from ledger.offtake.amending import ApproveOfftakeAmendment, ProposeOfftakeAmendment
from ledger.offtake.energy import kwh, wh
from ledger.offtake.facts import StatementCalculated
from ledger.offtake.life import DeclareCommercialOperation, DraftOfftake, ExecuteOfftake
from ledger.offtake.meters.metering import InstallMeter, ReadMeter
from ledger.offtake.statements import ApproveStatement, CalculateStatement
from ledger.offtake.terms import Fixed, OfftakeTerms
from ledger.periods import first_and_last
from ledger.rates import Emission, RateApproved
from ledger.values.evidence import Evidence
from tests.ground.billed import lead, opened, rate
from tests.ground.given import grown

A, METER = "wte-1-demo", "m-1-demo"
BUYER, GENERATOR = "cedarmill-demo", "kilnheat-demo"
DESK = By(actor="clerk-demo", role="deal_desk")
SIGNER = By(actor="approver-demo", role="approver")
FINANCE = By(actor="finance-demo", role="finance")
CHECKER = By(actor="checker-demo", role="finance")
PAPER = Evidence(doc="offtake contract (demo)", sha256=hashlib.sha256(b"offtake").hexdigest())


def co2(series: str, value: str, since: date, emission: Emission | None = None) -> RateApproved:
    """An approved emission factor."""
    return replace(rate(f"co2/{series}", value, since), emission=emission)


RATES: tuple[Fact, ...] = (
    rate("vat/goods", "0.13"),
    rate("vat/services", "0.06"),
    co2("cn-average", "0.5306", date(2023, 1, 1)),
)
GROUND: tuple[Fact, ...] = (lead(BUYER), lead(GENERATOR), *RATES, *opened(2024, 2026))
TERMS = OfftakeTerms(
    role="SELLER",
    buyer=BUYER,
    technology="BIOMASS",
    starts_on=date(2024, 1, 1),
    ends_on=date(2028, 12, 31),
    price=Fixed(price="0.52", escalation="0.02"),
)
AS_AGENT = replace(TERMS, role="SETTLEMENT_AGENT", generator=GENERATOR, fee="0.02")
AS_OBSERVER = replace(TERMS, role="OBSERVER", generator=GENERATOR)


told = grown
"""The facts a ledger holds once commands were sent, each accepted."""


def amending(
    on: date, terms: OfftakeTerms, amendment: str = "a-1-demo", name: str = A
) -> tuple[tuple[Command, By], tuple[Command, By]]:
    """Other terms from a day on, agreed to on that day."""
    about: dict[str, Any] = {"agreement": name, "amendment": amendment, "effective_on": on}
    return (
        (ProposeOfftakeAmendment(**about, terms=terms, document=PAPER), DESK),
        (ApproveOfftakeAmendment(**about), SIGNER),
    )


def agreement(
    terms: OfftakeTerms = TERMS, name: str = A, facts: Sequence[Fact] = GROUND, on: date | None = None
) -> tuple[Fact, ...]:
    """An agreement in delivery since the first day of its term."""
    start = on or terms.starts_on
    about: dict[str, Any] = {"agreement": name, "effective_on": start}
    return told(
        facts,
        (DraftOfftake(**about, terms=terms), DESK),
        (ExecuteOfftake(**about, document=PAPER), SIGNER),
        (DeclareCommercialOperation(**about, evidence=PAPER), DESK),
    )


def metered(
    facts: Sequence[Fact], start: str, reads: Mapping[str, str], name: str = A, meter: str = METER, **more: Any
) -> tuple[Fact, ...]:
    """A meter, installed when the agreement began, with a read at the end of each month."""
    began = next(fact.effective_on for fact in facts if type(fact).__name__ == "OfftakeExecuted")
    install = InstallMeter(effective_on=began, meter=meter, agreement=name, start=start, **({"digits": 8} | more))
    sent: list[tuple[Command, By]] = [(install, DESK)]
    for month, value in reads.items():
        last = first_and_last(month)[1]
        sent.append((ReadMeter(effective_on=last, meter=meter, value=value), DESK))
    return told(facts, *sent)


def calculated(facts: Sequence[Fact], month: str, on: date | None = None, name: str = A) -> tuple[Fact, ...]:
    """A month calculated by finance, some days after its end."""
    day = on or first_and_last(month)[1] + timedelta(days=5)
    return told(facts, (CalculateStatement(effective_on=day, agreement=name, month=month), FINANCE))


def settled(facts: Sequence[Fact], month: str, on: date | None = None, name: str = A) -> tuple[Fact, ...]:
    """A month calculated by one person and approved by another."""
    known = calculated(facts, month, on, name)
    run = next(fact for fact in reversed(known) if isinstance(fact, StatementCalculated))
    approve = ApproveStatement(effective_on=run.effective_on, agreement=name, month=month, run=run.run)
    return told(known, (approve, CHECKER))


def delivering(
    facts: Sequence[Fact], energy: Mapping[str, str], start: str = "0", name: str = A, meter: str = METER
) -> tuple[Fact, ...]:
    """So many kWh in each month, read and settled; the meter is installed first where it is not there yet."""
    facts = tuple(facts)
    if not any(getattr(fact, "meter", None) == meter for fact in facts):
        facts = metered(facts, start, {}, name, meter)
    stands = max(
        (wh(value) for fact in facts if getattr(fact, "meter", None) == meter for value in _shows(fact)), default=0
    )
    for month, more in energy.items():
        stands += wh(more)
        last = first_and_last(month)[1]
        facts = told(facts, (ReadMeter(effective_on=last, meter=meter, value=kwh(stands)), DESK))
        facts = settled(facts, month, name=name)
    return facts


def _shows(fact: Any) -> list[str]:
    return [getattr(fact, name) for name in ("start", "value") if hasattr(fact, name)]


def months(year: int, first: int = 1) -> list[str]:
    """The months of a year."""
    return [f"{year}-{month:02}" for month in range(first, 13)]


def spread(year: int, energy: str, first: int = 1) -> dict[str, str]:
    """Energy over the months of a year: all but 1 kWh a month in the last one."""
    names = months(year, first)
    return {**dict.fromkeys(names[:-1], "1"), names[-1]: kwh(wh(energy) - wh("1") * (len(names) - 1))}


def of_kind(facts: Sequence[Fact], kind: type[Any]) -> list[Any]:
    """Those of a kind, in order."""
    return [fact for fact in facts if isinstance(fact, kind)]

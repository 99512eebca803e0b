"""Investment agreements of a dozen companies of the pipeline: what they promise, bring, reach, and owe back.

Investor   one agreement: who, when it was signed, which story
agreed     the agreements of a plan, the earliest first; the first ones take each story once
terms      what an agreement says; investing.py: what comes of it

Amounts are round, so that anybody can follow them: on each 12 mu of land 24 million CNY are to be spent on it, and
2.4 million are promised in return; where a quarter of that is missing, 600,000 are owed back.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from api.demo.city import yuan
from api.demo.days import workday
from api.demo.pipeline import Journey
from api.demo.steps import SIGNED_BEFORE_LINK, Prospect
from ledger.investment.terms import Covenant, Currency, Incentive, InvestmentTerms, Tranche

AGREEMENTS = 12
RATED_FROM = date(2023, 8, 15)
"""Exchange rates are on record from here on."""
DRAFTED_BEFORE = timedelta(days=12)
SITE_M2, FAI_WAN, GRANT_WAN, SUBSIDY_WAN = 8_000, 2_400, 240, 30
"""For each part of the size: 8,000 m² are 12 mu, and 200 of 10,000 CNY are to be spent on each."""
WAN_FEN = 1_000_000
CONTRACTED_WAN: Mapping[Currency, int] = {"USD": 300, "CNY": 2_000}
SOONER, LATER = (60, 180, 300), (90, 365, 730)
"""Days from signature until each tranche is due."""
PERCENT = (30, 40, 30)

Story = Literal["claws-back", "fulfils", "reverses", "amends", "tests-again", "terminates", "keeps"]
"""What becomes of an agreement."""
STORIES: tuple[Story, ...] = get_args(Story)


class Investor(Struct, frozen=True, kw_only=True):
    """An agreement. `size`: how many times 8,000 m²."""

    prospect: Prospect
    clerk: str
    drafted_on: date
    signed_on: date
    story: Story
    size: int

    @property
    def currency(self) -> Currency:
        """Chinese investors contract in CNY, all others in USD."""
        return "CNY" if self.prospect.firm.country == "CN" else "USD"

    def about(self, days: int) -> dict[str, Any]:
        """Agreement and day, as every command has them."""
        return {"agreement": self.prospect.agreement, "effective_on": workday(self.signed_on + timedelta(days=days))}

    def part(self, percent: int) -> str:
        """So much of the contracted amount, in its currency."""
        return yuan(CONTRACTED_WAN[self.currency] * self.size * percent * WAN_FEN // 100)

    def fai(self, percent: int) -> str:
        """So much of the fixed-asset investment that is promised, in CNY."""
        return yuan(FAI_WAN * self.size * percent * WAN_FEN // 100)

    def wan(self, amount: int) -> str:
        """So many times 10,000 CNY for each part of the size."""
        return yuan(amount * self.size * WAN_FEN)


def agreed(ways: Sequence[Journey]) -> list[Investor]:
    """The agreements of those that come to one and stay, the earliest first."""
    found = sorted(
        filter(None, map(_signed, ways)), key=lambda investor: (investor.signed_on, investor.prospect.company)
    )[:AGREEMENTS]
    return [
        replace(investor, story=STORIES[number] if number < len(STORIES) else "keeps", size=number % 3 + 1)
        for number, investor in enumerate(found)
    ]


def _signed(way: Journey) -> Investor | None:
    linked, lead = way.step("agreement"), way.step("lead")
    if linked is None or lead is None or way.step("exiting"):
        return None
    signed_on = linked.on - SIGNED_BEFORE_LINK
    drafted_on = max(workday(signed_on - DRAFTED_BEFORE), workday(lead.known_at.date() + timedelta(days=1)))
    if signed_on < RATED_FROM or drafted_on > signed_on:
        return None
    return Investor(
        prospect=way.prospect, clerk=way.clerk, drafted_on=drafted_on, signed_on=signed_on, story="keeps", size=1
    )


# What is agreed


def terms(investor: Investor, days: tuple[int, ...] = LATER) -> InvestmentTerms:
    """Draw up the terms of an investor's agreement; `days`: until each tranche is due."""
    soon = investor.story == "fulfils"
    tested = investor.signed_on + timedelta(days=330 if soon else 450)
    covenants = [
        Covenant(
            covenant="fai-demo",
            metric="FAI_INTENSITY",
            target="200",
            test_on=tested,
            tolerance="0.1",
            incentive="grant-demo",
        ),
        Covenant(covenant="jobs-demo", metric="JOBS", target=str(40 * investor.size), test_on=tested, tolerance="0.05"),
    ]
    if not soon:
        year = investor.signed_on.year + 1
        covenants += [
            Covenant(covenant="tax-demo", metric="TAX_PER_MU", target="8", test_on=date(year, 12, 31)),
            Covenant(covenant="output-demo", metric="OUTPUT", target="12000000", test_on=date(year, 12, 31)),
        ]
    return InvestmentTerms(
        currency=investor.currency,
        contracted=investor.part(100),
        subscribed=investor.part(60),
        fai_target=investor.fai(100),
        site=f"{SITE_M2 * investor.size}.00",
        tranches=tuple(
            Tranche(due_on=investor.signed_on + timedelta(days=due), amount=investor.part(percent))
            for due, percent in zip(SOONER if soon else days, PERCENT, strict=True)
        ),
        covenants=tuple(covenants),
        incentives=(
            Incentive(incentive="grant-demo", amount=investor.wan(GRANT_WAN)),
            Incentive(incentive="subsidy-demo", amount=investor.wan(SUBSIDY_WAN), payer="A development fund (demo)"),
        ),
    )

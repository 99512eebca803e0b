"""The terms of an investment agreement: contracted amount, tranches, covenants, incentives.

InvestmentTerms      everything that was agreed; an amendment states all of it anew
is_ours              tells whether a payer's name is the city's own, however it is written
Covenant             what is to be reached by a test date, and what a miss costs
in_minor, converted  amounts of a currency in its minor units; of one currency in another at CNY rates

Contracted is not subscribed, not paid in, not utilised, not fixed-asset investment (FAI): terms hold the first two and
the target of the last; what came is told by contributions. FAI, tax and incentives are CNY; areas are m², 亩 derived.
"""

import re
import unicodedata
from datetime import date
from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.decider import Id, Text
from ledger.values.measures import Area, dm2, in_unit
from ledger.values.money import EXPONENT, Cny, Ratio, minor, rounded

Currency = Literal["CNY", "USD", "EUR", "GBP", "HKD", "SGD", "JPY", "KRW", "BHD", "KWD"]
"""Those that `ledger.values.money` knows the decimals of."""

Amount = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$(?!\n)",
        description="An amount of a currency, with no more decimals than it has: 5000000.00.",
    ),
]
Target = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?$(?!\n)",
        description="What is to be reached, with up to four decimals: 200.",
    ),
]

Metric = Literal["FAI_INTENSITY", "TAX_PER_MU", "JOBS", "OUTPUT", "FAI", "PAID_IN"]
"""FAI_INTENSITY and TAX_PER_MU in 万元/亩; JOBS in people; OUTPUT and FAI in CNY; PAID_IN in the contract currency."""

Consequence = Literal["PRO_RATA", "CLIFF"]
"""PRO_RATA: an incentive is owed back by the share that is missing; CLIFF: all of it."""

WAN = 10_000
"""CNY in one 万元."""


class Tranche(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the contracted amount, and the day by which it is to be paid in."""

    due_on: date
    amount: Amount


class Covenant(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A target to be reached by a date. A yearly covenant is one covenant a year, each with an id of its own.

    tolerance     the shortfall up to which, and with which, nothing follows: 0.1 is 10 %
    incentive     what a miss costs; None: it costs nothing
    """

    covenant: Id
    metric: Metric
    target: Target
    test_on: date
    tolerance: Ratio = "0"
    consequence: Consequence = "PRO_RATA"
    incentive: Id | None = None


class Incentive(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An amount that the investor is promised in return, in CNY. `payer`: who pays it, where that is not MCSC.

    Terms written down before the city's own name was known as such may have it as the payer: read `stranger`.
    """

    incentive: Id
    amount: Cny
    payer: Text | None = None

    @property
    def stranger(self) -> str | None:
        """The payer, where that is somebody else than MCSC."""
        return None if self.payer is None or is_ours(self.payer) else self.payer


class InvestmentTerms(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The terms of an investment agreement.

    contracted   合同投资额, in `currency`; the tranches sum to it (I1)
    subscribed   认缴: registered capital by the articles, in `currency`
    fai_target   固定资产投资: fixed-asset investment that was promised, CNY
    site         area that intensity and tax per mu are measured on, m²
    """

    currency: Currency
    contracted: Amount
    subscribed: Amount | None = None
    fai_target: Cny | None = None
    site: Area | None = None
    tranches: Annotated[tuple[Tranche, ...], Meta(min_length=1, max_length=60)]
    covenants: Annotated[tuple[Covenant, ...], Meta(max_length=100)] = ()
    incentives: Annotated[tuple[Incentive, ...], Meta(max_length=60)] = ()

    @property
    def contracted_minor(self) -> int:
        """The headline amount in minor units of `currency`."""
        return in_minor(self.contracted, self.currency)

    @property
    def mu(self) -> Fraction | None:
        """The site in 亩, exactly; None where none was agreed."""
        return None if self.site is None else in_unit(dm2(self.site), "MU")

    def due_minor(self, on: date) -> int:
        """The amount that was to be paid in by a date, minor units of `currency`."""
        return sum(in_minor(tranche.amount, self.currency) for tranche in self.tranches if tranche.due_on <= on)

    @property
    def normal(self) -> "InvestmentTerms":
        """The same terms without a payer where that is MCSC."""
        incentives = tuple(replace(incentive, payer=incentive.stranger) for incentive in self.incentives)
        return self if incentives == self.incentives else replace(self, incentives=incentives)

    def covenant(self, name: str) -> Covenant | None:
        """The covenant of this id."""
        return next((covenant for covenant in self.covenants if covenant.covenant == name), None)

    def incentive(self, name: str) -> Incentive | None:
        """The incentive of this id."""
        return next((incentive for incentive in self.incentives if incentive.incentive == name), None)


OURS = frozenset(
    {"mcsc", "meishancaliforniasmartcity"} | {f"{at}加州智慧城{city}" for at in ("", "眉山") for city in ("", "市")}
)
"""The city's names, as letters alone."""
FILLERS = re.compile(r"\b(the|demo|co|company|corp|corporation|development|group|inc|limited|llc|ltd|itself)\b")
COMPANY_ZH = re.compile("(集团|开发|建设|投资|管理|运营)*(股份|责任)?(有限)?(责任)?公司$")


def is_ours(payer: str) -> bool:
    """Tell whether a name is MCSC's own: in any case, width and punctuation, short or in full, or both."""
    words = FILLERS.sub(" ", unicodedata.normalize("NFKC", payer).casefold())
    letters = COMPANY_ZH.sub("", "".join(filter(str.isalnum, words)))
    return letters in OURS or letters.replace("mcsc", "", 1) in OURS


def decimals(amount: str) -> int:
    """The number of decimals that are written."""
    return len(amount.partition(".")[2])


def in_minor(amount: str, currency: str) -> int:
    """Minor units of an amount of a currency."""
    return minor(amount, EXPONENT[currency])


def converted(amount_minor: int, currency: str, rate: str, into: str = "CNY", into_rate: str = "1") -> int:
    """Minor units of `into` for minor units of `currency`; the rates are CNY for one unit of each."""
    units = Fraction(amount_minor, 10 ** EXPONENT[currency]) * Fraction(rate) / Fraction(into_rate)
    return rounded(units * 10 ** EXPONENT[into])


def series_of(currency: str) -> str:
    """The reference rate that gives CNY for one unit: fx/usd-cny."""
    return f"fx/{currency.lower()}-cny"


FX_TAGS = tuple(f"series:{series_of(currency)}" for currency in EXPONENT if currency != "CNY")
"""Every exchange rate: a command that converts cannot know the contract's currency before its facts are read."""

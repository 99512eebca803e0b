"""From lead to money: what the companies of each origin contracted, paid in and built, and what MCSC earned with them.

channel_money   rows for each origin channel (for the trade fair pavilion, each year), and the total

Beside the funnel, which counts companies, this sums amounts, all CNY: contracted at the rate of the day it was agreed,
contributions at the rates of their value dates, revenue as it was recognised in the books up to the effective date.
What an investor contracted or paid in is not MCSC's money; revenue is. A merged record's money is its survivor's, and
counts with the survivor's origin. Revenue with a company that the register does not know is shown apart, so that all of
it together is that of the books.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct
from sqlalchemy import Connection, func, select

from ledger.decider import DataClass
from ledger.investment.standing import InvestmentAgreement
from ledger.values.money import written
from projections.books.earned import INCOME
from projections.books.entries import known
from projections.books.journal import journal_line
from projections.companies.register import CompanyRow, all_companies
from projections.deals.investment import agreement_states, survivor
from projections.engine.basis import Basis
from projections.engine.figures import percent


class ChannelMoney(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One origin, amounts in CNY; in the total `origin` is None.

    leads, agreements, settled_in, operating   companies that reached the stage, as the funnel counts them
    signed            investment agreements on record that were signed
    paid_in_percent   paid_in ÷ contracted
    rent              rent recognised; other_revenue: every other stream; revenue: both
    companies         on demand: those behind the figures
    """

    origin: str | None
    origin_year: int | None
    leads: int
    agreements: int
    settled_in: int
    operating: int
    signed: int
    contracted: str
    paid_in: str
    paid_in_percent: str | None
    utilised: str
    fai: str
    rent: str
    other_revenue: str
    revenue: str
    companies: tuple[str, ...] | None = None


class MoneyFunnel(Struct, frozen=True, kw_only=True):
    """The rows by origin and year, and their total. `unattributed`: revenue with companies that the register does not
    know, in no row and not in the total."""

    currency: str
    rows: tuple[ChannelMoney, ...]
    total: ChannelMoney
    unattributed: str
    data_classes: tuple[DataClass, ...]
    fictional: bool


class Earned(Struct, frozen=True):
    """Revenue recognised with a company, minor units."""

    rent_minor: int = 0
    other_minor: int = 0


def channel_money(
    connection: Connection, basis: Basis, *, data_class: DataClass | None = None, companies: bool = False
) -> MoneyFunnel:
    """The funnel in money on that basis; of companies of one data class only, where one is given."""
    everybody = {row.company: row for row in all_companies(connection, basis)}
    counted = [row for row in everybody.values() if row.stage != "MERGED" and data_class in (None, row.data_class)]
    earned, strangers = _earned(connection, basis, everybody)
    invested: defaultdict[str, list[InvestmentAgreement]] = defaultdict(list)
    for deal in agreement_states(connection, basis):
        if deal.agreement.signed_on is not None:
            invested[survivor(deal.agreement.company, everybody)].append(deal.agreement)
    origins: defaultdict[tuple[str, int | None], list[CompanyRow]] = defaultdict(list)
    for row in counted:
        origins[row.origin or "OTHER", row.origin_year].append(row)
    classes = tuple(sorted({row.data_class for row in counted}))
    return MoneyFunnel(
        currency="CNY",
        rows=tuple(
            _row(*origin, origins[origin], invested, earned, companies)
            for origin in sorted(origins, key=lambda key: (key[0], key[1] or 0))
        ),
        total=_row(None, None, counted, invested, earned, companies),
        unattributed=written(strangers),
        data_classes=classes,
        fictional="FICTIONAL" in classes,
    )


def _earned(
    connection: Connection, basis: Basis, everybody: Mapping[str, CompanyRow]
) -> tuple[Mapping[str, Earned], int]:
    """Sum revenue by company, as the revenue report has it; apart that with companies not on the register."""
    line = journal_line.c
    amount = func.sum(-line.amount_minor)
    query = select(line.company, line.stream, amount).where(
        known(basis), line.stream.is_not(None), line.account.in_(INCOME)
    )
    earned: dict[str, Earned] = {}
    strangers = 0
    for company, stream, minor in connection.execute(query.group_by(line.company, line.stream)):
        name = survivor(company or "", everybody)
        if name not in everybody:
            strangers += int(minor)
            continue
        before = earned.get(name, Earned())
        rent, other = (int(minor), 0) if stream == "RENT" else (0, int(minor))
        earned[name] = Earned(before.rent_minor + rent, before.other_minor + other)
    return earned, strangers


def _row(
    origin: str | None,
    year: int | None,
    rows: Sequence[CompanyRow],
    invested: Mapping[str, Sequence[InvestmentAgreement]],
    earned: Mapping[str, Earned],
    listed: bool,
) -> ChannelMoney:
    signed = [agreement for row in rows for agreement in invested.get(row.company, ())]
    contracted = sum(agreement.contracted_cny_minor or 0 for agreement in signed)
    paid_in = sum(agreement.cny_minor("CAPITAL") for agreement in signed)
    rent = sum(earned.get(row.company, Earned()).rent_minor for row in rows)
    other = sum(earned.get(row.company, Earned()).other_minor for row in rows)
    return ChannelMoney(
        origin=origin,
        origin_year=year,
        leads=len(rows),
        agreements=sum(row.agreement_on is not None for row in rows),
        settled_in=sum(row.settled_in_on is not None for row in rows),
        operating=sum(row.operating_on is not None for row in rows),
        signed=len(signed),
        contracted=written(contracted),
        paid_in=written(paid_in),
        paid_in_percent=percent(paid_in, contracted),
        utilised=written(sum(agreement.utilised_minor for agreement in signed)),
        fai=written(sum(agreement.cny_minor("FAI") for agreement in signed)),
        rent=written(rent),
        other_revenue=written(other),
        revenue=written(rent + other),
        companies=tuple(row.company for row in rows) if listed else None,
    )

"""The plan of the demonstration: what is recorded, in order.

plan       every step, the same for the same number of companies and seed
contents   how much of what is in a plan
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from msgspec import structs

from api.demo.bank import accounts, last_statement, statements
from api.demo.books import billing, journals, periods, rates, returns, salaries
from api.demo.city import estate, spaces, yuan
from api.demo.deals.buying import bought, payments
from api.demo.deals.energy import prices, spot_prices
from api.demo.deals.equipment import purchases
from api.demo.deals.investing import investments
from api.demo.deals.investors import agreed
from api.demo.deals.metering import supplied
from api.demo.deals.parties import parties
from api.demo.deals.settling import settlements
from api.demo.deals.works import orders, revaluation
from api.demo.incidents import incidents
from api.demo.lives import life
from api.demo.pipeline import Journey, journeys, pipeline, second_words
from api.demo.public import public_history
from api.demo.steps import Step
from api.demo.tenancies import signed_leases, tenancies
from api.demo.unfolding import Turn
from ledger.companies.presence import CompleteExit
from ledger.companies.registration import CorrectDetails
from ledger.estate.units import DefineUnit
from ledger.leases.agreement import DraftLease
from ledger.offtake.life import DraftOfftake
from ledger.orders.agreement import IssueQuotation


def plan(companies: int = 72, seed: int = 2021) -> list[Step | Turn]:
    """Everything that is recorded, by instant: public history first, then the city and `companies` invented companies.

    Some of it is only known when its turn comes; the same seed and the same ledger give the same history.
    """
    ways = list(journeys(companies, seed))
    leases = tenancies(ways, spaces(seed), seed)
    named = signed_leases(leases)
    ways = [way._replace(prospect=replace(way.prospect, leases=named.get(way.prospect.company, ()))) for way in ways]
    invented: list[Step | Turn] = [
        *map(_when_its_turn_comes, pipeline(ways)),
        *second_words(ways),
        *estate(seed, _prospects(ways)),
        *rates(seed),
        *periods(),
        *journals(),
        *returns(),
        *salaries(),
        *billing(leases),
        *accounts(),
        *statements(leases, seed),
        last_statement(),
        *(step for lease in leases for step in life(lease)),
        *incidents(leases),
        *parties(),
        *investments(agreed(ways)),
        *orders(purchases(ways)),
        *bought(purchases(ways)),
        *payments(),
        *revaluation(),
        *prices(seed),
        *spot_prices(seed),
        *supplied(seed),
        *settlements(),
    ]
    return [*public_history(), *sorted(invented, key=lambda item: item.recorded_at)]


def _when_its_turn_comes(step: Step) -> Step | Turn:
    """A correction names the position it corrects, an exit what the books say: both are known only then."""
    match step.command:
        case CorrectDetails(company=company):
            return Turn(recorded_at=step.recorded_at, steps=lambda known: [_with(step, corrects=known.leads[company])])
        case CompleteExit(company=company):
            return Turn(
                recorded_at=step.recorded_at,
                steps=lambda known: [
                    _with(step, receivable=yuan(known.receivable(company)), deposits_held=yuan(known.deposits(company)))
                ],
            )
    return step


def _with(step: Step, **change: Any) -> Step:
    return structs.replace(step, command=structs.replace(step.command, **change))


def _prospects(ways: Sequence[Journey]) -> list[str]:
    """Companies that look for rooms: agreed long before anything is reserved for them, and never gone."""
    found = [way for way in ways if way.step("loi") and not way.step("exiting") and not way.step("dormant")]
    found.sort(key=lambda way: way.steps[0].on)
    return [way.prospect.company for way in found if way.steps[0].on < date(2024, 12, 1)]


class Contents(NamedTuple):
    """The counts of what a plan holds: facts of the public record; what is invented, by kind."""

    public: int
    units: int
    leases: int
    orders: int
    offtakes: int


def contents(plan: Sequence[Step | Turn]) -> Contents:
    """Count what a plan holds, as far as it is known from the beginning."""
    steps = [item for item in plan if isinstance(item, Step)]
    return Contents(
        public=sum(step.data_class == "PUBLIC_FACT" for step in steps),
        units=sum(isinstance(step.command, DefineUnit) for step in steps),
        leases=len({step.command.lease for step in steps if isinstance(step.command, DraftLease)}),
        orders=len({step.command.order for step in steps if isinstance(step.command, IssueQuotation)}),
        offtakes=len({step.command.agreement for step in steps if isinstance(step.command, DraftOfftake)}),
    )

"""How the rents of the rent roll are worked out: price × area, index reviews, a unit's share of its lease's rent.

WORKED    column -> its working; the schedule and the reviews of a lease are asked, no rule is written a second time
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from api.http.receipts import Row
from api.receipts.working import number, shared, step, steps
from ledger.leases.facts import IndexRentReviewed
from ledger.leases.lease import Lease
from ledger.leases.rents import area_on, free_on, rent_on, step_on, version_on
from ledger.leases.reviews import Reviewed, reviewed_on, reviews_through
from ledger.leases.schedule import headline_rent, passing_rent, service_charge_on
from ledger.leases.terms import Quote, monthly
from ledger.values.measures import written as area_written
from ledger.values.money import written
from projections.engine.basis import Basis
from projections.engine.figures import decimals
from projections.engine.sources import distinct, facts_behind
from projections.tenancy.leases import lease
from projections.tenancy.spans import parts_on

DECIMALS = 24

PER = {
    "MONTH": ("CNY/month", ""),
    "M2_MONTH": ("CNY/m2/month", ""),
    "M2_DAY_365": ("CNY/m2/day", " × 365 days ÷ 12 months"),
    "M2_DAY_30": ("CNY/m2/day", " × 30 days"),
}
"""Of each basis of a quote its unit, and how it comes to a month."""

Working = Callable[[Connection, Basis, Any, Row], str | None]
Positions = Mapping[date, int]
"""Of each index review, by its day, the position of its fact."""
Rent = Callable[[Lease, date, Positions], Iterator[str]]


def _quoted(quote: Quote, area_dm2: int, note: str) -> str:
    """A price for an area, a month."""
    unit, month = PER[quote.per]
    area = f" × {number(area_written(area_dm2))} m2" if quote.per != "MONTH" else ""
    comes_to = written(monthly(quote, area_dm2))
    return step(f"{number(quote.price)} {unit}{area}{month}", comes_to, "CNY/month", note=note)


def _headline(lease: Lease, on: date, positions: Positions) -> Iterator[str]:
    """The rent of the terms, then the reviews of the step in force, then what changed in the premises since."""
    terms = version_on(lease.versions, on).terms
    in_force = step_on(terms, on)
    yield _quoted(in_force.rent, area_on(terms, on), f"the rent from {in_force.from_on}")
    made = [one for one in reviews_through(lease, on) if _step_of(lease, one) == in_force]
    yield from (_reviewed(one, positions) for one in made)
    comes_to, agreed = reviewed_on(lease, on), rent_on(lease.versions, on)
    if made and comes_to != made[-1].rent_minor:
        then = rent_on(lease.versions, made[-1].review.effective_on)
        terms_now = f"{number(written(agreed))} × {number(written(made[-1].rent_minor))} ÷ {number(written(then))}"
        yield step(terms_now, written(comes_to), note="the rent of the terms since then, with the review")


def _step_of(lease: Lease, made: Reviewed) -> object:
    on = made.review.effective_on
    return step_on(version_on(lease.versions, on).terms, on)


def _reviewed(made: Reviewed, positions: Positions) -> str:
    """The old rent by the ratio of the index."""
    review, rule = made.review, made.review.rule
    note = f"index review of {review.effective_on}, position {positions.get(review.effective_on)}"
    if made.ratio is None or rule is None:
        return step(number(written(made.rent_minor)), written(made.rent_minor), note=f"{note}, as recorded")
    note += f": {rule.series} of {review.current_on:%Y-%m}"
    now = Fraction(review.index_current)
    bounds = {1 + Fraction(bound): bound for bound in (rule.floor, rule.cap) if bound is not None}
    if made.ratio in bounds:
        ratio, note = _decimal(made.ratio), f"{note} at its bound of {bounds[made.ratio]}"
    else:
        ratio = f"{review.index_current} ÷ {_decimal(now / made.ratio)}"
    return step(f"{number(written(made.base_minor))} × {ratio}", written(made.rent_minor), note=note)


def _decimal(exact: Fraction) -> str:
    """A figure in all its decimals; where these do not end, so many that a fen does not depend on the next."""
    places = next((at for at in range(DECIMALS) if (exact * 10**at).denominator == 1), DECIMALS)
    return decimals(exact, places)


def _passing(lease: Lease, on: date, positions: Positions) -> Iterator[str]:
    """The rent of the terms with reviews; nothing in days that are free of it."""
    yield from _headline(lease, on, positions)
    if free_on(version_on(lease.versions, on).terms, on):
        yield step(f"{number(written(reviewed_on(lease, on)))} × 0", "0.00", note=f"{on} is free of rent")


def _service(lease: Lease, on: date, _positions: Positions) -> Iterator[str]:
    if (quote := service_charge_on(lease, on)) is not None:
        parts = parts_on(lease, on).values()
        yield _quoted(quote, sum(part.area_dm2 for part in parts), "the service charge")


def _service_minor(lease: Lease, on: date) -> int:
    quote = service_charge_on(lease, on)
    return monthly(quote, sum(part.area_dm2 for part in parts_on(lease, on).values())) if quote else 0


def _of_lease(rent: Rent, whole: Callable[[Lease, date], int], column: str, *, stepped: bool = False) -> Working:
    """The rent of a lease, and the share of it that is this unit's."""

    def working(connection: Connection, basis: Basis, _query: Any, row: Row) -> str | None:
        if row["lease"] is None or row[column] is None or (found := lease(connection, basis, row["lease"])) is None:
            return None
        state, unit, today = found[1], row["unit"], basis.effective
        if row["section"] == "SIGNED":
            if column == "passing_month":
                return step("0", "0.00", note=f"the lease does not hold {unit} yet")
            begins = [held.from_on for held in state.lettings if held.unit == unit and held.from_on > today]
            today = min(begins)
        on = row["next_step_on"] if stepped else today
        positions = _positions(connection, basis, state)
        parts = parts_on(state, today)
        areas = {name: part.area_dm2 for name, part in parts.items()}
        return steps([*rent(state, on, positions), *_share(whole(state, on), areas, row, column)])

    return working


def _positions(connection: Connection, basis: Basis, lease: Lease) -> Positions:
    """The facts of a lease's reviews: of one day the last."""
    if not lease.reviews:
        return {}
    found = facts_behind(connection, basis, [f"lease:{lease.lease}"], posting=False)
    reviews = (entry for entry in distinct(found) if isinstance(entry.fact, IndexRentReviewed))
    return {entry.fact.effective_on: entry.position for entry in reviews}


def _share(amount: int, areas: Mapping[str, int], row: Row, column: str) -> Iterator[str]:
    """The unit's share of it, by contracted area."""
    if len(areas) > 1:
        own, all_of_it = area_written(areas[row["unit"]]), area_written(sum(areas.values()))
        note = f"of the lease's {len(areas)} units this one has {number(own)} of {number(all_of_it)} m2"
        yield shared(written(amount), own, all_of_it, "m2", row[column], note)


def _estimated(_connection: Connection, _basis: Basis, _query: Any, row: Row) -> str | None:
    if row["erv_m2_month"] is None:
        return None
    terms = f"{number(row['erv_m2_month'])} CNY/m2/month × {number(row['area_m2'])} m2"
    return step(terms, row["erv_month"], "CNY/month", note="the estimated rental value of the unit")


WORKED: Mapping[str, Working] = {
    "passing_month": _of_lease(_passing, passing_rent, "passing_month"),
    "headline_month": _of_lease(_headline, headline_rent, "headline_month"),
    "next_step_month": _of_lease(_passing, passing_rent, "next_step_month", stepped=True),
    "service_charge_month": _of_lease(_service, _service_minor, "service_charge_month"),
    "erv_month": _estimated,
}

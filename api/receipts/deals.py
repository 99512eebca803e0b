"""What the cells of the reports of deals rest on: facts of agreements and orders, and the rates that they are shown at.

INVESTMENT, ORDER_BOOK, FX_EXPOSURE, ENERGY, GREEN, SHORTFALL
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from api.http.receipts import Derived, Made, Part, Receipts, Row, Sum, added, counted, difference, share_of
from api.receipts.books import rest_of_item
from api.receipts.working import energy as energy_lines
from api.receipts.working import number, of_fact, step, steps
from ledger.investment.terms import WAN
from ledger.log.envelope import Entry
from ledger.offtake.calculation import reference
from ledger.offtake.facts import Factor, StatementCalculated, StatementFact
from ledger.offtake.green.making import avoided_kg
from ledger.rates import RateApproved
from ledger.values.money import EXPONENT, written
from projections.deals.energy import KG_IN_TONNE, minutes_of, of_month, statements
from projections.deals.green import SUMMED as CERTIFIED
from projections.deals.investment import SUMMED, investment
from projections.deals.offtake import shortfall
from projections.deals.orders import order_states, rate_fact
from projections.engine.basis import Basis
from projections.engine.figures import decimals
from projections.engine.sources import counts_from, distinct, facts_behind

# Investment


def _behind_investment(connection: Connection, basis: Basis, _query: Any, row: Row, _column: str) -> Sequence[Entry]:
    return distinct(facts_behind(connection, basis, [f"investment:{row['agreement']}", f"company:{row['company']}"]))


def _of_channel(column: str) -> Made:
    """The agreements of a channel, or of all."""

    def parts(connection: Connection, basis: Basis, _query: Any, row: Row) -> list[Part]:
        rows = investment(connection, basis).rows
        if row["section"] == "CHANNEL":
            origin = row["origin"], row["origin_year"]
            rows = tuple(one for one in rows if (one.origin or "OTHER", one.origin_year) == origin)
        counts = "state" if column == "agreements" else column  # a row is counted by a cell that it has
        return [
            Part(cell=f"AGREEMENT:{one.agreement}/{counts}", figure=getattr(one, column, "1") or "0.00") for one in rows
        ]

    return Made(parts, "the sum over agreements", counted if column == "agreements" else added, _rest_of_deal)


def _rest_of_deal(connection: Connection, basis: Basis, part: Part) -> Sequence[Entry]:
    """The facts of an agreement, and of the company that invests."""
    agreement = part.cell.partition("/")[0].removeprefix("AGREEMENT:")
    companies = [row.company for row in investment(connection, basis).rows if row.agreement == agreement]
    tags = [f"investment:{agreement}", *(f"company:{company}" for company in companies)]
    return distinct(facts_behind(connection, basis, tags))


IN_ITS_CURRENCY = ("contracted", "subscribed", "due", "paid_in")
PER_MU = ("intensity", "intensity_target", "tax_mu", "tax_mu_target")
INTENSITY = Derived(
    ("fai", "mu"),
    "fai ÷ mu ÷ 10000",
    lambda invested, mu: decimals(invested / mu / WAN) if mu else None,
)
INVESTMENT = Receipts(
    of_fact=of_fact,
    keys={"AGREEMENT": ("agreement",), "CHANNEL": ("origin", "origin_year"), "TOTAL": ()},
    units=dict.fromkeys((*SUMMED, "fai_target"), "CNY")
    | dict.fromkeys(IN_ITS_CURRENCY, "{currency}")
    | dict.fromkeys(PER_MU, "10,000 CNY/mu")
    | {"fulfilment_percent": "%", "mu": "mu", "jobs": "people", "jobs_target": "people", "agreements": "agreements"},
    words=("state", "signed_on"),
    behind=_behind_investment,
    made={
        f"{section}/{column}": _of_channel(column)
        for section in ("CHANNEL", "TOTAL")
        for column in (*SUMMED, "agreements")
    },
    derived={"fulfilment_percent": share_of("paid_in", "contracted"), "intensity": INTENSITY},
)

# Orders

ADDED = ("value", "invoiced", "received", "backlog", "fee_expected", "fee_earned")
IN_CNY = ("value_cny", "backlog_cny")


RATED = (*IN_CNY, "cny", "unrealised", "rate")
"""Columns at a rate."""


def _rates(connection: Connection, basis: Basis, currency: str) -> Sequence[Entry]:
    """The rate of a currency that holds, and what was said of its day or a later one: earlier rates do nothing."""
    held = rate_fact(connection, basis, currency)
    found = distinct(facts_behind(connection, basis, [f"series:fx/{currency.lower()}-cny"]))
    if held is None:
        return found
    since = held.fact.effective_on
    return [one for one in found if not isinstance(one.fact, RateApproved) or one.fact.effective_on >= since]


def _behind_order(connection: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Sequence[Entry]:
    """The facts of an order; the rates of its currency where the figure is at one: of a currency one order will do."""
    tags = [f"order:{row['order']}"] if row["section"] != "CURRENCY" else order_in(connection, basis, row["currency"])
    rates = _rates(connection, basis, row["currency"]) if column in RATED else ()
    return distinct({**facts_behind(connection, basis, tags), "rates": rates})


def _at_rate(amount: str, column: str) -> Callable[[Connection, Basis, Any, Row], str | None]:
    """An amount in a currency at the rate of the day, with the fact that approved it."""

    def working(connection: Connection, basis: Basis, _query: Any, row: Row) -> str | None:
        currency = row["currency"]
        rate = rate_fact(connection, basis, currency) if row.get(column) is not None else None
        if rate is None or row["section"] not in ("ORDER", "RECEIVABLE") or not isinstance(rate.fact, RateApproved):
            return None
        note = f"the rate of {rate.fact.effective_on}, approved at position {rate.position}"
        terms = f"{number(row[amount])} {currency} × {rate.fact.value} CNY/{currency}"
        return step(terms, row[column], "CNY", note=note)

    return working


def order_in(connection: Connection, basis: Basis, currency: str) -> list[str]:
    """The tag of the first order in a currency, ordered rather than quoted: with it the currency has its row."""
    among = [
        (one.role is None, f"order:{row.order}")
        for row, one in order_states(connection, basis)
        if row.currency == currency
    ]
    return [tag for _, tag in sorted(among)[:1]]


ORDER_BOOK = Receipts(
    of_fact=of_fact,
    keys={"ORDER": ("order",), "CURRENCY": ("currency",), "TOTAL": ()},
    units=dict.fromkeys(ADDED, "{currency}")
    | dict.fromkeys((*IN_CNY, "fee_earned_cny"), "CNY")
    | {"kw": "kW", "quantity": "machines", "orders": "orders", "rate": "CNY/{currency}"},
    words=("state", "role", "next_milestone"),
    behind=_behind_order,
    own=RATED,
    worked={"value_cny": _at_rate("value", "value_cny"), "backlog_cny": _at_rate("backlog", "backlog_cny")},
    sums={
        "CURRENCY": [Sum(ADDED, "ORDER", ("currency",)), Sum(("orders",), "ORDER", ("currency",), count="state")],
        "TOTAL": [Sum(IN_CNY, "ORDER")],
    },
)


def _advances(column: int) -> Made:
    """Each order's payments in advance, of a currency: in it, or in CNY."""

    def parts(connection: Connection, basis: Basis, _query: Any, row: Row) -> list[Part]:
        states = [(one, state) for one, state in order_states(connection, basis) if one.currency == row["currency"]]
        places = EXPONENT[row["currency"]] if column == 0 else 2
        return [
            Part(report=f"orders/{one.order}", cell="advances", figure=written(state.advances[column], places))
            for one, state in states
            if state.advances[column]
        ]

    return Made(parts, "the sum over orders", added, rest_of_item)


EXPOSED = ("balance", "carrying_cny", "cny", "unrealised")
FX_EXPOSURE = Receipts(
    of_fact=of_fact,
    keys={"RECEIVABLE": ("order", "receivable"), "CURRENCY": ("currency",), "TOTAL": ()},
    units=dict.fromkeys(("carrying_cny", "cny", "unrealised", "advances_cny"), "CNY")
    | {"balance": "{currency}", "advances": "{currency}", "rate": "CNY/{currency}"},
    behind=_behind_order,
    own=RATED,
    worked={"cny": _at_rate("balance", "cny")},
    sums={"CURRENCY": [Sum(EXPOSED, "RECEIVABLE", ("currency",))], "TOTAL": [Sum(EXPOSED[1:], "CURRENCY")]},
    derived={"RECEIVABLE/unrealised": difference("cny", "carrying_cny")},
    made={"advances": _advances(0), "advances_cny": _advances(1)},
)

# Energy

CERTIFICATES = ("gec", "gec_carried_kwh")
"""Columns that rest on every month before: what makes no certificate is carried on."""


def _behind_run(connection: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Sequence[Entry]:
    """The facts of an agreement; of its statements those of the month, where no other counts."""
    entries = distinct(facts_behind(connection, basis, [f"offtake:{row['agreement']}"], dated=of_month))
    if column in CERTIFICATES:
        return entries
    return [entry for entry in entries if not isinstance(entry.fact, StatementFact) or entry.fact.month == row["month"]]


def _run(connection: Connection, basis: Basis, row: Row) -> StatementCalculated | None:
    """The statement of a row; None of a sum."""
    runs = statements(connection, basis, agreement=row["agreement"]) if row["section"] == "RUN" else []
    return next((run.calculated for run in runs if (run.calculated.month, run.calculated.run) == _month_run(row)), None)


def _month_run(row: Row) -> tuple[str, int]:
    return row["month"], row["run"]


def _net(connection: Connection, basis: Basis, _query: Any, row: Row) -> str | None:
    """Energy at its price, line by line."""
    run = _run(connection, basis, row)
    return None if run is None else steps(energy_lines(run.lines, _spot(connection, basis, run)))


def _spot(connection: Connection, basis: Basis, run: StatementCalculated) -> str:
    """The prices of the intervals that a month was settled at, with the facts that said them, in words."""
    if run.spot is None:
        return ""
    tag, named = f"prices:{run.spot.series}/{run.month}", set(run.inputs)
    said = [one.position for one in facts_behind(connection, basis, [tag]).get(tag, ()) if reference(one.fact) in named]
    return (
        f"each interval at its own price, of {run.spot.periods:,} periods of {run.spot.series} recorded at position "
        f"{' and '.join(map(str, said))}, from {run.spot.lowest} to {run.spot.highest}"
    )


def _avoided(connection: Connection, basis: Basis, _query: Any, row: Row) -> str | None:
    """The energy by the emission factor of its month, which the statement carries; named with its fact."""
    run = _run(connection, basis, row)
    if run is None or run.factor is None:
        return None
    factor = run.factor
    approved = [
        entry
        for entry in distinct(facts_behind(connection, basis, [f"series:{factor.series}"]))
        if isinstance(entry.fact, RateApproved) and entry.fact.effective_on == factor.since
    ]
    at = f", approved at position {approved[-1].position}" if approved else ""
    note = f"{factor.series} since {factor.since}{at}{_announced(factor, row['month'])}"
    terms = f"{number(row['delivered_kwh'])} kWh × {factor.kg_per_kwh} kg/kWh ÷ 1,000 kg/t"
    return step(terms, row["co2_t"], "t CO2", note=note)


def _announced(factor: Factor, month: str) -> str:
    """The announcement of a factor; where it is of an earlier year than the month, that too."""
    of = factor.emission
    if of is None:
        return ""
    said = f", {of.region}, {of.basis.lower().replace('_', ' ')}, year {of.year}, {of.announcement}"
    later = f", that of {month[:4]} was not on record then" if of.year < int(month[:4]) else ""
    return said + later


def _available(connection: Connection, basis: Basis, _query: Any, row: Row) -> str | None:
    """The minutes in which the seller could deliver, of all of them."""
    run = _run(connection, basis, row)
    if run is None or row["availability_percent"] is None:
        return None
    minutes = minutes_of(run)
    terms = f"{minutes:,} minutes - {run.unavailable_minutes:,} minutes ÷ {minutes:,} minutes × 100"
    return step(
        terms, row["availability_percent"], "per cent", note=f"unavailable in {run.unavailable_minutes:,} minutes"
    )


def _tonnes(connection: Connection, basis: Basis, query: Any, row: Row) -> list[Part]:
    """The tonnes of each latest approved run, exactly."""
    runs = [run.calculated for run in statements(connection, basis, agreement=query.agreement) if run.approved]
    if row["agreement"] is not None:
        runs = [run for run in runs if run.agreement == row["agreement"]]
    latest: Mapping[tuple[str, str], Any] = {(run.agreement, run.month): run for run in runs}
    return [
        Part(
            cell=f"RUN:{run.agreement},{run.month},{run.run}/co2_t",
            figure=decimals(avoided_kg(run.delivered_wh, run.factor.kg_per_kwh) / KG_IN_TONNE, 12),
        )
        for run in latest.values()
        if run.factor is not None and (query.from_month is None or run.month >= query.from_month)
    ]


def _rest_of_energy(connection: Connection, basis: Basis, part: Part) -> Sequence[Entry]:
    """The facts of an agreement: of a run's month, where the cell is of one."""
    section, _, keys = part.cell.rpartition("/")[0].partition(":")
    agreement = keys.partition(",")[0]
    dated = of_month if section == "RUN" else counts_from
    return distinct(facts_behind(connection, basis, [f"offtake:{agreement}"], dated=dated))


TONNES = Made(
    _tonnes, "the sum over latest approved runs, rounded once", lambda figures: added(figures, 3), _rest_of_energy
)
DELIVERED = ("delivered_kwh", "deemed_kwh", "curtailed_kwh", "net", "vat", "without_factor_kwh", "gec")
ENERGY = Receipts(
    of_fact=of_fact,
    keys={"RUN": ("agreement", "month", "run"), "AGREEMENT": ("agreement",), "TOTAL": ()},
    units=dict.fromkeys(
        (
            "delivered_kwh",
            "deemed_kwh",
            "curtailed_kwh",
            "estimated_kwh",
            "substituted_kwh",
            "without_factor_kwh",
            "gec_carried_kwh",
        ),
        "kWh",
    )
    | dict.fromkeys(("net", "vat", "delta_net", "delta_vat"), "CNY")
    | {"price": "CNY/kWh", "availability_percent": "%", "co2_t": "t CO2", "gec": "certificates"},
    words=("state",),
    behind=_behind_run,
    own=CERTIFICATES,
    worked={"net": _net, "co2_t": _avoided, "availability_percent": _available},
    sums={"AGREEMENT": [Sum(DELIVERED, "RUN", ("agreement",), only="latest")], "TOTAL": [Sum(DELIVERED, "AGREEMENT")]},
    made={"AGREEMENT/co2_t": TONNES, "TOTAL/co2_t": TONNES},
)


MADE = ("made", "carried_kwh", "counted", "sold", "unissued")
"""Columns of an agreement as a whole, whose statements count too."""


def _behind_lot(connection: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Sequence[Entry]:
    """The facts of an agreement; of its statements none, where only certificates count."""
    entries = distinct(facts_behind(connection, basis, [f"offtake:{row['agreement']}"], dated=of_month))
    if column in MADE:
        return entries
    return [entry for entry in entries if not isinstance(entry.fact, StatementFact)]


LOTS = ("issued", "transferred", "retired", "expired", "held")
GREEN = Receipts(
    of_fact=of_fact,
    keys={"LOT": ("agreement", "lot"), "MOVEMENT": ("agreement", "movement"), "AGREEMENT": ("agreement",), "TOTAL": ()},
    units=dict.fromkeys((*CERTIFIED, "moved"), "certificates") | {"carried_kwh": "kWh"},
    words=("state", "valid_until", "first", "last"),
    behind=_behind_lot,
    own=MADE,
    sums={"AGREEMENT": [Sum(LOTS, "LOT", ("agreement",))], "TOTAL": [Sum(CERTIFIED, "AGREEMENT")]},
)


def _behind_year(connection: Connection, basis: Basis, _query: Any, row: Row, _column: str) -> Sequence[Entry]:
    return distinct(facts_behind(connection, basis, [f"offtake:{row['agreement']}"]))


def _payments(connection: Connection, basis: Basis, query: Any, _row: Row) -> list[Part]:
    """Payments for energy not taken, year by year, where MCSC buys or sells."""
    rows = shortfall(connection, basis, agreement=query.agreement).rows
    return [
        Part(cell=f"YEAR:{row.agreement},{row.year}/payment", figure=row.payment)
        for row in rows
        if row.role != "OBSERVER"
    ]


def _owed(connection: Connection, basis: Basis, query: Any, _row: Row) -> list[Part]:
    """The rights of each agreement."""
    names = dict.fromkeys(row.agreement for row in shortfall(connection, basis, agreement=query.agreement).rows)
    owed = {name: shortfall(connection, basis, agreement=name).make_up_owed for name in names}
    return [Part(report=f"offtakes/{name}", cell="make_up", figure=figure) for name, figure in owed.items()]


READ = ("actual", "substituted", "estimated")
KWH = ("acq", "adjustments", "take_or_pay", "taken", "carried_in", "carried_on", "shortfall")
MAKE_UP = ("make_up_opening", "make_up_taken", "make_up_expired", "make_up_closing")
SHORTFALL = Receipts(
    of_fact=of_fact,
    keys={"YEAR": ("agreement", "year"), "TOTAL": ()},
    units=dict.fromkeys([f"{name}_kwh" for name in (*KWH, *READ, *MAKE_UP)], "kWh")
    | dict.fromkeys(("payment", *MAKE_UP, "damages", "make_up_owed"), "CNY")
    | {"price": "CNY/kWh", "estimated_percent": "%"},
    behind=_behind_year,
    made={
        "TOTAL/payment": Made(_payments, "the sum over contract years", added, _rest_of_energy),
        "TOTAL/make_up_owed": Made(_owed, "the sum over agreements", added, rest_of_item),
    },
)

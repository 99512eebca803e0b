"""Which machines are ordered: one order for each state that an order can be in at the end.

Purchase    an order: whose, for what, in which role of MCSC's, when, and how far it gets
purchases   every order, with its buyer
quoted      what an order says
assessed    why MCSC has the role that it has
"""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from api.demo.city import evidence
from api.demo.deals.parties import BUYERS
from api.demo.pipeline import Journey
from ledger.orders.order import OrderState
from ledger.orders.terms import (
    CommissionTerm,
    Incoterms,
    IncotermsRule,
    Milestone,
    OrderLine,
    OrderTerms,
    Role,
    RoleAssessment,
)
from ledger.values.currencies import Currency

USD = "fx/usd-cny"
QUOTED_BEFORE = timedelta(days=14)


class Purchase(Struct, frozen=True, kw_only=True):
    """An order. `stops`: the state it is in at the end; `odd`: what does not go by the book.

    fails-fat, fails-sat   a test has to be done again
    parts                  shipped on two bills of lading
    through-us             the buyer's money goes through MCSC
    holds                  the works rest for a while
    changes                another machine in place of the one that was ordered
    over-time              a sale that is earned by the cost incurred, month by month
    fee-back               a fee on the order, given back later
    """

    number: int
    supplier: int
    role: Role
    ordered_on: date
    stops: OrderState
    model: str
    kw: str
    quantity: int
    price: str
    rule: IncotermsRule
    buyer: str = ""
    currency: Currency = "USD"
    odd: frozenset[str] = frozenset()

    @property
    def order(self) -> str:
        """Its id."""
        return f"order-{self.number:02}-demo"

    @property
    def domestic(self) -> bool:
        """Machines that stand in China already."""
        return self.currency == "CNY"

    @property
    def rate_series(self) -> str | None:
        """The exchange rate that its money is converted with."""
        return None if self.domestic else USD


def _one(
    number: int,
    supplier: int,
    role: Role,
    ordered_on: date,
    stops: OrderState,
    machine: tuple[str, str, int, str],
    rule: IncotermsRule,
    *odd: str,
    currency: Currency = "USD",
) -> Purchase:
    model, kw, quantity, price = machine
    return Purchase(
        number=number,
        supplier=supplier,
        role=role,
        ordered_on=ordered_on,
        stops=stops,
        model=f"{model} (demo)",
        kw=kw,
        quantity=quantity,
        price=price,
        rule=rule,
        currency=currency,
        odd=frozenset(odd),
    )


ORC = ("Heat recovery unit HR-120", "120", 2, "210000.00")
LARGE_ORC = ("Heat recovery unit HR-300", "300", 1, "468500.00")
GASIFIER = ("Gasifier line WG-2", "950", 1, "1840000.00")
TURBINE = ("Vapour turbine VT-75", "75", 3, "98250.50")
BOILER = ("Biomass boiler BB-5", "1500", 1, "2650000.00")

ORDERS: Sequence[Purchase] = (
    _one(1, 0, "PRINCIPAL", date(2023, 10, 23), "CLOSED", ORC, "DAP", "fails-fat"),
    _one(2, 3, "AGENT", date(2024, 9, 9), "WARRANTY", BOILER, "DPU", currency="CNY"),
    _one(3, 1, "PRINCIPAL", date(2024, 5, 13), "CANCELLED", GASIFIER, "CIF"),
    _one(4, 0, "AGENT", date(2025, 7, 14), "ACCEPTED", LARGE_ORC, "CIP"),
    _one(5, 2, "PRINCIPAL", date(2025, 9, 29), "SAT_PASSED", TURBINE, "CIF", "changes"),
    _one(6, 0, "AGENT", date(2025, 10, 20), "INSTALLED", ORC, "DDP", "fails-sat"),
    _one(7, 2, "AGENT", date(2025, 11, 24), "DELIVERED", TURBINE, "CPT", "holds", "fee-back"),
    _one(8, 1, "OBSERVER", date(2025, 12, 22), "CUSTOMS_CLEARED", GASIFIER, "FOB"),
    _one(9, 0, "AGENT", date(2026, 1, 19), "SHIPPED", ORC, "FCA", "parts", "through-us"),
    _one(10, 3, "PRINCIPAL", date(2026, 2, 23), "FAT_PASSED", LARGE_ORC, "EXW"),
    _one(11, 2, "AGENT", date(2026, 4, 13), "IN_PRODUCTION", TURBINE, "CFR"),
    _one(12, 0, "PRINCIPAL", date(2026, 6, 1), "DEPOSIT_PAID", LARGE_ORC, "DAP"),
    _one(13, 1, "OBSERVER", date(2026, 6, 22), "ORDERED", GASIFIER, "FAS"),
    _one(14, 0, "AGENT", date(2026, 6, 29), "QUOTED", ORC, "DAP"),
    _one(15, 3, "PRINCIPAL", date(2026, 1, 12), "FAT_PASSED", BOILER, "DPU", "over-time", currency="CNY"),
)


def purchases(ways: Sequence[Journey]) -> list[Purchase]:
    """Every order. Companies of the pipeline buy where one has agreed by then and stays; else a works outside."""
    buyers = [way for way in ways if way.step("loi") and not any(map(way.step, ("exiting", "dormant", "merged")))]
    buyers.sort(key=lambda way: (way.steps[0].on, way.prospect.company))
    bought: list[Purchase] = []
    for number, purchase in enumerate(ORDERS):
        on = purchase.ordered_on - QUOTED_BEFORE
        here = next((way for way in buyers if (loi := way.step("loi")) and loi.known_at.date() < on), None)
        if here is None:
            buyer = BUYERS[number % len(BUYERS)].company
        else:
            buyers.remove(here)
            buyer = here.prospect.company
        bought.append(replace(purchase, buyer=buyer))
    return bought


# What an order says


def quoted(purchase: Purchase) -> OrderTerms:
    """Its terms: three tenths with the order, six with the shipment, one is retained."""
    fees: tuple[CommissionTerm, ...] = (CommissionTerm(rate="0.03"),)
    if "fee-back" in purchase.odd:
        fees = (
            CommissionTerm(trigger="ORDERED", rate="0.005", flat="800.00"),
            CommissionTerm(rate="0.02"),
        )
    return OrderTerms(
        lines=(line(purchase),),
        currency=purchase.currency,
        incoterms=Incoterms(rule=purchase.rule, place=("Meishan" if purchase.domestic else "Shanghai") + " (demo)"),
        milestones=(
            Milestone(milestone="deposit", percent="30", trigger="ORDERED"),
            Milestone(milestone="shipment", percent="60", trigger="SHIPPED"),
            Milestone(milestone="retention", percent="10", trigger="RETENTION_RELEASED"),
        ),
        supply="DOMESTIC" if purchase.domestic else "CROSS_BORDER",
        commission=fees,
        commission_supply="DOMESTIC" if purchase.domestic else "CROSS_BORDER",
    )


def line(purchase: Purchase, price: str | None = None) -> OrderLine:
    """Give the one line of an order: the machines bought; at another price, once it was changed."""
    return OrderLine(
        item="machine-demo",
        model=purchase.model,
        kw=purchase.kw,
        quantity=purchase.quantity,
        unit_price=price or purchase.price,
    )


WHY: dict[Role, tuple[str, str, str]] = {
    "AGENT": ("The supplier controls it until it is handed over", "The supplier answers for it", "an agent, for a fee"),
    "PRINCIPAL": ("MCSC buys it and sells it on", "MCSC answers for it to the buyer", "the principal"),
    "OBSERVER": ("MCSC never controls it", "Supplier and buyer answer to each other", "neither, and earns nothing"),
}


def assessed(purchase: Purchase) -> RoleAssessment:
    """Agent, principal or neither (IFRS 15 B34-B38)."""
    control, responsibility, conclusion = WHY[purchase.role]
    ours = purchase.role == "PRINCIPAL"
    return RoleAssessment(
        specified_good=f"{purchase.model}, supplied and installed",
        control=f"{control} (demo)",
        responsibility=f"{responsibility} (demo)",
        inventory_risk=f"{'With MCSC on the way' if ours else 'Never with MCSC'} (demo)",
        pricing=f"{'MCSC sets the price' if ours else 'Supplier and buyer agree on it'} (demo)",
        conclusion=f"MCSC is {conclusion} (demo)",
        recognition="On acceptance: until then the buyer cannot use it (demo)",
        evidence=evidence(f"Assessment of {purchase.order}", purchase.ordered_on),
    )

"""An order's story told through commands: a small ledger of facts, in the order recorded. All invented.

Desk        sends commands as finance and keeps the facts; balances: what the books come to
TERMS       domain.md §5: USD 420,000.00 at 30/60/10, from a supplier abroad
GROUND      companies, exchange rates, tax rates and open months
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

from ledger.bookkeeping.purchases.documents import RecordPurchaseInvoice, ToPurchase
from ledger.books.postings import postings
from ledger.decider import By, Command, Fact
from ledger.orders.agreement import IssueQuotation, PlaceOrder
from ledger.orders.changing import ApproveChangeOrder, ProposeChangeOrder
from ledger.orders.facts import ShippedItem
from ledger.orders.terms import Incoterms, Milestone, OrderLine, OrderTerms, Role, RoleAssessment
from ledger.orders.works import (
    CertifyAcceptance,
    ClearCustoms,
    DeliverEquipment,
    InstallEquipment,
    PassFat,
    PassSat,
    ShipEquipment,
    StartProduction,
)
from ledger.values.evidence import Evidence
from tests.ground.billed import APPROVER, lead, opened, rate
from tests.ground.given import decide

ORDER, SUPPLIER, BUYER = "o-1-demo", "cleanheat-demo", "riverbend-demo"
FINANCE = By(actor="finance-demo", role="finance")
PAPER = Evidence(doc="contract (demo)", sha256=hashlib.sha256(b"contract").hexdigest())
USD = "fx/usd-cny"

TERMS = OrderTerms(
    lines=(OrderLine(item="orc-demo", model="ORC 125 (demo)", kw="125", quantity=2, unit_price="210000.00"),),
    currency="USD",
    incoterms=Incoterms(rule="CIF", place="Shanghai"),
    milestones=(
        Milestone(milestone="deposit", percent="30", trigger="ORDERED"),
        Milestone(milestone="shipment", percent="60", trigger="SHIPPED"),
        Milestone(milestone="retention", percent="10", trigger="RETENTION_RELEASED"),
    ),
)
ASSESSMENT = RoleAssessment(
    specified_good="two machines, installed (demo)",
    control="never before the buyer (demo)",
    responsibility="the supplier answers for it (demo)",
    inventory_risk="none is MCSC's (demo)",
    pricing="the supplier sets the price (demo)",
    conclusion="agent (demo)",
    recognition="at a point in time: 35(c) is not met (demo)",
    evidence=PAPER,
)
RATES: tuple[Fact, ...] = (
    rate(USD, "7.1036", date(2024, 1, 10)),
    rate(USD, "7.1268", date(2024, 4, 10)),
    rate(USD, "7.0700", date(2024, 9, 10)),
    rate(USD, "7.0074", date(2024, 9, 30)),
    rate(USD, "7.2000", date(2024, 10, 15)),
    rate(USD, "7.2590", date(2024, 11, 20)),
    rate("vat/goods", "0.13"),
    rate("vat/services", "0.06"),
)
GROUND: tuple[Fact, ...] = (lead(SUPPLIER), lead(BUYER), *RATES, *opened(2024, 2025))

Signed = dict[str, int]


class Desk:
    """A ledger's facts, and who sends commands to it."""

    def __init__(self, *facts: Fact, order: str = ORDER) -> None:
        self.facts: list[Fact] = list(facts or GROUND)
        self.order = order

    def do(self, command: Command, by: By = FINANCE) -> tuple[Fact, ...]:
        """Record a command; sent again it adds nothing."""
        recorded = decide(self.facts, command, by)
        self.facts += recorded
        assert decide(self.facts, command, by) == ()
        return recorded

    def balances(self, until: date = date.max) -> Signed:
        """What the books come to on a date, by account."""
        sums: Signed = {}
        for fact in self.facts:
            if getattr(fact, "accounting_on", date.max) > until:
                continue
            for line in postings(fact):
                sums[line.account] = sums.get(line.account, 0) + line.amount_minor
        return {account: amount for account, amount in sums.items() if amount}

    def place(
        self, role: Role, terms: OrderTerms = TERMS, on: date = date(2024, 1, 8), **more: Any
    ) -> tuple[Fact, ...]:
        """Quote and order."""
        self.do(
            IssueQuotation(
                effective_on=date(2024, 1, 2),
                order=self.order,
                supplier=SUPPLIER,
                buyer=BUYER,
                terms=terms,
                valid_until=date(2024, 2, 1),
            )
        )
        return self.do(
            PlaceOrder(
                effective_on=on,
                order=self.order,
                role=role,
                assessment=ASSESSMENT,
                document=PAPER,
                **more,
            )
        )

    def change(self, proposal: ProposeChangeOrder) -> tuple[Fact, ...]:
        """Propose a change order, and let somebody else approve it on the same day."""
        self.do(proposal)
        approve = ApproveChangeOrder(effective_on=proposal.effective_on, order=proposal.order, change=proposal.change)
        return self.do(approve, APPROVER)

    def step(self, kind: Any, on: date, **more: Any) -> tuple[Fact, ...]:
        """A step of the works."""
        return self.do(kind(effective_on=on, order=self.order, document=PAPER, **more))

    def build_to_shipment(self, *, quantity: int = 2) -> None:
        """From production to the shipment on 2024-04-05, at 7.1036."""
        self.step(StartProduction, date(2024, 1, 20))
        self.step(PassFat, date(2024, 4, 1))
        items = (ShippedItem(item="orc-demo", quantity=quantity),)
        shipped: dict[str, Any] = {"shipment": "s-1-demo", "bill_of_lading": "BL-1 (demo)", "items": items}
        self.step(ShipEquipment, date(2024, 4, 5), **shipped, rate_series=USD)

    def build(self, *, quantity: int = 2) -> None:
        """From production to a passed site test."""
        self.build_to_shipment(quantity=quantity)
        self.step(ClearCustoms, date(2024, 6, 1), declaration="D-1 (demo)", duty="1000.00", import_vat="388000.00")
        self.step(DeliverEquipment, date(2024, 6, 10))
        self.step(InstallEquipment, date(2024, 8, 1))
        self.step(PassSat, date(2024, 9, 1))

    def buy(self, net: str = "2000000.00") -> None:
        """Buy the equipment on 2024-01-12, in CNY."""
        self.do(
            RecordPurchaseInvoice(
                effective_on=date(2024, 1, 12),
                purchase="p-1-demo",
                supplier=SUPPLIER,
                number="INV-1",
                due_on=date(2024, 2, 12),
                lines=(ToPurchase(kind="INVENTORY", net=net, order=self.order),),
            )
        )

    def accept(self, **more: Any) -> Sequence[Fact]:
        """The provisional acceptance certificate on 2024-09-10, at 7.0700."""
        return self.step(CertifyAcceptance, date(2024, 9, 10), rate_series=USD, **more)

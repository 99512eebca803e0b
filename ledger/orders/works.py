"""Building it: production, test, shipment, customs, installation, acceptance, warranty, the last certificate.

Command             Fact (order.…)        From                          To
StartProduction     production-started    ORDERED, DEPOSIT_PAID         IN_PRODUCTION
PassFat, FailFat    fat-passed, -failed   IN_PRODUCTION                 FAT_PASSED; failed: as it was
ShipEquipment       shipped               FAT_PASSED or further         SHIPPED, with the first bill of lading
ClearCustoms        customs-cleared       SHIPPED, CUSTOMS_CLEARED      CUSTOMS_CLEARED
DeliverEquipment    delivered             CUSTOMS_CLEARED               DELIVERED; domestic also from SHIPPED
InstallEquipment    installed             DELIVERED                     INSTALLED
PassSat, FailSat    sat-passed, -failed   INSTALLED                     SAT_PASSED; failed: as it was
CommissionPlant     plant-commissioned    INSTALLED or further          as it was: the plant runs
CertifyAcceptance   acceptance-certified  SAT_PASSED, or deemed (O3)    ACCEPTED (PAC): revenue, fee
StartWarranty       warranty-started      ACCEPTED                      WARRANTY
ReleaseRetention    retention-released    ACCEPTED, WARRANTY            as it was: retention is due
CloseOrder          closed                ACCEPTED, WARRANTY            CLOSED (FAC)
HoldOrder, Resume   put-on-hold, resumed  ORDERED to SAT_PASSED         as it was; on hold nothing is built

Any of these may be the trigger of a fee. Without a deposit milestone, or before it is paid, production may start.

Refusals, in order of precedence (after OrderUnknown)
├── (OrderOnHold, OrderStateForbids, OrderStepTooEarly)
├── ItemUnknown          the order has no such item (unknown)
├── ShippedExceeded      O4: no more is shipped than was ordered
├── ShipmentTaken        this id is another shipment's (conflict)
├── NotAllShipped        what is delivered was shipped
├── WithoutFat           this order is tested before it is shipped
├── NotDeemed            O3: acceptance needs a passed site test, or a clause that deems it
├── CostForbidden        only a principal has a cost of sales
├── WarrantyMalformed    it ends on a later day
├── NothingRetained      no milestone waits for the release of retention
└── MoneyRemains         the last certificate closes an order that nobody owes anything for
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from msgspec import Meta

from ledger.decider import By, Command, Fact, Id, Text
from ledger.orders.agreement import UNDER_WAY
from ledger.orders.earning import TAXES, commission, revenue
from ledger.orders.facts import (
    AcceptanceCertified,
    CustomsCleared,
    EquipmentDelivered,
    EquipmentInstalled,
    EquipmentShipped,
    FatFailed,
    FatPassed,
    OrderClosed,
    OrderFact,
    OrderPutOnHold,
    OrderResumed,
    PlantCommissioned,
    ProductionStarted,
    RetentionReleased,
    SatFailed,
    SatPassed,
    ShippedItem,
    WarrantyStarted,
)
from ledger.orders.order import (
    EquipmentOrder,
    OrderCommand,
    OrderOnHold,
    OrderRefusal,
    Orders,
    OrderState,
    Part,
    about,
    already_so,
    check_state,
    posting_tags,
    terms_of,
)
from ledger.orders.receivables import reclassified
from ledger.orders.terms import Trigger
from ledger.rates import Series
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, minor

# Commands


class StepCommand(OrderCommand, frozen=True, kw_only=True):
    """A step of the works, on its paper. `rate_series`: the exchange rate, where a fee is earned by it or a sale."""

    document: Evidence
    rate_series: Series | None = None


class StartProduction(StepCommand, frozen=True, kw_only=True, tag="start-production"):
    """Record that the supplier builds it."""


class PassFat(StepCommand, frozen=True, kw_only=True, tag="pass-fat"):
    """Record a factory acceptance test that was passed."""


class FailFat(StepCommand, frozen=True, kw_only=True, tag="fail-fat"):
    """Record a factory acceptance test that was not passed."""

    reason: Text


class ShipEquipment(StepCommand, frozen=True, kw_only=True, tag="ship-equipment"):
    """Record a shipment: which items, on which bill of lading."""

    shipment: Id
    bill_of_lading: Text
    items: Annotated[tuple[ShippedItem, ...], Meta(min_length=1, max_length=100)]


class ClearCustoms(StepCommand, frozen=True, kw_only=True, tag="clear-customs"):
    """Record a customs declaration, and what the importer paid on it."""

    declaration: Text
    duty: Cny
    import_vat: Cny


class DeliverEquipment(StepCommand, frozen=True, kw_only=True, tag="deliver-equipment"):
    """Record that everything ordered is on site."""


class InstallEquipment(StepCommand, frozen=True, kw_only=True, tag="install-equipment"):
    """Record that it is installed."""


class PassSat(StepCommand, frozen=True, kw_only=True, tag="pass-sat"):
    """Record a site acceptance test that was passed."""


class FailSat(StepCommand, frozen=True, kw_only=True, tag="fail-sat"):
    """Record a site acceptance test that was not passed."""

    reason: Text


class CommissionPlant(StepCommand, frozen=True, kw_only=True, tag="commission-plant"):
    """Record that the plant started up."""


class CertifyAcceptance(StepCommand, frozen=True, kw_only=True, tag="certify-acceptance"):
    """Record the provisional acceptance certificate: a principal's sale, an agent's fee.

    cost   what the equipment cost a principal, where it stands in the inventory
    """

    deemed: bool = False
    cost: Cny | None = None


class StartWarranty(StepCommand, frozen=True, kw_only=True, tag="start-warranty"):
    """Record until when defects are the supplier's."""

    until_on: date


class ReleaseRetention(StepCommand, frozen=True, kw_only=True, tag="release-retention"):
    """Record that what was retained is due."""


class CloseOrder(StepCommand, frozen=True, kw_only=True, tag="close-order"):
    """Record the final acceptance certificate."""


class HoldOrder(OrderCommand, frozen=True, kw_only=True, tag="hold-order"):
    """Stop the works for a while."""

    reason: Text


class ResumeOrder(OrderCommand, frozen=True, kw_only=True, tag="resume-order"):
    """Go on with the works."""

    reason: Text


# Refusals


class ItemUnknown(OrderRefusal):
    """The order has no such item."""

    code = "order-item-unknown"
    kind = "unknown"


class ShippedExceeded(OrderRefusal):
    """O4: no more is shipped than was ordered."""

    code = "shipped-exceeded"


class ShipmentTaken(OrderRefusal):
    """This id is another shipment's."""

    code = "shipment-taken"
    kind = "conflict"


class NotAllShipped(OrderRefusal):
    """What is delivered was shipped."""

    code = "not-all-shipped"


class WithoutFat(OrderRefusal):
    """This order is tested before it is shipped."""

    code = "without-fat"


class NotDeemed(OrderRefusal):
    """O3: acceptance needs a passed site test, or a clause that deems it."""

    code = "acceptance-not-deemed"


class CostForbidden(OrderRefusal):
    """Only a principal has a cost of sales."""

    code = "order-cost-forbidden"


class WarrantyMalformed(OrderRefusal):
    """It ends on a later day."""

    code = "warranty-malformed"


class NothingRetained(OrderRefusal):
    """No milestone waits for the release of retention."""

    code = "nothing-retained"


class MoneyRemains(OrderRefusal):
    """The last certificate closes an order that nobody owes anything for."""

    code = "order-money-remains"


# Decide

FACT_OF: Mapping[type[Command], type[OrderFact]] = {
    StartProduction: ProductionStarted,
    PassFat: FatPassed,
    FailFat: FatFailed,
    ShipEquipment: EquipmentShipped,
    ClearCustoms: CustomsCleared,
    DeliverEquipment: EquipmentDelivered,
    InstallEquipment: EquipmentInstalled,
    PassSat: SatPassed,
    FailSat: SatFailed,
    CommissionPlant: PlantCommissioned,
    CertifyAcceptance: AcceptanceCertified,
    StartWarranty: WarrantyStarted,
    ReleaseRetention: RetentionReleased,
    CloseOrder: OrderClosed,
    HoldOrder: OrderPutOnHold,
    ResumeOrder: OrderResumed,
}
AFTER_PAC: tuple[OrderState, ...] = ("ACCEPTED", "WARRANTY")
STARTS: Mapping[type[OrderFact], tuple[OrderState, ...]] = {
    ProductionStarted: ("ORDERED", "DEPOSIT_PAID"),
    FatPassed: ("IN_PRODUCTION",),
    FatFailed: ("IN_PRODUCTION",),
    EquipmentShipped: ("IN_PRODUCTION", "FAT_PASSED", "SHIPPED", "CUSTOMS_CLEARED"),
    CustomsCleared: ("SHIPPED", "CUSTOMS_CLEARED"),
    EquipmentDelivered: ("SHIPPED", "CUSTOMS_CLEARED"),
    EquipmentInstalled: ("DELIVERED",),
    SatPassed: ("INSTALLED",),
    SatFailed: ("INSTALLED",),
    PlantCommissioned: ("INSTALLED", "SAT_PASSED", *AFTER_PAC),
    AcceptanceCertified: ("DELIVERED", "INSTALLED", "SAT_PASSED"),
    WarrantyStarted: ("ACCEPTED",),
    RetentionReleased: AFTER_PAC,
    OrderClosed: AFTER_PAC,
    OrderPutOnHold: UNDER_WAY,
    OrderResumed: UNDER_WAY,
}
REACHES: Mapping[type[Fact], OrderState] = {
    ProductionStarted: "IN_PRODUCTION",
    FatPassed: "FAT_PASSED",
    EquipmentShipped: "SHIPPED",
    CustomsCleared: "CUSTOMS_CLEARED",
    EquipmentDelivered: "DELIVERED",
    EquipmentInstalled: "INSTALLED",
    SatPassed: "SAT_PASSED",
    AcceptanceCertified: "ACCEPTED",
    WarrantyStarted: "WARRANTY",
    OrderClosed: "CLOSED",
}
TRIGGERS: Mapping[type[Fact], Trigger] = {
    ProductionStarted: "IN_PRODUCTION",
    FatPassed: "FAT_PASSED",
    EquipmentShipped: "SHIPPED",
    CustomsCleared: "CUSTOMS_CLEARED",
    EquipmentDelivered: "DELIVERED",
    EquipmentInstalled: "INSTALLED",
    SatPassed: "SAT_PASSED",
    AcceptanceCertified: "ACCEPTED",
    RetentionReleased: "RETENTION_RELEASED",
}


def _step(state: Orders, order: EquipmentOrder, command: Any, by: By) -> Sequence[Fact]:
    kind = FACT_OF[type(command)]
    given = _given(command)
    if already_so(state, kind, command, **given):
        return ()
    if (kind is OrderPutOnHold and order.on_hold) or (kind is OrderResumed and not order.on_hold):
        return ()
    if order.on_hold and kind is not OrderResumed:
        raise OrderOnHold(f"{order.order} is on hold; resume it first")
    check_state(order, STARTS[kind], command.effective_on)
    _check(order, command)
    named = {name: getattr(command, name) for name in command.__struct_fields__ if name in kind.__struct_fields__}
    fact = kind(**{**named, **given, **about(order)})
    return (fact, *_money(state, order, command, fact, by))


def _given(command: Any) -> dict[str, Any]:
    """The fact's fields that a command says in other words."""
    if isinstance(command, ClearCustoms):
        return {"duty_minor": minor(command.duty), "import_vat_minor": minor(command.import_vat)}
    return {}


def _money(state: Orders, order: EquipmentOrder, command: Any, fact: OrderFact, by: By) -> tuple[Fact, ...]:
    """What a step earns, and what becomes due by it."""
    on, trigger = command.effective_on, TRIGGERS.get(type(fact))
    found: tuple[Fact, ...] = ()
    if isinstance(command, CertifyAcceptance):
        found = revenue(state, order, command.rate_series, minor(command.cost or "0"), on, by)
    if isinstance(fact, RetentionReleased):
        retained = [one.milestone for one in order.milestones if one.trigger == "RETENTION_RELEASED"]
        found = reclassified(state, order, retained, on, by)
    if trigger is None:
        return found
    return (*found, *commission(state, order, trigger, command.rate_series, on, by))


def _check(order: EquipmentOrder, command: Any) -> None:
    """The rules of each step. Raises OrderRefusal."""
    match command:
        case ShipEquipment():
            _check_shipment(order, command)
        case DeliverEquipment():
            _check_delivery(order)
        case CertifyAcceptance():
            _check_acceptance(order, command)
        case StartWarranty() if command.until_on <= command.effective_on:
            raise WarrantyMalformed("a warranty ends after the day on which it starts", field="until_on")
        case ReleaseRetention() if not any(one.trigger == "RETENTION_RELEASED" for one in order.milestones):
            raise NothingRetained(f"no milestone of {order.order} is due with the release of retention")
        case CloseOrder() if order.money_remains:
            raise MoneyRemains(f"something is still owed or held for {order.order}; settle it before the FAC")


def ordered_quantities(order: EquipmentOrder) -> dict[str, int]:
    """How many of each item were ordered, by now."""
    return {one.item: one.quantity for one in terms_of(order).lines}


def _check_shipment(order: EquipmentOrder, command: ShipEquipment) -> None:
    ordered, gone = ordered_quantities(order), dict(order.shipped)
    for one in command.items:
        if one.item not in ordered:
            raise ItemUnknown(f"{order.order} has no item {one.item}", field="items")
        gone[one.item] = gone.get(one.item, 0) + one.quantity
        if gone[one.item] > ordered[one.item]:
            raise ShippedExceeded(
                f"{ordered[one.item]} of {one.item} were ordered, {gone[one.item]} would be shipped", field="items"
            )
    if command.shipment in order.shipments:
        raise ShipmentTaken(f"{command.shipment} is another shipment of {order.order}", field="shipment")
    if terms_of(order).fat and "FAT_PASSED" not in order.reached:
        raise WithoutFat(f"{order.order} is shipped when its factory acceptance test is passed")


def _check_delivery(order: EquipmentOrder) -> None:
    starts: tuple[OrderState, ...] = ("CUSTOMS_CLEARED",)
    if terms_of(order).supply == "DOMESTIC":
        starts = ("SHIPPED", "CUSTOMS_CLEARED")
    check_state(order, starts)
    missing = [item for item, quantity in ordered_quantities(order).items() if order.shipped.get(item, 0) < quantity]
    if missing:
        raise NotAllShipped(f"not all was shipped of {', '.join(missing)}")


def _check_acceptance(order: EquipmentOrder, command: CertifyAcceptance) -> None:
    tested = order.state == "SAT_PASSED"
    if not tested and not (command.deemed and terms_of(order).deemed_acceptance):
        raise NotDeemed(
            f"no site acceptance test of {order.order} was passed, and acceptance is not deemed by a clause of it",
            field="deemed",
        )
    if command.cost is not None and order.role != "PRINCIPAL":
        raise CostForbidden(f"as {order.role} MCSC has no cost of sales", field="cost")


def _scope(command: Any) -> tuple[str, ...]:
    return posting_tags(command.rate_series, *TAXES) if isinstance(command, StepCommand) else ()


# Evolve


def _stepped(order: EquipmentOrder, fact: OrderFact) -> dict[str, Any]:
    trigger = TRIGGERS.get(type(fact))
    change: dict[str, Any] = {}
    if trigger is not None:
        first = min(order.reached.get(trigger, fact.effective_on), fact.effective_on)
        change["reached"] = {**order.reached, trigger: first}
    match fact:
        case EquipmentShipped():
            shipped = dict(order.shipped)
            for one in fact.items:
                shipped[one.item] = shipped.get(one.item, 0) + one.quantity
            change |= {"shipped": shipped, "shipments": (*order.shipments, fact.shipment)}
        case PlantCommissioned():
            change["commissioned_on"] = fact.effective_on
        case WarrantyStarted():
            change["warranty_until"] = fact.until_on
        case OrderPutOnHold() | OrderResumed():
            change["on_hold"] = isinstance(fact, OrderPutOnHold)
    return change


WORKS = Part(
    decide=dict.fromkeys(FACT_OF, _step),
    scope=dict.fromkeys(FACT_OF, _scope),
    change=dict.fromkeys(FACT_OF.values(), _stepped),
)

"""Building it: production, test, shipment, customs, installation, acceptance, warranty, the last certificate.

Command             Fact (order.…)        From                          To
StartProduction     production-started    ORDERED, DEPOSIT_PAID         IN_PRODUCTION
PassFat, FailFat    fat-passed, -failed   IN_PRODUCTION                 FAT_PASSED; failed: as it was
ShipEquipment       shipped               IN_PRODUCTION or further      SHIPPED, with the first bill of lading
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

Commissioning is starting the plant; it has nothing to do with an agent's commission (domain D6), which any step in
TRIGGERS may earn. Without a deposit milestone, or before it is paid, production may start.

Refusals, in order of precedence (after OrderUnknown)
├── (OrderOnHold, OrderStateForbids, OrderStepTooEarly)
├── NotOnHold            only what is on hold is resumed
├── ItemUnknown          the order has no such item (unknown)
├── ShippedExceeded      O4: no more is shipped than was ordered
├── ShipmentTaken        this id is another shipment's (conflict)
├── NotAllShipped        everything ordered is shipped before it is delivered
├── WithoutFat           this order is shipped after its factory acceptance test
├── NotDeemed            O3: acceptance needs a passed site test, or a clause that deems it
├── CostForbidden        only a principal has a cost of sales
├── (CostExceeded)       of earning.py: no more goes out of the inventory than stands there
├── WarrantyMalformed    a warranty ends on a later day than it starts
├── NothingRetained      no milestone waits for the release of retention
└── MoneyRemains         the FAC needs a settled order: nothing owed, nothing held
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar, get_args

from msgspec import Meta
from msgspec.structs import replace

from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.orders.earning import TAXES, check_same, fee_earned, revenue
from ledger.orders.facts import (
    AcceptanceCertified,
    CommissionFeeEarned,
    CustomsCleared,
    EquipmentDelivered,
    EquipmentInstalled,
    EquipmentRevenueRecognised,
    EquipmentShipped,
    FatFailed,
    FatPassed,
    OrderClosed,
    OrderFact,
    OrderMoneyFact,
    OrderPutOnHold,
    OrderResumed,
    PlantCommissioned,
    ProductionStarted,
    RetentionReleased,
    SatFailed,
    SatPassed,
    ShippedItem,
    StepFact,
    WarrantyStarted,
)
from ledger.orders.order import (
    AFTER_PAC,
    UNDER_WAY,
    EquipmentOrder,
    OrderCommand,
    OrderOnHold,
    OrderRefusal,
    Orders,
    OrderState,
    about,
    check_not_before,
    check_state,
    order_of,
    posting_tags,
    scope_of,
    series_named,
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

    put_right: ClassVar[str] = (
        "`withdraw-order-step`, the latest step first; what was earned or fell due by it is put back."
    )
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

    cost   what the equipment cost a principal, of what was bought for the order and stands in the inventory (1405);
           where it is not said, all that stands there. What is invoiced later is a cost then
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

    put_right: ClassVar[str] = "`resume-order`, or `withdraw-order-step` of `order.put-on-hold`."
    reason: Text


class ResumeOrder(OrderCommand, frozen=True, kw_only=True, tag="resume-order"):
    """Go on with the works."""

    put_right: ClassVar[str] = "`hold-order` again, or `withdraw-order-step` of `order.resumed`."
    reason: Text


Step = (
    StartProduction
    | PassFat
    | FailFat
    | ShipEquipment
    | ClearCustoms
    | DeliverEquipment
    | InstallEquipment
    | PassSat
    | FailSat
    | CommissionPlant
    | CertifyAcceptance
    | StartWarranty
    | ReleaseRetention
    | CloseOrder
)


# Refusals


class NotOnHold(OrderRefusal):
    """Only what is on hold is resumed."""

    code = "order-not-on-hold"


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
    """Everything ordered is shipped before it is delivered."""

    code = "not-all-shipped"


class WithoutFat(OrderRefusal):
    """This order is shipped after its factory acceptance test."""

    code = "without-fat"


class NotDeemed(OrderRefusal):
    """O3: acceptance needs a passed site test, or a clause that deems it."""

    code = "acceptance-not-deemed"


class CostForbidden(OrderRefusal):
    """Only a principal has a cost of sales."""

    code = "order-cost-forbidden"


class WarrantyMalformed(OrderRefusal):
    """A warranty ends on a later day than it starts."""

    code = "warranty-malformed"


class NothingRetained(OrderRefusal):
    """No milestone waits for the release of retention."""

    code = "nothing-retained"


class MoneyRemains(OrderRefusal):
    """The FAC needs a settled order: nothing owed, nothing held."""

    code = "order-money-remains"


# Which step starts from where, and what it reaches

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


# Evolve


def _stepped(order: EquipmentOrder, fact: OrderFact) -> EquipmentOrder:
    """The order after a step. A trigger has happened on the first day that any fact says."""
    if (trigger := TRIGGERS.get(type(fact))) is not None:
        first = min(order.reached.get(trigger, fact.effective_on), fact.effective_on)
        order = replace(order, reached={**order.reached, trigger: first})
    match fact:
        case EquipmentShipped():
            shipped = dict(order.shipped)
            for item in fact.items:
                shipped[item.item] = shipped.get(item.item, 0) + item.quantity
            return replace(order, shipped=shipped, shipments=(*order.shipments, fact.shipment))
        case PlantCommissioned():
            return replace(order, commissioned_on=fact.effective_on)
        case WarrantyStarted():
            return replace(order, warranty_until=fact.until_on)
        case OrderPutOnHold() | OrderResumed():
            return replace(order, on_hold=isinstance(fact, OrderPutOnHold))
    return order


# Scope


def _scope(command: Step) -> tuple[str, ...]:
    """The order, and what a fee or a sale needs that a step may earn."""
    return scope_of(command, *posting_tags(command.rate_series, *TAXES))


# The rules of each step


def _check(order: EquipmentOrder, command: Step) -> None:
    """Check the rules of a step. Raises OrderRefusal."""
    match command:
        case ShipEquipment():
            _check_shipment(order, command)
        case DeliverEquipment():
            _check_delivery(order)
        case CertifyAcceptance():
            _check_acceptance(order, command)
        case StartWarranty() if command.until_on <= command.effective_on:
            raise WarrantyMalformed("a warranty ends after the day on which it starts", field="until_on")
        case ReleaseRetention() if not _retained(order):
            raise NothingRetained(f"no milestone of {order.order} is due with the release of retention")
        case CloseOrder() if order.money_remains:
            raise MoneyRemains(f"something is still owed or held for {order.order}; settle it before the FAC")


def _retained(order: EquipmentOrder) -> list[str]:
    """The milestones that are due with the release of retention."""
    return [milestone.milestone for milestone in order.milestones if milestone.trigger == "RETENTION_RELEASED"]


def ordered_quantities(order: EquipmentOrder) -> dict[str, int]:
    """Count the units ordered of each item, after all changes so far."""
    return {line.item: line.quantity for line in terms_of(order).lines}


def _check_shipment(order: EquipmentOrder, command: ShipEquipment) -> None:
    ordered, gone = ordered_quantities(order), dict(order.shipped)
    for shipped in command.items:
        item = shipped.item
        if item not in ordered:
            raise ItemUnknown(f"{order.order} has no item {item}", field="items")
        gone[item] = gone.get(item, 0) + shipped.quantity
        if gone[item] > ordered[item]:
            raise ShippedExceeded(
                f"{ordered[item]} of {item} were ordered, {gone[item]} would be shipped", field="items"
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


def _check_start(order: EquipmentOrder, step: type[OrderFact], on: date) -> None:
    """Check that a step of the works starts from the order's state and day. A deposit is money and no step of them:
    what began before it was paid may be typed after it. Raises OrderStateForbids, OrderStepTooEarly."""
    if order.state == "DEPOSIT_PAID" and "ORDERED" in STARTS[step]:
        order = replace(order, state="ORDERED", since=order.reached.get("ORDERED", order.since))
    check_state(order, STARTS[step], on)


# Decide


def _step(state: Orders, command: Step, by: By) -> Sequence[Fact]:
    """A step, and the money that moves by it."""
    order = order_of(state, command)
    step = _fact_of(order, command)
    if step.asked in state.asked.values():
        _check_same(state, order, command, step)
        return ()
    if order.on_hold:
        raise OrderOnHold(f"{order.order} is on hold; resume it first")
    _check_start(order, type(step), command.effective_on)
    _check(order, command)
    return (step, *_money(state, order, command, by), *_fee(state, order, command, step, by))


def _check_same(state: Orders, order: EquipmentOrder, command: Step, step: StepFact) -> None:
    """Check that the step, and what it earned, were at the rate and cost that are said again. Raises SaidOtherwise."""
    recorded = [fact for fact in state.recorded(command, type(step)) if fact.asked == step.asked]
    trigger = TRIGGERS.get(type(step))
    earned: list[OrderMoneyFact] = [
        fact for fact in state.recorded(command, CommissionFeeEarned) if fact.trigger == trigger and fact.change is None
    ]
    cost = None
    if isinstance(command, CertifyAcceptance):
        earned, cost = [*earned, *state.recorded(command, EquipmentRevenueRecognised)], command.cost
    check_same(recorded[-1], order, command.rate_series, earned, cost)


def _fact_of(order: EquipmentOrder, command: Step) -> StepFact:
    """The fact that a step's command asks for."""
    step: dict[str, Any] = {
        **about(order),
        "effective_on": command.effective_on,
        "document": command.document,
        "rate_series": series_named(order, command.rate_series),
    }
    match command:
        case StartProduction():
            return ProductionStarted(**step)
        case PassFat():
            return FatPassed(**step)
        case FailFat():
            return FatFailed(**step, reason=command.reason)
        case ShipEquipment():
            return EquipmentShipped(
                **step, shipment=command.shipment, bill_of_lading=command.bill_of_lading, items=command.items
            )
        case ClearCustoms():
            duty, vat = minor(command.duty), minor(command.import_vat)
            return CustomsCleared(**step, declaration=command.declaration, duty_minor=duty, import_vat_minor=vat)
        case DeliverEquipment():
            return EquipmentDelivered(**step)
        case InstallEquipment():
            return EquipmentInstalled(**step)
        case PassSat():
            return SatPassed(**step)
        case FailSat():
            return SatFailed(**step, reason=command.reason)
        case CommissionPlant():
            return PlantCommissioned(**step)
        case CertifyAcceptance():
            return AcceptanceCertified(**step, deemed=command.deemed)
        case StartWarranty():
            return WarrantyStarted(**step, until_on=command.until_on)
        case ReleaseRetention():
            return RetentionReleased(**step)
        case CloseOrder():
            return OrderClosed(**step)


def _money(state: Orders, order: EquipmentOrder, command: Step, by: By) -> tuple[Fact, ...]:
    """Post the money of a step: the revenue of an acceptance, or the retention that falls due on release."""
    on = command.effective_on
    match command:
        case CertifyAcceptance():
            return revenue(state, order, command, command.rate_series, command.cost, by)
        case ReleaseRetention():
            return reclassified(state, order, _retained(order), on, by)
    return ()


def _fee(state: Orders, order: EquipmentOrder, command: Step, step: StepFact, by: By) -> tuple[Fact, ...]:
    """Post the fee that MCSC earns as agent by the step, if any."""
    trigger = TRIGGERS.get(type(step))
    if trigger is None:
        return ()
    return fee_earned(state, order, trigger, command.rate_series, command.effective_on, by)


def _hold(state: Orders, command: HoldOrder, by: By) -> Sequence[Fact]:
    order = order_of(state, command)
    if said(OrderPutOnHold, command) in state.asked.values():
        return ()
    _check_start(order, OrderPutOnHold, command.effective_on)
    if order.on_hold:
        raise OrderOnHold(f"{order.order} is on hold already, by other words: resume it, or withdraw what was said")
    return (OrderPutOnHold(**about(order), effective_on=command.effective_on, reason=command.reason),)


def _resume(state: Orders, command: ResumeOrder, by: By) -> Sequence[Fact]:
    order = order_of(state, command)
    if said(OrderResumed, command) in state.asked.values():
        return ()
    _check_start(order, OrderResumed, command.effective_on)
    if not order.on_hold:
        raise NotOnHold(f"{order.order} is not on hold; there is nothing to resume")
    held_on = max(fact.effective_on for fact in state.recorded(command, OrderPutOnHold))
    check_not_before("the hold", held_on, command.effective_on)
    return (OrderResumed(**about(order), effective_on=command.effective_on, reason=command.reason),)


WORKS: Part[Orders, EquipmentOrder] = Part(
    decide={**dict.fromkeys(get_args(Step), _step), HoldOrder: _hold, ResumeOrder: _resume},
    scope={**dict.fromkeys(get_args(Step), _scope), HoldOrder: scope_of, ResumeOrder: scope_of},
    evolve=dict.fromkeys(STARTS, _stepped),
)

"""A step of an order that was recorded by mistake is withdrawn, with what it posted (docs/decisions/0014).

Command            Facts (order.…)
WithdrawOrderStep  step-withdrawn; mirrors of what the step earned, charged or made due, and before them
                   revaluation-reversed, where that was remeasured

A step takes with it what the same command posted; what rests on either goes first.

Refusals, in order of precedence (after OrderUnknown)
├── OrderStepUnknown    no such step stands, or several do and `about` does not say which (unknown)
└── OrderStepNotLatest  of putting_right.py: something that stands rests on it, and goes first
"""

from collections.abc import Sequence
from functools import reduce
from typing import ClassVar, NamedTuple

from ledger.decider import By, Decider, Fact, Id, Standing, StepName, Text, Withdrawing, keep
from ledger.orders.deciding import evolve
from ledger.orders.facts import EquipmentOrdered, OrderAmountFact, OrderFact
from ledger.orders.mistakes.facts import OrderStepWithdrawn
from ledger.orders.mistakes.putting_right import OrderStepNotLatest, check_latest, mirrored
from ledger.orders.mistakes.resting import posted_with
from ledger.orders.order import EquipmentOrder, OrderCommand, OrderRefusal, Orders, order_of, posting_tags, scope_of
from ledger.values.days import OnRecord
from ledger.values.money import written

# Commands


class WithdrawOrderStep(OrderCommand, frozen=True, kw_only=True, tag="withdraw-order-step"):
    """Withdraw a step of an order that was recorded by mistake; `effective_on` is the step's own date.

    about   which milestone or change, where invoices, payments or changes of several stand of that date
    """

    effective_on: OnRecord
    put_right: ClassVar[str] = "Record the step again."
    step: StepName
    about: Id | None = None
    reason: Text


# Refusals


class OrderStepUnknown(OrderRefusal):
    """No such step of the order stands, or several do."""

    code = "order-step-unknown"
    kind = "unknown"


# Scope


def _scope(command: WithdrawOrderStep) -> tuple[str, ...]:
    return scope_of(command, *posting_tags())


# Decide


class _Seen(NamedTuple):
    """An order, its facts that stand after a step, and those that the step posted."""

    state: Orders
    order: EquipmentOrder
    later: Sequence[Fact]
    posted: Sequence[OrderAmountFact]


def _seen(facts: Standing, step: OrderFact) -> _Seen:
    state = reduce(evolve, facts, Orders())
    order, story = state.orders[step.order], state.stories[step.order]
    at = next(at for at, fact in enumerate(story) if fact is step)
    return _Seen(state, order, story[at + 1 :], posted_with(order, story, at))


def _check(facts: Standing, step: OrderFact, command: WithdrawOrderStep, by: By) -> None:
    """Check that nothing rests on a step, or on what it posted. Raises OrderStepNotLatest."""
    state, order, later, posted = _seen(facts, step)
    if isinstance(step, EquipmentOrdered) and (stock := state.stock.get(order.order)) and stock.total_minor:
        raise OrderStepNotLatest(
            f"{written(stock.total_minor)} CNY were bought for {order.order} (1405); withdraw-purchase-document goes "
            "first",
            field="step",
        )
    check_latest(order, [fact for fact in later if fact not in posted], step, *posted)


def _explain(facts: Standing, command: WithdrawOrderStep) -> None:
    order_of(reduce(evolve, facts, Orders()), command)


def decide(facts: Standing, command: WithdrawOrderStep, by: By) -> Sequence[Fact]:
    """Withdraw a step that nothing rests on, with the mirrors of what it posted."""
    withdrawn = WITHDRAWING.decide(facts, command, by)
    if not withdrawn:
        return ()
    state, order, _, posted = _seen(facts, WITHDRAWING.step(facts, command))
    mirrors = (mirrored(state, order, each, each.effective_on, command.reason, by) for each in reversed(posted))
    return (*(fact for of_each in mirrors for fact in of_each), *withdrawn)


WITHDRAWING = Withdrawing(
    withdrawn=OrderStepWithdrawn,
    steps=(OrderFact,),
    unknown=OrderStepUnknown,
    not_latest=OrderStepNotLatest,
    check=_check,
    explain=_explain,
)
ORDER_STEPS: Decider[WithdrawOrderStep, Standing] = Decider((WithdrawOrderStep,), (), _scope, keep, decide)

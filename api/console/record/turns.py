"""The month, run or milestone whose turn it is: what a form begins with, where one comes after another.

TURNS   the commands that take turns: which facts say whose turn it is, and what they say
turn    what a form of such a command begins with; only of what is typed, where something is
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ledger.bookkeeping.vat.facts import VAT_TAG, VatPaid, VatPaymentReturned, VatReturnFiled, VatReturnWithdrawn
from ledger.decider import Fact, standing
from ledger.log import store
from ledger.log.database import Database
from ledger.offtake.facts import StatementCalculated
from ledger.orders.facts import (
    EquipmentShipped,
    MilestoneInvoiced,
    MilestoneMoneyFact,
    MilestonePaid,
    QuotationIssued,
)
from ledger.periods import month_after
from ledger.values.money import written

Typed = Mapping[str, str]
Facts = Sequence[Fact]


def _next_return(facts: Facts, typed: Typed) -> dict[str, str]:
    filed = _returns(facts)
    return {"month": month_after(max(filed))} if filed and not _typed(typed, "month") else {}


def _unpaid_return(facts: Facts, typed: Typed) -> dict[str, str]:
    open_minor = _returns(facts)
    back = {fact.reversed for fact in facts if isinstance(fact, VatPaymentReturned)}
    for fact in facts:
        if isinstance(fact, VatPaid) and fact not in back and fact.month in open_minor:
            open_minor[fact.month] -= fact.amount_minor
    month = _typed(typed, "month") or next((one for one, left in sorted(open_minor.items()) if left), "")
    return {"month": month, "amount": written(open_minor[month])} if open_minor.get(month) else {}


def _returns(facts: Facts) -> dict[str, int]:
    """The returns that stand, by month, and what each comes to."""
    back = {fact.reversed for fact in facts if isinstance(fact, VatReturnWithdrawn)}
    return {
        fact.month: fact.figures.payable_minor
        for fact in facts
        if isinstance(fact, VatReturnFiled) and fact not in back
    }


def _next_statement(facts: Facts, typed: Typed) -> dict[str, str]:
    runs = _runs(facts, "")
    return {"month": month_after(max(runs)[0])} if runs and not _typed(typed, "month") else {}


def _latest_run(facts: Facts, typed: Typed) -> dict[str, str]:
    runs = _runs(facts, _typed(typed, "month"))
    return {"month": max(runs)[0], "run": str(max(runs)[1])} if runs else {}


def _runs(facts: Facts, month: str) -> set[tuple[str, int]]:
    """The months that were calculated with their runs; of one month alone, where one is named."""
    return {
        (fact.month, fact.run) for fact in facts if isinstance(fact, StatementCalculated) if month in ("", fact.month)
    }


def _next_milestone(facts: Facts, typed: Typed) -> dict[str, str]:
    invoiced = {fact.milestone for fact in facts if isinstance(fact, MilestoneInvoiced)}
    agreed = [fact.terms.milestones for fact in facts if isinstance(fact, QuotationIssued)][-1:]
    left = [one.milestone for some in agreed for one in some if one.milestone not in invoiced]
    return {"milestone": left[0]} if left and not _typed(typed, "milestone") else {}


def _unpaid_milestone(facts: Facts, typed: Typed) -> dict[str, str]:
    paid = {fact.milestone for fact in facts if isinstance(fact, MilestonePaid | MilestoneMoneyFact) and not fact.part}
    left = [fact.milestone for fact in facts if isinstance(fact, MilestoneInvoiced) and fact.milestone not in paid]
    return {"milestone": left[0]} if left and not _typed(typed, "milestone") else {}


def _unshipped(facts: Facts, typed: Typed) -> dict[str, str]:
    left = Counter[str]()
    for quoted in [fact for fact in facts if isinstance(fact, QuotationIssued)][-1:]:
        left.update({line.item: line.quantity for line in quoted.terms.lines})
    for fact in facts:
        if isinstance(fact, EquipmentShipped):
            left.subtract({one.item: one.quantity for one in fact.items})
    items = [(item, count) for item, count in left.items() if count > 0]
    return {
        path: text
        for line, (item, count) in enumerate(items)
        for path, text in ((f"items.{line}.item", item), (f"items.{line}.quantity", str(count)))
    }


def _typed(typed: Typed, name: str) -> str:
    return typed.get(name, "").strip()


TURNS: Mapping[str, tuple[str, str, Callable[[Facts, Typed], dict[str, str]]]] = {
    "propose-vat-return": (VAT_TAG, "", _next_return),
    "pay-vat": (VAT_TAG, "", _unpaid_return),
    "calculate-statement": ("offtake", "agreement", _next_statement),
    "approve-statement": ("offtake", "agreement", _latest_run),
    "invoice-milestone": ("order", "order", _next_milestone),
    "record-milestone-payment": ("order", "order", _unpaid_milestone),
    "ship-equipment": ("order", "order", _unshipped),
}
"""The tag of the facts that say it, the field that names the thing which the tag is of, and what they say."""


def turn(database: Database, command: str, typed: Typed) -> dict[str, str]:
    """Find whose turn it is, as it would be typed; nothing where the thing is not named yet."""
    tag, field, told = TURNS[command]
    named = _typed(typed, field) if field else ""
    if field and not named:
        return {}
    with database.views.connect() as connection:
        entries = store.by_tags(connection, [f"{tag}:{named}" if field else tag])
    facts: list[Any] = standing([entry.fact for entry in entries], lambda fact: fact)
    return told(facts, typed)

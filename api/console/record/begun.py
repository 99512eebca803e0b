"""How a form begins: with today, ids that are free to take, and what is on record of the thing that is named.

begun       what stands in a form that nobody has typed in yet
previous    what is on record of the fields that a command says anew
not_before  the day that a command waits for
"""

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from api.console.parts import Desk
from api.console.record.shapes import Typed, filled_lists, typed_at
from api.console.record.turns import TURNS, turn
from ledger.bookkeeping.purchases.facts import CustomsDeclared, PurchaseInvoiceRecorded, PurchaseWithdrawn
from ledger.companies.prospects import SCREENING_LISTS
from ledger.decider import Command, Fact, command_name, standing, stored_name
from ledger.leases.facts import AmendmentProposed, LeaseDrafted
from ledger.log import store
from ledger.log.database import Database
from ledger.offtake.life import DraftOfftake
from ledger.orders.facts import CustomsCleared
from ledger.values.money import EXPONENT, written

COPIED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "change-details": ("company", ("name", "name_zh", "country", "address")),
    "change-service-charge": ("lease", ("service_charge",)),
    "correct-building": ("building", ("name", "floors", "lettable")),
    "correct-details": ("company", ("name", "name_zh", "country", "address")),
    "correct-parcel": ("parcel", ("name", "area", "outline", "datum")),
    "correct-site": ("site", ("name", "stated_area", "stated_unit", "source", "outline", "datum")),
    "correct-unit": ("unit", ("floor", "use")),
    "draft-investment-agreement": ("agreement", ("company", "terms")),
    "draft-lease": ("lease", ("company", "terms")),
    "draft-offtake": ("agreement", ("terms",)),
    "issue-quotation": ("order", ("supplier", "buyer", "terms")),
    "propose-amendment": ("lease", ("terms",)),
    "propose-change-order": ("order", ("lines",)),
    "propose-investment-amendment": ("agreement", ("terms",)),
    "propose-offtake-amendment": ("agreement", ("terms",)),
    "remeasure-unit": ("unit", ("area", "standard")),
}
"""What a command says anew, by the field that names the thing: it begins as it was."""


def _cleared(fact: CustomsCleared) -> dict[str, str]:
    return {
        "number": fact.declaration,
        "duty": written(fact.duty_minor),
        "import_vat": written(fact.import_vat_minor),
    }


def _declared(fact: CustomsDeclared) -> dict[str, str]:
    duty, vat = (sum(getattr(line, part) for line in fact.lines) for part in ("net_minor", "vat_minor"))
    return {"declaration": fact.number, "duty": written(duty), "import_vat": written(vat)}


def _units(fact: LeaseDrafted | AmendmentProposed) -> dict[str, str]:
    return typed_at(tuple(dict.fromkeys(one.unit for one in fact.terms.premises)), "units")


def _commencing(fact: LeaseDrafted) -> dict[str, str]:
    return {"effective_on": fact.terms.commencement_on.isoformat()}


def _to_pay(fact: PurchaseInvoiceRecorded) -> dict[str, str]:
    amount = written(fact.gross_minor, EXPONENT[fact.currency])
    return {"currency": fact.currency, "items.0.document": fact.purchase, "items.0.amount": amount}


SAID: Mapping[str, tuple[str, type[Fact], Callable[[Any], dict[str, str]]]] = {
    "record-customs-declaration": ("order", CustomsCleared, _cleared),
    "clear-customs": ("order", CustomsDeclared, _declared),
    "execute-lease": ("lease", LeaseDrafted, _units),
    "propose-supplier-payment": ("purchase", PurchaseInvoiceRecorded, _to_pay),
    "commence-lease": ("lease", LeaseDrafted, _commencing),
    "approve-amendment": ("lease", AmendmentProposed, _units),
}
"""What another command says of the same thing, by the field that names the thing: it is typed once."""

NEW: Mapping[str, str] = {
    "adjust-quantity": "adjustment", "assess-clawback": "clawback", "collect-clawback": "collection",
    "draft-investment-agreement": "agreement", "draft-lease": "lease", "draft-offtake": "agreement",
    "assess-energy-late-fee": "invoice", "credit-energy-document": "credit_note",
    "issue-credit-note": "credit_note", "issue-debit-note": "invoice", "issue-quotation": "order",
    "invoice-milestone": "invoice",
    "measure-ecl": "measurement", "pay-incentive": "payment", "propose-amendment": "amendment",
    "propose-change-order": "change", "propose-clawback-waiver": "waiver",
    "propose-estimate": "estimate",
    "propose-investment-amendment": "amendment", "propose-offtake-amendment": "amendment", "propose-rate": "rate",
    "propose-journal": "manual_journal", "repeat-journal": "manual_journal", "mirror-journal": "manual_journal",
    "propose-bank-payment": "payment", "propose-supplier-payment": "payment", "propose-write-off": "write_off",
    "pay-vat": "vat_payment", "receive-deposit": "deposit",
    "credit-deposit-interest": "deposit", "record-lease-cost": "cost", "move-deposit": "deposit",
    "record-claim": "claim",
    "record-contribution": "contribution", "record-curtailment": "curtailment",
    **dict.fromkeys(
        ("transfer-between-accounts", "record-bank-charge", "record-bank-interest", "bring-forward-bank-balance"),
        "bank_entry",
    ),
    "open-bank-account": "bank_account",
    "record-customs-declaration": "purchase", "record-outside-incentive": "payment",
    "record-purchase-invoice": "purchase", "record-receipt": "receipt", "refund-deposit": "deposit",
    "refund-receipt": "refund", "record-supplier-credit-note": "purchase", "reverse-contribution": "reversal",
    "propose-termination-payment": "termination_payment",
    "sell-certificates": "sale", "issue-certificate-lot": "lot",
    **dict.fromkeys(("transfer-certificates", "retire-certificates"), "movement"),
    "ship-equipment": "shipment",
    **dict.fromkeys(("sell-stock", "move-stock", "propose-write-down"), "stock_entry"),
}  # fmt: skip
"""The field of a command that names what is new."""
WHOLE: Mapping[str, tuple[str, tuple[str, ...]]] = {"screen-company": ("lists", SCREENING_LISTS)}
"""A list that is nearly always said whole: its form begins with every line of it."""


def begun(desk: Desk, command: type[Command], asked: Typed) -> dict[str, str]:
    """Fill a form that nobody has typed in, where the address says some of it: the command's own fields only."""
    known = {path for field in command.__struct_fields__ for path in asked if path == field or _below(path, field)}
    typed = {path: asked[path] for path in asked if path in known}
    today = desk.settings.today()
    new = NEW.get(command_name(command))
    if new is not None:
        free = f"{new.replace('_', '-')}-{today:%y%m%d}-{secrets.token_hex(2)}"
        typed.setdefault(new, free)
    typed.setdefault("effective_on", today.isoformat())
    if command is DraftOfftake and not any(path.startswith("terms.") for path in asked):
        typed["terms.co2_series"] = desk.settings.co2_series
    field, whole = WHOLE.get(command_name(command), ("", ()))
    filled = {**filled_lists(command), **(typed_at(whole, field) if whole else {})}
    lists = {path: text for path, text in filled.items() if not _said(path, typed)}
    return {**lists, **typed}


def _below(path: str, field: str) -> bool:
    return path.startswith(f"{field}.")


def _said(path: str, typed: Typed) -> bool:
    """Tell whether some line of the same list is typed."""
    whole = re.split(r"\.[0-9]+(?:\.|$)", path)[0]
    return any(name.startswith(f"{whole}.") for name in typed)


def previous(database: Database, command: type[Command], typed: Typed) -> dict[str, str]:
    """Find what is on record of the fields that a command says anew, as it would be typed."""
    name = command_name(command)
    if name in TURNS:
        return turn(database, name, typed)
    thing, names = COPIED.get(name, ("", ()))
    if name in SAID:
        thing, said, told = SAID[name]
    if not (named := typed.get(thing, "").strip()):
        return {}
    with database.views.connect() as connection:
        entries = store.by_tags(connection, [f"{thing}:{named}"])
    facts = standing([entry.fact for entry in entries], lambda fact: fact)
    if name in SAID:
        taken_back = {fact.reversed for fact in facts if isinstance(fact, PurchaseWithdrawn)}
        papers = [fact for fact in facts if isinstance(fact, said) and fact not in taken_back]
        return told(papers[-1]) if papers else {}
    found: dict[str, str] = {}
    for name in names:
        values = [value for fact in facts if (value := _value(fact, name)) is not None]
        if values:
            found |= typed_at(values[-1], name)
    return found


def not_before(desk: Desk, command: type[Command], typed: Typed) -> str:
    """Find the day that a command says and that is still to come: it can be recorded from that day on. Else nothing."""
    day = previous(desk.database, command, typed).get("effective_on", "") if command_name(command) in SAID else ""
    return day if day > desk.settings.today().isoformat() else ""


def _value(fact: Fact, name: str) -> Any:
    """Read a field of a fact; a proposal says nothing yet."""
    if stored_name(type(fact)).endswith("-proposed"):
        return None
    if name == "lines" and hasattr(fact, "terms"):
        return getattr(fact.terms, "lines", None)
    return getattr(fact, name, None)

"""An example of every command, made from its fields: it can be recorded as it is printed, on one line.

example    the example: the fields that are required, and what a rule wants beside them
before     what it names, and the command that brings each of that on record
required   the fields that are required; optional: the others, and what each of them takes
story      the examples of a story, one after another, that all can be recorded on an empty ledger

Names are invented, so most examples are refused until what they name is on record; none is malformed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from ledger.decider import Command, command_name

Schema = Mapping[str, Any]
ID = re.compile(r"\^\[a-z0-9\]\[a-z0-9-\]\{0,\d+\}\$")

MONTH = "^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])$"

USCC, LEI = "91000000FXDEMA0460", "FICT00MCSCDEM0000187"
"""Of nobody, and whole: their check digits agree."""

ENDS = frozenset({"ends_on", "until_on", "expiry_on", "expires_on", "valid_until", "due_on", "break_on"})
"""Days that come a year after the others."""

VALUES: Mapping[str, Any] = {
    "account": "receivables",
    "approver": "another-demo",
    "bank_reference": "B-2026-1",
    "contact": 1,
    "country": "CN",
    "email": "office@example.com",
    "currency": "USD",
    "digits": 8,
    "identity": "https://id.example.org/#u-1-demo",
    "energy_wh": " ".join(["250"] * 96),
    "first": "GEC-DEMO-00000001",
    "from_at": "2026-01-10T08:00:00",
    "key_id": "key00001",
    "last": "GEC-DEMO-00000001",
    "lists": ["EXPORT_CONTROL", "NEGATIVE_LIST", "SANCTIONS"],
    "number": "12345678",
    "parent_lei": LEI,
    "percent": "100",
    "phone": "+86 28 5555 0100",
    "origin": "DIRECT",
    "registry": "DE-HRB",
    "result": "CLEAR",
    "root": "0" * 64,
    "secret_sha256": "0" * 64,
    "series": "fx/usd-cny",
    "sha256": "0" * 64,
    "until_at": "2026-01-10T09:00:00",
}
"""What a field takes, where it may, whose description shows no example that fits."""

SPOT, HOURS = "spot/day-ahead-demo", " ".join(["250.00"] * 24)

WITHDRAWN = {
    "withdraw-company-step": "company.lead-registered",
    "withdraw-estate-step": "estate.site-defined",
    "withdraw-investment-step": "investment.drafted",
    "withdraw-lease-step": "lease.drafted",
    "withdraw-meter-step": "meter.installed",
    "withdraw-offtake-step": "offtake.drafted",
    "withdraw-order-step": "order.quotation-issued",
}
"""The step that an example withdraws: the first of its thing, which its example records."""


MADE_BY: Mapping[str, str] = {
    **dict.fromkeys(("company", "companies.into", "buyer", "supplier", "generator"), "register-lead"),
    **{thing: f"define-{thing}" for thing in ("site", "parcel", "building", "unit")},
    "units": "define-unit",
    "rate": "propose-rate",
    "claim": "record-claim",
    "lease": "draft-lease",
    "leases.amendment": "propose-amendment",
    "billing.invoice": "bill-lease",
    "purchase": "record-purchase-invoice",
    "bookkeeping.invoice": "record-purchase-invoice",
    "receipt": "record-receipt",
    **dict.fromkeys(("journal", "journals"), "propose-journal"),
    "refund": "refund-receipt",
    "write_off": "propose-write-off",
    "order": "issue-quotation",
    "change": "propose-change-order",
    "stock_entry": "propose-write-down",
    "investment.agreement": "draft-investment-agreement",
    "investment.amendment": "propose-investment-amendment",
    "contribution": "record-contribution",
    "offtake.agreement": "draft-offtake",
    "offtake.amendment": "propose-offtake-amendment",
    "termination_payment": "propose-termination-payment",
    "meter": "install-meter",
    "curtailment": "record-curtailment",
    "lot": "issue-certificate-lot",
    "key_id": "create-key",
    "os_user": "map-user",
}
"""The command that brings on record what a field names; of one context alone, where its name stands before it."""


NEW_OF: Mapping[str, Sequence[str]] = {"purchase": ("record-customs-declaration", "record-supplier-credit-note")}
"""Commands of which a field names what they bring on record themselves."""


BOUGHT: Mapping[str, Mapping[str, Any]] = {
    "open-bank-account": {"currency": "CNY"},
    "pay-supplier": {"documents": ["purchase-demo"]},
    "pay-from-bank": {"journals": ["manual-journal-demo"]},
    "propose-bank-payment": {"items": [{"journal": "manual-journal-demo", "account": "accrued", "amount": "100.00"}]},
    "propose-supplier-payment": {"items": [{"document": "purchase-demo", "amount": "100.00"}]},
    "set-contact": {"name": "Wang Min (demo)"},
    "record-bank-profile": {"columns": {"date": "booked on", "amount": "amount"}},
    "record-purchase-invoice": {"lines": [{"kind": "ADMINISTRATION", "net": "100.00"}]},
    "record-supplier-credit-note": {
        "purchase": "note-demo",
        "invoice": "purchase-demo",
        "number": "12345679",
        "lines": [{"kind": "ADMINISTRATION", "net": "1.00"}],
    },
}
"""The values of purchases and payments, all of one invoice, and of the account that they are on; a person's."""


def _beside(command: str) -> dict[str, Any]:
    """List the values that a rule wants of a command beside what its fields say."""
    today = _today()
    month_end = today.replace(day=1) - timedelta(days=1)
    name: dict[str, Any] = {"name": "name (demo)"}
    offtake: dict[str, Any] = {
        "terms": {
            "role": "OBSERVER",
            "buyer": "buyer-demo",
            "generator": "generator-demo",
            "technology": "WASTE_HEAT",
            "starts_on": f"{today.year}-01-01",
            "ends_on": f"{today.year}-12-31",
            "price": {"type": "FIXED", "price": "0.4320"},
        }
    }
    table = {"table": "company_register", "rows": 0, "sha256": "ab" * 32}
    certified = {"view": "company_register", "version": 1, "position": 1, "root": "ab" * 32, "outcome": "AGREES"}
    certified |= {"different": 0, "tables": [table]}
    found: dict[str, dict[str, Any]] = {
        "propose-offtake-amendment": offtake | {"effective_on": f"{today:%Y-%m}-01"},
        "adopt-checkpoint-key": {"vkey": f"ledger.example/demo+8b9ab8b5+AQ{'A' * 42}"},
        "apply-deposit": {"deposit": "application-demo"},
        "calibrate-meter": {"registered": "1.02", "from_on": str(month_end), "until_on": str(today)},
        "certify-acceptance": {"rate_series": "fx/usd-cny"},
        "certify-read-models": {"views": [certified]},
        "change-details": name,
        "complete-exit": {"receivable": "0.00", "deposits_held": "0.00"},
        "correct-details": name,
        "draft-offtake": offtake,
        "execute-lease": {"units": ["unit-demo"]},
        "forfeit-deposit": {"deposit": "forfeit-demo"},
        "merge-units": {"units": ["unit-demo", "unit-2-demo"]},
        "propose-amendment": {
            "terms": {
                "premises": [{"unit": "unit-demo", "area": "1234.50"}],
                "commencement_on": str(today),
                "expiry_on": str(today + timedelta(days=365)),
                "rent": [{"from_on": str(today), "rent": {"price": "45.00", "per": "M2_DAY_30"}}],
            }
        },
        "move-deposit": {"deposit": "move-demo", "to_lease": "lease-2-demo"},
        "refund-deposit": {"deposit": "refund-demo"},
        "register-company": {"uscc": USCC},
        **{
            remeasuring: {
                "effective_on": str(month_end),
                "month": f"{month_end:%Y-%m}",
                "rate_series": ["fx/usd-cny"],
            }
            for remeasuring in ("revalue-receivables", "revalue-payables")
        },
        "split-unit": {
            "parts": [{"unit": f"unit-{part}-demo", "area": "617.25"} for part in ("a", "b")],
        },
        "verify-identifier": {"scheme": "LEI", "value": LEI},
    }
    if command in WITHDRAWN:
        return {"step": WITHDRAWN[command]} | ({"site": "site-demo"} if command == "withdraw-estate-step" else {})
    return found.get(command) or _booked(command)


def _booked(command: str) -> dict[str, Any]:
    """List the same for the commands of a bookkeeper."""
    today = _today()
    rent = {"invoice": f"lease-demo-rent-{today:%Y%m}", "number": "26512000000000000001"}
    reply = {"line": 2, "issued_on": str(today), "net": "213321.60", "vat": "19198.94"}
    found: dict[str, dict[str, Any]] = {
        **dict.fromkeys(("issue-fapiao", "withdraw-fapiao"), rent),
        "record-prices": {"series": SPOT, "minutes": 60, "days": [{"day": str(today), "prices": HOURS}]},
        "withdraw-price-step": {"series": SPOT, "about": f"{today:%Y-%m}"},
        "take-fapiao-replies": {"replies": [rent | reply]},
        "take-over-park": {"effective_on": str(today.replace(day=1) - timedelta(days=1))},
        "issue-credit-note": {"invoice": f"lease-demo-rent-{today:%Y%m}", "net": "100.00"},
        "propose-journal": {
            "lines": [
                {"account": account, "side": side, "amount": "1234.50"}
                for account, side in (("administration", "DEBIT"), ("accrued", "CREDIT"))
            ]
        },
        "record-customs-declaration": {
            "purchase": "duty-demo",
            "number": "220120261000012345",
            "due_on": str(today + timedelta(days=15)),
            "duty": "5000.00",
            "import_vat": "13650.00",
        },
    }
    return found.get(command) or dict(BOUGHT.get(command, {}))


def example(command: type[Command]) -> str:
    """The example, on one line."""
    schema, components = _schema(command)
    return json.dumps(_Filler(components).object(schema) | _beside(command_name(command)), ensure_ascii=False)


STORIES = ("company", "lease", "order", "offtake")
"""What the four stories are about: a company settles in; a lease from draft to first receipt; an order from quotation
to acceptance; a month of energy. Together, in this order, they are one."""

Step = str | tuple[str, Mapping[str, Any]]
"""A command; and what its example says otherwise in a story."""


def story(name: str, commands: Mapping[str, type[Command]]) -> Iterator[str]:
    """The lines of a story. Another person approves, so it is sent in turn as two people until every line is done."""
    for step in _STEPS[name]():
        command, otherwise = (step, {}) if isinstance(step, str) else step
        said = json.loads(example(commands[command])) | otherwise
        yield json.dumps(said, ensure_ascii=False)


def _company() -> tuple[Step, ...]:
    return (
        *("register-lead", "screen-company", "qualify-company", "sign-loi", "link-investment-agreement"),
        *("register-company", "verify-identifier", "settle-in", "commence-operations"),
    )


def _lease() -> tuple[Step, ...]:
    return (
        ("register-lead", {}),
        *("define-site", "define-parcel", "define-building", "start-construction", "complete-building"),
        *("define-unit", "open-periods"),
        *_rate("vat/leasing", "0.09", _today()),
        *("draft-lease", "submit-lease", "approve-lease", "execute-lease", "receive-deposit", "hand-over-premises"),
        *("commence-lease", "bill-lease"),
        ("record-receipt", {"bank_reference": "B-2026-2"}),
    )


def _order() -> tuple[Step, ...]:
    terms = {
        "lines": [{"item": "item-demo", "model": "model (demo)", "kw": "125", "quantity": 1, "unit_price": "43200.00"}],
        "currency": "USD",
        "incoterms": {"rule": "CIF", "place": "Shanghai"},
        "milestones": [{"milestone": "milestone-demo", "percent": "100", "trigger": "ORDERED"}],
    }
    return (
        ("register-lead", {"company": "supplier-demo"}),
        ("register-lead", {"company": "buyer-demo"}),
        "open-periods",
        *_rate("fx/usd-cny", "7.1000", _today()),
        ("issue-quotation", {"terms": terms}),
        *("place-order", "invoice-milestone", "record-milestone-payment", "start-production", "pass-fat"),
        *("ship-equipment", "clear-customs", "deliver-equipment", "install-equipment", "pass-sat"),
        *("commission-plant", "certify-acceptance", "start-warranty"),
    )


def _offtake() -> tuple[Step, ...]:
    last = _today().replace(day=1) - timedelta(days=1)
    first, month = {"effective_on": f"{last:%Y-%m}-01"}, {"month": f"{last:%Y-%m}"}
    until = f"{last.year + 1}-12-31"
    terms = _beside("draft-offtake")["terms"] | {
        "technology": "SOLAR",
        "starts_on": f"{last:%Y-%m}-01",
        "ends_on": until,
    }
    return (
        ("register-lead", {"company": "buyer-demo"}),
        ("register-lead", {"company": "generator-demo"}),
        "open-periods",
        *_rate("vat/goods", "0.13", last.replace(day=1)),
        ("draft-offtake", first | {"terms": terms}),
        ("execute-offtake", first),
        ("satisfy-offtake-conditions", first),
        ("declare-commercial-operation", first),
        ("install-meter", first),
        ("read-meter", {"effective_on": str(last), "value": "1214318.4"}),
        ("calculate-statement", month),
        ("approve-statement", month),
        ("issue-certificate-lot", month | {"last": "GEC-DEMO-00000002", "tradable": True}),
        "transfer-certificates",
        ("retire-certificates", {"movement": "retired-demo"} | dict.fromkeys(("first", "last"), "GEC-DEMO-00000002")),
    )


def _rate(series: str, value: str, on: date) -> tuple[Step, Step]:
    name = {"rate": f"{series.replace('/', '-')}-demo"}
    return ("propose-rate", {**name, "series": series, "value": value, "effective_on": str(on)}), ("approve-rate", name)


_STEPS: Mapping[str, Callable[[], Sequence[Step]]] = {
    "company": _company,
    "lease": _lease,
    "order": _order,
    "offtake": _offtake,
}


def before(command: type[Command]) -> Mapping[str, str]:
    """List what the example names that is on record before it, with the command that brings it there."""
    context = command.__module__.split(".")[1]
    found: dict[str, str] = {}
    for field, name in _names(json.loads(example(command))):
        maker = MADE_BY.get(f"{context}.{field}", MADE_BY.get(field))
        if maker is not None and command_name(command) not in (maker, *NEW_OF.get(field, ())):
            found[name] = maker
    return found


def _names(said: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Each piece of writing in an example, with the field that it stands in."""
    match said:
        case dict():
            for name, value in said.items():
                if name != "parts":  # those are new
                    yield from _names(value, name)
        case list():
            for value in said:
                yield from _names(value, field)
        case str():
            yield field, said


def required(command: type[Command]) -> list[str]:
    """The fields that are required."""
    return list(_schema(command)[0]["required"])


def optional(command: type[Command]) -> Iterator[tuple[str, str]]:
    """Each field that may be left out, and what it takes."""
    schema, components = _schema(command)
    filler = _Filler(components)
    for name, part in schema["properties"].items():
        if name not in schema["required"]:
            yield name, filler.words(name, part)


def _schema(command: type[Command]) -> tuple[Schema, Mapping[str, Schema]]:
    (schema,), components = msgspec.json.schema_components([command])
    return components[schema["$ref"].rpartition("/")[2]], components


class _Filler:
    """Fills the shape of a JSON schema with values that fit it."""

    def __init__(self, components: Mapping[str, Schema]) -> None:
        self._components = components

    def object(self, schema: Schema) -> dict[str, Any]:
        """The fields that are required."""
        return {name: self.value(name, schema["properties"][name]) for name in schema.get("required", ())}

    def value(self, name: str, schema: Schema) -> Any:
        """A value of a field."""
        schema = self._one(schema)
        if name in VALUES and VALUES[name] in schema.get("enum", [VALUES[name]]):
            return VALUES[name]
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "object":
                return self.object(schema)
            case "array":
                parts = schema.get("prefixItems") or [schema["items"]] * schema.get("minItems", 1)
                return [self.value(name.removesuffix("s"), part) for part in parts]
            case "integer" | "number":
                return max(schema.get("minimum", 0), 0) if name not in ("year", "origin_year") else _today().year
            case "boolean":
                return False
        return _text(name, schema)

    def words(self, name: str, schema: Schema) -> str:
        """Say in words which values a field takes."""
        schema = self._one(schema)
        if "enum" in schema:
            return "|".join(map(str, schema["enum"]))
        return str(schema.get("description") or json.dumps(self.value(name, schema), ensure_ascii=False))

    def _one(self, schema: Schema) -> Schema:
        """Look up the shape behind a name, and take the first of several choices."""
        if "$ref" in schema:
            return self._one(self._components[schema["$ref"].rpartition("/")[2]])
        if "anyOf" in schema:
            return self._one(next(choice for choice in schema["anyOf"] if choice.get("type") != "null"))
        return schema


def _text(name: str, schema: Schema) -> str:
    """Writing of the form that is wanted: a day, an id, or the example that the description shows."""
    if name == "claimed_on":
        return _today().isoformat()
    if schema.get("format") == "date":
        return (_today() + timedelta(days=365 if name in ENDS else 0)).isoformat()
    pattern = schema.get("pattern", "")
    if pattern.startswith(MONTH):
        return f"{_today():%Y-%m}"
    if ID.match(pattern):
        return f"{name.replace('_', '-')}-demo"
    for word in reversed(re.findall(r"[^\s,;:]+(?::[0-9]+)*", schema.get("description", ""))):
        if any(char.isdigit() or char in "/." for char in word[:-1]) and re.search(pattern, word.rstrip(".")):
            return str(word.rstrip("."))
    return f"{name.replace('_', ' ')} (demo)"


def _today() -> date:
    """The latest day that has begun everywhere: no ledger takes it for one that is still to come."""
    return (datetime.now(UTC) - timedelta(hours=12)).date()

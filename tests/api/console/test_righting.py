"""What leads people on: facts in words, how each is put right, whose turn it is, texts as people type them."""

import re
from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from msgspec.structs import replace

from api.app import RECORDINGS, WHO_MAY
from api.console.record.labels import title
from api.console.record.righting import begun_with, of_thing, righted, told
from api.console.record.shapes import readings
from api.console.record.turns import TURNS
from api.console.words.refusing import why
from api.console.words.righting import CLAUSES, NAME, clauses
from api.console.words.unheaded import in_words
from api.formats.facts import FACTS as IN_CHINESE
from api.formats.facts import fact_named
from ledger.decider import Fact, command_name, stored_name
from ledger.offtake.facts import StatementCalculated
from ledger.orders.facts import EquipmentShipped, MilestoneInvoiced, QuotationIssued
from tests.examples import FACTS

NAMES = {command_name(one.command): one for one in RECORDINGS}
OF_KIND: dict[str, Fact] = {stored_name(type(fact)): fact for fact in reversed(FACTS)}


def visit(role: str, language: str = "en") -> Any:
    """Somebody of a role at the desk."""
    said = SimpleNamespace(actor="a", role=role)
    return SimpleNamespace(language=language, visitor=said, desk=SimpleNamespace(recordings=NAMES))


def sealed(kind: str, command: str) -> dict[str, Any]:
    """A fact as its envelope has it."""
    fact = OF_KIND[kind]
    return {"command": command, "data": msgspec.to_builtins(fact), "tags": fact.tags}


def test_every_fact_is_called_in_words_in_both_languages() -> None:
    assert {*IN_CHINESE} == {*OF_KIND}
    english = Counter(fact_named("en", kind) for kind in OF_KIND)
    assert [words for words, count in english.items() if count > 1] == []
    assert fact_named("en", "purchase.invoice-recorded") == "Purchase invoice recorded"
    assert fact_named("en", "order.fat-passed") == "Order FAT passed"
    assert (fact_named("zh", "billing.receipt-reversed"), fact_named("zh", "no.such")) == ("收款冲回", "⟦no.such⟧")


def test_how_it_is_put_right_is_said_in_both_languages() -> None:
    """Clause by clause, each naming the same commands by what the desk calls them; no clause is there for nothing."""
    used = set[str]()
    for words in {command.put_right for command in WHO_MAY}:
        english, chinese = told("en", words), told("zh", words)
        for name in NAME.findall(words):
            assert f"“{title('en', name)}”" in english
            assert f"“{title('zh', name)}”" in chinese, words
        assert not re.search("[⟦`#]", english + chinese), chinese
        assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", chinese), "no English sentence"
        used |= {NAME.sub("`#`", clause) for clause, _ in clauses(words)}
    assert used == {*CLAUSES}


@pytest.mark.parametrize(
    ("command", "kind", "said"),
    [
        ("reverse-receipt", "billing.receipt-recorded", ("receipt",)),
        ("withdraw-lease-step", "lease.commenced", ("effective_on", "lease", "step")),
        ("mirror-journal", "journal.posted", ("mirrors",)),
        ("issue-credit-note", "billing.invoice-issued", ("invoice",)),
    ],
)
def test_a_form_begins_with_what_a_fact_says(command: str, kind: str, said: tuple[str, ...]) -> None:
    envelope = sealed(kind, "")
    begins = begun_with(NAMES[command].command, kind, envelope["data"], envelope["tags"])
    assert tuple(begins) == said
    expected = {"step": kind, "effective_on": envelope["data"]["effective_on"]}
    names = {"mirrors": "manual_journal"}
    assert begins == {one: expected.get(one) or envelope["data"][names.get(one, one)] for one in said}


def test_a_fact_leads_to_what_puts_it_right() -> None:
    found = righted(visit("finance"), "billing.receipt-recorded", sealed("billing.receipt-recorded", "record-receipt"))
    assert found is not None
    assert found.words.startswith("“Reverse receipt” takes it back")
    receipt = cast(Any, OF_KIND["billing.receipt-recorded"]).receipt
    assert found.ways[0][:2] == ("Reverse receipt", f"/desk/record/reverse-receipt?receipt={receipt}")
    reads = righted(
        visit("auditor", "zh"), "billing.receipt-recorded", sealed("billing.receipt-recorded", "record-receipt")
    )
    assert reads is not None
    assert reads.ways[0] == ("冲回收款", "", "由财务办理"), "who may not is told who may"
    assert righted(visit("finance"), "company.merged", sealed("company.merged", "told-by-nobody")) is None


def test_every_command_says_with_what_it_is_put_right() -> None:
    none = {command for command, one in NAMES.items() if not one.command.put_right}
    assert none == set()


def test_a_thing_lists_what_its_readers_may_record() -> None:
    some = of_thing(visit("deal_desk"), "lease", "l-1", "lease")
    ways = dict(way for group in some.values() for way in group)
    assert ways["Propose amendment"] == "/desk/record/propose-amendment?lease=l-1"
    assert "Bill lease" not in ways, "finance does that"
    assert "Draft lease" not in ways, "that names a new one"
    offtake = of_thing(visit("admin"), "agreement", "a-1", "offtake")
    assert len(offtake) == 1, "an agreement on offtake is none on investment"
    assert of_thing(visit("auditor"), "lease", "l-1", "lease") == {}


def test_a_form_begins_with_what_comes_next() -> None:
    def told(command: str, facts: list[Any], **typed: str) -> dict[str, str]:
        return TURNS[command][2](facts, typed)

    statement = cast(StatementCalculated, OF_KIND["energy.statement-calculated"])
    runs = [replace(statement, month="2026-11", run=run) for run in (0, 1)] + [
        replace(statement, month="2026-12", run=0)
    ]
    assert told("calculate-statement", runs) == {"month": "2027-01"}
    assert told("calculate-statement", runs, month="2026-03") == {}
    assert told("approve-statement", runs) == {"month": "2026-12", "run": "0"}
    assert told("approve-statement", runs, month="2026-11") == {"month": "2026-11", "run": "1"}
    quoted, shipped = (
        cast(QuotationIssued, OF_KIND["order.quotation-issued"]),
        cast(EquipmentShipped, OF_KIND["order.shipped"]),
    )
    first, second, *_ = (one.milestone for one in quoted.terms.milestones)
    invoiced = replace(cast(MilestoneInvoiced, OF_KIND["order.milestone-invoiced"]), milestone=first)
    assert told("invoice-milestone", [quoted]) == {"milestone": first}
    assert told("invoice-milestone", [quoted, invoiced]) == {"milestone": second}
    assert told("record-milestone-payment", [quoted, invoiced]) == {"milestone": first}
    line = quoted.terms.lines[0]
    left = told(
        "ship-equipment", [quoted, replace(shipped, items=(replace(shipped.items[0], item=line.item, quantity=1),))]
    )
    assert left.get("items.0.quantity") == (str(line.quantity - 1) if line.quantity > 1 else None)
    assert told("ship-equipment", [quoted])["items.0.item"] == line.item


def test_the_vat_of_a_month_begins_with_the_month_and_what_is_open() -> None:
    filed, paid, returned = (
        cast(Any, OF_KIND[kind]) for kind in ("vat.return-filed", "vat.paid", "vat.payment-returned")
    )
    due = filed.figures.payable_minor
    part = replace(paid, month=filed.month, amount_minor=due - 100)
    facts: dict[str, Any] = {"pay": TURNS["pay-vat"][2], "next": TURNS["propose-vat-return"][2]}
    assert facts["pay"]([filed], {})["amount"] == f"{due / 100:.2f}"
    assert facts["pay"]([filed, part], {}) == {"month": filed.month, "amount": "1.00"}
    assert facts["pay"]([filed, part, replace(returned, reversed=part)], {})["amount"] == f"{due / 100:.2f}"
    assert facts["pay"]([filed, replace(part, amount_minor=due)], {}) == {}
    assert facts["next"]([filed], {})["month"] > filed.month
    assert facts["next"]([], {}) == {}


@pytest.mark.parametrize(
    ("text", "shape", "meant"),
    [
        ("13%", "A ratio with up to eight decimals: 0.09 is 9 %.", "0.13"),
        ("5.5 ％", "A ratio with up to eight decimals: 0.09 is 9 %.", "0.055"),
        ("30%", "Up to four decimals: 30 or 33.3333.", "30"),
        ("13%", "A price with up to eight decimals: 43.20.", "13%"),
        ("1,500", "CNY with two decimals: 1234.50.", "1500.00"),
        ("150.5", "Square metres with two decimals: 1234.50.", "150.50"),
        ("150.567", "CNY with two decimals: 1234.50.", "150.567"),
        ("150", "An amount of a currency, with no more decimals than it has: 126000.00.", "150"),
    ],
)
def test_a_figure_is_read_as_its_field_means_it(text: str, shape: str, meant: str) -> None:
    assert readings(text, hint=shape)[-1] == meant
    assert readings(text, hint=shape)[0] == text


def test_what_is_wrong_with_a_field_is_said_in_words() -> None:
    assert why("en", "Invalid RFC3339 encoded date") == "A day is written as 2026-06-30"
    assert why("en", "Expected `int`, got `str`") == "It has to be a whole number"
    assert why("en", "Expected `str` of length >= 1") == "At least 1 characters"
    assert why("en", "Expected: Lower-case letters") == "Lower-case letters"


def test_a_formula_names_its_columns_in_words() -> None:
    shown = {"committed_m2": "committed", "committed_percent": "committed %"}
    assert in_words("en", shown, "committed_m2 ÷ lettable_m2 × 100") == "Committed m² ÷ Lettable m² × 100"
    assert in_words("zh", {}, "committed_m2 ÷ lettable_m2 × 100").startswith("已承诺面积")

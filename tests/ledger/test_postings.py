"""Postings are total and balanced: every fact with an accounting date has a rule, and debits equal credits."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.billing.facts import Issued
from ledger.billing.lines import DocumentLine
from ledger.books.accounts import CHART, chart
from ledger.books.line import Line, check
from ledger.books.payables import moves
from ledger.books.postings import RULES, postings
from ledger.decider import Fact, all_facts, stored_name
from ledger.periods import PostingFact
from tests.examples import FACTS, WHOLE
from tests.examples.billing import DEBIT, FORFEITED, LATE_FEE, LEASE, PAID, QUARTER, RECEIPT, RENT_INVOICE, TENANT

EXAMPLES = {stored_name(type(fact)): fact for fact in FACTS}
Signed = list[tuple[str, int]]


def test_the_facts_that_have_an_accounting_date_have_a_rule_each() -> None:
    dated = [name for name, fact in all_facts().items() if issubclass(fact, PostingFact)]
    assert sorted(map(stored_name, RULES)) == sorted(dated)


@pytest.mark.parametrize("fact", [*FACTS, *WHOLE], ids=lambda fact: stored_name(type(fact)))
def test_debits_equal_credits(fact: Fact) -> None:
    lines = postings(fact)
    assert sum(line.amount_minor for line in lines) == 0
    assert bool(lines) == (type(fact) in RULES)
    assert {line.account for line in lines} <= set(CHART)


@pytest.mark.parametrize("fact", [*FACTS, *WHOLE], ids=lambda fact: stored_name(type(fact)))
def test_what_is_owed_to_others_moves_on_every_payables_line(fact: Fact) -> None:
    """Facts of billing are left out unread: none of them may have such a line."""
    owed = sum(-line.amount_minor for line in postings(fact) if line.account == "payables")
    assert sum(move.cny_minor for move in moves(fact)) == owed


def signed(fact: Fact) -> Signed:
    return [(line.account, line.amount_minor) for line in postings(fact)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            "billing.debit-note-issued",
            [
                ("receivables", 318000),
                ("service-charge", -150000),
                ("output-vat", -9000),
                ("service-charge", -150000),
                ("output-vat", -9000),
            ],
            id="service-charge-raised-backwards",
        ),
        pytest.param(
            "billing.late-fee-assessed",
            [("receivables", 107541), ("other-income", -20346), ("other-income", -87195)],
            id="late-fee-without-tax",
        ),
        pytest.param(
            "billing.credit-note-issued",
            [("receivables", -74200), ("service-charge", 70000), ("output-vat", 4200)],
            id="credit-note",
        ),
        pytest.param("billing.rent-recognised", [("straight-line", 5159717), ("rent", -5159717)], id="rent-earned"),
        pytest.param(
            "billing.accrued-rent-derecognised",
            [("rent", 8639532), ("straight-line", -8639532)],
            id="accrual-gone",
        ),
        pytest.param("billing.receipt-recorded", [("bank", 17439041), ("unapplied", -17439041)], id="receipt"),
        pytest.param(
            "billing.receipt-allocated", [("unapplied", 17439041), ("receivables", -17439041)], id="allocated"
        ),
        pytest.param(
            "billing.receipt-unallocated", [("unapplied", -17439041), ("receivables", 17439041)], id="unallocated"
        ),
        pytest.param("billing.receipt-reversed", [("bank", -17439041), ("receivables", 17439041)], id="reversed"),
        pytest.param("billing.deposit-received", [("bank", 10666080), ("deposits", -10666080)], id="deposit"),
        pytest.param("billing.deposit-applied", [("deposits", 785142), ("receivables", -785142)], id="deposit-applied"),
        pytest.param(
            "billing.deposit-forfeited", [("deposits", 1090000), ("other-income", -1090000)], id="deposit-forfeited"
        ),
        pytest.param("billing.deposit-refunded", [("bank", -8790938), ("deposits", 8790938)], id="deposit-refunded"),
        pytest.param("billing.deposit-moved", [("deposits", 5000000), ("deposits", -5000000)], id="deposit-moved"),
        pytest.param(
            "billing.write-off-approved", [("loss-allowance", 785142), ("receivables", -785142)], id="written-off"
        ),
        pytest.param("billing.ecl-measured", [("credit-loss", 871952), ("loss-allowance", -871952)], id="loss"),
    ],
)
def test_what_a_fact_posts(name: str, expected: Signed) -> None:
    assert signed(EXAMPLES[name]) == expected


def test_an_invoice_of_a_quarter_names_the_months_it_is_for() -> None:
    """Dr 1122 174,390.41 / Cr 1124 3 × 53,330.40, Cr 2221.01 14,399.21: the tax, rounded once, is shared out."""
    about = {"company": TENANT, "lease": LEASE, "document": RENT_INVOICE, "stream": "RENT"}
    lines = [Line(account="receivables", amount_minor=17439041, **about)]  # type: ignore[arg-type] # Line's own fields
    for month, vat in (("2024-04", 479974), ("2024-05", 479974), ("2024-06", 479973)):
        lines.append(Line(account="straight-line", amount_minor=-5333040, service_month=month, **about))  # type: ignore[arg-type]
        lines.append(Line(account="output-vat", amount_minor=-vat, service_month=month, **about))  # type: ignore[arg-type]
    assert postings(QUARTER) == tuple(lines)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        pytest.param(
            replace(RECEIPT, allocations=(replace(PAID[0], amount_minor=17000000),)),
            [("bank", 17439041), ("receivables", -17000000), ("unapplied", -439041)],
            id="a-receipt-that-pays-less-than-it-is",
        ),
        pytest.param(
            replace(FORFEITED, vat_rate="0.09", vat_minor=90000),
            [("deposits", 1090000), ("other-income", -1000000), ("output-vat", -90000)],
            id="a-forfeit-with-tax-in-it",
        ),
        pytest.param(
            replace(DEBIT, charge="TERMINATION_FEE", lines=(replace(DEBIT.lines[0], vat_rate="0", vat_minor=0),)),
            [("receivables", 150000), ("other-income", -150000)],
            id="a-termination-fee",
        ),
        pytest.param(
            replace(EXAMPLES["billing.rent-recognised"], fixed_minor=-100, variable_minor=-7),
            [("straight-line", -107), ("rent", 100), ("rent-variable", 7)],
            id="rent-earned-less-than-was-thought",
        ),
        pytest.param(
            replace(EXAMPLES["billing.ecl-measured"], movement_minor=-500),
            [("credit-loss", -500), ("loss-allowance", 500)],
            id="less-loss-than-was-expected",
        ),
        pytest.param(replace(EXAMPLES["billing.ecl-measured"], movement_minor=0), [], id="nothing-moved"),
    ],
)
def test_signs_and_remainders(fact: Fact, expected: Signed) -> None:
    assert signed(fact) == expected


AMOUNTS = st.integers(-(10**9), 10**9)


@st.composite
def documents(draw: st.DrawFn) -> Issued:
    """An invoice with lines of one to twelve months of any sign."""
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        months = draw(st.lists(AMOUNTS, min_size=1, max_size=12).map(tuple))
        lines.append(
            DocumentLine(
                from_on=date(2024, draw(st.integers(1, 12)), 1),
                until_on=date(2025, 12, 31),
                net_minor=sum(months),
                vat_rate="0.09",
                vat_minor=draw(AMOUNTS),
                months=months if len(months) > 1 else (),
            )
        )
    kind: Any = draw(st.sampled_from([QUARTER, DEBIT, LATE_FEE]))
    charge = draw(st.sampled_from(["RENT", "SERVICE_CHARGE", "LATE_FEE", "TERMINATION_FEE"]))
    issued: Issued = replace(kind, charge=charge, lines=tuple(lines))
    return issued


@given(documents())
def test_no_split_loses_a_fen(fact: Issued) -> None:
    lines = postings(fact)
    sums = {account: sum(line.amount_minor for line in lines if line.account == account) for account in CHART}
    assert sums["receivables"] == fact.gross_minor
    assert -sums["output-vat"] == fact.vat_minor
    assert all(line.service_month for line in lines if line.account != "receivables")


def test_unbalanced_lines_and_unknown_accounts_are_faults() -> None:
    with pytest.raises(AssertionError, match="differ by 1"):
        check((Line(account="bank", amount_minor=3), Line(account="deposits", amount_minor=-2)))
    with pytest.raises(AssertionError, match="no account cash"):
        check((Line(account="cash", amount_minor=3),))
    halves: tuple[dict[str, Any], ...] = ({"currency": "USD"}, {"foreign_minor": 7})
    for abroad in halves:
        with pytest.raises(AssertionError, match="or neither"):
            check((Line(account="bank", amount_minor=3, **abroad), Line(account="deposits", amount_minor=-3)))
    with pytest.raises(AssertionError, match="differ in USD"):
        check(
            (
                Line(account="bank", amount_minor=3, currency="USD", foreign_minor=7),
                Line(account="deposits", amount_minor=-3, currency="USD", foreign_minor=-6),
            )
        )


def test_a_line_whose_months_do_not_make_up_its_net_is_a_fault() -> None:
    wrong = replace(QUARTER.lines[0], months=(1, 2, 3))
    with pytest.raises(AssertionError, match="make up its net"):
        postings(replace(QUARTER, lines=(wrong,)))


def test_codes_are_a_choice_and_accounts_are_not() -> None:
    assert chart({"receivables": "1122.88"})["receivables"].code == "1122.88"
    with pytest.raises(KeyError):
        chart({"petty-cash": "1001"})

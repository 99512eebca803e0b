"""Closing a month: its balances from its own postings, tied to subledgers, in order; an auditor can compute them."""

import hashlib
from datetime import date
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.billing.facts import DepositReceived, ReceiptRecorded, RentRecognised
from ledger.books.accounts import CHART
from ledger.decider import Fact, Refusal
from ledger.joint.closing import (
    CONTROLS,
    AccountNotTied,
    ClosePeriod,
    ClosingRefusal,
    PeriodClosedOtherwise,
    PeriodNotOver,
    Subledger,
    SubledgersStale,
    TieOutDiffers,
    TieOutMissing,
    balances_after,
)
from ledger.periods import Balance, PeriodClosed, PeriodNotNext, PeriodUnknown, TieOut
from tests.examples.periods import CLOSE, CLOSED, OPENED, REOPENED, REOPENING_PROPOSED
from tests.ground.given import decide, given

MONEY: dict[str, Any] = {"company": "sunfield-demo"}
DEPOSIT = DepositReceived(
    effective_on=date(2024, 7, 2),
    accounting_on=date(2024, 7, 2),
    lease="l-1-demo",
    deposit="d-1-demo",
    bank_reference="DEP-1",
    amount_minor=10_666_080,
    **MONEY,
)
RECEIPT = ReceiptRecorded(
    effective_on=date(2024, 8, 2),
    accounting_on=date(2024, 8, 2),
    receipt="r-1-demo",
    bank_reference="R-1",
    amount_minor=5_000,
    **MONEY,
)
RENT = RentRecognised(
    effective_on=date(2024, 8, 31),
    accounting_on=date(2024, 8, 31),
    lease="l-1-demo",
    month="2024-08",
    fixed_minor=5_159_717,
    variable_minor=0,
    **MONEY,
)
AUGUST = replace(OPENED, month="2024-08")
DEPOSITS = Subledger(account="deposits", balance="-106660.80")
CLOSE_AUGUST = ClosePeriod(
    effective_on=date(2024, 9, 10),
    month="2024-08",
    recorded=9,
    entries=2,
    subledgers=(
        Subledger(account="straight-line", balance="51597.17"),
        DEPOSITS,
        Subledger(account="unapplied", balance="-50.00"),
    ),
)


def test_a_month_closes_on_what_it_posted() -> None:
    given(OPENED, DEPOSIT).when(CLOSE).then(CLOSED)


def test_the_next_month_builds_on_it() -> None:
    (closed,) = decide((OPENED, AUGUST, DEPOSIT, CLOSED, RECEIPT, RENT), CLOSE_AUGUST)
    assert isinstance(closed, PeriodClosed)
    assert {one.account: one.balance_minor for one in closed.balances} == {
        "bank": 10_666_080 + 5_000,
        "deposits": -10_666_080,
        "rent": -5_159_717,
        "straight-line": 5_159_717,
        "unapplied": -5_000,
    }
    assert closed.tie_outs == (
        TieOut(account="straight-line", control_minor=5_159_717, subledger_minor=5_159_717),
        TieOut(account="deposits", control_minor=-10_666_080, subledger_minor=-10_666_080),
        TieOut(account="unapplied", control_minor=-5_000, subledger_minor=-5_000),
    )


def test_a_reopened_month_closes_on_all_of_it() -> None:
    late = replace(DEPOSIT, deposit="d-2-demo", bank_reference="DEP-2", amount_minor=100)
    history = (OPENED, DEPOSIT, CLOSED, REOPENING_PROPOSED, REOPENED, late)
    command = replace(CLOSE, entries=2, subledgers=(Subledger(account="deposits", balance="-106661.80"),))
    (closed,) = decide(history, command)
    assert isinstance(closed, PeriodClosed)
    assert closed.balances == (
        Balance(account="bank", balance_minor=10_666_180),
        Balance(account="deposits", balance_minor=-10_666_180),
    )


def test_the_hash_is_that_of_a_text_anybody_can_write() -> None:
    text = "bank,10666080\ndeposits,-10666080\n"
    assert CLOSED.trial_balance_sha256 == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("facts", "command", "refusal"),
    [
        ((), CLOSE, PeriodUnknown),
        ((OPENED, AUGUST, DEPOSIT), replace(CLOSE, month="2024-08", entries=0), PeriodNotNext),
        ((OPENED, DEPOSIT), replace(CLOSE, effective_on=date(2024, 7, 30)), PeriodNotOver),
        ((OPENED, DEPOSIT, CLOSED), replace(CLOSE, effective_on=date(2024, 8, 13)), PeriodClosedOtherwise),
        ((OPENED, DEPOSIT, CLOSED), replace(CLOSE, recorded=5), PeriodClosedOtherwise),
        ((OPENED, DEPOSIT, CLOSED), replace(CLOSE, entries=2), PeriodClosedOtherwise),
        ((OPENED, DEPOSIT, CLOSED), replace(CLOSE, subledgers=()), PeriodClosedOtherwise),
        ((OPENED,), CLOSE, SubledgersStale),
        ((OPENED, DEPOSIT, replace(DEPOSIT, deposit="d-2-demo")), CLOSE, SubledgersStale),
        ((OPENED, DEPOSIT), replace(CLOSE, subledgers=(Subledger(account="bank", balance="0.00"),)), AccountNotTied),
        ((OPENED, DEPOSIT), replace(CLOSE, subledgers=(DEPOSITS, DEPOSITS)), AccountNotTied),
        ((OPENED, DEPOSIT), replace(CLOSE, subledgers=()), TieOutMissing),
        (
            (OPENED, DEPOSIT),
            replace(CLOSE, subledgers=(Subledger(account="deposits", balance="-106660.79"),)),
            TieOutDiffers,
        ),
        (
            (OPENED, DEPOSIT),
            replace(CLOSE, subledgers=(DEPOSITS, Subledger(account="receivables", balance="0.01"))),
            TieOutDiffers,
        ),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_refused(facts: tuple[Fact, ...], command: ClosePeriod, refusal: type[Refusal]) -> None:
    given(*facts).when(command).refused(refusal)


def test_a_difference_names_both_figures() -> None:
    wrong = replace(CLOSE, subledgers=(Subledger(account="deposits", balance="-1.00"),))
    given(OPENED, DEPOSIT).when(wrong).refused(
        TieOutDiffers, says="2241.01 stands at -106660.80 CNY, its subledger at -1.00"
    )


def test_every_refusal_of_closing_is_shown() -> None:
    assert {child.code for child in ClosingRefusal.__subclasses__()} == {
        "period-closed-otherwise",
        "period-not-over",
        "subledgers-stale",
        "account-not-tied",
        "tie-out-missing",
        "tie-out-differs",
    }


def test_control_accounts_are_accounts() -> None:
    assert set(CONTROLS) <= set(CHART)


movements = st.lists(st.integers(-500, 500), min_size=1, max_size=6)


@for_all(st.lists(movements, max_size=6))
def test_balances_are_the_sum_of_all_months(months: list[list[int]]) -> None:
    balances: tuple[Balance, ...] = ()
    for amounts in months:
        balances = balances_after(balances, {"bank": sum(amounts), "unapplied": -sum(amounts)})
    total = sum(map(sum, months))
    expected = {"bank": total, "unapplied": -total} if total else {}
    assert {one.account: one.balance_minor for one in balances} == expected

"""What is kept of a cancelled order, and its VAT: by a rate named, by the rule of the day, or none; all by hand."""

from datetime import date
from typing import Any

import pytest

from ledger.books.vat import VatLine, vat_lines
from ledger.decider import Fact
from ledger.orders.cancelling import CancelOrder, ForfeitAdvance, KeptRateUnfit
from ledger.orders.earning import SaidOtherwise
from ledger.orders.mistakes.putting_right import ReverseForfeit
from ledger.orders.mistakes.withdrawing import WithdrawOrderStep
from ledger.orders.payments import RecordMilestonePayment
from tests.ground.billed import rate
from tests.ground.ordered import BUYER, GROUND, ORDER, PAPER, USD, Desk

FORFEITS, FEES = "vat/forfeited-advances", "vat/cancellation-fees"


def paid(*rules: Fact) -> Desk:
    """USD 126,000.00 came at 7.1036: CNY 895,053.60."""
    desk = Desk(*GROUND, *rules)
    desk.place("PRINCIPAL")
    desk.do(
        RecordMilestonePayment(
            effective_on=date(2024, 1, 10), order=ORDER, milestone="deposit", bank_reference="B-1", rate_series=USD
        )
    )
    return desk


def cancel(**more: Any) -> CancelOrder:
    about: dict[str, Any] = {"effective_on": date(2024, 4, 10), "order": ORDER, "cause": "BUYER", "document": PAPER}
    return CancelOrder(**about, rate_series=USD, **more)


def forfeit(**more: Any) -> ForfeitAdvance:
    about: dict[str, Any] = {"effective_on": date(2024, 5, 1), "order": ORDER, "amount": "6000.00"}
    return ForfeitAdvance(**about, reason="time ran out (demo)", **more)


# 6,000.00 × 7.1036 = 42,621.60; / 1.06 = 40,209.06, the tax is 2,412.54; / 1.13 = 37,718.23, the tax is 4,903.37
@pytest.mark.parametrize(
    ("rules", "named", "taxed_at", "vat"),
    [
        ([], None, "0", 0),
        ([rate(FORFEITS, "0.06", date(2024, 5, 1))], None, "0.06", 241_254),
        ([rate(FORFEITS, "0.06", date(2024, 5, 2))], None, "0", 0),
        ([rate(FORFEITS, "0.06"), rate(FORFEITS, "0.13", date(2024, 4, 30))], None, "0.13", 490_337),
        ([rate(FORFEITS, "0.06")], "0", "0", 0),
        ([], "0.13", "0.13", 490_337),
        ([rate(FEES, "0.13")], None, "0", 0),
    ],
    ids=["no rule", "from that day", "a day later", "the later rule", "named none", "named", "another's rule"],
)
def test_an_advance_kept_is_taxed_by_the_rule_of_its_day(
    rules: list[Fact], named: str | None, taxed_at: str, vat: int
) -> None:
    desk = paid(*rules)
    desk.do(cancel())
    before = desk.balances()
    (kept,) = desk.do(forfeit(vat_rate=named))
    moved = {name: value - before.get(name, 0) for name, value in desk.balances().items()}
    assert {name: value for name, value in moved.items() if value} == {
        "equipment-advances": 4_262_160,
        "other-income": -(4_262_160 - vat),
        **({"output-vat": -vat} if vat else {}),
    }
    about = {"document": ORDER, "company": BUYER, "rate": taxed_at}
    line = VatLine(account="output-vat", kind="OUTPUT", **about, base_minor=4_262_160 - vat, vat_minor=vat)
    assert vat_lines(kept) == ((line,) if vat else ())
    about_it: dict[str, Any] = {"forfeited_on": date(2024, 5, 1), "amount": "6000.00", "reason": "too early (demo)"}
    desk.do(ReverseForfeit(effective_on=date(2024, 5, 1), order=ORDER, **about_it))
    assert desk.balances() == before


# 146,000.00 in two: 895,053.60 + 20,000 × 7.1268 = 1,037,589.60; / 1.06 = 978,858.11, the tax is 58,731.49
def test_a_cancellation_fee_is_taxed_by_its_own_rule_and_is_taken_back() -> None:
    desk = paid(rate(FEES, "0.06"), rate(FORFEITS, "0.13"))
    before = desk.balances()
    charged: Any = desk.do(cancel(fee="146000.00"))[1]
    assert (charged.cny_minor, charged.vat_cny_minor, charged.vat_minor) == (103_758_960, 5_873_149, 826_415)
    assert desk.balances() == {
        "bank": 89_505_360,
        "receivables": 14_253_600,
        "other-income": -97_885_811,
        "output-vat": -5_873_149,
    }
    with pytest.raises(SaidOtherwise):
        desk.do(cancel(fee="146000.00", vat_rate="0.13"))
    assert desk.do(cancel(fee="146000.00", vat_rate="0.06")) == ()
    about: dict[str, Any] = {"step": "order.cancelled", "reason": "not so (demo)"}
    desk.do(WithdrawOrderStep(effective_on=date(2024, 4, 10), order=ORDER, **about))
    assert desk.balances() == before


def test_a_rate_that_the_law_has_not_or_of_nothing_is_refused() -> None:
    command: Any
    desk = paid(rate(FORFEITS, "0.07"))
    for command in (cancel(fee="1.00", vat_rate="0.17"), cancel(vat_rate="0.06")):
        with pytest.raises(KeptRateUnfit):
            desk.do(command)
    desk.do(cancel())
    for command in (forfeit(vat_rate="0.10"), forfeit()):
        with pytest.raises(KeptRateUnfit):
            desk.do(command)
    desk.do(forfeit(vat_rate="0.06"))
    with pytest.raises(SaidOtherwise):
        desk.do(forfeit(vat_rate="0.13"))

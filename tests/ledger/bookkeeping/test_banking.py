"""Bank accounts: opened and closed, what moves on them, and where it stands. Figures worked out by hand."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.facts import ReceiptRecorded, ReceiptReversed
from ledger.billing.receipts import RecordReceipt, ReverseReceipt
from ledger.billing.rules import BankReferenceTaken, IdTaken
from ledger.bookkeeping.banking.accounts import (
    BankAccountNotOpen,
    BankAccountOfAnother,
    BankAccountUnknown,
    BankAccountUnneeded,
    BankingRefusal,
)
from ledger.bookkeeping.banking.entries import (
    BankAmountMalformed,
    BankBalanceIsForward,
    BankEntryCommand,
    BankEntryIsReversed,
    BankEntryTaken,
    BankEntryUnknown,
    BankRateMissing,
    BankRateNotNamed,
    BankReferenceIsTaken,
    BeforeBankEntry,
    BringForwardBankBalance,
    RecordBankCharge,
    RecordBankInterest,
    ReverseBankEntry,
    SameBankAccount,
    TransferBetweenAccounts,
)
from ledger.bookkeeping.banking.facts import (
    BankBalancesRemeasured,
    BankChargeTaken,
    BankEntryReversed,
    BankTransferMade,
)
from ledger.bookkeeping.banking.opening import (
    BankAccountNumberTaken,
    BankAccountStepNeeded,
    BankAccountStepUnknown,
    BankAccountTaken,
    CloseBankAccount,
    MakeBankAccountDefault,
    OpenBankAccount,
    WithdrawBankAccountStep,
)
from ledger.books.postings import postings
from ledger.decider import Command, Fact
from ledger.joint.banking import BankBalanceLeft
from ledger.orders.facts import AdvanceReceived
from ledger.orders.mistakes.facts import AdvanceReversed
from ledger.orders.mistakes.putting_right import ReverseOrderPayment
from ledger.orders.order import OrderUnknown, RateNotNamed
from ledger.orders.payments import RecordMilestonePayment, RemitClientMoney
from ledger.orders.receivables import RevalueReceivables
from tests.examples.banking import BANK, CNY, PAPER
from tests.examples.banking import USD as DOLLARS
from tests.ground.given import decide, given, grown, only
from tests.ground.ordered import BUYER, FINANCE, GROUND, ORDER, USD, Desk

NEW_YEAR = date(2024, 1, 1)
OPEN_CNY = OpenBankAccount(
    effective_on=NEW_YEAR, bank_account=CNY, bank=BANK, number="1 (demo)", currency="CNY", default=True
)
OPEN_USD = OpenBankAccount(
    effective_on=NEW_YEAR, bank_account=DOLLARS, bank=BANK, number="2 (demo)", currency="USD", default=True
)
FORWARD = BringForwardBankBalance(
    effective_on=NEW_YEAR,
    bank_entry="opening-usd",
    bank_account=DOLLARS,
    amount="50000.00",
    cny="354000.00",
    evidence=PAPER,
)
TRANSFER = TransferBetweenAccounts(
    effective_on=date(2024, 1, 10),
    bank_entry="transfer-1",
    bank_account=DOLLARS,
    to_account=CNY,
    amount="10000.00",
    to_amount="70900.00",
    bank_reference="TR-1",
    rate_series=USD,
)
CHARGE = RecordBankCharge(
    effective_on=date(2024, 1, 15),
    bank_entry="charge-1",
    bank_account=DOLLARS,
    amount="25.00",
    bank_reference="CH-1",
    rate_series=USD,
)
INTEREST = RecordBankInterest(
    effective_on=date(2024, 4, 10),
    bank_entry="interest-1",
    bank_account=DOLLARS,
    amount="12.34",
    bank_reference="IN-1",
    rate_series=USD,
)
REVALUE = RevalueReceivables(effective_on=date(2024, 9, 30), month="2024-09", rate_series=(USD,))
CLOSE = CloseBankAccount(effective_on=date(2024, 10, 31), bank_account=DOLLARS)
OPENED = grown(GROUND, OPEN_CNY, OPEN_USD, by=FINANCE)
MOVED = grown(OPENED, FORWARD, TRANSFER, CHARGE, INTEREST, by=FINANCE)
RECEIPT = RecordReceipt(
    effective_on=date(2024, 3, 1), receipt="r-1-demo", company=BUYER, bank_reference="R-1", amount="300.00"
)


def balances(facts: Sequence[Fact]) -> dict[str, tuple[int, int]]:
    """What each bank account comes to, in foreign money and in CNY; `None` where none is said."""
    found: dict[str, tuple[int, int]] = {}
    for line in (line for fact in facts for line in postings(fact) if line.account == "bank"):
        foreign, cny = found.get(str(line.bank_account), (0, 0))
        found[str(line.bank_account)] = foreign + (line.foreign_minor or 0), cny + line.amount_minor
    return found


def totals(facts: Sequence[Fact]) -> dict[str, int]:
    """What each account of the chart comes to."""
    found: dict[str, int] = {}
    for line in (line for fact in facts for line in postings(fact)):
        found[line.account] = found.get(line.account, 0) + line.amount_minor
    return found


def test_what_a_bank_books_by_itself_posts_to_the_fen() -> None:
    # 50,000.00 at 354,000.00; less 10,000.00 and 25.00 at 7.1036; and 12.34 at 7.1268: 87.94
    assert balances(MOVED) == {DOLLARS: (39_987_34, 282_874_35), CNY: (0, 70_900_00)}
    assert totals(MOVED) == {
        "bank": 353_774_35,
        "opening-equity": -354_000_00,
        "exchange": 136_00,
        "bank-charges": 177_59,
        "bank-interest": -87_94,
    }


def test_foreign_balances_are_remeasured_in_the_run_of_receivables() -> None:
    facts = grown(MOVED, REVALUE, by=FINANCE)
    # 39,987.34 × 7.0074 = 280,207.29
    assert balances(facts)[DOLLARS] == (39_987_34, 280_207_29)
    assert totals(facts)["exchange"] == 136_00 + 2_667_06
    assert decide(facts, REVALUE, FINANCE) == ()
    # An earlier month after it: 39,987.34 × 7.1268 = 284,981.77, and out again at the end of September.
    june = replace(REVALUE, effective_on=date(2024, 6, 30), month="2024-06")
    late = grown(facts, june, by=FINANCE)
    moved = [(fact.effective_on, *(line.amount_minor for line in postings(fact))) for fact in late[len(facts) :]]
    assert moved == [
        (date(2024, 6, 30), 2_107_42, -2_107_42),
        (date(2024, 9, 30), -2_107_42, 2_107_42),
    ]
    assert decide(late, REVALUE, FINANCE) == decide(late, june, FINANCE) == ()
    given(*MOVED).when(replace(REVALUE, rate_series=("fx/eur-cny",)), by=FINANCE).refused(
        RateNotNamed, field="rate_series", says=DOLLARS
    )


def test_what_is_recorded_late_is_remeasured_in_every_month_since_in_order() -> None:
    """1,000.00 of June are told after September was remeasured: 40,987.34 × 7.1268 = 292,108.57 in June, and
    40,987.34 × 7.0074 = 287,214.69 at the end of September, without asking for that again."""
    late = replace(INTEREST, bank_entry="late-demo", bank_reference="LATE-1", amount="1000.00")
    told = grown(MOVED, REVALUE, replace(late, effective_on=date(2024, 6, 15)), by=FINANCE)
    june = replace(REVALUE, effective_on=date(2024, 6, 30), month="2024-06")
    facts = grown(told, june, by=FINANCE)
    since = [fact for fact in facts[len(told) :] if isinstance(fact, BankBalancesRemeasured)]
    assert [(fact.effective_on, fact.items[0].revalued_minor) for fact in since] == [
        (date(2024, 6, 30), 292_108_57),
        (date(2024, 9, 30), 287_214_69),
    ]
    assert balances(facts)[DOLLARS] == (40_987_34, 287_214_69)
    assert decide(facts, REVALUE, FINANCE) == decide(facts, june, FINANCE) == ()
    # And an earlier month yet, after which both follow: each end stands at its own rate again.
    more = replace(INTEREST, bank_entry="later-demo", bank_reference="LATE-2", amount="500.00")
    again = grown(facts, replace(more, effective_on=date(2024, 5, 10)), by=FINANCE)
    assert balances(grown(again, replace(REVALUE, effective_on=date(2024, 5, 31), month="2024-05"), by=FINANCE))[
        DOLLARS
    ] == (41_487_34, 290_718_39)  # 41,487.34 × 7.0074


def held_for_supplier() -> Desk:
    """An agent's desk, once 126,000.00 dollars of the supplier came on 2024-01-10."""
    desk = Desk(*OPENED)
    desk.place("AGENT")
    pay = RecordMilestonePayment(
        effective_on=date(2024, 1, 10),
        order=ORDER,
        milestone="deposit",
        through="MCSC",
        bank_reference="CM-1",
        rate_series=USD,
    )
    desk.do(pay)
    return desk


def test_dollars_held_for_a_supplier_are_remeasured_on_both_sides() -> None:
    """126,000.00 at 7.1036 are 895,053.60; 40,000.00 go on at that, 86,000.00 × 7.1268 = 612,904.80 at April's end, and
    × 7.0074 = 602,636.40 at September's: neither gain nor loss is MCSC's, and nothing is left when the rest goes on."""
    desk = held_for_supplier()
    on = RemitClientMoney(
        effective_on=date(2024, 4, 16), order=ORDER, milestone="deposit", amount="40000.00", bank_reference="ON-1"
    )
    desk.do(on)
    assert totals(desk.facts)["client-money"] == -(895_053_60 - 284_144_00)
    without = replace(REVALUE, effective_on=date(2024, 4, 30), month="2024-04")
    april, september = (replace(one, client_money=(ORDER,)) for one in (without, REVALUE))
    assert totals(grown(desk.facts, without, by=FINANCE))["exchange"] == -1_995_20, "a gain that is not there"
    facts = grown(desk.facts, april, by=FINANCE)
    assert totals(facts) == {"bank": 612_904_80, "client-money": -612_904_80, "exchange": 0}
    assert decide(facts, april, FINANCE) == ()
    facts = grown(facts, september, by=FINANCE)
    assert totals(facts) == {"bank": 602_636_40, "client-money": -602_636_40, "exchange": 0}
    rest = replace(on, effective_on=date(2024, 10, 15), amount=None, bank_reference="ON-2")
    assert totals(grown(facts, rest, by=FINANCE)) == {"bank": 0, "client-money": 0, "exchange": 0}
    back = ReverseOrderPayment(
        effective_on=date(2024, 10, 16), order=ORDER, bank_reference="ON-1", reason="it came back (demo)"
    )
    assert totals(grown(facts, back, by=FINANCE))["client-money"] == -602_636_40 - 284_144_00
    given(*facts).when(replace(september, client_money=("no-demo",)), by=FINANCE).refused(
        OrderUnknown, field="client_money"
    )


def test_dollars_held_come_back_whole_after_they_were_remeasured() -> None:
    """126,000.00 came at 7.1036 and stood at 7.0074 in September: 12,121.20 are taken back with them."""
    facts = grown(held_for_supplier().facts, replace(REVALUE, client_money=(ORDER,)), by=FINANCE)
    assert totals(facts) == {"bank": 882_932_40, "client-money": -882_932_40, "exchange": 0}
    back = ReverseOrderPayment(
        effective_on=date(2024, 10, 1), order=ORDER, bank_reference="CM-1", reason="it bounced (demo)"
    )
    assert totals(grown(facts, back, by=FINANCE))["client-money"] == 0


def test_an_account_closes_at_nothing_and_what_is_left_in_cny_is_exchange() -> None:
    given(*MOVED).when(CLOSE, by=FINANCE).refused(BankBalanceLeft, says="39987.34 USD are left")
    rest = replace(TRANSFER, effective_on=date(2024, 10, 15), bank_entry="transfer-2", bank_reference="TR-2")
    empty = grown(MOVED, replace(rest, amount="39987.34", to_amount="287908.85"), by=FINANCE)
    # 39,987.34 × 7.2 = 287,908.85; they stood at 282,874.35
    assert balances(empty)[DOLLARS] == (0, -5_034_50)
    given(*empty).when(replace(CLOSE, effective_on=date(2024, 10, 14)), by=FINANCE).refused(
        BankBalanceLeft, says="moved on it on 2024-10-15"
    )
    closed = grown(empty, CLOSE, by=FINANCE)
    assert balances(closed)[DOLLARS] == (0, 0)
    assert totals(closed)["exchange"] == 136_00 - 5_034_50
    assert decide(closed, CLOSE, FINANCE) == ()
    again = replace(CHARGE, bank_entry="charge-2", bank_reference="CH-2")
    given(*closed).when(again, by=FINANCE).refused(BankAccountNotOpen, says="withdraw the closing")
    reverse = ReverseBankEntry(effective_on=date(2024, 11, 1), bank_entry="charge-1", reason="never taken (demo)")
    given(*closed).when(reverse, by=FINANCE).refused(BankAccountNotOpen)
    withdraw = WithdrawBankAccountStep(
        effective_on=CLOSE.effective_on, bank_account=DOLLARS, step="bank.account-closed", reason="too early (demo)"
    )
    assert balances(grown(closed, withdraw, reverse, by=FINANCE))[DOLLARS] == (25_00, 177_59)


def test_an_entry_is_taken_back_whole_and_its_reference_is_free() -> None:
    for entry, on in (("transfer-1", 10), ("charge-1", 15), ("opening-usd", 1)):
        back = ReverseBankEntry(effective_on=date(2024, 5, on), bank_entry=entry, reason="a mistake (demo)")
        facts = grown(MOVED, back, by=FINANCE)
        mirror = facts[-1]
        assert isinstance(mirror, BankEntryReversed)
        assert [line.amount_minor for line in postings(mirror)] == [
            -line.amount_minor for line in postings(mirror.reversed)
        ]
        assert decide(facts, back, FINANCE) == ()
        given(*facts).when(replace(back, reason="another (demo)"), by=FINANCE).refused(BankEntryIsReversed)
    again = replace(CHARGE, bank_entry="charge-2")
    given(*MOVED).when(again, by=FINANCE).refused(BankReferenceIsTaken)
    back = ReverseBankEntry(effective_on=date(2024, 5, 1), bank_entry="charge-1", reason="a mistake (demo)")
    assert only(BankChargeTaken, grown(MOVED, back, by=FINANCE), again, FINANCE).amount_minor == 25_00


@pytest.mark.parametrize("entry", [FORWARD, TRANSFER, CHARGE, INTEREST], ids=lambda entry: entry.bank_entry)
def test_what_was_taken_back_is_recorded_anew_under_another_id(entry: BankEntryCommand) -> None:
    back = ReverseBankEntry(effective_on=date(2024, 5, 1), bank_entry=entry.bank_entry, reason="a mistake (demo)")
    assert decide(MOVED, entry, FINANCE) == ()
    facts = grown(MOVED, back, by=FINANCE)
    given(*facts).when(entry, by=FINANCE).refused(
        BankEntryTaken, field="bank_entry", says="was taken back on 2024-05-01; choose another id"
    )
    grown(facts, replace(entry, bank_entry="anew-demo"), by=FINANCE)


def test_a_transfer_in_one_currency_is_of_one_amount() -> None:
    other = replace(OPEN_CNY, bank_account="cny-2-demo", number="3 (demo)", default=False)
    facts = grown(OPENED, other, by=FINANCE)
    move = replace(TRANSFER, bank_account=CNY, to_account="cny-2-demo", to_amount=None, rate_series=None)
    made = only(BankTransferMade, facts, move, FINANCE)
    assert (made.cny_minor, made.to_cny_minor) == (10_000_00, 10_000_00)
    assert len(postings(made)) == 2
    given(*facts).when(replace(move, to_amount="9999.00"), by=FINANCE).refused(BankAmountMalformed, field="to_amount")


BAD: list[tuple[str, Command, type[BankingRefusal]]] = [
    ("no account", replace(CHARGE, bank_account="nobody-demo"), BankAccountUnknown),
    ("before it", replace(CHARGE, effective_on=date(2023, 12, 31)), BankAccountNotOpen),
    ("decimals", replace(CHARGE, amount="1.001"), BankAmountMalformed),
    ("nothing", replace(CHARGE, amount="0"), BankAmountMalformed),
    ("no rate named", replace(CHARGE, rate_series=None), BankRateNotNamed),
    ("another's rate", replace(CHARGE, rate_series="fx/eur-cny"), BankRateNotNamed),
    ("no rate yet", replace(CHARGE, effective_on=date(2024, 1, 9)), BankRateMissing),
    ("to itself", replace(TRANSFER, to_account=DOLLARS), SameBankAccount),
    ("to nobody", replace(TRANSFER, to_account="nobody-demo"), BankAccountUnknown),
    ("what came", replace(TRANSFER, to_amount=None), BankAmountMalformed),
    ("in the books", replace(FORWARD, cny=None), BankAmountMalformed),
    ("CNY twice", replace(FORWARD, bank_account=CNY), BankAmountMalformed),
    (
        "no entry",
        ReverseBankEntry(effective_on=NEW_YEAR, bank_entry="nobody-demo", reason="a mistake"),
        BankEntryUnknown,
    ),
    ("taken", replace(OPEN_CNY, bank="Another (demo)"), BankAccountTaken),
    ("not the default", replace(OPEN_CNY, default=False), BankAccountTaken),
    ("number taken", replace(OPEN_CNY, bank_account="cny-2-demo"), BankAccountNumberTaken),
    ("default of none", MakeBankAccountDefault(effective_on=NEW_YEAR, bank_account="no-demo"), BankAccountUnknown),
    ("close none", replace(CLOSE, bank_account="nobody-demo"), BankAccountUnknown),
]


@pytest.mark.parametrize(("command", "refusal"), [(one[1], one[2]) for one in BAD], ids=[one[0] for one in BAD])
def test_what_cannot_be_is_refused(command: Command, refusal: type[BankingRefusal]) -> None:
    given(*OPENED).when(command, by=FINANCE).refused(refusal)


def test_an_id_says_one_thing_and_nothing_is_taken_back_before_it_happened() -> None:
    given(*MOVED).when(replace(CHARGE, amount="26.00"), by=FINANCE).refused(BankEntryTaken)
    given(*MOVED).when(replace(INTEREST, bank_entry="charge-1"), by=FINANCE).refused(BankEntryTaken)
    early = ReverseBankEntry(effective_on=date(2024, 1, 14), bank_entry="charge-1", reason="a mistake")
    given(*MOVED).when(early, by=FINANCE).refused(BeforeBankEntry)
    for command in (OPEN_CNY, FORWARD, TRANSFER, CHARGE, INTEREST):
        assert decide(MOVED, command, FINANCE) == ()


def test_steps_of_an_account_are_withdrawn_where_nothing_rests_on_them() -> None:
    withdraw = WithdrawBankAccountStep(
        effective_on=NEW_YEAR, bank_account=DOLLARS, step="bank.account-opened", reason="a mistake (demo)"
    )
    given(*OPENED).when(withdraw, by=FINANCE).refused(BankAccountStepNeeded, says="account-made-default")
    undefault = replace(withdraw, step="bank.account-made-default")
    gone = grown(OPENED, undefault, withdraw, by=FINANCE)
    given(*gone).when(CHARGE, by=FINANCE).refused(BankAccountUnknown)
    given(*MOVED).when(withdraw, by=FINANCE).refused(BankAccountStepNeeded, says="it moved money")
    given(*OPENED).when(replace(withdraw, step="bank.account-closed"), by=FINANCE).refused(BankAccountStepUnknown)


def test_a_number_is_of_one_open_account_also_where_a_closing_is_withdrawn() -> None:
    """The number of the closed account was given to another since: one of the two is closed, or was never opened."""
    close = replace(CLOSE, bank_account=CNY)
    anew = replace(OPEN_CNY, bank_account="cny-2-demo", effective_on=date(2024, 11, 1))
    facts = grown(OPENED, close, anew, by=FINANCE)
    withdraw = WithdrawBankAccountStep(
        effective_on=CLOSE.effective_on, bank_account=CNY, step="bank.account-closed", reason="too early (demo)"
    )
    given(*facts).when(withdraw, by=FINANCE).refused(
        BankAccountNumberTaken, field="bank_account", says="is cny-2-demo already"
    )
    facts = grown(facts, replace(close, bank_account="cny-2-demo", effective_on=date(2024, 11, 2)), by=FINANCE)
    facts = grown(facts, withdraw, by=FINANCE)
    assert decide(facts, withdraw, FINANCE) == ()
    assert only(ReceiptRecorded, facts, RECEIPT, FINANCE).bank_account == CNY


def test_a_balance_is_brought_forward_once_on_an_account() -> None:
    second = replace(FORWARD, bank_entry="opening-2", effective_on=date(2024, 2, 1), amount="1.00", cny="7.00")
    given(*MOVED).when(second, by=FINANCE).refused(
        BankBalanceIsForward, field="bank_account", says="opening-usd brought the balance of usd"
    )
    assert decide(MOVED, FORWARD, FINANCE) == ()
    yuan = replace(FORWARD, bank_entry="opening-cny", bank_account=CNY, amount="7.00", cny=None)
    facts = grown(MOVED, yuan, by=FINANCE)
    back = ReverseBankEntry(effective_on=date(2024, 2, 1), bank_entry="opening-usd", reason="a mistake (demo)")
    facts = grown(facts, back, second, by=FINANCE)
    # 50,000.00 out and 1.00 in; 354,000.00 out and 7.00 in.
    assert balances(facts[len(MOVED) + 1 :]) == {DOLLARS: (-49_999_00, -353_993_00)}
    given(*facts).when(replace(second, bank_entry="opening-3"), by=FINANCE).refused(BankBalanceIsForward)


# Payments of other contexts


def test_money_is_on_the_account_it_names_else_on_the_default_of_its_currency() -> None:
    other = replace(OPEN_CNY, bank_account="cny-2-demo", number="3 (demo)", default=False)
    facts = grown(OPENED, other, by=FINANCE)
    for named, account in ((None, CNY), ("cny-2-demo", "cny-2-demo")):
        command = replace(RECEIPT, bank_account=named)
        recorded = only(ReceiptRecorded, facts, command, FINANCE)
        assert (recorded.bank_account, balances([recorded])) == (account, {account: (0, 300_00)})
        assert {f"bank-moves:{account}"} <= set(recorded.tags)
        known = (*facts, recorded)
        assert decide(known, command, FINANCE) == decide(known, RECEIPT, FINANCE) == ()
        elsewhere = replace(RECEIPT, bank_account=CNY if account != CNY else "cny-2-demo")
        given(*known).when(elsewhere, by=FINANCE).refused(IdTaken)
        back = only(ReceiptReversed, known, _bounced(), FINANCE)
        assert balances((*known, back))[account] == (0, 0)
    # A new default is that of what comes after it; what was recorded stays where it is, and is not asked for anew.
    known = grown(facts, RECEIPT, MakeBankAccountDefault(effective_on=NEW_YEAR, bank_account="cny-2-demo"), by=FINANCE)
    assert decide(known, RECEIPT, FINANCE) == ()
    later = only(ReceiptRecorded, known, replace(RECEIPT, receipt="r-2-demo", bank_reference="R-2"), FINANCE)
    assert later.bank_account == "cny-2-demo"


def test_of_several_defaults_of_a_day_the_last_one_counts() -> None:
    other = replace(OPEN_CNY, bank_account="cny-2-demo", number="3 (demo)", default=False)
    there, back = (MakeBankAccountDefault(effective_on=NEW_YEAR, bank_account=name) for name in ("cny-2-demo", CNY))
    facts = grown(OPENED, other, by=FINANCE)
    assert decide(facts, back, FINANCE) == ()
    for command, account in ((there, "cny-2-demo"), (back, CNY), (there, "cny-2-demo")):
        facts = grown(facts, command, by=FINANCE)
        assert decide(facts, command, FINANCE) == ()
        assert only(ReceiptRecorded, facts, RECEIPT, FINANCE).bank_account == account
    # The default of another day is neither here nor there.
    later = replace(back, effective_on=date(2024, 2, 1))
    facts = grown(facts, later, by=FINANCE)
    assert decide(facts, there, FINANCE) == decide(facts, later, FINANCE) == ()


def test_where_the_default_is_closed_the_one_before_it_is_the_default_again() -> None:
    others = [
        replace(OPEN_CNY, bank_account=f"cny-{nth}-demo", number=f"{nth + 1} (demo)", effective_on=date(2024, nth, 1))
        for nth in (2, 3)
    ]
    facts = grown(OPENED, *others, by=FINANCE)
    closing = [
        CloseBankAccount(effective_on=date(2024, 3, 1), bank_account=name) for name in ("cny-3-demo", "cny-2-demo", CNY)
    ]
    for close, account in zip([None, *closing], ("cny-3-demo", "cny-2-demo", CNY, None), strict=True):
        facts = grown(facts, close, by=FINANCE) if close is not None else facts
        assert only(ReceiptRecorded, facts, RECEIPT, FINANCE).bank_account == account
    # Before the second was opened, the first was it.
    facts = grown(OPENED, *others, closing[0], by=FINANCE)
    early = replace(RECEIPT, effective_on=date(2024, 1, 31))
    assert only(ReceiptRecorded, facts, early, FINANCE).bank_account == CNY


def _bounced() -> ReverseReceipt:
    return ReverseReceipt(effective_on=date(2024, 3, 2), receipt="r-1-demo", reason="it bounced (demo)")


def test_without_accounts_everything_is_as_it_was() -> None:
    recorded = only(ReceiptRecorded, GROUND, RECEIPT, FINANCE)
    assert recorded.bank_account is None
    assert balances([recorded]) == {"None": (0, 300_00)}
    # Recorded before there were accounts, it is on none for good, and is not asked for anew.
    assert decide((*GROUND, recorded, *OPENED[len(GROUND) :]), RECEIPT, FINANCE) == ()


def test_a_payment_is_known_by_its_account_and_its_reference() -> None:
    other = replace(OPEN_CNY, bank_account="cny-2-demo", number="3 (demo)", default=False)
    facts = grown(OPENED, other, RECEIPT, by=FINANCE)
    second = replace(RECEIPT, receipt="r-2-demo")
    given(*facts).when(second, by=FINANCE).refused(BankReferenceTaken)
    assert only(ReceiptRecorded, facts, replace(second, bank_account="cny-2-demo"), FINANCE).receipt == "r-2-demo"


@pytest.mark.parametrize(
    ("account", "refusal"),
    [("nobody-demo", BankAccountUnknown), (DOLLARS, BankAccountOfAnother)],
)
def test_a_payment_is_refused_on_an_account_that_cannot_take_it(account: str, refusal: type[BankingRefusal]) -> None:
    given(*OPENED).when(replace(RECEIPT, bank_account=account), by=FINANCE).refused(refusal, field="bank_account")
    early = replace(RECEIPT, bank_account=CNY, effective_on=date(2023, 12, 31))
    given(*OPENED).when(early, by=FINANCE).refused(BankAccountNotOpen)


def test_an_order_is_paid_on_a_dollar_account_and_its_mirror_is_there_too() -> None:
    desk = Desk(*OPENED)
    desk.place("PRINCIPAL")
    pay: dict[str, Any] = {"order": ORDER, "milestone": "deposit", "bank_reference": "ADV-1", "rate_series": USD}
    (advance,) = desk.do(RecordMilestonePayment(effective_on=date(2024, 1, 10), **pay))
    assert isinstance(advance, AdvanceReceived)
    # 126,000.00 at 7.1036
    assert balances(desk.facts) == {DOLLARS: (126_000_00, 895_053_60)}
    assert "foreign-bank" in advance.tags
    desk.do(REVALUE)
    # at 7.0074: the advance itself stays (IFRIC 22)
    assert balances(desk.facts) == {DOLLARS: (126_000_00, 882_932_40)}
    assert desk.balances()["equipment-advances"] == -895_053_60
    back = ReverseOrderPayment(effective_on=date(2024, 10, 2), order=ORDER, bank_reference="ADV-1", reason="not ours")
    (mirror,) = desk.do(back)
    assert isinstance(mirror, AdvanceReversed)
    assert balances(desk.facts)[DOLLARS] == (0, -12_121_20)


def test_what_a_bank_on_the_way_kept_pays_too_and_is_a_cost() -> None:
    command = replace(RECEIPT, amount="275.00", bank_charge="25.00")
    recorded = only(ReceiptRecorded, OPENED, command, FINANCE)
    assert recorded.amount_minor == 300_00
    assert totals([recorded]) == {"bank": 275_00, "bank-charges": 25_00, "unapplied": -300_00}
    known = (*OPENED, recorded)
    assert decide(known, command, FINANCE) == ()
    given(*known).when(replace(RECEIPT, amount="300.00"), by=FINANCE).refused(IdTaken)
    back = only(ReceiptReversed, known, _bounced(), FINANCE)
    assert set(totals([recorded, back]).values()) == {0}


def test_where_nothing_moves_in_the_bank_an_account_is_not_named() -> None:
    desk = Desk(*OPENED)
    desk.place("AGENT")
    direct = RecordMilestonePayment(
        effective_on=date(2024, 1, 10), order=ORDER, milestone="deposit", through="DIRECT", bank_account=DOLLARS
    )
    given(*desk.facts).when(direct, by=FINANCE).refused(BankAccountUnneeded)
    desk.do(replace(direct, bank_account=None))

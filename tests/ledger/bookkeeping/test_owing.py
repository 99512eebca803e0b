"""Paying what journals by hand made owed, told as stories; every figure is worked out by hand."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.bookkeeping.banking.accounts import BankAccountUnknown
from ledger.bookkeeping.journals.deciding import ApproveJournal, JournalIsPaid, MirrorJournal
from ledger.bookkeeping.journals.facts import JournalPosted, ManualLine
from ledger.bookkeeping.owed import OWED, OwedItem
from ledger.books.accounts import CHART
from ledger.books.postings import postings
from ledger.decider import By, Command, Fact, Refusal
from ledger.joint.owing import (
    OWING,
    BankPayerIsProposer,
    BankPaymentDecided,
    BankPaymentEmpty,
    BankPaymentReferenceTaken,
    BankPaymentsDiffer,
    BankPaymentTaken,
    BankPaymentUnknown,
    BeforeDebt,
    DebtAsked,
    DebtExceeded,
    DebtInQuestion,
    DebtToPay,
    DebtUnknown,
    PayFromBank,
    ProposeBankPayment,
    RejectBankPayment,
    ReturnBankPayment,
    debts_of,
)
from ledger.periods import PeriodOpened, PostingFact
from ledger.values.money import minor
from tests.examples.banking import OPENED
from tests.examples.bookkeeping import (
    DOCUMENT,
    OWED_PAID,
    OWED_PROPOSED,
    OWED_REJECTED,
    OWED_RETURNED,
    PAY_FROM_BANK,
    POSTED,
    PROPOSE_PAYMENT,
    REJECT_PAYMENT,
    RETURN_PAYMENT,
    REVERSED,
)
from tests.ground.given import decide, gets_on, given, grown
from tests.strategies import any_of

CLERK, APPROVER = By(actor="clerk-demo", role="finance"), By(actor="approver-demo", role="approver")
SALARIES = replace(
    POSTED,
    manual_journal="salaries-demo",
    reverses=False,
    lines=(
        ManualLine(account="administration", amount_minor=30_000_000),
        ManualLine(account="payroll", amount_minor=-25_600_000),
        ManualLine(account="accrued", amount_minor=-4_400_000),
    ),
)
MONTHS = tuple(PeriodOpened(effective_on=date(2024, 7, 1), month=f"2024-{month:02}") for month in range(7, 13))
OWING_SALARIES: tuple[Fact, ...] = (*MONTHS, OPENED, SALARIES)
PAID = (*OWING_SALARIES, OWED_PROPOSED, OWED_PAID)
MIRROR = MirrorJournal(
    effective_on=date(2024, 8, 9),
    manual_journal="mirror-demo",
    mirrors="salaries-demo",
    reason="booked twice (demo)",
    document=DOCUMENT,
)


def balances(facts: Sequence[Fact]) -> dict[str, int]:
    found: dict[str, int] = {}
    for fact in facts:
        for line in postings(fact):
            found[line.account] = found.get(line.account, 0) + line.amount_minor
    return {account: minor for account, minor in found.items() if minor}


def asks(**more: Any) -> Command:
    return replace(PROPOSE_PAYMENT, **more)


def debt(amount: str = "256000.00", account: Any = "payroll", journal: str = "salaries-demo") -> tuple[DebtToPay, ...]:
    return (DebtToPay(journal=journal, account=account, amount=amount),)


def test_salaries_are_proposed_by_one_and_paid_by_another() -> None:
    """300,000.00 of July: 256,000.00 to the staff are paid, 44,000.00 stay owed."""
    given(*OWING_SALARIES).when(PROPOSE_PAYMENT, by=CLERK).then(OWED_PROPOSED)
    given(*OWING_SALARIES, OWED_PROPOSED).when(PROPOSE_PAYMENT, by=CLERK).then()
    given(*OWING_SALARIES, OWED_PROPOSED).when(PAY_FROM_BANK, by=APPROVER).then(OWED_PAID)
    given(*PAID).when(PAY_FROM_BANK, by=APPROVER).then()
    assert balances(PAID) == {"administration": 30_000_000, "accrued": -4_400_000, "bank": -25_600_000}
    given(*PAID).when(RETURN_PAYMENT, by=CLERK).then(OWED_RETURNED)
    given(*PAID, OWED_RETURNED).when(RETURN_PAYMENT, by=CLERK).then()
    assert balances((*PAID, OWED_RETURNED)) == balances(OWING_SALARIES)
    given(*OWING_SALARIES, OWED_PROPOSED).when(REJECT_PAYMENT, by=APPROVER).then(OWED_REJECTED)
    # The reference is free again, and so is the debt.
    again = replace(PROPOSE_PAYMENT, payment="again-demo", effective_on=date(2024, 8, 9))
    paid = replace(PAY_FROM_BANK, payment="again-demo", effective_on=date(2024, 8, 9))
    assert balances(grown((*PAID, OWED_RETURNED), (again, CLERK), (paid, APPROVER))) == balances(PAID)


@pytest.mark.parametrize(
    ("command", "refusal", "words"),
    [
        (asks(items=debt("256000.01")), DebtExceeded, "256000.00 CNY are owed by salaries-demo"),
        (asks(items=debt(account="dividends")), DebtUnknown, "2232"),
        (asks(items=debt(journal="nosuch-demo")), DebtUnknown, "nosuch-demo"),
        (asks(items=debt() * 2), BankPaymentEmpty, "once"),
        (asks(items=debt("0.00")), BankPaymentEmpty, "how much"),
        (asks(effective_on=date(2024, 7, 30)), BeforeDebt, "2024-07-31"),
        (asks(bank_account="nosuch-demo"), BankAccountUnknown, "nosuch-demo"),
    ],
)
def test_what_is_not_proposed(command: Command, refusal: type[Refusal], words: str) -> None:
    given(*OWING_SALARIES).when(command, by=CLERK).refused(refusal, says=words)


def test_who_pays_what_and_when() -> None:
    proposed = (*OWING_SALARIES, OWED_PROPOSED)
    given(*proposed).when(PAY_FROM_BANK, by=CLERK).refused(BankPayerIsProposer)
    given(*proposed).when(replace(PAY_FROM_BANK, journals=("other-demo",)), by=APPROVER).refused(BankPaymentsDiffer)
    given(*proposed).when(replace(PAY_FROM_BANK, effective_on=date(2024, 8, 4)), by=APPROVER).refused(BeforeDebt)
    given(*proposed, OWED_REJECTED).when(PAY_FROM_BANK, by=APPROVER).refused(BankPaymentDecided)
    given(*proposed, OWED_REJECTED).when(PROPOSE_PAYMENT, by=CLERK).refused(BankPaymentTaken)
    given(*proposed).when(asks(items=debt("1.00")), by=CLERK).refused(BankPaymentTaken)
    given(*OWING_SALARIES).when(PAY_FROM_BANK, by=APPROVER).refused(BankPaymentUnknown)
    given(*proposed).when(RETURN_PAYMENT, by=CLERK).refused(BankPaymentUnknown)
    given(*PAID).when(replace(RETURN_PAYMENT, effective_on=date(2024, 8, 5)), by=CLERK).refused(BeforeDebt)
    other = replace(OWED_PROPOSED, payment="other-demo", items=(replace(OWED_PROPOSED.items[0], account="accrued"),))
    again = replace(PAY_FROM_BANK, payment="other-demo")
    small = replace(other, items=(replace(other.items[0], amount_minor=100),))
    given(*PAID, small).when(again, by=APPROVER).refused(BankPaymentReferenceTaken)


def test_a_debt_that_is_taken_back_is_not_paid_and_one_that_is_paid_is_not_taken_back() -> None:
    given(*PAID).when(MIRROR, by=CLERK).refused(JournalIsPaid, says="return-bank-payment")
    mirrored = grown((*OWING_SALARIES, OWED_PROPOSED), (MIRROR, CLERK))
    given(*mirrored).when(PAY_FROM_BANK, by=APPROVER).refused(DebtInQuestion)
    # An accrual is gone on the first of the next month: it is never paid.
    accrual = replace(SALARIES, reverses=True)
    reversal = replace(
        REVERSED,
        manual_journal="salaries-demo",
        lines=tuple(replace(line, amount_minor=-line.amount_minor) for line in accrual.lines),
    )
    given(*MONTHS, OPENED, accrual, reversal).when(PROPOSE_PAYMENT, by=CLERK).refused(DebtExceeded)


@pytest.mark.parametrize(("on", "allowed"), [(7, False), (8, False), (9, True)])
def test_a_mirror_is_not_dated_into_the_days_on_which_its_journal_stood_paid(on: int, allowed: bool) -> None:
    """Paid on 6 August; it comes back on the 9th."""
    back = replace(OWED_RETURNED, effective_on=date(2024, 8, 9), accounting_on=date(2024, 8, 9))
    command = replace(MIRROR, effective_on=date(2024, 8, on))
    if allowed:
        grown((*PAID, back), (command, CLERK))
        return
    given(*PAID, back).when(command, by=CLERK).refused(JournalIsPaid, field="effective_on", says="until 2024-08-09")


@pytest.mark.parametrize(("name", "refusal"), [("salary-demo", DebtExceeded), ("m-2", DebtUnknown)])
def test_who_names_a_debt_that_stands_under_another_name_is_told_which(name: str, refusal: type[Refusal]) -> None:
    mirrors = (
        SALARY,
        TWICE,
        journal("m-1", JULY, "salary-demo", payroll=1_000_00),
        journal("m-2", JULY, "m-1", payroll=-1_000_00),
    )
    gets_on(
        (*MONTHS, OPENED, *mirrors),
        (asks(items=debt("1000.00", journal=name)), CLERK),
        refusal,
        "1000.00 CNY owed again, under the name of m-1",
        (),
        (asks(items=debt("1000.00", journal="m-1")), CLERK),
    )


def test_a_later_mirror_of_what_is_paid_under_the_first_ones_name_waits_too() -> None:
    mirrors = (
        SALARY,
        journal("m-1", JULY, "salary-demo", payroll=1_000_00),
        journal("m-2", JULY, "m-1", payroll=-1_000_00),
    )
    paid = replace(OWED_PAID, items=(replace(OWED_PAID.items[0], journal="m-1", amount_minor=1_000_00),))
    command = replace(MIRROR, manual_journal="m-3", mirrors="m-2")
    given(*MONTHS, OPENED, *mirrors, paid).when(command, by=CLERK).refused(JournalIsPaid, field="mirrors")


def test_the_table_of_debts_is_of_accounts_that_journals_make_owed() -> None:
    assert all((CHART[account].code, CHART[account].kind) == (code, "LIABILITY") for account, code in OWED.items())


def journal(name: str, on: date, mirrors: str | None = None, **lines: int) -> JournalPosted:
    """A journal of these accounts, in fen: debits positive. The other side is administration's."""
    there = tuple(ManualLine(account=account.replace("_", "-"), amount_minor=minor) for account, minor in lines.items())
    other = ManualLine(account="administration", amount_minor=-sum(lines.values()))
    return replace(
        SALARIES, manual_journal=name, effective_on=on, accounting_on=on, lines=(*there, other), mirrors=mirrors
    )


JULY, AUGUST, LATER = date(2024, 7, 31), date(2024, 8, 4), date(2024, 8, 20)
SALARY = journal("salary-demo", JULY, payroll=-1_000_00)
WITHHELD = journal("withheld-demo", JULY, payroll=400_00, other_payables=-400_00)
BOTH = (*debt("1000.00", journal="salary-demo"), *debt("400.00", "other-payables", "withheld-demo"))
NET = (*debt("600.00", journal="salary-demo"), *debt("400.00", "other-payables", "withheld-demo"))
TWICE = journal("twice-demo", JULY, payroll=-1_000_00)


@pytest.mark.parametrize(
    ("journals", "items", "words"),
    [
        ((SALARY, WITHHELD), BOTH, "600.00 CNY are owed on payroll (2211)"),
        ((WITHHELD, SALARY), BOTH, "600.00 CNY are owed on payroll (2211)"),
        ((SALARY, WITHHELD), NET, None),
        # Withheld on a later day: from then on 600.00 are owed, and no more is paid before either.
        ((SALARY, replace(WITHHELD, effective_on=LATER, accounting_on=LATER)), BOTH[:1], "600.00 CNY"),
        ((SALARY, TWICE, WITHHELD), BOTH, None),
        ((SALARY, TWICE, WITHHELD), (*BOTH, *debt("600.01", journal="twice-demo")), "1600.00 CNY"),
        ((SALARY, TWICE, WITHHELD), (*BOTH, *debt("600.00", journal="twice-demo")), None),
        # A mirror of a mirror of a mirror: nothing is owed by whatever name.
        (
            (
                SALARY,
                journal("m-1", JULY, "salary-demo", payroll=1_000_00),
                journal("m-2", JULY, "m-1", payroll=-1_000_00),
                journal("m-3", JULY, "m-2", payroll=1_000_00),
            ),
            debt("0.01", journal="m-1"),
            "0.00 CNY are owed by m-1",
        ),
        # The mirror of an accrual reverses as the accrual does.
        (
            (
                SALARY,
                replace(REVERSED, manual_journal="salary-demo", effective_on=AUGUST, lines=WITHHELD.lines[:1]),
                journal("m-1", JULY, "salary-demo", payroll=1_000_00),
                replace(REVERSED, manual_journal="m-1", effective_on=AUGUST, lines=SALARY.lines[:1]),
            ),
            debt("0.01", journal="m-1"),
            "made nothing owed",
        ),
    ],
)
def test_what_another_journal_took_off_an_account_is_not_paid(
    journals: tuple[Fact, ...], items: tuple[DebtToPay, ...], words: str | None
) -> None:
    command, facts = asks(items=items, bank_account=None), (*MONTHS, OPENED, *journals)
    pays = replace(PAY_FROM_BANK, journals=tuple(dict.fromkeys(item.journal for item in items)))
    if words is None:
        paid = grown(facts, (command, CLERK), (pays, APPROVER))
        found = balances(paid)
        assert all(found.get(account, 0) <= 0 for account in OWED), found
        return
    given(*facts).when(command, by=CLERK).refused(DebtUnknown if "nothing" in words else DebtExceeded, says=words)


def test_a_payment_of_a_journal_that_is_not_seen_takes_nothing_off_the_account() -> None:
    """A journal that was posted before `owed:` was thought of does not bear it; its payment does. 1,000.00 are owed."""
    command = asks(items=BOTH[:1], bank_account=None)
    grown((*MONTHS, OPENED, SALARY, OWED_PAID), (command, CLERK))
    given(*MONTHS, OPENED, SALARY, SALARIES, OWED_PAID, WITHHELD).when(command, by=CLERK).refused(DebtExceeded)


def test_what_is_taken_off_after_it_was_proposed_is_not_paid() -> None:
    command = asks(items=BOTH[:1], bank_account=None)
    facts = grown((*MONTHS, OPENED, SALARY), (command, CLERK), WITHHELD)
    pays = replace(PAY_FROM_BANK, journals=("salary-demo",))
    given(*facts).when(pays, by=APPROVER).refused(DebtExceeded, field="journals", says="600.00 CNY")
    # The money goes out when the books show it owed, on its account too.
    late = replace(SALARY, manual_journal="late-demo", accounting_on=date(2024, 9, 1))
    asked = asks(items=debt("1000.00", journal="salary-demo"), bank_account=None)
    *_, paid = grown((*MONTHS, OPENED, SALARY, late, WITHHELD), (asked, CLERK), (pays, APPROVER))
    assert isinstance(paid, PostingFact)
    assert paid.accounting_on == date(2024, 9, 1)


@pytest.mark.parametrize(
    ("journals", "first", "more", "words"),
    [
        # Of 1,000.00 a first payment asks 600.00; 400.00 are left.
        ((SALARY,), debt("600.00", journal="salary-demo"), debt("400.00", journal="salary-demo"), None),
        (
            (SALARY,),
            debt("600.00", journal="salary-demo"),
            debt("400.01", journal="salary-demo"),
            "first-demo would pay 600.00 CNY of salary-demo on payroll already; 400.00 are left",
        ),
        ((SALARY, TWICE), debt("1000.00", journal="salary-demo"), debt("1000.00", journal="twice-demo"), None),
        # Of both together 1,600.00 are owed, since 400.00 were withheld.
        (
            (SALARY, TWICE, WITHHELD),
            debt("1000.00", journal="salary-demo"),
            debt("600.01", journal="twice-demo"),
            "first-demo would pay 1000.00 CNY of payroll (2211) already; 600.00 are left",
        ),
        # A journal that the decision does not see is left out, as on the account.
        ((SALARY,), debt("9.00", journal="unseen-demo"), debt("1000.00", journal="salary-demo"), None),
    ],
)
def test_what_waits_is_asked_for_once(
    journals: tuple[Fact, ...], first: tuple[DebtToPay, ...], more: tuple[DebtToPay, ...], words: str | None
) -> None:
    items = tuple(OwedItem(journal=d.journal, account=d.account, amount_minor=minor(d.amount)) for d in first)
    waits = replace(OWED_PROPOSED, payment="first-demo", items=items)
    facts, again = (*MONTHS, OPENED, *journals, waits), asks(items=more, bank_account=None)
    if words is None:
        grown(facts, (again, CLERK))
        return
    gets_on(
        facts,
        (again, CLERK),
        DebtAsked,
        words,
        ((RejectBankPayment(effective_on=again.effective_on, payment="first-demo", reason="why (demo)"), APPROVER),),
    )


def test_what_two_ask_for_of_one_debt_is_seen_by_either() -> None:
    """The scope of a proposal finds what else waits, and what was rejected, whatever journals these name."""
    for fact in (OWED_PROPOSED, OWED_REJECTED):
        assert set(fact.tags) & set(OWING.scope(PROPOSE_PAYMENT)) - {f"bank-payment:{fact.payment}"}


FIRST, SECOND = date(2026, 1, 2), date(2026, 1, 3)
OPEN = (OPENED, *(PeriodOpened(effective_on=date(2026, 1, 1), month=month) for month in ("2026-01", "2026-02")))
names = st.sampled_from(("journal-1-demo", "journal-2-demo"))
days = st.sampled_from((FIRST, SECOND))
payments = st.sampled_from(("pay-1-demo", "pay-2-demo", "pay-3-demo"))
to_pay = st.builds(
    DebtToPay, journal=names, account=st.just("accrued"), amount=st.sampled_from(("5.00", "40.00", "100.00"))
)
SENT = st.lists(
    st.one_of(
        any_of(
            ProposeBankPayment, effective_on=days, payment=payments, items=st.tuples(to_pay), bank_account=st.none()
        ),
        *(any_of(kind, effective_on=days, payment=payments) for kind in (RejectBankPayment, ReturnBankPayment)),
        *(any_of(PayFromBank, effective_on=days, payment=payments, journals=st.tuples(names)),) * 3,
        any_of(MirrorJournal, effective_on=days, mirrors=names, manual_journal=st.just("mirror-demo")),
        any_of(ApproveJournal, effective_on=days, manual_journal=st.just("mirror-demo")),
    ),
    min_size=10,
    max_size=30,
)


def _accrued(name: str, minor: int, on: date) -> JournalPosted:
    lines = (
        ManualLine(account="administration", amount_minor=minor),
        ManualLine(account="accrued", amount_minor=-minor),
    )
    return replace(SALARIES, manual_journal=name, effective_on=on, accounting_on=on, lines=lines)


@for_all(sent=SENT)
def test_the_debts_of_an_account_are_its_balance_and_none_is_overpaid(sent: list[Command]) -> None:
    facts: list[Fact] = [*OPEN, _accrued("journal-1-demo", 100_00, FIRST), _accrued("journal-2-demo", 45_00, SECOND)]
    for nth, command in enumerate(sent):
        try:
            facts += decide(facts, command, (CLERK, APPROVER)[nth % 2])
        except Refusal:
            continue
    debts: dict[tuple[str, str], int] = {}
    for fact in sorted(facts, key=lambda fact: fact.effective_on):
        for of, amount in debts_of(fact):
            debts[of] = debts.get(of, 0) + amount
    found = balances([fact for fact in facts if isinstance(fact, PostingFact)])
    for account in OWED:
        assert sum(minor for (_, name), minor in debts.items() if name == account) == -found.get(account, 0)
    assert min(debts.values()) >= 0

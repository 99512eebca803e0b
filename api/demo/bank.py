"""How tenants pay: early, promptly, late; behind for a while and caught up later; or not any more.

accounts     two accounts of the city, in yuan and in dollars; what their bank takes and pays; dollars bought and sold
statements   three times a month what came in is recorded: a receipt for what each tenant meant to pay by then
last_statement   what the bank says of the last weeks, line by line; most of it is on record
overdue      who has not paid

What was paid by mistake or for nothing in particular waits, and pays whatever is open at the next statement.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from msgspec import structs

from api.demo.city import evidence, yuan
from api.demo.days import at, first_of, months, months_on, workday, workday_before
from api.demo.deals.energy import LATE_DAYS, PAID_LATE
from api.demo.lease_kinds import Habit
from api.demo.people import ACCOUNTANT, COLLEAGUE
from api.demo.pipeline import END
from api.demo.public import OPENED_AT
from api.demo.steps import Step
from api.demo.tenancies import Tenancy
from api.demo.unfolding import Known, Turn
from ledger.billing.account import Document
from ledger.billing.facts import Issued
from ledger.billing.receipts import AllocateReceipt, RecordReceipt, ToAllocate
from ledger.bookkeeping.banking.entries import (
    BringForwardBankBalance,
    RecordBankCharge,
    RecordBankInterest,
    TransferBetweenAccounts,
)
from ledger.bookkeeping.banking.opening import CloseBankAccount, MakeBankAccountDefault, OpenBankAccount
from ledger.bookkeeping.statements.taking import StatedLine, StatedStatement, TakeBankStatements
from ledger.decider import Command
from ledger.joint.matching import MatchBankLine, PutBankLineAside
from ledger.periods import month_of
from ledger.values.currencies import Currency
from ledger.values.money import minor
from projections.books.bank_accounts import BankMovement, bank_movements
from projections.companies.register import names

STATEMENT_DAYS = (6, 16, 26)
BEHIND_SINCE, CAUGHT_UP_ON = date(2025, 3, 1), date(2025, 11, 14)
QUIET_AFTER_MONTHS = 6
NEVER = date.max

Dues = Callable[[Issued], date]
"""When a tenant pays a document."""


def statements(tenancies: Sequence[Tenancy], seed: int) -> Iterator[Turn]:
    """Every bank statement of the demonstration."""
    pays_on = _pays_on(tenancies, seed)
    before = date(2023, 7, 3)
    for month in months("2023-07", month_of(END)):
        for day in STATEMENT_DAYS:
            on = workday(first_of(month).replace(day=day))
            if on <= END:
                yield Turn(recorded_at=at(on, 240), steps=_statement(on, before, pays_on))
            before = on


def _statement(on: date, before: date, pays_on: Dues) -> Callable[[Known], Iterable[Step | Turn]]:
    def steps(known: Known) -> Iterator[Step]:
        for nth, command in enumerate(_commands(known, on, before, pays_on)):
            yield Step(recorded_at=at(on, 240, nth), by=COLLEAGUE, command=command)

    return steps


def _commands(known: Known, on: date, before: date, pays_on: Dues) -> Iterator[Command]:
    for number, company in enumerate(known.tenants):
        owed = {issued.invoice: document.open_minor for issued, document in known.owed(company)}
        for receipt, free in known.free(company).items():
            paid = _pay(owed, free.free_minor)
            if paid:
                yield AllocateReceipt(receipt=receipt, allocations=paid, effective_on=on)
        open_items = (issued for issued, _ in known.owed(company) if owed[issued.invoice])
        due = {issued.invoice: pays_on(issued) for issued in open_items if pays_on(issued) <= on}
        if due:
            total = sum(owed[invoice] for invoice in due)
            day = min(on, workday(max(before + timedelta(days=1), *due.values(), date.min)))
            yield RecordReceipt(
                receipt=f"r-{on:%y%m%d}-{number + 1:02}-demo",
                company=company,
                bank_reference=f"FICT-{on:%Y%m%d}-{number + 1:03}",
                amount=yuan(total),
                allocations=_pay({invoice: owed[invoice] for invoice in due}, total),
                effective_on=day,
            )


def _pay(owed: dict[str, int], free_minor: int) -> tuple[ToAllocate, ...]:
    """So much pays these documents, one after the other; what is owed goes down."""
    paid = []
    for invoice, open_minor in owed.items():
        if part := min(open_minor, free_minor):
            owed[invoice] -= part
            free_minor -= part
            paid.append(ToAllocate(invoice=invoice, amount=yuan(part)))
    return tuple(paid)


# Accounts

CNY, USD, BANK = "cny-main-demo", "usd-main-demo", "Bank of the Two Rivers, Meishan (demo)"
SOLD = (
    ("2024-06", "60000.00", "423720.00"),
    ("2025-03", "80000.00", "565440.00"),
    ("2026-02", "50000.00", "353650.00"),
)
"""Dollars sold to the bank in the middle of a month, and the yuan that came for them."""


BOUGHT = (
    (date(2024, 1, 18), "284400.00", "40000.00"),
    (date(2024, 7, 18), "1068000.00", "150000.00"),
    (date(2024, 10, 22), "3479000.00", "490000.00"),
)
"""Yuan that went for dollars before a supplier was paid, or an advance given back, and the dollars that came."""

CAPITAL = "6000000.00"
"""Paid in by the owners before the ledger began: it lay in an account of before."""


def accounts() -> Iterator[Step]:
    """Both accounts from the first day, each the default of its currency; charges, interest and transfers since."""
    first = OPENED_AT.date()
    both: tuple[tuple[str, str, Currency], ...] = ((CNY, "6000 0001 (demo)", "CNY"), (USD, "6000 0002 (demo)", "USD"))
    for account, number, currency in both:
        opened = OpenBankAccount(
            bank_account=account,
            bank=BANK,
            number=number,
            currency=currency,
            default=currency == "USD",
            effective_on=first,
        )
        yield Step(recorded_at=at(first, 56), by=ACCOUNTANT, command=opened)
    yield from _founders(first)
    for on, amount, came in BOUGHT:
        yield Step(recorded_at=at(on, 251), by=ACCOUNTANT, command=_bought(on, amount, came))
    for nth_month, month in enumerate(months("2023-09", "2026-05")):
        on = workday_before(first_of(month).replace(day=22))
        name = month.replace("-", "")
        entries: list[Command] = [
            RecordBankCharge(
                bank_entry=f"charge-{name}-demo",
                bank_account=CNY,
                amount=f"{96 + nth_month % 7 * 12}.50",
                bank_reference=f"FICT-FEE-{name}",
                effective_on=on,
            )
        ]
        if month.endswith(("-03", "-06", "-09", "-12")):
            entries.append(_interest(month, nth_month, on))
        entries += [_sold(month, amount, came) for sold, amount, came in SOLD if sold == month]
        for nth, command in enumerate(entries):
            yield Step(recorded_at=at(on, 250, nth), by=ACCOUNTANT, command=command)


def _founders(first: date) -> Iterator[Step]:
    """The account of before the books goes over into the one of today, which is the default since, and closes."""
    old, papers = "cny-old-demo", evidence("bank statement", first)
    steps: tuple[Command, ...] = (
        MakeBankAccountDefault(bank_account=CNY, effective_on=first),
        OpenBankAccount(bank_account=old, bank=BANK, number="1000 0009 (demo)", currency="CNY", effective_on=first),
        BringForwardBankBalance(
            bank_entry="forward-demo", bank_account=old, amount=CAPITAL, evidence=papers, effective_on=first
        ),
        TransferBetweenAccounts(
            bank_entry="moved-demo",
            bank_account=old,
            to_account=CNY,
            amount=CAPITAL,
            bank_reference="FICT-OLD-1",
            effective_on=first,
        ),
        CloseBankAccount(bank_account=old, effective_on=first),
    )
    for nth, command in enumerate(steps):
        yield Step(recorded_at=at(first, 57, nth), by=ACCOUNTANT, command=command)


def _interest(month: str, number: int, on: date) -> RecordBankInterest:
    return RecordBankInterest(
        bank_entry=f"interest-{month.replace('-', '')}-demo",
        bank_account=CNY,
        amount=f"{1204 + number * 37}.{10 + number}",
        bank_reference=f"FICT-INT-{month.replace('-', '')}",
        effective_on=on,
    )


def _sold(month: str, amount: str, came: str) -> TransferBetweenAccounts:
    on = workday_before(first_of(month).replace(day=22))
    return TransferBetweenAccounts(
        bank_entry=f"sold-{month.replace('-', '')}-demo",
        bank_account=USD,
        to_account=CNY,
        amount=amount,
        to_amount=came,
        bank_reference=f"FICT-FX-{month.replace('-', '')}",
        rate_series="fx/usd-cny",
        effective_on=on,
    )


def _bought(on: date, amount: str, came: str) -> TransferBetweenAccounts:
    return TransferBetweenAccounts(
        bank_entry=f"bought-{on:%Y%m}-demo",
        bank_account=CNY,
        to_account=USD,
        amount=amount,
        to_amount=came,
        bank_reference=f"FICT-FX-{on:%Y%m}-B",
        to_rate_series="fx/usd-cny",
        effective_on=on,
    )


# What the bank says

TOLD_FROM = date(2026, 5, 28)
"""The first day of the bank's last statement: the files of May beside the documents end on the day before."""
NOT_IN_BOOKS = minor("1860.00")
"""So much more stood at the bank than in the books by then."""
STATED = "DEMO-2026-06"


def last_statement() -> Turn:
    """The bank's statement of June, which comes on the last evening: some lines wait for a person, two do no more."""

    def steps(known: Known) -> Iterator[Step]:
        for nth, command in enumerate(_said_by_bank(known)):
            yield Step(recorded_at=at(END, 560, nth), by=ACCOUNTANT, command=command)

    return Turn(recorded_at=at(END, 560), steps=steps)


def _said_by_bank(known: Known) -> Iterator[Command]:
    known.follow()
    basis = known.basis(END)
    with known.database.views.connect() as connection:
        moved = bank_movements(connection, basis, account=CNY, from_on=TOLD_FROM, limit=1000)
        called = names(connection, basis)
    told = [one for one in moved if one.moved is not None and TOLD_FROM <= one.value_on <= END]
    if not told or moved[0].moved is None:
        return
    opening = minor(moved[0].held) - minor(moved[0].moved) + NOT_IN_BOOKS
    twice = _paid_at_once(told)
    lines = [_as_booked(one, called) for one in told if one not in twice]
    lines += [*_at_once(twice, called), *_of_its_own(), *_paid_by_number(known, called)]
    lines.sort(key=lambda line: line.booked_on)
    lines = [structs.replace(line, entry=str(number)) for number, line in enumerate(lines, 1)]
    yield TakeBankStatements(
        effective_on=END,
        bank_account=CNY,
        file=evidence("bank statement", END),
        statements=(
            StatedStatement(
                statement=STATED,
                from_on=TOLD_FROM,
                until_on=END,
                currency="CNY",
                opening=yuan(opening),
                closing=yuan(opening + sum(minor(line.amount) for line in lines)),
                lines=tuple(lines),
            ),
        ),
    )
    for line in lines:
        of: dict[str, Any] = {"effective_on": END, "bank_account": CNY, "statement": STATED, "entry": line.entry}
        if line.references == (AT_ONCE,):
            yield MatchBankLine(**of, bank_references=tuple(filter(None, (one.bank_reference for one in twice))))
        elif line.references == (ASTRAY,):
            yield PutBankLineAside(**of, reason="not ours: the bank sends it back (demo)")


AT_ONCE, ASTRAY, LATE = "FICT-20260622-118", "FICT-20260624-077", "FICT-20260630-114"
"""The bank's references of what one tenant paid at once, of what went astray, and of what came a day later."""


def _paid_at_once(told: Sequence[BankMovement]) -> list[BankMovement]:
    """Two receipts of one tenant that its bank sent as one."""
    receipts = [one for one in told if one.fact == "billing.receipt-recorded"]
    for company in dict.fromkeys(one.company for one in receipts):
        theirs = [one for one in receipts if one.company == company]
        if len(theirs) > 1:
            return theirs[-2:]
    return []


def _as_booked(one: BankMovement, called: Mapping[str, str | None]) -> StatedLine:
    """A payment as the bank has it; what came with nothing but a name, a day later and by another reference."""
    late = (one.document or "").startswith("unexplained-")
    return StatedLine(
        entry="1",
        booked_on=END if late else one.value_on,
        amount=one.moved or "0",
        references=(LATE,) if late else tuple(filter(None, (one.bank_reference,))),
        party=called.get(one.company or ""),
    )


def _at_once(some: Sequence[BankMovement], called: Mapping[str, str | None]) -> Iterator[StatedLine]:
    if some:
        total = sum(minor(one.moved or "0") for one in some)
        day = max(one.value_on for one in some)
        party = called.get(some[0].company or "")
        yield StatedLine(entry="1", booked_on=day, amount=yuan(total), references=(AT_ONCE,), party=party)


def _of_its_own() -> Iterator[StatedLine]:
    """A fee and the interest of the quarter, which nobody has recorded yet; and money that went astray."""
    yield StatedLine(
        entry="1", booked_on=date(2026, 6, 21), amount="2451.33", references=("FICT-INT-202606",), text="结息 (demo)"
    )
    yield StatedLine(
        entry="1", booked_on=date(2026, 6, 22), amount="-108.50", references=("FICT-FEE-202606",), text="手续费 (demo)"
    )
    yield StatedLine(
        entry="1",
        booked_on=date(2026, 6, 24),
        amount="3000.00",
        references=(ASTRAY,),
        party="Harbour Lights Catering (demo)",
        text="deposit for the spring ball (demo)",
    )


def _paid_by_number(known: Known, called: Mapping[str, str | None]) -> Iterator[StatedLine]:
    """A tenant pays an invoice and writes its number; nobody has recorded it yet."""
    due = ((company, issued, document) for company in known.tenants for issued, document in known.owed(company))
    for company, issued, document in due:
        if issued.charge == "RENT" and issued.due_on <= END:
            yield StatedLine(
                entry="1",
                booked_on=END,
                amount=yuan(document.open_minor),
                references=("FICT-20260630-121",),
                party=called.get(company),
                text=f"{issued.invoice} rent (demo)",
            )
            return


# Habits


def _pays_on(tenancies: Sequence[Tenancy], seed: int) -> Dues:
    habits: Mapping[str, Habit] = {tenancy.lease: tenancy.habit for tenancy in tenancies}
    quiet_from = {tenancy.lease: months_on(tenancy.begins_on, QUIET_AFTER_MONTHS) for tenancy in tenancies}

    def pays_on(issued: Issued) -> date:
        chance = Random(f"{seed} {issued.invoice}")
        lease = issued.lease or ""
        due, habit = issued.due_on, habits.get(lease, "prompt")
        if issued.invoice == PAID_LATE:
            return due + timedelta(days=LATE_DAYS)
        match habit:
            case "early":
                return max(issued.effective_on, due - timedelta(days=chance.randint(2, 8)))
            case "late":
                return due + timedelta(days=chance.randint(6, 38))
            case "behind" if BEHIND_SINCE <= issued.effective_on < CAUGHT_UP_ON:
                return CAUGHT_UP_ON if issued.charge == "RENT" else due + timedelta(days=chance.randint(60, 110))
            case "behind" if issued.effective_on >= date(2026, 2, 1):
                return due + timedelta(days=chance.randint(70, 130))
            case "gone-quiet" if issued.effective_on >= quiet_from[lease]:
                return NEVER
        return max(issued.effective_on, due + timedelta(days=chance.randint(-4, 3)))

    return pays_on


def overdue(known: Known, on: date, days: int) -> Iterator[tuple[Issued, Document]]:
    """Documents open and overdue for more than so many days, tenant by tenant; late fees left out."""
    for company in known.tenants:
        for issued, document in known.owed(company):
            if issued.charge != "LATE_FEE" and issued.due_on < on - timedelta(days=days):
                yield issued, document


def part_of(issued: Issued, percent: int) -> str:
    """A share of a document's net, as commands have it."""
    return yuan(max(issued.net_minor * percent // 100, minor("1.00")))

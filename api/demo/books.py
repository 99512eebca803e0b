"""What accounting does every month: opens it, bills it, publishes rates, measures losses, closes it.

rates      price indices, exchange and carbon factors: proposed by one person, approved by another; all invented
billing    every first working day, lease by lease; tax invoices for those tenants that ask for them
periods    opened a week ahead, closed about two weeks after their end; the last two are not closed yet
returns    of VAT: proposed by one person and filed by another before a month is closed, and paid
journals   manual ones of 2026: an accrual each quarter, repeated salaries, one booked twice, one turned down, one open
salaries   paid in the month after, each proposed by one and paid by another
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from random import Random

from msgspec.structs import replace

from api.demo.bank import CAPITAL
from api.demo.city import evidence
from api.demo.days import at, first_of, last_of, months, months_on, workday, workday_before
from api.demo.lease_kinds import INDEX, NOT_LET, YEARLY_INDEX
from api.demo.people import ACCOUNTANT, APPROVER, COLLEAGUE
from api.demo.pipeline import END
from api.demo.public import OPENED_AT
from api.demo.steps import Step
from api.demo.tenancies import Tenancy
from api.demo.unfolding import Known, Turn
from ledger.billing.gap import BillLease
from ledger.billing.invoicing.replies import FapiaoReply, TakeFapiaoReplies
from ledger.billing.invoicing.tax_invoices import IssueFapiao
from ledger.billing.lines import net_of_lines, vat_of_lines
from ledger.billing.losses import MeasureEcl, ToMeasure
from ledger.bookkeeping.journals.deciding import (
    ApproveJournal,
    LineByHand,
    MirrorJournal,
    ProposeJournal,
    Proposing,
    RejectJournal,
    RepeatJournal,
)
from ledger.decider import Command
from ledger.joint.closing import ClosePeriod, Subledger
from ledger.joint.owing import DebtToPay, PayFromBank, ProposeBankPayment, ReturnBankPayment
from ledger.joint.remitting import PayVat, ReturnVatPayment
from ledger.joint.taxing import FileVatReturn, ProposeVatReturn
from ledger.periods import OpenPeriods, SoftClosePeriod, month_after, month_of
from ledger.rates import ApproveRate, Emission, ProposeRate, RejectRate
from ledger.values.money import minor, written
from projections.books.journal import Journal
from projections.books.vat import left_behind
from projections.engine.history import count_history
from projections.receivables.ageing import ageing
from projections.subledgers import subledgers

FIRST, LAST = "2023-07", "2026-06"
LAST_RUN_ON = date(2026, 6, 29)
REOPENED, REOPENED_UNTIL = "2024-12", date(2025, 1, 24)
CLOSED_LAST, SOFTLY_CLOSED_LAST = "2026-04", "2026-05"
FILED_LAST = "2026-05"
CAME_BACK = "2026-01"
SOURCE = "Invented for the demonstration (demo)"
LOSS_RATES = ("0.005", "0.02", "0.05", "0.10", "0.25", "0.60")
"""Expected loss by age: not due, 1-30, 31-60, 61-90, 91-180 and more than 180 days overdue."""


# Rates


def rates(seed: int) -> Iterator[Step]:
    """Each month's index two weeks after its end, with exchange and carbon factors as they come."""
    chance = Random(f"rates {seed}")
    index = 10000
    for number, month in enumerate(months("2023-03", LAST)):
        index += chance.randint(-6, 34)
        known_on = max(workday(last_of(month) + timedelta(days=12)), OPENED_AT.date())
        on, minute = first_of(month), number % 40
        name = month.replace("-", "")
        if month == "2024-05":
            yield from _mistyped(on, known_on, minute, f"{index // 10}.{index % 10}")
        yearly = 10000 + chance.randint(30, 320)
        if known_on <= END:
            yield from _rate(f"cpi-{name}-demo", INDEX, _value(index, 2), on, known_on, 100 + minute)
            yield from _rate(f"cpi-py-{name}-demo", YEARLY_INDEX, _value(yearly, 2), on, known_on, 150 + minute)
        parity = 70800 + chance.randint(-900, 900)
        last = workday_before(last_of(month) + timedelta(days=1))
        if last >= OPENED_AT.date():
            yield from _rate(f"usd-{name}-demo", "fx/usd-cny", _value(parity, 4), last, last, 300)
    # 3 % under the VAT Law; whether the option goes on is not settled.
    law_on = date(2026, 1, 1)
    yield from _rate("vat-simplified-2026-demo", "vat/leasing-simplified", "0.03", law_on, workday(law_on), 5)
    for year, grams in ((2021, 1260), (2022, 1410), (2023, 1570)):
        on = date(year, 1, 1)
        known_on = max(workday(date(year + 2, 12, 20)), OPENED_AT.date())
        for region, factor in (("cn-sc", grams), ("cn-average", 5800 - 100 * (year - 2020))):
            name = f"co2-{region}-{year}-demo"
            told = _emission("CN-SC" if region == "cn-sc" else "CN", year)
            yield from _rate(name, f"co2/{region}", _value(factor, 4), on, known_on, 200 + len(region), told)


def _emission(region: str, year: int) -> Emission:
    return Emission(region=region, year=year, basis="AVERAGE", announcement=f"Notice {year + 2} No. 0 (demo)")


def _rate(
    rate: str, series: str, value: str, on: date, known_on: date, minute: int, emission: Emission | None = None
) -> Iterator[Step]:
    base = {INDEX: "February 2023 = 100 (demo)", YEARLY_INDEX: "previous year = 100 (demo)"}.get(series)
    propose = ProposeRate(
        rate=rate, series=series, value=value, base=base, source=SOURCE, emission=emission, effective_on=on
    )
    approve = ApproveRate(rate=rate, effective_on=known_on)
    yield Step(recorded_at=at(known_on, minute), by=ACCOUNTANT, command=propose)
    yield Step(recorded_at=at(known_on, minute + 60), by=APPROVER, command=approve)


def _mistyped(on: date, known_on: date, minute: int, value: str) -> Iterator[Step]:
    rate = "cpi-mistyped-demo"
    propose = ProposeRate(rate=rate, series=INDEX, value=value, source=SOURCE, effective_on=on)
    reject = RejectRate(rate=rate, reason="A digit is in the wrong place (demo)", effective_on=known_on)
    yield Step(recorded_at=at(known_on, minute), by=ACCOUNTANT, command=propose)
    yield Step(recorded_at=at(known_on, minute + 10), by=APPROVER, command=reject)


def _value(units: int, decimals: int) -> str:
    return f"{units // 10**decimals}.{units % 10**decimals:0{decimals}}"


# Billing


def billing(tenancies: Sequence[Tenancy]) -> Iterator[Step | Turn]:
    """Every month's run; and one more before the last month ends, for what was agreed since its first day."""
    for month in months(FIRST, LAST):
        on = workday(first_of(month))
        yield from _run(tenancies, month, on)
        yield Turn(recorded_at=at(on, 180), steps=_fapiao(on))
    yield Turn(recorded_at=at(on, 200), steps=_replies(on))
    yield from _run(tenancies, LAST, LAST_RUN_ON)


def _run(tenancies: Sequence[Tenancy], month: str, on: date) -> Iterator[Step]:
    for tenancy in tenancies:
        if _is_billed(tenancy, month):
            command = BillLease(lease=tenancy.lease, through=first_of(month), effective_on=on)
            yield Step(recorded_at=at(on, 70, tenancy.number * 10), by=ACCOUNTANT, command=command)


def _is_billed(tenancy: Tenancy, month: str) -> bool:
    """From its first day on, until the month after it ended."""
    if tenancy.life in NOT_LET or tenancy.begins_on > first_of(month):
        return False
    return tenancy.over_on is None or month <= month_after(month_of(tenancy.over_on))


def _fapiao(on: date) -> Callable[[Known], Iterable[Step | Turn]]:
    """Tax invoices for every third tenant's new documents."""

    def steps(known: Known) -> Iterator[Step]:
        seconds = 0
        for company in known.tenants[::3]:
            for issued, document in known.owed(company):
                if not document.fapiao and issued.effective_on >= months_on(on, -1):
                    command = IssueFapiao(invoice=issued.invoice, number=fapiao_number(issued.invoice), effective_on=on)
                    yield Step(recorded_at=at(on, 180, seconds), by=COLLEAGUE, command=command)
                    seconds += 1

    return steps


def _replies(on: date) -> Callable[[Known], Iterable[Step | Turn]]:
    """A file of the tax platform's replies: for what another tenant was billed in the last month."""

    def steps(known: Known) -> Iterator[Step]:
        billed = [
            issued
            for company in known.tenants[1::3]
            for issued, document in known.owed(company)
            if issued.effective_on == on and not document.fapiao
        ]
        replies = tuple(
            FapiaoReply(
                line=line,
                invoice=issued.invoice,
                number=fapiao_number(issued.invoice),
                issued_on=on,
                net=written(net_of_lines(issued.lines)),
                vat=written(vat_of_lines(issued.lines)),
            )
            for line, issued in enumerate(billed[:2], 2)
        )
        if replies:
            file = evidence("Replies of the tax platform", on)
            command = TakeFapiaoReplies(effective_on=on, file=file, replies=replies)
            yield Step(recorded_at=at(on, 200), by=COLLEAGUE, command=command)

    return steps


def fapiao_number(invoice: str) -> str:
    """Twenty digits that begin as no real number does."""
    digest = int.from_bytes(hashlib.sha256(invoice.encode()).digest()[:8], "big")
    return f"0000{digest % 10**16:016}"


# Periods


def periods() -> Iterator[Step | Turn]:
    """Every month opened, softly closed, closed: as far as it came by the end."""
    first = OpenPeriods(through=FIRST, effective_on=OPENED_AT.date())
    yield Step(recorded_at=at(OPENED_AT.date(), 55), by=ACCOUNTANT, command=first)
    for month in months(FIRST, LAST):
        nearly_over = workday_before(last_of(month) - timedelta(days=4))
        if month < LAST:
            command = OpenPeriods(through=month_after(month), effective_on=nearly_over)
            yield Step(recorded_at=at(nearly_over, 20), by=ACCOUNTANT, command=command)
        softly = workday(last_of(month) + timedelta(days=10))
        if month <= SOFTLY_CLOSED_LAST:
            soft_close = SoftClosePeriod(month=month, effective_on=softly)
            yield Step(recorded_at=at(softly, 20), by=ACCOUNTANT, command=soft_close)
        if month <= CLOSED_LAST:
            yield closing(month, last_of(month) + timedelta(days=15))
        if month.endswith(("-03", "-06", "-09", "-12")) and month <= CLOSED_LAST:
            yield _losses(month)
    # Opened again in January (incidents.py), and closed again within the week.
    yield closing(REOPENED, REOPENED_UNTIL)


def closing(month: str, on: date) -> Turn:
    """Close a month on what the subledgers add up to by then, as `mcsc close` does."""

    def steps(known: Known) -> Iterator[Step]:
        known.follow()
        with known.database.views.connect() as connection:
            found = subledgers(connection, known.basis(last_of(month)), last_of(month))
            entries = count_history(connection, recorded=known.size, tag=f"books:{month}") or 0
        command = ClosePeriod(
            month=month,
            recorded=known.size,
            entries=entries,
            subledgers=tuple(Subledger(account=name, balance=written(amount)) for name, amount in found.items()),
            effective_on=workday(on),
        )
        yield Step(recorded_at=at(on, 300), by=COLLEAGUE, command=command)

    return Turn(recorded_at=at(on, 300), steps=steps)


def _losses(month: str) -> Turn:
    """Expected credit loss at the end of a quarter, by the ages of what is open."""
    on = last_of(month)
    instant = at(on + timedelta(days=12), 330)

    def steps(known: Known) -> Iterator[Step]:
        known.follow()
        basis = known.basis(on)
        with known.database.views.connect() as connection:
            found = ageing(connection, basis, rates=LOSS_RATES).exposures or ()
        exposures = tuple(
            ToMeasure(bucket=age.bucket, gross=age.gross, rate=age.rate) for age in found if minor(age.gross) > 0
        )
        if exposures:
            command = MeasureEcl(
                measurement=f"ecl-{month}-demo", recorded=basis.recorded, exposures=exposures, effective_on=on
            )
            yield Step(recorded_at=instant, by=COLLEAGUE, command=command)

    return Turn(recorded_at=instant, steps=steps)


# Value added tax


def returns() -> Iterator[Turn]:
    """The VAT return of each month, filed in the days after it and paid by the middle of the next."""
    for month in months(FIRST, FILED_LAST):
        yield _filing(month)
        yield _payment(month)


def _filing(month: str) -> Turn:
    """Proposed on what the books say by then, with what came late to months before; filed at once."""
    on = workday(last_of(month) + timedelta(days=7))

    def steps(known: Known) -> Iterator[Step]:
        known.follow(Journal)
        with known.database.views.connect() as connection:
            late = tuple(late for late in sorted(left_behind(connection, known.basis(on))) if late < month)
        propose = ProposeVatReturn(month=month, late=late, effective_on=on)
        file = FileVatReturn(month=month, late=late, acknowledgement=f"VAT {month} (demo)", effective_on=on)
        yield Step(recorded_at=at(on, 355), by=ACCOUNTANT, command=propose)
        yield Step(recorded_at=at(on, 355, 1), by=APPROVER, command=file)

    return Turn(recorded_at=at(on, 355), steps=steps)


def _payment(month: str) -> Turn:
    """Once it comes back, and is paid again."""
    on = workday(last_of(month) + timedelta(days=12))
    back_on = workday(on + timedelta(days=1))

    def steps(known: Known) -> Iterator[Step]:
        payable = written(known.vat_filed[month].figures.payable_minor)

        def paid(day: date, ending: str = "") -> Step:
            command = PayVat(
                vat_payment=f"vat-{month}{ending}-demo",
                month=month,
                amount=payable,
                bank_reference=f"FICT-VAT-{month}{ending}",
                evidence=evidence("Tax payment receipt", day),
                effective_on=day,
            )
            return Step(recorded_at=at(day, 356), by=ACCOUNTANT, command=command)

        if not minor(payable):
            return
        yield paid(on)
        if month == CAME_BACK:
            reason = "the bank had the tax office's old account (demo)"
            back = ReturnVatPayment(vat_payment=f"vat-{month}-demo", reason=reason, effective_on=back_on)
            yield Step(recorded_at=at(back_on, 355), by=ACCOUNTANT, command=back)
            yield paid(back_on, "-again")

    return Turn(recorded_at=at(on, 356), steps=steps)


# Journals


def journals() -> Iterator[Step]:
    """Manual journals, each proposed by one and approved by another in the days after its month."""
    yield from _by_hand("2023-07", 0, _capital("2023-07"))
    yield from _by_hand("2026-01", 0, _salaries("2026-01"))
    for month in ("2026-02", "2026-03", "2026-04"):
        on = last_of(month)
        paper = evidence("Payroll", on)
        name, model = f"salaries-{month}-demo", "salaries-2026-01-demo"
        again = RepeatJournal(manual_journal=name, repeats=model, document=paper, effective_on=on)
        yield from _by_hand(month, 0, again)
    yield from _by_hand("2026-03", 10, _repairs("2026-03"))
    twice = RepeatJournal(
        manual_journal="repairs-2026-04-demo",
        repeats="repairs-2026-03-demo",
        document=evidence("Estimate of repairs", last_of("2026-04")),
        effective_on=last_of("2026-04"),
    )
    yield from _by_hand("2026-04", 10, twice)
    mirror = MirrorJournal(
        manual_journal="repairs-2026-04-mirror-demo",
        mirrors="repairs-2026-04-demo",
        reason="the bill had come already (demo)",
        document=evidence("Bill for repairs", last_of("2026-04")),
        effective_on=last_of("2026-04"),
    )
    yield from _by_hand("2026-04", 20, mirror, later=3)
    yield from _by_hand("2026-05", 0, _salaries("2026-05"), reason="the amount is that of last year (demo)")
    waits = {"manual_journal": "repairs-2026-06-demo", "effective_on": first_of("2026-06"), "reverses": False}
    yield next(_by_hand("2026-05", 20, replace(_repairs("2026-05"), **waits)))  # and waits for a second person


def salaries() -> Iterator[Step]:
    """Salaries of a month leave the bank in the middle of the next; once they come back, and are paid again."""
    for month in ("2026-01", "2026-02", "2026-03", "2026-04"):
        on = workday(first_of(month_after(month)).replace(day=12))
        payment = f"salaries-{month}-paid-demo"
        yield from _paid(month, payment, on)
        if month == "2026-03":
            back_on = workday(on + timedelta(days=4))
            back = ReturnBankPayment(
                payment=payment, reason="the number of the account was wrong (demo)", effective_on=back_on
            )
            yield Step(recorded_at=at(back_on, 255), by=ACCOUNTANT, command=back)
            yield from _paid(month, f"salaries-{month}-again-demo", back_on)


def _paid(month: str, payment: str, on: date) -> Iterator[Step]:
    """Proposed by one, and paid by another two days later."""
    paid_on = workday(on + timedelta(days=2))
    journal = f"salaries-{month}-demo"
    proposal = ProposeBankPayment(
        payment=payment,
        payee="staff of the office (demo)",
        items=(DebtToPay(journal=journal, account="payroll", amount="64000.00"),),
        reason=f"salaries of {month} (demo)",
        effective_on=on,
    )
    yield Step(recorded_at=at(on, 260), by=ACCOUNTANT, command=proposal)
    reference = f"FICT-{payment.upper()}"
    paid = PayFromBank(payment=payment, journals=(journal,), bank_reference=reference, effective_on=paid_on)
    yield Step(recorded_at=at(paid_on, 260), by=APPROVER, command=paid)


def _by_hand(
    month: str, minute: int, proposal: Proposing, *, reason: str | None = None, later: int = 0
) -> Iterator[Step]:
    """A journal proposed in the days after its month; and turned down with a reason, or approved."""
    on = workday(last_of(month) + timedelta(days=2 + later))
    decided_on = workday(on + timedelta(days=1))
    name = proposal.manual_journal
    decision: Command = ApproveJournal(manual_journal=name, effective_on=decided_on)
    if reason is not None:
        decision = RejectJournal(manual_journal=name, reason=reason, effective_on=decided_on)
    yield Step(recorded_at=at(on, 200 + minute), by=ACCOUNTANT, command=proposal)
    yield Step(recorded_at=at(decided_on, 200 + minute), by=APPROVER, command=decision)


def _capital(month: str) -> Proposing:
    """The balance that was brought forward, as the owners' capital."""
    why = "capital paid in before the ledger began (demo)"
    return _two_lines("capital-demo", "capital", CAPITAL, why, month, "Certificate of capital", debit="opening-equity")


def _salaries(month: str) -> Proposing:
    return _two_lines(
        f"salaries-{month}-demo", "payroll", "64000.00", "salaries of the office (demo)", month, "Payroll"
    )


def _repairs(month: str) -> Proposing:
    why = "repairs done and not billed yet (demo)"
    return _two_lines(f"repairs-{month}-demo", "accrued", "18500.00", why, month, "Estimate of repairs", reverses=True)


def _two_lines(
    name: str,
    credit: str,
    amount: str,
    reason: str,
    month: str,
    paper: str,
    *,
    debit: str = "administration",
    reverses: bool = False,
) -> Proposing:
    on = last_of(month)
    return ProposeJournal(
        manual_journal=name,
        lines=(
            LineByHand(account=debit, side="DEBIT", amount=amount),
            LineByHand(account=credit, side="CREDIT", amount=amount),
        ),
        reason=reason,
        document=evidence(paper, on),
        reverses=reverses,
        effective_on=on,
    )

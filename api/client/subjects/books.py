"""Commands: books.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date

from api.client.parts import Command, DebtToPay, Evidence, LineByHand


class ProposeJournal(Command, frozen=True, kw_only=True, tag="propose-journal"):
    """Propose a manual journal of this day. An accrual `reverses`: its mirror is posted on the first day of the next
    month, by itself.
    """

    effective_on: date
    manual_journal: str
    lines: tuple[LineByHand, ...]
    reason: str
    document: Evidence
    reverses: bool = False


class RepeatJournal(Command, frozen=True, kw_only=True, tag="repeat-journal"):
    """Propose the lines of an earlier journal again, for this day's month: once a month each."""

    effective_on: date
    manual_journal: str
    repeats: str
    document: Evidence


class MirrorJournal(Command, frozen=True, kw_only=True, tag="mirror-journal"):
    """Propose the mirror of a posted journal, to put it right, on its day or later. That of an accrual is in the
    accrual's month and reverses as it did; after that month the accrual has reversed by itself.
    """

    effective_on: date
    manual_journal: str
    mirrors: str
    reason: str
    document: Evidence


class ApproveJournal(Command, frozen=True, kw_only=True, tag="approve-journal"):
    """Agree to a proposed journal: it is posted on its own day. `effective_on` is the day of the decision."""

    effective_on: date
    manual_journal: str


class RejectJournal(Command, frozen=True, kw_only=True, tag="reject-journal"):
    """Turn a proposed journal down, or take back one of your own."""

    effective_on: date
    manual_journal: str
    reason: str


class ProposeBankPayment(Command, frozen=True, kw_only=True, tag="propose-bank-payment"):
    """Ask to pay salaries, accrued expenses, income tax or dividends that journals made owed, in whole or part.

    payee          who gets it, in words; no names of private persons
    bank_account   the one that it shall leave, else the default of CNY on the day that it is paid
    """

    effective_on: date
    payment: str
    payee: str
    items: tuple[DebtToPay, ...]
    bank_account: str | None = None
    reason: str


class PayFromBank(Command, frozen=True, kw_only=True, tag="pay-from-bank"):
    """Agree to a payment that somebody else proposed, as the bank made it; `effective_on` is the value date. The
    journals are named again: what is owed by them now decides.
    """

    effective_on: date
    payment: str
    journals: tuple[str, ...]
    bank_reference: str


class RejectBankPayment(Command, frozen=True, kw_only=True, tag="reject-bank-payment"):
    """Turn down a payment that was proposed, or take back one of your own."""

    effective_on: date
    payment: str
    reason: str


class ReturnBankPayment(Command, frozen=True, kw_only=True, tag="return-bank-payment"):
    """Say that a payment came back, or was recorded wrong: what it paid is owed again."""

    effective_on: date
    payment: str
    reason: str

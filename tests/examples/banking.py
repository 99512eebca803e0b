"""One example of every fact and command of bank accounts. All are invented; names end in (demo)."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.bookkeeping.banking.entries import (
    BringForwardBankBalance,
    RecordBankCharge,
    RecordBankInterest,
    ReverseBankEntry,
    TransferBetweenAccounts,
)
from ledger.bookkeeping.banking.facts import (
    BankAccountClosed,
    BankAccountMadeDefault,
    BankAccountOpened,
    BankAccountStepWithdrawn,
    BankBalanceBroughtForward,
    BankBalancesRemeasured,
    BankChargeTaken,
    BankEntryReversed,
    BankInterestReceived,
    BankTransferMade,
    Remeasured,
)
from ledger.bookkeeping.banking.opening import (
    CloseBankAccount,
    MakeBankAccountDefault,
    OpenBankAccount,
    WithdrawBankAccountStep,
)
from ledger.bookkeeping.statements.columns import Profile
from ledger.bookkeeping.statements.facts import (
    BankLine,
    BankLineMatched,
    BankLinePutAside,
    BankLineStepWithdrawn,
    BankProfileRecorded,
    BankProfileWithdrawn,
    BankStatementTaken,
    BankStatementWithdrawn,
    ProfileVersion,
)
from ledger.bookkeeping.statements.profiles import RecordBankProfile, WithdrawBankProfile
from ledger.bookkeeping.statements.taking import (
    StatedLine,
    StatedStatement,
    TakeBankStatements,
    WithdrawBankStatement,
)
from ledger.decider import Command, Fact
from ledger.joint.matching import MatchBankLine, PutBankLineAside, WithdrawBankLineStep
from ledger.values.evidence import Evidence

CNY, USD, SERIES = "cny-main-demo", "usd-main-demo", "fx/usd-cny"
PAPER = Evidence(doc="bank statement (demo)", sha256="ba" * 32)
BANK = "City Bank, Meishan (demo)"


def _foreign(on: date, amount: int, cny: int, rate: str = "7.1036") -> dict[str, Any]:
    return {
        "effective_on": on,
        "accounting_on": on,
        "bank_account": USD,
        "currency": "USD",
        "amount_minor": amount,
        "rate_series": SERIES,
        "rate": rate,
        "cny_minor": cny,
    }


OPENED = BankAccountOpened(
    effective_on=date(2024, 1, 1), bank_account=CNY, bank=BANK, number="2600 0001 (demo)", currency="CNY"
)
USD_OPENED = BankAccountOpened(
    effective_on=date(2024, 1, 1),
    bank_account=USD,
    bank=BANK,
    number="2600 0002 (demo)",
    currency="USD",
    evidence=PAPER,
)
DEFAULT = BankAccountMadeDefault(effective_on=date(2024, 1, 1), bank_account=CNY, currency="CNY")
CLOSED = BankAccountClosed(effective_on=date(2024, 12, 31), bank_account=USD)
STEP_WITHDRAWN = BankAccountStepWithdrawn(
    effective_on=date(2024, 12, 31),
    bank_account=USD,
    step="bank.account-closed",
    reason="another account's (demo)",
    touched=CLOSED.tags,
)
BROUGHT_FORWARD = BankBalanceBroughtForward(
    effective_on=date(2024, 1, 1),
    accounting_on=date(2024, 1, 1),
    bank_entry="opening-demo",
    bank_account=CNY,
    currency="CNY",
    amount_minor=100_000_00,
    cny_minor=100_000_00,
    evidence=PAPER,
)
TRANSFER = BankTransferMade(
    **_foreign(date(2024, 2, 1), 10_000_00, 71_036_00),
    bank_entry="transfer-1-demo",
    bank_reference="TR-1",
    to_account=CNY,
    to_currency="CNY",
    to_amount_minor=70_900_00,
    to_cny_minor=70_900_00,
)
CHARGE = BankChargeTaken(
    **_foreign(date(2024, 2, 1), 25_00, 177_59), bank_entry="charge-1-demo", bank_reference="FEE-1"
)
INTEREST = BankInterestReceived(
    **_foreign(date(2024, 3, 21), 12_34, 87_66), bank_entry="interest-1-demo", bank_reference="INT-1"
)
REVERSED = BankEntryReversed(
    effective_on=date(2024, 2, 2),
    accounting_on=date(2024, 2, 2),
    bank_entry="charge-1-demo",
    reversed=CHARGE,
    reason="the bank gave it back (demo)",
)
ITEM = Remeasured(bank_account=USD, currency="USD", amount_minor=0, carrying_minor=-8_24, revalued_minor=0)
REMEASURED = BankBalancesRemeasured(
    effective_on=date(2024, 2, 29), accounting_on=date(2024, 2, 29), month="2024-02", items=(ITEM,)
)

STATEMENT = BankStatementTaken(
    effective_on=date(2024, 2, 29),
    came_on=date(2024, 3, 1),
    bank_account=CNY,
    statement="2024-02 (demo)",
    file=PAPER,
    from_on=date(2024, 2, 1),
    currency="CNY",
    opening_minor=10_000,
    closing_minor=7_500,
    lines=(BankLine(entry="1", booked_on=date(2024, 2, 1), amount_minor=-2_500, references=("FEE-1",)),),
)
STATEMENT_WITHDRAWN = BankStatementWithdrawn(
    effective_on=date(2024, 2, 29),
    bank_account=CNY,
    about="2024-02 (demo)",
    step="bank.statement-taken",
    reason="another account's (demo)",
    touched=STATEMENT.tags,
)
_LINE: dict[str, Any] = {
    "effective_on": date(2024, 3, 2),
    "bank_account": CNY,
    "statement": STATEMENT.statement,
    "until_on": STATEMENT.effective_on,
    "entry": "1",
}
MATCHED = BankLineMatched(**_LINE, bank_references=("FEE-1", "FEE-2"))
PUT_ASIDE = BankLinePutAside(**_LINE, reason="not ours (demo)")
LINE_WITHDRAWN = BankLineStepWithdrawn(
    effective_on=date(2024, 3, 2),
    bank_account=CNY,
    about=MATCHED.about,
    step="bank.line-matched",
    reason="another payment (demo)",
    touched=MATCHED.tags,
)

COLUMNS = Profile(date="交易日期", date_form="YYYYMMDD", amount="金额", encoding="gb18030", references=("流水号",))
PROFILE = BankProfileRecorded(
    effective_on=date(2024, 2, 1), profile="river-bank-demo", version=1, columns=COLUMNS, bank_account=CNY
)
PROFILE_WITHDRAWN = BankProfileWithdrawn(
    effective_on=date(2024, 2, 1),
    profile="river-bank-demo",
    about="1",
    step="bank.profile-recorded",
    reason="another bank's (demo)",
    touched=PROFILE.tags,
)

FACTS: tuple[Fact, ...] = (
    PROFILE,
    PROFILE_WITHDRAWN,
    MATCHED,
    PUT_ASIDE,
    LINE_WITHDRAWN,
    STATEMENT,
    STATEMENT_WITHDRAWN,
    OPENED,
    DEFAULT,
    CLOSED,
    STEP_WITHDRAWN,
    BROUGHT_FORWARD,
    TRANSFER,
    CHARGE,
    INTEREST,
    REVERSED,
    REMEASURED,
)
COMMANDS: tuple[Command, ...] = (
    RecordBankProfile(effective_on=date(2024, 2, 1), profile="river-bank-demo", columns=COLUMNS, bank_account=CNY),
    WithdrawBankProfile(
        effective_on=date(2024, 2, 1), profile="river-bank-demo", about="1", reason="another bank's (demo)"
    ),
    MatchBankLine(**_LINE, bank_references=("FEE-1",)),
    PutBankLineAside(**_LINE, reason="not ours (demo)"),
    WithdrawBankLineStep(
        effective_on=date(2024, 3, 2),
        bank_account=CNY,
        about=MATCHED.about,
        step="bank.line-matched",
        reason="another payment (demo)",
    ),
    TakeBankStatements(
        effective_on=date(2024, 3, 1),
        bank_account=CNY,
        file=PAPER,
        statements=(
            StatedStatement(
                statement="2024-02 (demo)",
                from_on=date(2024, 2, 1),
                until_on=date(2024, 2, 29),
                currency="CNY",
                opening="100.00",
                closing="75.00",
                lines=(StatedLine(entry="1", booked_on=date(2024, 2, 1), amount="-25.00", references=("FEE-1",)),),
            ),
        ),
    ),
    WithdrawBankStatement(
        effective_on=date(2024, 2, 29), bank_account=CNY, about="2024-02 (demo)", reason="another account's (demo)"
    ),
    OpenBankAccount(
        effective_on=date(2024, 1, 1), bank_account=CNY, bank=BANK, number="2600 0001 (demo)", currency="CNY"
    ),
    MakeBankAccountDefault(effective_on=date(2024, 1, 1), bank_account=CNY),
    CloseBankAccount(effective_on=date(2024, 12, 31), bank_account=USD),
    WithdrawBankAccountStep(
        effective_on=date(2024, 12, 31),
        bank_account=USD,
        step="bank.account-closed",
        reason="another account's (demo)",
    ),
    BringForwardBankBalance(
        effective_on=date(2024, 1, 1), bank_entry="opening-demo", bank_account=CNY, amount="100000.00", evidence=PAPER
    ),
    TransferBetweenAccounts(
        effective_on=date(2024, 2, 1),
        bank_entry="transfer-1-demo",
        bank_account=USD,
        to_account=CNY,
        amount="10000.00",
        to_amount="70900.00",
        bank_reference="TR-1",
        rate_series=SERIES,
    ),
    RecordBankCharge(
        effective_on=date(2024, 2, 1),
        bank_entry="charge-1-demo",
        bank_account=USD,
        amount="25.00",
        bank_reference="FEE-1",
        rate_series=SERIES,
    ),
    RecordBankInterest(
        effective_on=date(2024, 3, 21),
        bank_entry="interest-1-demo",
        bank_account=USD,
        amount="12.34",
        bank_reference="INT-1",
        rate_series=SERIES,
    ),
    ReverseBankEntry(effective_on=date(2024, 2, 2), bank_entry="charge-1-demo", reason="the bank gave it back (demo)"),
)
WHOLE: tuple[Fact, ...] = (
    replace(
        STATEMENT,
        lines=(
            BankLine(
                entry="3.2",
                booked_on=date(2024, 2, 1),
                value_on=date(2024, 2, 2),
                amount_minor=-2_500,
                references=("FEE-1", "+/'? 备注 (demo)"),
                party="Ash Works (demo)",
                text="rent (demo)",
                reversal=True,
                returned="AC04",
            ),
        ),
        known=("3.2",),
        reason="the bank's own sample does not foot (demo)",
        read_by=ProfileVersion(profile="river-bank-demo", version=1),
    ),
    replace(
        PROFILE,
        version=2,
        columns=Profile(
            encoding="windows-1252",
            delimiter="tab",
            decimal=",",
            currency="EUR",
            date="date",
            date_form="DD.MM.YYYY",
            value_date="value",
            amount="amount",
            direction="way",
            out=("out",),
            inward=("in",),
            balance="balance",
            references=("no",),
            party="party",
            text=("text",),
            newest_first=True,
            ends=("total",),
        ),
    ),
    USD_OPENED,
    replace(CLOSED, evidence=PAPER),
    replace(BROUGHT_FORWARD, bank_account=USD, currency="USD", rate_series=SERIES, rate="7.1"),
    replace(TRANSFER, evidence=PAPER, to_rate_series="fx/eur-cny", to_rate="7.8"),
    replace(CHARGE, evidence=PAPER),
    replace(INTEREST, evidence=PAPER),
    replace(
        REMEASURED,
        items=(
            replace(
                ITEM,
                rate_series=SERIES,
                rate="7.1",
            ),
        ),
    ),
)

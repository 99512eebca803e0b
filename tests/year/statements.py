"""The statements of the hand-kept books, drawn up by sums of their own: balance sheet, results, cash, equity.

Which account stands in which line is written here by hand, from the forms of 2019 and 2026 and CAS 31. All figures in
fen; lines of nothing are left out.

sheet     the lines of the balance sheet on a day
results   the lines and totals of an income statement of a year, in either form
cash      the lines of the cash flow statement of a year, from what stands on the other side of the bank
equity    the lines of equity of a year, by cause
"""

from collections.abc import Iterable, Mapping
from datetime import date

from tests.year.drawn import balances
from tests.year.table import Row

Lines = dict[str, int]
ASSETS = {
    "1002": "cash",
    "1122": "receivables",
    "1123": "prepayments",
    "1124": "other-current-assets",
    "1125": "contract-assets",
    "1221": "other-receivables",
    "1231": "receivables",
    "1405": "inventory",
    "1471": "inventory",
    "1601": "fixed-assets",
    "1602": "fixed-assets",
    "1801.01": "long-term-prepaid",
    "1801.02": "long-term-prepaid",
}
SOURCES = {
    "2202": "payables",
    "2203": "advances",
    "2204.01": "contract-liabilities",
    "2204.02": "contract-liabilities",
    "2211": "payroll",
    "2221": "taxes",
    "2221.09": "other-current-liabilities",
    "2221.03": "taxes",
    "2221.10": "taxes",
    "2232": "other-payables",
    "2241.01": "other-payables",
    "2241.02": "other-payables",
    "2241.03": "other-payables",
    "2241.04": "other-payables",
    "2241.09": "other-payables",
    "2801": "provisions",
    "3999": "other-equity",
    "4001": "capital",
    "4101": "surplus",
    "4104": "undistributed",
    "6": "undistributed",
}
OTHER_SIDE = {"1122": "advances", "1124": "advances", "2202": "prepayments", "2221": "other-current-assets"}
"""Where a party, a lease or the VAT of the month stands that is on the other side."""


def sheet(rows: Iterable[Row], on: date) -> Lines:
    """The balance sheet: nothing is netted between parties, nor between leases."""
    owners: dict[tuple[str, str], int] = {}
    for part, fen in balances(rows, on, parts=True).items():
        account, _, owner = part.partition(":")
        if account in ("2221.01", "2221.02"):
            account, owner = "2221", ""
        if account.startswith("6"):
            account, owner = "6", ""
        of = (account, owner.partition("/")[0] if account in OTHER_SIDE else "")
        owners[of] = owners.get(of, 0) + fen
    lines: Lines = {}
    for (account, _), fen in owners.items():
        asset = account in ASSETS
        turned = account in OTHER_SIDE and (fen < 0) == asset and fen != 0
        line = OTHER_SIDE[account] if turned else (ASSETS if asset else SOURCES)[account]
        lines[line] = lines.get(line, 0) + (fen if asset != turned else -fen)
    return {line: fen for line, fen in lines.items() if fen}


TRADE = {
    "6001.01": "revenue",
    "6001.02": "revenue",
    "6001.03": "revenue",
    "6001.04": "revenue",
    "6001.05": "revenue",
    "6001.06": "revenue",
    "6001.07": "revenue",
    "6001.08": "revenue",
    "6051": "revenue",
    "6401": "cost",
    "6403": "taxes",
    "6601": "selling",
    "6602": "administration",
    "6701": "impairment",
    "6702": "credit-loss",
    "6801": "income-tax",
}
FORMS: Mapping[str, Mapping[str, str]] = {
    "2019": {
        **TRADE,
        "6603": "finance",
        "6603.01": "finance",
        "6603.03": "finance",
        "6061": "finance",
        "6301": "non-operating",
        "6711": "non-operating-expense",
    },
    "2026": {
        **TRADE,
        "6061": "other-operating",
        "6301": "other-operating",
        "6711": "other-operating",
        "6603": "bank-charges",
        "6603.01": "interest",
        "6603.03": "interest-expense",
    },
}
OPERATING = (
    "revenue",
    "cost",
    "taxes",
    "selling",
    "administration",
    "finance",
    "credit-loss",
    "impairment",
    "other-operating",
    "bank-charges",
)
TOTALS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "2019": {
        "operating-profit": OPERATING,
        "profit-before-tax": (*OPERATING, "non-operating", "non-operating-expense"),
        "net-profit": (*OPERATING, "non-operating", "non-operating-expense", "income-tax"),
    },
    "2026": {
        "operating-profit": OPERATING,
        "before-financing": (*OPERATING, "interest"),
        "profit-before-tax": (*OPERATING, "interest", "interest-expense"),
        "net-profit": (*OPERATING, "interest", "interest-expense", "income-tax"),
    },
}


def _of_year(rows: Iterable[Row], on: date) -> list[Row]:
    return [row for row in rows if row.on.year == on.year and row.on <= on]


def results(rows: Iterable[Row], on: date, form: str) -> tuple[Lines, Lines]:
    """The lines and the totals of an income statement from 1 January: what is earned positive."""
    lines: Lines = {}
    for account, fen in balances(_of_year(rows, on), on).items():
        if account.startswith("6"):
            line = FORMS[form][account]
            lines[line] = lines.get(line, 0) - fen
    totals = {name: sum(lines.get(line, 0) for line in of) for name, of in TOTALS[form].items()}
    return {line: fen for line, fen in lines.items() if fen}, {**totals, "to-equity": totals["net-profit"]}


CASH = {
    "1122": "sales",
    "1125": "sales",
    "2203": "sales",
    "2204.01": "sales",
    "6001.06": "sales",
    "2221.01": "sales",
    "2202": "purchases",
    "2211": "employees",
    "2221.03": "taxes",
    "2221.10": "taxes",
    "2232": "distributions",
    "3999": "brought-forward",
}
BACK = ("charge given back", "and returns", "which returns")
"""What came back stands where it stood, the other way round."""


def cash(rows: Iterable[Row], on: date) -> Lines:
    """The cash flow statement from 1 January. What a bank on the way kept was received, and paid as a charge."""
    journals: dict[tuple[date, str], list[Row]] = {}
    for row in _of_year(rows, on):
        journals.setdefault((row.on, row.what), []).append(row)
    lines: Lines = {}
    for (_, what), some in journals.items():
        moved: Lines = {}
        for row in some:
            for part, fen in ((row.debit, -row.fen), (row.credit, row.fen)):
                moved[part] = moved.get(part, 0) + fen
        if not any(part.startswith("1002") for part in moved):
            continue
        for part, fen in moved.items():
            if fen and not part.startswith("1002"):
                line = _cash_line(part, fen if what not in BACK else -fen, moved)
                lines[line] = lines.get(line, 0) + fen
    return {line: fen for line, fen in lines.items() if fen}


def _cash_line(part: str, fen: int, journal: Lines) -> str:
    account = part.partition(":")[0]
    if part == "2202:stella/roof":
        return "assets"
    if account == "6061":
        traded = [CASH[other] for name in journal if (other := name.partition(":")[0]) in CASH]
        return traded[0] if traded else "exchange"
    return CASH.get(account) or ("other-received" if fen > 0 else "other-paid")


def equity(rows: Iterable[Row], on: date) -> dict[str, Lines]:
    """The lines of equity of a year: what stood before, the result, what owners took, what moved between lines."""
    before, now = (sheet(rows, day) for day in (date(on.year - 1, 12, 31), on))
    names = ("capital", "surplus", "undistributed", "other-equity")
    found = {name: {"opening": before.get(name, 0), "closing": now.get(name, 0)} for name in names}
    found["undistributed"]["profit"] = results(rows, on, "2019")[1]["net-profit"]
    for row in _of_year(rows, on):
        debit, credit = (SOURCES.get(side, "") for side in (row.debit, row.credit))
        for line, other, sign in ((debit, credit, -1), (credit, debit, 1)):
            if line in names:
                cause = "transfers" if other in names else "taken_over" if line == "other-equity" else "distributions"
                found[line][cause] = found[line].get(cause, 0) + sign * row.fen
    return {name: {cause: fen for cause, fen in causes.items() if fen} for name, causes in found.items()}

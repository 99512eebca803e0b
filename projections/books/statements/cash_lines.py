"""The lines of the cash flow statement, and which money stands in each (CAS 31, direct method).

CASH_FLOW    现金流量表: its lines by category, in the order of the form
CATEGORIES   the categories, each with the name of its total
cash_line    the line that money stands in: by the fact that moved it and the account on the other side of the bank

Money stands in the line with the longest beginning of the other account's code, of those that take its direction. The
mirror of a payment stands where the payment stood, the other way round. Exchange within a payment is part of what was
paid; on bank accounts themselves it is the effect of rates. What no line names is unclassified, and says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from ledger.books.accounts import CHART

Way = Literal["IN", "OUT"]


class CashLine(Struct, frozen=True):
    """A line of the statement.

    category   operating, investing or financing, or what is beside them
    codes      beginnings of the codes of the accounts on the other side
    way        which direction of money stands here; None: both
    """

    line: str
    name: str
    name_zh: str
    category: str
    codes: tuple[str, ...]
    way: Way | None = None


class CashKey(NamedTuple):
    """The kind of money that a line takes whole.

    fact      what moved it; account: what stands on the other side
    inward    whether it came in
    asset     whether it pays for what is bought to be kept
    """

    fact: str
    account: str
    inward: bool
    asset: bool


CATEGORIES: Mapping[str, tuple[str, str]] = {
    "operating": ("Net cash from operating activities", "经营活动产生的现金流量净额"),
    "investing": ("Net cash from investing activities", "投资活动产生的现金流量净额"),
    "financing": ("Net cash from financing activities", "筹资活动产生的现金流量净额"),
    "beside": ("Beside the activities", "其他影响合计"),
}
INCREASE = ("Net increase in cash", "现金净增加额")
OPENING = ("Cash at the beginning", "期初现金余额")
CLOSING = ("Cash at the end", "期末现金余额")
UNEXPLAINED = ("Closing less opening and increase", "期末减期初减净增加额")
CASH = ("bank",)
"""The accounts that are cash."""


def _line(line: str, name: str, name_zh: str, *codes: str, category: str, way: Way | None = None) -> CashLine:
    return CashLine(line, name, name_zh, category, codes, way)


TRADE, KEPT, MEANS, BESIDE = "operating", "investing", "financing", "beside"
LONG_TERM = ("15", "16", "17", "18")
CASH_FLOW: Sequence[CashLine] = (
    _line("sales", "Received from sales and services", "销售商品、提供劳务收到的现金",
          "1122", "1124", "1125", "2203", "2204", "6001", "2221.01", "2221.09", category=TRADE),
    _line("tax-refunds", "Taxes paid back", "收到的税费返还", "2221", "6403", "6801", category=TRADE, way="IN"),
    _line("other-received", "Other money received", "收到其他与经营活动有关的现金",
          "1221", "1801.01", "2241", "6051", "6301", "6601", "6602", "6603", "6711", category=TRADE, way="IN"),
    _line("purchases", "Paid for goods and services", "购买商品、接受劳务支付的现金",
          "1123", "14", "2202", "2221.02", "6401", category=TRADE),
    _line("employees", "Paid to and for employees", "支付给职工以及为职工支付的现金", "2211", category=TRADE),
    _line("taxes", "Taxes paid", "支付的各项税费", "2221", "6403", "6801", category=TRADE, way="OUT"),
    _line("other-paid", "Other money paid", "支付其他与经营活动有关的现金",
          "1221", "1801.01", "2241", "6051", "6301", "6601", "6602", "6603", "6711", category=TRADE, way="OUT"),
    _line("asset-sales", "Received from sales of long-term assets", "处置固定资产、无形资产和其他长期资产收回的现金",
          *LONG_TERM, category=KEPT, way="IN"),
    _line("assets", "Paid for long-term assets", "购建固定资产、无形资产和其他长期资产支付的现金",
          *LONG_TERM, category=KEPT, way="OUT"),
    _line("contributions", "Received from owners", "吸收投资收到的现金", "4001", "4002", category=MEANS),
    _line("loans-taken", "Loans taken", "取得借款收到的现金", "2001", "2501", category=MEANS, way="IN"),
    _line("loans-repaid", "Loans paid back", "偿还债务支付的现金", "2001", "2501", category=MEANS, way="OUT"),
    _line("distributions", "Dividends and interest paid", "分配股利、利润或偿付利息支付的现金",
          "2231", "2232", "4101", "4103", "4104", "6603.02", category=MEANS),
    _line("exchange", "Effect of exchange rates", "汇率变动对现金的影响", category=BESIDE),
    _line("brought-forward", "Balances brought forward", "期初余额结转", "3", category=BESIDE),
    _line("unclassified", "Unclassified", "未分类", category=BESIDE),
)  # fmt: skip
LINES: Mapping[str, CashLine] = {line.line: line for line in CASH_FLOW}
EXCHANGE_OF: Mapping[str, str] = {"bank": "exchange", "order": "sales", "purchase": "purchases"}
"""The line of exchange within a fact of each context: part of what was paid, but for what moves on bank accounts."""
WHOLE: Mapping[str, str] = {"order.commission-reversed": "sales", "order.fee-restored": "sales"}
"""Facts that give money back for what was earned: of these every account stands in one line."""
MIRRORED = ("-reversed", "-restored", "-returned", "-withdrawn")
"""Endings of the names of facts that take money back: it stands where it stood, the other way round."""


def cash_line(key: CashKey) -> CashLine:
    """The line that money of this kind stands in."""
    if key.fact in WHOLE:
        return LINES[WHOLE[key.fact]]
    if key.asset:
        return LINES["assets"]
    if key.account == "exchange":
        return LINES[EXCHANGE_OF.get(key.fact.partition(".")[0], "unclassified")]
    came = key.inward != key.fact.endswith(MIRRORED)
    ways: tuple[Way | None, Way] = (None, "IN" if came else "OUT")
    code = CHART[key.account].code
    named = [
        (len(start), line) for line in CASH_FLOW if line.way in ways for start in line.codes if code.startswith(start)
    ]
    return max(named, key=lambda one: one[0])[1] if named else LINES["unclassified"]


def cash_names_zh() -> Iterable[tuple[str, str]]:
    """Every name of the statement with its Chinese."""
    yield from ((one.name, one.name_zh) for one in CASH_FLOW)
    yield from (*CATEGORIES.values(), INCREASE, OPENING, CLOSING, UNEXPLAINED)

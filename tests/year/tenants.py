"""Four tenants of the golden year: rent spread and billed, service, deposits, late fees, money back, losses.

l-1  sun     the first year of domain §4.1: three months free, rising rent, billed by the quarter; October stays unpaid
l-2  river   half a year, renewed as l-3: one month free, ended early with October; its deposit moves, pays, is kept
l-4  cedar   simplified rate, paid to June; July is written off and partly recovered
l-5  maple   rent follows the index from July; 5 % of what it sells above 60,000.00 a month, reconciled for the year;
             it was paid 36,000.00 for signing, and a broker had 24,000.00 for l-3, which ended early
"""

from typing import Any

from tests.year.ground import PAPER
from tests.year.table import Told, monthly, rows, told
from tests.year.telling import NOW

M2: dict[str, Any] = {"per": "M2_MONTH"}
SUN: dict[str, Any] = {
    "premises": [{"unit": "a1", "area": "1234.50"}],
    "commencement_on": "2025-01-01",
    "expiry_on": "2027-12-31",
    "rent": [
        {"from_on": "2025-01-01", "rent": {"price": "43.20", **M2}},
        {"from_on": "2026-01-01", "rent": {"price": "45.36", **M2}},
        {"from_on": "2027-01-01", "rent": {"price": "47.628", **M2}},
    ],
    "rent_free": [{"from_on": "2025-01-01", "until_on": "2025-03-31"}],
    "billed_every_months": 3,
    "due_days": 30,
    "deposit": "106660.80",
    "deposit_interest": {"rate": "0.0146"},
    "service_charge": {"price": "6.00", **M2},
}


def _flat(unit: str, area: str, begin: str, end: str, price: str, **more: Any) -> dict[str, Any]:
    """A rent that stays the same, by the month."""
    return {
        "premises": [{"unit": unit, "area": area}],
        "commencement_on": begin,
        "expiry_on": end,
        "rent": [{"from_on": begin, "rent": {"price": price, "per": "MONTH"}}],
        **more,
    }


SERVICE = {"service_charge": {"price": "12000.00", "per": "MONTH"}}
INDEX = {"series": "cpi/cn-demo", "base_on": "2024-12-31", "floor": "0.01", "cap": "0.04"}
RIVER = _flat("a2", "2310.00", "2025-01-01", "2025-06-30", "54000.00", deposit="108000.00", **SERVICE)
AGAIN = _flat(
    "a2",
    "2310.00",
    "2025-07-01",
    "2027-06-30",
    "55000.00",
    rent_free=[{"from_on": "2025-07-01", "until_on": "2025-07-31"}],
    deposit="108000.00",
    **SERVICE,
)
CEDAR = _flat("a3", "877.25", "2025-01-01", "2025-12-31", "20000.00", vat="SIMPLIFIED")
MAPLE = _flat("a4", "1500.00", "2025-01-01", "2027-12-31", "54000.00", deposit="50000.00", indexation=INDEX)
MAPLE |= {"turnover_rent": {"share": "0.05", "breakpoint": "60000.00"}, "incentive": "36000.00"}


def _let(lease: str, company: str, terms: dict[str, Any], said_on: str = "01-01") -> list[Told]:
    begin, about = terms["commencement_on"], {"lease": lease, "said_on": said_on}
    signed = "2024-12-15" if begin == "2025-01-01" else "2025-06-20"
    units = [one["unit"] for one in terms["premises"]]
    return [
        told(signed, "draft-lease", company=company, terms=terms, **about),
        told(signed, "submit-lease", **about),
        told(signed, "approve-lease", **about),
        told(signed, "execute-lease", units=units, document=PAPER, **about),
    ]


def _begun(lease: str, on: str) -> list[Told]:
    return [
        told(on, "hand-over-premises", lease=lease, protocol=PAPER),
        told(on, "commence-lease", lease=lease),
    ]


def _receipt(on: str, receipt: str, company: str, amount: str, *paid: tuple[str, str], **more: Any) -> Told:
    allocations = [{"invoice": invoice, "amount": of} for invoice, of in paid]
    fields = {"receipt": receipt, "company": company, "amount": amount, "bank_reference": f"IN-{receipt}"}
    return told(on, "record-receipt", allocations=allocations, **fields, **more)


def _each_month(first: int, last: int, day: int, name: str, company: str, *paid: tuple[str, str]) -> list[Told]:
    """A receipt in each month that pays that month's documents."""
    amount = sum(int(of.replace(".", "")) for _, of in paid)
    return [
        _receipt(
            f"{month:02}-{day:02}",
            f"{name}-{month:02}-demo",
            company,
            f"{amount // 100}.{amount % 100:02}",
            *((invoice.replace("{m}", f"{month:02}"), of) for invoice, of in paid),
        )
        for month in range(first, last + 1)
    ]


def _billed(lease: str, first: int, last: int) -> list[Told]:
    return monthly(first, last, "01", "bill-lease", lease=lease, through="2025-{m}-01")


LETTING = [
    *_let("l-1-demo", "sun-demo", SUN),
    *_let("l-2-demo", "river-demo", RIVER),
    *_let("l-4-demo", "cedar-demo", CEDAR),
    *_let("l-5-demo", "maple-demo", MAPLE),
    *(one for lease in ("l-1-demo", "l-2-demo", "l-4-demo", "l-5-demo") for one in _begun(lease, "01-01")),
    *_let("l-3-demo", "river-demo", AGAIN, "06-20"),
    told(
        "01-01",
        "record-lease-cost",
        lease="l-5-demo",
        cost="incentive-demo",
        kind="INCENTIVE",
        amount="36000.00",
        document=PAPER,
        bank_reference="INCENTIVE",
    ),
    told(
        "02-10",
        "record-lease-cost",
        lease="l-1-demo",
        cost="wrong-demo",
        kind="DIRECT",
        amount="900.00",
        document=PAPER,
        expense="ADMINISTRATION",
    ),
    told("02-20", "reverse-lease-cost", lease="l-1-demo", cost="wrong-demo", reason="of no lease (demo)"),
    told("06-30", "renew-lease", said_on="07-01", lease="l-2-demo", successor="l-3-demo"),
    *_begun("l-3-demo", "07-01"),
    told(
        "07-01",
        "record-lease-cost",
        lease="l-3-demo",
        cost="broker-demo",
        kind="DIRECT",
        amount="24000.00",
        document=PAPER,
        expense="SELLING",
    ),
    told("07-01", "review-rent", lease="l-5-demo", current_on="2025-06-30", series="cpi/cn-demo"),
    told(
        "10-31",
        "terminate-lease",
        lease="l-3-demo",
        ends_on="2025-10-31",
        cause="AGREEMENT",
        fee="110000.00",
        fee_taxable=True,
        document=PAPER,
    ),
]
BILLING = [
    *_billed("l-1-demo", 1, 12),
    *_billed("l-2-demo", 1, 7),
    *_billed("l-3-demo", 7, 11),
    *_billed("l-4-demo", 1, 12),
    *_billed("l-5-demo", 1, 12),
    *(told("12-31", "bill-lease", lease=lease, through="2025-12-31") for lease in ("l-1-demo", "l-4-demo", "l-5-demo")),
    told(
        "06-03",
        "issue-credit-note",
        credit_note="lift-demo",
        invoice="l-1-demo-service-202506",
        net="700.00",
        reason="the lift stood still (demo)",
    ),
    told("09-06", "assess-late-fee", invoice="late-1-demo", on_invoice="l-1-demo-rent-202507", taxable=True),
    told(
        "09-10",
        "issue-debit-note",
        invoice="watch-1-demo",
        lease="l-5-demo",
        charge="SERVICE_CHARGE",
        from_on="2025-09-01",
        until_on="2025-09-30",
        net="3000.00",
        reason="night watch (demo)",
    ),
]
SOLD = {"03": ("100000.00", "04-08"), "06": ("80000.00", "07-08"), "12": ("40000.00", "2026-01-08")}
"""What maple sold in a month, and when it said so; in every other month 60,000.00, said in January."""


def _sold(month: str) -> Told:
    turnover, on = SOLD.get(month, ("60000.00", "2026-01-07"))
    return told(on, "declare-turnover", lease="l-5-demo", month=f"2025-{month}", turnover=turnover, statement=PAPER)


SELLING = [
    *(_sold(f"{month:02}") for month in range(1, 13)),
    *(
        told(on, "bill-lease", lease="l-5-demo", through=through)
        for on, through in (("04-09", "2025-03-31"), ("07-09", "2025-06-30"), ("2026-01-09", "2025-12-31"))
    ),
]
SERVICE_1 = ("l-1-demo-service-2025{m}", "7851.42")
PAYING = [
    *_each_month(1, 2, 20, "sun", "sun-demo", SERVICE_1),
    *_each_month(4, 5, 20, "sun", "sun-demo", SERVICE_1),
    *_each_month(6, 6, 20, "sun", "sun-demo", (SERVICE_1[0], "7109.42")),
    *_each_month(7, 10, 20, "sun", "sun-demo", SERVICE_1),
    *_each_month(12, 12, 20, "sun", "sun-demo", SERVICE_1),
    _receipt("04-22", "sun-rent-04-demo", "sun-demo", "174390.41", ("l-1-demo-rent-202504", "174390.41")),
    _receipt("08-10", "sun-rent-07-demo", "sun-demo", "100000.00", ("l-1-demo-rent-202507", "100000.00")),
    _receipt("09-06", "sun-rent-07-rest-demo", "sun-demo", "74390.41", ("l-1-demo-rent-202507", "74390.41")),
    _receipt("10-15", "sun-late-demo", "sun-demo", "1866.00", ("late-1-demo", "1876.00"), bank_charge="10.00"),
    *_each_month(
        1, 6, 10, "river", "river-demo", ("l-2-demo-rent-2025{m}", "58860.00"), ("l-2-demo-service-2025{m}", "12720.00")
    ),
    *_each_month(7, 7, 10, "river", "river-demo", ("l-3-demo-service-2025{m}", "12720.00")),
    *_each_month(
        8, 9, 10, "river", "river-demo", ("l-3-demo-rent-2025{m}", "59950.00"), ("l-3-demo-service-2025{m}", "12720.00")
    ),
    _receipt(
        "12-10",
        "river-last-demo",
        "river-demo",
        "62720.00",
        ("l-3-demo-service-202510", "12720.00"),
        ("l-3-demo-termination", "50000.00"),
    ),
    *_each_month(1, 6, 5, "cedar", "cedar-demo", ("l-4-demo-rent-2025{m}", "21000.00")),
    *_each_month(1, 6, 15, "maple", "maple-demo", ("l-5-demo-rent-2025{m}", "58860.00")),
    *_each_month(7, 10, 15, "maple", "maple-demo", ("l-5-demo-rent-2025{m}", "59895.66")),
    _receipt("12-15", "maple-12-demo", "maple-demo", "59642.74", ("l-5-demo-rent-202512", "59642.74")),
    _receipt("04-20", "maple-sold-03-demo", "maple-demo", "2180.00", ("l-5-demo-sales-202503", "2180.00")),
    _receipt("07-20", "maple-sold-06-demo", "maple-demo", "1090.00", ("l-5-demo-sales-202506", "1090.00")),
    _receipt("09-25", "maple-watch-demo", "maple-demo", "3180.00", ("watch-1-demo", "3180.00")),
]
FOR_MAPLE = {"invoice": "l-5-demo-rent-202511", "amount": "59895.66", "company": "maple-demo"}
OWN = {"invoice": "l-1-demo-service-202511", "amount": "7851.42"}
LEFT_OVER = [{"invoice": "l-5-demo-rent-202512", "amount": "252.92", "company": "maple-demo"}]
FOR_BOTH: dict[str, Any] = {"receipt": "sun-for-both-demo"}
ANOTHERS = [
    told(
        "11-15",
        "record-receipt",
        company="sun-demo",
        amount="68000.00",
        bank_reference="IN-both",
        allocations=[OWN, FOR_MAPLE],
        **FOR_BOTH,
    ),
    told("12-02", "allocate-receipt", allocations=LEFT_OVER, **FOR_BOTH),
    told("12-03", "unallocate-receipt", allocations=LEFT_OVER, reason="not asked for (demo)", **FOR_BOTH),
    told("12-04", "allocate-receipt", allocations=LEFT_OVER, **FOR_BOTH),
]
THIRD = [{"invoice": "l-1-demo-service-202503", "amount": "7851.42"}]
EXTRA: dict[str, Any] = {"receipt": "sun-extra-demo"}
TOO_MUCH = [
    _receipt("02-14", "sun-extra-demo", "sun-demo", "10000.00"),
    told("03-02", "allocate-receipt", allocations=THIRD, **EXTRA),
    told("03-05", "unallocate-receipt", allocations=THIRD, reason="meant for another (demo)", **EXTRA),
    told("03-06", "allocate-receipt", allocations=THIRD, **EXTRA),
    told("04-03", "refund-receipt", refund="back-1-demo", amount="2000.00", bank_reference="BACK-1", **EXTRA),
    told("04-08", "reverse-refund", refund="back-1-demo", reason="the account is closed (demo)", **EXTRA),
    told("04-10", "refund-receipt", refund="back-2-demo", amount="2148.58", bank_reference="BACK-2", **EXTRA),
    told("04-28", "reverse-receipt", reason="the bank took it back (demo)", claim="claim-1-demo", **EXTRA),
    _receipt(
        "05-05",
        "sun-again-demo",
        "sun-demo",
        "10000.00",
        ("claim-1-demo", "2148.58"),
        ("l-1-demo-service-202503", "7851.42"),
    ),
]
HELD: dict[str, Any] = {"lease": "l-3-demo"}
DEPOSITS = [
    told("01-02", "receive-deposit", deposit="d-1-demo", lease="l-1-demo", amount="106660.80", bank_reference="DEP-1"),
    told("01-03", "receive-deposit", deposit="d-2-demo", lease="l-2-demo", amount="108000.00", bank_reference="DEP-2"),
    told("01-04", "receive-deposit", deposit="d-5-demo", lease="l-5-demo", amount="50000.00", bank_reference="DEP-5"),
    told("07-03", "credit-deposit-interest", deposit="d-interest-demo", lease="l-1-demo", amount="767.95"),
    told(
        "07-02",
        "move-deposit",
        deposit="d-move-demo",
        lease="l-2-demo",
        to_lease="l-3-demo",
        amount="108000.00",
        reason="l-3 follows (demo)",
        document=PAPER,
    ),
    told("11-05", "apply-deposit", deposit="d-apply-demo", invoice="l-3-demo-rent-202510", amount="59950.00", **HELD),
    told(
        "11-06",
        "forfeit-deposit",
        deposit="d-keep-demo",
        amount="30000.00",
        reason="left in disorder (demo)",
        **HELD,
    ),
    told("11-12", "refund-deposit", deposit="d-back-demo", amount="18050.00", bank_reference="DEP-BACK-1", **HELD),
    told("11-15", "reverse-deposit", deposit="d-back-demo", reason="the bank took it back (demo)", **HELD),
    told("11-18", "refund-deposit", deposit="d-back-2-demo", amount="18050.00", bank_reference="DEP-BACK-2", **HELD),
]


def _exposures(**of: tuple[str, str]) -> list[dict[str, str]]:
    return [{"bucket": bucket, "gross": gross, "rate": rate} for bucket, (gross, rate) in of.items()]


LOSSES = [
    told(
        "09-30",
        "measure-ecl",
        said_on="10-12",
        measurement="ecl-2025-09-demo",
        recorded=NOW,
        exposures=_exposures(
            not_due=("52742.98", "0.005"),
            days_1_30=("22876.22", "0.01"),
            days_31_60=("21000.00", "0.05"),
            days_91_180=("21000.00", "0.40"),
        ),
    ),
    told(
        "12-31",
        "measure-ecl",
        said_on="2026-01-11",
        measurement="ecl-2025-12-demo",
        recorded=NOW,
        exposures=_exposures(
            not_due=("41954.64", "0.005"),
            days_1_30=("21000.00", "0.01"),
            days_31_60=("21000.00", "0.05"),
            days_61_90=("244290.41", "0.10"),
            days_91_180=("63000.00", "0.40"),
        ),
    ),
    told(
        "09-28",
        "propose-write-off",
        said_on="10-14",
        write_off="w-2-demo",
        invoice="late-1-demo",
        amount="0.22",
        reason="not worth a letter (demo)",
    ),
    told("09-29", "approve-write-off", said_on="10-14", write_off="w-2-demo", invoice="late-1-demo"),
    told(
        "11-10",
        "propose-write-off",
        write_off="w-1-demo",
        invoice="l-4-demo-rent-202507",
        amount="21000.00",
        reason="insolvent (demo)",
    ),
    told("11-14", "approve-write-off", write_off="w-1-demo", invoice="l-4-demo-rent-202507"),
    told(
        "12-04",
        "recover-write-off",
        write_off="w-1-demo",
        invoice="l-4-demo-rent-202507",
        amount="5000.00",
        reason="the estate pays a part (demo)",
    ),
    _receipt("12-05", "cedar-estate-demo", "cedar-demo", "5000.00", ("l-4-demo-rent-202507", "5000.00")),
]
TOLD: list[Told] = [*LETTING, *BILLING, *SELLING, *DEPOSITS, *PAYING, *ANOTHERS, *TOO_MUCH, *LOSSES]

# 36 months of l-1: 9 × 53,330.40 + 12 × 55,996.92 + 12 × 58,796.77 = 1,857,497.88; a 36th is 51,597.16 and 12 fen left
# over, which go to the first twelve months. 24 months of l-3: 23 × 55,000.00; a 24th is 52,708.33 and 8 fen left over.
# Maple sold 9 × 60,000.00 + 100,000.00 + 80,000.00 + 40,000.00 = 760,000.00, 40,000.00 above 12 × 60,000.00; 5 % are
# 2,000.00, and March and June came to 3,000.00: 1,000.00 comes off, from the last, and what June paid is free again.
# The late fee: 174,390.41 for 10 days and 74,390.41 for 27 days at 0.05 %, 1,876.22 with 9 % of tax in it.
BOOKED = rows("""
    01-02  deposit of l-1  1002:cny  2241.01:sun    2 × 53330.40
    01-03  deposit of l-2  1002:cny  2241.01:river  2 × 54000.00
    01-04  deposit of l-5  1002:cny  2241.01:maple  50000.00

    01:12-end  l-1 earned {m}              1124:l-1  6001.01   51597.17  1,857,497.88 / 36
    4-01       l-1 quarter {m}             1122:sun  1124:l-1  3 × 53330.40
    4-01       l-1 quarter {m}             1122:sun  2221.01   159991.20 × 0.09
    7-01       l-1 quarter {m}             1122:sun  1124:l-1  3 × 53330.40
    7-01       l-1 quarter {m}             1122:sun  2221.01   159991.20 × 0.09
    10-01      l-1 quarter {m}             1122:sun  1124:l-1  3 × 53330.40
    10-01      l-1 quarter {m}             1122:sun  2221.01   159991.20 × 0.09
    01:12-01   l-1 service {m}             1122:sun  6001.03   6.00 × 1234.50
    01:12-01   l-1 service {m}             1122:sun  2221.01   7407.00 × 0.06
    06-03      the lift stood still        6001.03   1122:sun  700.00
    06-03      the lift stood still        2221.01   1122:sun  700.00 × 0.06
    01:02-20   l-1 service {m} paid        1002:cny  1122:sun  7851.42
    04:05-20   l-1 service {m} paid        1002:cny  1122:sun  7851.42
    06-20      l-1 service {m} paid        1002:cny  1122:sun  7851.42 - 742.00
    07:10-20   l-1 service {m} paid        1002:cny  1122:sun  7851.42
    12-20      l-1 service {m} paid        1002:cny  1122:sun  7851.42
    04-22      l-1 April quarter paid      1002:cny  1122:sun  174390.41
    08-10      l-1 July quarter, a part    1002:cny  1122:sun  100000.00
    09-06      l-1 July quarter, the rest  1002:cny  1122:sun  74390.41
    09-06      late fee                    1122:sun  6051      1721.30   1,876.22 / 1.09
    09-06      late fee                    1122:sun  2221.01   1876.22 - 1721.30
    10-15      late fee paid               1002:cny  1122:sun  1876.00 - 10.00
    10-15      late fee paid               6603      1122:sun  10.00     a bank on the way kept it

    02-14  sun pays too much        1002:cny  2203:sun  10000.00
    03-02  March paid of it         2203:sun  1122:sun  7851.42
    03-05  not paid of it           1122:sun  2203:sun  7851.42
    03-06  March paid of it again   2203:sun  1122:sun  7851.42
    04-03  a part goes back         2203:sun  1002:cny  2000.00
    04-08  and returns              1002:cny  2203:sun  2000.00
    04-10  the rest goes back       2203:sun  1002:cny  10000.00 - 7851.42
    04-28  the bank took it back    1122:sun  1002:cny  7851.42
    04-28  the bank took it back    2203:sun  1002:cny  2148.58
    04-28  the refund is asked for  1122:sun  2203:sun  2148.58
    05-05  sun pays it again        1002:cny  1122:sun  10000.00

    01:06-01   l-2 rent {m}        1122:river         1124:l-2           54000.00
    01:06-01   l-2 rent {m}        1122:river         2221.01            54000.00 × 0.09
    01:06-01   l-2 service {m}     1122:river         6001.03            12000.00
    01:06-01   l-2 service {m}     1122:river         2221.01            12000.00 × 0.06
    01:06-end  l-2 earned {m}      1124:l-2           6001.01            54000.00
    01:06-10   l-2 paid {m}        1002:cny           1122:river         58860.00 + 12720.00
    07-02      deposit moves       2241.01:river      2241.01:river-l-3  108000.00
    07:10-01   l-3 service {m}     1122:river         6001.03            12000.00
    07:10-01   l-3 service {m}     1122:river         2221.01            12000.00 × 0.06
    08:10-01   l-3 rent {m}        1122:river         1124:l-3           55000.00
    08:10-01   l-3 rent {m}        1122:river         2221.01            55000.00 × 0.09
    07:10-end  l-3 earned {m}      1124:l-3           6001.01            52708.34  1,265,000.00 / 24
    10-31      l-3 given up        6001.01            1124:l-3           4 × 52708.34 - 3 × 55000.00
    10-31      l-3 ended early     1122:river         6051               110000.00
    10-31      l-3 ended early     1122:river         2221.01            110000.00 × 0.09
    07-10      l-3 paid {m}        1002:cny           1122:river         12720.00
    08:09-10   l-3 paid {m}        1002:cny           1122:river         59950.00 + 12720.00
    11-05      deposit pays        2241.01:river-l-3  1122:river         59950.00
    11-06      deposit kept        2241.01:river-l-3  6051               30000.00 / 1.09
    11-06      deposit kept        2241.01:river-l-3  2221.01            30000.00 - 27522.94
    11-12      deposit back        2241.01:river-l-3  1002:cny           108000.00 - 59950.00 - 30000.00
    11-15      and returns         1002:cny           2241.01:river-l-3  18050.00
    11-18      deposit back again  2241.01:river-l-3  1002:cny           18050.00
    12-10      l-3 last paid       1002:cny           1122:river         12720.00 + 50000.00

    01:12-01   l-4 rent {m}             1122:cedar  1124:l-4    20000.00
    01:12-01   l-4 rent {m}             1122:cedar  2221.01     20000.00 × 0.05
    01:12-end  l-4 earned {m}           1124:l-4    6001.01     20000.00
    01:06-05   l-4 paid {m}             1002:cny    1122:cedar  21000.00
    09-29      not worth a letter       1231        1122:sun    0.22
    09-30      allowance as measured    6702        1231        0.22
    09-30      losses expected          6702        1231        52742.98 × 0.005              not due
    09-30      losses expected          6702        1231        22876.22 × 0.01               to 30 days
    09-30      losses expected          6702        1231        21000.00 × 0.05               to 60 days
    09-30      losses expected          6702        1231        21000.00 × 0.40               over 90 days
    11-14      July of l-4 written off  1231        1122:cedar  21000.00
    12-04      a part is owed again     1122:cedar  1231        5000.00
    12-05      the estate pays          1002:cny    1122:cedar  5000.00
    12-31      losses expected          6702        1231        41954.64 × 0.005
    12-31      losses expected          6702        1231        21000.00 × 0.01
    12-31      losses expected          6702        1231        21000.00 × 0.05
    12-31      losses expected          6702        1231        244290.41 × 0.10              to 90 days
    12-31      losses expected          6702        1231        63000.00 × 0.40
    12-31      losses expected          1231        6702        9942.47 - 21000.00 + 5000.00  what stood already

    01:12-end  l-5 earned {m}    1124:l-5    6001.01     54000.00
    07:12-end  l-5 earned {m}    1124:l-5    6001.02     54000.00 × 104.1 / 102.3 - 54000.00
    01:06-01   l-5 rent {m}      1122:maple  1124:l-5    54000.00
    01:06-01   l-5 rent {m}      1122:maple  2221.01     54000.00 × 0.09
    07:12-01   l-5 rent {m}      1122:maple  1124:l-5    54950.15
    07:12-01   l-5 rent {m}      1122:maple  2221.01     54950.15 × 0.09
    01:06-15   l-5 paid {m}      1002:cny    1122:maple  58860.00
    07:10-15   l-5 paid {m}      1002:cny    1122:maple  59895.66
    12-15      l-5 paid 12       1002:cny    1122:maple  59895.66 - 252.92
    11-15      sun pays for both  1002:cny   1122:maple  59895.66
    11-15      sun pays for both  1002:cny   1122:sun    7851.42
    11-15      sun pays for both  1002:cny   2203:sun    68000.00 - 59895.66 - 7851.42
    12-02      the rest for maple  2203:sun  1122:maple  252.92
    12-03      not for maple       1122:maple  2203:sun  252.92
    12-04      for maple after all  2203:sun  1122:maple  252.92
    09-10      night watch       1122:maple  6001.03     3000.00
    09-10      night watch       1122:maple  2221.01     3000.00 × 0.06
    09-25      night watch paid  1002:cny    1122:maple  3180.00
    01-end      interest of l-1       6603.03     2241.04     106660.80 × 0.0146 × 30 / 365  from the second
    02-end      interest of l-1       6603.03     2241.04     106660.80 × 0.0146 × 28 / 365
    03-end      interest of l-1       6603.03     2241.04     106660.80 × 0.0146 × 31 / 365
    04-end      interest of l-1       6603.03     2241.04     106660.80 × 0.0146 × 30 / 365
    05-end      interest of l-1       6603.03     2241.04     106660.80 × 0.0146 × 31 / 365
    06-end      interest of l-1       6603.03     2241.04     106660.80 × 0.0146 × 30 / 365
    07-03       interest is deposit   2241.04     2241.01:sun  127.99 + 119.46 + 132.26 + 127.99 + 132.26 + 127.99
    07-end      interest of l-1       6603.03     2241.04     8.532864 + 107428.75 × 0.0146 × 29 / 365  two days before
    08-end      interest of l-1       6603.03     2241.04     107428.75 × 0.0146 × 31 / 365
    09-end      interest of l-1       6603.03     2241.04     107428.75 × 0.0146 × 30 / 365
    10-end      interest of l-1       6603.03     2241.04     107428.75 × 0.0146 × 31 / 365
    11-end      interest of l-1       6603.03     2241.04     107428.75 × 0.0146 × 30 / 365
    12-end      interest of l-1       6603.03     2241.04     107428.75 × 0.0146 × 31 / 365
    02-10       a cost of no lease    1801.02     6602        900.00
    02-20       and it is none        6602        1801.02     900.00
    01-01       l-5 was signed for    1801.01     1002:cny    36000.00
    01:12-end   l-5 signing of {m}    6001.01     1801.01     36000.00 / 36
    07-01       broker of l-3         1801.02     6601        24000.00
    07:09-end   broker of {m}         6401        1801.02     24000.00 / 24
    10-31       broker, the rest      6401        1801.02     24000.00 - 3000.00
    03-31       l-5 sold in March     1122:maple  6001.08     40000.00 × 0.05
    03-31       l-5 sold in March     1122:maple  2221.01     2000.00 × 0.09
    04-20       l-5 March sales paid  1002:cny    1122:maple  2180.00
    06-30       l-5 sold in June      1122:maple  6001.08     20000.00 × 0.05
    06-30       l-5 sold in June      1122:maple  2221.01     1000.00 × 0.09
    07-20       l-5 June sales paid   1002:cny    1122:maple  1090.00
    2026-01-09  June not paid         1122:maple  2203:maple  1090.00
    2026-01-09  the year sold less    6001.08     1122:maple  1000.00
    2026-01-09  the year sold less    2221.01     1122:maple  90.00
""")

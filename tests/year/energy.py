"""Energy of the golden year.

e-1   seller of steam power to mill: 0.52 to June, 0.5304 from July; contract years begin in July. Both half years owe
      85 % of 600,000 kWh: 510,000. The first takes 480,000 and pays for 30,000 more, with a right to make up; the
      second takes 528,000: 18,000 are made up, the right to the rest ends. 550,000 were guaranteed in each.
e-2   settlement agent between solis and mill for three months, for 2 %
e-3   seller to mill, terminated before it delivers: mill owes 4,000.00 with 6 % VAT; MCSC owes 1,500.00, then 1,200.00
"""

from typing import Any

from tests.year.bank import CNY
from tests.year.ground import PAPER
from tests.year.table import YEAR, Told, rows, told
from tests.year.telling import CHECKER

SELLS: dict[str, Any] = {
    "role": "SELLER",
    "buyer": "mill-demo",
    "technology": "BIOMASS",
    "starts_on": "2024-07-01",
    "ends_on": "2025-12-31",
    "price": {"type": "FIXED", "price": "0.52", "escalation": "0.02"},
    "take_or_pay": {"acq": "1200000", "share": "0.85", "make_up": {"years": 1}},
    "guarantee": {"guaranteed": "1100000", "cap": "0.05"},
    "late_fee_per_day": "0.0005",
}
SETTLES: dict[str, Any] = {
    "role": "SETTLEMENT_AGENT",
    "buyer": "mill-demo",
    "generator": "solis-demo",
    "fee": "0.02",
    "technology": "SOLAR",
    "starts_on": "2025-02-01",
    "ends_on": "2025-04-30",
    "price": {"type": "FIXED", "price": "0.50"},
}


def _agreed(agreement: str, meter: str, begins: str, terms: dict[str, Any]) -> list[Told]:
    return [
        told("2024-06-01", "draft-offtake", said_on="01-01", agreement=agreement, terms=terms),
        told("2024-06-02", "execute-offtake", said_on="01-01", agreement=agreement, document=PAPER),
        told(begins, "declare-commercial-operation", agreement=agreement, evidence=PAPER),
        told(begins, "install-meter", meter=meter, agreement=agreement, start="0", digits=8),
    ]


def _next(month: int, day: int) -> str:
    return f"{YEAR + month // 12}-{month % 12 + 1:02}-{day:02}"


def _settled(agreement: str, month: int, day: int = 5, run: int = 0) -> list[Told]:
    """Calculated by one, approved by another, in the next month."""
    about: dict[str, Any] = {"agreement": agreement, "month": f"{YEAR}-{month:02}"}
    return [
        told(_next(month, day), "calculate-statement", **about),
        told(_next(month, day), "approve-statement", sender=CHECKER, run=run, **about),
    ]


def _read(meter: str, ends: list[str], shown: list[int]) -> list[Told]:
    return [told(end, "read-meter", meter=meter, value=str(value)) for end, value in zip(ends, shown, strict=True)]


def _paid(on: str, name: str, *paid: tuple[str, str]) -> Told:
    total = sum(int(amount.replace(".", "")) for _, amount in paid)
    fields = {"receipt": name, "company": "mill-demo", "bank_reference": f"IN-{name}"}
    allocations = [{"invoice": invoice, "amount": amount} for invoice, amount in paid]
    return told(on, "record-receipt", amount=f"{total // 100}.{total % 100:02}", allocations=allocations, **fields)


ENDED: dict[str, Any] = {
    "role": "SELLER",
    "buyer": "mill-demo",
    "technology": "WASTE_HEAT",
    "starts_on": "2025-01-01",
    "ends_on": "2026-12-31",
    "price": {"type": "FIXED", "price": "0.50"},
}


def _owed(name: str, owed_by: str, net: str, asked: str, agreed: str, **more: Any) -> list[Told]:
    """A payment on termination of e-3, asked for by one and agreed to by another."""
    about: dict[str, Any] = {"agreement": "e-3-demo", "termination_payment": name}
    said: dict[str, Any] = {"owed_by": owed_by, "net": net, "clause": "18.2 (demo)", "document": PAPER}
    return [
        told(asked, "propose-termination-payment", **about, **said, **more),
        told(agreed, "approve-termination-payment", **about),
    ]


def _paid_out(on: str, name: str, document: str, amount: str) -> list[Told]:
    about: dict[str, Any] = {"payment": f"pay-{name}-demo", "supplier": "mill-demo"}
    items = [{"document": document, "amount": amount}]
    return [
        told(on, "propose-supplier-payment", items=items, bank_account=CNY, **about),
        told(on, "pay-supplier", documents=[document], bank_reference=f"OUT-{name}", **about),
    ]


ENDS = ["01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30", "12-31"]
SHOWN = [*range(80_000, 480_001, 80_000), *range(568_000, 1_008_001, 88_000)]
GROSS = ["47008.00", "47008.00", "46420.40", "47595.60", "47008.00", "40358.00", *["52742.98"] * 5]
"""What mill pays of each month: March came to 1,000 kWh less, April to as much more; damages are taken off June."""
LD: dict[str, Any] = {"agreement": "e-1-demo", "evidence": PAPER}
TOLD: list[Told] = [
    *_agreed("e-1-demo", "m-1-demo", "01-01", SELLS),
    *_agreed("e-2-demo", "m-2-demo", "02-01", SETTLES),
    *_read("m-1-demo", ENDS, SHOWN),
    *_read("m-2-demo", ENDS[1:4], [50_000, 100_000, 150_000]),
    *(one for month in range(1, 13) for one in _settled("e-1-demo", month)),
    *(one for month in range(2, 5) for one in _settled("e-2-demo", month)),
    told("03-31", "correct-read", said_on="04-08", meter="m-1-demo", value="239000", reason="read wrong (demo)"),
    *_settled("e-1-demo", 3, 8, run=1),
    told("2025-07-10", "true-up-year", agreement="e-1-demo", year=2024),
    told(
        "2025-07-12",
        "assess-guarantee-ld",
        year=2024,
        replacement_price="0.6150",
        invoice="e-1-demo-energy-202506-r0",
        **LD,
    ),
    *(
        _paid(_next(month, 20), f"mill-{month:02}-demo", (f"e-1-demo-energy-2025{month:02}-r0", GROSS[month - 1]))
        for month in range(1, 12)
    ),
    *(
        _paid(_next(month, 22), f"mill-sun-{month:02}-demo", (f"e-2-demo-energy-2025{month:02}-r0", "28250.00"))
        for month in range(2, 5)
    ),
    _paid("08-11", "mill-short-demo", ("e-1-demo-top-2024-r0", "17628.00")),
    told(
        "08-12",
        "assess-energy-late-fee",
        agreement="e-1-demo",
        invoice="e-1-late-demo",
        on_invoice="e-1-demo-top-2024-r0",
    ),
    _paid("08-12", "mill-late-demo", ("e-1-late-demo", "17.63")),
    *(
        told(
            "06-20",
            command,
            payment="pay-solis-demo",
            supplier="solis-demo",
            **more,
        )
        for command, more in (
            (
                "propose-supplier-payment",
                {
                    "items": [
                        {"document": f"e-2-demo-energy-2025{month:02}-r0", "amount": "27720.00"} for month in (2, 3, 4)
                    ],
                    "bank_account": CNY,
                },
            ),
            (
                "pay-supplier",
                {
                    "documents": [f"e-2-demo-energy-2025{month:02}-r0" for month in (2, 3, 4)],
                    "bank_reference": "OUT-solis",
                },
            ),
        )
    ),
    told("2026-01-10", "true-up-year", agreement="e-1-demo", year=2025),
    told("2026-01-11", "assess-guarantee-ld", year=2025, replacement_price="0.6100", **LD),
    told("2026-01-11", "reverse-guarantee-ld", agreement="e-1-demo", year=2025, reason="another price (demo)"),
    told("2026-01-11", "assess-guarantee-ld", year=2025, replacement_price="0.6150", **LD),
    *_paid_out("2026-01-22", "mill", "e-1-demo", "1861.20"),
    told("2024-06-01", "draft-offtake", said_on="01-01", agreement="e-3-demo", terms=ENDED),
    told("2024-06-02", "execute-offtake", said_on="01-01", agreement="e-3-demo", document=PAPER),
    told("03-31", "terminate-offtake", agreement="e-3-demo", reason="no plant (demo)", document=PAPER),
    *_owed("e-3-end-demo", "BUYER", "4000.00", "04-02", "04-03", vat_rate="0.06"),
    _paid("05-09", "mill-end-demo", ("e-3-end-demo", "4240.00")),
    *_owed("e-3-ours-demo", "SELLER", "1500.00", "04-02", "04-03"),
    told(
        "04-08",
        "reverse-termination-payment",
        agreement="e-3-demo",
        termination_payment="e-3-ours-demo",
        reason="agreed at less (demo)",
    ),
    *_owed("e-3-less-demo", "SELLER", "1200.00", "04-09", "04-10"),
    *_paid_out("04-25", "end", "e-3-less-demo", "1200.00"),
]
BOOKED = rows("""
    01:02-end   e-1 energy of {m}    1122:mill  6001.04    80000 × 0.52
    01:02-end   e-1 energy of {m}    1122:mill  2221.01    41600.00 × 0.13
    03-31       e-1 energy of {m}    1122:mill  6001.04    80000 × 0.52
    03-31       e-1 energy of {m}    1122:mill  2221.01    41600.00 × 0.13
    03-31       e-1 March is less    6001.04    1122:mill  1000 × 0.52
    03-31       e-1 March is less    2221.01    1122:mill  520.00 × 0.13
    04-30       e-1 energy of {m}    1122:mill  6001.04    81000 × 0.52
    04-30       e-1 energy of {m}    1122:mill  2221.01    42120.00 × 0.13
    05:06-end   e-1 energy of {m}    1122:mill  6001.04    80000 × 0.52
    05:06-end   e-1 energy of {m}    1122:mill  2221.01    41600.00 × 0.13
    07:12-end   e-1 energy of {m}    1122:mill  6001.04    88000 × 0.5304
    07:12-end   e-1 energy of {m}    1122:mill  2221.01    46675.20 × 0.13
    02:03-20    e-1 paid in {m}      1002:cny   1122:mill  41600.00 + 5408.00
    04-20       e-1 paid in {m}      1002:cny   1122:mill  47008.00 - 587.60
    05-20       e-1 paid in {m}      1002:cny   1122:mill  42120.00 + 5475.60
    06-20       e-1 paid in {m}      1002:cny   1122:mill  41600.00 + 5408.00
    07-20       e-1 paid in {m}      1002:cny   1122:mill  41600.00 + 5408.00 - 6650.00
    08:12-20    e-1 paid in {m}      1002:cny   1122:mill  46675.20 + 6067.78
    06-30       e-1 falls short      1122:mill  2204.02    510000 × 0.52 - 480000 × 0.52
    06-30       e-1 falls short      1122:mill  2221.01    15600.00 × 0.13
    06-30       e-1 guaranteed more  6001.04    1122:mill  70000 × 0.095   (550,000 - 480,000) × (0.6150 - 0.52)
    08-11       shortfall paid       1002:cny   1122:mill  17628.00
    08-12       paid 2 days late     1122:mill  6051       17628.00 × 2 × 0.0005  due on 9 August
    08-12       late fee paid        1002:cny   1122:mill  17.63
    12-31       e-1 made up          6001.04    1122:mill  18000 × 0.5304  528,000 - 510,000, paid for before
    12-31       e-1 made up          2221.01    1122:mill  9547.20 × 0.13
    12-31       e-1 right used       2204.02    6001.04    18000 × 0.52
    12-31       e-1 right ends       2204.02    6001.04    12000 × 0.52
    12-31       e-1 damages          6001.04    2202:mill  22000 × 0.0796  (550,000 - 528,000) × (0.6100 - 0.5304)
    2026-01-11  of another price     2202:mill  6001.04    1751.20
    12-31       e-1 damages anew     6001.04    2202:mill  22000 × 0.0846
    2026-01-22  damages paid         2202:mill  1002:cny   1861.20

    04-03       e-3 ended early      1122:mill  6051       4000.00
    04-03       e-3 ended early      1122:mill  2221.01    4000.00 × 0.06
    04-03       e-3 ended, by us     6051       2202:mill  1500.00
    04-08       e-3 at less          2202:mill  6051       1500.00
    04-10       e-3 ended, by us     6051       2202:mill  1200.00
    04-25       e-3 is paid by us    2202:mill  1002:cny   1200.00
    05-09       e-3 is paid          1002:cny   1122:mill  4240.00

    02:04-end  e-2 energy of {m}  1122:mill   2202:solis  25000.00 + 3250.00 - 530.00
    02:04-end  e-2 energy of {m}  1122:mill   6001.07     25000.00 × 0.02
    02:04-end  e-2 energy of {m}  1122:mill   2221.01     500.00 × 0.06
    03:05-22   e-2 paid in {m}    1002:cny    1122:mill   28250.00
    06-20      solis is paid      2202:solis  1002:cny    3 × 27720.00
""")

"""What the golden year buys: stock for orders, customs, a roof, services by the month; paid, returned, set off.

Every payment is proposed by one and made by another. clean: by the month, each paid on the 10th of the next; stella: at
home; forge: in dollars.
"""

from typing import Any

from tests.year.bank import CNY, FX, USD
from tests.year.ground import PAPER
from tests.year.table import Told, monthly, rows, told


def _line(kind: str, net: str, rate: str = "0", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "net": net, "vat_rate": rate, **more}


def _invoice(on: str, purchase: str, supplier: str, *lines: dict[str, Any], **more: Any) -> Told:
    fields = {"purchase": purchase, "supplier": supplier, "number": f"N-{purchase}", "due_on": "2026-01-31"}
    return told(on, "record-purchase-invoice", lines=list(lines), **fields, **more)


def _payment(
    on: str, payment: str, supplier: str, *paid: tuple[str, str], rate: str | None = None, currency: str = "CNY"
) -> list[Told]:
    about: dict[str, Any] = {"payment": payment, "supplier": supplier}
    items = [{"document": document, "amount": amount} for document, amount in paid]
    account = USD if currency == "USD" else CNY
    named = {"rate_series": rate} if rate else {}
    return [
        told(on, "propose-supplier-payment", items=items, currency=currency, bank_account=account, **about),
        told(
            on,
            "pay-supplier",
            documents=[document for document, _ in paid],
            bank_reference=f"OUT-{payment}",
            **named,
            **about,
        ),
    ]


def _services() -> list[Told]:
    invoices = monthly(
        1,
        12,
        "28",
        "record-purchase-invoice",
        purchase="p-clean-{m}-demo",
        supplier="clean-demo",
        number="N-{m}",
        due_on="2026-01-31",
        lines=[_line("PROPERTY", "30000.00", "0.06")],
    )
    paid = [
        one
        for month in range(2, 13)
        for one in _payment(
            f"{month:02}-10", f"pay-clean-{month:02}-demo", "clean-demo", (f"p-clean-{month - 1:02}-demo", "31800.00")
        )
    ]
    again = _payment("03-14", "pay-clean-again-demo", "clean-demo", ("p-clean-02-demo", "31800.00"))
    came_back = told(
        "03-12",
        "return-supplier-payment",
        payment="pay-clean-03-demo",
        supplier="clean-demo",
        reason="a wrong account (demo)",
    )
    return [*invoices, *paid, came_back, *again]


def _note(on: str, purchase: str, invoice: str, supplier: str, line: dict[str, Any]) -> Told:
    fields = {"purchase": purchase, "invoice": invoice, "supplier": supplier, "number": f"N-{purchase}"}
    return told(on, "record-supplier-credit-note", lines=[line], reason="a fault (demo)", **fields)


TOLD: list[Told] = [
    *_services(),
    _invoice("01-15", "p-insured-demo", "stella-demo", _line("PREPAID", "24000.00", "0.06")),
    *_payment("01-25", "pay-insured-demo", "stella-demo", ("p-insured-demo", "25440.00")),
    _invoice(
        "02-10",
        "p-1-demo",
        "forge-demo",
        _line("INVENTORY", "300000.00", order="o-1-demo"),
        currency="USD",
        rate_series=FX,
    ),
    _invoice(
        "02-12",
        "p-office-demo",
        "stella-demo",
        _line("ADMINISTRATION", "1000.00", "0.06"),
        _line("SELLING", "2000.00", "0.06"),
        _line("ADMINISTRATION", "500.00", "0.06", deductible=False),
    ),
    *_payment("03-02", "pay-office-demo", "stella-demo", ("p-office-demo", "3710.00")),
    *_payment("03-10", "pay-forge-1-demo", "forge-demo", ("p-1-demo", "100000.00"), rate=FX, currency="USD"),
    _invoice("03-20", "p-2-demo", "stella-demo", _line("INVENTORY", "150000.00", "0.13", order="o-2-demo")),
    _invoice("04-08", "p-roof-demo", "stella-demo", _line("ASSET", "400000.00", "0.13")),
    *_payment("04-18", "pay-roof-1-demo", "stella-demo", ("p-roof-demo", "152000.00")),
    *_payment("05-06", "pay-2-demo", "stella-demo", ("p-2-demo", "169500.00")),
    _note("05-12", "p-2-less-demo", "p-2-demo", "stella-demo", _line("INVENTORY", "5000.00", "0.13", order="o-2-demo")),
    told(
        "05-20",
        "record-customs-declaration",
        purchase="p-customs-demo",
        supplier="customs-demo",
        number="D-1",
        order="o-1-demo",
        duty="21480.00",
        import_vat="282032.40",
        due_on="2025-06-04",
        evidence=PAPER,
    ),
    *_payment("06-04", "pay-customs-demo", "customs-demo", ("p-customs-demo", "303512.40")),
    _invoice("06-12", "p-wrong-demo", "stella-demo", _line("ADMINISTRATION", "5000.00", "0.06")),
    told("06-14", "withdraw-purchase-document", purchase="p-wrong-demo", reason="another company's (demo)"),
    *_payment("06-16", "pay-forge-2-demo", "forge-demo", ("p-1-demo", "200000.00"), rate=FX, currency="USD"),
    *_payment("07-18", "pay-roof-2-demo", "stella-demo", ("p-roof-demo", "300000.00"), ("p-2-demo", "-5650.00")),
    _invoice("05-20", "p-6-demo", "stella-demo", _line("INVENTORY", "60000.00", "0.13", order="o-6-demo")),
    _invoice("06-20", "p-6-2-demo", "stella-demo", _line("INVENTORY", "100000.00", "0.13", order="o-6-demo")),
    _invoice("09-05", "p-6-3-demo", "stella-demo", _line("INVENTORY", "170000.00", "0.13", order="o-6-demo")),
    *_payment(
        "09-29",
        "pay-6-demo",
        "stella-demo",
        ("p-6-demo", "67800.00"),
        ("p-6-2-demo", "113000.00"),
        ("p-6-3-demo", "192100.00"),
    ),
    _invoice("09-10", "p-4-demo", "stella-demo", _line("INVENTORY", "120000.00", "0.13", order="o-4-demo")),
    *_payment("09-25", "pay-4-demo", "stella-demo", ("p-4-demo", "135600.00")),
    _note("12-29", "p-clean-less-demo", "p-clean-12-demo", "clean-demo", _line("PROPERTY", "1500.00", "0.06")),
    _note("12-30", "p-office-less-demo", "p-office-demo", "stella-demo", _line("ADMINISTRATION", "1000.00", "0.06")),
]

BOOKED = rows("""
    01:12-28  cleaned in {m}            6401              2202:clean        30000.00
    01:12-28  cleaned in {m}            2221.02           2202:clean        30000.00 × 0.06
    02:12-10  paid in {m}               2202:clean        1002:cny          31800.00
    03-12     that of March returns     1002:cny          2202:clean        31800.00
    03-14     and is paid again         2202:clean        1002:cny          31800.00
    01-15     insured for a year        1123              2202:stella       24000.00
    01-15     insured for a year        2221.02           2202:stella       24000.00 × 0.06
    01-25     insurance paid            2202:stella       1002:cny          25440.00
    02-10     machines of o-1           1405:o-1          2202:forge/p-1    300000 × 7.16           $300000.00
    02-12     office and fair           6602              2202:stella       1000.00
    02-12     office and fair           6601              2202:stella       2000.00
    02-12     office and fair           2221.02           2202:stella       3000.00 × 0.06
    02-12     office and fair           6602              2202:stella       500.00 + 500.00 × 0.06  a dinner
    03-02     office and fair paid      2202:stella       1002:cny          3710.00
    03-10     a third of the machines   2202:forge/p-1    1002:usd          100000 × 7.20           $100000.00
    03-10     a third of the machines   6061              1002:usd          100000 × 7.23 - 100000 × 7.20
    03-20     machine of o-2            1405:o-2          2202:stella       150000.00
    03-20     machine of o-2            2221.02           2202:stella       150000.00 × 0.13
    04-08     a roof                    1601              2202:stella/roof  400000.00
    04-08     a roof                    2221.02           2202:stella/roof  400000.00 × 0.13
    04-18     a part of the roof        2202:stella/roof  1002:cny          152000.00
    05-06     machine of o-2 paid       2202:stella       1002:cny          169500.00
    05-12     o-2 was sold for less     2202:stella       6401              5000.00                 sold already
    05-12     o-2 was sold for less     2202:stella       2221.02           5000.00 × 0.13
    05-20     customs                   1405:o-1          2202:customs      21480.00
    05-20     customs                   2221.02:customs   2202:customs      300000 × 7.16 × 0.13 + 21480.00 × 0.13
    06-04     customs paid              2202:customs      1002:cny          21480.00 + 282032.40
    06-12     another's paper           6602              2202:stella       5000.00
    06-12     another's paper           2221.02           2202:stella       5000.00 × 0.06
    06-14     is taken back             2202:stella       6602              5000.00
    06-14     is taken back             2202:stella       2221.02           5000.00 × 0.06
    06-16     the rest of the machines  2202:forge/p-1    1002:usd          200000 × 7.17           $200000.00
    06-16     the rest of the machines  2202:forge/p-1    6061              200000 × 7.19 - 200000 × 7.17
    07-18     the rest of the roof      2202:stella/roof  1002:cny          300000.00
    07-18     the rest of the roof      1002:cny          2202:stella       5650.00                 set off
    05-20     a part of o-6             1405:o-6          2202:stella       60000.00
    05-20     a part of o-6             2221.02           2202:stella       60000.00 × 0.13
    06-20     a part of o-6             1405:o-6          2202:stella       100000.00
    06-20     a part of o-6             2221.02           2202:stella       100000.00 × 0.13
    09-05     the rest of o-6           1405:o-6          2202:stella       170000.00
    09-05     the rest of o-6           2221.02           2202:stella       170000.00 × 0.13
    09-29     o-6 paid                  2202:stella       1002:cny          67800.00 + 113000.00 + 192100.00
    09-10     half of o-4               1405:o-4          2202:stella       120000.00
    09-10     half of o-4               2221.02           2202:stella       120000.00 × 0.13
    09-25     half of o-4 paid          2202:stella       1002:cny          135600.00
    12-29     not cleaned well          2202:clean        6401              1500.00
    12-29     not cleaned well          2202:clean        2221.02           1500.00 × 0.06
    12-30     paper was wet             2202:stella       6602              1000.00
    12-30     paper was wet             2202:stella       2221.02           1000.00 × 0.06
""")

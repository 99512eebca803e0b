"""Bank accounts of the golden year: yuan and dollars, transfers with the bank's own rate, charges, interest."""

from tests.year.ground import PAPER
from tests.year.table import Told, monthly, rows, told

CNY, USD, RESERVE, FX = "cny-demo", "usd-demo", "reserve-demo", "fx/usd-cny"
BANK = {"bank": "City Bank, Meishan (demo)"}

TOLD: list[Told] = [
    told(
        "01-01", "open-bank-account", bank_account=CNY, number="2600 0001 (demo)", currency="CNY", default=True, **BANK
    ),
    told(
        "01-01", "open-bank-account", bank_account=USD, number="2600 0002 (demo)", currency="USD", default=True, **BANK
    ),
    told("01-01", "open-bank-account", bank_account=RESERVE, number="2600 0003 (demo)", currency="CNY", **BANK),
    told(
        "01-01",
        "bring-forward-bank-balance",
        bank_entry="open-cny-demo",
        bank_account=CNY,
        amount="3000000.00",
        evidence=PAPER,
    ),
    told(
        "01-01",
        "bring-forward-bank-balance",
        bank_entry="open-usd-demo",
        bank_account=USD,
        amount="200000.00",
        cny="1420000.00",
        evidence=PAPER,
    ),
    *monthly(
        1,
        12,
        "25",
        "record-bank-charge",
        bank_entry="charge-{m}-demo",
        bank_account=CNY,
        amount="35.00",
        bank_reference="FEE-{m}",
    ),
    told("05-27", "reverse-bank-entry", bank_entry="charge-05-demo", reason="the bank gave it back (demo)"),
    told(
        "03-10",
        "record-bank-charge",
        bank_entry="swift-demo",
        bank_account=USD,
        amount="25.00",
        bank_reference="FEE-USD-1",
        rate_series=FX,
    ),
    *(
        told(
            f"{month:02}-21",
            "record-bank-interest",
            bank_entry=f"interest-{month:02}-demo",
            bank_account=CNY,
            amount=amount,
            bank_reference=f"INT-{month:02}",
        )
        for month, amount in ((3, "1843.17"), (6, "2011.40"), (9, "1790.03"), (12, "1655.28"))
    ),
    told(
        "06-21",
        "record-bank-interest",
        bank_entry="interest-usd-demo",
        bank_account=USD,
        amount="112.35",
        bank_reference="INT-USD-06",
        rate_series=FX,
    ),
    told(
        "02-10",
        "transfer-between-accounts",
        bank_entry="sold-demo",
        bank_account=USD,
        to_account=CNY,
        amount="50000.00",
        to_amount="357500.00",
        bank_reference="TR-1",
        rate_series=FX,
    ),
    told(
        "03-03",
        "transfer-between-accounts",
        bank_entry="set-aside-demo",
        bank_account=CNY,
        to_account=RESERVE,
        amount="500000.00",
        bank_reference="TR-2",
    ),
    told(
        "08-15",
        "transfer-between-accounts",
        bank_entry="bought-demo",
        bank_account=CNY,
        to_account=USD,
        amount="143600.00",
        to_amount="20000.00",
        bank_reference="TR-3",
        to_rate_series=FX,
    ),
    told(
        "11-20",
        "transfer-between-accounts",
        bank_entry="back-demo",
        bank_account=RESERVE,
        to_account=CNY,
        amount="500000.00",
        bank_reference="TR-4",
    ),
    told("11-21", "close-bank-account", bank_account=RESERVE),
]

BOOKED = rows("""
    01-01     opening in yuan      1002:cny      3999          3000000.00
    01-01     opening in dollars   1002:usd      3999          1420000.00                $200000.00  at 7.10
    01:12-25  charge of {m}        6603          1002:cny      35.00
    05-27     charge given back    1002:cny      6603          35.00
    03-10     charge abroad        6603          1002:usd      25.00 × 7.23              $25.00
    03-21     interest             1002:cny      6603.01       1843.17
    06-21     interest             1002:cny      6603.01       2011.40
    09-21     interest             1002:cny      6603.01       1790.03
    12-21     interest             1002:cny      6603.01       1655.28
    06-21     interest in dollars  1002:usd      6603.01       112.35 × 7.17             $112.35
    02-10     dollars sold         1002:cny      1002:usd      357500.00                 $50000.00  the bank gave 7.15
    02-10     dollars sold         6061          1002:usd      50000 × 7.16 - 357500.00  lost to the bank's rate
    03-03     set aside            1002:reserve  1002:cny      500000.00
    08-15     dollars bought       1002:usd      1002:cny      20000 × 7.15              $20000.00  worth
    08-15     dollars bought       6061          1002:cny      143600.00 - 20000 × 7.15  the bank took 7.18
    11-20     taken back           1002:cny      1002:reserve  500000.00
""")

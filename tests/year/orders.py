"""Equipment orders of the golden year.

o-1   principal, in dollars from abroad: an advance in parts, a second one, retention remeasured, released, paid in part
o-2   principal, at home: half before, half on acceptance, with VAT
o-3   agent, in dollars: client money goes through, a fee is earned, paid, and given back
o-4   principal, at home, cancelled: a fee is kept, the advance partly paid back, the rest forfeited; what was
      bought for it is written down, up again, sold in part, and moved to o-5
o-5   principal, at home, still under way when the year ends
o-6   principal, at home, earned by its cost over time: half a year, a change order, a loss to come, accepted:
      of 320,000.00, and with VAT of 361,600.00, 160 of 330 are 155,151.515 and 175,321.212
"""

from typing import Any

from tests.year.bank import FX
from tests.year.ground import PAPER
from tests.year.table import Told, rows, told

INDICATORS = "specified_good control responsibility inventory_risk pricing conclusion recognition"
ASSESSMENT = dict.fromkeys(INDICATORS.split(), "as the contract says (demo)") | {"evidence": PAPER}


def _terms(currency: str, price: str, quantity: int, *milestones: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    return {
        "lines": [
            {"item": "orc-demo", "model": "ORC 125 (demo)", "kw": "125", "quantity": quantity, "unit_price": price}
        ],
        "currency": currency,
        "incoterms": {"rule": "CIF", "place": "Shanghai"},
        "milestones": [{"milestone": name, "percent": percent, "trigger": on} for name, percent, on in milestones],
        **more,
    }


def _ordered(order: str, on: str, supplier: str, role: str, terms: dict[str, Any], **more: Any) -> list[Told]:
    return [
        told(
            on,
            "issue-quotation",
            order=order,
            supplier=supplier,
            buyer="anode-demo",
            terms=terms,
            valid_until="2025-12-31",
        ),
        told(on, "place-order", order=order, role=role, assessment=ASSESSMENT, document=PAPER, **more),
    ]


def _steps(order: str, **days: str) -> list[Told]:
    """Steps of the works by their days; each needs its paper, what may post needs a rate."""
    more: dict[str, dict[str, Any]] = {
        "ship-equipment": {"shipment": f"s-{order}", "bill_of_lading": "BL (demo)", "rate_series": FX},
        "clear-customs": {"declaration": "D-1 (demo)", "duty": "21480.00", "import_vat": "282032.40"},
        "certify-acceptance": {"rate_series": FX},
    }
    if order in ("o-2-demo", "o-4-demo", "o-6-demo"):
        for step in more.values():
            step.pop("rate_series", None)
    more["ship-equipment"]["items"] = [{"item": "orc-demo", "quantity": 2 if order == "o-1-demo" else 1}]
    named = {name.replace("_", "-"): on for name, on in days.items()}
    return [told(on, step, order=order, document=PAPER, **more.get(step, {})) for step, on in named.items()]


def _lower(on: str, entry: str, brings: str) -> list[Told]:
    """Stock of o-4 measured at what it brings: said by one, approved by another."""
    about: dict[str, Any] = {"order": "o-4-demo", "stock_entry": entry}
    return [
        told(
            on,
            "propose-write-down",
            net_realisable=brings,
            reason="a half-built machine (demo)",
            document=PAPER,
            **about,
        ),
        told(on, "approve-write-down", **about),
    ]


ABROAD = _terms(
    "USD",
    "210000.00",
    2,
    ("deposit", "30", "ORDERED"),
    ("shipment", "60", "SHIPPED"),
    ("retention", "10", "RETENTION_RELEASED"),
)
HOME = _terms("CNY", "226000.00", 1, ("first", "50", "ORDERED"), ("second", "50", "ACCEPTED"), supply="DOMESTIC")
AGENCY = _terms(
    "USD",
    "100000.00",
    1,
    ("deposit", "30", "ORDERED"),
    ("rest", "70", "SHIPPED"),
    commission_payer="BUYER",
    commission_supply="DOMESTIC",
)
CANCELLED = _terms("CNY", "226000.00", 1, ("first", "30", "ORDERED"), ("second", "70", "ACCEPTED"), supply="DOMESTIC")
O_4: dict[str, Any] = {"order": "o-4-demo", "document": PAPER}
MOVE: dict[str, Any] = {"order": "o-4-demo", "reason": "it fits (demo)"}
LONG = _terms("CNY", "339000.00", 1, ("first", "40", "ORDERED"), ("second", "60", "ACCEPTED"), supply="DOMESTIC")
MORE: dict[str, Any] = {
    "order": "o-6-demo",
    "change": "more-demo",
    "reason": "a larger boiler (demo)",
    "document": PAPER,
}
PAYING: dict[str, Any] = {"rate_series": FX, "order": "o-1-demo"}

OVER_TIME: list[Told] = [
    *_ordered("o-6-demo", "05-02", "stella-demo", "PRINCIPAL", LONG, over_time="COST_TO_COST"),
    told("05-06", "record-milestone-payment", order="o-6-demo", milestone="first", bank_reference="ADV-7"),
    *_steps("o-6-demo", start_production="05-07"),
    told("05-31", "measure-progress", order="o-6-demo", expected_cost="240000.00"),
    told("06-30", "measure-progress", order="o-6-demo", expected_cost="240000.00"),
    told("07-02", "propose-change-order", **MORE, lines=[{**LONG["lines"][0], "unit_price": "361600.00"}]),
    told("07-02", "approve-change-order", order="o-6-demo", change="more-demo"),
    told("07-31", "measure-progress", order="o-6-demo", expected_cost="400000.00"),
    told("08-04", "reverse-progress", order="o-6-demo", measured_on="2025-07-31", reason="a paper was missing (demo)"),
    told("08-31", "measure-progress", order="o-6-demo", expected_cost="330000.00"),
    *_steps(
        "o-6-demo",
        pass_fat="09-01",
        ship_equipment="09-02",
        deliver_equipment="09-03",
        install_equipment="09-10",
        pass_sat="09-20",
        certify_acceptance="09-25",
    ),
    told("10-09", "collect-receivable", order="o-6-demo", receivable="second", bank_reference="ADV-8"),
]

TOLD: list[Told] = [
    *_ordered("o-1-demo", "02-01", "forge-demo", "PRINCIPAL", ABROAD),
    told(
        "02-10",
        "record-milestone-payment",
        milestone="deposit",
        amount="99975.00",
        bank_charge="25.00",
        bank_reference="ADV-1",
        **PAYING,
    ),
    told("02-11", "record-milestone-payment", milestone="deposit", amount="26000.00", bank_reference="ADV-2", **PAYING),
    *_steps("o-1-demo", start_production="02-12", pass_fat="05-10", ship_equipment="05-12"),
    told("05-15", "record-milestone-payment", milestone="shipment", bank_reference="ADV-3", **PAYING),
    *_steps(
        "o-1-demo",
        clear_customs="05-20",
        deliver_equipment="06-01",
        install_equipment="06-20",
        pass_sat="07-10",
        certify_acceptance="07-15",
        release_retention="10-15",
    ),
    told(
        "11-17",
        "collect-receivable",
        receivable="retention",
        amount="19970.00",
        bank_charge="30.00",
        bank_reference="RET-1",
        **PAYING,
    ),
    *_ordered("o-2-demo", "03-01", "stella-demo", "PRINCIPAL", HOME),
    told("03-05", "record-milestone-payment", order="o-2-demo", milestone="first", bank_reference="ADV-4"),
    *_steps(
        "o-2-demo",
        start_production="03-06",
        pass_fat="04-01",
        ship_equipment="04-02",
        deliver_equipment="04-03",
        install_equipment="04-10",
        pass_sat="04-20",
        certify_acceptance="04-25",
    ),
    told("05-06", "collect-receivable", order="o-2-demo", receivable="second", bank_reference="ADV-5"),
    *_ordered("o-3-demo", "04-01", "forge-demo", "AGENT", AGENCY),
    told(
        "04-15",
        "record-milestone-payment",
        order="o-3-demo",
        milestone="deposit",
        through="MCSC",
        bank_reference="CM-1",
        rate_series=FX,
    ),
    told(
        "04-16",
        "remit-client-money",
        order="o-3-demo",
        milestone="deposit",
        amount="20000.00",
        bank_reference="CM-2",
    ),
    told("05-07", "remit-client-money", order="o-3-demo", milestone="deposit", bank_reference="CM-3"),
    *_steps("o-3-demo", start_production="04-17", pass_fat="06-01", ship_equipment="06-02"),
    told("06-10", "record-milestone-payment", order="o-3-demo", milestone="rest", through="DIRECT"),
    *_steps(
        "o-3-demo",
        clear_customs="06-12",
        deliver_equipment="06-20",
        install_equipment="07-20",
        pass_sat="08-10",
        certify_acceptance="08-20",
    ),
    told(
        "09-15",
        "collect-receivable",
        order="o-3-demo",
        receivable="commission-accepted",
        bank_reference="FEE-IN-1",
        rate_series=FX,
    ),
    told(
        "10-15",
        "reverse-commission",
        order="o-3-demo",
        trigger="ACCEPTED",
        reason="given up (demo)",
        bank_reference="FEE-OUT-1",
        rate_series=FX,
    ),
    *_ordered("o-4-demo", "09-01", "stella-demo", "PRINCIPAL", CANCELLED),
    told("09-02", "record-milestone-payment", order="o-4-demo", milestone="first", bank_reference="ADV-6"),
    told("10-20", "cancel-order", order="o-4-demo", cause="BUYER", fee="20000.00", document=PAPER),
    told("10-28", "refund-advance", order="o-4-demo", amount="30000.00", bank_reference="ADV-BACK-1"),
    told("10-30", "reverse-order-payment", order="o-4-demo", bank_reference="ADV-BACK-1", reason="it came back (demo)"),
    told("11-03", "refund-advance", order="o-4-demo", amount="30000.00", bank_reference="ADV-BACK-2"),
    told("11-25", "forfeit-advance", order="o-4-demo", amount="17800.00", reason="the term ran out (demo)"),
    told(
        "11-26",
        "reverse-forfeit",
        order="o-4-demo",
        forfeited_on="2025-11-25",
        amount="17800.00",
        reason="too early (demo)",
    ),
    told(
        "11-27",
        "forfeit-advance",
        order="o-4-demo",
        amount="17800.00",
        vat_rate="0",
        reason="the tax office says no (demo)",
    ),
    *OVER_TIME,
    *_ordered("o-5-demo", "11-03", "stella-demo", "PRINCIPAL", CANCELLED),
    *_lower("10-30", "low-demo", "90000.00"),
    told(
        "11-05",
        "sell-stock",
        stock_entry="frame-demo",
        customer="anode-demo",
        amount="45200.00",
        cost="60000.00",
        **O_4,
    ),
    told("11-06", "reverse-stock-step", order="o-4-demo", stock_entry="frame-demo", reason="another price (demo)"),
    told(
        "11-07",
        "sell-stock",
        stock_entry="frame-2-demo",
        customer="anode-demo",
        amount="40680.00",
        cost="60000.00",
        **O_4,
    ),
    told("11-20", "collect-receivable", order="o-4-demo", receivable="frame-2-demo", bank_reference="FRAME-1"),
    *_lower("11-21", "wrong-demo", "10000.00"),
    told("11-22", "reverse-stock-step", order="o-4-demo", stock_entry="wrong-demo", reason="misread (demo)"),
    *_lower("11-24", "up-demo", "66000.00"),
    told("12-01", "move-stock", stock_entry="pump-demo", to_order="o-5-demo", cost="20000.00", **MOVE),
    told(
        "12-02",
        "reverse-stock-step",
        order="o-4-demo",
        stock_entry="pump-demo",
        to_order="o-5-demo",
        reason="not yet (demo)",
    ),
    told("12-03", "move-stock", stock_entry="pump-2-demo", to_order="o-5-demo", cost="20000.00", **MOVE),
]

BOOKED = rows("""
    02-10  o-1 advance            1002:usd           2204.01:anode/o-1  99975 × 7.16              $99975.00
    02-10  o-1 advance            6603               2204.01:anode/o-1  25 × 7.16                 kept on the way
    02-11  o-1 advance, the rest  1002:usd           2204.01:anode/o-1  26000 × 7.16              $26000.00
    05-15  o-1 shipment           1002:usd           2204.01:anode/o-1  252000 × 7.22             $252000.00
    07-15  o-1 accepted           2204.01:anode/o-1  6001.05            126000 × 7.16 + 252000 × 7.22
    07-15  o-1 accepted           1125:anode/o-1     6001.05            42000 × 7.18              $42000.00  retention
    07-15  o-1 accepted           6401               1405:o-1           300000 × 7.16 + 21480.00  with duty
    10-15  o-1 retention due      1122:anode/o-1     1125:anode/o-1     42000 × 7.11              $42000.00
    11-17  o-1 a part of it       1002:usd           1122:anode/o-1     19970 × 7.06              $19970.00
    11-17  o-1 a part of it       6603               1122:anode/o-1     30 × 7.06                 $30.00
    11-17  o-1 a part of it       6061               1122:anode/o-1     20000 × 7.10 - 19970 × 7.06 - 30 × 7.06

    03-05  o-2 first half   1002:cny           2204.01:anode/o-2  113000.00
    04-25  o-2 accepted     2204.01:anode/o-2  6001.05            113000.00
    04-25  o-2 accepted     1122:anode/o-2     6001.05            87000.00  226,000.00 / 1.13 are 200,000.00
    04-25  o-2 accepted     1122:anode/o-2     2221.01            26000.00
    04-25  o-2 accepted     6401               1405:o-2           150000.00
    05-06  o-2 second half  1002:cny           1122:anode/o-2     113000.00

    04-15  o-3 client money     1002:usd        2241.02:forge   30000 × 7.28  $30000.00
    04-16  o-3 client money on  2241.02:forge   1002:usd        20000 × 7.28  $20000.00  as it stood
    05-07  o-3 the rest on      2241.02:forge   1002:usd        10000 × 7.27  $10000.00  as April's end left it
    08-20  o-3 fee              1122:anode/o-3  6001.06         3000 × 7.15   $3000.00
    08-20  o-3 fee              1122:anode/o-3  2221.01         180 × 7.15    $180.00
    09-15  o-3 fee paid         1002:usd        1122:anode/o-3  3180 × 7.12   $3180.00
    09-15  o-3 fee paid         6061            1122:anode/o-3  3180 × 7.13 - 3180 × 7.12
    10-15  o-3 fee given back   6001.06         1002:usd        3000 × 7.08   $3000.00
    10-15  o-3 fee given back   2221.01         1002:usd        180 × 7.08    $180.00
    10-15  o-3 fee given back   6001.06         6061            3000 × 7.15 - 3000 × 7.08
    10-15  o-3 fee given back   2221.01         6061            180 × 7.15 - 180 × 7.08

    09-02  o-4 advance          1002:cny           2204.01:anode/o-4  226000.00 × 0.3
    10-20  o-4 cancelled        2204.01:anode/o-4  6051               20000.00 / 1.06     taxed by the rule of October
    10-20  o-4 cancelled        2204.01:anode/o-4  2221.01            20000.00 - 18867.92
    10-28  o-4 paid back        2204.01:anode/o-4  1002:cny           30000.00
    10-30  and returns          1002:cny           2204.01:anode/o-4  30000.00
    11-03  o-4 paid back again  2204.01:anode/o-4  1002:cny           30000.00
    11-25  o-4 forfeited        2204.01:anode/o-4  6051               17800.00 / 1.06     67,800 - 20,000 - 30,000
    11-25  o-4 forfeited        2204.01:anode/o-4  2221.01            17800.00 - 16792.45
    11-26  not yet              6051               2204.01:anode/o-4  17800.00 / 1.06
    11-26  not yet              2221.01            2204.01:anode/o-4  17800.00 - 16792.45
    11-27  o-4 forfeited now    2204.01:anode/o-4  6051               17800.00            named as not taxed

    05-06  o-6 a part before          1002:cny           2204.01:anode/o-6  339000.00 × 0.4
    05-31  o-6 a quarter is done      2204.01:anode/o-6  6001.05            300000.00 / 4      60,000.00 of 240,000.00
    05-31  o-6 a quarter is done      2204.01:anode/o-6  2221.09            39000.00 / 4
    05-31  o-6 a quarter is done      6401               1405:o-6           60000.00
    06-30  o-6 two thirds are done    2204.01:anode/o-6  6001.05            50850.00           135,600.00 - 84,750.00
    06-30  o-6 two thirds are done    1125:anode/o-6     6001.05            200000.00 - 75000.00 - 50850.00
    06-30  o-6 two thirds are done    1125:anode/o-6     2221.09            26000.00 - 9750.00
    06-30  o-6 two thirds are done    6401               1405:o-6           100000.00          160,000.00 of 240,000.00
    07-31  o-6 price and cost change  6001.05            1125:anode/o-6     72000.00           two fifths of 320,000
    07-31  o-6 price and cost change  2221.09            1125:anode/o-6     9360.00            two fifths of 41,600
    07-31  o-6 price and cost change  6401               2801:o-6           240000.00 - 192000.00
    08-04  not yet                    1125:anode/o-6     6001.05            72000.00
    08-04  not yet                    1125:anode/o-6     2221.09            9360.00
    08-04  not yet                    2801:o-6           6401               48000.00
    08-31  o-6 costs more             6001.05            1125:anode/o-6     200000.00 - 155151.52
    08-31  o-6 costs more             2221.09            1125:anode/o-6     226000.00 - 175321.21 - 44848.48
    08-31  o-6 costs more             6401               2801:o-6           170000.00 - 164848.48
    09-25  o-6 accepted               1122:anode/o-6     1125:anode/o-6     175321.21 - 135600.00
    09-25  o-6 accepted               1122:anode/o-6     6001.05            320000.00 - 155151.52
    09-25  o-6 accepted               1122:anode/o-6     2221.01            41600.00 - 20169.69
    09-25  o-6 accepted               2221.09            2221.01            20169.69
    09-25  o-6 accepted               6401               1405:o-6           170000.00
    09-25  o-6 accepted               2801:o-6           6401               5151.52
    10-09  o-6 the rest               1002:cny           1122:anode/o-6     361600.00 - 135600.00

    10-30  o-4 worth 90,000.00       6701            1471:o-4        120000.00 - 90000.00
    11-05  half of it sold           1122:anode/o-4  6001.05         40000.00          45,200.00 / 1.13
    11-05  half of it sold           1122:anode/o-4  2221.01         5200.00
    11-05  half of it sold           6401            1405:o-4        60000.00 - 15000.00
    11-05  half of it sold           1471:o-4        1405:o-4        15000.00          half of the allowance
    11-06  not at that price         6001.05         1122:anode/o-4  40000.00
    11-06  not at that price         2221.01         1122:anode/o-4  5200.00
    11-06  not at that price         1405:o-4        6401            60000.00 - 15000.00
    11-06  not at that price         1405:o-4        1471:o-4        15000.00
    11-07  half of it sold for less  1122:anode/o-4  6001.05         36000.00          40,680.00 / 1.13
    11-07  half of it sold for less  1122:anode/o-4  2221.01         4680.00
    11-07  half of it sold for less  6401            1405:o-4        60000.00 - 15000.00
    11-07  half of it sold for less  1471:o-4        1405:o-4        15000.00
    11-20  that is paid              1002:cny        1122:anode/o-4  40680.00
    11-21  the rest worth 10,000.00  6701            1471:o-4        60000.00 - 10000.00 - 15000.00
    11-22  misread                   1471:o-4        6701            35000.00
    11-24  the rest worth 66,000.00  1471:o-4        6701            15000.00          no more than its cost
    12-01  a pump goes to o-5        1405:o-5        1405:o-4        20000.00
    12-02  not yet                   1405:o-4        1405:o-5        20000.00
    12-03  now                       1405:o-5        1405:o-4        20000.00
""")

"""A month or a year that comes to something else once its invoice was eaten by credits, and damages that follow.

The story: 1,200 kWh a year × take-or-pay 0.9 at 0.5200 CNY. 900 kWh of 2024: 180 short, 93.60. 1,230 kWh of 2025: 150
above 1,080 are made up, 78.00 credited, the latest invoices first.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.books.postings import postings
from ledger.decider import By, Command, Fact
from ledger.offtake.charges.crediting import DamagesInTheWay
from ledger.offtake.facts import (
    EnergyCredited,
    EnergyCreditTakenBack,
    GuaranteeLdReversed,
    TakeOrPayInvoiced,
    YearTruedUp,
)
from ledger.offtake.guarantee import AssessGuaranteeLd, DamagesTaken, NoDamages, ReverseGuaranteeLd
from ledger.offtake.life import ExpireOfftake, NotSettled, SettleOfftakeFinally
from ledger.offtake.meters.metering import CorrectRead
from ledger.offtake.statements import ApproveStatement, CalculateStatement
from ledger.offtake.terms import Fixed, Guarantee, MakeUp, OfftakeTerms, TakeOrPay
from ledger.offtake.years import TrueUpYear
from tests.ground.given import decide, gets_on, given
from tests.ground.offtaken import (
    AS_AGENT,
    CHECKER,
    DESK,
    FINANCE,
    METER,
    PAPER,
    TERMS,
    A,
    agreement,
    amending,
    delivering,
    months,
    of_kind,
    told,
)
from tests.ledger.offtake.test_days import on

RIGHTS = TakeOrPay(acq="1200", share="0.9", make_up=MakeUp(years=2))
SELLER = replace(TERMS, price=Fixed(price="0.5200"), take_or_pay=RIGHTS)
AGENT = replace(AS_AGENT, price=Fixed(price="0.5200"), take_or_pay=RIGHTS)
SHORT = dict.fromkeys(months(2024), "75")
LATER = date(2026, 3, 2)
TRUE_UP_2024 = (TrueUpYear(**on(date(2025, 1, 20)), year=2024), FINANCE)
TRUE_UP_2025 = (TrueUpYear(**on(date(2026, 1, 20)), year=2025), FINANCE)
AGAIN = (TrueUpYear(**on(LATER), year=2025), FINANCE)


def posted(facts: Sequence[Fact]) -> dict[str, int]:
    """The balance of each account."""
    total: dict[str, int] = {}
    for line in (line for fact in facts for line in postings(fact)):
        total[line.account] = total.get(line.account, 0) + line.amount_minor
    return {account: amount for account, amount in total.items() if amount}


def two_years(terms: OfftakeTerms, energy: Mapping[str, str]) -> tuple[Fact, ...]:
    facts = told(delivering(agreement(terms), SHORT), TRUE_UP_2024)
    return told(delivering(facts, energy), TRUE_UP_2025)


def year(*last: str) -> dict[str, str]:
    """1,230 kWh of 2025, the last months as given, the rest even."""
    rest = (1230 - sum(map(int, last))) // (12 - len(last))
    first = 1230 - sum(map(int, last)) - rest * (11 - len(last))
    return dict(zip(months(2025), [str(first), *[str(rest)] * (11 - len(last)), *last], strict=True))


def corrected(facts: Sequence[Fact], value: str, run: int = 1) -> tuple[Fact, ...]:
    """December 2025 read lower, and settled anew."""
    read = CorrectRead(effective_on=date(2025, 12, 31), meter=METER, value=value, reason="misread (demo)")
    return told(
        facts,
        (read, DESK),
        (CalculateStatement(**on(LATER), month="2025-12"), FINANCE),
        (ApproveStatement(**on(LATER), month="2025-12", run=run), CHECKER),
    )


def test_a_month_whose_invoice_a_make_up_credit_ate_is_credited() -> None:
    """December, 102 kWh = 53.04, was credited whole. Read 2090 in place of 2130: 40 kWh × 0.5200 = 20.80 less of the
    month (tax: 6.90 - 4.19), and 20.80 less made up: 110 kWh = 57.20 of 93.60 leave 36.40 in 2204.02."""
    facts = corrected(two_years(SELLER, year("102")), "2090")
    (back,) = of_kind(facts, EnergyCreditTakenBack)
    credit = of_kind(facts, EnergyCredited)[-1]
    assert (back.invoice, back.net_minor, back.vat_minor) == (f"{A}-energy-202512-r0", -2080, -271)
    assert (credit.invoice, credit.net_minor, credit.vat_minor) == (f"{A}-energy-202512-r0", 2080, 271)
    assert decide(facts, ApproveStatement(**on(LATER), month="2025-12", run=1), CHECKER) == ()
    facts = told(facts, AGAIN)
    year_2025 = of_kind(facts, YearTruedUp)[-1]
    assert (year_2025.delivered_wh, [lot.energy_wh for lot in year_2025.taken]) == (1190000, [110000])
    assert posted(facts)["make-up"] == -3640
    given(*facts).when(*AGAIN).then()


@pytest.mark.parametrize("terms", [SELLER, AGENT], ids=["seller", "agent"])
@pytest.mark.parametrize(
    ("energy", "lower"),
    [
        pytest.param(year("102"), ["40"], id="december-eaten-whole"),
        pytest.param(year("160"), ["40"], id="eaten-in-part"),
        pytest.param(year("10", "30"), ["10"], id="three-months-eaten-and-one-falls-to-nothing"),
        pytest.param(year("102"), ["40", "30", "32"], id="lower-again-and-again"),
        pytest.param(year("200"), ["170"], id="below-take-or-pay"),
        pytest.param(year("7"), ["7"], id="odd-fen"),
    ],
)
def test_it_comes_to_what_it_had_come_to_if_read_right(
    terms: OfftakeTerms, energy: dict[str, str], lower: list[str]
) -> None:
    facts, december, value = two_years(terms, energy), int(energy["2025-12"]), 2130
    for run, less in enumerate(lower, 1):
        december, value = december - int(less), value - int(less)
        facts = told(corrected(facts, str(value), run), AGAIN)
    right, found = posted(two_years(terms, {**energy, "2025-12": str(december)})), posted(facts)
    if terms is SELLER:
        assert found == right
    assert found["receivables"] == right["receivables"]
    assert all(abs(found[account] - amount) <= 1 for account, amount in right.items())  # an agent's fee, by document


def test_what_is_made_up_all_the_same_is_credited_on_what_remains() -> None:
    """1,330 kWh of 2025 make up all 180, 93.60; 40 kWh less leave 1,290, of which 180 are made up: December is credited
    20.80, and invoices before it take the make-up credit in its place: of November 53.04 - 40.56 are left, 12.48."""
    energy = {**year("102"), "2025-01": "208"}
    facts = told(corrected(two_years(SELLER, energy), "2190"), AGAIN)
    again = [(note.invoice, note.net_minor) for note in of_kind(facts, EnergyCredited)[-2:]]
    assert again == [(f"{A}-energy-202511-r0", 1248), (f"{A}-energy-202510-r0", 832)]
    assert not [one for one in of_kind(facts, TakeOrPayInvoiced) if one.charge == "ENERGY"]
    assert posted(facts) == posted(two_years(SELLER, {**energy, "2025-12": "62"}))


def test_a_month_that_costs_less_is_made_up_as_before() -> None:
    """November at 0.2000: 102 × 0.32 = 32.64 less, of which 53.04 - 24.96 = 28.08 were left: 4.56 are taken back, and
    given again, though the year's energy and price are as they were."""
    facts = two_years(SELLER, year("102", "102"))
    for at, (month, price) in enumerate(((11, "0.2000"), (12, "0.5200"))):
        terms = replace(SELLER, price=Fixed(price=price))
        facts = told(facts, *amending(date(2025, month, 1), terms, f"a-{at}-demo"))
    anew: dict[str, Any] = {"effective_on": LATER, "agreement": A, "month": "2025-11"}
    facts = told(facts, (CalculateStatement(**anew), FINANCE), (ApproveStatement(**anew, run=1), CHECKER))
    assert [note.net_minor for note in of_kind(facts, EnergyCreditTakenBack)] == [-456]
    facts = told(facts, AGAIN)
    assert of_kind(facts, EnergyCredited)[-1].net_minor == 456
    given(*facts).when(*AGAIN).then()


# Damages: 1,200 kWh of 2024 guaranteed, 100 a month at 0.5200; replacing costs 0.7100. With 80 in December 1,180 are
# delivered: 20 × 0.19 = 3.80 off December's invoice of 41.60.

GUARANTEED = replace(TERMS, price=Fixed(price="0.5200"), guarantee=Guarantee(guaranteed="1200", cap="0.5"))
DECEMBER = f"{A}-energy-202412-r0"
DAMAGES = AssessGuaranteeLd(
    **on(date(2025, 1, 20)), year=2024, replacement_price="0.7100", evidence=PAPER, invoice=DECEMBER
)
OWED = replace(DAMAGES, invoice=None)
REVERSE = ReverseGuaranteeLd(**on(date(2025, 3, 2)), year=2024, reason="run 1 (demo)")
SPRING = date(2025, 3, 2)


def guaranteed(december: str = "80") -> tuple[Fact, ...]:
    return delivering(agreement(GUARANTEED), {**dict.fromkeys(months(2024), "100"), "2024-12": december})


def read_again(value: str) -> Sequence[tuple[Command, By]]:
    """December 2024 read again and settled anew."""
    read = CorrectRead(effective_on=date(2024, 12, 31), meter=METER, value=value, reason="misread (demo)")
    return (
        (read, DESK),
        (CalculateStatement(**on(SPRING), month="2024-12"), FINANCE),
        (ApproveStatement(**on(SPRING), month="2024-12", run=1), CHECKER),
    )


def by_service(facts: Sequence[Fact]) -> dict[tuple[str, str | None], int]:
    """Revenue by stream and month of service."""
    total: dict[tuple[str, str | None], int] = {}
    for line in (line for fact in facts for line in postings(fact)):
        if line.account in ("energy", "payables"):
            key = (line.account, line.service_month)
            total[key] = total.get(key, 0) + line.amount_minor
    return {key: amount for key, amount in total.items() if amount}


@pytest.mark.parametrize("assess", [DAMAGES, OWED], ids=["off-an-invoice", "owed"])
def test_what_is_reversed_later_belongs_to_the_month_of_what_it_reverses(assess: AssessGuaranteeLd) -> None:
    """By service nothing is left of December's damages; in the books they are December's, and March's again."""
    before = guaranteed()
    facts = told(before, (assess, FINANCE), (REVERSE, FINANCE))
    assert by_service(facts) == by_service(before)
    mirror = facts[-1]
    assert isinstance(mirror, EnergyCreditTakenBack | GuaranteeLdReversed)
    assert (mirror.accounting_on, mirror.service_month) == (SPRING, "2024-12")
    assert posted(facts) == posted(before)
    again = replace(assess, effective_on=date(2025, 3, 3), replacement_price="0.6200")
    facts = told(facts, (again, FINANCE))  # 20 × 0.10
    assert posted(facts)["energy"] == posted(before)["energy"] + 200


@pytest.mark.parametrize(
    ("value", "amount", "assess"),
    [
        pytest.param("1160", 760, DAMAGES, id="more"),
        pytest.param("1190", 190, DAMAGES, id="less"),
        pytest.param("1200", 0, DAMAGES, id="none-any-more"),
        pytest.param("1160", 760, OWED, id="owed-more"),
        pytest.param("1200", 0, OWED, id="owed-none-any-more"),
    ],
)
def test_damages_are_assessed_again_where_the_year_changes(value: str, amount: int, assess: AssessGuaranteeLd) -> None:
    """1,160 kWh: 40 × 0.19 = 7.60; 1,190: 1.90; 1,200: as much as guaranteed."""
    facts = told(guaranteed(), (assess, FINANCE))
    assert decide(facts, assess, FINANCE) == ()
    facts = told(facts, *read_again(value))
    again = replace(assess, effective_on=date(2025, 3, 5)) if amount else assess
    facts = told(facts, (assess, FINANCE))
    right = told(guaranteed(str(int(value) - 1100)), *([(assess, FINANCE)] if amount else []))
    assert posted(facts) == posted(right)
    assert by_service(facts) == by_service(right)
    if amount:
        assert decide(facts, assess, FINANCE) == ()
        given(*facts).when(replace(again, replacement_price="0.8000"), FINANCE).refused(
            DamagesTaken, says="reverse-guarantee-ld"
        )
    else:
        given(*facts).when(assess, FINANCE).refused(NoDamages)


def test_a_month_whose_invoice_damages_ate_is_credited_once_they_are_reversed() -> None:
    """88 kWh of December are 45.76; replaced at 4.2200 the missing 12 are damages of 44.40, and 1.36 are left. Read
    again it is 76 kWh, 6.24 less; then 24 are missing, 88.80: more than the invoice says, so they are owed."""
    dear = replace(DAMAGES, replacement_price="4.2200")
    facts = told(guaranteed("88"), (dear, FINANCE))
    read, calculate, approve = read_again("1176")
    then = replace(dear, invoice=None, effective_on=SPRING)
    gets_on(
        told(facts, read, calculate),
        approve,
        DamagesInTheWay,
        "`reverse-guarantee-ld` of 2024 first, and `assess-guarantee-ld` again after this",
        [(REVERSE, FINANCE), approve, (then, FINANCE)],
        (replace(REVERSE, effective_on=date(2025, 4, 1)), FINANCE),
    )
    facts = told(facts, read, calculate, (REVERSE, FINANCE), approve, (then, FINANCE))
    assert posted(facts) == posted(told(guaranteed("76"), (then, FINANCE)))


def test_nothing_is_settled_for_good_that_comes_to_something_else() -> None:
    """Damages and true-ups first; what is refused says what to do, and that works."""
    terms = replace(GUARANTEED, ends_on=date(2024, 12, 31), take_or_pay=RIGHTS)
    energy = {**dict.fromkeys(months(2024), "100"), "2024-12": "80"}
    expire = (ExpireOfftake(**on(date(2025, 1, 2))), DESK)
    facts = told(delivering(agreement(terms), energy), TRUE_UP_2024, (DAMAGES, FINANCE), expire)
    settle = (SettleOfftakeFinally(**on(date(2025, 4, 1))), FINANCE)
    assert decide(facts, *settle)
    facts = told(facts, *read_again("1160"))
    gets_on(facts, settle, NotSettled, "`true-up-year` again", [TRUE_UP_2024, (DAMAGES, FINANCE)])
    facts = told(facts, TRUE_UP_2024)
    gets_on(
        facts, settle, NotSettled, "7.60 CNY by now, and 3.80 stand: `assess-guarantee-ld` again", [(DAMAGES, FINANCE)]
    )
    gets_on(facts, settle, NotSettled, "assess-guarantee-ld", [(REVERSE, FINANCE)])

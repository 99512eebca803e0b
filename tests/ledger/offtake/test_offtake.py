"""Energy offtake: the vectors of domain.md §7, to the fen and the stated kWh, and every rule that can say no.

Every price, meter value and company is invented.
"""

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.deposits import ApplyDeposit, LeasesDiffer, ReceiveDeposit
from ledger.billing.facts import ReceiptUnallocated, WriteOffRecovered
from ledger.billing.invoicing.notes import IssueCreditNote, NotOfLease
from ledger.billing.losses import ApproveWriteOff, ProposeWriteOff
from ledger.billing.receipts import AllocateReceipt, RecordReceipt, ToAllocate
from ledger.billing.rules import OpenExceeded, VatRateMissing
from ledger.books.postings import postings
from ledger.decider import By, Command, Fact, Refusal
from ledger.offtake.account import bank
from ledger.offtake.amending import RoleFrozen
from ledger.offtake.calculation import MeterMissing, ReferencePriceMissing, SavingsUnmeasured, reprint
from ledger.offtake.contract_year import MonthsNotApproved
from ledger.offtake.delivery import (
    AdjustedTooMuch,
    AdjustmentTaken,
    AdjustQuantity,
    AgreeDeemed,
    CurtailmentMalformed,
    CurtailmentOverlaps,
    CurtailmentTaken,
    CurtailmentUnknown,
    DeemedNotOwed,
    NoAnnualQuantity,
    NoSavingsAgreed,
    RecordCurtailment,
    RecordSavings,
)
from ledger.offtake.energy import kwh, wh
from ledger.offtake.facts import (
    CertificatesIssued,
    EnergyCredited,
    EnergyInvoiced,
    GuaranteeLdAssessed,
    GuaranteeLdCredited,
    MakeUpExpired,
    MakeUpRestored,
    MakeUpTaken,
    OfftakeExecuted,
    StatementApproved,
    StatementCalculated,
    TakeOrPayInvoiced,
    YearTruedUp,
)
from ledger.offtake.green.counts import (
    CertificatesExceeded,
    IssueCertificates,
    NotRenewable,
    NoWholeCertificate,
    SaleTaken,
    SellCertificates,
)
from ledger.offtake.green.making import avoided_kg, certificates
from ledger.offtake.guarantee import (
    AssessGuaranteeLd,
    DamagesTaken,
    InvoiceOfAnother,
    NoDamages,
    NoGuarantee,
    ObserverPostsNothing,
)
from ledger.offtake.life import (
    DeclareCommercialOperation,
    DraftOfftake,
    ExecuteOfftake,
    ExecutorIsDrafter,
    ExpireOfftake,
    NotSettled,
    OfftakePartyUnknown,
    OfftakeStateForbids,
    OfftakeUnknown,
    ResumeDelivery,
    SatisfyConditions,
    SettleOfftakeFinally,
    SuspendDelivery,
    TerminateOfftake,
    TermsMalformed,
)
from ledger.offtake.meters.facts import BandValues, MeterRead
from ledger.offtake.meters.metering import CalibrateMeter, CorrectRead, InstallMeter, ReadMeter
from ledger.offtake.rules import OfftakeStepTooEarly
from ledger.offtake.statements import (
    ApproverIsCalculator,
    ApproveStatement,
    CalculateStatement,
    DisputeStatement,
    LimitationPassed,
    NoDispute,
    NothingDelivered,
    RunIsDisputed,
    RunStale,
    RunUnknown,
    WithdrawDispute,
)
from ledger.offtake.terms import (
    CarryForward,
    Fixed,
    Guarantee,
    Indexed,
    MakeUp,
    OfftakeTerms,
    Savings,
    SavingsForm,
    TakeOrPay,
    TimeOfUse,
    Window,
    escalated,
    indexed,
)
from ledger.offtake.years import NoTakeOrPay, TrueUpYear, YearsOutOfOrder
from ledger.periods import NoOpenPeriod, PostingFact
from tests.ground.billed import TERMS_1, closed, commenced, rate
from tests.ground.given import decide, given, state
from tests.ground.offtaken import (
    AS_AGENT,
    AS_OBSERVER,
    BUYER,
    CHECKER,
    DESK,
    FINANCE,
    GENERATOR,
    GROUND,
    METER,
    PAPER,
    SIGNER,
    TERMS,
    A,
    agreement,
    amending,
    calculated,
    delivering,
    metered,
    months,
    of_kind,
    settled,
    spread,
    told,
)

JANUARY = {"2024-01": "1331902.7"}
OPEN = "1204318.4"


def about(on: date = date(2024, 1, 5), **more: Any) -> dict[str, Any]:
    return {"effective_on": on, "agreement": A, **more}


def curtailed(**more: Any) -> RecordCurtailment:
    asked: dict[str, Any] = {
        "curtailment": "c-1",
        "by": "BUYER",
        "from_at": datetime.fromisoformat("2024-01-10T08:00"),
        "until_at": datetime.fromisoformat("2024-01-10T16:00"),
        "potential": "3200",
    }
    return RecordCurtailment(**about(), **(asked | more))


def january(terms: OfftakeTerms = TERMS) -> tuple[Fact, ...]:
    """domain §7.1 before its calculation: the reads of January, and what the buyer curtailed."""
    facts = metered(agreement(terms), OPEN, JANUARY)
    return told(facts, (curtailed(), DESK), (AgreeDeemed(**about(), curtailment="c-1", evidence=PAPER), DESK))


def latest(facts: Sequence[Fact]) -> StatementCalculated:
    found: StatementCalculated = of_kind(facts, StatementCalculated)[-1]
    return found


def balances(facts: Sequence[Fact]) -> dict[str, int]:
    """What these facts post, by account; zero balances are left out."""
    total: dict[str, int] = {}
    for line in (line for fact in facts for line in postings(fact)):
        total[line.account] = total.get(line.account, 0) + line.amount_minor
    return {account: amount for account, amount in sorted(total.items()) if amount}


SLOW = CalibrateMeter(
    effective_on=date(2024, 4, 10),
    meter=METER,
    registered="0.982",
    from_on=date(2024, 1, 1),
    until_on=date(2024, 1, 31),
    certificate=PAPER,
)

# §7.1 A month


def test_a_month_is_settled() -> None:
    """127,584.3 × 0.5200 = 66,343.84, deemed 3,200.0 × 0.5200 = 1,664.00; VAT 8,841.02; gross 76,848.86."""
    facts = settled(january(), "2024-01")
    run = latest(facts)
    assert (kwh(run.delivered_wh), kwh(run.deemed_wh), run.price) == ("127584.3", "3200.0", "0.5200")
    assert [line.net_minor for line in run.lines] == [6634384, 166400]
    assert (run.net_minor, run.vat_minor) == (6800784, 884102)
    (invoice,) = of_kind(facts, EnergyInvoiced)
    assert (invoice.gross_minor, invoice.due_on, invoice.company) == (7684886, date(2024, 3, 6), BUYER)
    assert balances(facts) == {"energy": -6800784, "output-vat": -884102, "receivables": 7684886}


def test_a_run_is_printed_again_from_the_facts_it_names() -> None:
    """E8: also after the meter was corrected and R1 approved."""
    facts = settled(january(), "2024-01")
    run = latest(facts)
    later = settled(told((*facts, *closed("2024-01", "2024-02")), (SLOW, DESK)), "2024-01", date(2024, 4, 12))
    assert reprint(later, run) == run
    assert reprint(later, latest(later)) == latest(later)
    assert latest(later) != run
    without = [fact for fact in later if not isinstance(fact, type(SLOW)) and "m-1" not in str(fact)]
    with pytest.raises(MeterMissing):
        reprint(without, run)


def test_a_meter_correction_is_settled_as_the_difference() -> None:
    """domain §7.3: 129,922.9 kWh; R1 costs 67,559.91; delta 1,216.07 + 158.09 = 1,374.16, posted in April."""
    facts = (*settled(january(), "2024-01"), *closed("2024-01", "2024-02", "2024-03"))
    facts = settled(told(facts, (SLOW, DESK)), "2024-01", date(2024, 4, 12))
    run = latest(facts)
    assert (run.run, kwh(run.delivered_wh), run.lines[0].net_minor) == (1, "129922.9", 6755991)
    invoice = of_kind(facts, EnergyInvoiced)[-1]
    assert (invoice.net_minor, invoice.vat_minor, invoice.gross_minor) == (121607, 15809, 137416)
    assert (invoice.effective_on, invoice.accounting_on) == (date(2024, 1, 31), date(2024, 4, 1))
    assert invoice.lines[0].by_month == (("2024-01", 121607),)
    assert sum(one.net_minor for one in of_kind(facts, EnergyInvoiced)) == run.net_minor


def test_what_comes_to_less_is_credited_and_its_payment_freed() -> None:
    facts = settled(january(), "2024-01")
    (invoice,) = of_kind(facts, EnergyInvoiced)
    pay = RecordReceipt(
        effective_on=date(2024, 3, 1),
        receipt="r-1",
        company=BUYER,
        bank_reference="BANK-1",
        amount="76848.86",
        allocations=(ToAllocate(invoice=invoice.invoice, amount="76848.86"),),
    )
    facts = told(facts, (pay, FINANCE))
    lower = CorrectRead(effective_on=date(2024, 1, 31), meter=METER, value="1331802.7", reason="misread (demo)")
    facts = settled(told(facts, (lower, DESK)), "2024-01", date(2024, 3, 5))
    (credit,) = of_kind(facts, EnergyCredited)
    assert (credit.net_minor, credit.vat_minor, credit.invoice) == (5200, 676, invoice.invoice)
    (freed,) = of_kind(facts, ReceiptUnallocated)
    assert (freed.effective_on, freed.accounting_on) == (date(2024, 3, 1), date(2024, 3, 1))  # too much since it paid
    assert (freed.allocations[0].amount_minor, freed.allocations[0].contract) == (5876, f"offtake:{A}")
    assert "receivables" not in balances(facts)
    assert balances(facts)["unapplied"] == -5876
    again = AllocateReceipt(
        effective_on=date(2024, 3, 9),
        receipt="r-1",
        allocations=(ToAllocate(invoice=invoice.invoice, amount="1.00"),),
    )
    given(*facts).when(again, FINANCE).refused(OpenExceeded, field="allocations")


def test_a_run_that_says_nothing_new_is_not_recorded() -> None:
    facts = settled(january(), "2024-01")
    assert decide(facts, CalculateStatement(**about(date(2024, 2, 9)), month="2024-01"), FINANCE) == ()


def test_an_energy_invoice_is_corrected_by_runs_only() -> None:
    facts = settled(january(), "2024-01")
    (invoice,) = of_kind(facts, EnergyInvoiced)
    note = IssueCreditNote(
        effective_on=date(2024, 3, 1), credit_note="n-1", invoice=invoice.invoice, net="1.00", reason="why (demo)"
    )
    given(*facts).when(note, FINANCE).refused(NotOfLease, field="invoice")


def test_a_deposit_of_a_lease_pays_no_energy() -> None:
    facts = (*settled(january(), "2024-01"), *commenced("l-1-demo", BUYER, TERMS_1))
    receive = ReceiveDeposit(
        effective_on=date(2024, 2, 1), deposit="d-1", lease="l-1-demo", bank_reference="DEP-1", amount="500.00"
    )
    apply = ApplyDeposit(
        effective_on=date(2024, 3, 1), deposit="d-2", lease="l-1-demo", invoice=f"{A}-energy-202401-r0", amount="1.00"
    )
    given(*told(facts, (receive, FINANCE))).when(apply, FINANCE).refused(LeasesDiffer, field="invoice")


# Roles


def test_a_settlement_agent_owes_the_generator_what_the_buyer_pays_less_the_fee() -> None:
    facts = settled(january(AS_AGENT), "2024-01")
    fee, fee_vat = 136016, 8161  # 2 % of 68,007.84, and 6 % on that
    assert balances(facts) == {
        "output-vat": -fee_vat,
        "payables": -(7684886 - fee - fee_vat),
        "receivables": 7684886,
        "settlement-service": -fee,
    }


def test_a_fee_is_taxed_or_the_run_waits() -> None:
    facts = [fact for fact in january(AS_AGENT) if getattr(fact, "series", None) != "vat/services"]
    given(*calculated(facts, "2024-01")).when(APPROVE, CHECKER).refused(VatRateMissing)


def test_an_observer_posts_nothing_whatever_happens() -> None:
    terms = replace(AS_OBSERVER, take_or_pay=RIGHTS, ends_on=date(2025, 12, 31))
    facts = delivering(agreement(terms), spread(2024, "1000000"))
    facts = told(facts, (TrueUpYear(**about(date(2025, 1, 20)), year=2024), FINANCE))
    facts = delivering(facts, spread(2025, "1500000"))
    facts = told(facts, (TrueUpYear(**about(date(2026, 1, 20)), year=2025), FINANCE))
    assert of_kind(facts, YearTruedUp)[-1].taken
    assert of_kind(facts, PostingFact) == []
    assert balances(facts) == {}


# §7.2 Prices


@pytest.mark.parametrize(
    ("years", "price"), [(0, "0.5200"), (1, "0.5304"), (2, "0.5410"), (3, "0.5518"), (4, "0.5629")]
)
def test_a_price_grows_from_the_base_price(years: int, price: str) -> None:
    assert escalated(Fixed(price="0.52", escalation="0.02"), years) == price


@pytest.mark.parametrize(("reference", "price"), [("0.6400", "0.5760"), ("0.5050", "0.4800"), ("0.7900", "0.6200")])
def test_an_indexed_price_keeps_between_floor_and_cap(reference: str, price: str) -> None:
    rule = Indexed(series="price/coal-demo", discount="0.10", floor="0.48", cap="0.62")
    assert indexed(rule, reference) == price
    facts = metered(agreement(replace(TERMS, price=rule)), OPEN, JANUARY)
    calculate = CalculateStatement(**about(date(2024, 2, 5)), month="2024-01")
    given(*facts).when(calculate, FINANCE).refused(ReferencePriceMissing, field="month")
    facts = (*facts, rate("price/coal-demo", reference, date(2024, 1, 15)))
    assert latest(calculated(facts, "2024-01")).price == price


def test_time_of_use_has_a_line_for_each_band() -> None:
    """40,000.0 × 0.7800 + 52,584.3 × 0.5200 + 35,000.0 × 0.2600 = 67,643.84 (E6)."""
    bands = {"peak": "0", "flat": "0", "valley": "0"}
    rule = TimeOfUse(peak="0.78", flat="0.52", valley="0.26")
    install = InstallMeter(**about(date(2024, 1, 1)), meter=METER, start=OPEN, digits=8, bands=BandValues(**bands))
    close = BandValues(peak="40000.0", flat="52584.3", valley="35000.0")
    read = ReadMeter(effective_on=date(2024, 1, 31), meter=METER, value="1331902.7", bands=close)
    facts = told(agreement(replace(TERMS, price=rule)), (install, DESK), (read, DESK))
    run = latest(calculated(facts, "2024-01"))
    assert [(line.kind, line.net_minor) for line in run.lines] == [
        ("PEAK", 3120000),
        ("FLAT", 2734384),
        ("VALLEY", 910000),
    ]
    assert run.net_minor == 6764384
    assert sum(line.energy_wh for line in run.lines) == run.delivered_wh


# §7.4 Years

RIGHTS = TakeOrPay(acq="1600000", share="0.85", make_up=MakeUp(years=1))
WITH_RIGHTS = replace(TERMS, take_or_pay=RIGHTS)
TRUE_UP = TrueUpYear(**about(date(2025, 1, 20)), year=2024)
ADJUSTED: tuple[tuple[Command, By], ...] = (
    (AdjustQuantity(**about(), adjustment="sd-1", year=2024, reason="SELLER_DEFAULT", energy="30000"), DESK),
    (AdjustQuantity(**about(), adjustment="fm-1", year=2024, reason="FORCE_MAJEURE", energy="12000"), DESK),
)


def year_2024(terms: OfftakeTerms = WITH_RIGHTS) -> tuple[Fact, ...]:
    """1,236,410.5 kWh delivered and 18,400.0 deemed, settled month by month."""
    facts = told(
        agreement(terms),
        *ADJUSTED,
        (curtailed(potential="18400"), DESK),
        (AgreeDeemed(**about(), curtailment="c-1", evidence=PAPER), DESK),
    )
    return delivering(facts, spread(2024, "1236410.5"))


def test_a_shortfall_with_a_make_up_right_is_a_liability() -> None:
    """(1,600,000 - 30,000 - 12,000) × 85 % = 1,324,300.0; less 1,254,810.5 = 69,489.5 kWh × 0.5200 = 36,134.54."""
    facts = told(year_2024(), (TRUE_UP, FINANCE))
    (year,) = of_kind(facts, YearTruedUp)
    assert (kwh(year.top_wh), kwh(year.taken_wh), kwh(year.shortfall_wh)) == ("1324300.0", "1254810.5", "69489.5")
    (invoice,) = of_kind(facts, TakeOrPayInvoiced)
    assert (invoice.net_minor, invoice.vat_minor, invoice.gross_minor) == (3613454, 469749, 4083203)
    assert balances([invoice]) == {"make-up": -3613454, "output-vat": -469749, "receivables": 4083203}
    assert decide(facts, TRUE_UP, FINANCE) == ()


def test_a_shortfall_without_a_make_up_right_is_revenue() -> None:
    facts = told(year_2024(replace(TERMS, take_or_pay=replace(RIGHTS, make_up=None))), (TRUE_UP, FINANCE))
    (invoice,) = of_kind(facts, TakeOrPayInvoiced)
    assert balances([invoice]) == {"energy": -3613454, "output-vat": -469749, "receivables": 4083203}


def year_2025(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """1,402,000 kWh delivered in the year after."""
    return told(
        delivering(facts, spread(2025, "1402000")), (TrueUpYear(**about(date(2026, 1, 20)), year=2025), FINANCE)
    )


def test_make_up_is_taken_first_and_the_rest_expires() -> None:
    """42,000 kWh released at 21,840.00; invoiced 721,344.00, revenue 743,184.00; breakage 27,489.5 kWh, 14,294.54."""
    first = told(year_2024(), (TRUE_UP, FINANCE))
    facts = year_2025(first)
    (taken,), (expired,) = of_kind(facts, MakeUpTaken), of_kind(facts, MakeUpExpired)
    assert [(lot.year, lot.energy_wh, lot.net_minor) for lot in taken.lots] == [(2024, wh("42000"), 2184000)]
    assert [(lot.year, lot.energy_wh, lot.net_minor) for lot in expired.lots] == [(2024, wh("27489.5"), 1429454)]
    new = facts[len(first) :]
    invoiced = sum(one.net_minor for one in of_kind(new, EnergyInvoiced))
    invoiced -= sum(one.net_minor for one in of_kind(new, EnergyCredited))
    assert invoiced == 72134400
    assert balances(new)["energy"] == -(72134400 + 2184000 + 1429454)
    assert balances(new)["make-up"] == 3613454
    agreed = state(facts, TRUE_UP).agreements[A]
    assert bank(agreed, 2026) == []


def test_a_right_that_lasts_longer_stays_in_the_bank() -> None:
    terms = replace(TERMS, take_or_pay=replace(RIGHTS, make_up=MakeUp(years=2)))
    facts = year_2025(told(year_2024(terms), (TRUE_UP, FINANCE)))
    assert of_kind(facts, MakeUpExpired) == []
    (left,) = bank(state(facts, TRUE_UP).agreements[A], 2026)
    assert (left.year, kwh(left.energy_wh), left.net_minor) == (2024, "27489.5", 1429454)


def test_make_up_is_credited_up_to_what_was_invoiced_where_an_indexed_price_rose() -> None:
    """600 kWh of 2024 paid for at 0.5000. In 2025 100 are taken at 0.4800 in January, 48.00, and December is at 0.6200:
    not 62.00 but 48.00 are paid no more, and 50.00 of the liability are earned; the other 250.00 expire."""
    terms = replace(
        TERMS,
        price=Indexed(series="price/coal-demo"),
        take_or_pay=TakeOrPay(acq="1000", share="1", make_up=MakeUp(years=1)),
    )
    prices = [(date(2024, 1, 15), "0.5"), (date(2025, 1, 1), "0.48"), (date(2025, 12, 1), "0.62")]
    facts = (*agreement(terms), *(rate("price/coal-demo", price, on) for on, price in prices))
    facts = told(delivering(facts, spread(2024, "400")), (TRUE_UP, FINANCE))
    facts = told(facts, *amending(date(2025, 1, 1), replace(terms, take_or_pay=None)))
    facts = delivering(facts, {month: "100" if month == "2025-01" else "0" for month in months(2025)})
    (invoiced,) = [one for one in of_kind(facts, EnergyInvoiced) if one.month == "2025-01"]
    true_up = TrueUpYear(**about(date(2026, 1, 20)), year=2025)
    after = told(facts, (true_up, FINANCE))
    (credit,) = of_kind(after, EnergyCredited)
    assert (credit.net_minor, credit.vat_minor) == (invoiced.net_minor, invoiced.vat_minor) == (4800, 624)
    assert balances(after[len(facts) :])["make-up"] == 30000
    assert balances(after[len(facts) :])["energy"] == 4800 - 30000
    assert decide(after, true_up, FINANCE) == ()


def test_over_take_is_carried_forward_up_to_its_cap() -> None:
    """1,500,000 - 1,360,000 = 140,000, at most 10 % of 1,360,000 = 136,000; it counts in the year after."""
    right = TakeOrPay(acq="1600000", share="0.85", carry_forward=CarryForward(cap="0.10", years=1))
    facts = told(delivering(agreement(replace(TERMS, take_or_pay=right)), spread(2024, "1500000")), (TRUE_UP, FINANCE))
    assert kwh(of_kind(facts, YearTruedUp)[0].over_wh) == "136000.0"
    facts = delivering(facts, spread(2025, "1200000"))
    facts = told(facts, (TrueUpYear(**about(date(2026, 1, 20)), year=2025), FINANCE))
    year = of_kind(facts, YearTruedUp)[1]
    assert [(one.year, kwh(one.energy_wh)) for one in year.carried] == [(2024, "136000.0")]
    assert kwh(year.shortfall_wh) == "24000.0"


def test_a_year_is_trued_up_again_by_the_difference() -> None:
    facts = told(year_2024(), (TRUE_UP, FINANCE))
    higher = CorrectRead(effective_on=date(2024, 12, 31), meter=METER, value="1236510.5", reason="misread (demo)")
    facts = settled(told(facts, (higher, DESK)), "2024-12", date(2025, 2, 5))
    facts = told(facts, (TrueUpYear(**about(date(2025, 2, 9)), year=2024), FINANCE))
    credit = of_kind(facts, EnergyCredited)[-1]
    assert (credit.net_minor, credit.charge, credit.make_up) == (5200, "TAKE_OR_PAY", True)
    assert balances(facts)["make-up"] == -of_kind(facts, YearTruedUp)[-1].shortfall_minor


def test_a_shortfall_is_taxed_like_the_last_month_where_the_years_own_rate_is_not_approved() -> None:
    """The terms of the year's beginning name a series that nobody approved; amended ones hold from delivery on."""
    start, end = date(2024, 2, 1), date(2024, 6, 30)
    amended = replace(WITH_RIGHTS, vat_series="vat/services")
    facts = told(
        [fact for fact in GROUND if getattr(fact, "series", None) != "vat/goods"],
        (DraftOfftake(**about(), terms=WITH_RIGHTS), DESK),
        (ExecuteOfftake(**about(), document=PAPER), SIGNER),
        *amending(start, amended),
        (DeclareCommercialOperation(**about(start), evidence=PAPER), DESK),
    )
    facts = metered(facts, "0", {"2024-01": "0"})
    facts = delivering(facts, dict.fromkeys(months(2024)[1:6], "100"))
    facts = told(facts, (TerminateOfftake(**about(end), reason="closed (demo)", document=PAPER), SIGNER))
    (invoice,) = of_kind(told(facts, (TRUE_UP, FINANCE)), TakeOrPayInvoiced)
    assert [line.vat_rate for line in invoice.lines] == ["0.06"]


# §7.5 Guarantee

GUARANTEED = replace(TERMS, take_or_pay=RIGHTS, guarantee=Guarantee(guaranteed="1500000", cap="0.05"))
DAMAGES = AssessGuaranteeLd(
    **about(date(2026, 1, 25)), year=2025, replacement_price="0.6150", evidence=PAPER, invoice=f"{A}-energy-202512-r0"
)


def test_damages_are_less_revenue() -> None:
    """(1,500,000 - 1,402,000) × (0.6150 - 0.5304) = 8,290.80."""
    facts = metered_2025()
    (credit,) = [fact for fact in decide(facts, DAMAGES, FINANCE) if isinstance(fact, GuaranteeLdCredited)]
    assert credit.gross_minor == 829080
    assert balances([credit]) == {"energy": 829080, "receivables": -829080}
    (owed,) = decide(facts, replace(DAMAGES, invoice=None), FINANCE)
    assert isinstance(owed, GuaranteeLdAssessed)
    assert balances([owed]) == {"energy": 829080, "payables": -829080}


def metered_2025(terms: OfftakeTerms = GUARANTEED, energy: str = "1402000") -> tuple[Fact, ...]:
    """Commercial operation in 2025: the second contract year, at 0.5304."""
    start = date(2024, 1, 1)
    facts = told(
        GROUND,
        (DraftOfftake(**about(start), terms=terms), DESK),
        (ExecuteOfftake(**about(start), document=PAPER), SIGNER),
        (DeclareCommercialOperation(**about(date(2025, 1, 1)), evidence=PAPER), DESK),
        (InstallMeter(**about(date(2025, 1, 1)), meter=METER, start="0", digits=8), DESK),
    )
    return delivering(facts, spread(2025, energy))


def test_damages_have_a_cap() -> None:
    """5 % × 1,500,000 × 0.5304 = 39,780.00."""
    (owed,) = decide(metered_2025(), replace(DAMAGES, invoice=None, replacement_price="9.00"), FINANCE)
    assert isinstance(owed, GuaranteeLdAssessed)
    assert owed.amount_minor == 3978000


def test_damages_of_an_agents_agreement_are_borne_by_the_generator() -> None:
    terms = replace(GUARANTEED, role="SETTLEMENT_AGENT", generator=GENERATOR, fee="0.02")
    facts = metered_2025(terms)
    (credit,) = decide(facts, DAMAGES, FINANCE)
    assert balances([credit]) == {"payables": 829080, "receivables": -829080}
    given(*facts).when(replace(DAMAGES, invoice=None), FINANCE).refused(InvoiceOfAnother, field="invoice")


# §7.6 Savings


def savings(form: SavingsForm, **more: str) -> OfftakeTerms:
    rule = Savings(form=form, price="0.62", **more)
    return replace(TERMS, technology="WASTE_HEAT", price=rule, vat_series="vat/services")


SAVED = RecordSavings(
    **about(date(2024, 2, 2)),
    month="2024-01",
    baseline="410000.0",
    factor="1.03",
    measured="300500.0",
    report=PAPER,
)


@pytest.mark.parametrize(
    ("terms", "measured", "net"),
    [
        pytest.param(savings("SHARED_SAVINGS", share="0.70"), "300500.0", 5286120, id="shared"),
        pytest.param(savings("SHARED_SAVINGS", share="0.70"), "500000.0", 0, id="nothing-saved-is-nothing-shared"),
        pytest.param(
            savings("GUARANTEED_SAVINGS", fee="60000.00", guaranteed="130000"), "300500.0", 5491600, id="guaranteed"
        ),
        pytest.param(savings("COST_TRUSTEESHIP", fee="60000.00"), "300500.0", 6000000, id="trusteeship"),
    ],
)
def test_savings(terms: OfftakeTerms, measured: str, net: int) -> None:
    """Baseline 422,300.0 less measured 300,500.0 = 121,800.0 × 0.6200 = 75,516.00; 70 % = 52,861.20."""
    facts = told(agreement(terms), (replace(SAVED, measured=measured), DESK))
    assert latest(calculated(facts, "2024-01")).net_minor == net


# §7.7 Emissions and certificates


@pytest.mark.parametrize(
    ("factor", "tonnes"),
    [
        ("0.5306", "656.039"),
        ("0.5366", "663.458"),
        ("0.5568", "688.433"),
        ("0.6096", "753.716"),
        ("0.2472", "305.641"),
        ("0.1564", "193.375"),
    ],
)
def test_avoided_emissions(factor: str, tonnes: str) -> None:
    kilograms = avoided_kg(wh("1236410.5"), factor)
    assert (kilograms.numerator * 2 + kilograms.denominator) // (2 * kilograms.denominator) == int(
        Fraction(tonnes) * 1000
    )


def test_a_certificate_is_a_whole_megawatt_hour() -> None:
    assert certificates(wh("1236410.5")) == (1236, wh("410.5"))
    issue = IssueCertificates(**about(date(2025, 2, 1)), through="2024-12", evidence=PAPER)
    facts = told(year_2024(), (issue, DESK))
    (issued,) = of_kind(facts, CertificatesIssued)
    assert (issued.count, kwh(issued.residual_wh)) == (1236, "410.5")
    facts = delivering(facts, {"2025-01": "600"})
    facts = told(facts, (replace(issue, effective_on=date(2025, 3, 1), through="2025-01"), DESK))
    assert (of_kind(facts, CertificatesIssued)[1].count, of_kind(facts, CertificatesIssued)[1].residual_wh) == (
        1,
        wh("10.5"),
    )


# Rules


def when(facts: Sequence[Fact], command: Command, by: By = DESK) -> Any:
    return given(*facts).when(command, by)


DRAFT = DraftOfftake(**about(), terms=TERMS)
DRAFTED = told(GROUND, (DRAFT, DESK))
EXECUTED = told(DRAFTED, (ExecuteOfftake(**about(), document=PAPER), SIGNER))
DELIVERING = told(EXECUTED, (DeclareCommercialOperation(**about(), evidence=PAPER), DESK))
ENDED = told(DELIVERING, (TerminateOfftake(**about(date(2024, 6, 30)), reason="closed (demo)", document=PAPER), SIGNER))


def test_the_role_is_frozen_at_execution() -> None:
    (executed,) = of_kind(EXECUTED, OfftakeExecuted)
    assert executed.role == "SELLER"
    (amend, by), _ = amending(date(2024, 2, 1), replace(AS_AGENT, due_days=10))
    when(EXECUTED, amend, by).refused(RoleFrozen, field="terms.role")


def test_other_terms_hold_from_their_month_on() -> None:
    amended = amending(date(2024, 2, 1), replace(TERMS, price=Fixed(price="0.60")))
    facts = delivering(told(DELIVERING, *amended), {"2024-01": "100", "2024-02": "100"})
    assert [one.net_minor for one in of_kind(facts, EnergyInvoiced)] == [5200, 6000]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"ends_on": date(2023, 1, 31)}, "terms.ends_on", id="ends-before-it-begins"),
        pytest.param({"starts_on": date(2024, 1, 2)}, "terms.starts_on", id="begins-within-a-month"),
        pytest.param({"generator": GENERATOR}, "terms.generator", id="a-seller-with-a-generator"),
        pytest.param({"role": "OBSERVER"}, "terms.generator", id="an-observer-without-one"),
        pytest.param({"role": "OBSERVER", "generator": BUYER}, "terms.generator", id="buys-from-itself"),
        pytest.param({"fee": "0.1"}, "terms.fee", id="a-seller-with-a-fee"),
        pytest.param({"co2_series": "vat/goods"}, "terms.co2_series", id="no-emission-factor"),
        pytest.param({"price": Indexed(series="vat/goods")}, "terms.price.series", id="no-reference-price"),
        pytest.param(
            {"price": Indexed(series="price/a-demo", floor="2", cap="1")}, "terms.price.floor", id="floor-above-cap"
        ),
        pytest.param({"price": Indexed(series="price/a-demo", discount="2")}, "terms.price.discount", id="discount"),
        pytest.param(
            {
                "price": TimeOfUse(
                    peak="1",
                    flat="1",
                    valley="1",
                    windows=(Window(band="PEAK", from_hour="22:00", until_hour="06:00"),),
                )
            },
            "terms.price.windows",
            id="over-midnight",
        ),
        pytest.param(
            {
                "price": TimeOfUse(
                    peak="1",
                    flat="1",
                    valley="1",
                    windows=(
                        Window(band="PEAK", from_hour="08:00", until_hour="12:00"),
                        Window(band="VALLEY", from_hour="11:00", until_hour="13:00"),
                    ),
                )
            },
            "terms.price.windows",
            id="windows-overlap",
        ),
        pytest.param(
            {"price": Savings(form="SHARED_SAVINGS", price="1"), "take_or_pay": RIGHTS},
            "terms.take_or_pay",
            id="savings-taken-or-paid",
        ),
        pytest.param({"take_or_pay": replace(RIGHTS, share="0")}, "terms.take_or_pay.share", id="no-share"),
        pytest.param({"guarantee": Guarantee(guaranteed="1", cap="2")}, "terms.guarantee.cap", id="cap-above-all"),
    ],
)
def test_terms_that_contradict_themselves(change: dict[str, Any], field: str) -> None:
    when(GROUND, replace(DRAFT, terms=replace(TERMS, **change))).refused(TermsMalformed, field=field)


CALCULATED = calculated(january(), "2024-01")
APPROVE = ApproveStatement(**about(date(2024, 2, 8)), month="2024-01", run=0)
CALCULATE = CalculateStatement(**about(date(2024, 2, 8)), month="2024-01")
DISPUTE = DisputeStatement(**about(date(2024, 2, 6)), month="2024-01", run=0, reason="slow (demo)")
DISPUTED = told(CALCULATED, (DISPUTE, DESK))
READ_LATER = ReadMeter(effective_on=date(2024, 2, 29), meter=METER, value="1331902.8")


@pytest.mark.parametrize(
    ("facts", "command", "by", "refusal"),
    [
        pytest.param(GROUND, ExecuteOfftake(**about(), document=PAPER), SIGNER, OfftakeUnknown, id="unknown"),
        pytest.param(EXECUTED, replace(DRAFT, effective_on=date(2024, 2, 1)), DESK, OfftakeStateForbids, id="drafted"),
        pytest.param(DRAFTED, SuspendDelivery(**about(), reason="why"), DESK, OfftakeStateForbids, id="not-delivering"),
        pytest.param(EXECUTED, ResumeDelivery(**about()), DESK, OfftakeStateForbids, id="not-suspended"),
        pytest.param(
            DELIVERING, SatisfyConditions(**about(), evidence=PAPER), DESK, OfftakeStateForbids, id="too-late"
        ),
        pytest.param((), DRAFT, DESK, OfftakePartyUnknown, id="buyer-unknown"),
        pytest.param(
            GROUND,
            replace(DRAFT, terms=replace(TERMS, lease="l-9-demo")),
            DESK,
            OfftakePartyUnknown,
            id="lease-unknown",
        ),
        pytest.param(DRAFTED, ExecuteOfftake(**about(), document=PAPER), DESK, ExecutorIsDrafter, id="drafter"),
        pytest.param(
            DELIVERING,
            SuspendDelivery(**about(date(2023, 1, 1)), reason="why (demo)"),
            DESK,
            OfftakeStepTooEarly,
            id="before-commercial-operation",
        ),
        pytest.param(
            DELIVERING, ExpireOfftake(**about(date(2024, 5, 1))), DESK, OfftakeStepTooEarly, id="expires-too-soon"
        ),
        pytest.param(ENDED, SettleOfftakeFinally(**about(date(2024, 9, 1))), DESK, NotSettled, id="months-are-open"),
        pytest.param(EXECUTED, CALCULATE, FINANCE, NothingDelivered, id="no-commercial-operation"),
        pytest.param(ENDED, replace(CALCULATE, month="2024-07"), FINANCE, NothingDelivered, id="after-the-end"),
        pytest.param(DELIVERING, CALCULATE, FINANCE, MeterMissing, id="no-meter"),
        pytest.param(
            agreement(savings("SHARED_SAVINGS")), CALCULATE, FINANCE, SavingsUnmeasured, id="savings-not-measured"
        ),
        pytest.param(
            [fact for fact in january() if getattr(fact, "series", None) != "vat/goods"],
            CALCULATE,
            FINANCE,
            VatRateMissing,
            id="tax",
        ),
        pytest.param(january(), APPROVE, CHECKER, RunUnknown, id="not-calculated"),
        pytest.param(DISPUTED, APPROVE, CHECKER, RunIsDisputed, id="disputed"),
        pytest.param(CALCULATED, APPROVE, FINANCE, ApproverIsCalculator, id="own-calculation"),
        pytest.param(told(CALCULATED, (SLOW, DESK)), APPROVE, CHECKER, RunStale, id="stale"),
        pytest.param(
            (*CALCULATED, *closed(*months(2024), *months(2025), *months(2026))),
            APPROVE,
            CHECKER,
            NoOpenPeriod,
            id="no-open-month",
        ),
        pytest.param(
            told(settled(january(), "2024-01"), (SLOW, DESK)),
            replace(CALCULATE, effective_on=date(2025, 2, 1)),
            FINANCE,
            LimitationPassed,
            id="more-than-a-year-later",
        ),
        pytest.param(
            CALCULATED,
            WithdrawDispute(**about(), month="2024-01", run=0, reason="why (demo)"),
            DESK,
            NoDispute,
            id="not-disputed",
        ),
        pytest.param(DELIVERING, TRUE_UP, FINANCE, NoTakeOrPay, id="pay-as-produced"),
        pytest.param(agreement(WITH_RIGHTS), TRUE_UP, FINANCE, MonthsNotApproved, id="months-not-approved"),
        pytest.param(DELIVERING, DAMAGES, FINANCE, NoGuarantee, id="nothing-guaranteed"),
        pytest.param(DELIVERING, ADJUSTED[0][0], DESK, NoAnnualQuantity, id="no-annual-quantity"),
        pytest.param(
            agreement(WITH_RIGHTS),
            replace(ADJUSTED[0][0], energy="1600000.1"),
            DESK,
            AdjustedTooMuch,
            id="adjusted-too-much",
        ),
        pytest.param(
            told(agreement(WITH_RIGHTS), *ADJUSTED),
            replace(ADJUSTED[0][0], energy="1"),
            DESK,
            AdjustmentTaken,
            id="adjusted-otherwise",
        ),
        pytest.param(january(), curtailed(potential="1"), DESK, CurtailmentTaken, id="curtailed-otherwise"),
        pytest.param(january(), curtailed(curtailment="c-2"), DESK, CurtailmentOverlaps, id="the-same-hours"),
        pytest.param(DELIVERING, curtailed(delivered="3201"), DESK, CurtailmentMalformed, id="more-than-could-be"),
        pytest.param(
            DELIVERING,
            curtailed(until_at=datetime.fromisoformat("2024-02-01T00:15")),
            DESK,
            CurtailmentMalformed,
            id="two-months",
        ),
        pytest.param(
            DELIVERING, AgreeDeemed(**about(), curtailment="c-1", evidence=PAPER), DESK, CurtailmentUnknown, id="deemed"
        ),
        pytest.param(
            told(DELIVERING, (curtailed(by="GRID"), DESK)),
            AgreeDeemed(**about(), curtailment="c-1", evidence=PAPER),
            DESK,
            DeemedNotOwed,
            id="the-grid-curtailed",
        ),
        pytest.param(DELIVERING, SAVED, DESK, NoSavingsAgreed, id="energy-is-sold"),
        pytest.param(
            agreement(replace(TERMS, technology="WASTE_HEAT")),
            IssueCertificates(**about(), through="2024-01", evidence=PAPER),
            DESK,
            NotRenewable,
            id="waste-heat-is-not-on-the-list",
        ),
        pytest.param(
            DELIVERING,
            IssueCertificates(**about(date(2024, 2, 1)), through="2024-01", evidence=PAPER),
            DESK,
            NoWholeCertificate,
            id="no-whole-certificate",
        ),
        pytest.param(
            DELIVERING,
            SellCertificates(**about(), sale="s-1", count=1, to="a mill (demo)"),
            DESK,
            CertificatesExceeded,
            id="none-held",
        ),
    ],
)
def test_refused(facts: Sequence[Fact], command: Command, by: By, refusal: type[Refusal]) -> None:
    given(*facts).when(command, by).refused(refusal)


def test_years_follow_one_another() -> None:
    facts = year_2024()
    later = TrueUpYear(**about(date(2026, 1, 20)), year=2025)
    given(*delivering(facts, spread(2025, "1402000"))).when(later, FINANCE).refused(YearsOutOfOrder, field="year")


def lots(facts: Sequence[Fact], kind: type[Any]) -> list[tuple[int, str, int]]:
    return [(lot.year, kwh(lot.energy_wh), lot.net_minor) for fact in of_kind(facts, kind) for lot in fact.lots]


def test_a_late_run_of_an_earlier_year_runs_the_years_after_it_again() -> None:
    """domain §14.1: 69,489.0 kWh short in place of 69,489.5: 36,134.28, a credit of 0.26; 42,000 kWh are made up as
    before, and 27,489.0 expire at 14,294.28 in place of 14,294.54. What stood is mirrored first."""
    done = year_2025(told(year_2024(), (TRUE_UP, FINANCE)))
    higher = CorrectRead(effective_on=date(2024, 12, 31), meter=METER, value="1236411.0", reason="misread (demo)")
    done = settled(told(done, (higher, DESK)), "2024-12", date(2025, 12, 5))
    facts = told(done, (replace(TRUE_UP, effective_on=date(2026, 2, 1)), FINANCE))
    new = facts[len(done) :]
    assert [(year.year, year.run, kwh(year.shortfall_wh)) for year in of_kind(new, YearTruedUp)] == [
        (2024, 1, "69489.0"),
        (2025, 1, "0.0"),
    ]
    (credit,) = of_kind(new, EnergyCredited)
    assert (credit.net_minor, credit.charge, credit.make_up) == (26, "TAKE_OR_PAY", True)
    assert lots(new, MakeUpRestored) == [(2024, "42000.0", 2184000), (2024, "27489.5", 1429454)]
    assert lots(new, MakeUpTaken) == [(2024, "42000.0", 2184000)]
    assert lots(new, MakeUpExpired) == [(2024, "27489.0", 1429428)]
    assert isinstance(new[0], MakeUpRestored)
    assert "make-up" not in balances(facts)
    assert decide(facts, replace(TRUE_UP, effective_on=date(2026, 2, 1)), FINANCE) == ()


def test_energy_that_is_made_up_no_more_is_invoiced_after_all() -> None:
    """1,000 kWh less in 2025: 41,000 are made up, so 1,000 × 0.5304 = 530.40 come off the month and on to the year."""
    done = year_2025(told(year_2024(), (TRUE_UP, FINANCE)))
    total = of_kind(done, MeterRead)[-1].value
    lower = CorrectRead(
        effective_on=date(2025, 12, 31), meter=METER, value=kwh(wh(total) - wh("1000")), reason="misread (demo)"
    )
    done = settled(told(done, (lower, DESK)), "2025-12", date(2026, 2, 5))
    facts = told(done, (TrueUpYear(**about(date(2026, 2, 9)), year=2025), FINANCE))
    new = facts[len(done) :]
    (invoice,) = of_kind(new, TakeOrPayInvoiced)
    assert (invoice.charge, invoice.net_minor, invoice.make_up) == ("ENERGY", 53040, False)
    assert lots(new, MakeUpTaken) == [(2024, "41000.0", 2132000)]
    assert lots(new, MakeUpExpired) == [(2024, "28489.5", 1481454)]
    assert "make-up" not in balances(facts)
    paid = sum(one.net_minor for one in of_kind(facts, EnergyInvoiced) + of_kind(facts, TakeOrPayInvoiced))
    paid -= sum(one.net_minor for one in of_kind(facts, EnergyCredited))
    assert paid == -balances(facts)["energy"]
    higher = CorrectRead(effective_on=date(2025, 12, 31), meter=METER, value=total, reason="right at first (demo)")
    again = settled(told(facts, (higher, DESK)), "2025-12", date(2026, 3, 5))
    again = told(again, (TrueUpYear(**about(date(2026, 3, 9)), year=2025), FINANCE))
    assert lots(again[len(facts) :], MakeUpTaken) == [(2024, "42000.0", 2184000)]
    assert balances(again) == balances(year_2025(told(year_2024(), (TRUE_UP, FINANCE))))


def test_damages_are_assessed_once_and_only_where_there_are_some() -> None:
    facts = metered_2025()
    kept = told(facts, (DAMAGES, FINANCE))
    given(*kept).when(replace(DAMAGES, replacement_price="0.7"), FINANCE).refused(DamagesTaken, field="year")
    given(*facts).when(replace(DAMAGES, replacement_price="0.5"), FINANCE).refused(NoDamages)
    other = replace(DAMAGES, invoice=f"{A}-top-2025-r0")
    short = told(metered_2025(energy="1000000"), (TrueUpYear(**about(date(2026, 1, 20)), year=2025), FINANCE))
    given(*short).when(other, FINANCE).refused(InvoiceOfAnother, field="invoice")
    watched = metered_2025(replace(GUARANTEED, role="OBSERVER", generator=GENERATOR))
    given(*watched).when(DAMAGES, FINANCE).refused(ObserverPostsNothing, field="agreement")


def test_damages_that_were_assessed_are_so_also_while_a_month_is_settled_anew() -> None:
    facts = told(metered_2025(), (DAMAGES, FINANCE))
    higher = CorrectRead(effective_on=date(2025, 12, 31), meter=METER, value="1402001", reason="misread (demo)")
    facts = calculated(told(facts, (higher, DESK)), "2025-12", date(2026, 2, 5))
    given(*facts).when(DAMAGES, FINANCE).then()
    given(*facts).when(replace(DAMAGES, invoice=None), FINANCE).refused(MonthsNotApproved, field="year")


def test_certificates_are_sold_once() -> None:
    issue = IssueCertificates(**about(date(2025, 2, 1)), through="2024-12", evidence=PAPER)
    sell = SellCertificates(**about(date(2025, 2, 2)), sale="s-1", count=36, to="a mill (demo)")
    facts = told(year_2024(), (issue, DESK), (sell, DESK))
    given(*facts).when(replace(sell, count=1), DESK).refused(SaleTaken, field="sale")
    given(*facts).when(replace(sell, sale="s-2", count=1201), DESK).refused(CertificatesExceeded, field="count")


def test_what_was_written_off_and_is_credited_is_given_up_no_more() -> None:
    """All of 76,848.86 was written off in March; run 1 comes to less: so much of the loss is none."""
    facts = settled(january(), "2024-01")
    (invoice,) = of_kind(facts, EnergyInvoiced)
    day = date(2024, 3, 1)
    propose = ProposeWriteOff(
        effective_on=day, write_off="w-1", invoice=invoice.invoice, amount="76848.86", reason="insolvent (demo)"
    )
    facts = told(
        facts,
        (propose, FINANCE),
        (ApproveWriteOff(effective_on=day, write_off="w-1", invoice=invoice.invoice), SIGNER),
    )
    lower = CorrectRead(effective_on=date(2024, 1, 31), meter=METER, value="1331802.7", reason="misread (demo)")
    facts = calculated(told(facts, (lower, DESK)), "2024-01", date(2024, 3, 5))
    approve = ApproveStatement(**about(date(2024, 3, 6)), month="2024-01", run=1)
    recorded = decide(facts, approve, CHECKER)
    (credited,), (recovered,) = of_kind(recorded, EnergyCredited), of_kind(recorded, WriteOffRecovered)
    assert (recovered.write_off, recovered.amount_minor) == ("w-1", credited.gross_minor)
    assert recovered.effective_on == day
    assert recovered.contract == f"offtake:{credited.agreement}"


def test_a_dispute_that_is_withdrawn_lets_the_run_be_approved() -> None:
    withdraw = WithdrawDispute(**about(date(2024, 2, 7)), month="2024-01", run=0, reason="tested (demo)")
    facts = told(DISPUTED, (withdraw, DESK), (APPROVE, CHECKER))
    assert isinstance(facts[-2], StatementApproved)


def test_an_estimate_is_trued_up() -> None:
    """E4: an estimated read settles the month for now; the corrected one settles it anew."""
    facts = metered(agreement(), OPEN, {})
    guess = ReadMeter(effective_on=date(2024, 1, 31), meter=METER, value="1331000", quality="ESTIMATED")
    facts = settled(told(facts, (guess, DESK)), "2024-01")
    assert latest(facts).estimated
    actual = CorrectRead(effective_on=date(2024, 1, 31), meter=METER, value="1331902.7", reason="read (demo)")
    facts = settled(told(facts, (actual, DESK)), "2024-01", date(2024, 3, 5))
    assert (latest(facts).estimated, kwh(latest(facts).delivered_wh)) == (False, "127584.3")
    assert sum(one.net_minor for one in of_kind(facts, EnergyInvoiced)) == latest(facts).net_minor

"""From lead to agreement: what is recorded, what is refused, and who is set aside and comes back."""

from datetime import date
from typing import Any

import pytest

from ledger.companies.company import CompanyCommand, CompanyExists, StageForbids
from ledger.companies.facts import (
    CompanyDetailsChanged,
    CompanyFact,
    CompanyQualified,
    CompanyScreened,
    Intended,
    InvestmentAgreementLinked,
    LoiSigned,
    OperationsCommenced,
    OriginCorrected,
)
from ledger.companies.prospects import (
    AddTouch,
    AmountMalformed,
    CorrectOrigin,
    LinkInvestmentAgreement,
    LoiIsBinding,
    NotScreened,
    OriginYearMismatch,
    QualifyCompany,
    RegisterLead,
    SignLoi,
)
from ledger.decider import Fact, Refusal
from tests.examples import (
    DORMANT,
    DOZE,
    LIFE,
    REACTIVATE,
    REACTIVATED,
    REJECT,
    REJECTED,
    RIVER_LEAD,
    RIVERBEND,
    before,
    evidence,
    through,
)
from tests.ground.company import COMMAND, FACT, LEAD, asked, folded, told
from tests.ground.given import decide, given

QUALIFIED = before(LoiSigned)

# What is recorded


@pytest.mark.parametrize(
    ("recorded", "command", "fact"),
    [
        pytest.param((RIVER_LEAD,), REJECT, REJECTED, id="rejects"),
        pytest.param((RIVER_LEAD,), DOZE, DORMANT, id="sets-aside"),
        pytest.param((RIVER_LEAD, REJECTED), REACTIVATE, REACTIVATED, id="reactivates-a-rejected-one"),
        pytest.param((RIVER_LEAD, DORMANT), REACTIVATE, REACTIVATED, id="reactivates-a-dormant-one"),
    ],
)
def test_other_ways(recorded: tuple[Fact, ...], command: CompanyCommand, fact: CompanyFact) -> None:
    given(*recorded).when(command).then(fact)


def test_a_further_agreement_does_not_change_the_stage() -> None:
    command = asked(LinkInvestmentAgreement, agreement="agreement-02", effective_on=date(2026, 9, 20))
    further = told(InvestmentAgreementLinked, agreement="agreement-02", effective_on=date(2026, 9, 20))
    given(*through(OperationsCommenced)).when(command).then(further)
    assert folded(*through(OperationsCommenced), further).stage == "OPERATING"


@pytest.mark.parametrize(
    ("currency", "amount"), [("CNY", "1.25"), ("JPY", "100"), ("KRW", "100"), ("KWD", "1.125"), ("BHD", "1")]
)
def test_an_intended_amount_has_its_currencys_decimals(currency: Any, amount: str) -> None:
    intended = Intended(currency=currency, amount=amount)
    command = asked(SignLoi, intended_investment=intended)
    given(*before(LoiSigned)).when(command).then(told(LoiSigned, intended_investment=intended))


def test_the_first_touch_stays_and_later_ones_are_appended() -> None:
    company = folded(*LIFE[:2])
    assert (company.origin, company.origin_year) == ("CIIE_PAVILION", 2025)
    assert company.touches == ((date(2026, 1, 20), "CIIE_PAVILION", 2024, "second call"),)


def test_a_correction_of_the_origin_keeps_what_it_was() -> None:
    (fact,) = decide(LIFE[:2], COMMAND[CorrectOrigin])
    assert isinstance(fact, OriginCorrected)
    assert (fact.was, fact.was_year) == ("CIIE_PAVILION", 2025)
    assert folded(*LIFE[:3]).origin == "BAC_REFERRAL"


@pytest.mark.parametrize("set_aside", [REJECTED, DORMANT], ids=["rejected", "dormant"])
def test_reactivated_companies_have_the_stage_they_had(set_aside: CompanyFact) -> None:
    river = [told(kind, company=RIVERBEND, effective_on=date(2026, 2, 1)) for kind in (CompanyQualified, LoiSigned)]
    company = folded(RIVER_LEAD, *river, set_aside, REACTIVATED)
    assert (company.stage, company.since, company.stage_before) == ("LOI_SIGNED", date(2026, 3, 3), None)


# What is refused, in order of precedence


@pytest.mark.parametrize(
    ("recorded", "command", "refusal", "field"),
    [
        pytest.param((), asked(RegisterLead, origin_year=None), OriginYearMismatch, "origin_year", id="fair-no-year"),
        pytest.param((), asked(RegisterLead, origin="DIRECT"), OriginYearMismatch, "origin_year", id="year-no-fair"),
        pytest.param(LIFE[:1], asked(AddTouch, year=None), OriginYearMismatch, "year", id="touch-without-year"),
        pytest.param(
            LIFE[:1],
            asked(CorrectOrigin, origin_year=2024),
            OriginYearMismatch,
            "origin_year",
            id="correction-with-year",
        ),
        pytest.param(LIFE[:1], COMMAND[QualifyCompany], NotScreened, None, id="unscreened"),
        pytest.param(
            (LEAD, told(CompanyScreened, result="HIT")), COMMAND[QualifyCompany], NotScreened, None, id="a-hit"
        ),
        pytest.param(
            (LEAD, told(CompanyScreened, lists=("SANCTIONS",))),
            COMMAND[QualifyCompany],
            NotScreened,
            None,
            id="one-list",
        ),
        pytest.param(
            (LEAD, FACT[CompanyScreened], told(CompanyScreened, result="HIT")),
            COMMAND[QualifyCompany],
            NotScreened,
            None,
            id="a-hit-after-a-clear-one",
        ),
        pytest.param(QUALIFIED, asked(SignLoi, binding=True), LoiIsBinding, "binding", id="C6-binding-loi"),
        pytest.param(
            QUALIFIED,
            asked(SignLoi, intended_investment=Intended(currency="JPY", amount="5.0")),
            AmountMalformed,
            "intended_investment",
            id="yen-with-decimals",
        ),
        pytest.param(
            QUALIFIED,
            asked(SignLoi, intended_investment=Intended(currency="CNY", amount="5.001")),
            AmountMalformed,
            "intended_investment",
            id="yuan-with-three-decimals",
        ),
    ],
)
def test_refused(
    recorded: tuple[Fact, ...], command: CompanyCommand, refusal: type[Refusal], field: str | None
) -> None:
    given(*recorded).when(command).refused(refusal, field=field)


@pytest.mark.parametrize(
    ("recorded", "command", "first"),
    [
        pytest.param(
            QUALIFIED,
            asked(SignLoi, binding=True, intended_investment=Intended(currency="JPY", amount="5.0")),
            LoiIsBinding,
            id="binding<amount",
        ),
    ],
)
def test_the_first_reason_is_the_one_given(
    recorded: tuple[Fact, ...], command: CompanyCommand, first: type[Refusal]
) -> None:
    given(*recorded).when(command).refused(first)


# What must not be answered with "so already"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"binding": True}, id="C6-binding"),
        pytest.param({"evidence": evidence("another letter")}, id="other-letter"),
        pytest.param({"intended_investment": None}, id="other-intention"),
    ],
)
def test_a_second_loi_of_the_same_day_is_another_one(changes: dict[str, Any]) -> None:
    given(*through(LoiSigned)).when(asked(SignLoi, **changes)).refused(StageForbids)


def test_the_lead_stays_registered_when_the_company_changes_its_name() -> None:
    given(*through(CompanyDetailsChanged)).when(COMMAND[RegisterLead]).then()


def test_a_lead_from_another_source_is_another_lead() -> None:
    given(LEAD).when(asked(RegisterLead, source="hearsay")).refused(CompanyExists)

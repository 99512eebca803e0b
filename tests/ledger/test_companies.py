"""A company's way: what every command records, what every rule refuses, and what holds whatever is sent."""

from datetime import date
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.companies.company import (
    BeforeLead,
    Companies,
    Company,
    CompanyCommand,
    CompanyExists,
    CompanyRefusal,
    CompanyUnknown,
    MergedAway,
    StageForbids,
    StepBeforePrevious,
    evolve_company,
)
from ledger.companies.deciding import COMPANIES
from ledger.companies.facts import (
    CompaniesMerged,
    CompanyDetailsChanged,
    CompanyExited,
    CompanyFact,
    CompanyQualified,
    CompanyRegistered,
    CompanyReportedSettled,
    CompanyScreened,
    CompanySettledIn,
    ExitInitiated,
    IdentifierVerified,
    Intended,
    InvestmentAgreementLinked,
    LeadRegistered,
    LoiSigned,
    OperationsCommenced,
    OriginCorrected,
    PremisesAdded,
    TouchAdded,
    Transfer,
    identifier_tag,
)
from ledger.companies.presence import (
    AddPremises,
    BalancesRemain,
    CompleteExit,
    ContractNotExecuted,
    HandoverMissing,
    InitiateExit,
    PremisesRemain,
    ReportSettled,
    SettleIn,
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
    ScreenCompany,
    SignLoi,
)
from ledger.companies.registration import (
    ChangeDetails,
    CorrectDetails,
    IdentifierDiffers,
    IdentifierFaulty,
    IdentifierMissing,
    IdentifierTaken,
    LinkParent,
    MergeImpossible,
    NothingGiven,
    OverrideBySamePerson,
    OverrideNotNeeded,
    RegisterCompany,
    VerifyIdentifier,
)
from ledger.decider import By, Command, Fact, Refusal
from tests.examples import (
    ASKED,
    CLAIMED,
    DORMANT,
    DOZE,
    ENDED,
    FAULTY_LEI,
    FAULTY_USCC,
    KEY_CREATED,
    LAND,
    LEASE,
    LEI,
    LIFE,
    MERGE,
    MERGED,
    OTHER_LEI,
    OTHER_USCC,
    OVERRIDE,
    REACTIVATE,
    REACTIVATED,
    REJECT,
    REJECTED,
    RIVER_LEAD,
    RIVERBEND,
    SUNFIELD,
    TWIN,
    TWIN_LEAD,
    TWIN_VERIFIED,
    USCC,
    before,
    evidence,
    through,
)
from tests.ground.given import CLERK, decide, given, state
from tests.ground.leased import ended, lease_01, owed
from tests.strategies import actors, facts, sequences

COMMAND: dict[type[CompanyCommand], CompanyCommand] = {type(command): command for command in ASKED}
FACT: dict[type[CompanyFact], CompanyFact] = {type(fact): fact for fact in LIFE}
LEAD = FACT[LeadRegistered]
APPROVER = By(actor="approver-demo", role="approver")


def asked(kind: type[CompanyCommand], **changes: Any) -> CompanyCommand:
    """The example of a command, with changes."""
    return replace(COMMAND[kind], **changes)


def told(kind: type[CompanyFact], **changes: Any) -> CompanyFact:
    """The example of a fact, with changes."""
    return replace(FACT[kind], **changes)


def folded(*recorded: CompanyFact) -> Company:
    """One company after its facts."""
    company = None
    for fact in recorded:
        company = evolve_company(company, fact)
    assert company is not None
    return company


# What every command records


@pytest.mark.parametrize(
    ("command", "fact"), list(zip(ASKED, LIFE, strict=True)), ids=lambda thing: type(thing).__name__
)
def test_a_whole_life_step_by_step(command: CompanyCommand, fact: CompanyFact) -> None:
    given(*lease_01(), ended(), *before(type(fact))).when(command).then(fact)


@pytest.mark.parametrize(
    ("recorded", "command", "fact"),
    [
        pytest.param((RIVER_LEAD,), REJECT, REJECTED, id="rejects"),
        pytest.param((RIVER_LEAD,), DOZE, DORMANT, id="sets-aside"),
        pytest.param((RIVER_LEAD, REJECTED), REACTIVATE, REACTIVATED, id="reactivates-a-rejected-one"),
        pytest.param((RIVER_LEAD, DORMANT), REACTIVATE, REACTIVATED, id="reactivates-a-dormant-one"),
        pytest.param((LEAD, TWIN_LEAD, TWIN_VERIFIED), MERGE, MERGED, id="merges-and-frees-identifiers"),
    ],
)
def test_other_ways(recorded: tuple[Fact, ...], command: CompanyCommand, fact: CompanyFact) -> None:
    given(*recorded).when(command).then(fact)


@pytest.mark.parametrize(
    ("stage", "kind", "fact"),
    [
        pytest.param(CompanyQualified, LinkInvestmentAgreement, InvestmentAgreementLinked, id="agreement-without-loi"),
        pytest.param(CompanyQualified, RegisterCompany, CompanyRegistered, id="registers-without-loi"),
        pytest.param(LoiSigned, RegisterCompany, CompanyRegistered, id="registers-without-agreement"),
        pytest.param(CompanyRegistered, InitiateExit, ExitInitiated, id="leaves-before-settling-in"),
        pytest.param(CompanySettledIn, InitiateExit, ExitInitiated, id="leaves-before-operating"),
    ],
)
def test_stages_that_may_be_stepped_over(
    stage: type[CompanyFact], kind: type[CompanyCommand], fact: type[CompanyFact]
) -> None:
    given(*through(stage)).when(COMMAND[kind]).then(FACT[fact])


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


def test_a_foreign_company_registers_with_its_number() -> None:
    foreign = {"uscc": None, "foreign_registry": "DE-HRB", "foreign_number": "77"}
    fact = told(CompanyRegistered, **foreign)
    given(*before(CompanyRegistered)).when(asked(RegisterCompany, **foreign)).then(fact)
    assert fact.tags == (f"company:{SUNFIELD}", "foreign:DE-HRB/77")


def test_two_people_may_pass_over_a_wrong_check_character() -> None:
    changes = {"uscc": FAULTY_USCC, "override": OVERRIDE}
    given(*before(CompanyRegistered)).when(asked(RegisterCompany, **changes)).then(told(CompanyRegistered, **changes))


def test_replacing_an_identifier_frees_the_old_one() -> None:
    changes = {"value": OTHER_LEI, "override": OVERRIDE}
    replaced = told(IdentifierVerified, **changes, replaced=f"lei:{LEI}")
    given(*through(IdentifierVerified)).when(asked(VerifyIdentifier, **changes)).then(replaced)
    theirs = asked(VerifyIdentifier, company=RIVERBEND)
    given(RIVER_LEAD, *through(IdentifierVerified), replaced).when(theirs).then(
        told(IdentifierVerified, company=RIVERBEND)
    )


def test_a_survivor_takes_the_identifiers_of_its_duplicate() -> None:
    command = asked(VerifyIdentifier, scheme="USCC", value=USCC, effective_on=date(2026, 1, 10))
    fact = told(IdentifierVerified, scheme="USCC", value=USCC, effective_on=date(2026, 1, 10))
    given(LEAD, TWIN_LEAD, TWIN_VERIFIED, MERGED).when(command).then(fact)


def test_anybody_may_take_the_identifier_of_a_merged_record() -> None:
    command = asked(VerifyIdentifier, company=RIVERBEND, scheme="USCC", value=USCC)
    fact = told(IdentifierVerified, company=RIVERBEND, scheme="USCC", value=USCC)
    given(LEAD, RIVER_LEAD, TWIN_LEAD, TWIN_VERIFIED, MERGED).when(command).then(fact)


@pytest.mark.parametrize(
    ("command", "changes", "fact"),
    [
        pytest.param(AddTouch, {"effective_on": LEAD.effective_on}, TouchAdded, id="touched-on-the-lead's-day"),
        pytest.param(SignLoi, {"effective_on": date(2026, 2, 10)}, LoiSigned, id="loi-on-the-day-of-qualifying"),
        pytest.param(
            SettleIn,
            {"contract": replace(LEASE, executed_on=date(2026, 7, 1)), "handover_on": date(2026, 7, 1)},
            CompanySettledIn,
            id="contract-and-handover-on-the-day-of-settling-in",
        ),
        pytest.param(
            CompleteExit,
            {"ended": tuple(replace(one, ended_on=date(2026, 12, 18)) for one in ENDED)},
            CompanyExited,
            id="contracts-end-on-the-day-of-the-exit",
        ),
    ],
)
def test_the_very_day_is_early_enough(
    command: type[CompanyCommand], changes: dict[str, Any], fact: type[CompanyFact]
) -> None:
    lease = lease_01(executed_on=date(2026, 7, 1), handed_over_on=date(2026, 7, 1))
    on_record = (*lease, ended(date(2026, 12, 18)), *before(fact))
    given(*on_record).when(asked(command, **changes)).then(told(fact, **changes))


def test_balances_may_go_to_another_company() -> None:
    changes = {
        "receivable": "10.00",
        "deposits_held": "2500.50",
        "transferred_to": Transfer(company=RIVERBEND, evidence=evidence("deed of transfer")),
    }
    on_record = (RIVER_LEAD, *lease_01(), *owed(1_000, 250_050), ended(), *before(CompanyExited))
    given(*on_record).when(asked(CompleteExit, **changes)).then(told(CompanyExited, **changes))


def test_a_company_without_premises_leaves_without_ended_contracts() -> None:
    recorded = (*through(CompanyRegistered), FACT[ExitInitiated])
    given(*recorded).when(asked(CompleteExit, ended=())).then(told(CompanyExited, ended=()))


@pytest.mark.parametrize("stage", LIFE, ids=lambda fact: type(fact).__name__)
def test_what_the_press_says_never_changes_the_stage(stage: CompanyFact) -> None:
    company = folded(*through(type(stage)))
    reported = evolve_company(company, told(CompanyReportedSettled))
    assert (reported.stage, reported.since) == (company.stage, company.since)
    assert reported.reported_settled_on == date(2026, 5, 20)


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


# What is so already


@pytest.mark.parametrize("command", ASKED, ids=lambda command: type(command).__name__)
def test_what_was_done_once_stays_done_through_the_life(command: CompanyCommand) -> None:
    repeated = tuple(fact for fact in LIFE if not isinstance(fact, CompanyDetailsChanged))
    undone = {CorrectDetails, ChangeDetails, RegisterLead, RegisterCompany, SettleIn}
    if type(command) not in undone:
        given(*repeated).when(command).then()


@pytest.mark.parametrize(
    ("recorded", "command"),
    [
        pytest.param((RIVER_LEAD, REJECTED), REJECT, id="rejected"),
        pytest.param((RIVER_LEAD, DORMANT), DOZE, id="dormant"),
        pytest.param((RIVER_LEAD, DORMANT, REACTIVATED), REACTIVATE, id="reactivated"),
        pytest.param((LEAD, TWIN_LEAD, TWIN_VERIFIED, MERGED), MERGE, id="merged"),
        pytest.param(LIFE[:1], COMMAND[RegisterLead], id="lead"),
    ],
)
def test_what_is_so_already_adds_nothing(recorded: tuple[Fact, ...], command: CompanyCommand) -> None:
    given(*recorded).when(command).then()


# What is refused, in order of precedence

OLD = date(2026, 1, 4)
OURS = (RIVER_LEAD, *through(CompanyRegistered))
QUALIFIED = before(LoiSigned)
REGISTERING = before(CompanyRegistered)
SETTLING = before(CompanySettledIn)
LEAVING = before(CompanyExited)


@pytest.mark.parametrize(
    ("recorded", "command", "refusal", "field"),
    [
        pytest.param((), COMMAND[AddTouch], CompanyUnknown, "company", id="no-such-company"),
        pytest.param((MERGED,), COMMAND[AddTouch], CompanyUnknown, "company", id="named-by-others-only"),
        pytest.param((LEAD,), asked(RegisterLead, name="X"), CompanyExists, "company", id="id-of-another"),
        pytest.param((TWIN_LEAD, MERGED), asked(AddTouch, company=TWIN), MergedAway, "company", id="merged-away"),
        pytest.param((LEAD,), asked(AddTouch, effective_on=OLD), BeforeLead, "effective_on", id="before-the-lead"),
        pytest.param(
            QUALIFIED,
            asked(SignLoi, effective_on=date(2026, 2, 9)),
            StepBeforePrevious,
            "effective_on",
            id="loi-before-qualifying",
        ),
        pytest.param(LIFE[:1], COMMAND[SignLoi], StageForbids, None, id="loi-from-lead"),
        pytest.param(LIFE[:1], COMMAND[SettleIn], StageForbids, None, id="settles-in-from-lead"),
        pytest.param((RIVER_LEAD,), REACTIVATE, StageForbids, None, id="reactivates-an-active-one"),
        pytest.param(LIFE, asked(InitiateExit, effective_on=date(2027, 1, 1)), StageForbids, None, id="exits-twice"),
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
        pytest.param(REGISTERING, asked(RegisterCompany, uscc=None), IdentifierMissing, "uscc", id="no-identifier"),
        pytest.param(
            REGISTERING,
            asked(RegisterCompany, uscc=None, foreign_number="77"),
            IdentifierMissing,
            "uscc",
            id="number-without-registry",
        ),
        pytest.param(
            REGISTERING,
            asked(RegisterCompany, foreign_registry="DE", foreign_number="77"),
            IdentifierMissing,
            "uscc",
            id="both-kinds-of-identifier",
        ),
        pytest.param(
            LIFE[:1],
            asked(VerifyIdentifier, scheme="FOREIGN"),
            IdentifierMissing,
            "registry",
            id="verified-no-registry",
        ),
        pytest.param(
            REGISTERING, asked(RegisterCompany, uscc=FAULTY_USCC), IdentifierFaulty, "uscc", id="C1-wrong-uscc"
        ),
        pytest.param(LIFE[:1], asked(VerifyIdentifier, value=FAULTY_LEI), IdentifierFaulty, "value", id="C1-wrong-lei"),
        pytest.param(
            LIFE[:1], asked(LinkParent, parent_lei=FAULTY_LEI), IdentifierFaulty, "parent_lei", id="C1-wrong-parent"
        ),
        pytest.param(
            through(IdentifierVerified),
            asked(VerifyIdentifier, value=OTHER_LEI),
            IdentifierDiffers,
            "value",
            id="C1-another-lei",
        ),
        pytest.param(
            REGISTERING, asked(RegisterCompany, override=OVERRIDE), OverrideNotNeeded, "override", id="C1-sound-uscc"
        ),
        pytest.param(
            REGISTERING,
            asked(RegisterCompany, uscc=None, foreign_registry="DE", foreign_number="77", override=OVERRIDE),
            OverrideNotNeeded,
            "override",
            id="C1-foreign-number-overridden",
        ),
        pytest.param(
            REGISTERING,
            asked(RegisterCompany, uscc=FAULTY_USCC, override=replace(OVERRIDE, approver=CLERK.actor)),
            OverrideBySamePerson,
            "override",
            id="C1-approves-oneself",
        ),
        pytest.param(
            OURS,
            asked(VerifyIdentifier, company=RIVERBEND, scheme="USCC", value=USCC),
            IdentifierTaken,
            None,
            id="C2-verifies-anothers-uscc",
        ),
        pytest.param(
            (RIVER_LEAD, *through(IdentifierVerified)),
            asked(VerifyIdentifier, company=RIVERBEND),
            IdentifierTaken,
            None,
            id="C2-verifies-anothers-lei",
        ),
        pytest.param(
            (*OURS, *(replace(fact, company=TWIN) for fact in REGISTERING)),
            asked(RegisterCompany, company=TWIN),
            IdentifierTaken,
            None,
            id="C2-registers-with-anothers-uscc",
        ),
        pytest.param(
            SETTLING,
            asked(SettleIn, contract=replace(LEASE, executed_on=date(2026, 7, 2))),
            ContractNotExecuted,
            "contract",
            id="C3-lease-executed-later",
        ),
        pytest.param(
            before(PremisesAdded),
            asked(AddPremises, contract=replace(LAND, executed_on=date(2026, 8, 4))),
            ContractNotExecuted,
            "contract",
            id="C3-land-contract-executed-later",
        ),
        pytest.param(
            SETTLING, asked(SettleIn, handover_on=date(2026, 7, 2)), HandoverMissing, "handover_on", id="C3-no-handover"
        ),
        pytest.param(LIFE[:1], asked(ChangeDetails, name=None), NothingGiven, None, id="changes-nothing"),
        pytest.param(LIFE[:1], asked(CorrectDetails, address=None), NothingGiven, None, id="corrects-nothing"),
        pytest.param(LEAVING, asked(CompleteExit, ended=()), PremisesRemain, "ended", id="C4-contracts-go-on"),
        pytest.param(
            LEAVING,
            asked(CompleteExit, ended=ENDED[:1]),
            PremisesRemain,
            "ended",
            id="C4-the-second-contract-goes-on",
        ),
        pytest.param(
            LEAVING,
            asked(
                CompleteExit,
                ended=tuple(replace(one, ended_on=date(2026, 12, 19)) for one in ENDED),
            ),
            PremisesRemain,
            "ended",
            id="C4-contracts-end-later",
        ),
        pytest.param(LEAVING, asked(CompleteExit, receivable="0.01"), BalancesRemain, None, id="C4-receivable"),
        pytest.param(LEAVING, asked(CompleteExit, deposits_held="500"), BalancesRemain, None, id="C4-deposits"),
        pytest.param(
            LEAVING,
            asked(
                CompleteExit,
                receivable="0.01",
                transferred_to=Transfer(company=SUNFIELD, evidence=evidence("deed of transfer")),
            ),
            BalancesRemain,
            "transferred_to",
            id="C4-transferred-to-itself",
        ),
        pytest.param(
            LEAVING,
            asked(
                CompleteExit,
                receivable="0.01",
                transferred_to=Transfer(company="nobody-demo", evidence=evidence("deed of transfer")),
            ),
            BalancesRemain,
            "transferred_to",
            id="C4-transferred-to-nobody",
        ),
        pytest.param((LEAD,), replace(MERGE, company=SUNFIELD), MergeImpossible, "into", id="merged-into-itself"),
        pytest.param((TWIN_LEAD,), MERGE, MergeImpossible, "into", id="merged-into-nobody"),
        pytest.param(
            (LEAD, RIVER_LEAD, TWIN_LEAD, MERGED),
            replace(MERGE, company=RIVERBEND, into=TWIN),
            MergeImpossible,
            "into",
            id="merged-into-a-merged-one",
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
        pytest.param((LEAD,), asked(RegisterLead, name="X", origin_year=None), CompanyExists, id="exists<origin-year"),
        pytest.param(
            (TWIN_LEAD, MERGED), asked(AddTouch, company=TWIN, effective_on=OLD), MergedAway, id="merged<before-lead"
        ),
        pytest.param((LEAD,), asked(SignLoi, effective_on=OLD), BeforeLead, id="before-lead<stage"),
        pytest.param(
            through(LoiSigned), asked(SignLoi, effective_on=date(2026, 2, 9)), StepBeforePrevious, id="date<stage"
        ),
        pytest.param(LIFE[:1], asked(SignLoi, binding=True), StageForbids, id="stage<binding"),
        pytest.param(
            QUALIFIED,
            asked(SignLoi, binding=True, intended_investment=Intended(currency="JPY", amount="5.0")),
            LoiIsBinding,
            id="binding<amount",
        ),
        pytest.param(
            through(IdentifierVerified),
            asked(VerifyIdentifier, value=FAULTY_LEI),
            IdentifierFaulty,
            id="faulty<differs",
        ),
        pytest.param(
            (RIVER_LEAD, *through(IdentifierVerified), told(IdentifierVerified, company=RIVERBEND, value=OTHER_LEI)),
            asked(VerifyIdentifier, value=OTHER_LEI),
            IdentifierDiffers,
            id="differs<taken",
        ),
        pytest.param(
            SETTLING,
            asked(SettleIn, contract=replace(LEASE, executed_on=date(2026, 7, 2)), handover_on=date(2026, 7, 2)),
            ContractNotExecuted,
            id="contract<handover",
        ),
        pytest.param(LEAVING, asked(CompleteExit, ended=(), receivable="1"), PremisesRemain, id="premises<balances"),
    ],
)
def test_the_first_reason_is_the_one_given(
    recorded: tuple[Fact, ...], command: CompanyCommand, first: type[Refusal]
) -> None:
    given(*recorded).when(command).refused(first)


def test_the_holder_of_a_taken_identifier_is_named() -> None:
    command = asked(VerifyIdentifier, company=RIVERBEND, scheme="USCC", value=USCC)
    given(*OURS).when(command).refused(IdentifierTaken, says=f"uscc:{USCC} belongs to company {SUNFIELD}")


def test_an_approver_who_records_needs_another_approver() -> None:
    command = asked(RegisterCompany, uscc=FAULTY_USCC, override=OVERRIDE)
    given(*REGISTERING).when(command, by=APPROVER).refused(OverrideBySamePerson)


def test_every_refusal_has_its_place_in_the_tree() -> None:
    assert all(issubclass(kind, CompanyRefusal) for kind in (CompanyUnknown, IdentifierTaken, MergeImpossible))
    assert {IdentifierTaken.kind, CompanyExists.kind} == {"conflict"}
    assert CompanyUnknown.kind == "unknown"


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


def test_a_second_exit_of_the_same_day_is_another_one() -> None:
    given(*LIFE).when(asked(CompleteExit, receivable="500.00")).refused(StageForbids)


def test_the_lead_stays_registered_when_the_company_changes_its_name() -> None:
    given(*through(CompanyDetailsChanged)).when(COMMAND[RegisterLead]).then()


def test_a_lead_from_another_source_is_another_lead() -> None:
    given(LEAD).when(asked(RegisterLead, source="hearsay")).refused(CompanyExists)


def test_a_second_report_of_the_same_source_is_kept() -> None:
    command = asked(ReportSettled, statement="Sunfield has settled in, twice (demo)")
    given(*through(CompanyReportedSettled)).when(command).then(
        told(CompanyReportedSettled, statement="Sunfield has settled in, twice (demo)")
    )


# Identifiers never get lost


def test_registering_with_another_uscc_than_the_verified_one_is_refused() -> None:
    verified = told(IdentifierVerified, scheme="USCC", value=OTHER_USCC, effective_on=date(2026, 1, 10))
    given(*REGISTERING, verified).when(COMMAND[RegisterCompany]).refused(IdentifierDiffers, field="uscc")


def test_registering_here_keeps_the_foreign_number() -> None:
    abroad = told(IdentifierVerified, scheme="FOREIGN", value="77", registry="DE", effective_on=date(2026, 1, 10))
    company = folded(*REGISTERING, abroad, FACT[CompanyRegistered])
    assert (company.uscc, company.foreign_registry, company.foreign_number) == (USCC, "DE", "77")


def test_a_merger_is_no_earlier_than_the_stage_reached() -> None:
    ahead = [replace(fact, company=TWIN) for fact in through(CompanyQualified)]
    given(LEAD, *ahead).when(MERGE).refused(StepBeforePrevious, field="effective_on")


def test_balances_do_not_go_to_a_merged_record() -> None:
    heir = Transfer(company=TWIN, evidence=evidence("deed of transfer"))
    command = asked(CompleteExit, receivable="1.00", transferred_to=heir)
    given(TWIN_LEAD, MERGED, *LEAVING).when(command).refused(BalancesRemain, field="transferred_to")


@pytest.mark.parametrize(
    ("ahead", "between", "again"),
    [
        pytest.param((CompanyScreened, {"result": "HIT"}), (CompanyScreened, {}), ScreenCompany, id="hit-clear-hit"),
        pytest.param(
            (CompanyDetailsChanged, {"name": "A (demo)"}),
            (CompanyDetailsChanged, {"name": "B (demo)"}),
            ChangeDetails,
            id="a-b-a",
        ),
    ],
)
def test_what_was_said_before_is_news_once_something_else_was_said(
    ahead: tuple[type[CompanyFact], dict[str, Any]],
    between: tuple[type[CompanyFact], dict[str, Any]],
    again: type[CompanyCommand],
) -> None:
    first, second = (told(kind, **changes) for kind, changes in (ahead, between))
    given(LEAD, first, second).when(asked(again, **ahead[1], effective_on=first.effective_on)).then(first)


def test_a_record_with_premises_is_not_merged_away() -> None:
    given(RIVER_LEAD, *through(CompanySettledIn)).when(
        replace(MERGE, company=SUNFIELD, into=RIVERBEND, effective_on=date(2026, 12, 1))
    ).refused(MergeImpossible)


@pytest.mark.parametrize("uscc", ["91000000FXDEMA046", "91000000FXDEMA046O"], ids=["too-short", "strange-letter"])
def test_no_override_makes_a_malformed_code_sound(uscc: str) -> None:
    command = asked(RegisterCompany, uscc=uscc, override=OVERRIDE)
    given(*before(CompanyRegistered)).when(command).refused(IdentifierFaulty, field="uscc")


# What the fold can take


def test_facts_of_other_contexts_change_nothing() -> None:
    seen = state(LIFE, COMMAND[AddTouch])
    assert f"company:{SUNFIELD}" in CLAIMED.tags
    assert [COMPANIES.evolve(seen, fact) for fact in (CLAIMED, KEY_CREATED)] == [seen, seen]


@for_all(st.lists(facts(CompanyFact), max_size=20))
def test_any_facts_in_any_order_fold(recorded: list[Fact]) -> None:
    company = None
    seen: Companies = COMPANIES.initial
    for fact in recorded:
        assert isinstance(fact, CompanyFact)
        company = evolve_company(company, fact)
        seen = COMPANIES.evolve(seen, fact)
    assert (company is None) == (not recorded)


@pytest.mark.parametrize(
    "kind", [LeadRegistered, CompanyDetailsChanged, CompaniesMerged], ids=lambda kind: kind.__name__
)
def test_a_malformed_company_id_does_not_decode(kind: type[CompanyFact]) -> None:
    example = MERGED if kind is CompaniesMerged else FACT[kind]
    sent = msgspec.json.encode(replace(example, company="Sunfield Demo"))
    with pytest.raises(msgspec.ValidationError, match="company"):
        msgspec.json.decode(sent, type=kind)


# What holds whatever is sent

STEPS = {
    "LEAD": {"QUALIFIED", "REJECTED", "DORMANT"},
    "QUALIFIED": {"LOI_SIGNED", "AGREEMENT_SIGNED", "REGISTERED", "REJECTED", "DORMANT"},
    "LOI_SIGNED": {"AGREEMENT_SIGNED", "REGISTERED", "REJECTED", "DORMANT"},
    "AGREEMENT_SIGNED": {"REGISTERED", "REJECTED", "DORMANT"},
    "REGISTERED": {"SETTLED_IN", "EXITING", "DORMANT"},
    "SETTLED_IN": {"OPERATING", "EXITING"},
    "OPERATING": {"EXITING"},
    "EXITING": {"EXITED"},
    "EXITED": set(),
    "REJECTED": {"LEAD", "QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED"},
    "DORMANT": {"LEAD", "QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED", "REGISTERED"},
    "MERGED": set(),
}
"""Drawn a second time, by hand: what the code's table is held against. Any stage may also become MERGED."""


def accepted(sent: list[Command], by: list[By]) -> list[Fact]:
    """What a ledger has recorded after these commands; refused ones leave nothing."""
    recorded: list[Fact] = []
    for at, command in enumerate(sent):
        try:
            recorded += decide(recorded, command, by[at % len(by)])
        except Refusal:
            continue
    return recorded


histories = st.builds(accepted, sequences(), st.lists(actors, min_size=1, max_size=3))


def lives(recorded: list[Fact]) -> dict[str, list[CompanyFact]]:
    """Each company's facts, in the order recorded."""
    found: dict[str, list[CompanyFact]] = {}
    for fact in recorded:
        if isinstance(fact, CompanyFact):
            for company in fact.companies:
                found.setdefault(company, []).append(fact)
    return found


@for_all(sequences(), actors)
def test_sending_an_accepted_command_again_adds_nothing(sent: list[Command], by: By) -> None:
    recorded: list[Fact] = []
    for command in sent:
        try:
            recorded += decide(recorded, command, by)
        except Refusal:
            continue
        assert decide(recorded, command, by) == ()


@for_all(histories)
def test_nobody_holds_what_another_company_holds(recorded: list[Fact]) -> None:
    held: list[str] = []
    for life in lives(recorded).values():
        company = folded(*life)
        if company.stage != "MERGED":
            foreign = company.foreign_number and identifier_tag(
                "FOREIGN", company.foreign_number, company.foreign_registry
            )
            uscc = company.uscc and identifier_tag("USCC", company.uscc)
            lei = company.lei and identifier_tag("LEI", company.lei)
            held += [tag for tag in (uscc, lei, foreign) if tag]
    assert len(held) == len(set(held))
    everything = COMPANIES.initial
    for fact in recorded:
        everything = COMPANIES.evolve(everything, fact)
    assert sorted(everything.holders) == sorted(held), "an identifier is held, and its company does not know"


@for_all(histories)
def test_stages_follow_the_table(recorded: list[Fact]) -> None:
    for life in lives(recorded).values():
        stages = [folded(*life[:upto]).stage for upto in range(1, len(life) + 1)]
        assert stages[0] == "LEAD"
        for earlier, later in pairwise(stages):
            assert later in STEPS[earlier] | {earlier, "MERGED"}


@for_all(histories)
def test_by_effective_date_a_company_ends_at_the_same_stage(recorded: list[Fact]) -> None:
    for life in lives(recorded).values():
        in_order = sorted(life, key=lambda fact: fact.effective_on)
        assert folded(*in_order).stage == folded(*life).stage

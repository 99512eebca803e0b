"""Identifiers, details and merged records: what is recorded, what is refused, and that no identifier gets lost."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from ledger.companies.company import CompanyCommand, StageForbids, StepBeforePrevious
from ledger.companies.facts import CompanyQualified, CompanyRegistered, CompanySettledIn, IdentifierVerified
from ledger.companies.overrides import OverrideBySamePerson, OverrideDecided, OverrideTooEarly, OverrideUnknown
from ledger.companies.registration import (
    ApproverNamed,
    ChangeDetails,
    CorrectDetails,
    IdentifierDiffers,
    IdentifierFaulty,
    IdentifierMissing,
    IdentifierTaken,
    LinkParent,
    MergeImpossible,
    NothingGiven,
    OverrideNotNeeded,
    RegisterCompany,
    VerifyIdentifier,
)
from ledger.decider import By, Fact, Refusal
from tests.examples import (
    APPROVE_OVERRIDE,
    FAULTY_LEI,
    FAULTY_USCC,
    GROUNDS,
    LEI,
    LIFE,
    MERGE,
    MERGED,
    OTHER_LEI,
    OTHER_USCC,
    OVERRIDE,
    OVERRIDE_REJECTED,
    REGISTRATION_PROPOSED,
    REJECT_OVERRIDE,
    RIVER_LEAD,
    RIVERBEND,
    SUNFIELD,
    TWIN,
    TWIN_LEAD,
    TWIN_VERIFIED,
    USCC,
    VERIFICATION_PROPOSED,
    before,
    through,
)
from tests.ground.company import COMMAND, FACT, LEAD, asked, folded, told
from tests.ground.given import CLERK, given

APPROVER = By(actor="approver-demo", role="approver")
OURS = (RIVER_LEAD, *through(CompanyRegistered))
REGISTERING = before(CompanyRegistered)
BY_OVERRIDE = asked(RegisterCompany, uscc=FAULTY_USCC, override=GROUNDS)
APPROVED = replace(OVERRIDE, approved_on=APPROVE_OVERRIDE.effective_on)
TURNED_DOWN = replace(OVERRIDE_REJECTED, scheme="USCC", value=FAULTY_USCC)
THEIRS = told(IdentifierVerified, company=RIVERBEND, scheme="USCC", value=FAULTY_USCC, override=OVERRIDE)

# What is recorded


def test_a_merger_frees_the_identifiers() -> None:
    given(LEAD, TWIN_LEAD, TWIN_VERIFIED).when(MERGE).then(MERGED)


def test_a_foreign_company_registers_with_its_number() -> None:
    foreign = {"uscc": None, "foreign_registry": "DE-HRB", "foreign_number": "77"}
    fact = told(CompanyRegistered, **foreign)
    given(*before(CompanyRegistered)).when(asked(RegisterCompany, **foreign)).then(fact)
    assert fact.tags == (f"company:{SUNFIELD}", "foreign:DE-HRB/77")


def test_two_people_may_pass_over_a_wrong_check_character() -> None:
    given(*REGISTERING).when(BY_OVERRIDE).then(REGISTRATION_PROPOSED)
    registered = told(CompanyRegistered, uscc=FAULTY_USCC, override=APPROVED)
    given(*REGISTERING, REGISTRATION_PROPOSED).when(APPROVE_OVERRIDE, by=APPROVER).then(registered)
    later = replace(APPROVE_OVERRIDE, effective_on=APPROVE_OVERRIDE.effective_on + timedelta(days=1))
    given(*REGISTERING, REGISTRATION_PROPOSED, registered).when(later, by=APPROVER).refused(OverrideDecided)
    given(*REGISTERING, REGISTRATION_PROPOSED, registered).when(BY_OVERRIDE).then()


def test_replacing_an_identifier_frees_the_old_one() -> None:
    changes = {"value": OTHER_LEI, "override": GROUNDS}
    given(*through(IdentifierVerified)).when(asked(VerifyIdentifier, **changes)).then(VERIFICATION_PROPOSED)
    replaced = told(IdentifierVerified, value=OTHER_LEI, override=APPROVED, replaced=f"lei:{LEI}")
    approve = replace(APPROVE_OVERRIDE, scheme="LEI", value=OTHER_LEI)
    given(*through(IdentifierVerified), VERIFICATION_PROPOSED).when(approve, by=APPROVER).then(replaced)
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


# What is refused, in order of precedence


@pytest.mark.parametrize(
    ("recorded", "command", "refusal", "field"),
    [
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
            REGISTERING, asked(RegisterCompany, override=GROUNDS), OverrideNotNeeded, "override", id="C1-sound-uscc"
        ),
        pytest.param(
            REGISTERING,
            asked(RegisterCompany, uscc=None, foreign_registry="DE", foreign_number="77", override=GROUNDS),
            OverrideNotNeeded,
            "override",
            id="C1-foreign-number-overridden",
        ),
        pytest.param(
            REGISTERING,
            replace(BY_OVERRIDE, override=replace(GROUNDS, approver="nobody-at-all")),
            ApproverNamed,
            "override",
            id="C1-approved-by-a-name",
        ),
        pytest.param(
            through(IdentifierVerified),
            asked(VerifyIdentifier, value=OTHER_LEI, override=replace(GROUNDS, approver="approver-demo")),
            ApproverNamed,
            "override",
            id="C1-verified-by-a-name",
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
        pytest.param(LIFE[:1], asked(ChangeDetails, name=None), NothingGiven, None, id="changes-nothing"),
        pytest.param(LIFE[:1], asked(CorrectDetails, address=None), NothingGiven, None, id="corrects-nothing"),
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
    ],
)
def test_the_first_reason_is_the_one_given(
    recorded: tuple[Fact, ...], command: CompanyCommand, first: type[Refusal]
) -> None:
    given(*recorded).when(command).refused(first)


def test_the_holder_of_a_taken_identifier_is_named() -> None:
    command = asked(VerifyIdentifier, company=RIVERBEND, scheme="USCC", value=USCC)
    given(*OURS).when(command).refused(IdentifierTaken, says=f"uscc:{USCC} belongs to company {SUNFIELD}")


def test_the_advice_of_a_named_approver_works() -> None:
    named = replace(BY_OVERRIDE, override=replace(GROUNDS, approver="approver-demo"))
    given(*REGISTERING).when(named).refused(ApproverNamed, says="leave `approver` out")
    given(*REGISTERING).when(BY_OVERRIDE).then(REGISTRATION_PROPOSED)


def test_what_was_recorded_on_a_named_word_is_so_already() -> None:
    registered = told(CompanyRegistered, uscc=FAULTY_USCC, override=OVERRIDE)
    named = replace(BY_OVERRIDE, override=replace(GROUNDS, approver="approver-demo"))
    given(*REGISTERING, registered).when(named).then()


@pytest.mark.parametrize(
    ("recorded", "command", "by", "refusal"),
    [
        pytest.param((), APPROVE_OVERRIDE, APPROVER, OverrideUnknown, id="nothing-proposed"),
        pytest.param((), REJECT_OVERRIDE, APPROVER, OverrideUnknown, id="nothing-to-reject"),
        pytest.param((REGISTRATION_PROPOSED,), APPROVE_OVERRIDE, CLERK, OverrideBySamePerson, id="by-the-proposer"),
        pytest.param(
            (REGISTRATION_PROPOSED, replace(REGISTRATION_PROPOSED, proposed_by="approver-demo")),
            APPROVE_OVERRIDE,
            APPROVER,
            OverrideBySamePerson,
            id="by-who-proposed-it-anew",
        ),
        pytest.param(
            (REGISTRATION_PROPOSED,),
            replace(APPROVE_OVERRIDE, effective_on=date(2026, 5, 5)),
            APPROVER,
            OverrideTooEarly,
            id="before-it-was-proposed",
        ),
        pytest.param((REGISTRATION_PROPOSED, TURNED_DOWN), APPROVE_OVERRIDE, APPROVER, OverrideDecided, id="rejected"),
        pytest.param(
            (REGISTRATION_PROPOSED, told(CompanyRegistered, uscc=FAULTY_USCC, override=OVERRIDE)),
            APPROVE_OVERRIDE,
            By(actor="another-demo", role="approver"),
            OverrideDecided,
            id="approved-by-another",
        ),
        pytest.param(
            (REGISTRATION_PROPOSED, RIVER_LEAD, THEIRS), APPROVE_OVERRIDE, APPROVER, IdentifierTaken, id="taken-since"
        ),
        pytest.param(
            (REGISTRATION_PROPOSED, FACT[CompanyRegistered]), APPROVE_OVERRIDE, APPROVER, StageForbids, id="other-way"
        ),
    ],
)
def test_who_may_approve_what(
    recorded: tuple[Fact, ...], command: CompanyCommand, by: By, refusal: type[Refusal]
) -> None:
    given(*REGISTERING, *recorded).when(command, by=by).refused(refusal)


def test_a_rejected_override_can_be_proposed_anew() -> None:
    reject = replace(REJECT_OVERRIDE, scheme="USCC", value=FAULTY_USCC)
    given(*REGISTERING, REGISTRATION_PROPOSED).when(reject, by=APPROVER).then(TURNED_DOWN)
    given(*REGISTERING, REGISTRATION_PROPOSED, TURNED_DOWN).when(BY_OVERRIDE).then(REGISTRATION_PROPOSED)


@pytest.mark.parametrize("uscc", ["91000000FXDEMA046", "91000000FXDEMA046O"], ids=["too-short", "strange-letter"])
def test_no_override_makes_a_malformed_code_sound(uscc: str) -> None:
    command = asked(RegisterCompany, uscc=uscc, override=GROUNDS)
    given(*before(CompanyRegistered)).when(command).refused(IdentifierFaulty, field="uscc")


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


def test_a_record_with_premises_is_not_merged_away() -> None:
    given(RIVER_LEAD, *through(CompanySettledIn)).when(
        replace(MERGE, company=SUNFIELD, into=RIVERBEND, effective_on=date(2026, 12, 1))
    ).refused(MergeImpossible)

"""Identifiers, details and merged records: what is recorded, what is refused, and that no identifier gets lost."""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger.companies.company import CompanyCommand, StepBeforePrevious
from ledger.companies.facts import CompanyQualified, CompanyRegistered, CompanySettledIn, IdentifierVerified
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
from ledger.decider import By, Fact, Refusal
from tests.examples import (
    FAULTY_LEI,
    FAULTY_USCC,
    LEI,
    LIFE,
    MERGE,
    MERGED,
    OTHER_LEI,
    OTHER_USCC,
    OVERRIDE,
    RIVER_LEAD,
    RIVERBEND,
    SUNFIELD,
    TWIN,
    TWIN_LEAD,
    TWIN_VERIFIED,
    USCC,
    before,
    through,
)
from tests.ground.company import COMMAND, FACT, LEAD, asked, folded, told
from tests.ground.given import CLERK, given

APPROVER = By(actor="approver-demo", role="approver")
OURS = (RIVER_LEAD, *through(CompanyRegistered))
REGISTERING = before(CompanyRegistered)

# What is recorded


def test_a_merger_frees_the_identifiers() -> None:
    given(LEAD, TWIN_LEAD, TWIN_VERIFIED).when(MERGE).then(MERGED)


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


def test_an_approver_who_records_needs_another_approver() -> None:
    command = asked(RegisterCompany, uscc=FAULTY_USCC, override=OVERRIDE)
    given(*REGISTERING).when(command, by=APPROVER).refused(OverrideBySamePerson)


@pytest.mark.parametrize("uscc", ["91000000FXDEMA046", "91000000FXDEMA046O"], ids=["too-short", "strange-letter"])
def test_no_override_makes_a_malformed_code_sound(uscc: str) -> None:
    command = asked(RegisterCompany, uscc=uscc, override=OVERRIDE)
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

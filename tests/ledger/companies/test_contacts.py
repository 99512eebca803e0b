"""People at companies: recorded sealed, or not at all; erased for good."""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger.companies.company import BeforeLead, CompanyUnknown
from ledger.companies.contacts import ContactErased, ContactUnknown, ContactUnsealed
from ledger.companies.facts import CompanyFact
from ledger.companies.withdrawing import ContactStays, WithdrawCompanyStep
from ledger.decider import PERSONAL_ERASED, stored_name
from tests.examples import LIFE, MERGED, SUNFIELD, TWIN, TWIN_LEAD
from tests.examples.contacts import EMAIL, ERASE_CONTACT, ERASED, JOB, SET, SET_CONTACT
from tests.ground.given import given

LEAD = LIFE[0]


def test_a_person_is_set_set_anew_and_erased() -> None:
    given(LEAD).when(SET_CONTACT).then(SET)
    given(LEAD, SET).when(replace(SET_CONTACT, email=EMAIL)).then(replace(SET, email=EMAIL))
    given(LEAD, SET).when(ERASE_CONTACT).then(ERASED)
    given(LEAD, SET, ERASED).when(replace(ERASE_CONTACT, ground="MISTAKE")).then()
    assert ERASED.erases == f"{SUNFIELD}.1" == SET_CONTACT.subject
    assert PERSONAL_ERASED in ERASED.tags


def test_refusals_in_order() -> None:
    plain = replace(SET_CONTACT, job="Head of Purchasing (demo)")
    given().when(SET_CONTACT).refused(CompanyUnknown)
    given(LEAD).when(replace(plain, effective_on=date(2025, 1, 1))).refused(BeforeLead)
    given(LEAD, SET, ERASED).when(plain).refused(ContactUnsealed, field="job")
    given(LEAD, SET, ERASED).when(SET_CONTACT).refused(ContactErased, field="contact", says="2026-01-23")
    given(LEAD, SET, ERASED).when(replace(SET_CONTACT, contact=2, job=JOB)).then(replace(SET, contact=2, job=JOB))
    given().when(ERASE_CONTACT).refused(CompanyUnknown)
    given(LEAD).when(ERASE_CONTACT).refused(ContactUnknown, field="contact")


def test_a_person_of_a_merged_record_is_erased_too() -> None:
    theirs = replace(SET, company=TWIN)
    given(*LIFE, TWIN_LEAD, theirs, MERGED).when(replace(ERASE_CONTACT, company=TWIN)).then(
        replace(ERASED, company=TWIN)
    )


@pytest.mark.parametrize("step", [SET, ERASED], ids=["set", "erased"])
def test_neither_is_withdrawn(step: CompanyFact) -> None:
    """Withdrawn, a person would still be readable; and nothing brings a key back."""
    command = WithdrawCompanyStep(
        effective_on=step.effective_on, company=SUNFIELD, step=stored_name(type(step)), reason="by mistake (demo)"
    )
    given(LEAD, SET, ERASED).when(command).refused(ContactStays, field="step")

"""One example of every fact and command of the people at companies. All are invented, and nobody has the key."""

from datetime import date

from ledger.companies.contacts import EraseContact, SetContact
from ledger.companies.facts import CompanyContactErased, CompanyContactSet
from ledger.decider import Command, Fact

DAY, GONE = date(2026, 1, 22), date(2026, 1, 23)
NAME, JOB, PHONE, EMAIL = (f"sealed:{letter * 64}" for letter in "ABCD")
SET = CompanyContactSet(effective_on=DAY, company="sunfield-demo", contact=1, name=NAME)
ERASED = CompanyContactErased(effective_on=GONE, company="sunfield-demo", contact=1, ground="REQUESTED")
SET_CONTACT = SetContact(effective_on=DAY, company="sunfield-demo", contact=1, name=NAME)
ERASE_CONTACT = EraseContact(effective_on=GONE, company="sunfield-demo", contact=1, ground="REQUESTED")

FACTS: tuple[Fact, ...] = (SET, ERASED)
COMMANDS: tuple[Command, ...] = (SET_CONTACT, ERASE_CONTACT)
WHOLE: tuple[Fact, ...] = (
    CompanyContactSet(
        effective_on=DAY, company="sunfield-demo", contact=1, name=NAME, job=JOB, phone=PHONE, email=EMAIL
    ),
)

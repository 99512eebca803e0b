"""The people at a company: whom we call, and how. What names them is sealed, and can be erased for good.

Command       Fact (company.…)    From
SetContact    contact-set         any
EraseContact  contact-erased      any, of a merged record too: the law gives no company a way around it

A contact is known by a number of its company, so that nothing which stays on record says who it was. Its words are
sealed before a command gets here (ledger/recording/personal.py): a decision never sees them.

Refusals, in order of precedence
├── ContactUnsealed   the person's data came as they are: there is no place for keys
├── ContactErased     the number's person was erased; it is nobody else's ever
└── ContactUnknown    no such contact of the company is on record (unknown)
"""

from collections.abc import Sequence
from typing import ClassVar

from ledger.companies.company import (
    Companies,
    Company,
    CompanyCommand,
    CompanyRefusal,
    check_place,
    of_company,
    the_company,
)
from ledger.companies.facts import (
    CompanyContactErased,
    CompanyContactSet,
    ContactNumber,
    ErasureGround,
    contact_subject,
)
from ledger.decider import By, Fact, Part, said
from ledger.values.personal import Mail, Phone, Written, is_sealed

# Commands


class SetContact(CompanyCommand, frozen=True, kw_only=True, tag="set-contact"):
    """Record a person at a company, or what is otherwise about one by now. All four are recorded sealed.

    contact   a number of your choosing, the first is 1: it stays when the person is erased
    """

    put_right: ClassVar[str] = "`set-contact` again: the latest counts. A person who must be gone: `erase-contact`."
    personal: ClassVar = ("name", "job", "phone", "email")
    contact: ContactNumber
    name: Written
    job: Written | None = None
    phone: Phone | None = None
    email: Mail | None = None

    @property
    def subject(self) -> str:
        """The contact of this company."""
        return contact_subject(self.company, self.contact)


class EraseContact(CompanyCommand, frozen=True, kw_only=True, tag="erase-contact"):
    """Erase a person's data for good: the key is destroyed. Nobody can read them again, and nothing undoes it."""

    put_right: ClassVar[str] = "Nothing does: the key is gone. `set-contact` records the person under another number."
    contact: ContactNumber
    ground: ErasureGround


# Refusals


class ContactUnsealed(CompanyRefusal):
    """The person's data came as they are: there is no place for keys."""

    code = "contact-unsealed"


class ContactErased(CompanyRefusal):
    """The number's person was erased; it is nobody else's ever."""

    code = "contact-erased"


class ContactUnknown(CompanyRefusal):
    """No such contact of the company is on record."""

    code = "contact-unknown"
    kind = "unknown"


# Decide


def _set_contact(state: Companies, command: SetContact, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(CompanyContactSet, command) in state.asked.values():
        return ()
    check_place(company, command)
    for name in command.personal:
        if (value := getattr(command, name)) is not None and not is_sealed(value):
            raise ContactUnsealed("there is no place for the person's key; nothing is recorded unsealed", field=name)
    latest = state.contacts.get((command.company, command.contact))
    if isinstance(latest, CompanyContactErased):
        raise ContactErased(
            f"contact {command.contact} of {command.company} was erased on {latest.effective_on}; take another number",
            field="contact",
        )
    return (
        CompanyContactSet(
            effective_on=command.effective_on,
            company=command.company,
            contact=command.contact,
            name=command.name,
            job=command.job,
            phone=command.phone,
            email=command.email,
        ),
    )


def _erase_contact(state: Companies, command: EraseContact, by: By) -> Sequence[Fact]:
    the_company(state, command)
    latest = state.contacts.get((command.company, command.contact))
    if latest is None:
        raise ContactUnknown(f"{command.company} has no contact {command.contact} on record", field="contact")
    if isinstance(latest, CompanyContactErased):
        return ()
    return (
        CompanyContactErased(
            effective_on=command.effective_on,
            company=command.company,
            contact=command.contact,
            ground=command.ground,
        ),
    )


CONTACTS: Part[Companies, Company] = Part(
    decide={SetContact: _set_contact, EraseContact: _erase_contact},
    scope={SetContact: of_company, EraseContact: of_company},
)

"""The people at companies, over HTTP and as `mcsc report contacts`: read with each person's own key.

Whoever deals with them may ask; an auditor reads what was recorded, sealed as it is.

What is sealed is opened when it is asked for, here and nowhere else: no read model, no index and no log holds it. Who
was erased stands there with the date, on every basis, also on one from before.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import structs_table
from api.http.reading import BasisQuery, Found, Read
from api.routes.companies import DEALING
from api.routes.histories import all_entries
from ledger.companies.facts import CompanyContactErased, CompanyContactSet, contact_subject
from ledger.decider import Id, stored_name
from ledger.log.database import keys_of
from ledger.log.store import LAST
from ledger.recording.personal import Keys
from projections.engine.basis import Basis

FIELDS = ("name", "job", "phone", "email")
HERE = "/v1/reports/contacts"


class ContactRow(Struct, frozen=True, kw_only=True):
    """A person at a company. `status`: ERASED since `erased_on`; UNREADABLE where the key is not here."""

    company: str
    contact: int
    status: Literal["KNOWN", "ERASED", "UNREADABLE"]
    name: str | None
    job: str | None
    phone: str | None
    email: str | None
    since: date
    erased_on: date | None
    position: int


class ContactsQuery(BasisQuery, frozen=True, kw_only=True):
    """The people at companies, of one or of all."""

    company: Id | None = None
    person: (
        Annotated[str, Meta(min_length=1, max_length=100, description="Part of a name, a job, a number or an address.")]
        | None
    ) = None


def _contacts(connection: Connection, basis: Basis, query: ContactsQuery, _path: Mapping[str, str]) -> Found:
    wanted = None if query.person is None else query.person.casefold()
    rows = (row for row in _rows(connection, basis, query.company) if wanted is None or _says(row, wanted))
    return Found(rows=sorted(rows, key=lambda row: (row.company, row.contact)))


def _rows(connection: Connection, basis: Basis, company: str | None) -> Iterator[ContactRow]:
    """Every contact on the basis: the latest that was set of it by then, or the erasure, of whenever it is."""
    asked: dict[str, Any] = {"company": company}
    erased: dict[tuple[str, int], date] = {}
    for entry in all_entries(connection, fact=stored_name(CompanyContactErased), recorded=LAST, **asked):
        assert isinstance(entry.fact, CompanyContactErased), "no other fact has the name"
        erased[entry.fact.company, entry.fact.contact] = entry.fact.effective_on
    latest: dict[tuple[str, int], tuple[tuple[date, int], CompanyContactSet]] = {}
    for entry in all_entries(
        connection,
        fact=stored_name(CompanyContactSet),
        recorded=basis.recorded,
        effective=basis.effective,
        **asked,
    ):
        assert isinstance(entry.fact, CompanyContactSet), "no other fact has the name"
        about, order = (entry.fact.company, entry.fact.contact), (entry.fact.effective_on, entry.position)
        if about not in latest or order > latest[about][0]:
            latest[about] = order, entry.fact
    directory = keys_of(connection)
    keys = None if directory is None else Keys(directory)
    for about, ((_, position), fact) in latest.items():
        yield _row(fact, position, keys, erased.get(about))


def _row(fact: CompanyContactSet, position: int, keys: Keys | None, erased_on: date | None) -> ContactRow:
    subject = contact_subject(fact.company, fact.contact)
    words: dict[str, str | None] = dict.fromkeys(FIELDS)
    if keys is not None and erased_on is None:
        sealed = ((name, getattr(fact, name)) for name in FIELDS)
        words |= {name: keys.read(subject, name, value) for name, value in sealed if value is not None}
    return ContactRow(
        company=fact.company,
        contact=fact.contact,
        status="ERASED" if erased_on is not None else "UNREADABLE" if words["name"] is None else "KNOWN",
        **words,
        since=fact.effective_on,
        erased_on=erased_on,
        position=position,
    )


def _says(row: ContactRow, wanted: str) -> bool:
    return any(wanted in word.casefold() for name in FIELDS if (word := getattr(row, name)) is not None)


SHOWN = Columns(
    {
        "company": "company",
        "contact": "contact",
        "name": "name",
        "job": "job",
        "phone": "phone",
        "email": "e-mail",
        "since": "since",
        "status": "status",
        "erased_on": "erased",
    },
    texts=("company", "name", "job", "phone", "email", "since", "status", "erased_on"),
    plain=("contact",),
)


def contacts_sheet(rows: Iterable[ContactRow]) -> Sheet:
    """A row for each contact; of those who were erased, since when."""
    return Sheet("People at companies", SHOWN, [SHOWN.line(row) for row in rows])


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-contacts",
        path=HERE,
        summary="The people at companies, each read with their own key; who was erased, and when.",
        group="companies",
        query=ContactsQuery,
        ask=_contacts,
        rows=ContactRow,
        table=structs_table(ContactRow),
        roles=DEALING,
        report=Report(
            name="contacts",
            help="The people at companies: how to reach them, and who was erased.",
            examples=("mcsc report contacts --company sunfield-demo", "mcsc report contacts --person wang"),
            options={
                "company": "Only those at this company.",
                "person": "Part of a name, a job, a number or an address.",
            },
            sheet=contacts_sheet,
        ),
        of_log=True,
    ),
)

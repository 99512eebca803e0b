"""Companies over HTTP: a route for each step on their way into the city, and the register.

RECORDINGS   POST /v1/companies and everything beneath it: one command a route
READS        GET /v1/companies, one company, its history
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import structs_table
from api.http.operations import APPROVERS, RECORDERS, Roles
from api.http.parameters import place
from api.http.reading import BasisQuery, Cursor, ExplainedQuery, Found, Limit, Read, not_known, paged
from api.http.recording import Recording
from api.receipts import companies as receipts
from api.routes.histories import HistoryQuery, any_entry, history_of, last_step
from ledger.access import Role
from ledger.companies.contacts import EraseContact, SetContact
from ledger.companies.facts import OriginChannel, Stage
from ledger.companies.overrides import ApproveOverride, RejectOverride
from ledger.companies.presence import (
    AddPremises,
    CommenceOperations,
    CompleteExit,
    InitiateExit,
    ReportSettled,
    SettleIn,
)
from ledger.companies.prospects import (
    AddTouch,
    CorrectOrigin,
    LinkInvestmentAgreement,
    MarkDormant,
    QualifyCompany,
    ReactivateCompany,
    RegisterLead,
    RejectCompany,
    ScreenCompany,
    SignLoi,
)
from ledger.companies.registration import (
    ChangeDetails,
    CorrectDetails,
    LinkParent,
    MergeCompany,
    RegisterCompany,
    VerifyIdentifier,
)
from ledger.companies.withdrawing import WithdrawCompanyStep
from ledger.decider import Command
from projections.companies import register
from projections.engine.basis import Basis

GROUP = "companies"
DEALING: Roles = frozenset[Role]({"deal_desk", "finance", "approver", "admin"})
"""Whoever deals with the people at companies, and so reads and erases their data."""
HERE = "/v1/companies"


def _step(noun: str, command: type[Command], summary: str, roles: Roles = RECORDERS) -> Recording:
    path = f"{HERE}/{{company:str}}/{noun}"
    return Recording(path=path, command=command, summary=summary, group=GROUP, roles=roles, at=HERE, named_by="company")


RECORDINGS: tuple[Recording, ...] = (
    Recording(
        path=HERE,
        command=RegisterLead,
        summary="Register a lead, with the channel it first came through.",
        group=GROUP,
        at=HERE,
        named_by="company",
    ),
    _step("touches", AddTouch, "Add a later contact; the first one stands."),
    _step("origin/corrections", CorrectOrigin, "Correct the channel of origin, with reason and evidence."),
    _step("screenings", ScreenCompany, "Record a screening against the lists."),
    _step("qualification", QualifyCompany, "Qualify the lead, once its screening is clear."),
    _step("loi", SignLoi, "Record a letter of intent: intended amounts, never binding ones."),
    _step("investment-agreements", LinkInvestmentAgreement, "Link a signed investment agreement."),
    _step("registration", RegisterCompany, "Record the business registration: USCC, or foreign number."),
    _step("identifiers", VerifyIdentifier, "Record that an identifier was verified, and how."),
    _step("overrides/approval", ApproveOverride, "Agree that a check is passed over, as another proposed.", APPROVERS),
    _step("overrides/rejection", RejectOverride, "Turn down a proposal to pass over a check.", APPROVERS),
    _step("parent", LinkParent, "Link the parent company by its LEI."),
    _step("settled-reports", ReportSettled, "Record that the press reports it settled: a claim, no stage."),
    _step("settling-in", SettleIn, "Settle in: licence with park address, lease or land contract, handover."),
    _step("premises", AddPremises, "Add a further lease or land contract."),
    _step("operations", CommenceOperations, "Record that operations commenced, with evidence."),
    _step("details/changes", ChangeDetails, "The world changed: a new name or address from a date on."),
    _step("details/corrections", CorrectDetails, "We recorded it wrong: the right value, and what it corrects."),
    _step("contacts", SetContact, "Record a person there, sealed; or what is otherwise about one by now.", DEALING),
    _step("contacts/erasures", EraseContact, "Erase a person's data for good: the key is destroyed.", DEALING),
    _step("exit", InitiateExit, "Begin the exit."),
    _step("exit/completion", CompleteExit, "Complete the exit: contracts ended, balances zero or transferred."),
    _step("rejection", RejectCompany, "Reject the company."),
    _step("dormancy", MarkDormant, "Mark the company as dormant."),
    _step("reactivation", ReactivateCompany, "Bring a dormant company back to the stage it had."),
    _step("merger", MergeCompany, "Merge a duplicate record into its survivor."),
    _step("withdrawals", WithdrawCompanyStep, "Take back a step that was recorded by mistake."),
)


class CompaniesQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The register, filtered; a page of it."""

    stage: Stage | None = None
    origin: OriginChannel | None = None
    search: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    cursor: Cursor = None
    limit: Limit = 100


def _companies(connection: Connection, basis: Basis, query: CompaniesQuery, _path: Mapping[str, str]) -> Found:
    rows = register.companies(
        connection,
        basis,
        stage=query.stage,
        origin=query.origin,
        search=query.search,
        after=place(query.cursor),
        limit=query.limit + 1,
    )
    return paged(rows, query.limit, "company")


def _company(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
    row = register.company(connection, basis, path["company"])
    if row is None:
        raise not_known("company", path["company"], basis)
    step = last_step(connection, basis, "companies", f"company:{path['company']}")
    return Found(data=row, etag=str(step))


SHOWN = {
    "company": "company",
    "name": "name",
    "stage": "stage",
    "since": "since",
    "origin": "origin",
    "identifier": "identifier",
    "reported_settled_on": "reported settled",
}


def companies_sheet(companies: Iterable[register.CompanyRow]) -> Sheet:
    """A row for each company, with one identifier of those it has."""
    columns = Columns(SHOWN, texts=tuple(SHOWN))
    rows = []
    for row in companies:
        origin = " ".join(str(part) for part in (row.origin, row.origin_year) if part)
        rows.append(columns.line(row, origin=origin, identifier=row.uscc or row.foreign_number or row.lei))
    return Sheet("Company register", columns, rows)


READS: tuple[Read[Any], ...] = (
    Read(
        name="list-companies",
        path=HERE,
        summary="The company register.",
        group=GROUP,
        query=CompaniesQuery,
        ask=_companies,
        rows=register.CompanyRow,
        table=structs_table(register.CompanyRow),
        receipts=receipts.COMPANIES,
        report=Report(
            name="companies",
            help="The company register.",
            examples=(
                "mcsc report companies --stage OPERATING",
                "mcsc report companies --effective 2024-06-30 --recorded 2024-07-31 --csv -o register.csv",
            ),
            options={
                "stage": "Only companies at this stage, such as OPERATING.",
                "origin": "Only companies of this origin channel, such as CIIE_PAVILION.",
                "search": "Part of an id, a name, a USCC or an LEI.",
            },
            sheet=companies_sheet,
        ),
    ),
    Read(
        name="read-company",
        path=f"{HERE}/{{company:str}}",
        summary="One company; its ETag is the position of its latest step, and the day.",
        group=GROUP,
        query=BasisQuery,
        ask=_company,
        data=register.CompanyRow,
        problems=("not-found",),
    ),
    Read(
        name="read-company-history",
        path=f"{HERE}/{{company:str}}/history",
        summary="What was recorded of a company, in order.",
        group=GROUP,
        query=HistoryQuery,
        ask=history_of("company"),
        rows=any_entry(),
        of_log=True,
        problems=("not-found",),
    ),
)

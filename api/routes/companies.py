"""Companies over HTTP: a route for each step on their way into the city, and the register.

RECORDINGS   POST /v1/companies and everything beneath it: one command a route
reads        GET /v1/companies, one company, its history
"""

from collections.abc import Mapping
from functools import cache
from types import new_class
from typing import Annotated, Any, Union

from msgspec import Meta
from sqlalchemy import Connection

from api.http.problems import Problem
from api.http.reading import BasisQuery, Found, Limit, Position, Read, cursor, place, structs_table
from api.http.recording import Recording
from ledger.companies.facts import OriginChannel, Stage
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
from ledger.decider import Command, all_facts
from ledger.log.envelope import Entry, Recorded
from projections.companies import register
from projections.engine.basis import Basis
from projections.engine.history import count_history, history

GROUP = "companies"
HERE = "/v1/companies"


def _step(noun: str, command: type[Command], summary: str) -> Recording:
    path = f"{HERE}/{{company:str}}/{noun}"
    return Recording(path=path, command=command, summary=summary, group=GROUP, at=HERE, named_by="company")


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
    _step("parent", LinkParent, "Link the parent company by its LEI."),
    _step("settled-reports", ReportSettled, "Record that the press reports it settled: a claim, no stage."),
    _step("settling-in", SettleIn, "Settle in: licence with park address, lease or land contract, handover."),
    _step("premises", AddPremises, "Add a further lease or land contract."),
    _step("operations", CommenceOperations, "Record that operations commenced, with evidence."),
    _step("details/changes", ChangeDetails, "The world changed: a new name or address from a date on."),
    _step("details/corrections", CorrectDetails, "We recorded it wrong: the right value, and what it corrects."),
    _step("exit", InitiateExit, "Begin the exit."),
    _step("exit/completion", CompleteExit, "Complete the exit: contracts ended, balances zero or transferred."),
    _step("rejection", RejectCompany, "Reject the company."),
    _step("dormancy", MarkDormant, "Mark the company as dormant."),
    _step("reactivation", ReactivateCompany, "Bring a dormant company back to the stage it had."),
    _step("merger", MergeCompany, "Merge a duplicate record into its survivor."),
)


class CompaniesQuery(BasisQuery, frozen=True, kw_only=True):
    """The register, filtered; a page of it."""

    stage: Stage | None = None
    origin: OriginChannel | None = None
    search: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    cursor: Annotated[str | None, Meta(description="Where the page begins; from the Link header.")] = None
    limit: Limit = 100


class HistoryQuery(BasisQuery, frozen=True, kw_only=True):
    """A company's facts, a page of them after a position."""

    after: Position = 0
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
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    return Found(rows=rows, next=("cursor", cursor(rows[-1].company)) if more else None)


def _company(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
    row = register.company(connection, basis, path["company"])
    if row is None:
        raise _unknown(path["company"], basis)
    return Found(data=row, etag=str(row.last_position))


def _unknown(company: str, basis: Basis) -> Problem:
    when = f"on {basis.effective}, as recorded at position {basis.recorded}"
    return Problem("not-found", f"No company {company!r} is known {when}.")


def _history(connection: Connection, basis: Basis, query: HistoryQuery, path: Mapping[str, str]) -> Found:
    on = basis.effective if query.effective is not None else None
    asked: dict[str, Any] = {"recorded": basis.recorded, "effective": on, "company": path["company"]}
    rows = history(connection, **asked, after=query.after, limit=query.limit + 1)
    if not rows and not history(connection, recorded=basis.recorded, company=path["company"], limit=1):
        raise _unknown(path["company"], basis)
    return page(rows, query.limit, total=count_history(connection, **asked))


def page(rows: list[Entry], limit: int, *, total: int | None) -> Found:
    """A page of facts out of one more than it holds."""
    more = len(rows) > limit
    rows = rows[:limit]
    return Found(rows=rows, total=total, next=("after", str(rows[-1].position)) if more else None)


@cache
def any_entry() -> Any:
    """The type of a recorded fact with its envelope, whichever fact it is."""
    any_fact: Any = Union[tuple(all_facts().values())]  # noqa: UP007 - its members are known only at run time
    return new_class("RecordedFact", (Recorded[any_fact],), {"frozen": True, "kw_only": True})


def reads() -> tuple[Read[Any], ...]:
    """The register, a company, its history."""
    return (
        Read(
            name="list-companies",
            path=HERE,
            summary="The company register.",
            group=GROUP,
            query=CompaniesQuery,
            ask=_companies,
            rows=register.CompanyRow,
            table=structs_table(register.CompanyRow),
        ),
        Read(
            name="read-company",
            path=f"{HERE}/{{company:str}}",
            summary="One company; its ETag is the position of its latest fact.",
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
            ask=_history,
            rows=any_entry(),
            of_log=True,
            problems=("not-found",),
        ),
    )

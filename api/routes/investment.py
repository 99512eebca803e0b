"""Investment agreements over HTTP: from draft to closure, contributions, covenants, incentives and clawbacks.

RECORDINGS   one command a route: the deal desk drafts and reports, approvers sign and decide, finance moves money
READS        agreements, one with all that came of it, the investment report, the funnel in money; JSON and CSV
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta, Struct
from sqlalchemy import Connection

from api.formats.sheets import POSITIONS_OPTION, WITH_JSON, At, Columns, Of, Report, Sheet
from api.formats.tables import POSITIONS, Table, cells, columns, sections, structs_table
from api.http.operations import APPROVERS, FINANCE, RECORDERS, Roles
from api.http.problems import Problem
from api.http.reading import BasisQuery, ExplainedQuery, Found, Positions, Read
from api.http.recording import Recording
from api.receipts import companies as of_companies
from api.receipts import deals as receipts
from api.routes.histories import last_step
from api.routes.reports.funnel import origin_words
from ledger.decider import DataClass, Id
from ledger.investment.agreement import (
    ApproveInvestmentAmendment,
    DraftInvestmentAgreement,
    ProposeInvestmentAmendment,
    RejectInvestmentAmendment,
    SignInvestmentAgreement,
)
from ledger.investment.ending import CloseInvestment, DeclareBreach, FulfilInvestment, TerminateInvestment
from ledger.investment.facts import ContributionKind, CovenantTested, Result
from ledger.investment.incentives import (
    ApproveClawbackWaiver,
    AssessClawback,
    CollectClawback,
    PayIncentive,
    ProposeClawbackWaiver,
    RecordOutsideIncentive,
)
from ledger.investment.performance import (
    CheckCovenant,
    RecordContribution,
    ReportFigure,
    ReverseContribution,
    outdated,
)
from ledger.investment.reversing import (
    ReverseClawback,
    ReverseClawbackWaiver,
    ReverseCollection,
    ReverseIncentive,
)
from ledger.investment.rules import InvestmentCommand
from ledger.investment.standing import Clawback, Contribution, InvestmentAgreement, InvestmentState
from ledger.investment.terms import InvestmentTerms, Metric
from ledger.investment.withdrawing import WithdrawInvestmentStep
from ledger.values.money import EXPONENT, written
from projections.channel_money import ChannelMoney, MoneyFunnel, channel_money
from projections.deals.investment import (
    AgreementRow,
    InvestmentReport,
    agreement,
    agreements,
    investment,
)
from projections.engine.basis import Basis

GROUP = "investment"
AT = "/v1/investment-agreements"
ONE = f"{AT}/{{agreement:str}}"


def _on(noun: str, command: type[InvestmentCommand], summary: str, roles: Roles = RECORDERS) -> Recording:
    path = f"{ONE}/{noun}" if noun else AT
    return Recording(path=path, command=command, summary=summary, group=GROUP, roles=roles, at=AT, named_by="agreement")


RECORDINGS: tuple[Recording, ...] = (
    _on("", DraftInvestmentAgreement, "Draft an investment agreement, or draft it anew."),
    _on("signature", SignInvestmentAgreement, "Sign a draft that somebody else wrote.", APPROVERS),
    _on("amendments", ProposeInvestmentAmendment, "Propose other terms: all of them."),
    _on(
        "amendments/{amendment:str}/approval",
        ApproveInvestmentAmendment,
        "Approve an amendment that somebody else proposed.",
        APPROVERS,
    ),
    _on("amendments/{amendment:str}/rejection", RejectInvestmentAmendment, "Reject an amendment.", APPROVERS),
    _on(
        "contributions",
        RecordContribution,
        "Record capital paid in, a loan, or fixed assets bought; converted at the value date. Nothing posts.",
    ),
    _on(
        "contributions/{contribution:str}/reversals",
        ReverseContribution,
        "Take back a contribution or a part of it.",
    ),
    _on("figures", ReportFigure, "Record a figure that the investor reported."),
    _on("covenants/{covenant:str}/tests", CheckCovenant, "Hold a covenant against what is on record."),
    _on(
        "incentives/{incentive:str}/payments",
        PayIncentive,
        "Record that MCSC paid an incentive.",
        FINANCE,
    ),
    _on(
        "incentives/{incentive:str}/outside-payments",
        RecordOutsideIncentive,
        "Record that somebody else paid an incentive. Nothing posts.",
    ),
    _on("clawbacks", AssessClawback, "Ask back what a missed covenant costs; it is computed.", FINANCE),
    _on(
        "clawbacks/{clawback:str}/collections",
        CollectClawback,
        "Record that some of a clawback came into the bank.",
        FINANCE,
    ),
    _on("clawbacks/{clawback:str}/waivers", ProposeClawbackWaiver, "Propose to waive a clawback.", FINANCE),
    _on(
        "clawbacks/{clawback:str}/waivers/{waiver:str}/approval",
        ApproveClawbackWaiver,
        "Approve a waiver that somebody else proposed.",
        APPROVERS,
    ),
    _on("payments/{payment:str}/reversal", ReverseIncentive, "Reverse a payment recorded by mistake.", FINANCE),
    _on("clawbacks/{clawback:str}/reversal", ReverseClawback, "Reverse an assessment.", FINANCE),
    _on(
        "clawbacks/{clawback:str}/collections/{collection:str}/reversal",
        ReverseCollection,
        "Reverse a collection recorded by mistake.",
        FINANCE,
    ),
    _on(
        "clawbacks/{clawback:str}/waivers/{waiver:str}/reversal",
        ReverseClawbackWaiver,
        "Reverse a waiver: what it gave up is owed again.",
        APPROVERS,
    ),
    _on("withdrawals", WithdrawInvestmentStep, "Take back a step that was recorded by mistake.", APPROVERS),
    _on("fulfilment", FulfilInvestment, "All is paid in and every covenant was met.", APPROVERS),
    _on("breach", DeclareBreach, "Declare the agreement broken, on a ground that is on record.", APPROVERS),
    _on("closure", CloseInvestment, "Put the agreement away.", APPROVERS),
    _on("termination", TerminateInvestment, "End the agreement before it is fulfilled.", APPROVERS),
)


# What is read


class AgreementsQuery(BasisQuery, frozen=True, kw_only=True):
    """Agreements of one company or state."""

    company: Id | None = None
    state: InvestmentState | None = None
    positions: Positions = False


class InvestmentQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The investment report."""

    positions: Positions = False


class ChannelMoneyQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The funnel in money of all companies, or of one data class."""

    companies: Annotated[bool, Meta(description="List the companies behind every row.")] = False
    data_class: DataClass | None = None


class ContributionRow(Struct, frozen=True, kw_only=True):
    """A contribution: as it was recorded, and what is left after reversals, in its currency and in CNY."""

    contribution: str
    kind: ContributionKind
    utilised: bool
    value_on: date
    currency: str
    recorded: str
    left: str
    rate: str | None
    left_cny: str


class TestedRow(Struct, frozen=True, kw_only=True):
    """The latest test of a covenant for a test date. `shortfall`: a share of the target, with four decimals.

    outdated   what is on record for the date is no longer what was measured: nothing rests on the test
    """

    covenant: str
    metric: Metric
    test_on: date
    tested_on: date
    target: str
    actual: str
    shortfall: str
    result: Result
    outdated: bool


class ClawbackRow(Struct, frozen=True, kw_only=True):
    """A clawback: the part of an incentive that is owed back, in CNY."""

    clawback: str
    covenant: str
    incentive: str
    assessed_on: date
    assessed: str
    waived: str
    collected: str
    outstanding: str


class AgreementDetail(Struct, frozen=True, kw_only=True):
    """An agreement, what it says, and everything that came of it."""

    row: AgreementRow
    terms: InvestmentTerms
    contributions: tuple[ContributionRow, ...]
    tests: tuple[TestedRow, ...]
    clawbacks: tuple[ClawbackRow, ...]


def _agreements(connection: Connection, basis: Basis, query: AgreementsQuery, _path: Mapping[str, str]) -> Found:
    rows = agreements(connection, basis, company=query.company, state=query.state, positions=query.positions)
    return Found(rows=rows)


def _agreement(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
    found = agreement(connection, basis, path["agreement"])
    if found is None:
        raise Problem("not-found", f"No investment agreement {path['agreement']!r} is known on that basis.")
    row, known = found
    step = last_step(connection, basis, "investment", f"investment:{path['agreement']}")
    return Found(data=_detail(row, known), etag=str(step))


def _detail(row: AgreementRow, known: InvestmentAgreement) -> AgreementDetail:
    assert known.terms is not None, "an agreement on show says something"
    return AgreementDetail(
        row=row,
        terms=known.terms.normal,
        contributions=tuple(_contributions(known.contributions)),
        tests=tuple(_test(known, test) for test in known.tests.values()),
        clawbacks=tuple(_clawbacks(known.clawbacks)),
    )


def _contributions(contributions: Mapping[str, Contribution]) -> Iterator[ContributionRow]:
    for contribution in contributions.values():
        if (recorded := contribution.recorded) is None:
            continue
        places = EXPONENT[recorded.currency]
        yield ContributionRow(
            contribution=recorded.contribution,
            kind=recorded.kind,
            utilised=recorded.utilised,
            value_on=recorded.effective_on,
            currency=recorded.currency,
            recorded=written(recorded.amount_minor, places),
            left=written(contribution.amount_minor, places),
            rate=recorded.rate,
            left_cny=written(contribution.cny_minor),
        )


def _test(known: InvestmentAgreement, test: CovenantTested) -> TestedRow:
    return TestedRow(
        covenant=test.covenant,
        metric=test.metric,
        test_on=test.test_on,
        tested_on=test.effective_on,
        target=test.target,
        actual=test.actual,
        shortfall=test.shortfall,
        result=test.result,
        outdated=outdated(known, test) is not None,
    )


def _clawbacks(clawbacks: Mapping[str, Clawback]) -> Iterator[ClawbackRow]:
    for clawback in clawbacks.values():
        if (assessed := clawback.assessed) is None:
            continue
        yield ClawbackRow(
            clawback=assessed.clawback,
            covenant=assessed.covenant,
            incentive=assessed.incentive,
            assessed_on=assessed.effective_on,
            assessed=written(clawback.assessed_minor),
            waived=written(clawback.waived_minor),
            collected=written(clawback.collected_minor),
            outstanding=written(clawback.outstanding_minor),
        )


def _investment(connection: Connection, basis: Basis, query: InvestmentQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=investment(connection, basis, positions=query.positions))


def _channel_money(connection: Connection, basis: Basis, query: ChannelMoneyQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=channel_money(connection, basis, data_class=query.data_class, companies=query.companies))


# As tables

NOT_SHOWN = ("last_position", *POSITIONS)


def investment_table(answer: InvestmentReport) -> Table:
    """Agreements, then the sums of each channel, then the total."""
    names = [*columns(AgreementRow, left_out=NOT_SHOWN), "agreements"]
    return sections(names, ("AGREEMENT", answer.rows), ("CHANNEL", answer.channels), ("TOTAL", (answer.total,)))


def money_table(answer: MoneyFunnel) -> Table:
    """A row for each origin, the total, and revenue that no company is known for."""
    names = columns(ChannelMoney, left_out=("companies",))
    named, rows = sections(names, ("ORIGIN", answer.rows), ("TOTAL", (answer.total,)))
    return named, [*rows, cells(None, named, section="UNATTRIBUTED", revenue=answer.unattributed)]


# As sheets

INVESTMENT_SHOWN = Columns(
    {
        "agreement": "agreement",
        "company": "company",
        "origin": "origin",
        "state": "state",
        "currency": "ccy",
        "contracted": "contracted",
        "subscribed": "subscribed",
        "due": "due",
        "paid_in": "paid in",
        "fulfilment_percent": "%",
        "paid_in_cny": "paid in CNY",
        "utilised": "utilised CNY",
        "loans": "loans CNY",
        "fai": "FAI CNY",
        "mu": "亩",
        "intensity": "intensity",
        "intensity_target": "target",
        "tax_mu": "tax/亩",
        "jobs": "jobs",
        "incentives_paid": "incentives",
        "incentives_outside": "by others",
        "clawback_assessed": "clawback",
        "clawback_waived": "waived",
        "clawback_collected": "collected",
        "clawback_outstanding": "outstanding",
    },
    texts=("agreement", "company", "origin", "state", "currency"),
)
MONEY_SHOWN = Columns(
    {
        "origin": "origin",
        "leads": "leads",
        "agreements": "agreements",
        "settled_in": "settled in",
        "operating": "operating",
        "signed": "signed",
        "contracted": "contracted",
        "paid_in": "paid in",
        "paid_in_percent": "paid in %",
        "utilised": "utilised",
        "fai": "fai",
        "rent": "rent",
        "other_revenue": "other revenue",
        "revenue": "revenue",
    },
    texts=("origin",),
)


def investment_sheet(answer: InvestmentReport) -> Sheet:
    """Agreements in their currency, then the sums of each channel and of all in CNY."""
    line = INVESTMENT_SHOWN.line
    rows = [line(row, origin=origin_words(row)) for row in answer.rows]
    for sums in (*answer.channels, answer.total):
        how_many = f"{sums.agreements} agreement{'' if sums.agreements == 1 else 's'}"
        in_cny = {"currency": "CNY", "contracted": Of("contracted_cny"), "paid_in": Of("paid_in_cny")}
        rows.append(line(sums, agreement=how_many, origin=origin_words(sums), **in_cny))
    title = "Investment (contract currency and CNY at the date; intensity and tax in 万元/亩)"
    return Sheet(title, INVESTMENT_SHOWN, rows)


def money_sheet(answer: MoneyFunnel) -> Sheet:
    """A row for each origin, the total, and revenue that no company is known for, where there is any."""
    line = MONEY_SHOWN.line
    rows = [line(row, origin=origin_words(row)) for row in (*answer.rows, answer.total)]
    if any(digit not in "0." for digit in answer.unattributed):
        rows.append(line(origin="with nobody known", revenue=At("UNATTRIBUTED/revenue", answer.unattributed)))
    title = "Channel funnel in money (CNY; investment is the investors' money, revenue MCSC's)"
    return Sheet(title, MONEY_SHOWN, rows)


READS: tuple[Read[Any], ...] = (
    Read(
        name="list-investment-agreements",
        path=AT,
        summary="Investment agreements, drafts too: contracted, subscribed, paid in, utilised, FAI, a column each.",
        group=GROUP,
        query=AgreementsQuery,
        ask=_agreements,
        rows=AgreementRow,
        table=structs_table(AgreementRow, left_out=NOT_SHOWN),
    ),
    Read(
        name="read-investment-agreement",
        path=ONE,
        summary="One investment agreement: its terms, contributions, tests and clawbacks.",
        group=GROUP,
        query=BasisQuery,
        ask=_agreement,
        data=AgreementDetail,
        problems=("not-found",),
    ),
    Read(
        name="report-investment",
        path="/v1/reports/investment",
        summary="Signed investment agreements and what came of them, with sums by origin channel.",
        group="reports",
        query=InvestmentQuery,
        ask=_investment,
        data=InvestmentReport,
        table=investment_table,
        receipts=receipts.INVESTMENT,
        report=Report(
            name="investment",
            help="Investment agreements: contracted, subscribed, paid in, utilised and FAI, each in its own column.",
            examples=(
                "mcsc report investment --effective 2025-12-31",
                "mcsc report investment --effective 2025-12-31 --csv -o investment.csv",
            ),
            options={"positions": POSITIONS_OPTION},
            sheet=investment_sheet,
        ),
    ),
    Read(
        name="report-channel-money",
        path="/v1/reports/channel-money",
        summary="From lead to money by origin channel: contracted, paid in, FAI, rent and other revenue, CNY.",
        group="reports",
        query=ChannelMoneyQuery,
        ask=_channel_money,
        data=MoneyFunnel,
        table=money_table,
        receipts=of_companies.CHANNEL_MONEY,
        report=Report(
            name="channel-money",
            help="From lead to money by origin channel, in CNY: invested by the companies, and earned with them.",
            options={"companies": f"{WITH_JSON}list the companies behind every row."},
            sheet=money_sheet,
        ),
    ),
)

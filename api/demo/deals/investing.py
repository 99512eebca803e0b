"""What comes of investment agreements: signed, paid in, spent, tested; owed back, amended, ended.

investments   every step of every agreement
STORIES       what becomes of an agreement
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from api.demo.city import evidence, yuan
from api.demo.days import at, workday
from api.demo.deals.investors import GRANT_WAN, LATER, SUBSIDY_WAN, WAN_FEN, Investor, Story, terms
from api.demo.people import ACCOUNTANT, APPROVER, invented
from api.demo.pipeline import END
from api.demo.steps import Step
from ledger.decider import By, Command
from ledger.investment.agreement import (
    ApproveInvestmentAmendment,
    DraftInvestmentAgreement,
    ProposeInvestmentAmendment,
    RejectInvestmentAmendment,
    SignInvestmentAgreement,
)
from ledger.investment.ending import CloseInvestment, DeclareBreach, FulfilInvestment, TerminateInvestment
from ledger.investment.facts import Figure
from ledger.investment.incentives import (
    ApproveClawbackWaiver,
    AssessClawback,
    CollectClawback,
    PayIncentive,
    ProposeClawbackWaiver,
    RecordOutsideIncentive,
)
from ledger.investment.performance import CheckCovenant, RecordContribution, ReportFigure, ReverseContribution

FIRST_PART_WAN = 40

Told = Iterator[tuple[int, By, Command]]
"""So many days after signature, by whom, what."""


def investments(investors: Sequence[Investor]) -> Iterator[Step]:
    """Every step that is recorded before the end, agreement by agreement."""
    for number, investor in enumerate(investors):
        drafts = _drafted(investor, twice=number % 3 == 1)
        told = ((workday(investor.signed_on + timedelta(days=days)), by, what) for days, by, what in _told(investor))
        for nth, (on, by, command) in enumerate((*drafts, *told)):
            instant = at(on, 200 + nth, number * 4)
            if instant.date() <= END:
                yield Step(recorded_at=instant, by=by, command=command)


def _drafted(investor: Investor, *, twice: bool) -> Iterator[tuple[date, By, Command]]:
    clerk, on = invented(investor.clerk), investor.drafted_on
    draft = DraftInvestmentAgreement(
        agreement=investor.prospect.agreement, company=investor.prospect.company, terms=terms(investor), effective_on=on
    )
    if twice:
        yield on, clerk, replace(draft, terms=replace(draft.terms, subscribed=investor.part(50)))
    yield on, clerk, draft


# What comes of it


def _told(investor: Investor) -> Told:
    signed = investor.prospect.evidence("Investment agreement", investor.signed_on)
    yield (
        0,
        APPROVER,
        SignInvestmentAgreement(
            agreement=investor.prospect.agreement, document=signed, effective_on=investor.signed_on
        ),
    )
    yield from STORIES[investor.story](investor)


def _paid_in(investor: Investor, days: int, percent: int, name: str) -> tuple[int, By, Command]:
    return (
        days,
        ACCOUNTANT,
        RecordContribution(
            **investor.about(days),
            contribution=f"{name}-demo",
            kind="CAPITAL",
            currency=investor.currency,
            amount=investor.part(percent),
            utilised=investor.currency != "CNY",
            evidence=investor.prospect.evidence("Bank advice", investor.signed_on + timedelta(days=days)),
        ),
    )


def _spent(investor: Investor, days: int, percent: int, known: int | None = None) -> tuple[int, By, Command]:
    """Spent on land, buildings and equipment; `known`: when it came to our desks, where that was later."""
    command = RecordContribution(
        **investor.about(days),
        contribution=f"fai-{days}-demo",
        kind="FAI",
        currency="CNY",
        amount=investor.fai(percent),
        evidence=investor.prospect.evidence("Audit of construction", investor.signed_on + timedelta(days=days)),
    )
    return known or days, invented(investor.clerk), command


def _granted(investor: Investor, days: int, wan: int = FIRST_PART_WAN) -> tuple[int, By, Command]:
    """Pay the investor a part of the grant that was promised; as a rule only the first is due yet."""
    about = investor.about(days)
    reference = f"FICT-INC-{investor.prospect.firm.number:03}"
    pay = PayIncentive(
        **about,
        incentive="grant-demo",
        payment="grant-1-demo",
        amount=investor.wan(wan),
        bank_reference=reference,
    )
    return days, ACCOUNTANT, pay


def _reported(investor: Investor, days: int, figure: Figure, value: str, on: date) -> tuple[int, By, Command]:
    report = ReportFigure(
        agreement=investor.prospect.agreement,
        figure=figure,
        value=value,
        evidence=evidence(f"Report of {figure.lower()}, {investor.prospect.firm.name}", on),
        effective_on=on,
    )
    return days, invented(investor.clerk), report


def _tested(investor: Investor, days: int, covenant: str, supersedes: str | None = None) -> tuple[int, By, Command]:
    return (
        days,
        invented(investor.clerk),
        CheckCovenant(**investor.about(days), covenant=covenant, supersedes=supersedes),
    )


def _staffed(investor: Investor, days: int) -> Told:
    """The people it employs are counted, and are enough."""
    on = terms(investor).covenants[1].test_on
    yield _reported(investor, days, "JOBS", str(40 * investor.size + 6), on)
    yield _tested(investor, days + 1, "jobs-demo")


def _figures_of_year(investor: Investor) -> Told:
    """A year's tax and output, reported in March and tested in April."""
    end = date(investor.signed_on.year + 1, 12, 31)
    days = (end - investor.signed_on).days
    yield _reported(investor, days + 75, "TAX", yuan(105 * investor.size * WAN_FEN), end)
    yield _reported(investor, days + 75, "OUTPUT", f"{12_600_000 + 450_000 * investor.size}.00", end)
    yield _tested(investor, days + 95, "tax-demo")
    yield _tested(investor, days + 95, "output-demo")


def _keeps(investor: Investor) -> Told:
    """Tell of an investor that keeps its promises, more or less when it was to."""
    yield _paid_in(investor, 40, 30, "first")
    yield _spent(investor, 130, 45)
    yield _granted(investor, 210)
    yield _paid_in(investor, 360, 40, "second")
    loan = RecordContribution(
        **investor.about(395),
        contribution="loan-demo",
        kind="LOAN",
        currency=investor.currency,
        amount=investor.part(10),
        evidence=investor.prospect.evidence("Loan agreement", investor.signed_on + timedelta(days=395)),
    )
    yield 395, ACCOUNTANT, loan
    yield _spent(investor, 430, 50)
    yield from _staffed(investor, 460)
    yield _tested(investor, 462, "fai-demo")
    yield from _figures_of_year(investor)


def _claws_back(investor: Investor) -> Told:
    """A quarter is missing: a quarter of the grant is owed back; a part of that is waived, the rest comes."""
    clerk, about = invented(investor.clerk), investor.about
    yield _paid_in(investor, 45, 30, "first")
    yield _spent(investor, 130, 45)
    yield _granted(investor, 200, GRANT_WAN)
    yield _spent(investor, 380, 30)
    yield _tested(investor, 456, "fai-demo")
    yield 470, ACCOUNTANT, AssessClawback(**about(470), clawback="clawback-demo", covenant="fai-demo")
    waiver: dict[str, Any] = {"clawback": "clawback-demo", "waiver": "waiver-demo"}
    reason = "The road to the site was finished late (demo)"
    yield 482, clerk, ProposeClawbackWaiver(**about(482), **waiver, amount=investor.wan(15), reason=reason)
    yield 494, APPROVER, ApproveClawbackWaiver(**about(494), **waiver)
    for days, amount in ((512, 20), (540, 25)):
        collect = CollectClawback(
            **about(days),
            clawback="clawback-demo",
            collection=f"collection-{days}-demo",
            amount=investor.wan(amount),
            bank_reference=f"FICT-CLAW-{days}",
        )
        yield days, ACCOUNTANT, collect
    proof = investor.prospect.evidence("Notice of breach", investor.signed_on + timedelta(days=560))
    why: dict[str, Any] = {"reason": "The site stays half empty (demo)", "evidence": proof}
    yield 560, clerk, DeclareBreach(**about(560), **why)
    yield 590, clerk, CloseInvestment(**about(590))


def _fulfils(investor: Investor) -> Told:
    """Everything is there within the year; a fund pays its subsidy too."""
    for days, percent, name in ((40, 30, "first"), (150, 40, "second"), (270, 30, "third")):
        yield _paid_in(investor, days, percent, name)
    yield _spent(investor, 120, 55)
    yield _granted(investor, 190)
    yield _spent(investor, 300, 46)
    yield from _staffed(investor, 332)
    yield _tested(investor, 335, "fai-demo")
    clerk, paper = (
        invented(investor.clerk),
        investor.prospect.evidence("Notice of payment", investor.signed_on + timedelta(days=340)),
    )
    subsidy: dict[str, Any] = {"incentive": "subsidy-demo", "payment": "subsidy-1-demo", "evidence": paper}
    yield 340, clerk, RecordOutsideIncentive(**investor.about(340), **subsidy, amount=investor.wan(SUBSIDY_WAN))
    proof = investor.prospect.evidence("Final review", investor.signed_on + timedelta(days=350))
    yield 350, clerk, FulfilInvestment(**investor.about(350), evidence=proof)


def _reverses(investor: Investor) -> Told:
    """A part of the first payment goes back to its bank, and comes again in CNY."""
    yield _paid_in(investor, 40, 30, "first")
    back = ReverseContribution(
        **investor.about(52),
        contribution="first-demo",
        reversal="returned-demo",
        amount=investor.part(10),
        reason="The bank returned a part: the account was new (demo)",
    )
    yield 52, ACCOUNTANT, back
    again = RecordContribution(
        **investor.about(75),
        contribution="again-demo",
        kind="CAPITAL",
        currency="CNY",
        amount=investor.part(10) if investor.currency == "CNY" else investor.wan(213),
        evidence=investor.prospect.evidence("Bank advice", investor.signed_on + timedelta(days=75)),
    )
    yield 75, ACCOUNTANT, again
    yield _spent(investor, 170, 40)
    yield _paid_in(investor, 372, 30, "second")


def _amends(investor: Investor) -> Told:
    """They ask for two years more, and are refused; they ask for one, and have it."""
    clerk = invented(investor.clerk)
    yield _paid_in(investor, 44, 30, "first")
    for days, name, later in ((150, "longer-demo", 730), (200, "later-demo", 365)):
        due = tuple(day if nth == 0 else day + later for nth, day in enumerate(LATER))
        propose = ProposeInvestmentAmendment(
            **investor.about(days),
            amendment=name,
            terms=terms(investor, due),
            reason="Their first customer comes later (demo)",
            document=investor.prospect.evidence("Letter", investor.signed_on + timedelta(days=days)),
        )
        yield days, clerk, propose
    reason = "Nobody can promise so far ahead (demo)"
    yield 163, APPROVER, RejectInvestmentAmendment(**investor.about(163), amendment="longer-demo", reason=reason)
    yield 214, APPROVER, ApproveInvestmentAmendment(**investor.about(214), amendment="later-demo")
    yield _spent(investor, 300, 35)


def _terminates(investor: Investor) -> Told:
    """They change their plans."""
    yield _paid_in(investor, 42, 30, "first")
    paper = investor.prospect.evidence("Deed of termination", investor.signed_on + timedelta(days=260))
    reason = "Their parent sold the business (demo)"
    yield 260, invented(investor.clerk), TerminateInvestment(**investor.about(260), reason=reason, document=paper)


def _tests_again(investor: Investor) -> Told:
    """A test finds too little, because an audit was on nobody's desk yet; with it, there is enough."""
    yield _paid_in(investor, 38, 30, "first")
    yield _spent(investor, 125, 50)
    yield _granted(investor, 205)
    yield _paid_in(investor, 362, 40, "second")
    yield _tested(investor, 455, "fai-demo")
    yield _spent(investor, 420, 48, known=475)
    yield _tested(investor, 480, "fai-demo", supersedes="An audit of construction was missing (demo)")
    yield from _figures_of_year(investor)


STORIES: Mapping[Story, Callable[[Investor], Told]] = {
    "claws-back": _claws_back,
    "fulfils": _fulfils,
    "reverses": _reverses,
    "amends": _amends,
    "tests-again": _tests_again,
    "terminates": _terminates,
    "keeps": _keeps,
}

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
from api.demo.pipeline import END
from api.demo.steps import ACCOUNTANTS, APPROVER, Step, invented
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

ACCOUNTANT, SECOND = invented(ACCOUNTANTS[0], "finance"), invented(APPROVER, "approver")

FIRST_PART_WAN = 40

Told = Iterator[tuple[int, By, Command]]
"""So many days after signature, by whom, what."""


def investments(investors: Sequence[Investor]) -> Iterator[Step]:
    """Every step that is recorded before the end, agreement by agreement."""
    for number, one in enumerate(investors):
        drafts = _drafted(one, twice=number % 3 == 1)
        told = ((workday(one.signed_on + timedelta(days=days)), by, what) for days, by, what in _told(one))
        for nth, (on, by, command) in enumerate((*drafts, *told)):
            instant = at(on, 200 + nth, number * 4)
            if instant.date() <= END:
                yield Step(recorded_at=instant, by=by, command=command)


def _drafted(one: Investor, *, twice: bool) -> Iterator[tuple[date, By, Command]]:
    clerk, on = invented(one.clerk), one.drafted_on
    draft = DraftInvestmentAgreement(
        agreement=one.taken.agreement, company=one.taken.company, terms=terms(one), effective_on=on
    )
    if twice:
        yield on, clerk, replace(draft, terms=replace(draft.terms, subscribed=one.part(50)))
    yield on, clerk, draft


# What comes of it


def _told(one: Investor) -> Told:
    signed = one.taken.evidence("Investment agreement", one.signed_on)
    yield (
        0,
        SECOND,
        SignInvestmentAgreement(agreement=one.taken.agreement, document=signed, effective_on=one.signed_on),
    )
    yield from STORIES[one.story](one)


def _paid_in(one: Investor, days: int, percent: int, name: str) -> tuple[int, By, Command]:
    return (
        days,
        ACCOUNTANT,
        RecordContribution(
            **one.about(days),
            contribution=f"{name}-demo",
            kind="CAPITAL",
            currency=one.currency,
            amount=one.part(percent),
            utilised=one.currency != "CNY",
            evidence=one.taken.evidence("Bank advice", one.signed_on + timedelta(days=days)),
        ),
    )


def _spent(one: Investor, days: int, percent: int, known: int | None = None) -> tuple[int, By, Command]:
    """Spent on land, buildings and equipment; `known`: when it came to our desks, where that was later."""
    command = RecordContribution(
        **one.about(days),
        contribution=f"fai-{days}-demo",
        kind="FAI",
        currency="CNY",
        amount=one.fai(percent),
        evidence=one.taken.evidence("Audit of construction", one.signed_on + timedelta(days=days)),
    )
    return known or days, invented(one.clerk), command


def _granted(one: Investor, days: int, wan: int = FIRST_PART_WAN) -> tuple[int, By, Command]:
    """What was promised is paid in parts; as a rule only the first is due yet."""
    about = one.about(days)
    reference = f"FICT-INC-{one.taken.firm.number:03}"
    pay = PayIncentive(
        **about,
        incentive="grant-demo",
        payment="grant-1-demo",
        amount=one.wan(wan),
        bank_reference=reference,
    )
    return days, ACCOUNTANT, pay


def _reported(one: Investor, days: int, figure: Figure, value: str, on: date) -> tuple[int, By, Command]:
    report = ReportFigure(
        agreement=one.taken.agreement,
        figure=figure,
        value=value,
        evidence=evidence(f"Report of {figure.lower()}, {one.taken.firm.name}", on),
        effective_on=on,
    )
    return days, invented(one.clerk), report


def _tested(one: Investor, days: int, covenant: str, supersedes: str | None = None) -> tuple[int, By, Command]:
    return days, invented(one.clerk), CheckCovenant(**one.about(days), covenant=covenant, supersedes=supersedes)


def _staffed(one: Investor, days: int) -> Told:
    """The people it employs are counted, and are enough."""
    on = terms(one).covenants[1].test_on
    yield _reported(one, days, "JOBS", str(40 * one.size + 6), on)
    yield _tested(one, days + 1, "jobs-demo")


def _figures_of_year(one: Investor) -> Told:
    """A year's tax and output, reported in March and tested in April."""
    end = date(one.signed_on.year + 1, 12, 31)
    days = (end - one.signed_on).days
    yield _reported(one, days + 75, "TAX", yuan(105 * one.size * WAN_FEN), end)
    yield _reported(one, days + 75, "OUTPUT", f"{12_600_000 + 450_000 * one.size}.00", end)
    yield _tested(one, days + 95, "tax-demo")
    yield _tested(one, days + 95, "output-demo")


def _keeps(one: Investor) -> Told:
    """What was promised comes, more or less when it was promised."""
    yield _paid_in(one, 40, 30, "first")
    yield _spent(one, 130, 45)
    yield _granted(one, 210)
    yield _paid_in(one, 360, 40, "second")
    loan = RecordContribution(
        **one.about(395),
        contribution="loan-demo",
        kind="LOAN",
        currency=one.currency,
        amount=one.part(10),
        evidence=one.taken.evidence("Loan agreement", one.signed_on + timedelta(days=395)),
    )
    yield 395, ACCOUNTANT, loan
    yield _spent(one, 430, 50)
    yield from _staffed(one, 460)
    yield _tested(one, 462, "fai-demo")
    yield from _figures_of_year(one)


def _claws_back(one: Investor) -> Told:
    """A quarter is missing: a quarter of the grant is owed back; a part of that is waived, the rest comes."""
    clerk, about = invented(one.clerk), one.about
    yield _paid_in(one, 45, 30, "first")
    yield _spent(one, 130, 45)
    yield _granted(one, 200, GRANT_WAN)
    yield _spent(one, 380, 30)
    yield _tested(one, 456, "fai-demo")
    yield 470, ACCOUNTANT, AssessClawback(**about(470), clawback="clawback-demo", covenant="fai-demo")
    waiver: dict[str, Any] = {"clawback": "clawback-demo", "waiver": "waiver-demo"}
    reason = "The road to the site was finished late (demo)"
    yield 482, clerk, ProposeClawbackWaiver(**about(482), **waiver, amount=one.wan(15), reason=reason)
    yield 494, SECOND, ApproveClawbackWaiver(**about(494), **waiver)
    for days, amount in ((512, 20), (540, 25)):
        collect = CollectClawback(
            **about(days),
            clawback="clawback-demo",
            collection=f"collection-{days}-demo",
            amount=one.wan(amount),
            bank_reference=f"FICT-CLAW-{days}",
        )
        yield days, ACCOUNTANT, collect
    proof = one.taken.evidence("Notice of breach", one.signed_on + timedelta(days=560))
    why: dict[str, Any] = {"reason": "The site stays half empty (demo)", "evidence": proof}
    yield 560, clerk, DeclareBreach(**about(560), **why)
    yield 590, clerk, CloseInvestment(**about(590))


def _fulfils(one: Investor) -> Told:
    """Everything is there within the year; a fund pays its subsidy too."""
    for days, percent, name in ((40, 30, "first"), (150, 40, "second"), (270, 30, "third")):
        yield _paid_in(one, days, percent, name)
    yield _spent(one, 120, 55)
    yield _granted(one, 190)
    yield _spent(one, 300, 46)
    yield from _staffed(one, 332)
    yield _tested(one, 335, "fai-demo")
    clerk, paper = invented(one.clerk), one.taken.evidence("Notice of payment", one.signed_on + timedelta(days=340))
    subsidy: dict[str, Any] = {"incentive": "subsidy-demo", "payment": "subsidy-1-demo", "evidence": paper}
    yield 340, clerk, RecordOutsideIncentive(**one.about(340), **subsidy, amount=one.wan(SUBSIDY_WAN))
    proof = one.taken.evidence("Final review", one.signed_on + timedelta(days=350))
    yield 350, clerk, FulfilInvestment(**one.about(350), evidence=proof)


def _reverses(one: Investor) -> Told:
    """A part of the first payment goes back to its bank, and comes again in CNY."""
    yield _paid_in(one, 40, 30, "first")
    back = ReverseContribution(
        **one.about(52),
        contribution="first-demo",
        reversal="returned-demo",
        amount=one.part(10),
        reason="The bank returned a part: the account was new (demo)",
    )
    yield 52, ACCOUNTANT, back
    again = RecordContribution(
        **one.about(75),
        contribution="again-demo",
        kind="CAPITAL",
        currency="CNY",
        amount=one.part(10) if one.currency == "CNY" else one.wan(213),
        evidence=one.taken.evidence("Bank advice", one.signed_on + timedelta(days=75)),
    )
    yield 75, ACCOUNTANT, again
    yield _spent(one, 170, 40)
    yield _paid_in(one, 372, 30, "second")


def _amends(one: Investor) -> Told:
    """They ask for two years more, and are refused; they ask for one, and have it."""
    clerk = invented(one.clerk)
    yield _paid_in(one, 44, 30, "first")
    for days, name, later in ((150, "longer-demo", 730), (200, "later-demo", 365)):
        due = tuple(day if nth == 0 else day + later for nth, day in enumerate(LATER))
        propose = ProposeInvestmentAmendment(
            **one.about(days),
            amendment=name,
            terms=terms(one, due),
            reason="Their first customer comes later (demo)",
            document=one.taken.evidence("Letter", one.signed_on + timedelta(days=days)),
        )
        yield days, clerk, propose
    reason = "Nobody can promise so far ahead (demo)"
    yield 163, SECOND, RejectInvestmentAmendment(**one.about(163), amendment="longer-demo", reason=reason)
    yield 214, SECOND, ApproveInvestmentAmendment(**one.about(214), amendment="later-demo")
    yield _spent(one, 300, 35)


def _terminates(one: Investor) -> Told:
    """They change their plans."""
    yield _paid_in(one, 42, 30, "first")
    paper = one.taken.evidence("Deed of termination", one.signed_on + timedelta(days=260))
    reason = "Their parent sold the business (demo)"
    yield 260, invented(one.clerk), TerminateInvestment(**one.about(260), reason=reason, document=paper)


def _tests_again(one: Investor) -> Told:
    """A test finds too little, because an audit was on nobody's desk yet; with it, there is enough."""
    yield _paid_in(one, 38, 30, "first")
    yield _spent(one, 125, 50)
    yield _granted(one, 205)
    yield _paid_in(one, 362, 40, "second")
    yield _tested(one, 455, "fai-demo")
    yield _spent(one, 420, 48, known=475)
    yield _tested(one, 480, "fai-demo", supersedes="An audit of construction was missing (demo)")
    yield from _figures_of_year(one)


STORIES: Mapping[Story, Callable[[Investor], Told]] = {
    "claws-back": _claws_back,
    "fulfils": _fulfils,
    "reverses": _reverses,
    "amends": _amends,
    "tests-again": _tests_again,
    "terminates": _terminates,
    "keeps": _keeps,
}

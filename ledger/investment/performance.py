"""Contributions, figures and tests of covenants: what the investor brought, and whether it is enough.

Commands              Facts (investment.…)
RecordContribution    contribution-recorded    converted at the approved rates of its value date (I3)
ReverseContribution   contribution-reversed    never more than is left of it (I2)
ReportFigure          figure-reported
CheckCovenant         covenant-tested          I5: one test for each covenant and test date, unless it is superseded

Contributions can be recorded while the agreement binds; figures, reversals and tests until it is closed. A tenant's
investment is not MCSC's money (D2): nothing of this posts.

What a test measures: FAI_INTENSITY and FAI the contributions of kind FAI, PAID_IN those of kind CAPITAL, with value
dates up to the test date and less what was reversed since; TAX_PER_MU, JOBS and OUTPUT the latest figure reported for
a day of the year that ends with the test date. The terms are those of the day of the test, the site that of the test
date. What is recorded later makes a test outdated: nothing rests on it, and nothing comes of what rested on it, until
the covenant is tested again. What the new test leaves without a ground goes before it (grounds.py).

Refusals, in order of precedence (after those of rules.py)
├── ContributionUnknown    no such contribution (unknown)
├── CovenantUnknown        the agreement has no such covenant (unknown)
├── ContributionTaken      this id is another contribution or reversal (conflict)
├── FaiIsNoArrival         how money was spent is not how it came: FAI is never utilised foreign investment
├── ReversalExceeds        I2: more than is left of the contribution
├── FigureMalformed        people are whole, CNY have two decimals
├── CovenantNotDue         it is tested on its test date or later
├── CovenantAlreadyTested  I5: say what is wrong with the earlier test
└── NothingReported        no figure is reported for the year
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import ClassVar

from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.investment.facts import (
    ContributionKind,
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    Figure,
    FigureReported,
)
from ledger.investment.rules import (
    InvestmentCommand,
    InvestmentRefusal,
    Investments,
    agreement_of,
    agreement_tags,
    amount_in,
    check_place,
    converting_tags,
    not_before,
    rate_on,
    terms_of,
)
from ledger.investment.standing import Contribution, InvestmentAgreement, reached, tested_as
from ledger.investment.terms import Amount, Covenant, Currency, Metric, Target, converted, decimals
from ledger.values.evidence import Evidence
from ledger.values.measures import dm2
from ledger.values.money import EXPONENT, rounded, written

PLACES = 4
"""Decimals of a metric or a share on show (domain §6)."""

FIGURES: Mapping[Metric, Figure] = {"TAX_PER_MU": "TAX", "JOBS": "JOBS", "OUTPUT": "OUTPUT"}
"""The figure that a metric is measured by, where it is not measured by contributions."""

# Commands


class RecordContribution(InvestmentCommand, frozen=True, kw_only=True, tag="record-contribution"):
    """Record what the investor paid in, spent or lent. `effective_on` is the value date.

    kind        CAPITAL, LOAN, or FAI: spent on land, buildings and equipment
    utilised    it counts as foreign investment actually utilised
    evidence    a bank's advice, a capital verification, an audit of construction
    """

    put_right: ClassVar[str] = (
        "`reverse-contribution`, in full or in part, where the money went back or never came; "
        "`withdraw-investment-step` where it was recorded wrong, then record it again."
    )
    contribution: Id
    kind: ContributionKind
    currency: Currency
    amount: Amount
    utilised: bool = False
    evidence: Evidence


class ReverseContribution(InvestmentCommand, frozen=True, kw_only=True, tag="reverse-contribution"):
    """Take back a contribution, or a part of it, in its own currency."""

    put_right: ClassVar[str] = (
        "`withdraw-investment-step`, or record the contribution again under another id: `record-contribution`."
    )
    contribution: Id
    reversal: Id
    amount: Amount
    reason: Text


class ReportFigure(InvestmentCommand, frozen=True, kw_only=True, tag="report-figure"):
    """Record what the investor reported. `effective_on`: the day it is about; of a year's tax or output, the last."""

    put_right: ClassVar[str] = (
        "Report it again for the same day: the newer word holds. `withdraw-investment-step` takes one for the "
        "wrong day back."
    )
    figure: Figure
    value: Target
    evidence: Evidence


class CheckCovenant(InvestmentCommand, frozen=True, kw_only=True, tag="test-covenant"):
    """Hold a covenant against what is on record. `supersedes`: what was wrong with the earlier test of its date."""

    put_right: ClassVar[str] = (
        "Test it again and say in `supersedes` what was wrong: `test-covenant`; or `withdraw-investment-step`. A "
        "clawback that then asks for what is not owed is reversed first: `reverse-clawback`."
    )
    covenant: Id
    supersedes: Text | None = None


# Refusals


class ContributionUnknown(InvestmentRefusal):
    """No such contribution."""

    code = "contribution-unknown"
    kind = "unknown"


class CovenantUnknown(InvestmentRefusal):
    """The agreement has no such covenant."""

    code = "covenant-unknown"
    kind = "unknown"


class ContributionTaken(InvestmentRefusal):
    """This id is another contribution or reversal."""

    code = "contribution-taken"
    kind = "conflict"


class FaiIsNoArrival(InvestmentRefusal):
    """FAI is never utilised foreign investment: how money was spent is not how it came."""

    code = "fai-is-no-arrival"


class ReversalExceeds(InvestmentRefusal):
    """I2: more than is left of the contribution."""

    code = "reversal-exceeds"


class FigureMalformed(InvestmentRefusal):
    """People are whole, CNY have two decimals."""

    code = "figure-malformed"


class CovenantNotDue(InvestmentRefusal):
    """It is tested on its test date or later."""

    code = "covenant-not-due"


class CovenantAlreadyTested(InvestmentRefusal):
    """I5: say what is wrong with the earlier test."""

    code = "covenant-already-tested"


class NothingReported(InvestmentRefusal):
    """No figure is reported for the year."""

    code = "nothing-reported"


# Decide


def _record(state: Investments, command: RecordContribution, _by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    amount_minor = amount_in(command.amount, command.currency)
    if said(ContributionRecorded, command, amount_minor=amount_minor) in state.asked.values():
        return ()
    check_place(agreement, ContributionRecorded, command)
    if command.contribution in agreement.contributions:
        raise ContributionTaken(
            f"contribution {command.contribution} of {agreement.agreement} is recorded already and says otherwise",
            field="contribution",
        )
    if command.kind == "FAI" and command.utilised:
        raise FaiIsNoArrival("FAI says how money was spent; what came is CAPITAL or LOAN", field="utilised")
    rate = rate_on(state, command.currency, command.effective_on)
    contract_currency = terms_of(agreement, command.effective_on).currency
    same = contract_currency == command.currency
    contract_rate = None if same else rate_on(state, contract_currency, command.effective_on)
    return (
        ContributionRecorded(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            contribution=command.contribution,
            kind=command.kind,
            utilised=command.utilised,
            currency=command.currency,
            amount_minor=amount_minor,
            rate=rate,
            cny_minor=converted(amount_minor, command.currency, rate or "1"),
            contract_rate=contract_rate,
            contract_minor=amount_minor
            if same
            else converted(amount_minor, command.currency, rate or "1", contract_currency, contract_rate or "1"),
            evidence=command.evidence,
        ),
    )


def _reverse(state: Investments, command: ReverseContribution, _by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    contribution, recorded = _contribution_of(agreement, command.contribution)
    amount_minor = amount_in(command.amount, recorded.currency)
    if said(ContributionReversed, command, amount_minor=amount_minor) in state.asked.values():
        return ()
    check_place(agreement, ContributionReversed, command)
    if any(command.reversal == reversal.reversal for reversal in contribution.reversals):
        raise ContributionTaken(
            f"reversal {command.reversal} of {command.contribution} is recorded already and says otherwise",
            field="reversal",
        )
    not_before(command.effective_on, recorded.effective_on, f"contribution {command.contribution} came")
    if amount_minor > contribution.amount_minor:
        left = written(contribution.amount_minor, EXPONENT[recorded.currency])
        raise ReversalExceeds(
            f"{left} {recorded.currency} are left of contribution {command.contribution}, not {command.amount}",
            field="amount",
        )
    share_left = Fraction(contribution.amount_minor - amount_minor, recorded.amount_minor)
    return (
        ContributionReversed(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            contribution=command.contribution,
            reversal=command.reversal,
            amount_minor=amount_minor,
            cny_minor=contribution.cny_minor - rounded(recorded.cny_minor * share_left),
            contract_minor=contribution.contract_minor - rounded(recorded.contract_minor * share_left),
            reason=command.reason,
        ),
    )


def _contribution_of(agreement: InvestmentAgreement, name: str) -> tuple[Contribution, ContributionRecorded]:
    contribution = agreement.contributions.get(name)
    if contribution is None or contribution.recorded is None:
        raise ContributionUnknown(f"{agreement.agreement} has no contribution {name}", field="contribution")
    return contribution, contribution.recorded


def _report(state: Investments, command: ReportFigure, _by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    if said(FigureReported, command) in state.asked.values():
        return ()
    check_place(agreement, FigureReported, command)
    most = 0 if command.figure == "JOBS" else EXPONENT["CNY"]
    if decimals(command.value) > most:
        raise FigureMalformed(f"{command.figure} has {most} decimals at most; {command.value} has more", field="value")
    return (
        FigureReported(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            figure=command.figure,
            value=command.value,
            evidence=command.evidence,
        ),
    )


def _test(state: Investments, command: CheckCovenant, _by: By) -> Sequence[Fact]:
    agreement = agreement_of(state, command)
    covenant = covenant_of(agreement, command.covenant, command.effective_on)
    if said(CovenantTested, command) in state.asked.values():
        return ()
    check_place(agreement, CovenantTested, command)
    _check_testable(agreement, covenant, command)
    measured = measured_for(agreement, covenant.metric, covenant.test_on)
    if measured is None:
        raise NothingReported(
            f"no {FIGURES[covenant.metric]} is reported for a day of the year that ends on {covenant.test_on}; "
            "report it first (report-figure)",
            field="covenant",
        )
    site = terms_of(agreement, covenant.test_on).site if covenant.metric in ("FAI_INTENSITY", "TAX_PER_MU") else None
    site_dm2 = None if site is None else dm2(site)
    actual = reached(measured, site_dm2)
    shortfall = max(Fraction(0), 1 - actual / Fraction(covenant.target))
    return (
        CovenantTested(
            effective_on=command.effective_on,
            agreement=agreement.agreement,
            company=agreement.company,
            covenant=command.covenant,
            test_on=covenant.test_on,
            metric=covenant.metric,
            target=covenant.target,
            measured=measured,
            site_dm2=site_dm2,
            actual=_shown(actual),
            shortfall=_shown(shortfall),
            result="MISSED" if shortfall > Fraction(covenant.tolerance) else "MET",
            supersedes=command.supersedes,
        ),
    )


def covenant_of(agreement: InvestmentAgreement, name: str, on: date) -> Covenant:
    """The covenant as it is agreed on a day. Raises CovenantUnknown."""
    covenant = terms_of(agreement, on).covenant(name)
    if covenant is None:
        raise CovenantUnknown(f"{agreement.agreement} has no covenant {name} on {on}", field="covenant")
    return covenant


def _check_testable(agreement: InvestmentAgreement, covenant: Covenant, command: CheckCovenant) -> None:
    if command.effective_on < covenant.test_on:
        raise CovenantNotDue(f"{covenant.covenant} is tested on {covenant.test_on} or later", field="effective_on")
    earlier = agreement.tests.get(tested_as(covenant.covenant, covenant.test_on))
    if earlier is None:
        return
    if command.supersedes is None:
        raise CovenantAlreadyTested(
            f"{covenant.covenant} was tested for {covenant.test_on} already: {earlier.result}; a further test says in "
            "`supersedes` what was wrong with that",
            field="supersedes",
        )
    not_before(command.effective_on, earlier.effective_on, "the earlier test was")


def measured_for(agreement: InvestmentAgreement, metric: Metric, on: date) -> str | None:
    """The measure on record for a test date: contributions in their currency, or a figure as it was reported; None
    where none is."""
    if metric in ("FAI", "FAI_INTENSITY"):
        return written(agreement.cny_minor("FAI", on))
    if metric == "PAID_IN":
        return written(agreement.paid_in_minor(on), EXPONENT[terms_of(agreement, on).currency])
    report = agreement.latest(FIGURES[metric], on)
    return None if report is None or report.effective_on <= _year_before(on) else report.value


def outdated(agreement: InvestmentAgreement, test: CovenantTested) -> str | None:
    """The words that say why nothing rests on a test: what is on record for its date is no longer what it measured."""
    now = measured_for(agreement, test.metric, test.test_on)
    if now is not None and Fraction(now) == Fraction(test.measured):
        return None
    return (
        f"covenant {test.covenant} was tested on {test.measured}, and {now or 'nothing'} is on record for "
        f"{test.test_on} now; test it again and say so in `supersedes` (test-covenant)"
    )


def _year_before(day: date) -> date:
    """The same day of the year before; 28 February where there is none."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def _shown(exact: Fraction) -> str:
    return written(rounded(exact * 10**PLACES), PLACES)


PERFORMANCE: Part[Investments, InvestmentAgreement] = Part(
    decide={
        RecordContribution: _record,
        ReverseContribution: _reverse,
        ReportFigure: _report,
        CheckCovenant: _test,
    },
    scope={
        RecordContribution: converting_tags,
        ReverseContribution: agreement_tags,
        ReportFigure: agreement_tags,
        CheckCovenant: agreement_tags,
    },
)

"""What the investor brought, and whether it is enough.

Commands              Facts (investment.…)
RecordContribution    contribution-recorded    converted at the approved rates of its value date (I3)
ReverseContribution   contribution-reversed    never more than is left of it (I2)
ReportFigure          figure-reported
CheckCovenant         covenant-tested          I5: one test for each covenant and test date, unless it is superseded

Contributions can be recorded while the agreement binds; figures, reversals and tests until it is closed. A tenant's
investment is not MCSC's money (D2): nothing of this posts.

What a test measures: FAI_INTENSITY and FAI the contributions of kind FAI, PAID_IN those of kind CAPITAL, with value
dates up to the test date and less what was reversed since; TAX_PER_MU, JOBS and OUTPUT the latest figure reported for
a day of the year that ends with the test date.

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

from datetime import date
from fractions import Fraction
from typing import Any

from ledger.decider import By, Id, Text
from ledger.investment.facts import (
    ContributionKind,
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    Figure,
    FigureReported,
)
from ledger.investment.rules import (
    BINDING,
    SETTLING_UP,
    InvestmentCommand,
    InvestmentRefusal,
    Investments,
    Part,
    amount_in,
    not_before,
    rate_on,
    terms_of,
)
from ledger.investment.standing import Agreement, Contribution, reached, tested_as
from ledger.investment.terms import FX_TAGS, Amount, Covenant, Currency, Target, converted, decimals
from ledger.values.evidence import Evidence
from ledger.values.measures import dm2
from ledger.values.money import EXPONENT, rounded, written

PLACES = 4
"""Decimals of a metric or a share on show (domain §6)."""

# Commands


class RecordContribution(InvestmentCommand, frozen=True, kw_only=True, tag="record-contribution"):
    """Record what the investor paid in, spent or lent. `effective_on` is the value date.

    kind        CAPITAL, LOAN, or FAI: spent on land, buildings and equipment
    utilised    it counts as foreign investment actually utilised
    evidence    a bank's advice, a capital verification, an audit of construction
    """

    contribution: Id
    kind: ContributionKind
    currency: Currency
    amount: Amount
    utilised: bool = False
    evidence: Evidence


class ReverseContribution(InvestmentCommand, frozen=True, kw_only=True, tag="reverse-contribution"):
    """Take back a contribution, or a part of it, in its own currency."""

    contribution: Id
    reversal: Id
    amount: Amount
    reason: Text


class ReportFigure(InvestmentCommand, frozen=True, kw_only=True, tag="report-figure"):
    """Record what the investor reported. `effective_on`: the day it is about; of a year's tax or output, the last."""

    figure: Figure
    value: Target
    evidence: Evidence


class CheckCovenant(InvestmentCommand, frozen=True, kw_only=True, tag="test-covenant"):
    """Hold a covenant against what is on record. `supersedes`: what was wrong with the earlier test of its date."""

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
    """How money was spent is not how it came: FAI is never utilised foreign investment."""

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


# What the command says


def _given(agreement: Agreement, command: Any) -> dict[str, Any]:
    match command:
        case RecordContribution():
            return {"amount_minor": amount_in(command.amount, command.currency)}
        case ReverseContribution():
            _, recorded = _contribution(agreement, command.contribution)
            return {"amount_minor": amount_in(command.amount, recorded.currency)}
        case CheckCovenant():
            covenant_of(agreement, command.covenant)
    return {}


def _contribution(agreement: Agreement, name: str) -> tuple[Contribution, ContributionRecorded]:
    found = agreement.contributions.get(name)
    if found is None or found.recorded is None:
        raise ContributionUnknown(f"{agreement.agreement} has no contribution {name}", field="contribution")
    return found, found.recorded


def covenant_of(agreement: Agreement, name: str) -> Covenant:
    """The covenant as it is agreed now. Raises CovenantUnknown."""
    found = terms_of(agreement).covenant(name)
    if found is None:
        raise CovenantUnknown(f"{agreement.agreement} has no covenant {name}", field="covenant")
    return found


# What the state says


def _told(state: Investments, agreement: Agreement, command: Any, _by: By) -> dict[str, Any]:
    match command:
        case RecordContribution():
            return _recorded(state, agreement, command)
        case ReverseContribution():
            return _reversed(agreement, command)
        case ReportFigure():
            _check_figure(command)
            return {}
        case CheckCovenant():
            return _tested(agreement, command)
    raise AssertionError(command)


def _recorded(state: Investments, agreement: Agreement, command: RecordContribution) -> dict[str, Any]:
    if command.contribution in agreement.contributions:
        raise ContributionTaken(
            f"contribution {command.contribution} of {agreement.agreement} is recorded already and says otherwise",
            field="contribution",
        )
    if command.kind == "FAI" and command.utilised:
        raise FaiIsNoArrival("FAI says how money was spent; what came is CAPITAL or LOAN", field="utilised")
    amount, on = amount_in(command.amount, command.currency), command.effective_on
    rate = rate_on(state, command.currency, on)
    contract = terms_of(agreement).currency
    same = contract == command.currency
    contract_rate = None if same else rate_on(state, contract, on)
    return {
        "rate": rate,
        "cny_minor": converted(amount, command.currency, rate or "1"),
        "contract_rate": contract_rate,
        "contract_minor": amount
        if same
        else converted(amount, command.currency, rate or "1", contract, contract_rate or "1"),
    }


def _reversed(agreement: Agreement, command: ReverseContribution) -> dict[str, Any]:
    known, recorded = _contribution(agreement, command.contribution)
    if any(command.reversal == one.reversal for one in known.reversals):
        raise ContributionTaken(
            f"reversal {command.reversal} of {command.contribution} is recorded already and says otherwise",
            field="reversal",
        )
    not_before(command.effective_on, recorded.effective_on, f"contribution {command.contribution} came")
    amount = amount_in(command.amount, recorded.currency)
    if amount > known.amount_minor:
        left = written(known.amount_minor, EXPONENT[recorded.currency])
        raise ReversalExceeds(
            f"{left} {recorded.currency} are left of contribution {command.contribution}, not {command.amount}",
            field="amount",
        )
    left_of = Fraction(known.amount_minor - amount, recorded.amount_minor)
    return {
        "cny_minor": known.cny_minor - rounded(recorded.cny_minor * left_of),
        "contract_minor": known.contract_minor - rounded(recorded.contract_minor * left_of),
    }


def _check_figure(command: ReportFigure) -> None:
    most = 0 if command.figure == "JOBS" else EXPONENT["CNY"]
    if decimals(command.value) > most:
        raise FigureMalformed(f"{command.figure} has {most} decimals at most; {command.value} has more", field="value")


def _tested(agreement: Agreement, command: CheckCovenant) -> dict[str, Any]:
    covenant = covenant_of(agreement, command.covenant)
    if command.effective_on < covenant.test_on:
        raise CovenantNotDue(f"{covenant.covenant} is tested on {covenant.test_on} or later", field="effective_on")
    earlier = agreement.tests.get(tested_as(covenant.covenant, covenant.test_on))
    if earlier is not None and command.supersedes is None:
        raise CovenantAlreadyTested(
            f"{covenant.covenant} was tested for {covenant.test_on} already: {earlier.result}; a further test says in "
            "`supersedes` what was wrong with that",
            field="supersedes",
        )
    if earlier is not None:
        not_before(command.effective_on, earlier.effective_on, "the earlier test was")
    measured = _measured(agreement, covenant)
    site = terms_of(agreement).site if covenant.metric in ("FAI_INTENSITY", "TAX_PER_MU") else None
    site_dm2 = None if site is None else dm2(site)
    actual = reached(measured, site_dm2)
    shortfall = max(Fraction(0), 1 - actual / Fraction(covenant.target))
    return {
        "test_on": covenant.test_on,
        "metric": covenant.metric,
        "target": covenant.target,
        "measured": measured,
        "site_dm2": site_dm2,
        "actual": _shown(actual),
        "shortfall": _shown(shortfall),
        "result": "MISSED" if shortfall > Fraction(covenant.tolerance) else "MET",
    }


def _shown(exact: Fraction) -> str:
    return written(rounded(exact * 10**PLACES), PLACES)


FIGURES: dict[str, Figure] = {"TAX_PER_MU": "TAX", "JOBS": "JOBS", "OUTPUT": "OUTPUT"}


def _measured(agreement: Agreement, covenant: Covenant) -> str:
    """What is on record for the test date: as a figure was reported, or contributions in their currency."""
    on = covenant.test_on
    if covenant.metric in ("FAI", "FAI_INTENSITY"):
        return written(agreement.cny_minor("FAI", on))
    if covenant.metric == "PAID_IN":
        return written(agreement.paid_in_minor(on), EXPONENT[terms_of(agreement).currency])
    figure = FIGURES[covenant.metric]
    found = agreement.latest(figure, on)
    if found is None or found.effective_on <= _year_before(on):
        raise NothingReported(
            f"no {figure} is reported for a day of the year that ends on {on}; report it first (report-figure)",
            field="covenant",
        )
    return found.value


def _year_before(day: date) -> date:
    """The same day of the year before; 28 February where there is none."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


PERFORMANCE = Part(
    facts={
        RecordContribution: ContributionRecorded,
        ReverseContribution: ContributionReversed,
        ReportFigure: FigureReported,
        CheckCovenant: CovenantTested,
    },
    starts={
        ContributionRecorded: BINDING,
        ContributionReversed: SETTLING_UP,
        FigureReported: SETTLING_UP,
        CovenantTested: SETTLING_UP,
    },
    given=_given,
    told=_told,
    scope=lambda command: FX_TAGS if isinstance(command, RecordContribution) else (),
)

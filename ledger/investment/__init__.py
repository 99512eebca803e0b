"""Investment agreements: what an investor contracted, what came of it, and what it is owed or owes for that.

terms.py        what an agreement says
deal.py         the facts
standing.py     what they come to: terms, contributions, tests, clawbacks; `evolve_agreement`, in any order
rules.py        what every command can be refused for
agreement.py    from draft to signature, amendments, the end
performance.py  contributions, figures, covenants tested
incentives.py   incentives paid, clawbacks assessed, waived, collected

A tenant's investment is not MCSC's money (domain D2): contributions post nothing. Only incentives that MCSC paid, and
what is owed back of them, are in the books. Contracted, subscribed, paid in, utilised and FAI are five figures.

Here the parts become one Decider: evolve, scope, decide.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from ledger import billing
from ledger.companies import CompanyFact, evolve_company
from ledger.decider import By, Decider, Fact
from ledger.investment.agreement import (
    AGREEMENT,
    AmendmentUndoes,
    ApproveInvestmentAmendment,
    ApproverIsInvestmentAuthor,
    BreachUnfounded,
    ClawbackOutstanding,
    CloseInvestment,
    CovenantMalformed,
    DeclareBreach,
    DraftInvestmentAgreement,
    FulfilInvestment,
    IncentiveMalformed,
    InvestmentAmendmentDecided,
    InvestmentAmendmentTaken,
    InvestmentAmendmentUnknown,
    InvestorGone,
    InvestorUnknown,
    NotFulfilled,
    ProposeInvestmentAmendment,
    RejectInvestmentAmendment,
    SignInvestmentAgreement,
    TerminateInvestment,
    TranchesDiffer,
    TranchesDisordered,
    check_terms,
)
from ledger.investment.deal import (
    AnyInvestmentFact,
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackWaived,
    ClawbackWaiverProposed,
    ContributionKind,
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    Figure,
    FigureReported,
    IncentivePaid,
    InvestmentAmended,
    InvestmentAmendmentProposed,
    InvestmentAmendmentRejected,
    InvestmentBreached,
    InvestmentClosed,
    InvestmentDrafted,
    InvestmentFact,
    InvestmentFulfilled,
    InvestmentPosting,
    InvestmentSigned,
    InvestmentTerminated,
    OutsideIncentivePaid,
    Result,
)
from ledger.investment.incentives import (
    INCENTIVES,
    ApproveClawbackWaiver,
    ApproverIsWaiverProposer,
    AssessClawback,
    ClawbackExceeded,
    ClawbackUnknown,
    CollectClawback,
    CovenantNotMissed,
    IncentiveExceeded,
    IncentiveUnknown,
    InvestmentPaymentTaken,
    NothingToClaw,
    PayerDiffers,
    PayIncentive,
    ProposeClawbackWaiver,
    RecordOutsideIncentive,
    WaiverDecided,
    WaiverUnknown,
)
from ledger.investment.performance import (
    PERFORMANCE,
    CheckCovenant,
    ContributionTaken,
    ContributionUnknown,
    CovenantAlreadyTested,
    CovenantNotDue,
    CovenantUnknown,
    FaiIsNoArrival,
    FigureMalformed,
    NothingReported,
    RecordContribution,
    ReportFigure,
    ReversalExceeds,
    ReverseContribution,
)
from ledger.investment.rules import (
    InvestmentAmountMalformed,
    InvestmentCommand,
    InvestmentExists,
    InvestmentRateMissing,
    InvestmentRefusal,
    Investments,
    InvestmentStateForbids,
    InvestmentStepTooEarly,
    InvestmentUnknown,
    Part,
    not_before,
)
from ledger.investment.standing import (
    REACHES,
    Agreement,
    Clawback,
    Contribution,
    InvestmentState,
    evolve_agreement,
    reached,
    shortfall_of,
)
from ledger.investment.terms import (
    WAN,
    Covenant,
    Currency,
    Incentive,
    InvestmentTerms,
    Metric,
    Tranche,
    converted,
)
from ledger.periods import PeriodFact, evolve_periods
from ledger.rates import RateApproved, with_rate

__all__ = [
    "INVESTMENT",
    "WAN",
    "Agreement",
    "AmendmentUndoes",
    "AnyInvestmentFact",
    "ApproveClawbackWaiver",
    "ApproveInvestmentAmendment",
    "ApproverIsInvestmentAuthor",
    "ApproverIsWaiverProposer",
    "AssessClawback",
    "BreachUnfounded",
    "CheckCovenant",
    "Clawback",
    "ClawbackAssessed",
    "ClawbackCollected",
    "ClawbackExceeded",
    "ClawbackOutstanding",
    "ClawbackUnknown",
    "ClawbackWaived",
    "ClawbackWaiverProposed",
    "CloseInvestment",
    "CollectClawback",
    "Contribution",
    "ContributionKind",
    "ContributionRecorded",
    "ContributionReversed",
    "ContributionTaken",
    "ContributionUnknown",
    "Covenant",
    "CovenantAlreadyTested",
    "CovenantMalformed",
    "CovenantNotDue",
    "CovenantNotMissed",
    "CovenantTested",
    "CovenantUnknown",
    "Currency",
    "DeclareBreach",
    "DraftInvestmentAgreement",
    "FaiIsNoArrival",
    "Figure",
    "FigureMalformed",
    "FigureReported",
    "FulfilInvestment",
    "Incentive",
    "IncentiveExceeded",
    "IncentiveMalformed",
    "IncentivePaid",
    "IncentiveUnknown",
    "InvestmentAmended",
    "InvestmentAmendmentDecided",
    "InvestmentAmendmentProposed",
    "InvestmentAmendmentRejected",
    "InvestmentAmendmentTaken",
    "InvestmentAmendmentUnknown",
    "InvestmentAmountMalformed",
    "InvestmentBreached",
    "InvestmentClosed",
    "InvestmentCommand",
    "InvestmentDrafted",
    "InvestmentExists",
    "InvestmentFact",
    "InvestmentFulfilled",
    "InvestmentPaymentTaken",
    "InvestmentPosting",
    "InvestmentRateMissing",
    "InvestmentRefusal",
    "InvestmentSigned",
    "InvestmentState",
    "InvestmentStateForbids",
    "InvestmentStepTooEarly",
    "InvestmentTerminated",
    "InvestmentTerms",
    "InvestmentUnknown",
    "Investments",
    "InvestorGone",
    "InvestorUnknown",
    "Metric",
    "NotFulfilled",
    "NothingReported",
    "NothingToClaw",
    "OutsideIncentivePaid",
    "PayIncentive",
    "PayerDiffers",
    "ProposeClawbackWaiver",
    "ProposeInvestmentAmendment",
    "RecordContribution",
    "RecordOutsideIncentive",
    "RejectInvestmentAmendment",
    "ReportFigure",
    "Result",
    "ReversalExceeds",
    "ReverseContribution",
    "SignInvestmentAgreement",
    "TerminateInvestment",
    "Tranche",
    "TranchesDiffer",
    "TranchesDisordered",
    "WaiverDecided",
    "WaiverUnknown",
    "check_terms",
    "converted",
    "evolve_agreement",
    "reached",
    "shortfall_of",
]

PARTS = (AGREEMENT, PERFORMANCE, INCENTIVES)
PART_OF: Mapping[type[InvestmentCommand], Part] = {command: part for part in PARTS for command in part.facts}

# Evolve


def evolve(state: Investments, fact: Fact) -> Investments:
    """What one scope tells after one more fact of agreements, companies, rates, periods or banks."""
    match fact:
        case InvestmentFact() | InvestmentPosting():
            state = _evolve_agreements(state, fact)
        case CompanyFact():
            moved = {name: evolve_company(state.companies.get(name), fact) for name in fact.companies}
            return structs.replace(state, companies={**state.companies, **moved})
        case RateApproved():
            return structs.replace(state, rates=with_rate(state.rates, fact))
        case PeriodFact():
            return structs.replace(state, periods=evolve_periods(state.periods, fact))
    if getattr(fact, "bank_reference", None) is not None:
        return structs.replace(state, banks=billing.evolve(state.banks, fact))
    return state


def _evolve_agreements(state: Investments, fact: AnyInvestmentFact) -> Investments:
    known = evolve_agreement(state.agreements.get(fact.agreement), fact)
    return structs.replace(
        state,
        agreements={**state.agreements, fact.agreement: known},
        asked={**state.asked, _topic(fact, fact.asked): fact.asked},
    )


def _topic(fact: Any, asked: tuple[Any, ...]) -> tuple[Any, ...]:
    """What the fact says how it stands, until the next fact of the same topic; itself where facts only add up.

    A state is stated once and never again: said again later, it was so.
    """
    kind = fact if isinstance(fact, type) else type(fact)
    if kind is InvestmentDrafted:
        return ("draft", asked[_at(kind, "agreement")])
    if kind is FigureReported:
        return ("figure", *(asked[_at(kind, name)] for name in ("agreement", "figure", "effective_on")))
    return asked


def _at(kind: type[Any], field: str) -> int:
    """Where a field stands in what was asked, behind the fact's class."""
    return 1 + [name for name in kind.__struct_fields__ if name not in kind.derived].index(field)


# Scope


def scope(command: InvestmentCommand) -> tuple[str, ...]:
    """The agreement, and what the command names or needs beside it."""
    return (f"investment:{command.agreement}", *PART_OF[type(command)].scope(command))


# Decide


def decide(state: Investments, command: InvestmentCommand, by: By) -> Sequence[Fact]:
    """The fact that a command asks for, if every rule allows it; nothing where it is so already."""
    part = PART_OF[type(command)]
    kind = part.facts[type(command)]
    known = state.agreements.get(command.agreement)
    if known is None:
        if not isinstance(command, DraftInvestmentAgreement):
            raise InvestmentUnknown(
                f"there is no investment agreement {command.agreement}; draft it first", field="agreement"
            )
        known = Agreement(agreement=command.agreement, company=command.company)
    if isinstance(command, DraftInvestmentAgreement) and command.company != known.company:
        raise InvestmentExists(
            f"{command.agreement} is an agreement with {known.company}; choose another id", field="agreement"
        )
    given = {name: getattr(command, name) for name in command.__struct_fields__ if name in kind.__struct_fields__}
    given |= part.given(known, command)
    asked = (kind, *(given[name] for name in kind.__struct_fields__ if name not in kind.derived))
    if state.asked.get(_topic(kind, asked)) == asked:
        return ()
    _check_place(known, part, kind, command)
    told = part.told(state, known, command, by)
    return (kind(**{"company": known.company, **given, **told}),)


def _check_place(known: Agreement, part: Part, kind: type[Fact], command: InvestmentCommand) -> None:
    """State and date: the refusals that any step can meet."""
    starts = part.starts[kind]
    if known.state not in starts:
        raise InvestmentStateForbids(
            f"{known.agreement} is {known.state}; this step starts from {', '.join(sorted(starts))}"
        )
    if kind in REACHES:
        not_before(command.effective_on, known.since, f"{known.agreement} is {known.state}")
    elif known.signed_on is not None:
        not_before(command.effective_on, known.signed_on, f"{known.agreement} was signed")


INVESTMENT: Decider[InvestmentCommand, Investments] = Decider(tuple(PART_OF), Investments(), scope, evolve, decide)

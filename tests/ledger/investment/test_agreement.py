"""The agreement itself: drafted, signed and amended by two people, on terms that hold together.

One row an outcome; a refusal is tested where its rule is the only one that says no.
"""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.companies.facts import CompaniesMerged, CompanyExited
from ledger.decider import By, Command, Fact, Refusal
from ledger.investment.agreement import (
    AmendmentUndoes,
    ApproveInvestmentAmendment,
    ApproverIsInvestmentAuthor,
    CovenantMalformed,
    DraftInvestmentAgreement,
    IncentiveMalformed,
    InvestmentAmendmentDecided,
    InvestmentAmendmentTaken,
    InvestmentAmendmentUnknown,
    InvestorGone,
    InvestorUnknown,
    ProposeInvestmentAmendment,
    SignInvestmentAgreement,
    TranchesDiffer,
    TranchesDisordered,
)
from ledger.investment.facts import InvestmentAmended, InvestmentDrafted, InvestmentSigned
from ledger.investment.incentives import PayIncentive
from ledger.investment.rules import (
    InvestmentAmountMalformed,
    InvestmentExists,
    InvestmentRateMissing,
    InvestmentStateForbids,
    InvestmentStepTooEarly,
)
from tests.examples.investment import (
    APPROVER,
    CLERK,
    FINANCE,
    GROUND,
    INVESTOR,
    MORE_TIME,
    OTHER,
    REJECT,
    REJECTED,
    TERMS,
    asked,
    paper,
    told,
)
from tests.ground.given import decide, given, grown
from tests.ground.invested import PAID, PERFORMING, PROPOSED, SIGNED, TESTED, after

DRAFT = asked(DraftInvestmentAgreement)
PROPOSE = asked(ProposeInvestmentAmendment)
SOME, REST = TERMS.tranches
OURS, THEIRS = TERMS.incentives
TWICE = (TERMS.covenants[0], TERMS.covenants[0])


def draft(**change: Any) -> DraftInvestmentAgreement:
    """The draft with other terms."""
    return DraftInvestmentAgreement(**{**_fields(DRAFT), "terms": replace(TERMS, **change)})


def _fields(command: Command) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__struct_fields__}


def covenants(**change: Any) -> dict[str, Any]:
    """Terms whose first covenant is another."""
    return {"covenants": (replace(TERMS.covenants[0], **change), *TERMS.covenants[1:])}


def amended(**change: Any) -> ProposeInvestmentAmendment:
    """A further amendment to other terms."""
    terms = replace(MORE_TIME, **change)
    other: ProposeInvestmentAmendment = replace(PROPOSE, amendment="other", terms=terms, effective_on=date(2026, 1, 21))
    return other


def test_a_draft_is_replaced_by_a_newer_one_and_that_is_signed() -> None:
    newer = replace(asked(DraftInvestmentAgreement), terms=MORE_TIME, effective_on=date(2024, 1, 10))
    facts = grown(after(InvestmentDrafted), (newer, By(actor="second-demo", role="deal_desk")))
    for author in ("clerk-demo", "second-demo"):
        given(*facts).when(asked(SignInvestmentAgreement), By(actor=author, role="approver")).refused(
            ApproverIsInvestmentAuthor
        )
    given(*facts).when(asked(SignInvestmentAgreement), APPROVER).then(told(InvestmentSigned))


@pytest.mark.parametrize(
    ("command", "refusal", "field"),
    [
        pytest.param(replace(DRAFT, company="nobody-demo"), InvestorUnknown, "company", id="no-such-company"),
        pytest.param(draft(contracted="5000000.001"), InvestmentAmountMalformed, "terms.contracted", id="decimals"),
        pytest.param(draft(contracted="0"), InvestmentAmountMalformed, "terms.contracted", id="nothing"),
        pytest.param(draft(subscribed="0.00"), InvestmentAmountMalformed, "terms.subscribed", id="none-subscribed"),
        pytest.param(
            draft(tranches=(replace(SOME, amount="1.001"), REST)),
            InvestmentAmountMalformed,
            "terms.tranches",
            id="decimals-of-a-tranche",
        ),
        pytest.param(draft(tranches=(SOME,)), TranchesDiffer, "terms.tranches", id="I1-a-tranche-is-missing"),
        pytest.param(draft(contracted="5000000.01"), TranchesDiffer, "terms.tranches", id="I1-a-cent"),
        pytest.param(draft(tranches=(REST, SOME)), TranchesDisordered, "terms.tranches", id="out-of-order"),
        pytest.param(draft(incentives=(OURS, OURS)), IncentiveMalformed, "terms.incentives", id="incentive-twice"),
        pytest.param(
            draft(incentives=(replace(OURS, amount="0.00"), THEIRS)), IncentiveMalformed, "terms.incentives", id="of-0"
        ),
        pytest.param(draft(covenants=TWICE), CovenantMalformed, "terms.covenants", id="covenant-twice"),
        pytest.param(draft(**covenants(target="0")), CovenantMalformed, "terms.covenants", id="target-of-nothing"),
        pytest.param(draft(**covenants(tolerance="1")), CovenantMalformed, "terms.covenants", id="tolerates-all"),
        pytest.param(draft(**covenants(incentive="gift")), CovenantMalformed, "terms.covenants", id="no-incentive"),
        pytest.param(
            draft(**covenants(test_on=date(1, 1, 1))), CovenantMalformed, "terms.covenants", id="a-slip-in-the-year"
        ),
        pytest.param(
            draft(**covenants(metric="JOBS", target="0.5")), CovenantMalformed, "terms.covenants", id="half-a-person"
        ),
        pytest.param(draft(site=None), CovenantMalformed, "terms.covenants", id="per-mu-without-a-site"),
        pytest.param(draft(site="0.00"), CovenantMalformed, "terms.covenants", id="per-mu-of-no-site"),
    ],
)
def test_a_draft_is_refused(command: Command, refusal: type[Refusal], field: str) -> None:
    given(*GROUND).when(command).refused(refusal, field=field)


@pytest.mark.parametrize(
    "gone",
    [
        CompaniesMerged(
            company=INVESTOR,
            effective_on=date(2024, 1, 2),
            into=OTHER,
            released=(),
            reason="twice",
            evidence=paper("x"),
        ),
        CompanyExited(
            company=INVESTOR, effective_on=date(2024, 1, 2), ended=(), receivable="0.00", deposits_held="0.00"
        ),
    ],
    ids=["merged-away", "has-left"],
)
def test_nobody_agrees_with_a_company_that_is_gone(gone: Fact) -> None:
    given(*GROUND, gone).when(DRAFT).refused(InvestorGone, field="company")
    for known, command in (
        (after(InvestmentDrafted), asked(SignInvestmentAgreement)),
        (PROPOSED, asked(ApproveInvestmentAmendment)),
    ):
        given(*known, gone).when(command, APPROVER).refused(InvestorGone, field="agreement")


def test_an_id_belongs_to_one_company() -> None:
    given(*after(InvestmentDrafted)).when(replace(DRAFT, company=OTHER)).refused(InvestmentExists, field="agreement")


@pytest.mark.parametrize("by", [CLERK, By(actor="clerk-demo", role="approver")], ids=["maker", "in-another-role"])
def test_nobody_signs_what_they_drafted(by: By) -> None:
    given(*after(InvestmentDrafted)).when(asked(SignInvestmentAgreement), by).refused(ApproverIsInvestmentAuthor)


@pytest.mark.parametrize(
    ("facts", "command", "by", "refusal", "field"),
    [
        pytest.param(
            after(InvestmentDrafted),
            replace(asked(SignInvestmentAgreement), effective_on=date(2024, 1, 7)),
            APPROVER,
            InvestmentStepTooEarly,
            "effective_on",
            id="signed-before-it-was-drafted",
        ),
        pytest.param(
            after(InvestmentDrafted),
            replace(asked(SignInvestmentAgreement), effective_on=date(2024, 1, 9)),
            APPROVER,
            None,
            None,
            id="signed-the-day-after",
        ),
        pytest.param(
            tuple(fact for fact in after(InvestmentDrafted) if "series" not in type(fact).__struct_fields__),
            asked(SignInvestmentAgreement),
            APPROVER,
            InvestmentRateMissing,
            "currency",
            id="signed-without-a-rate",
        ),
        pytest.param(
            SIGNED,
            replace(DRAFT, terms=MORE_TIME),
            CLERK,
            InvestmentStateForbids,
            None,
            id="drafted-after-signature",
        ),
        pytest.param(
            PROPOSED, replace(PROPOSE, reason="another"), CLERK, InvestmentAmendmentTaken, "amendment", id="taken"
        ),
        pytest.param(
            SIGNED, asked(ApproveInvestmentAmendment), APPROVER, InvestmentAmendmentUnknown, "amendment", id="unknown"
        ),
        pytest.param(
            PROPOSED, asked(ApproveInvestmentAmendment), CLERK, ApproverIsInvestmentAuthor, None, id="by-the-proposer"
        ),
        pytest.param(
            PROPOSED,
            replace(asked(ApproveInvestmentAmendment), effective_on=date(2024, 9, 1)),
            APPROVER,
            InvestmentStepTooEarly,
            "effective_on",
            id="approved-before-it-was-proposed",
        ),
        pytest.param(
            after(InvestmentAmended), REJECT, APPROVER, InvestmentAmendmentDecided, "amendment", id="decided-already"
        ),
        pytest.param(
            (*PROPOSED, REJECTED),
            asked(ApproveInvestmentAmendment),
            APPROVER,
            InvestmentAmendmentDecided,
            "amendment",
            id="rejected-already",
        ),
        pytest.param(SIGNED, amended(tranches=(SOME,)), CLERK, TranchesDiffer, "terms.tranches", id="I1-amended"),
        pytest.param(
            PERFORMING, amended(currency="EUR"), CLERK, AmendmentUndoes, "terms.currency", id="another-currency"
        ),
        pytest.param(SIGNED, amended(currency="EUR"), CLERK, None, None, id="another-currency-before-money-came"),
        pytest.param(
            PAID,
            amended(incentives=(replace(OURS, amount="2399999.99"), THEIRS)),
            CLERK,
            AmendmentUndoes,
            "terms.incentives",
            id="less-than-was-paid",
        ),
        pytest.param(
            PAID,
            amended(incentives=(replace(OURS, payer="a bureau (demo)"), THEIRS)),
            CLERK,
            AmendmentUndoes,
            "terms.incentives",
            id="another-payer",
        ),
        pytest.param(
            TESTED, amended(covenants=TERMS.covenants[1:]), CLERK, AmendmentUndoes, "terms.covenants", id="tested"
        ),
    ],
)
def test_refused(
    facts: tuple[Fact, ...], command: Command, by: By, refusal: type[Refusal] | None, field: str | None
) -> None:
    if refusal is None:
        assert len(decide(facts, command, by)) == 1
    else:
        given(*facts).when(command, by).refused(refusal, field=field)


def test_an_amendment_is_measured_again_when_it_is_approved() -> None:
    """Proposed while nothing was paid, it would take an incentive back that has been paid since."""
    less = amended(incentives=(replace(OURS, amount="1.00"), THEIRS))
    facts = grown(after(InvestmentAmended), (less, CLERK), (asked(PayIncentive), FINANCE))
    approve = replace(asked(ApproveInvestmentAmendment), amendment="other", effective_on=date(2026, 1, 22))
    given(*facts).when(approve, APPROVER).refused(AmendmentUndoes, field="terms.incentives")

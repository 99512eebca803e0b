"""An investment agreement from draft to closure, and the company that it is with."""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger.companies.facts import CompanyQualified
from ledger.companies.prospects import LinkInvestmentAgreement
from ledger.decider import By, Command, Fact
from ledger.investment.facts import IncentivePaid, InvestmentAmendmentProposed
from ledger.investment.rules import InvestmentUnknown
from ledger.joint.linking import AgreementOfAnother
from tests.examples.investment import (
    AGREEMENT,
    APPROVER,
    ASKED,
    CLERK,
    GROUND,
    INVESTOR,
    LIFE,
    OTHER,
    REJECT,
    REJECTED,
    REVERSE,
    REVERSED,
    TERMINATE,
    TERMINATED,
    paper,
)
from tests.ground.given import decide, given
from tests.ground.invested import PERFORMING, SIGNED, after

# A whole life


def test_each_command_of_a_life_records_its_fact() -> None:
    for at, (command, by) in enumerate(ASKED):
        given(*GROUND, *LIFE[:at]).when(command, by).then(LIFE[at])


@pytest.mark.parametrize(
    ("facts", "command", "by", "fact"),
    [
        pytest.param(PERFORMING, REVERSE, CLERK, REVERSED, id="half-a-contribution-goes-back"),
        pytest.param(after(InvestmentAmendmentProposed), REJECT, APPROVER, REJECTED, id="an-amendment-is-rejected"),
        pytest.param(after(IncentivePaid), TERMINATE, APPROVER, TERMINATED, id="ended-in-the-middle"),
    ],
)
def test_other_ways(facts: tuple[Fact, ...], command: Command, by: By, fact: Fact) -> None:
    given(*facts).when(command, by).then(fact)


@pytest.mark.parametrize(
    ("command", "by"), [(command, by) for command, by in ASKED[1:]], ids=lambda value: type(value).__name__
)
def test_nothing_follows_before_a_draft(command: Command, by: By) -> None:
    given(*GROUND).when(command, by).refused(InvestmentUnknown, field="agreement")


# Companies


LINK = LinkInvestmentAgreement(
    company=INVESTOR,
    effective_on=date(2024, 1, 16),
    agreement=AGREEMENT,
    signed_on=date(2024, 1, 15),
    evidence=paper("agreement"),
)


def qualified(company: str) -> tuple[Fact, ...]:
    """A company that may sign."""
    return (CompanyQualified(company=company, effective_on=date(2023, 7, 1)),)


def test_an_agreement_on_record_is_linked_to_its_own_company() -> None:
    facts = (*SIGNED, *qualified(INVESTOR), *qualified(OTHER))
    assert len(decide(facts, LINK)) == 1
    given(*facts).when(replace(LINK, company=OTHER)).refused(AgreementOfAnother, field="agreement", says=INVESTOR)


def test_an_agreement_that_is_kept_elsewhere_is_linked_by_its_evidence() -> None:
    assert len(decide((*GROUND, *qualified(INVESTOR)), LINK)) == 1

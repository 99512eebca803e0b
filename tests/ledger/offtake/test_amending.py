"""Other terms of an agreement: proposed by one, agreed to by another; a decision taken back."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.companies.facts import CompaniesMerged, CompanyExited, CompanyStepWithdrawn
from ledger.decider import By, Command, Fact, Refusal, stored_name
from ledger.offtake.amending import (
    ApproverIsOfftakeAuthor,
    OfftakeAmendmentDecided,
    OfftakeAmendmentTaken,
    OfftakeAmendmentUnknown,
    RejectOfftakeAmendment,
)
from ledger.offtake.facts import EnergyInvoiced, OfftakeAmended
from ledger.offtake.life import (
    DraftOfftake,
    ExecuteOfftake,
    OfftakePartyGone,
    OfftakeStateForbids,
    TerminateOfftake,
    TermsMalformed,
)
from ledger.offtake.terms import Fixed
from ledger.offtake.withdrawing import OfftakeStepNeeded, WithdrawOfftakeStep
from tests.ground.given import decide, given
from tests.ground.offtaken import (
    BUYER,
    DESK,
    GENERATOR,
    GROUND,
    PAPER,
    SIGNER,
    TERMS,
    A,
    agreement,
    amending,
    delivering,
    of_kind,
    told,
)

SINCE = date(2024, 2, 1)
DEAR = replace(TERMS, price=Fixed(price="0.60"))
(PROPOSE, _), (APPROVE, _) = amending(SINCE, DEAR)
REJECT = RejectOfftakeAmendment(effective_on=date(2024, 2, 2), agreement=A, amendment="a-1-demo", reason="dear (demo)")
RUNNING = agreement()
PROPOSED = told(RUNNING, (PROPOSE, DESK))
ENDS = TerminateOfftake(effective_on=date(2024, 3, 31), agreement=A, reason="closed (demo)", document=PAPER)
TWO_MONTHS = {"2024-01": "100", "2024-02": "100"}


def withdraw(step: str, on: date = SINCE, **more: Any) -> WithdrawOfftakeStep:
    return WithdrawOfftakeStep(effective_on=on, agreement=A, step=step, reason="by mistake (demo)", **more)


def billed(facts: tuple[Any, ...]) -> list[int]:
    return [invoice.net_minor for invoice in of_kind(delivering(facts, TWO_MONTHS), EnergyInvoiced)]


def test_terms_that_are_only_proposed_do_not_hold() -> None:
    """100 kWh at 0.52 in both months; at 0.60 in February, once another agrees."""
    assert billed(PROPOSED) == [5200, 5200]
    agreed = told(PROPOSED, (APPROVE, SIGNER))
    assert billed(agreed) == [5200, 6000]
    (amended,) = of_kind(agreed, OfftakeAmended)
    assert (amended.proposed_by, amended.approved_by, amended.approved_on) == (DESK.actor, SIGNER.actor, SINCE)


@pytest.mark.parametrize(
    ("facts", "command", "by", "refusal"),
    [
        pytest.param(PROPOSED, APPROVE, DESK, ApproverIsOfftakeAuthor, id="the-proposer"),
        pytest.param(RUNNING, APPROVE, SIGNER, OfftakeAmendmentUnknown, id="nobody-proposed-it"),
        pytest.param(PROPOSED, replace(PROPOSE, terms=TERMS), DESK, OfftakeAmendmentTaken, id="another-of-this-id"),
        pytest.param(told(PROPOSED, (REJECT, SIGNER)), APPROVE, SIGNER, OfftakeAmendmentDecided, id="turned-down"),
        pytest.param(told(PROPOSED, (APPROVE, SIGNER)), REJECT, SIGNER, OfftakeAmendmentDecided, id="agreed-to"),
        pytest.param(told(PROPOSED, (ENDS, SIGNER)), APPROVE, SIGNER, OfftakeStateForbids, id="it-ended-meanwhile"),
        pytest.param(
            told(
                agreement(replace(TERMS, ends_on=date(2025, 12, 31))),
                (
                    replace(PROPOSE, effective_on=date(2026, 1, 1), terms=replace(DEAR, ends_on=date(2026, 12, 31))),
                    DESK,
                ),
                *amending(SINCE, replace(TERMS, ends_on=date(2025, 6, 30)), "a-2-demo"),
            ),
            APPROVE,
            SIGNER,
            TermsMalformed,
            id="the-term-was-shortened-meanwhile",
        ),
    ],
)
def test_refused(facts: tuple[Any, ...], command: Command, by: By, refusal: type[Refusal]) -> None:
    with pytest.raises(Refusal) as raised:
        decide(facts, command, by)
    assert type(raised.value) is refusal


def test_an_amendment_of_before_proposals_stays_as_it_is() -> None:
    agreed = told(PROPOSED, (APPROVE, SIGNER))
    old = replace(agreed[-1], amendment=None, proposed_by=None, approved_by=None, approved_on=None)
    assert billed((*RUNNING, old)) == [5200, 6000]


def test_a_decision_is_withdrawn_and_the_proposal_is_open_again() -> None:
    agreed = told(PROPOSED, (APPROVE, SIGNER))
    given(*agreed).when(withdraw("offtake.amendment-proposed"), SIGNER).refused(OfftakeStepNeeded, field="step")
    again = told(agreed, (withdraw("offtake.amended"), SIGNER))
    assert billed(again) == [5200, 5200]
    assert billed(told(again, (APPROVE, SIGNER))) == [5200, 6000]
    down = told(again, (REJECT, SIGNER), (withdraw("offtake.amendment-rejected", date(2024, 2, 2)), SIGNER))
    gone = told(down, (withdraw("offtake.amendment-proposed", about="a-1-demo"), SIGNER))
    assert billed(told(gone, *amending(SINCE, DEAR))) == [5200, 6000]


MERGED = CompaniesMerged(
    effective_on=date(2024, 1, 20), company=BUYER, into=GENERATOR, reason="one and the same (demo)", evidence=PAPER
)
EXITED = CompanyExited(effective_on=date(2024, 1, 20), company=BUYER, ended=(), receivable="0", deposits_held="0")
DRAFT = DraftOfftake(agreement=A, effective_on=TERMS.starts_on, terms=TERMS)


@pytest.mark.parametrize(
    ("gone", "says"), [(MERGED, f"was merged into {GENERATOR}"), (EXITED, "has left since 2024-01-20")]
)
def test_who_is_gone_signs_nothing(gone: Fact, says: str) -> None:
    """Looked at when it is drafted or proposed, and again when it is executed or approved."""
    facts = agreement()
    propose, approve = amending(SINCE, replace(TERMS, due_days=10))
    execute = ExecuteOfftake(agreement=A, effective_on=TERMS.starts_on, document=PAPER)
    for known, (command, by) in (
        (GROUND, (DRAFT, DESK)),
        (told(GROUND, (DRAFT, DESK)), (execute, SIGNER)),
        (facts, propose),
        (told(facts, propose), approve),
    ):
        given(*known, gone).when(command, by).refused(OfftakePartyGone, field="terms.buyer", says=says)
    back = CompanyStepWithdrawn(
        effective_on=date(2024, 1, 20),
        company=BUYER,
        step=stored_name(type(gone)),
        reason="of another (demo)",
        touched=gone.tags,
    )
    assert decide((*told(facts, propose), gone, back), *approve)

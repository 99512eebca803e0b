"""Other terms of an agreement: proposed by one, and agreed to by another.

Commands                  Facts (offtake.…)    From
ProposeOfftakeAmendment   amendment-proposed   any but DRAFT, until it has ended
ApproveOfftakeAmendment   amended              the same, by somebody else than the proposer
RejectOfftakeAmendment    amendment-rejected   any but DRAFT

An amendment states the terms whole, from the first day of a month on; one from the same day takes the place of an
earlier one. It is held against what is known when it is proposed, and again when it is approved.

Refusals, in order of precedence (after those of life.py that any step can meet)
├── OfftakeAmendmentTaken    this id is another amendment's of the agreement (conflict)
├── OfftakeAmendmentUnknown  nobody proposed it (unknown)
├── OfftakeAmendmentDecided  it was approved or rejected already
├── ApproverIsOfftakeAuthor  J7: the approver is not the proposer
├── (OfftakePartyGone)       of life.py: a party was merged away or has left since it was proposed
├── RoleFrozen               D3, D4: the role was fixed when the agreement was executed
└── (TermsMalformed)         of life.py: terms that contradict themselves, or do not join those before
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.offtake.account import OfftakeAgreement, Offtakes
from ledger.offtake.facts import OfftakeAmended, OfftakeAmendmentProposed, OfftakeAmendmentRejected
from ledger.offtake.life import (
    LIVING,
    WITHDRAW,
    AgreementCommand,
    OfftakeStateForbids,
    TermsCommand,
    TermsMalformed,
    agreement_and_parties,
    agreement_tags,
    check_parties,
    check_terms,
    check_there,
    executed,
    signing_tags,
)
from ledger.offtake.rules import OfftakeRefusal
from ledger.offtake.terms import OfftakeTerms
from ledger.periods import day_after, day_before
from ledger.values.days import Agreed
from ledger.values.evidence import Evidence

# Commands


class ProposeOfftakeAmendment(TermsCommand, frozen=True, kw_only=True, tag="propose-offtake-amendment"):
    """Propose other terms from `effective_on` on, the first day of a month. The role stays."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`reject-offtake-amendment`, or propose another under another id. " + WITHDRAW
    amendment: Id
    document: Evidence


class ApproveOfftakeAmendment(AgreementCommand, frozen=True, kw_only=True, tag="approve-offtake-amendment"):
    """Agree to terms that somebody else proposed. `effective_on` is the day of approval; the terms have their own."""

    put_right: ClassVar[str] = (
        "Another amendment from the same day: its terms take the place of these. Or `withdraw-offtake-step` of the day "
        "from which its terms hold: the proposal is open again. Months that were settled are settled anew afterwards."
    )
    amendment: Id


class RejectOfftakeAmendment(AgreementCommand, frozen=True, kw_only=True, tag="reject-offtake-amendment"):
    """Turn proposed terms down."""

    put_right: ClassVar[str] = "`withdraw-offtake-step`: the proposal is open again."
    amendment: Id
    reason: Text


# Refusals


class OfftakeAmendmentTaken(OfftakeRefusal):
    """This id is another amendment's of the agreement."""

    code = "offtake-amendment-taken"
    kind = "conflict"


class OfftakeAmendmentUnknown(OfftakeRefusal):
    """Nobody proposed it."""

    code = "offtake-amendment-unknown"
    kind = "unknown"


class OfftakeAmendmentDecided(OfftakeRefusal):
    """It was approved or rejected already."""

    code = "offtake-amendment-decided"


class ApproverIsOfftakeAuthor(OfftakeRefusal):
    """J7: the approver is not the proposer."""

    code = "approver-is-offtake-amendment-proposer"


class RoleFrozen(OfftakeRefusal):
    """D3, D4: the role was fixed when the agreement was executed."""

    code = "role-frozen"


# Decide


def _propose(state: Offtakes, command: ProposeOfftakeAmendment, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    if said(OfftakeAmendmentProposed, command) in agreement.asked.values():
        return ()
    if command.amendment in agreement.proposals:
        raise OfftakeAmendmentTaken(
            f"{command.amendment} is another amendment of {command.agreement}; choose another id", field="amendment"
        )
    check_parties(state, command.terms)
    _check_joins(agreement, command.terms, command.effective_on)
    return (
        OfftakeAmendmentProposed(
            effective_on=command.effective_on,
            agreement=command.agreement,
            amendment=command.amendment,
            terms=command.terms,
            document=command.document,
            proposed_by=by.actor,
        ),
    )


def _open(
    agreement: OfftakeAgreement, command: ApproveOfftakeAmendment | RejectOfftakeAmendment
) -> OfftakeAmendmentProposed:
    """The proposal, which nobody has decided on. Raises OfftakeAmendmentUnknown, OfftakeAmendmentDecided."""
    proposal = agreement.proposals.get(command.amendment)
    if proposal is None:
        raise OfftakeAmendmentUnknown(
            f"nobody proposed an amendment {command.amendment} of {command.agreement}: propose-offtake-amendment; "
            "somebody else than the proposer then approves it",
            field="amendment",
        )
    if command.amendment in agreement.decided:
        raise OfftakeAmendmentDecided(
            f"amendment {command.amendment} of {command.agreement} was decided already; propose another",
            field="amendment",
        )
    return proposal


def _approve(state: Offtakes, command: ApproveOfftakeAmendment, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    if (proposal := agreement.proposals.get(command.amendment)) is not None:
        given: dict[str, Any] = {"effective_on": proposal.effective_on, "approved_on": command.effective_on}
        given |= {"terms": proposal.terms, "document": proposal.document}
        if said(OfftakeAmended, command, **given) in agreement.asked.values():
            return ()
    proposal = _open(agreement, command)
    if proposal.proposed_by == by.actor:
        raise ApproverIsOfftakeAuthor(f"{by.actor} proposed {command.amendment}; somebody else approves it")
    check_there(state, proposal.terms)
    _check_joins(agreement, proposal.terms, proposal.effective_on)
    return (
        OfftakeAmended(
            effective_on=proposal.effective_on,
            agreement=command.agreement,
            terms=proposal.terms,
            document=proposal.document,
            amendment=command.amendment,
            proposed_by=proposal.proposed_by,
            approved_by=by.actor,
            approved_on=command.effective_on,
        ),
    )


def _reject(state: Offtakes, command: RejectOfftakeAmendment, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    if said(OfftakeAmendmentRejected, command) in agreement.asked.values():
        return ()
    _open(agreement, command)
    return (
        OfftakeAmendmentRejected(
            effective_on=command.effective_on,
            agreement=command.agreement,
            amendment=command.amendment,
            reason=command.reason,
        ),
    )


def _check_joins(agreement: OfftakeAgreement, terms: OfftakeTerms, on: date) -> None:
    """Check that the agreement has not ended, and that terms join those before them. Raises OfftakeRefusal."""
    name = agreement.agreement
    if agreement.state not in LIVING:
        raise OfftakeStateForbids(
            f"{name} is {agreement.state} since {agreement.since}; other terms are agreed on until it has ended",
            field="agreement",
        )
    check_terms(terms)
    if terms.role != agreement.role:
        raise RoleFrozen(f"{name} was executed with MCSC as {agreement.role}", field="terms.role")
    if on.day != 1:
        raise TermsMalformed("other terms begin with the first day of a month", field="effective_on")
    first = agreement.versions[0][1]
    if on < first.starts_on:
        raise TermsMalformed(f"{name} begins on {first.starts_on}", field="effective_on")
    if (terms.starts_on, terms.parties) != (first.starts_on, first.parties):
        raise TermsMalformed("its beginning and its parties stay; others take another agreement", field="terms")
    if on > day_after(agreement.ends_on):
        raise TermsMalformed(
            f"{name} lasts through {agreement.ends_on}; other terms begin at the latest on the day after",
            field="effective_on",
        )
    if terms.ends_on < day_before(on):
        raise TermsMalformed(
            f"the term would be over with {terms.ends_on}, before these terms begin", field="terms.ends_on"
        )


AMENDING: Part[Offtakes, Any] = Part(
    decide={
        ProposeOfftakeAmendment: _propose,
        ApproveOfftakeAmendment: _approve,
        RejectOfftakeAmendment: _reject,
    },
    scope={
        ProposeOfftakeAmendment: agreement_and_parties,
        ApproveOfftakeAmendment: signing_tags,
        RejectOfftakeAmendment: agreement_tags,
    },
)

"""What was recorded of a company by mistake is withdrawn, and then it is as if it had never been recorded."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.companies.company import Company
from ledger.companies.facts import (
    CompanyFact,
    CompanyQualified,
    CompanyRegistered,
    CompanyScreened,
    CompanyStepWithdrawn,
    IdentifierVerified,
    TouchAdded,
)
from ledger.companies.overrides import ApproveOverride
from ledger.companies.prospects import RegisterLead
from ledger.companies.registration import IdentifierTaken, VerifyIdentifier
from ledger.companies.withdrawing import (
    CompanyNamed,
    CompanyStepNotLatest,
    CompanyStepUnknown,
    RegainsDiffer,
    WithdrawCompanyStep,
)
from ledger.decider import By, Fact, standing, stored_name
from ledger.estate.facts import UnitReserved
from ledger.leases.facts import LeaseDrafted
from tests.examples import (
    GROUNDS,
    LEI,
    LIFE,
    MERGED,
    OTHER_LEI,
    OVERRIDE,
    RIVER_LEAD,
    RIVERBEND,
    SUNFIELD,
    TWIN,
    TWIN_LEAD,
    TWIN_VERIFIED,
    USCC,
    evidence,
    leases,
    through,
)
from tests.ground.company import folded
from tests.ground.given import decide, given

FAR, OLD = date(2062, 1, 6), date(206, 1, 6)


def withdraw(fact: CompanyFact, **more: Any) -> WithdrawCompanyStep:
    """The command that names this fact."""
    named = {"effective_on": fact.effective_on, "company": fact.company, "step": stored_name(type(fact))}
    return WithdrawCompanyStep(**{"reason": "a slip of the pen", **named, **more})


def withdrawn(fact: CompanyFact, about: str | None = None) -> CompanyStepWithdrawn:
    """The fact that takes this one back."""
    return CompanyStepWithdrawn(
        effective_on=fact.effective_on,
        company=fact.company,
        step=stored_name(type(fact)),
        about=about,
        reason="a slip of the pen",
        touched=fact.tags,
    )


def told(recorded: Sequence[Fact], company: str) -> Company | None:
    """The company that stands."""
    facts = standing(recorded, lambda fact: fact)
    own = [fact for fact in facts if isinstance(fact, CompanyFact) and company in fact.companies]
    return folded(*own) if own else None


@pytest.mark.parametrize("on", [FAR, OLD])
def test_a_lead_of_a_day_nobody_meant_goes_and_is_registered_anew(on: date) -> None:
    lead = replace(RIVER_LEAD, effective_on=on)
    given(lead).when(withdraw(lead)).then(withdrawn(lead))
    again = RegisterLead(
        effective_on=date(2026, 1, 6), company=RIVERBEND, name="Riverbend Storage (demo)", country="CN", origin="DIRECT"
    )
    given(lead, withdrawn(lead)).when(again).then(RIVER_LEAD)


def test_a_refusal_lists_the_steps_that_stand() -> None:
    lead, *later = [fact for fact in LIFE if fact.company == SUNFIELD][:3]
    steps = [f"{stored_name(type(fact))} of {fact.effective_on}" for fact in (*reversed(later), lead)]
    refused = given(lead, *later)
    first = f"withdraw that first; all that rest on it, latest first: {steps[0]}, {steps[1]}"
    refused.when(withdraw(lead)).refused(CompanyStepNotLatest, says=first)
    stands = f"what stands, latest first: {', '.join(steps)}"
    refused.when(withdraw(lead, step="company.exited")).refused(CompanyStepUnknown, says=stands)


def test_a_whole_life_is_withdrawn_by_following_what_the_refusals_say() -> None:
    """`X of D (…) rests on it; withdraw that first`: whoever does so comes to the lead in the end, and it goes."""
    recorded: list[Fact] = [fact for fact in LIFE if fact.company == SUNFIELD]
    wanted, asked = [withdraw(LIFE[0])], 0
    while wanted:
        asked += 1
        assert asked < 500
        try:
            recorded += decide(recorded, wanted[-1])
            wanted.pop()
        except CompanyStepNotLatest as refusal:
            ((step, on),) = re.findall(r"(\S+) of (\S+) \(\S+\) rests on it; withdraw that first", refusal.detail)
            wanted.append(replace(wanted[0], step=step, effective_on=date.fromisoformat(on), about=None, regains=()))
        except RegainsDiffer as refusal:
            again = re.findall(r"(?:uscc|lei|foreign):\S+?(?=,| again)", refusal.detail)
            wanted[-1] = replace(wanted[-1], regains=tuple(again))
        except CompanyStepUnknown as refusal:
            wanted[-1] = replace(wanted[-1], about=refusal.detail.partition(": ")[2].split(", ")[-1])
    assert told(recorded, SUNFIELD) is None
    given(*recorded).when(withdraw(LIFE[0])).then()


def test_without_its_latest_step_a_company_is_what_it_was() -> None:
    way = [fact for fact in through(CompanyRegistered) if fact.company == SUNFIELD]
    (fact,) = decide(way, withdraw(way[-1]))
    assert told([*way, fact], SUNFIELD) == told(way[:-1], SUNFIELD)


def test_a_contact_goes_by_itself_and_a_screening_before_it_counted() -> None:
    facts = through(CompanyQualified)
    touch = next(fact for fact in LIFE if isinstance(fact, TouchAdded))
    screened = next(fact for fact in facts if isinstance(fact, CompanyScreened))
    given(*LIFE).when(withdraw(touch)).then(withdrawn(touch))
    given(*facts).when(withdraw(screened)).refused(CompanyStepNotLatest, field="step", says="company.qualified of")


def test_the_same_words_twice_take_back_one_step_only() -> None:
    """Two contacts of a day through one channel: asking again takes the first back no more than once."""
    first = next(fact for fact in LIFE if isinstance(fact, TouchAdded))
    lead = LIFE[0]
    second = replace(first, note="another one")
    once = withdrawn(second)
    given(lead, first, second).when(withdraw(first)).then(once)
    given(lead, first, second, once).when(withdraw(first)).then()
    given(lead, first, second, once).when(withdraw(first, about=first.channel)).then(withdrawn(first, first.channel))
    given(lead, first, second, once, second).when(withdraw(first)).then(once)


@pytest.mark.parametrize(
    "names",
    [
        UnitReserved(effective_on=date(2026, 2, 1), unit="u-1", company=RIVERBEND, until_on=date(2026, 3, 1)),
        replace(next(fact for fact in leases.LIFE if isinstance(fact, LeaseDrafted)), company=RIVERBEND),
        replace(MERGED, into=RIVERBEND),
    ],
    ids=lambda fact: stored_name(type(fact)),
)
def test_a_company_that_something_names_stays(names: Fact) -> None:
    given(RIVER_LEAD, names).when(withdraw(RIVER_LEAD)).refused(CompanyNamed, field="company", says=RIVERBEND)


# Identifiers

WRONG = IdentifierVerified(
    effective_on=date(2026, 2, 2),
    company=RIVERBEND,
    scheme="LEI",
    value=OTHER_LEI,
    method="DOCUMENT",
    evidence=evidence("letter"),
)
RIGHT = replace(
    WRONG,
    effective_on=date(2026, 3, 2),
    value=LEI,
    override=replace(OVERRIDE, approved_on=date(2026, 3, 3)),
    replaced=f"lei:{OTHER_LEI}",
)
APPROVER = By(actor="approver-demo", role="approver")
OF_TWIN = replace(WRONG, company=TWIN, effective_on=date(2026, 3, 9))


def test_a_wrong_lei_is_put_right_and_the_right_owner_gets_it() -> None:
    put_right = VerifyIdentifier(
        effective_on=date(2026, 3, 2),
        company=RIVERBEND,
        scheme="LEI",
        value=LEI,
        method="DOCUMENT",
        evidence=evidence("letter"),
        override=GROUNDS,
    )
    proposed = decide((RIVER_LEAD, WRONG), put_right)
    approve = ApproveOverride(effective_on=date(2026, 3, 3), company=RIVERBEND, scheme="LEI", value=LEI)
    given(RIVER_LEAD, WRONG, *proposed).when(approve, by=APPROVER).then(RIGHT)
    of_twin = replace(put_right, company=TWIN, effective_on=date(2026, 3, 9), value=OTHER_LEI, override=None)
    given(RIVER_LEAD, TWIN_LEAD, WRONG).when(of_twin).refused(
        IdentifierTaken, says=f"verify the right one for {RIVERBEND}"
    )
    given(RIVER_LEAD, TWIN_LEAD, WRONG, RIGHT).when(of_twin).then(OF_TWIN)
    given(RIVER_LEAD, TWIN_LEAD, WRONG).when(withdraw(WRONG)).then(withdrawn(WRONG))
    given(RIVER_LEAD, TWIN_LEAD, WRONG, withdrawn(WRONG)).when(of_twin).then(OF_TWIN)


def test_what_is_held_again_is_named_and_free() -> None:
    facts = (RIVER_LEAD, TWIN_LEAD, WRONG, RIGHT)
    given(*facts).when(withdraw(WRONG)).refused(CompanyStepNotLatest, says="company.identifier-verified of 2026-03-02")
    given(*facts).when(withdraw(RIGHT)).refused(RegainsDiffer, field="regains", says=f"lei:{OTHER_LEI}")
    again = withdraw(RIGHT, regains=(f"lei:{OTHER_LEI}",))
    given(*facts).when(again).then(withdrawn(RIGHT))
    given(*facts, OF_TWIN).when(again).refused(IdentifierTaken, says=TWIN)


def test_a_merger_that_was_none() -> None:
    """Sunfield took the USCC over meanwhile: first that goes, then the twin is a record of its own again."""
    taken = replace(TWIN_VERIFIED, company=SUNFIELD, effective_on=date(2026, 1, 12))
    undo = withdraw(MERGED, regains=(f"uscc:{USCC}",))
    facts: list[Fact] = [LIFE[0], TWIN_LEAD, TWIN_VERIFIED, MERGED]
    given(*facts, taken).when(undo).refused(IdentifierTaken, field="regains", says=SUNFIELD)
    facts += [taken, *decide([*facts, taken], withdraw(taken))]
    facts += decide(facts, undo)
    twin = told(facts, TWIN)
    assert twin is not None
    assert (twin.stage, twin.uscc, twin.merged_into) == ("LEAD", USCC, None)


def test_two_identifiers_of_one_day_are_told_apart() -> None:
    both = (replace(TWIN_VERIFIED, company=RIVERBEND), replace(WRONG, effective_on=TWIN_VERIFIED.effective_on))
    ask = withdraw(both[0])
    given(RIVER_LEAD, *both).when(ask).refused(CompanyStepUnknown, field="about", says=f"{USCC}, {OTHER_LEI}")
    given(RIVER_LEAD, *both).when(replace(ask, about=USCC)).then(withdrawn(both[0], USCC))


def test_what_is_not_on_record_cannot_be_withdrawn() -> None:
    given(RIVER_LEAD).when(replace(withdraw(RIVER_LEAD), effective_on=FAR)).refused(CompanyStepUnknown, field="step")

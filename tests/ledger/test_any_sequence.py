"""What holds whatever is sent, over every context: held against second, simpler models.

Scope            deciding on the facts of a command's scope is deciding on all facts
First touch (C5) a company's origin changes by a correction of the origin and by nothing else
Identifiers (C2) at no moment do two companies hold the same one
"""

from typing import Any

from hypothesis import given as for_all

from ledger.companies.company import Company, evolve_company
from ledger.companies.facts import (
    CompaniesMerged,
    CompanyFact,
    CompanyRegistered,
    IdentifierVerified,
    LeadRegistered,
    OriginCorrected,
)
from ledger.decider import By, Command, Fact, Refusal, standing
from tests.ground.given import DECIDERS, decide
from tests.strategies import actors, sequences

Said = tuple[Fact, ...] | tuple[type[Refusal], str, str | None]


def on_the_scope(recorded: list[Fact], command: Command, by: By) -> Said:
    """What is said on the facts in the command's scope."""
    try:
        return decide(recorded, command, by)
    except Refusal as refusal:
        return type(refusal), refusal.detail, refusal.field


def on_everything(recorded: list[Fact], command: Command, by: By) -> Said:
    """What is said on all facts there are."""
    decider = DECIDERS[type(command)]
    if decider.initial == ():  # a withdrawal: what stands in its scope is its state
        return on_the_scope(recorded, command, by)
    state: Any = decider.initial
    for fact in standing(recorded, lambda fact: fact):
        state = decider.evolve(state, fact)
    try:
        return tuple(decider.decide(state, command, by))
    except Refusal as refusal:
        return type(refusal), refusal.detail, refusal.field


def history(sent: list[Command], by: By) -> list[Fact]:
    """What a ledger holds after these commands; refused ones leave nothing."""
    recorded: list[Fact] = []
    for command in sent:
        said = on_the_scope(recorded, command, by)
        recorded += [fact for fact in said if isinstance(fact, Fact)]
    return recorded


@for_all(sequences(), actors)
def test_the_scope_is_enough_to_decide(sent: list[Command], by: By) -> None:
    recorded: list[Fact] = []
    for command in sent:
        said = on_the_scope(recorded, command, by)
        assert said == on_everything(recorded, command, by)
        recorded += [fact for fact in said if isinstance(fact, Fact)]


@for_all(sequences(), actors)
def test_the_first_touch_changes_only_by_a_correction(sent: list[Command], by: By) -> None:
    known: dict[str, Company] = {}
    for fact in standing(history(sent, by), lambda fact: fact):
        if not isinstance(fact, CompanyFact):
            continue
        earlier, later = known.get(fact.company), evolve_company(known.get(fact.company), fact)
        known[fact.company] = later
        if isinstance(fact, LeadRegistered):
            assert earlier is None
            assert (later.origin, later.origin_year) == (fact.origin, fact.origin_year)
        elif isinstance(fact, OriginCorrected):
            assert earlier is not None
            assert (earlier.origin, earlier.origin_year) == (fact.was, fact.was_year)
        else:
            assert earlier is not None
            assert (later.origin, later.origin_year) == (earlier.origin, earlier.origin_year)


Holdings = dict[tuple[str, str], str]
"""(company, scheme) to the identifier: what a clerk would keep on one sheet of paper."""


def _note(sheet: Holdings, fact: Fact) -> None:
    match fact:
        case CompanyRegistered():
            if fact.uscc is not None:
                sheet[fact.company, "USCC"] = fact.uscc
            if fact.foreign_number is not None:
                sheet[fact.company, "FOREIGN"] = f"{fact.foreign_registry} {fact.foreign_number}"
        case IdentifierVerified(scheme="FOREIGN"):
            sheet[fact.company, "FOREIGN"] = f"{fact.registry} {fact.value}"
        case IdentifierVerified():
            sheet[fact.company, fact.scheme] = fact.value
        case CompaniesMerged():
            for held in [held for held in sheet if held[0] == fact.company]:
                del sheet[held]


@for_all(sequences(), actors)
def test_an_identifier_has_one_holder_at_every_moment(sent: list[Command], by: By) -> None:
    recorded = history(sent, by)
    for upto in range(1, len(recorded) + 1):
        sheet: Holdings = {}
        for fact in standing(recorded[:upto], lambda fact: fact):
            _note(sheet, fact)
        held = [(scheme, value) for (_, scheme), value in sheet.items()]
        assert len(held) == len(set(held)), f"held twice after {recorded[upto - 1]}"

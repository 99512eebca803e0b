"""What holds of companies whatever is sent."""

from itertools import pairwise

from hypothesis import given as for_all
from hypothesis import strategies as st

from ledger.companies.deciding import COMPANIES
from ledger.companies.facts import CompanyFact, identifier_tag
from ledger.decider import By, Command, Fact, Refusal, standing
from tests.ground.company import folded
from tests.ground.given import decide
from tests.strategies import actors, sequences

STEPS = {
    "LEAD": {"QUALIFIED", "REJECTED", "DORMANT"},
    "QUALIFIED": {"LOI_SIGNED", "AGREEMENT_SIGNED", "REGISTERED", "REJECTED", "DORMANT"},
    "LOI_SIGNED": {"AGREEMENT_SIGNED", "REGISTERED", "REJECTED", "DORMANT"},
    "AGREEMENT_SIGNED": {"REGISTERED", "REJECTED", "DORMANT"},
    "REGISTERED": {"SETTLED_IN", "EXITING", "DORMANT"},
    "SETTLED_IN": {"OPERATING", "EXITING"},
    "OPERATING": {"EXITING"},
    "EXITING": {"EXITED"},
    "EXITED": set(),
    "REJECTED": {"LEAD", "QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED"},
    "DORMANT": {"LEAD", "QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED", "REGISTERED"},
    "MERGED": set(),
}
"""Drawn a second time, by hand: what the code's table is held against. Any stage may also become MERGED."""


def accepted(sent: list[Command], by: list[By]) -> list[Fact]:
    """What a ledger has recorded after these commands; refused ones leave nothing."""
    recorded: list[Fact] = []
    for at, command in enumerate(sent):
        try:
            recorded += decide(recorded, command, by[at % len(by)])
        except Refusal:
            continue
    return recorded


histories = st.builds(accepted, sequences(), st.lists(actors, min_size=1, max_size=3))


def lives(recorded: list[Fact]) -> dict[str, list[CompanyFact]]:
    """Each company's facts, in the order recorded."""
    found: dict[str, list[CompanyFact]] = {}
    for fact in standing(recorded, lambda fact: fact):
        if isinstance(fact, CompanyFact):
            for company in fact.companies:
                found.setdefault(company, []).append(fact)
    return found


@for_all(sequences(), actors)
def test_sending_an_accepted_command_again_adds_nothing(sent: list[Command], by: By) -> None:
    recorded: list[Fact] = []
    for command in sent:
        try:
            recorded += decide(recorded, command, by)
        except Refusal:
            continue
        assert decide(recorded, command, by) == ()


@for_all(histories)
def test_nobody_holds_what_another_company_holds(recorded: list[Fact]) -> None:
    held: list[str] = []
    for life in lives(recorded).values():
        company = folded(*life)
        if company.stage != "MERGED":
            foreign = company.foreign_number and identifier_tag(
                "FOREIGN", company.foreign_number, company.foreign_registry
            )
            uscc = company.uscc and identifier_tag("USCC", company.uscc)
            lei = company.lei and identifier_tag("LEI", company.lei)
            held += [tag for tag in (uscc, lei, foreign) if tag]
    assert len(held) == len(set(held))
    everything = COMPANIES.initial
    for fact in standing(recorded, lambda fact: fact):
        everything = COMPANIES.evolve(everything, fact)
    assert sorted(everything.holders) == sorted(held), "an identifier is held, and its company does not know"


@for_all(histories)
def test_stages_follow_the_table(recorded: list[Fact]) -> None:
    for life in lives(recorded).values():
        stages = [folded(*life[:upto]).stage for upto in range(1, len(life) + 1)]
        assert stages[0] == "LEAD"
        for earlier, later in pairwise(stages):
            assert later in STEPS[earlier] | {earlier, "MERGED"}


@for_all(histories)
def test_by_effective_date_a_company_ends_at_the_same_stage(recorded: list[Fact]) -> None:
    for life in lives(recorded).values():
        in_order = sorted(life, key=lambda fact: fact.effective_on)
        assert folded(*in_order).stage == folded(*life).stage

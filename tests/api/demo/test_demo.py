"""The demonstration: complete, and repeatable."""

from collections import Counter
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import get_args

import pytest
from msgspec.structs import replace

import migrations
from api.demo.deals.energy import SUPPLIES
from api.demo.deals.parties import BUYERS, OFFICES, SUPPLIERS
from api.demo.directory import label
from api.demo.keys import renew_keys
from api.demo.pipeline import BEGIN, CHANNELS, END, WAYS, journeys, pipeline
from api.demo.plan import plan
from api.demo.public import OPENED_AT, public_history
from api.demo.steps import Step
from api.demo.unfolding import DemoRefused, unfold
from ledger.access import (
    ROLES,
    AdoptCheckpointKey,
    BarSubject,
    CreateKey,
    MapUser,
    ReadmitSubject,
    RevokeKey,
    UnmapUser,
)
from ledger.bookkeeping.papers import IssuePaper
from ledger.bookkeeping.statements.profiles import RecordBankProfile
from ledger.companies.contacts import EraseContact, SetContact
from ledger.companies.facts import CompanyDetailsCorrected, CompanyFact, LeadRegistered, Stage
from ledger.companies.prospects import LinkInvestmentAgreement, QualifyCompany, RegisterLead
from ledger.decider import Command, command_name
from ledger.estate.market import ReserveUnit
from ledger.joint.taking_over import TakeOverPark
from ledger.leases.agreement import DraftLease
from ledger.leases.facts import AmendmentProposed, LeaseAmended, LeaseFact, LeaseHolds
from ledger.log import store
from ledger.log.certifying import CertifyReadModels
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.offtake.meters.estimating import ApproveEstimate, ProposeEstimate
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.companies.funnel import STAGES, funnel
from projections.companies.register import all_companies
from projections.engine.basis import resolve
from tests.ground.demonstrated import CLERK, LEAD, TODAY, built, entries, of, quietly

# What it holds


PUTS_RIGHT = ("withdraw-", "reverse-", "correct-", "restore-", "reject-")
"""The people of the demonstration make a few mistakes, not one of every kind."""


def test_every_command_of_every_context_is_shown(demo: Database) -> None:
    wanted = {command for decider in CONTEXTS for command in decider.commands} - {
        CreateKey,
        RevokeKey,
        MapUser,
        UnmapUser,
        BarSubject,  # nobody comes by a provider
        ReadmitSubject,
        AdoptCheckpointKey,
        CertifyReadModels,
        SetContact,  # it names no person
        EraseContact,
        ProposeEstimate,  # its one estimate is a read of that quality
        ApproveEstimate,
        IssuePaper,  # prints, and it holds nothing that it would print
        RecordBankProfile,  # its bank sends camt.053
        TakeOverPark,  # the city began in this ledger
    }
    hidden = {command_name(command) for command in wanted} - {entry.command for entry in entries(demo)}
    assert [name for name in sorted(hidden) if not name.startswith(PUTS_RIGHT)] == []


def test_sixty_companies_of_every_origin_at_every_stage(demo: Database) -> None:
    with demo.views.connect() as connection:
        known = store.read_head(connection).size
        basis = resolve(connection, effective=END.isoformat(), recorded=None, today=TODAY, known=known)
        answer, rows = funnel(connection, basis), all_companies(connection, basis)
    assert answer.total.leads.count >= 60
    assert {row.origin for row in answer.rows} == set(CHANNELS)
    assert {row.origin_year for row in answer.rows if row.origin == "CIIE_PAVILION"} == {2023, 2024, 2025}
    assert all(getattr(answer.total, stage).count for stage in STAGES)
    assert {row.stage for row in rows} == set(get_args(Stage))
    assert set(answer.data_classes) == {"FICTIONAL", "PUBLIC_FACT"}


def days_and_agreements(channel: str) -> tuple[float, float]:
    """Median days from lead to qualified, and the share of leads that come to an agreement, of many companies."""
    commands = [step.command for step in pipeline(list(journeys(900, 2021)))]
    leads = {c.company: c.effective_on for c in commands if isinstance(c, RegisterLead) and c.origin == channel}
    qualified = [c for c in commands if isinstance(c, QualifyCompany) and c.company in leads]
    agreed = {c.company for c in commands if isinstance(c, LinkInvestmentAgreement) and c.company in leads}
    return median((c.effective_on - leads[c.company]).days for c in qualified), len(agreed) / len(leads)


def test_channels_differ_in_pace_and_in_reach() -> None:
    days, agreements = zip(*map(days_and_agreements, ("BAC_REFERRAL", "CIIE_PAVILION", "OTHER")), strict=True)
    assert days[0] < days[1] < days[2]
    assert agreements[0] > max(agreements[1:])


def test_a_correction_names_the_fact_that_was_wrong(demo: Database) -> None:
    recorded = entries(demo)
    corrections = [entry.fact for entry in recorded if isinstance(entry.fact, CompanyDetailsCorrected)]
    assert corrections
    for correction in corrections:
        wrong = recorded[correction.corrects - 1].fact
        assert isinstance(wrong, LeadRegistered)
        assert (wrong.company, wrong.effective_on) == (correction.company, correction.effective_on)
        assert correction.name not in (None, wrong.name)


def test_nothing_but_the_fair_happens_at_weekends(demo: Database) -> None:
    closed = [entry.fact for entry in entries(demo) if entry.fact.effective_on.weekday() > 4]
    invented = [fact for fact in closed if isinstance(fact, CompanyFact) and fact.company != "cety"]
    assert all(fact.effective_on.month == 11 and 5 <= fact.effective_on.day <= 10 for fact in invented)
    assert {type(fact) for fact in invented} <= {LeadRegistered, CompanyDetailsCorrected}


def test_it_verifies(demo: Database) -> None:
    assert verify(demo).size == len(entries(demo))


def test_history_is_recorded_after_it_happened_and_in_order(demo: Database) -> None:
    recorded = entries(demo)
    agreed_ahead = (AmendmentProposed, LeaseAmended)  # their effective date is when the new terms begin
    early = [one.fact for one in recorded if one.recorded_at.date() < one.fact.effective_on]
    assert [fact for fact in early if not isinstance(fact, agreed_ahead)] == []
    assert [one.recorded_at for one in recorded] == sorted(one.recorded_at for one in recorded)
    assert recorded[-1].recorded_at.date() <= END
    late = [entry for entry in recorded if (entry.recorded_at.date() - entry.fact.effective_on).days > 30]
    assert len([entry for entry in late if isinstance(entry.fact, CompanyFact)]) >= 5
    assert len([entry for entry in late if isinstance(entry.fact, LeaseFact | LeaseHolds)]) >= 5
    assert {entry.recorded_at.weekday() for entry in recorded} <= {0, 1, 2, 3, 4}


def test_what_was_known_earlier_can_be_asked(demo: Database) -> None:
    counts = []
    with demo.views.connect() as connection:
        known = store.read_head(connection).size
        for recorded in (None, "2025-01-01", "2024-01-01"):
            basis = resolve(connection, effective="now", recorded=recorded, today=TODAY, known=known)
            counts.append(len(all_companies(connection, basis)))
    assert counts == sorted(set(counts), reverse=True)


@pytest.mark.parametrize(("companies", "seed"), [(1, 1), (14, 2), (21, 8), (60, 7), (300, 1)])
def test_no_seed_is_refused(tmp_path: Path, companies: int, seed: int) -> None:
    database = built(tmp_path / "demo", companies, seed, keys=False)
    leads = of(database, LeadRegistered)
    assert len({lead.company for lead in leads}) == companies + 1 + len((*SUPPLIERS, *BUYERS, *OFFICES))
    assert all(BEGIN <= lead.effective_on <= END for lead in leads if lead.company != "cety")
    database.close()


def test_no_seed_asks_for_somebody_who_is_not_known_yet() -> None:
    for seed in range(24):
        known_at = {way.prospect.company: way.steps[0].known_at for way in journeys(24, seed)}
        for step in plan(24, seed):
            if isinstance(step, Step) and isinstance(step.command, DraftLease | ReserveUnit):
                assert step.recorded_at > known_at[step.command.company], (seed, step.command)


def test_no_seed_delivers_what_is_guaranteed_for_the_years_that_are_assessed() -> None:
    """At most 107 % of 71,000 kWh in each month; of the guarantee a week of February does not count."""
    (supply,) = (supply for supply in SUPPLIES if supply.terms.guarantee)
    assert supply.terms.guarantee is not None
    counts = Fraction(supply.terms.guarantee.guaranteed) * (1 - Fraction(7, 28) / 12)
    assert max(supply.monthly[:2]) * 12 * Fraction(107, 100) < counts


@pytest.mark.parametrize("command", [LEAD, public_history()[0].command], ids=["unheard of", "already so"])
def test_a_refused_step_is_loud(tmp_path: Path, command: Command) -> None:
    first, *_, last = public_history()
    wrong = QualifyCompany(company="nobody-demo", effective_on=TODAY) if command is LEAD else first.command
    label(tmp_path)
    database = Database(tmp_path)
    migrations.upgrade(database)
    with pytest.raises(DemoRefused, match=type(wrong).__name__):
        unfold(database, [first, replace(last, command=wrong)], quietly)
    database.close()


def test_each_way_is_taken_once_by_the_first_companies() -> None:
    lives = Counter(step.command.company for step in pipeline(list(journeys(len(WAYS), 2021))))  # type: ignore[attr-defined] # company commands
    assert sorted(lives.values()) == sorted(len(way.split()) for _, way in WAYS)


def test_public_history_is_recorded_before_anything_invented(demo: Database) -> None:
    public = [entry.data_class == "PUBLIC_FACT" for entry in entries(demo)]
    assert public == sorted(public, reverse=True)
    assert entries(demo)[0].recorded_at == OPENED_AT
    assert plan()[: len(public_history())] == public_history()


# Again and again


def test_the_same_seed_gives_the_same_root(tmp_path: Path) -> None:
    heads = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        database = built(tmp_path / name, 3, seed, keys=False)
        with database.views.connect() as connection:
            size = store.read_head(connection).size
            heads.append((size, store.root_at(connection, size)))
        database.close()
    assert heads[0] == heads[1] != heads[2]


def test_keys_are_made_anew_and_the_earlier_ones_revoked(tmp_path: Path) -> None:
    database = built(tmp_path / "demo", 0, keys=False)
    with Ledger(database, CONTEXTS) as ledger:
        own = CreateKey(key_id="somebodys", actor="li-demo", role="admin", secret_sha256="ab" * 32, effective_on=TODAY)
        ledger.execute(own, CLERK)
        first, second = renew_keys(ledger, TODAY), renew_keys(ledger, TODAY)
    revoked = [entry.fact for entry in entries(database) if entry.command == "revoke-key"]
    assert tuple(first) == tuple(second) == ROLES
    assert set(first.values()).isdisjoint(second.values())
    assert {fact.key_id for fact in revoked} == {key.split("_")[1] for key in first.values()}  # type: ignore[attr-defined] # only KeyRevoked
    database.close()

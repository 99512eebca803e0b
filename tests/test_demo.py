"""The demonstration: complete, repeatable, honest about what is invented, and never in the way of anybody's data."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import get_args

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace
from stdnum import lei
from stdnum.cn import uscc

import migrations
from api.cli import main
from api.demo import ROLES, DemoRefused, Standing, build, label, plan, renew_keys, standing
from api.demo.firms import firms
from api.demo.pipeline import BEGIN, CHANNELS, END, WAYS
from api.demo.public import OPENED_AT
from api.demo.steps import Step
from ledger import CONTEXTS, store
from ledger.access import CreateKey, RevokeKey
from ledger.application import Ledger
from ledger.claims import RecordClaim
from ledger.companies import (
    CompanyCommand,
    CompanyDetailsCorrected,
    CompanyFact,
    LeadRegistered,
    LinkInvestmentAgreement,
    QualifyCompany,
    RegisterLead,
    ReportSettled,
    Stage,
)
from ledger.database import AlreadyOpen, Database
from ledger.decider import By
from ledger.envelope import Entry
from ledger.verify import verify
from projections import ALL_VIEWS
from projections.basis import resolve
from projections.funnel import STAGES, funnel
from projections.register import all_companies
from projections.runner import catch_up, ensure

TODAY = date(2026, 11, 24)
CLERK = By(actor="clerk-demo", role="deal_desk")
LEAD = RegisterLead(company="mine", name="Mine", country="US", origin="DIRECT", effective_on=TODAY)


def quietly(_done: int, _total: int) -> None:
    pass


def built(directory: Path, companies: int = 17, seed: int = 2021, *, keys: bool = True) -> Database:
    label(directory)
    database = Database(directory)
    migrations.upgrade(database)
    build(database, plan(companies, seed), quietly)
    if keys:
        with Ledger(database, CONTEXTS) as ledger:
            renew_keys(ledger, TODAY)
    return database


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demonstration as `mcsc demo` builds it, up to its keys."""
    database = built(tmp_path_factory.mktemp("demo") / "demo", companies=72, keys=False)
    views = [view() for view in ALL_VIEWS]
    ensure(database, views)
    catch_up(database, views)
    yield database
    database.close()


def entries(database: Database) -> list[Entry]:
    with database.views.connect() as connection:
        return store.page(connection, after=0, limit=100_000)


# What it holds


def test_every_command_of_companies_and_claims_is_shown() -> None:
    shown = {type(step.command) for step in plan()}
    wanted = {command for decider in CONTEXTS for command in decider.commands} - {CreateKey, RevokeKey}
    assert wanted - shown == set()


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
    commands = [step.command for step in plan(900) if step.data_class == "FICTIONAL"]
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
    assert verify(demo).size == len(plan())


def test_history_is_recorded_after_it_happened_and_in_order(demo: Database) -> None:
    recorded = entries(demo)
    assert all(entry.recorded_at.date() >= entry.fact.effective_on for entry in recorded)
    assert recorded[-1].recorded_at.date() < TODAY
    late = [entry for entry in recorded if (entry.recorded_at.date() - entry.fact.effective_on).days > 30]
    assert len([entry for entry in late if entry.data_class == "FICTIONAL"]) >= 5
    assert {entry.recorded_at.weekday() for entry in recorded} <= {0, 1, 2, 3, 4}


def test_what_was_known_earlier_can_be_asked(demo: Database) -> None:
    counts = []
    with demo.views.connect() as connection:
        known = store.read_head(connection).size
        for recorded in (None, "2025-01-01", "2024-01-01"):
            basis = resolve(connection, effective="now", recorded=recorded, today=TODAY, known=known)
            counts.append(len(all_companies(connection, basis)))
    assert counts == sorted(set(counts), reverse=True)


@pytest.mark.parametrize(("companies", "seed"), [(1, 1), (60, 7), (300, 1), (300, 2), (300, 3)])
def test_no_seed_is_refused(tmp_path: Path, companies: int, seed: int) -> None:
    built(tmp_path / "demo", companies, seed).close()
    leads = [step.command for step in plan(companies, seed) if isinstance(step.command, RegisterLead)]
    assert len({lead.company for lead in leads}) == companies + 1
    assert all(BEGIN <= lead.effective_on <= END for lead in leads if lead.company != "cety")


def test_a_refused_step_is_loud(tmp_path: Path) -> None:
    steps = plan(1)
    twice = replace(steps[-1], command=steps[0].command)
    label(tmp_path)
    database = Database(tmp_path)
    migrations.upgrade(database)
    with pytest.raises(DemoRefused, match="RecordClaim"):
        build(database, [*steps, twice], quietly)
    database.close()


def test_each_way_is_taken_once_by_the_first_companies() -> None:
    lives: Counter[str] = Counter()
    for step in plan(len(WAYS)):
        if isinstance(step.command, CompanyCommand) and step.data_class == "FICTIONAL":
            lives[step.command.company] += 1
    assert sorted(lives.values()) == sorted(len(way.split()) for _, way in WAYS)


# What is true and what is invented


def about_the_real() -> list[Step]:
    return [step for step in plan() if step.data_class == "PUBLIC_FACT"]


def test_real_names_come_with_claims_and_nothing_else() -> None:
    kinds = Counter(type(step.command) for step in about_the_real())
    assert kinds == {RecordClaim: 11, RegisterLead: 1, ReportSettled: 1}
    named = [step.command.company for step in about_the_real() if isinstance(step.command, CompanyCommand)]
    assert named == ["cety", "cety"]
    assert all(step.command.source for step in about_the_real() if hasattr(step.command, "source"))


def test_contradicting_claims_are_all_kept() -> None:
    said = " ".join(step.command.statement for step in about_the_real() if isinstance(step.command, RecordClaim))
    assert [area for area in ("220 hectares", "500 acres", "800 acres", "900 acres") if area not in said] == []


def test_the_rest_says_that_it_is_invented() -> None:
    for step in plan():
        if step.data_class == "PUBLIC_FACT":
            continue
        assert isinstance(step.command, CompanyCommand)
        assert step.command.company.endswith("-demo")
        assert step.by.actor.endswith("-demo")
        if isinstance(step.command, RegisterLead):
            assert step.command.name.endswith("(demo)")
            assert (step.command.name_zh or "(demo)").endswith("(demo)")


def test_invented_identifiers_are_sound_unique_and_nobodys() -> None:
    some = list(islice(firms(Random(1)), 2000))
    assert all(uscc.is_valid(firm.uscc) and firm.uscc[2:8] == "000000" for firm in some)
    assert not any(uscc.is_valid(firm.faulty_uscc) for firm in some)
    assert all(lei.is_valid(code) and code.startswith("FICT") for firm in some for code in (firm.lei, firm.parent_lei))
    for values in ([f.uscc for f in some], [f.lei for f in some], [f.name for f in some], [f.company for f in some]):
        assert len(set(values)) == len(some)


# Again and again


def test_the_same_seed_gives_the_same_root_but_for_the_keys(tmp_path: Path) -> None:
    one, two, other = (built(tmp_path / name, seed=seed) for name, seed in (("a", 5), ("b", 5), ("c", 6)))
    size = len(plan(17, 5))
    roots = []
    for database in (one, two, other):
        with database.views.connect() as connection:
            roots.append(store.root_at(connection, size))
        database.close()
    assert roots[0] == roots[1] != roots[2]


def test_keys_are_made_anew_and_the_earlier_ones_revoked(tmp_path: Path) -> None:
    database = built(tmp_path / "demo", 1, keys=False)
    with Ledger(database, CONTEXTS) as ledger:
        own = CreateKey(key_id="somebodys", actor="li-demo", role="admin", secret_sha256="ab" * 32, effective_on=TODAY)
        ledger.execute(own, CLERK)
        first, second = renew_keys(ledger, TODAY), renew_keys(ledger, TODAY)
    revoked = [entry.fact for entry in entries(database) if entry.command == "revoke-key"]
    assert tuple(first) == tuple(second) == ROLES
    assert set(first.values()).isdisjoint(second.values())
    assert {fact.key_id for fact in revoked} == {key.split("_")[1] for key in first.values()}  # type: ignore[attr-defined] # only KeyRevoked
    database.close()


# What may be cleared away


def unfinished(directory: Path) -> None:
    built(directory, 1, keys=False).close()


def just_begun(directory: Path) -> None:
    label(directory)


def without_facts(directory: Path) -> None:
    label(directory)
    database = Database(directory)
    migrations.upgrade(database)
    database.close()


def finished(directory: Path) -> None:
    built(directory, 1).close()


def empty(directory: Path) -> None:
    directory.mkdir()


def notes_beside_an_unfinished_one(directory: Path) -> None:
    unfinished(directory)
    (directory / "notes.txt").write_text("do not lose me")


def settings_of_ones_own(directory: Path) -> None:
    unfinished(directory)
    (directory / "mcsc.toml").write_text('data_class = "FICTIONAL"\nport = 9000\n')


def a_fact_of_ones_own(directory: Path) -> None:
    database = built(directory, 1, keys=False)
    with Ledger(database, CONTEXTS) as ledger:
        ledger.execute(LEAD, CLERK)
    database.close()


def a_ledger_of_ones_own(directory: Path) -> None:
    label(directory)
    database = Database(directory)
    migrations.upgrade(database)
    with Ledger(database, CONTEXTS) as ledger:
        ledger.execute(LEAD, CLERK)
    database.close()


def no_ledger_at_all(directory: Path) -> None:
    directory.mkdir()
    (directory / "thesis.txt").write_text("do not lose me")


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        (empty, Standing.EMPTY),
        (finished, Standing.DEMO),
        (unfinished, Standing.UNFINISHED_DEMO),
        (just_begun, Standing.UNFINISHED_DEMO),
        (without_facts, Standing.UNFINISHED_DEMO),
        (notes_beside_an_unfinished_one, Standing.OTHER),
        (settings_of_ones_own, Standing.OTHER),
        (a_fact_of_ones_own, Standing.OTHER),
        (a_ledger_of_ones_own, Standing.OTHER),
        (no_ledger_at_all, Standing.OTHER),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_only_what_nobody_could_miss_is_unfinished(tmp_path: Path, prepare: object, expected: Standing) -> None:
    assert callable(prepare)
    prepare(tmp_path / "demo")
    database = Database(tmp_path / "demo")
    assert standing(database) is expected
    database.close()


def test_one_that_is_being_built_is_left_alone(tmp_path: Path) -> None:
    database = built(tmp_path / "demo", 1, keys=False)
    with database.only_writer(), pytest.raises(AlreadyOpen):
        standing(database)
    database.close()


# From the command line


def mcsc(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_from_nothing_to_a_healthy_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCSC_DATABASE", raising=False)
    where = tmp_path / "demo"
    first = mcsc("demo", "--data", where, "--no-serve")
    assert first.exit_code == 0, first.output
    assert "13 facts of the public record" in first.stderr
    assert "simulated" in first.stderr
    keys = re.findall(r"mcsc_\w{12}_\w{64}", first.stderr)
    assert len(set(keys)) == len(ROLES)
    healthy = mcsc("doctor", "--data", where)
    assert (healthy.exit_code, "✗" in healthy.stdout) == (0, False)
    assert mcsc("verify", "--data", where).exit_code == 0
    again = mcsc("demo", "--data", where, "--no-serve")
    assert (again.exit_code, "is there already" in again.stderr) == (0, True)
    assert not set(keys) & set(re.findall(r"mcsc_\w{12}_\w{64}", again.stderr))


def test_somebody_elses_directory_is_refused_and_untouched(tmp_path: Path) -> None:
    no_ledger_at_all(tmp_path / "mine")
    refused = mcsc("demo", "--data", tmp_path / "mine", "--no-serve")
    assert refused.exit_code == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_public_history_is_recorded_before_anything_invented() -> None:
    steps = plan()
    public = [step.data_class == "PUBLIC_FACT" for step in steps]
    assert public == sorted(public, reverse=True)
    assert steps[0].recorded_at == OPENED_AT

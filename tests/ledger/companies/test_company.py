"""Any step of a company's life: what is recorded from lead to exit, what is so already, what any step is refused."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.companies.company import (
    BeforeLead,
    Companies,
    CompanyCommand,
    CompanyExists,
    CompanyRefusal,
    CompanyUnknown,
    MergedAway,
    StageForbids,
    StepBeforePrevious,
    evolve_company,
)
from ledger.companies.deciding import COMPANIES
from ledger.companies.facts import (
    CompaniesMerged,
    CompanyDetailsChanged,
    CompanyExited,
    CompanyFact,
    CompanyQualified,
    CompanyRegistered,
    CompanyScreened,
    CompanySettledIn,
    ExitInitiated,
    InvestmentAgreementLinked,
    LeadRegistered,
    LoiSigned,
    TouchAdded,
)
from ledger.companies.presence import CompleteExit, InitiateExit, SettleIn
from ledger.companies.prospects import AddTouch, LinkInvestmentAgreement, RegisterLead, ScreenCompany, SignLoi
from ledger.companies.registration import (
    ChangeDetails,
    CorrectDetails,
    IdentifierTaken,
    MergeImpossible,
    RegisterCompany,
)
from ledger.decider import Fact, Refusal
from tests.examples import (
    ASKED,
    CLAIMED,
    DORMANT,
    DOZE,
    ENDED,
    KEY_CREATED,
    LEASE,
    LIFE,
    MERGE,
    MERGED,
    REACTIVATE,
    REACTIVATED,
    REJECT,
    REJECTED,
    RIVER_LEAD,
    SUNFIELD,
    TWIN,
    TWIN_LEAD,
    TWIN_VERIFIED,
    before,
    through,
)
from tests.ground.company import COMMAND, FACT, LEAD, asked, told
from tests.ground.given import given, state
from tests.ground.leased import ended, lease_01
from tests.strategies import facts

OLD = date(2026, 1, 4)
QUALIFIED = before(LoiSigned)

# What every command records


@pytest.mark.parametrize(
    ("command", "fact"), list(zip(ASKED, LIFE, strict=True)), ids=lambda thing: type(thing).__name__
)
def test_a_whole_life_step_by_step(command: CompanyCommand, fact: CompanyFact) -> None:
    given(*lease_01(), ended(), *before(type(fact))).when(command).then(fact)


@pytest.mark.parametrize(
    ("stage", "kind", "fact"),
    [
        pytest.param(CompanyQualified, LinkInvestmentAgreement, InvestmentAgreementLinked, id="agreement-without-loi"),
        pytest.param(CompanyQualified, RegisterCompany, CompanyRegistered, id="registers-without-loi"),
        pytest.param(LoiSigned, RegisterCompany, CompanyRegistered, id="registers-without-agreement"),
        pytest.param(CompanyRegistered, InitiateExit, ExitInitiated, id="leaves-before-settling-in"),
        pytest.param(CompanySettledIn, InitiateExit, ExitInitiated, id="leaves-before-operating"),
    ],
)
def test_stages_that_may_be_stepped_over(
    stage: type[CompanyFact], kind: type[CompanyCommand], fact: type[CompanyFact]
) -> None:
    given(*through(stage)).when(COMMAND[kind]).then(FACT[fact])


@pytest.mark.parametrize(
    ("command", "changes", "fact"),
    [
        pytest.param(AddTouch, {"effective_on": LEAD.effective_on}, TouchAdded, id="touched-on-the-lead's-day"),
        pytest.param(SignLoi, {"effective_on": date(2026, 2, 10)}, LoiSigned, id="loi-on-the-day-of-qualifying"),
        pytest.param(
            SettleIn,
            {"contract": replace(LEASE, executed_on=date(2026, 7, 1)), "handover_on": date(2026, 7, 1)},
            CompanySettledIn,
            id="contract-and-handover-on-the-day-of-settling-in",
        ),
        pytest.param(
            CompleteExit,
            {"ended": tuple(replace(one, ended_on=date(2026, 12, 18)) for one in ENDED)},
            CompanyExited,
            id="contracts-end-on-the-day-of-the-exit",
        ),
    ],
)
def test_the_very_day_is_early_enough(
    command: type[CompanyCommand], changes: dict[str, Any], fact: type[CompanyFact]
) -> None:
    lease = lease_01(executed_on=date(2026, 7, 1), handed_over_on=date(2026, 7, 1))
    on_record = (*lease, ended(date(2026, 12, 18)), *before(fact))
    given(*on_record).when(asked(command, **changes)).then(told(fact, **changes))


# What is so already


@pytest.mark.parametrize("command", ASKED, ids=lambda command: type(command).__name__)
def test_what_was_done_once_stays_done_through_the_life(command: CompanyCommand) -> None:
    repeated = tuple(fact for fact in LIFE if not isinstance(fact, CompanyDetailsChanged))
    undone = {CorrectDetails, ChangeDetails, RegisterLead, RegisterCompany, SettleIn}
    if type(command) not in undone:
        given(*repeated).when(command).then()


@pytest.mark.parametrize(
    ("recorded", "command"),
    [
        pytest.param((RIVER_LEAD, REJECTED), REJECT, id="rejected"),
        pytest.param((RIVER_LEAD, DORMANT), DOZE, id="dormant"),
        pytest.param((RIVER_LEAD, DORMANT, REACTIVATED), REACTIVATE, id="reactivated"),
        pytest.param((LEAD, TWIN_LEAD, TWIN_VERIFIED, MERGED), MERGE, id="merged"),
        pytest.param(LIFE[:1], COMMAND[RegisterLead], id="lead"),
    ],
)
def test_what_is_so_already_adds_nothing(recorded: tuple[Fact, ...], command: CompanyCommand) -> None:
    given(*recorded).when(command).then()


@pytest.mark.parametrize(
    ("ahead", "between", "again"),
    [
        pytest.param((CompanyScreened, {"result": "HIT"}), (CompanyScreened, {}), ScreenCompany, id="hit-clear-hit"),
        pytest.param(
            (CompanyDetailsChanged, {"name": "A (demo)"}),
            (CompanyDetailsChanged, {"name": "B (demo)"}),
            ChangeDetails,
            id="a-b-a",
        ),
    ],
)
def test_what_was_said_before_is_news_once_something_else_was_said(
    ahead: tuple[type[CompanyFact], dict[str, Any]],
    between: tuple[type[CompanyFact], dict[str, Any]],
    again: type[CompanyCommand],
) -> None:
    first, second = (told(kind, **changes) for kind, changes in (ahead, between))
    given(LEAD, first, second).when(asked(again, **ahead[1], effective_on=first.effective_on)).then(first)


# What is refused, in order of precedence


@pytest.mark.parametrize(
    ("recorded", "command", "refusal", "field"),
    [
        pytest.param((), COMMAND[AddTouch], CompanyUnknown, "company", id="no-such-company"),
        pytest.param((MERGED,), COMMAND[AddTouch], CompanyUnknown, "company", id="named-by-others-only"),
        pytest.param((LEAD,), asked(RegisterLead, name="X"), CompanyExists, "company", id="id-of-another"),
        pytest.param((TWIN_LEAD, MERGED), asked(AddTouch, company=TWIN), MergedAway, "company", id="merged-away"),
        pytest.param((LEAD,), asked(AddTouch, effective_on=OLD), BeforeLead, "effective_on", id="before-the-lead"),
        pytest.param(
            QUALIFIED,
            asked(SignLoi, effective_on=date(2026, 2, 9)),
            StepBeforePrevious,
            "effective_on",
            id="loi-before-qualifying",
        ),
        pytest.param(LIFE[:1], COMMAND[SignLoi], StageForbids, None, id="loi-from-lead"),
        pytest.param(LIFE[:1], COMMAND[SettleIn], StageForbids, None, id="settles-in-from-lead"),
        pytest.param((RIVER_LEAD,), REACTIVATE, StageForbids, None, id="reactivates-an-active-one"),
        pytest.param(LIFE, asked(InitiateExit, effective_on=date(2027, 1, 1)), StageForbids, None, id="exits-twice"),
    ],
)
def test_refused(
    recorded: tuple[Fact, ...], command: CompanyCommand, refusal: type[Refusal], field: str | None
) -> None:
    given(*recorded).when(command).refused(refusal, field=field)


@pytest.mark.parametrize(
    ("recorded", "command", "first"),
    [
        pytest.param((LEAD,), asked(RegisterLead, name="X", origin_year=None), CompanyExists, id="exists<origin-year"),
        pytest.param(
            (TWIN_LEAD, MERGED), asked(AddTouch, company=TWIN, effective_on=OLD), MergedAway, id="merged<before-lead"
        ),
        pytest.param((LEAD,), asked(SignLoi, effective_on=OLD), BeforeLead, id="before-lead<stage"),
        pytest.param(
            through(LoiSigned), asked(SignLoi, effective_on=date(2026, 2, 9)), StepBeforePrevious, id="date<stage"
        ),
        pytest.param(LIFE[:1], asked(SignLoi, binding=True), StageForbids, id="stage<binding"),
    ],
)
def test_the_first_reason_is_the_one_given(
    recorded: tuple[Fact, ...], command: CompanyCommand, first: type[Refusal]
) -> None:
    given(*recorded).when(command).refused(first)


def test_every_refusal_has_its_place_in_the_tree() -> None:
    assert all(issubclass(kind, CompanyRefusal) for kind in (CompanyUnknown, IdentifierTaken, MergeImpossible))
    assert {IdentifierTaken.kind, CompanyExists.kind} == {"conflict"}
    assert CompanyUnknown.kind == "unknown"


# What the fold can take


def test_facts_of_other_contexts_change_nothing() -> None:
    seen = state(LIFE, COMMAND[AddTouch])
    assert f"company:{SUNFIELD}" in CLAIMED.tags
    assert [COMPANIES.evolve(seen, fact) for fact in (CLAIMED, KEY_CREATED)] == [seen, seen]


@for_all(st.lists(facts(CompanyFact), max_size=20))
def test_any_facts_in_any_order_fold(recorded: list[Fact]) -> None:
    company = None
    seen: Companies = COMPANIES.initial
    for fact in recorded:
        assert isinstance(fact, CompanyFact)
        company = evolve_company(company, fact)
        seen = COMPANIES.evolve(seen, fact)
    assert (company is None) == (not recorded)


@pytest.mark.parametrize(
    "kind", [LeadRegistered, CompanyDetailsChanged, CompaniesMerged], ids=lambda kind: kind.__name__
)
def test_a_malformed_company_id_does_not_decode(kind: type[CompanyFact]) -> None:
    example = MERGED if kind is CompaniesMerged else FACT[kind]
    sent = msgspec.json.encode(replace(example, company="Sunfield Demo"))
    with pytest.raises(msgspec.ValidationError, match="company"):
        msgspec.json.decode(sent, type=kind)

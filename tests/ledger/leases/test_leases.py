"""A lease's life as a whole: every step with its order, and what holds whatever is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.companies.facts import GONE_TAG
from ledger.decider import By, Command, Fact, Refusal, standing
from ledger.leases.agreement import ApproveLease, DraftLease, ExecuteLease, SubmitLease
from ledger.leases.changes import ApproveAmendment, ProposeAmendment, RejectAmendment, ReviewRent
from ledger.leases.deciding import LEASES, evolve_lease
from ledger.leases.facts import AmendmentKind, LeaseDrafted, LeaseExecuted, LeaseFact, LeaseHolds
from ledger.leases.lease import Lease, LeaseCommand, LeaseStateForbids, LeaseStepTooEarly, LeaseUnknown
from ledger.leases.term import (
    CommenceLease,
    EndHoldover,
    ExpireLease,
    HandOverPremises,
    StartHoldover,
    SurrenderPremises,
)
from ledger.leases.termination import TerminateLease
from ledger.leases.terms import Terms
from ledger.leases.withdrawing import LEASE_STEPS
from ledger.rates import RateApproved
from tests.examples import CLAIMED, KEY_CREATED
from tests.examples.leases import (
    ASKED,
    EXTENDED,
    GROUND,
    LIFE,
    RENEW,
    RENEWED,
    TERMINATE,
    TERMINATED,
    VOID,
    VOIDED,
    flat,
    paper,
    simple,
    unit,
)
from tests.ground.given import DECIDERS, decide, given, state
from tests.ledger.leases.ground import (
    APPROVED,
    COMMAND,
    DAY,
    DRAFTED,
    EXECUTED,
    FOLLOWED,
    HANDED_OVER,
    HELD_OVER,
    NOTIFIED,
    RUNNING,
    SUBMITTED,
    Things,
    asked,
    folded,
    signed_by,
    told,
)
from tests.strategies import any_of, facts
from tests.strategies.leases import LEASED, TERM_DAYS
from tests.strategies.leases import LEASES as LEASE_IDS


@pytest.mark.parametrize(
    ("before", "command", "by", "fact"),
    [
        pytest.param(LIFE[:at], command, by, fact, id=type(fact).__name__)
        for at, ((command, by), fact) in enumerate(zip(ASKED, LIFE, strict=True))
    ],
)
def test_a_whole_life_step_by_step(before: Things, command: LeaseCommand, by: By, fact: Fact) -> None:
    given(*GROUND, *before).when(command, by=by).then(fact)


@pytest.mark.parametrize("kind", [kind for kind in COMMAND if kind is not DraftLease], ids=lambda kind: kind.__name__)
def test_every_step_needs_a_lease(kind: type[LeaseCommand]) -> None:
    given(*GROUND).when(COMMAND[kind], by=signed_by(COMMAND[kind])).refused(LeaseUnknown, field="lease")


@pytest.mark.parametrize(
    "kind", [kind for kind in COMMAND if kind is not RejectAmendment], ids=lambda kind: kind.__name__
)
def test_nothing_starts_from_a_void_lease(kind: type[LeaseCommand]) -> None:
    command = replace(COMMAND[kind], effective_on=date(2029, 1, 1))
    given(*DRAFTED, VOIDED).when(command, by=signed_by(command)).refused(LeaseStateForbids, says="VOIDED")


@pytest.mark.parametrize(
    ("recorded", "command"),
    [
        pytest.param(DRAFTED, asked(ApproveLease), id="approved-before-submission"),
        pytest.param(SUBMITTED, asked(ExecuteLease), id="executed-before-approval"),
        pytest.param(SUBMITTED, asked(DraftLease, terms=EXTENDED), id="drafted-after-submission"),
        pytest.param(EXECUTED, VOID, id="voided-after-signature"),
        pytest.param(EXECUTED, asked(ExpireLease), id="expired-before-commencement"),
        pytest.param(RUNNING, asked(HandOverPremises, effective_on=date(2024, 2, 1)), id="handed-over-twice"),
        pytest.param(RUNNING, asked(EndHoldover), id="holdover-ended-before-it-began"),
        pytest.param(RUNNING, asked(SurrenderPremises), id="surrendered-while-it-runs"),
        pytest.param((*FOLLOWED, RENEWED), asked(StartHoldover), id="held-over-after-renewal"),
        pytest.param((*NOTIFIED, TERMINATED), asked(ReviewRent), id="reviewed-after-the-end"),
        pytest.param((*NOTIFIED, TERMINATED), asked(ProposeAmendment), id="amended-after-the-end"),
        pytest.param((*GROUND, *LIFE), asked(SurrenderPremises, effective_on=date(2028, 7, 2)), id="surrendered-twice"),
        pytest.param(
            HANDED_OVER,
            asked(HandOverPremises, effective_on=date(2023, 12, 29)),
            id="handed-over-again",
        ),
    ],
)
def test_steps_have_an_order(recorded: Things, command: LeaseCommand) -> None:
    given(*recorded).when(command, by=signed_by(command)).refused(LeaseStateForbids)


@pytest.mark.parametrize(
    ("recorded", "command"),
    [
        pytest.param(DRAFTED, asked(SubmitLease, effective_on=date(2023, 10, 31)), id="submitted"),
        pytest.param(DRAFTED, asked(DraftLease, terms=EXTENDED, effective_on=date(2023, 10, 31)), id="drafted"),
        pytest.param(SUBMITTED, asked(ApproveLease, effective_on=date(2023, 11, 9)), id="approved"),
        pytest.param(APPROVED, asked(ExecuteLease, effective_on=date(2023, 11, 19)), id="executed"),
        pytest.param(APPROVED, replace(VOID, effective_on=date(2023, 11, 19)), id="voided"),
        pytest.param(HANDED_OVER, asked(CommenceLease, effective_on=date(2023, 12, 14)), id="commenced"),
        pytest.param(RUNNING, replace(TERMINATE, effective_on=date(2023, 12, 31)), id="terminated"),
        pytest.param(FOLLOWED, replace(RENEW, effective_on=date(2023, 12, 31)), id="renewed"),
        pytest.param(RUNNING, asked(ExpireLease, effective_on=date(2023, 12, 31)), id="expired"),
        pytest.param(RUNNING, asked(StartHoldover, effective_on=date(2023, 12, 31)), id="held-over"),
        pytest.param(HELD_OVER, asked(EndHoldover, effective_on=date(2027, 12, 31)), id="holdover-ended"),
    ],
)
def test_no_step_is_earlier_than_the_one_before(recorded: Things, command: LeaseCommand) -> None:
    given(*recorded).when(command, by=signed_by(command)).refused(LeaseStepTooEarly, field="effective_on")


# Whatever is sent


def bare(names: Sequence[str] = LEASED) -> Things:
    """Units and companies for hostile commands."""
    ground = [fact for fact in GROUND if isinstance(fact, RateApproved)]
    named = ("ash-demo", "beech-demo", "cedar-demo")
    return (*ground, *(replace(GROUND[0], company=name) for name in named), *(unit(name, 15_050) for name in names))


@dataclass(frozen=True)
class Amended:
    """A way to amend terms: units held before and after, how many days longer, and the kind that this is."""

    before: str
    after: str
    days: tuple[int, int]
    kind: AmendmentKind


AMENDED = (
    Amended("a", "ab", (0, 40), "SCOPE_UP"),
    Amended("a", "bc", (0, 40), "SCOPE_UP"),
    Amended("a", "b", (0, 40), "SCOPE_UP"),  # of the same area: up or down
    Amended("ab", "bc", (0, 40), "SCOPE_DOWN"),
    Amended("ab", "b", (0, 40), "SCOPE_DOWN"),
    Amended("ab", "c", (0, 40), "SCOPE_DOWN"),
    Amended("a", "a", (1, 40), "TERM"),
    Amended("ab", "ba", (1, 40), "TERM"),
    Amended("a", "a", (0, 0), "CONSIDERATION"),
    Amended("ab", "ba", (0, 0), "CONSIDERATION"),
)


@st.composite
def lives(draw: st.DrawFn, name: str) -> list[LeaseCommand]:
    """A lease's way that rules allow, were it alone: amended once or twice, late or early, then one of every end."""
    signed_on = TERM_DAYS[0]
    first, last = sorted(draw(st.lists(st.sampled_from(TERM_DAYS[1:]), min_size=2, max_size=2, unique=True)))
    unit_of = dict(zip("abc", draw(st.permutations(LEASED)), strict=True))

    def terms(until_on: date, units: str, rent: str) -> Terms:
        return simple(first, until_on, *((unit_of[name], "100.00") for name in units), rent=flat(rent))

    held = draw(st.sampled_from(("a", "ab")))
    company = draw(st.sampled_from(("ash-demo", "beech-demo")))
    way: list[LeaseCommand] = [
        DraftLease(lease=name, effective_on=signed_on, company=company, terms=terms(last, held, "1000.00")),
        SubmitLease(lease=name, effective_on=signed_on),
        ApproveLease(lease=name, effective_on=signed_on),
        ExecuteLease(lease=name, effective_on=signed_on, document=paper("contract"), units=LEASED),
        HandOverPremises(lease=name, effective_on=signed_on, protocol=paper("handover")),
        CommenceLease(lease=name, effective_on=first),
    ]
    in_term = st.integers(0, (last - first).days).map(lambda after: first + timedelta(days=after))
    for amendment in ("am-1-demo", "am-2-demo")[: draw(st.integers(0, 2))]:
        change = draw(st.sampled_from([change for change in AMENDED if change.before == held]))
        longer = timedelta(days=draw(st.integers(*change.days)))
        way += [
            ProposeAmendment(
                lease=name,
                effective_on=draw(in_term),
                amendment=amendment,
                kind=change.kind,
                terms=terms(last + longer, change.after, "1100.00"),
                document=paper("amendment"),
            ),
            ApproveAmendment(lease=name, effective_on=signed_on, amendment=amendment, units=LEASED),
        ]
    expired = (
        max(command.terms.expiry_on for command in way if isinstance(command, DraftLease | ProposeAmendment)) + DAY
    )
    ends = sorted((draw(in_term), draw(in_term)))
    way += draw(
        st.sampled_from(
            (
                [],
                [ExpireLease(lease=name, effective_on=expired)],
                [StartHoldover(lease=name, effective_on=expired, units=LEASED)],
                [
                    StartHoldover(lease=name, effective_on=expired, units=LEASED),
                    EndHoldover(lease=name, effective_on=expired, ends_on=expired + 9 * DAY, reason="it moves"),
                ],
                [
                    TerminateLease(
                        lease=name,
                        effective_on=ends[0],
                        ends_on=ends[1],
                        cause="AGREEMENT",
                        document=paper("deed"),
                    )
                ],
            )
        )
    )
    return way


@st.composite
def ways(draw: st.DrawFn) -> list[tuple[LeaseCommand, By]]:
    """Leases on their way, whose steps are mixed, with anything at all in between."""
    hostile: Any = st.lists(st.one_of([any_of(kind) for kind in (*LEASES.commands, *LEASE_STEPS.commands)]), max_size=6)
    queues: list[list[LeaseCommand]] = [draw(hostile), *(draw(lives(name)) for name in LEASE_IDS)]
    order = [at for at, queue in enumerate(queues) for _ in queue]
    draw(st.randoms(use_true_random=False)).shuffle(order)
    sent = [queues[at].pop(0) for at in order]
    return [(command, signed_by(command)) for command in sent]


def recorded_by(sent: Sequence[tuple[LeaseCommand, By]]) -> Things:
    recorded: Things = bare()
    for command, by in sent:
        try:
            recorded = (*recorded, *decide(recorded, command, by))
        except Refusal:
            continue
    return recorded


@for_all(ways())
def test_no_unit_is_ever_let_twice_on_any_day(sent: list[tuple[LeaseCommand, By]]) -> None:
    """L1 against a sheet of paper: each lease's latest word, each day ticked off."""
    latest = {fact.lease: fact for fact in recorded_by(sent) if isinstance(fact, LeaseHolds)}
    ticked: set[tuple[str, date]] = set()
    horizon = TERM_DAYS[-1] + timedelta(days=200)
    for fact in latest.values():
        for letting in fact.lettings:
            day = letting.from_on
            while day <= (letting.until_on or horizon):
                assert (letting.unit, day) not in ticked
                ticked.add((letting.unit, day))
                day += DAY


@for_all(ways())
def test_sent_again_nothing_is_recorded_twice(sent: list[tuple[LeaseCommand, By]]) -> None:
    recorded: Things = bare()
    for command, by in sent:
        try:
            facts_of = decide(recorded, command, by)
        except Refusal:
            continue
        recorded = (*recorded, *facts_of)
        assert decide(recorded, command, by) == ()


@for_all(ways())
def test_the_scope_is_enough_to_decide(sent: list[tuple[LeaseCommand, By]]) -> None:
    recorded: Things = bare()
    for command, by in sent:
        answer = answer_on(recorded, command, by)
        assert answer == answer_on_everything(recorded, command, by)
        recorded = (*recorded, *(answer if isinstance(answer, tuple) else ()))


def answer_on(recorded: Things, command: Command, by: By) -> Things | str:
    try:
        return decide(recorded, command, by)
    except Refusal as refusal:
        return f"{refusal.code}: {refusal.detail}"


def answer_on_everything(recorded: Things, command: LeaseCommand, by: By) -> Things | str:
    decider = DECIDERS[type(command)]
    seen = decider.initial
    for fact in standing(recorded, lambda fact: fact):
        seen = decider.evolve(seen, fact)
    try:
        return tuple(decider.decide(seen, command, by))
    except Refusal as refusal:
        return f"{refusal.code}: {refusal.detail}"


@for_all(ways())
def test_lettings_of_the_state_are_those_of_the_latest_fact(sent: list[tuple[LeaseCommand, By]]) -> None:
    recorded = recorded_by(sent)
    latest = {fact.lease: fact for fact in recorded if isinstance(fact, LeaseHolds)}
    for name, fact in latest.items():
        assert folded(*recorded, lease=name).lettings == fact.lettings


@for_all(st.lists(facts(LeaseFact) | facts(LeaseHolds), min_size=1, max_size=12))
def test_the_fold_takes_any_facts_in_any_order(some: list[Fact]) -> None:
    lease: Lease | None = None
    for fact in some:
        assert isinstance(fact, LeaseFact | LeaseHolds)
        lease = evolve_lease(lease, fact)
        assert [version.from_on for version in lease.versions] == sorted({v.from_on for v in lease.versions})
    seen = LEASES.initial
    for fact in some:
        seen = LEASES.evolve(seen, fact)


def test_facts_of_other_contexts_change_nothing() -> None:
    seen = state(RUNNING, asked(ExecuteLease))
    assert LEASES.evolve(seen, CLAIMED) is seen
    assert LEASES.evolve(seen, KEY_CREATED) is seen


def test_who_asks_is_written_down_only_where_it_matters() -> None:
    assert told(LeaseDrafted).tags == ("lease:l-1-demo", "tenant:sunfield-demo")
    assert told(LeaseExecuted).tags == ("lease:l-1-demo", "tenant:sunfield-demo", "unit:a101-demo")
    assert LEASES.scope(asked(ExecuteLease)) == ("lease:l-1-demo", "unit:a101-demo", GONE_TAG)
    assert LEASES.scope(asked(ReviewRent)) == ("lease:l-1-demo", "series:cpi/cn-all")
    assert LEASES.scope(RENEW) == ("lease:l-1-demo", "lease:l-2-demo")

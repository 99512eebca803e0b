"""Approving in another's stead: who may delegate what, and that no author ever has a hand in the approval."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, get_args

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from api.app import WHO_MAY
from ledger.access import Role
from ledger.decider import By, Command, Refusal
from ledger.joint.delegating.deciding import (
    APPROVALS,
    DELEGATORS,
    DelegateApproval,
    DelegateIsDelegator,
    DelegationDoesNotCover,
    DelegationEndedOtherwise,
    DelegationEndsEarly,
    DelegationNotInForce,
    DelegationOfAnother,
    DelegationTaken,
    DelegationUnknown,
    NothingToDelegate,
)
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Done, KeyReused, Outcome, Refused
from projections.proposals import KINDS
from tests.examples.delegations import DELEGATE, DELEGATED, END_DELEGATION, ENDED
from tests.examples.periods import APPROVE, PROPOSE
from tests.ground.given import given

TODAY = date(2026, 7, 15)
NUMBERS = count(1)
LENDER = By(actor=DELEGATED.delegator, role="approver")
PEOPLE = ("ada", "ben", "cao")
ROLES: dict[str, Role] = {"ada": "approver", "ben": "admin", "cao": "deal_desk"}


def test_the_kinds_are_those_of_the_inbox_and_their_roles_those_of_the_edge() -> None:
    assert {kind: one.command for kind, one in APPROVALS.items()} == {name: one.approve for name, one in KINDS.items()}
    assert {kind: one.roles for kind, one in APPROVALS.items()} == {
        kind: WHO_MAY[one.command] for kind, one in APPROVALS.items()
    }
    assert WHO_MAY[DelegateApproval] == DELEGATORS


def test_delegating() -> None:
    given().when(DELEGATE, LENDER).then(DELEGATED)
    given(DELEGATED).when(END_DELEGATION, LENDER).then(ENDED)
    given(DELEGATED).when(END_DELEGATION, By(actor=DELEGATED.delegate, role="deal_desk")).then(
        replace(ENDED, ended_by=DELEGATED.delegate)
    )
    given(DELEGATED).when(END_DELEGATION, By(actor="root-demo", role="admin")).then(
        replace(ENDED, ended_by="root-demo")
    )


@pytest.mark.parametrize(
    ("facts", "command", "by", "refusal", "field"),
    [
        ((), replace(DELEGATE, delegate=LENDER.actor), LENDER, DelegateIsDelegator, "delegate"),
        ((), replace(DELEGATE, until_on=date(2026, 6, 30)), LENDER, DelegationEndsEarly, "until_on"),
        ((), replace(DELEGATE, kinds=("LEASE", "STATEMENT")), LENDER, NothingToDelegate, "kinds"),
        ((), replace(DELEGATE, kinds=("LEASE",)), replace(LENDER, role="finance"), NothingToDelegate, "kinds"),
        ((), DELEGATE, replace(LENDER, role="deal_desk"), NothingToDelegate, "kinds"),
        ((DELEGATED,), replace(DELEGATE, reason="another"), LENDER, DelegationTaken, "delegation"),
        ((DELEGATED,), DELEGATE, replace(LENDER, actor="zoe-demo"), DelegationTaken, "delegation"),
        ((), END_DELEGATION, LENDER, DelegationUnknown, "delegation"),
        ((DELEGATED,), END_DELEGATION, replace(LENDER, actor="zoe-demo"), DelegationOfAnother, "delegation"),
        ((DELEGATED, ENDED), replace(END_DELEGATION, reason="another"), LENDER, DelegationEndedOtherwise, "delegation"),
    ],
)
def test_refused(facts: Any, command: Command, by: By, refusal: type[Refusal], field: str) -> None:
    given(*facts).when(command, by).refused(refusal, field=field)


# Approving by it


class Office:
    """A ledger and people who ask it; its clock stands on a day until it is moved."""

    def __init__(self, database: Database) -> None:
        self.on = TODAY
        self.ledger = Ledger(database, CONTEXTS, clock=lambda: datetime.combine(self.on, datetime.min.time(), UTC))

    def asks(self, person: str, command: Command, delegation: str | None = None) -> Outcome:
        by = By(actor=person, role=ROLES[person], delegation=delegation)
        return self.ledger.execute(command, by).outcome

    def proposed(self, person: str) -> Any:
        """The approval of a rate that a person proposed."""
        named: dict[str, Any] = {"effective_on": TODAY, "rate": f"rate-{next(NUMBERS)}"}
        assert isinstance(self.asks(person, replace(PROPOSE, **named, series=f"fx/{named['rate']}")), Done)
        return replace(APPROVE, **named)

    def delegated(self, person: str, to: str, *, days: tuple[int, int] = (0, 9), kinds: Any = ()) -> str:
        """The id of a delegation: from and through so many days from TODAY."""
        name = f"d-{next(NUMBERS)}"
        first, last = (TODAY + timedelta(days=some) for some in days)
        command = replace(DELEGATE, delegation=name, delegate=to, effective_on=first, until_on=last, kinds=kinds)
        assert isinstance(self.asks(person, command), Done)
        return name

    def recorded(self, outcome: Outcome) -> Entry:
        assert isinstance(outcome, Done), outcome
        with self.ledger.database.views.connect() as connection:
            return store.page(connection, after=outcome.position - 1, limit=1)[0]


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    office = Office(database)
    with office.ledger:
        yield office


def code(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.code


def test_the_record_names_both(office: Office) -> None:
    approval, name = office.proposed("ben"), office.delegated("ada", "cao")
    entry = office.recorded(office.asks("cao", approval, name))
    assert entry.by == By(actor="cao", role="deal_desk", delegation=name, in_stead_of="ada")
    assert entry.fact.approved_by == "cao"  # type: ignore[attr-defined]


def test_in_force_on_days_of_the_record_alone(office: Office) -> None:
    """Through its last day; never afterwards, whatever day the approval names; and no more once it was ended."""
    approval, name = office.proposed("ben"), office.delegated("ada", "cao", days=(1, 2))
    for day in (0, 3):
        office.on = TODAY + timedelta(days=day)
        assert code(office.asks("cao", replace(approval, effective_on=TODAY), name)) == DelegationNotInForce.code
    another = office.delegated("ada", "cao", days=(0, 5))
    assert isinstance(office.asks("ada", replace(END_DELEGATION, delegation=another, effective_on=TODAY)), Done)
    assert code(office.asks("cao", approval, another)) == DelegationNotInForce.code
    last = office.delegated("ada", "cao", days=(0, 3))
    assert isinstance(office.asks("cao", approval, last), Done)


def test_of_its_kinds_and_people_alone(office: Office) -> None:
    approval, name = office.proposed("ben"), office.delegated("ada", "cao", kinds=("LEASE",))
    assert code(office.asks("cao", approval, name)) == DelegationDoesNotCover.code
    mine = office.delegated("ada", "ben")
    assert code(office.asks("cao", approval, mine)) == DelegationOfAnother.code
    for unknown in ("nothing", "No such", "x\0y"):  # one that is no id is not even looked for
        assert code(office.asks("cao", approval, unknown)) == DelegationUnknown.code
    # nothing but approvals: nobody proposes, or delegates on, in another's stead
    yours = office.delegated("ada", "cao")
    for command in (replace(PROPOSE, rate="other"), replace(DELEGATE, delegation="on", delegate="ben")):
        assert code(office.asks("cao", command, yours)) == DelegationDoesNotCover.code


def test_a_key_is_of_one_delegation(office: Office) -> None:
    """What was refused by one is not the answer to the same command by another."""
    approval = office.proposed("ben")
    other, name = office.delegated("ada", "cao", kinds=("LEASE",)), office.delegated("ada", "cao")
    asked = [By(actor="cao", role=ROLES["cao"], delegation=one) for one in (other, name)]
    assert code(office.ledger.execute(approval, asked[0], key="k").outcome) == DelegationDoesNotCover.code
    with pytest.raises(KeyReused):
        office.ledger.execute(approval, asked[1], key="k")
    assert isinstance(office.ledger.execute(approval, asked[1], key="k2").outcome, Done)


def test_neither_approves_what_the_other_proposed(office: Office) -> None:
    name = office.delegated("ada", "cao")
    for author in ("ada", "cao"):
        refused = office.asks("cao", office.proposed(author), name)
        assert code(refused) == "approver-is-rate-proposer"
        assert isinstance(refused, Refused)
        assert refused.detail.startswith(author)


people = st.sampled_from(PEOPLE)
lent = st.lists(st.tuples(st.sampled_from(("ada", "ben")), people), max_size=4)


@settings(max_examples=40)
@for_all(lent=lent, author=people, tried=st.lists(st.tuples(people, st.integers(0, 3)), max_size=6))
def test_two_people_whoever_delegates_to_whom(
    office: Office, lent: list[tuple[str, str]], author: str, tried: list[tuple[str, int]]
) -> None:
    """Whoever approves, by whatever delegation: neither they nor whoever they stand in for is the author, and the one
    in whose stead it is has the role. An oracle of its own says which are taken."""
    given_out = [(who, to, office.delegated(who, to)) for who, to in lent if who != to]
    approval, done = office.proposed(author), False
    for person, chosen in tried:
        if done or chosen >= len(given_out):
            continue
        lender, holder, name = given_out[chosen]
        outcome = office.asks(person, approval, name)
        taken = holder == person and author not in (person, lender)
        assert isinstance(outcome, Done) == taken, outcome
        if taken:
            assert office.recorded(outcome).by.in_stead_of == lender
            done = True


def test_every_kind_is_named() -> None:
    assert set(get_args(Role)) - {"auditor", "deal_desk"} == DELEGATORS

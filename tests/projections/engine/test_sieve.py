"""What can be asked of the history, alone and together; a sample that anybody can draw; what is out of the ordinary.

Ten facts, recorded on two days; the positions that each question finds are worked out by hand.
"""

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.access import KeyRevoked
from ledger.companies.facts import CompanyDetailsCorrected, CompanyQualified, RegistrationProposed
from ledger.decider import By
from ledger.leases.facts import LeaseApproved, LeaseSubmitted
from ledger.log.database import Database
from ledger.periods import PeriodReopened
from ledger.values.evidence import Evidence
from projections.engine.history import count_history, history, sample
from projections.engine.sieve import THINGS, Sieve, nearest
from projections.exceptions import exceptions
from tests.examples import FACTS, USCC, WHOLE
from tests.ground.recording import lead, record

EARLY, LATER = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 5, 1, 12, tzinfo=UTC)
WANG, LI = By(actor="wang-min", role="deal_desk", method="api-key"), By(actor="li-na", role="approver", method="key")
NAMED = By(actor="wang-min", role="admin", method="named")


@pytest.fixture
def recorded(database: Database) -> Database:
    """1, 2: leads a, b by wang (2: dated ahead); 3: a qualified, 50 days late; 4: b corrected, by li; 5: a lease
    submitted by wang; 6: it approved by wang; 7: by li, as wang submitted it; 8: a month reopened by its proposer;
    9: a key revoked; 10: an override proposed, by a name alone."""
    on = date(2026, 3, 1)
    record(database, [lead("a", on), lead("b", date(2026, 4, 1))], by=WANG, at=EARLY)
    record(database, [CompanyQualified(company="a", effective_on=date(2026, 1, 10))], by=WANG, at=EARLY)
    corrected = CompanyDetailsCorrected(company="b", effective_on=on, corrects=2, reason="a slip", name="B")
    record(database, [corrected], by=LI, at=EARLY)
    day = date(2026, 5, 1)
    submitted = LeaseSubmitted(lease="l-1", company="a", submitted_by="wang-min", effective_on=day)
    approved = LeaseApproved(lease="l-1", company="a", approved_by="wang-min", effective_on=day)
    record(database, [submitted, approved], by=WANG, at=LATER)
    record(database, [replace(approved, approved_by="li-na")], by=LI, at=LATER)
    reopened = PeriodReopened(
        month="2026-03", reason="a slip", proposed_by="li-na", approved_by="li-na", effective_on=day
    )
    record(database, [reopened], by=LI, at=LATER)
    record(database, [KeyRevoked(key_id="abcdefgh12", reason="lost", effective_on=day)], by=LI, at=LATER)
    doc = Evidence(doc="file (demo)", sha256="ab" * 32)
    said: dict[str, Any] = {"uscc": USCC, "address": "1 Lake Road", "licence": doc, "support": doc, "reason": "so"}
    override = RegistrationProposed(company="b", proposed_by="wang-min", effective_on=day, **said)
    record(database, [override], by=NAMED, at=LATER)
    return database


QUESTIONS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ({"entity": "company:b"}, [2, 4, 10]),
    ({"entity": "company:a"}, [1, 3, 5, 6, 7]),
    ({"entity": "b"}, [2, 4, 10]),
    ({"entity": "l-1"}, [5, 6, 7]),
    ({"tag": "lease:l-1", "entity": "a"}, [5, 6, 7]),
    ({"tag": "lease:l-1", "entity": "b"}, []),
    ({"fact": "company.*"}, [1, 2, 3, 4, 10]),
    ({"fact": "lease.approved"}, [6, 7]),
    ({"actor": "li-na"}, [4, 7, 8, 9]),
    ({"role": "admin"}, [10]),
    ({"method": "key", "fact": "lease.*"}, [7]),
    ({"effective_from": date(2026, 3, 2)}, [2, 5, 6, 7, 8, 9, 10]),
    ({"effective_until": date(2026, 3, 1)}, [1, 3, 4]),
    ({"recorded_from": LATER}, [5, 6, 7, 8, 9, 10]),
    ({"recorded_until": EARLY}, [1, 2, 3, 4]),
    ({"recorded_from": EARLY, "recorded_until": EARLY, "actor": "li-na"}, [4]),
    ({"late": 50}, [3]),
    ({"late": 51}, []),
    ({"late": 0, "recorded_until": EARLY}, [1, 3, 4]),
    ({"future_dated": True}, [2]),
    ({"corrections": True}, [4]),
    ({"overrides": True}, [10]),
    ({"self_approved": True}, [6, 8]),
    ({"self_approved": True, "actor": "li-na"}, [8]),
    ({"corrections": True, "actor": "wang-min"}, []),
]


@pytest.mark.parametrize("limit", [1, 100])
def test_all_that_is_asked_holds_at_once(recorded: Database, limit: int) -> None:
    with recorded.views.connect() as connection:
        for asked, positions in QUESTIONS:
            found: list[int] = []
            while page := history(connection, recorded=10, **asked, limit=limit, after=found[-1] if found else 0):
                found += [one.position for one in page]
            assert found == positions, asked
            assert count_history(connection, recorded=10, **asked) in (len(positions), None), asked


def test_a_sample_is_the_facts_of_the_lowest_hashes_and_the_same_again(recorded: Database) -> None:
    with recorded.views.connect() as connection:
        for asked, positions in QUESTIONS:
            for seed in (7, 8):
                hashes = {hashlib.sha256(f"{seed}:{at}".encode()).hexdigest(): at for at in positions}
                tickets = [hashes[one] for one in sorted(hashes)]
                for size in (3, 25):
                    drawn, count = sample(connection, recorded=10, size=size, seed=seed, **asked)
                    assert [one.position for one in drawn] == sorted(tickets[:size]), asked
                    assert count == len(positions)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"fact": "company.qualifed"}, "There is no kind of fact company.qualifed; close to it: company.qualified"),
        ({"fact": "companies.*"}, "There is no kind of fact companies.*"),
        ({"actor": "wang-mni"}, "No actor wang-mni is on record up to position 10; close to it: wang-min."),
        ({"tag": "lease:l-2"}, "No tag lease:l-2 is on record up to position 10; close to it: lease:l-1."),
        ({"entity": "l-11"}, "No thing l-11 is on record up to position 10; close to it: l-1."),
        ({"company": "zz", "actor": "li-na"}, "No company zz is on record up to position 10"),
    ],
)
def test_what_is_not_on_record_is_named_with_what_is_near(recorded: Database, asked: Any, said: str) -> None:
    with recorded.views.connect() as connection:
        assert (nearest(connection, 10, Sieve(**asked)) or ("", ""))[1].startswith(said)
        assert nearest(connection, 10, Sieve(fact="lease.*", actor="li-na", entity="l-1")) is None


def test_a_company_and_a_bank_account_are_found_where_facts_call_them_something_else() -> None:
    calls = {"tenant": "company", "party": "company", "investor": "company", "bank-moves": "bank-account"}
    called = {(tag, kind) for fact in FACTS for tag in fact.tags for kind in calls if tag.startswith(f"{kind}:")}
    assert {kind for _, kind in called} >= {"tenant", "party", "bank-moves"}
    for tag, kind in called:
        (asked,) = Sieve(entity=f"{calls[kind]}:{tag.partition(':')[2]}").tags
        assert tag in asked
    assert Sieve(entity="lease:l-1").tags == [("lease:l-1",)]


def test_what_is_out_of_the_ordinary(recorded: Database) -> None:
    with recorded.views.connect() as connection:
        counts, rows = exceptions(connection, recorded=10, late=50, sieve=Sieve())
        later, _ = exceptions(connection, recorded=10, late=50, sieve=Sieve(recorded_from=LATER, actor="li-na"))
        _, some = exceptions(connection, recorded=10, late=50, sieve=Sieve(), only="SELF_APPROVED", after=6, limit=1)
    assert {row.position: row.exceptions for row in rows} == {
        2: ("FUTURE_DATED",),
        3: ("LATE",),
        4: ("CORRECTION",),
        6: ("SELF_APPROVED",),
        8: ("SELF_APPROVED", "MONTH_REOPENED"),
        9: ("ACCESS_WITHDRAWN",),
        10: ("OVERRIDE", "BY_NAME_ONLY"),
    }
    assert {one.exception: one.facts for one in counts} == {
        "LATE": 1,
        "FUTURE_DATED": 1,
        "OVERRIDE": 1,
        "SELF_APPROVED": 2,
        "IN_STEAD": 0,
        "CORRECTION": 1,
        "MONTH_REOPENED": 1,
        "ACCESS_WITHDRAWN": 1,
        "BY_NAME_ONLY": 1,
    }
    assert {one.exception for one in later if one.facts} == {"SELF_APPROVED", "MONTH_REOPENED", "ACCESS_WITHDRAWN"}
    assert [row.position for row in some] == [8]


def test_a_thing_is_found_by_its_name_whatever_it_is_a_name_of() -> None:
    """Of every kind of fact, and with all of its fields."""
    named = {tag.partition(":")[0] for fact in (*FACTS, *WHOLE) for tag in fact.tags}
    assert named <= set(THINGS)

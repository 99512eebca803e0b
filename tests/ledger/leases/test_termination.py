"""The early end: notice by a right to break, and termination."""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger.decider import Fact, Refusal
from ledger.leases.agreement import ExecuteLease
from ledger.leases.facts import LeaseTerminated
from ledger.leases.lease import LeaseCommand, LeaseStateForbids, OutsideTerm
from ledger.leases.premises import UnitLet
from ledger.leases.termination import (
    BreakFeeDiffers,
    BreakNoticeLate,
    BreakNoticeMissing,
    BreakPartyDiffers,
    BreakUnknown,
    TerminateLease,
)
from ledger.leases.terms import Break
from tests.examples.leases import (
    A101,
    COMPANY,
    HELD,
    L_1,
    LEASE,
    NOTICE_SERVED,
    OTHER_COMPANY,
    SERVE_NOTICE,
    TERMINATE,
    TERMINATED,
    paper,
    signed,
    simple,
)
from tests.ground.given import decide, given
from tests.ledger.leases.ground import EXECUTED, NOTIFIED, RUNNING, Things, running

# What is recorded


@pytest.mark.parametrize(
    ("recorded", "command", "fact"),
    [
        pytest.param(RUNNING, SERVE_NOTICE, NOTICE_SERVED, id="serves-notice"),
        pytest.param(NOTIFIED, TERMINATE, TERMINATED, id="breaks-for-three-months-rent"),
    ],
)
def test_a_break_is_notified_and_ends_the_lease(recorded: Things, command: LeaseCommand, fact: Fact) -> None:
    given(*recorded).when(command).then(fact)


def test_the_unit_is_free_again_from_the_day_after_an_end() -> None:
    terms = simple(date(2026, 1, 1), date(2026, 12, 31))
    approved = signed("l-9-demo", terms, company=OTHER_COMPANY, on=date(2025, 12, 31))
    command = ExecuteLease(lease="l-9-demo", effective_on=date(2025, 12, 31), document=paper("contract"), units=(A101,))
    given(*NOTIFIED, TERMINATED, *approved[:3]).when(command).then(approved[3])
    given(*NOTIFIED, *approved[:3]).when(command).refused(UnitLet, says=LEASE)


def test_a_lease_may_end_before_it_begins() -> None:
    command = TerminateLease(
        lease=LEASE,
        effective_on=date(2023, 12, 20),
        ends_on=date(2023, 12, 20),
        cause="AGREEMENT",
        document=paper("deed"),
    )
    fact = LeaseTerminated(
        lease=LEASE,
        company=COMPANY,
        effective_on=date(2023, 12, 20),
        ends_on=date(2023, 12, 20),
        cause="AGREEMENT",
        fee_minor=0,
        document=paper("deed"),
        lettings=(),
        given_up=(A101,),
    )
    given(*EXECUTED).when(command).then(fact)
    assert fact.tags == ("lease:l-1-demo", "tenant:sunfield-demo", "unit:a101-demo")


def test_a_termination_with_notice_holds_the_unit_until_its_day() -> None:
    command = TerminateLease(
        lease=LEASE,
        effective_on=date(2025, 1, 15),
        ends_on=date(2025, 6, 30),
        cause="TENANT_DEFAULT",
        fee="1.00",
        fee_taxable=True,
        document=paper("deed"),
    )
    recorded = decide(RUNNING, command)
    assert isinstance(fact := recorded[0], LeaseTerminated)
    assert (fact.lettings, fact.fee_minor, fact.fee_taxable) == (
        (replace(HELD[0], until_on=date(2025, 6, 30)),),
        100,
        True,
    )
    given(*RUNNING, *recorded).when(replace(command, fee="2.00")).refused(LeaseStateForbids)


def test_notice_on_the_last_day() -> None:
    given(*RUNNING).when(replace(SERVE_NOTICE, effective_on=date(2025, 7, 4))).then(
        replace(NOTICE_SERVED, effective_on=date(2025, 7, 4))
    )


def test_a_break_of_either_side_takes_notice_from_each() -> None:
    terms = replace(L_1, breaks=(Break(on=date(2025, 12, 31), notice_days=0, party="EITHER"),))
    notice = replace(SERVE_NOTICE, party="LESSOR")
    given(*running(terms)).when(notice).then(replace(NOTICE_SERVED, party="LESSOR"))


# What is refused


@pytest.mark.parametrize(
    ("recorded", "command", "refusal"),
    [
        pytest.param(RUNNING, replace(SERVE_NOTICE, break_on=date(2025, 12, 30)), BreakUnknown, id="no-such-break"),
        pytest.param(RUNNING, replace(SERVE_NOTICE, party="LESSOR"), BreakPartyDiffers, id="the-tenant's-break"),
        pytest.param(RUNNING, replace(SERVE_NOTICE, party="EITHER"), BreakPartyDiffers, id="notice-by-whom"),
        pytest.param(
            RUNNING, replace(SERVE_NOTICE, effective_on=date(2025, 7, 5)), BreakNoticeLate, id="notice-a-day-late"
        ),
        pytest.param(RUNNING, TERMINATE, BreakNoticeMissing, id="break-without-notice"),
        pytest.param(
            NOTIFIED, replace(TERMINATE, ends_on=date(2025, 12, 30)), BreakUnknown, id="breaks-on-another-day"
        ),
        pytest.param(NOTIFIED, replace(TERMINATE, fee="0.00"), BreakFeeDiffers, id="break-without-its-fee"),
        pytest.param(
            RUNNING, replace(TERMINATE, cause="AGREEMENT", ends_on=date(2026, 12, 31)), OutsideTerm, id="ends-anyway"
        ),
        pytest.param(
            RUNNING, replace(TERMINATE, cause="AGREEMENT", ends_on=date(2025, 12, 30)), OutsideTerm, id="ended-before"
        ),
        pytest.param(
            EXECUTED,
            replace(TERMINATE, cause="AGREEMENT", effective_on=date(2023, 12, 20), ends_on=date(2024, 1, 1)),
            OutsideTerm,
            id="ends-in-a-term-that-did-not-commence",
        ),
    ],
)
def test_the_early_end_refuses(recorded: Things, command: LeaseCommand, refusal: type[Refusal]) -> None:
    given(*recorded).when(command).refused(refusal)


def test_refusals_of_a_break_come_in_the_order_drawn() -> None:
    late = replace(SERVE_NOTICE, break_on=date(2025, 1, 1), party="LESSOR", effective_on=date(2025, 12, 1))
    given(*RUNNING).when(late).refused(BreakUnknown)
    given(*RUNNING).when(replace(late, break_on=date(2025, 12, 31))).refused(BreakPartyDiffers)
    given(*RUNNING).when(replace(late, break_on=date(2025, 12, 31), party="TENANT")).refused(BreakNoticeLate)

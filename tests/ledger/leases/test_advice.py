"""Who does what a refusal says gets on: the advice, followed, and what was refused then goes through."""

from collections.abc import Sequence
from datetime import date

import pytest
from msgspec.structs import replace

from ledger.decider import By, Command, Refusal
from ledger.leases.agreement import ApproveLease, DraftLease, ExecuteLease, SignedAfterCommencement, SubmitLease
from ledger.leases.changes import (
    AmendmentDecided,
    ApproveAmendment,
    IndexUnknown,
    NotIndexed,
    ReviewRent,
)
from ledger.leases.facts import AmendmentRejected, LeaseApproved, LeaseDrafted, LeaseSubmitted, PremisesHandedOver
from ledger.leases.lease import LeaseStateForbids, OutsideTerm
from ledger.leases.term import CommenceLease, HandOverPremises, OptionNotOpen, RenewLease
from ledger.leases.termination import TerminateLease
from ledger.rates import ApproveRate, ProposeRate
from tests.examples.leases import (
    A101,
    APPROVER,
    CLERK,
    CPI,
    EXTENDED,
    GROUND,
    L_1,
    LEASE,
    paper,
    through,
)
from tests.ground.given import Sent, gets_on, grown
from tests.ledger.leases.ground import APPROVED, FOLLOWED, HANDED_OVER, RUNNING, Things, asked, propose, told
from tests.ledger.leases.test_withdrawing import withdraw

LATE = date(2024, 1, 10)
LATER = replace(L_1, commencement_on=LATE, rent=(replace(L_1.rent[0], from_on=LATE), *L_1.rent[1:]), rent_free=())
EXECUTE = ExecuteLease(lease=LEASE, effective_on=LATE, document=paper("contract"), units=(A101,))
END = TerminateLease(
    lease=LEASE,
    effective_on=date(2023, 12, 30),
    ends_on=date(2024, 3, 31),
    cause="AGREEMENT",
    document=paper("deed"),
)
REVIEW = ReviewRent(lease=LEASE, effective_on=date(2025, 7, 1), current_on=date(2025, 5, 1), series=CPI)
INDEX = ProposeRate(
    effective_on=date(2025, 5, 1), rate="cpi-demo", series=CPI, value="104.0", source="a yearbook (demo)"
)
FREE = replace(L_1, indexation=None)


@pytest.mark.parametrize(
    ("recorded", "command", "refusal", "says", "advised", "then"),
    [
        pytest.param(
            APPROVED,
            EXECUTE,
            SignedAfterCommencement,
            "withdraw-lease-step its approval and submission, and draft a later commencement",
            [
                (withdraw(told(LeaseApproved)), APPROVER),
                (withdraw(told(LeaseSubmitted)), APPROVER),
                (
                    DraftLease(lease=LEASE, effective_on=LATE, company=told(LeaseDrafted).company, terms=LATER),
                    CLERK,
                ),
                (SubmitLease(lease=LEASE, effective_on=LATE), CLERK),
                (ApproveLease(lease=LEASE, effective_on=LATE), APPROVER),
            ],
            EXECUTE,
            id="signed-after-commencement",
        ),
        pytest.param(
            HANDED_OVER,
            replace(asked(HandOverPremises), effective_on=date(2023, 12, 20)),
            LeaseStateForbids,
            "withdraw-lease-step that first",
            [(withdraw(told(PremisesHandedOver)), APPROVER)],
            replace(asked(HandOverPremises), effective_on=date(2023, 12, 20)),
            id="handed-over-on-another-day",
        ),
        pytest.param(
            HANDED_OVER,
            END,
            OutsideTerm,
            "record its commencement first, and then its end, effective from 2024-01-01 on",
            [(CommenceLease(lease=LEASE, effective_on=date(2024, 1, 1)), CLERK)],
            replace(END, effective_on=date(2024, 1, 1)),
            id="ended-before-it-commenced",
        ),
        pytest.param(
            RUNNING,
            REVIEW,
            IndexUnknown,
            "propose-rate and approve-rate it first",
            [(INDEX, CLERK), (ApproveRate(effective_on=date(2025, 6, 9), rate="cpi-demo"), APPROVER)],
            REVIEW,
            id="no-index-of-that-month",
        ),
        pytest.param(
            (*GROUND, *through(AmendmentRejected)),
            ApproveAmendment(lease=LEASE, effective_on=date(2026, 6, 1), amendment="am-2-demo"),
            AmendmentDecided,
            "propose another",
            [(propose(replace(EXTENDED, due_days=60), date(2026, 7, 1), "CONSIDERATION"), CLERK)],
            ApproveAmendment(lease=LEASE, effective_on=date(2026, 6, 1), amendment="am-9-demo"),
            id="an-amendment-that-was-rejected",
        ),
        pytest.param(
            FOLLOWED,
            RenewLease(lease=LEASE, effective_on=date(2026, 12, 1), successor="l-2-demo", option_exercised=True),
            OptionNotOpen,
            "after that the lease is renewed without it",
            [],
            RenewLease(lease=LEASE, effective_on=date(2026, 12, 1), successor="l-2-demo"),
            id="an-option-exercised-late",
        ),
    ],
)
def test_who_does_what_the_refusal_says_gets_on(
    recorded: Things,
    command: Command,
    refusal: type[Refusal],
    says: str,
    advised: Sequence[Sent],
    then: Command,
) -> None:
    gets_on(recorded, command, refusal, says, advised, then, by=APPROVER)


def test_terms_without_an_index_are_amended_first() -> None:
    def approve(amendment: str) -> tuple[Command, By]:
        return ApproveAmendment(lease=LEASE, effective_on=date(2024, 8, 1), amendment=amendment), APPROVER

    free = propose(FREE, date(2024, 9, 1), "CONSIDERATION", amendment="am-8-demo")
    recorded = grown(RUNNING, free, approve("am-8-demo"))
    review = replace(REVIEW, current_on=date(2025, 6, 1))
    back = (propose(L_1, date(2025, 7, 1), "CONSIDERATION"), approve("am-9-demo"))
    gets_on(recorded, review, NotIndexed, "amend them from that day first", back)

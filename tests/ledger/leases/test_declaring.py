"""What a tenant says it sold: when it may be said, and which word counts."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import Fact, Refusal
from ledger.leases.agreement import DraftLease
from ledger.leases.declaring import DeclareTurnover, NoTurnoverRent, TurnoverMonthRuns, TurnoverSaidLater
from ledger.leases.facts import LeaseCommenced, LeaseDrafted, LeaseTerminated, TurnoverDeclared
from ledger.leases.lease import LeaseStateForbids, LeaseUnknown
from ledger.leases.soundness import TurnoverRentMalformed
from ledger.leases.terms import TurnoverRent
from ledger.leases.withdrawing import LeaseStepNeeded, WithdrawLeaseStep
from tests.examples.leases import COMPANY, GROUND, L_1, LEASE, before, paper, through
from tests.ground.given import given

SHARED = replace(L_1, turnover_rent=TurnoverRent(share="0.08"))


def shared(facts: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(replace(fact, terms=SHARED) if isinstance(fact, LeaseDrafted) else fact for fact in facts)


RUNNING = (*GROUND, *shared(through(LeaseCommenced)))


def declare(on: date, month: str = "2024-02", turnover: str = "50000.00") -> DeclareTurnover:
    return DeclareTurnover(effective_on=on, lease=LEASE, month=month, turnover=turnover, statement=paper("till roll"))


def declared(on: date, turnover: int = 5_000_000, until: date = date(2024, 2, 29)) -> TurnoverDeclared:
    return TurnoverDeclared(
        effective_on=on,
        lease=LEASE,
        company=COMPANY,
        month="2024-02",
        from_on=date(2024, 2, 1),
        until_on=until,
        turnover_minor=turnover,
        statement=paper("till roll"),
    )


ENDED = LeaseTerminated(
    effective_on=date(2024, 2, 20),
    lease=LEASE,
    company=COMPANY,
    ends_on=date(2024, 2, 20),
    cause="AGREEMENT",
    fee_minor=0,
    document=paper("deed"),
    lettings=(),
)


def test_it_is_said_for_the_days_that_the_lease_holds() -> None:
    given(*RUNNING).when(declare(date(2024, 3, 1))).then(declared(date(2024, 3, 1)))
    given(*RUNNING, ENDED).when(declare(date(2024, 2, 21))).then(declared(date(2024, 2, 21), until=date(2024, 2, 20)))


def test_it_is_said_anew_and_the_same_again_adds_nothing() -> None:
    first = declared(date(2024, 3, 1))
    given(*RUNNING, first).when(declare(date(2024, 3, 1))).then()
    again = declared(date(2024, 3, 1), 6_000_000)
    given(*RUNNING, first).when(declare(date(2024, 3, 1), turnover="60000.00")).then(again)


@pytest.mark.parametrize(
    ("facts", "command", "refusal"),
    [
        pytest.param(GROUND, declare(date(2024, 3, 1)), LeaseUnknown, id="no-lease"),
        pytest.param(
            (*GROUND, *shared(before(LeaseCommenced))), declare(date(2024, 3, 1)), LeaseStateForbids, id="not-begun"
        ),
        pytest.param(
            (*GROUND, *through(LeaseCommenced)), declare(date(2024, 3, 1)), NoTurnoverRent, id="no-share-agreed"
        ),
        pytest.param(RUNNING, declare(date(2024, 3, 1), "2023-12"), NoTurnoverRent, id="before-the-lease"),
        pytest.param((*RUNNING, ENDED), declare(date(2024, 4, 1), "2024-03"), NoTurnoverRent, id="after-the-lease"),
        pytest.param(RUNNING, declare(date(2024, 2, 29)), TurnoverMonthRuns, id="on-its-last-day"),
        pytest.param(
            (*RUNNING, declared(date(2024, 3, 9))),
            declare(date(2024, 3, 8), turnover="1.00"),
            TurnoverSaidLater,
            id="a-later-word-stands",
        ),
        pytest.param(
            (*RUNNING, declared(date(2024, 3, 9))),
            WithdrawLeaseStep(lease=LEASE, effective_on=date(2024, 1, 1), step="lease.commenced", reason="why"),
            LeaseStepNeeded,
            id="what-was-said-rests-on-the-beginning",
        ),
        *(
            pytest.param(
                GROUND,
                DraftLease(
                    effective_on=date(2023, 11, 1),
                    lease=LEASE,
                    company=COMPANY,
                    terms=replace(L_1, turnover_rent=TurnoverRent(share=share)),
                ),
                TurnoverRentMalformed,
                id=f"a-share-of-{share}",
            )
            for share in ("0", "8")
        ),
    ],
)
def test_refusals(facts: tuple[Fact, ...], command: Any, refusal: type[Refusal]) -> None:
    given(*facts).when(command).refused(refusal)

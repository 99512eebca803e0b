"""Leases: how what each command recorded is put right; what was billed meanwhile is in money.py."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from ledger.decider import Command
from ledger.leases.agreement import ApproveLease, DraftLease, ExecuteLease, SubmitLease, VoidLease
from ledger.leases.changes import ApproveAmendment, ChangeServiceCharge, ProposeAmendment, RejectAmendment, ReviewRent
from ledger.leases.declaring import DeclareTurnover
from ledger.leases.facts import LeaseHolds
from ledger.leases.term import (
    CommenceLease,
    EndHoldover,
    ExpireLease,
    HandOverPremises,
    RenewLease,
    StartHoldover,
    SurrenderPremises,
)
from ledger.leases.termination import ServeBreakNotice, TerminateLease
from ledger.leases.terms import Break, Indexation, Terms, TurnoverRent
from ledger.leases.withdrawing import WithdrawLeaseStep
from ledger.periods import month_of
from ledger.rates import ApproveRate, ProposeRate
from tests.undo.desk import OTHER, Desk, Line
from tests.undo.ways import PAPER, WHY, WITHDRAWN, At, Way, taken_back, withdraw, withdrawal

CPI = "cpi/undone-demo"


def _terminated(desk: Desk, line: Line) -> Iterator[None]:
    """The units that the lease holds again are named."""
    ended: Any = line.command
    held = [fact for fact in desk.facts() if isinstance(fact, LeaseHolds) and fact.lease == ended.lease][-1]
    yield
    facts = desk.do(ended, line.by)
    yield
    units = tuple(dict.fromkeys(letting.unit for letting in held.lettings))
    desk.do(withdrawal(facts[0], units=units))


def _terms(desk: Desk, lease: str) -> Terms:
    terms: Terms = next(
        fact.terms for fact in reversed(desk.facts()) if getattr(fact, "lease", "") == lease and hasattr(fact, "terms")
    )
    return terms


def _amended(desk: Desk, line: Line, **other: Any) -> tuple[Command, Command]:
    """To propose other terms from the commencement on, and to agree to them."""
    commenced: Any = line.command
    terms = replace(_terms(desk, commenced.lease), **other)
    about: dict[str, Any] = {"lease": commenced.lease, "amendment": "undone-demo"}
    on = terms.commencement_on
    units = tuple(one.unit for one in terms.premises)
    return (
        ProposeAmendment(**about, effective_on=on, kind="CONSIDERATION", terms=terms, document=PAPER),
        ApproveAmendment(**about, effective_on=on, units=units),
    )


def _proposed(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(line.command, line.by)
    propose, _ = _amended(desk, line, due_days=60)
    yield
    facts = desk.do(propose)
    yield
    desk.do(withdrawal(facts[0]))


def _agreed(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(line.command, line.by)
    propose, approve = _amended(desk, line, due_days=60)
    desk.do(propose)
    yield
    facts = desk.do(approve, OTHER)
    yield
    desk.do(withdrawal(facts[0]))


def _rejected(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(line.command, line.by)
    propose: Any = _amended(desk, line, due_days=60)[0]
    desk.do(propose)
    about: dict[str, Any] = {"lease": propose.lease, "amendment": propose.amendment}
    yield
    facts = desk.do(RejectAmendment(effective_on=propose.effective_on, **about, reason=WHY), OTHER)
    yield
    desk.do(withdrawal(facts[0]))


def _reviewed(desk: Desk, line: Line) -> Iterator[None]:
    """The lease follows an index from its commencement on, and is reviewed on the same day."""
    desk.do(line.command, line.by)
    on = line.command.effective_on
    for day, value in ((date(2020, 1, 1), "100"), (date(2021, 1, 1), "110")):
        rate = f"cpi-{day.year}-demo"
        desk.do(ProposeRate(effective_on=day, rate=rate, series=CPI, value=value, source=WHY))
        desk.do(ApproveRate(effective_on=day, rate=rate), OTHER)
    for command in _amended(desk, line, indexation=Indexation(series=CPI, base_on=date(2020, 1, 1))):
        desk.do(command, OTHER if isinstance(command, ApproveAmendment) else line.by)
    yield
    facts = desk.do(ReviewRent(effective_on=on, lease=line.command.lease, current_on=date(2021, 1, 1), series=CPI))
    yield
    desk.do(withdrawal(facts[0]))


def _declared(desk: Desk, line: Line) -> Iterator[None]:
    """At its end a share of turnover is agreed from the lease's commencement on, and its first month declared."""
    ending: Any = line.command
    for command in _amended(desk, line, turnover_rent=TurnoverRent(share="0.08")):
        desk.do(command, OTHER if isinstance(command, ApproveAmendment) else line.by)
    yield
    facts = desk.do(
        DeclareTurnover(
            effective_on=ending.effective_on,
            lease=ending.lease,
            month=month_of(_terms(desk, ending.lease).commencement_on),
            turnover="50000.00",
            statement=PAPER,
        )
    )
    yield
    desk.do(withdrawal(facts[0]))


def _notice(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(line.command, line.by)
    on = line.command.effective_on
    ends = on + timedelta(days=30)
    for command in _amended(desk, line, breaks=(Break(on=ends, notice_days=0, party="EITHER"),)):
        desk.do(command, OTHER if isinstance(command, ApproveAmendment) else line.by)
    yield
    facts = desk.do(
        ServeBreakNotice(effective_on=on, lease=line.command.lease, break_on=ends, party="TENANT", notice=PAPER)
    )
    yield
    desk.do(withdrawal(facts[0]))


def _void(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(line.command, line.by)
    yield
    facts = desk.do(VoidLease(effective_on=line.command.effective_on, lease=line.command.lease, reason=WHY))
    yield
    desk.do(withdrawal(facts[0]))


def _holdover_ended(desk: Desk, line: Line) -> Iterator[None]:
    """The units are held on without an end again: they are named."""
    held: Any = desk.do(line.command, line.by)[0]
    on = line.command.effective_on
    yield
    facts = desk.do(EndHoldover(effective_on=on, lease=line.command.lease, ends_on=on + timedelta(days=30), reason=WHY))
    yield
    desk.do(withdrawal(facts[0], units=tuple(letting.unit for letting in held.lettings)))


LEASES: Mapping[type[Command], Way | At] = {
    **dict.fromkeys(
        (
            DraftLease,
            SubmitLease,
            ApproveLease,
            ExecuteLease,
            HandOverPremises,
            CommenceLease,
            RenewLease,
            ExpireLease,
            StartHoldover,
            SurrenderPremises,
            ChangeServiceCharge,
        ),
        WITHDRAWN,
    ),
    VoidLease: At(SubmitLease, _void),
    TerminateLease: _terminated,
    EndHoldover: At(StartHoldover, _holdover_ended),
    ServeBreakNotice: At(CommenceLease, _notice),
    ProposeAmendment: At(CommenceLease, _proposed),
    ApproveAmendment: At(CommenceLease, _agreed),
    RejectAmendment: At(CommenceLease, _rejected),
    ReviewRent: At(CommenceLease, _reviewed),
    DeclareTurnover: At(ExpireLease, _declared),
    WithdrawLeaseStep: At(HandOverPremises, taken_back(withdraw)),
}

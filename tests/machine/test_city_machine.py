"""Whatever is asked of the city, sensible or not, in whatever order: what must hold of it holds.

A state machine sends commands about units, leases, money and months through a real ledger; few of each, on few days, so
that they collide. What must hold is in city_claims.py, a method for each claim; naive.py is the second model.

On a failure Hypothesis prints the shortest story that it finds, with every command, answer and fact.
"""

import itertools
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test
from msgspec.structs import replace
from sqlalchemy import URL, create_engine, text

from ledger.billing.deposits import ApplyDeposit, ForfeitDeposit, ReceiveDeposit, RefundDeposit, ReverseDeposit
from ledger.billing.facts import (
    DepositFact,
    Issued,
    ReceiptRecorded,
    ReceiptRefunded,
    WriteOffApproved,
    WriteOffProposed,
)
from ledger.billing.gap import BillLease
from ledger.billing.invoicing.notes import IssueCreditNote, IssueDebitNote
from ledger.billing.late_fees import AssessLateFee
from ledger.billing.losses import (
    ApproveWriteOff,
    MeasureEcl,
    ProposeWriteOff,
    RecoverWriteOff,
    RejectWriteOff,
    ToMeasure,
)
from ledger.billing.receipts import AllocateReceipt, RecordReceipt, ReverseReceipt, ToAllocate, UnallocateReceipt
from ledger.billing.refunds import RefundReceipt, ReverseRefund
from ledger.decider import By, Command
from ledger.estate.market import ReleaseReservation, ReserveUnit, ReturnUnit, TakeUnitOffMarket
from ledger.estate.units import MergeUnits, NewPart, RemeasureUnit, RetireUnit, SplitUnit
from ledger.joint.closing import ClosePeriod, Subledger
from ledger.leases.agreement import ApproveLease, DraftLease, ExecuteLease, SubmitLease, VoidLease
from ledger.leases.changes import ApproveAmendment, ChangeServiceCharge, ProposeAmendment, ReviewRent
from ledger.leases.term import CommenceLease, EndHoldover, ExpireLease, HandOverPremises, RenewLease, StartHoldover
from ledger.leases.termination import ServeBreakNotice, TerminateLease
from ledger.leases.terms import Premises, Quote, RentStep, Terms
from ledger.log.database import Database
from ledger.periods import OpenPeriods, ProposeReopening, ReopenPeriod, SoftClosePeriod
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Done, Refused
from ledger.values.money import minor, written
from tests.machine import naive
from tests.machine.city_claims import BEGUN, DAYS, FAR, FINANCE, Claims
from tests.machine.city_ground import (
    APPROVER,
    BUILDING,
    CLERK,
    CPI,
    LEASES,
    MARKET,
    PAPER,
    TENANTS,
    UNITS,
    WHY,
    Amendment,
    Movement,
    a_day,
    a_lease,
    a_month,
    a_tenant,
    a_unit,
    all_terms,
    amendments,
    amounts,
    booking,
    changed,
    ground,
    later_day,
    movements,
    names,
    part_of,
    parts,
    people,
    picks,
    quotes,
    sensibly,
    some,
    some_units,
)

# What is asked


class City(Claims):
    """People at work, some of whom mean well."""

    @initialize(
        one=all_terms(),
        other=all_terms(),
        through=later_day,
        changes=st.lists(amendments, max_size=2),
        closed=st.integers(0, 3),
    )
    def begin(self, one: Terms, other: Terms, through: date, changes: list[Amendment], closed: int) -> None:
        """Two leases, of other units where there are any, billed and closed through some day: something to meet."""
        self.let(LEASES[0], TENANTS[0], one, 6)
        taken = {premises.unit for premises in one.premises}
        left = tuple(premises for premises in other.premises if premises.unit not in taken)
        other = replace(other, premises=left or other.premises)
        self.let(LEASES[1], TENANTS[1], other, 6)
        self.bill_everything(through)
        for number, tenant in enumerate(TENANTS, 6):
            self.receive_unapplied(number, tenant)
        self.deposit(LEASES[0], 0, "odd", FINANCE, [("receive", 6, "500.00", DAYS[3])])
        self.close_the_next_months(closed, 0)
        self.amend(LEASES[0], changes)

    def receive_unapplied(self, number: int, tenant: str) -> None:
        """Money that nobody knows the purpose of yet."""
        self.send(
            RecordReceipt(
                effective_on=DAYS[2],
                receipt=f"r-{number}-demo",
                company=tenant,
                bank_reference=f"BANK-{number}",
                amount="20000.00",
            ),
            FINANCE,
        )

    # Units

    @rule(unit=a_unit, area=st.sampled_from(("50.00", "100.00", "149.75", "200.00")), on=a_day)
    def remeasure(self, unit: str, area: str, on: date) -> None:
        self.send(
            RemeasureUnit(
                effective_on=on,
                building=BUILDING,
                unit=unit,
                area=area,
                standard="GB/T17986",
                measured_on=on,
                evidence=PAPER,
            ),
            CLERK,
        )

    @rule(unit=st.sampled_from(UNITS[:3]), on=a_day, out=st.sampled_from((0, 0, 1)))
    def split(self, unit: str, on: date, out: int) -> None:
        """In two, of which one has 50.00 m²; sometimes a square decimetre is lost."""
        room = naive.units(self.facts())[unit]
        left = written(max(room.area_dm2 - 5000 - out, 0))
        into = (NewPart(unit="u4-demo", area="50.00"), NewPart(unit="u5-demo", area=left))
        self.send(SplitUnit(effective_on=on, unit=unit, parts=into), CLERK)

    @rule(pick=picks, into=st.sampled_from(("u6-demo", "u6-demo", "u1-demo")), on=a_day)
    def merge(self, pick: int, into: str, on: date) -> None:
        """Two units that are next to each other in the list of all there ever were."""
        rooms = sorted(naive.units(self.facts()))
        at = pick % (len(rooms) - 1)
        self.send(MergeUnits(effective_on=on, units=tuple(rooms[at : at + 2]), into=into), CLERK)

    @rule(
        unit=a_unit,
        tenant=a_tenant,
        on=a_day,
        until=a_day,
        what=st.sampled_from(MARKET),
    )
    def on_the_market(self, unit: str, tenant: str, on: date, until: date, what: str) -> None:
        asked: dict[str, Command] = {
            "keep": ReserveUnit(effective_on=on, unit=unit, company=tenant, until_on=until),
            "release": ReleaseReservation(effective_on=on, unit=unit, reason=WHY),
            "off": TakeUnitOffMarket(effective_on=on, unit=unit, reason=WHY),
            "on": ReturnUnit(effective_on=on, unit=unit),
            "retire": RetireUnit(effective_on=on, unit=unit, reason=WHY),
        }
        self.send(asked[what], CLERK)

    # Leases

    @rule(lease=a_lease, tenant=a_tenant, terms=all_terms(), until=st.sampled_from((5, 6, 6, 6, 6)))
    def let(self, lease: str, tenant: str, terms: Terms, until: int) -> None:
        """From draft to commencement, or some of the way."""
        begins, units = terms.commencement_on, tuple(one.unit for one in terms.premises)
        signed = BEGUN
        way: list[tuple[Command, By]] = [
            (DraftLease(effective_on=signed, lease=lease, company=tenant, terms=terms), CLERK),
            (SubmitLease(effective_on=signed, lease=lease), CLERK),
            (ApproveLease(effective_on=signed, lease=lease), APPROVER),
            (ExecuteLease(effective_on=signed, lease=lease, units=units, document=PAPER), CLERK),
            (HandOverPremises(effective_on=begins, lease=lease, protocol=PAPER), CLERK),
            (CommenceLease(effective_on=begins, lease=lease), CLERK),
        ]
        for command, by in way[:until]:
            if not self.send(command, by):
                break

    @rule(lease=a_lease, other=a_lease, gap=st.sampled_from((0, 1, 1)), rent=quotes, renew=st.booleans())
    def let_next(self, lease: str, other: str, gap: int, rent: Quote, renew: bool) -> None:
        """The units of another lease, from the day after it on, or on its very last day: then it is refused."""
        papers = naive.leases(self.facts())
        paper = papers.get(other)
        if paper is None or not paper.terms or paper.last is None or (lease in papers and papers[lease].terms):
            return
        begins = paper.last + gap * naive.DAY
        units = tuple(sorted(naive.held(paper, paper.last)))
        terms = Terms(
            premises=tuple(Premises(unit=unit, area="50.00") for unit in units),
            commencement_on=begins,
            expiry_on=begins + 100 * naive.DAY,
            rent=(RentStep(from_on=begins, rent=rent),),
        )
        self.let(lease, papers[lease].company if lease in papers else paper.company, terms, 6)
        if gap == 0 and units:
            assert not naive.leases(self.facts())[lease].terms, "the units are held on that day"
        if renew:
            self.send(RenewLease(effective_on=paper.last, lease=other, successor=lease), CLERK)

    @rule(lease=a_lease, on=a_day, by=people, units=some_units, what=st.integers(0, 6))
    def one_step(self, lease: str, on: date, by: By, units: list[str], what: int) -> None:
        """Any step of a lease's way by anybody, whether it is its turn or not."""
        steps: tuple[Command, ...] = (
            SubmitLease(effective_on=on, lease=lease),
            ApproveLease(effective_on=on, lease=lease),
            ExecuteLease(effective_on=on, lease=lease, units=tuple(units), document=PAPER),
            HandOverPremises(effective_on=on, lease=lease, protocol=PAPER),
            CommenceLease(effective_on=on, lease=lease),
            ServeBreakNotice(effective_on=on, lease=lease, break_on=on, party="TENANT", notice=PAPER),
            VoidLease(effective_on=on, lease=lease, reason=WHY),
        )
        self.send(steps[what], by)

    @rule(lease=a_lease, changes=st.lists(amendments, min_size=1, max_size=3))
    def amend(self, lease: str, changes: list[Amendment]) -> None:
        """Propose other terms, one after the other, each from a day on, however far back; somebody approves them."""
        for what, since, drawn, approver, inside in changes:
            paper = naive.leases(self.facts()).get(lease)
            since = self._within(lease, since) if inside else since
            before = drawn
            if paper is not None and paper.terms:
                before = paper.on(max(since, paper.first))
            terms = changed(before, drawn, what, since)
            kinds = {"rent": "CONSIDERATION", "rhythm": "CONSIDERATION", "term": "TERM"}
            kind: Any = kinds.get(what, "SCOPE_UP" if terms.area_dm2 >= before.area_dm2 else "SCOPE_DOWN")
            about: dict[str, Any] = {"effective_on": since, "lease": lease, "amendment": f"a-{len(self.told)}-demo"}
            units = tuple(one.unit for one in terms.premises)
            self.send(ProposeAmendment(**about, kind=kind, terms=terms, document=PAPER), CLERK)
            self.send(ApproveAmendment(**about, units=units), approver)

    def _within(self, lease: str, day: date) -> date:
        """That day, or the first or the last of the lease."""
        paper = naive.leases(self.facts()).get(lease)
        if paper is None or not paper.terms:
            return day
        return max(paper.first, min(day, paper.last or FAR))

    @rule(
        lease=a_lease,
        agreed=a_day,
        notice=st.sampled_from((0, 0, 20, 76)),
        fee=st.sampled_from(("0.00", "999.99")),
        inside=sensibly,
    )
    def terminate(self, lease: str, agreed: date, notice: int, fee: str, inside: bool) -> None:
        agreed = self._within(lease, agreed) if inside else agreed
        self.send(
            TerminateLease(
                effective_on=agreed,
                lease=lease,
                ends_on=agreed + timedelta(days=notice),
                cause="AGREEMENT",
                fee=fee,
                fee_taxable=True,
                document=PAPER,
            ),
            CLERK,
        )

    @rule(
        lease=a_lease, other=a_lease, ends=a_day, what=st.sampled_from(("expire", "hold over", "end holdover", "renew"))
    )
    def at_the_end(self, lease: str, other: str, ends: date, what: str) -> None:
        """On the right day, where the lease has one."""
        paper = naive.leases(self.facts()).get(lease)
        last = paper.terms[max(paper.terms)].expiry_on if paper is not None and paper.terms else ends
        units = tuple(one.unit for one in paper.on(last).premises) if paper is not None and paper.terms else ()
        after = last + naive.DAY
        ends = max(after, ends)
        asked: dict[str, Command] = {
            "expire": ExpireLease(effective_on=after, lease=lease),
            "hold over": StartHoldover(effective_on=after, lease=lease, units=units),
            "end holdover": EndHoldover(effective_on=ends, lease=lease, ends_on=ends, reason=WHY),
            "renew": RenewLease(effective_on=last, lease=lease, successor=other),
        }
        self.send(asked[what], CLERK)

    @rule(lease=a_lease, since=a_day, charge=quotes, current=st.sampled_from((date(2024, 6, 1), date(2024, 12, 1))))
    def change_what_is_charged(self, lease: str, since: date, charge: Quote, current: date) -> None:
        since = self._within(lease, since)
        self.send(ChangeServiceCharge(effective_on=since, lease=lease, service_charge=charge, notice=PAPER), CLERK)
        self.send(ReviewRent(effective_on=since, lease=lease, current_on=current, series=CPI), CLERK)

    # Money

    @rule(lease=a_lease, through=a_day, on=a_day, by=booking)
    def bill(self, lease: str, through: date, on: date, by: By) -> None:
        self.send(BillLease(effective_on=on, lease=lease, through=through), by)

    @rule(through=a_day)
    def bill_everything(self, through: date) -> None:
        for lease in LEASES:
            self.send(BillLease(effective_on=through, lease=lease, through=through), FINANCE)

    def _owed(self, pick: int, part: str) -> tuple[Issued | None, ToAllocate]:
        """Some document, and an amount of what is open of it."""
        issued = [one.fact for one in self.told if isinstance(one.fact, Issued)]
        if not issued:
            return None, ToAllocate(invoice="none-demo", amount="5.00")
        document = issued[pick % len(issued)]
        left = naive.everything(self.told).documents[document.invoice]
        return document, ToAllocate(invoice=document.invoice, amount=written(max(part_of(left, part), 0)))

    @rule(
        number=st.integers(1, 9),
        picks=st.lists(picks, max_size=2, unique=True),
        part=parts,
        amount=amounts,
        more=st.sampled_from((0, 0, 50_000, -1)),
        on=a_day,
        by=booking,
    )
    def receive(self, number: int, picks: list[int], part: str, amount: str, more: int, on: date, by: By) -> None:
        """Money that pays up to two documents, in full or in part, or pays nothing yet."""
        found = [self._owed(pick, part) for pick in picks]
        covered = all(naive.least_open(self.told, one.invoice, on) >= minor(one.amount) for _, one in found)
        company = next((issued.company for issued, _ in found if issued is not None), TENANTS[number % 2])
        allocations = tuple(one for _, one in found)
        total = sum(minor(one.amount) for one in allocations)
        self.send(
            RecordReceipt(
                effective_on=on,
                receipt=f"r-{number}-demo",
                company=company,
                bank_reference=f"BANK-{number}",
                amount=written(max(total + more, 1)) if total else amount,
                allocations=allocations,
            ),
            by,
        )
        if covered and len(picks) == 1 and part in ("whole", "half") and more >= 0:
            assert self.said not in ("open-exceeded", "receipt-exceeded"), "what is open can be paid"

    @rule(pick=picks, document=picks, part=parts, on=a_day, by=booking)
    def allocate(self, pick: int, document: int, part: str, on: date, by: By) -> None:
        """A receipt pays some document, mostly of its tenant, with what it has left or what somebody thinks it has."""
        free = naive.everything(self.told).receipts
        issued, one = self._owed(document, part)
        whose = {fact.receipt: fact.company for fact in self.facts() if isinstance(fact, ReceiptRecorded)}
        own = [receipt for receipt in sorted(+free) if issued is None or whose[receipt] == issued.company]
        receipt = some(own if part != "odd" else sorted(+free), pick, "none-demo")
        if part == "whole":
            one = replace(one, amount=written(min(minor(one.amount), free[receipt])))
        if part == "more":
            one = replace(one, amount=written(free[receipt] + 1))
        self.send(AllocateReceipt(effective_on=on, receipt=receipt, allocations=(one,)), by)

    @rule(pick=picks, part=parts, on=a_day, by=booking, reverse=st.booleans())
    def take_back(self, pick: int, part: str, on: date, by: By, reverse: bool) -> None:
        """A receipt does not pay after all, or never was."""
        pays = naive.paying(self.told)
        receipt, invoice = some(sorted(+pays), pick, ("none-demo", "none-demo"))
        amount = part_of(pays[receipt, invoice], part)
        if reverse:
            self.send(ReverseReceipt(effective_on=on, receipt=receipt, reason=WHY), by)
            return
        one = ToAllocate(invoice=invoice, amount=written(amount))
        self.send(UnallocateReceipt(effective_on=on, receipt=receipt, allocations=(one,), reason=WHY), by)

    @rule(number=names, pick=picks, part=parts, on=a_day, by=booking, what=st.sampled_from(("credit", "late", "debit")))
    def by_hand(self, number: int, pick: int, part: str, on: date, by: By, what: str) -> None:
        """Notes and late fees that people issue."""
        issued, one = self._owed(pick, part)
        lease = issued.lease if issued is not None and issued.lease else LEASES[0]
        asked: dict[str, Command] = {
            "credit": IssueCreditNote(
                effective_on=on, credit_note=f"c-{number}-demo", invoice=one.invoice, net=one.amount, reason=WHY
            ),
            "late": AssessLateFee(effective_on=on, invoice=f"late-{number}-demo", on_invoice=one.invoice),
            "debit": IssueDebitNote(
                effective_on=on,
                invoice=f"more-{number}-demo",
                lease=lease,
                charge="RENT" if number == 1 else "SERVICE_CHARGE",
                from_on=on,
                until_on=on + timedelta(days=20 * number),
                net="100.01",
                reason=WHY,
            ),
        }
        self.send(asked[what], by)

    @rule(lease=a_lease, pick=picks, part=parts, by=booking, moves=st.lists(movements, min_size=1, max_size=4))
    def deposit(self, lease: str, pick: int, part: str, by: By, moves: list[Movement]) -> None:
        """Deposit of one lease comes and goes, not in the order of its days."""
        for what, number, amount, on in moves:
            issued, one = self._owed(pick, part)
            its = issued.lease if issued is not None and issued.lease else lease
            about: dict[str, Any] = {"effective_on": on, "deposit": f"d-{what}-{number}-demo", "amount": amount}
            asked: dict[str, Command] = {
                "receive": ReceiveDeposit(**about, lease=its, bank_reference=f"DEPOSIT-{number}"),
                "apply": ApplyDeposit(**{**about, "amount": one.amount}, lease=its, invoice=one.invoice),
                "forfeit": ForfeitDeposit(**about, lease=its, reason=WHY, vat_rate="0.06"),
                "refund": RefundDeposit(**about, lease=its, bank_reference=f"REFUND-{number}"),
            }
            self.send(asked[what], by)

    @rule(pick=picks, amount=amounts, on=a_day, by=booking, again=st.booleans())
    def pay_back(self, pick: int, amount: str, on: date, by: By, again: bool) -> None:
        """Money that pays nothing goes back; sometimes it comes back."""
        free = naive.everything(self.told).receipts
        receipt, refund = some(sorted(+free), pick, "none-demo"), f"f-{pick % 4}-demo"
        back = RefundReceipt(
            effective_on=on, refund=refund, receipt=receipt, amount=amount, bank_reference=f"BACK-{pick % 4}"
        )
        self.send(back, by)
        if again:
            gone = [fact for fact in self.facts() if isinstance(fact, ReceiptRefunded)]
            of = gone[pick % len(gone)] if gone else None
            name, paid = (of.refund, of.receipt) if of else (refund, receipt)
            self.send(ReverseRefund(effective_on=on, refund=name, receipt=paid, reason=WHY), by)

    @rule(pick=picks, part=parts, on=a_day, by=booking)
    def put_right(self, pick: int, part: str, on: date, by: By) -> None:
        """A movement of a deposit did not happen; something written off is owed after all, or was only proposed."""
        moved = [fact for fact in self.facts() if isinstance(fact, DepositFact)]
        if moved:
            fact = moved[pick % len(moved)]
            self.send(ReverseDeposit(effective_on=on, deposit=fact.deposit, lease=fact.lease, reason=WHY), by)
        lost = [fact for fact in self.facts() if isinstance(fact, WriteOffApproved | WriteOffProposed)]
        if lost:
            loss = lost[pick % len(lost)]
            about: dict[str, Any] = {"effective_on": on, "write_off": loss.write_off, "invoice": loss.invoice}
            self.send(RecoverWriteOff(**about, amount=written(part_of(loss.amount_minor, part)), reason=WHY), by)
            self.send(RejectWriteOff(**about, reason=WHY), by)

    @rule(number=names, pick=picks, part=parts, on=a_day, gross=amounts, by=st.sampled_from((FINANCE, APPROVER)))
    def lose(self, number: int, pick: int, part: str, on: date, gross: str, by: By) -> None:
        """Write something off, by one person or by two; measure what will be lost."""
        _, one = self._owed(pick, part)
        write_off = f"w-{number}-demo"
        propose = ProposeWriteOff(
            effective_on=on, write_off=write_off, invoice=one.invoice, amount=one.amount, reason=WHY
        )
        self.send(propose, FINANCE)
        self.send(ApproveWriteOff(effective_on=on, write_off=write_off, invoice=one.invoice), by)
        measure = ToMeasure(bucket="any age", gross=gross, rate="0.05")
        measured = MeasureEcl(
            effective_on=on, measurement=f"ecl-{number}-demo", recorded=len(self.told), exposures=(measure,)
        )
        self.send(measured, FINANCE)

    # Months

    @rule(month=a_month, soft=st.booleans())
    def open_or_half_close(self, month: str, soft: bool) -> None:
        if soft:
            self.send(SoftClosePeriod(effective_on=FAR, month=month), FINANCE)
        else:
            self.send(OpenPeriods(effective_on=FAR, through=month), FINANCE)

    def _closing(self, month: str, out: int = 0) -> ClosePeriod:
        """The command of somebody who has counted right, or is a few fen out."""
        end = naive.last_of_month(month)
        found = naive.subledgers(self.told, end, len(self.told))
        found["receivables"] += out
        return ClosePeriod(
            effective_on=FAR,
            month=month,
            recorded=len(self.told),
            entries=len(self.posted_to(month)),
            subledgers=tuple(Subledger(account=account, balance=written(total)) for account, total in found.items()),
        )

    @rule(times=st.integers(1, 4), out=st.sampled_from((0, 0, 0, -1, 1)))
    def close_the_next_months(self, times: int, out: int) -> None:
        """Honest figures close a month; figures that are a fen out never do."""
        for _ in range(times):
            left = [month for month, state in naive.months(self.facts()).items() if state != "CLOSED"]
            if not left:
                return
            month = min(left)
            if out:
                outcome = self.ledger.execute(self._closing(month, out), FINANCE).outcome
                assert isinstance(outcome, Refused)
                assert outcome.code == "tie-out-differs"
            assert len(self.send(self._closing(month), FINANCE)) == 1, f"honest figures of {month} are refused"

    @rule(month=a_month, by=people, other=people)
    def reopen(self, month: str, by: By, other: By) -> None:
        """Any month, or the latest closed one, by two people or one."""
        closed = [name for name, state in naive.months(self.facts()).items() if state == "CLOSED"]
        month = max(closed, default=month) if by is FINANCE else month
        self.send(ProposeReopening(effective_on=FAR, month=month, reason=WHY), by)
        self.send(ReopenPeriod(effective_on=FAR, month=month), other)

    # Looking back

    @rule(effective=a_day, later=st.integers(0, 1), back=st.integers(0, 60))
    def look_back(self, effective: date, later: int, back: int) -> None:
        self.look(effective + later * naive.DAY, max(len(self.told) - back, 0))


# Both databases


def settle(database: Database) -> None:
    """Record what everything begins with."""
    with Ledger(database, CONTEXTS, data_class="FICTIONAL") as ledger:
        for command, by in ground():
            outcome = ledger.execute(command, by).outcome
            assert isinstance(outcome, Done), outcome


numbers = itertools.count(1)


@pytest.fixture
def on_sqlite(sqlite: Database, tmp_path: Path) -> Callable[[], Database]:
    """Gives a database that is settled and otherwise new, again and again."""
    settle(sqlite)
    sqlite.close()

    def new() -> Database:
        target = tmp_path / "story"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(sqlite.where, target)
        return Database(target)

    return new


@pytest.fixture
def on_postgres(postgres: Database, postgres_server: URL) -> Callable[[], Database]:
    """The same on PostgreSQL."""
    settle(postgres)
    postgres.close()
    template = postgres.where.rpartition("/")[2].partition("?")[0]

    def new() -> Database:
        name = f"{template}_story_{next(numbers)}"
        engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        engine.dispose()
        return Database(
            postgres_server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        )

    return new


def run(new: Callable[[], Database], city: type[City] = City, **size: int) -> None:
    """Let the machine try."""
    machine: Any = lambda: city(new())  # noqa: E731 - typed as a class, though any factory will do
    run_state_machine_as_test(
        machine,
        settings=settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, **size),  # type: ignore[arg-type]
    )


def test_whatever_is_asked_of_the_city_what_must_hold_holds(on_sqlite: Callable[[], Database]) -> None:
    run(on_sqlite, max_examples=24, stateful_step_count=30)


def test_the_same_on_postgres(on_postgres: Callable[[], Database]) -> None:
    run(on_postgres, max_examples=4, stateful_step_count=25)

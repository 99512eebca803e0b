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

from ledger import CONTEXTS
from ledger.application import Ledger
from ledger.billing import (
    AllocateReceipt,
    ApplyDeposit,
    ApproveWriteOff,
    AssessLateFee,
    BillLease,
    ForfeitDeposit,
    IssueCreditNote,
    IssueDebitNote,
    MeasureEcl,
    ProposeWriteOff,
    ReceiveDeposit,
    RecordReceipt,
    RefundDeposit,
    ReverseReceipt,
    ToAllocate,
    ToMeasure,
    UnallocateReceipt,
)
from ledger.closing import ClosePeriod, Subledger
from ledger.database import Database
from ledger.decider import By, Command
from ledger.estate import (
    MergeUnits,
    NewPart,
    ReleaseReservation,
    RemeasureUnit,
    ReserveUnit,
    RetireUnit,
    ReturnUnit,
    SplitUnit,
    TakeUnitOffMarket,
)
from ledger.leases import (
    ApproveAmendment,
    ApproveLease,
    ChangeServiceCharge,
    CommenceLease,
    DraftLease,
    EndHoldover,
    ExecuteLease,
    ExpireLease,
    HandOverPremises,
    ProposeAmendment,
    Quote,
    RenewLease,
    RentStep,
    ReviewRent,
    ServeBreakNotice,
    StartHoldover,
    SubmitLease,
    TerminateLease,
    Terms,
    VoidLease,
)
from ledger.money import minor, written
from ledger.outcome import Done, Refused
from ledger.periods import OpenPeriods, ProposeReopening, ReopenPeriod, SoftClosePeriod
from tests import naive
from tests.city_claims import BEGUN, FAR, FINANCE, Claims
from tests.city_ground import (
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
    a_day,
    a_lease,
    a_month,
    a_tenant,
    a_unit,
    all_terms,
    amounts,
    booking,
    ground,
    names,
    parts,
    people,
    picks,
    quotes,
    some_units,
)

# What is asked


class City(Claims):
    """People at work, some of whom mean well."""

    @initialize(one=all_terms(), other=all_terms(), through=a_day)
    def begin(self, one: Terms, other: Terms, through: date) -> None:
        """Two leases that may want the same units, billed through some day: something to collide with."""
        self.let(LEASES[0], TENANTS[0], one, 6)
        self.let(LEASES[1], TENANTS[1], other, 6)
        self.bill_everything(through)

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

    @rule(units=st.lists(a_unit, min_size=2, max_size=2, unique=True), into=a_unit, on=a_day)
    def merge(self, units: list[str], into: str, on: date) -> None:
        self.send(MergeUnits(effective_on=on, units=tuple(units), into=into), CLERK)

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

    @rule(
        lease=a_lease,
        since=a_day,
        what=st.sampled_from(("rent", "rent", "term", "units", "rhythm", "all")),
        drawn=all_terms(),
        approver=st.sampled_from((APPROVER, APPROVER, CLERK)),
        number=names,
    )
    def amend(self, lease: str, since: date, what: str, drawn: Terms, approver: By, number: int) -> None:
        """Propose other terms from a day on, which may lie far back, and let somebody approve them."""
        paper = naive.leases(self.facts()).get(lease)
        before = paper.terms[max(paper.terms)] if paper is not None and paper.terms else drawn
        if paper is not None and paper.terms and since >= paper.first:
            before = paper.on(since)
        terms = changed(before, drawn, what, since)
        kinds = {"rent": "CONSIDERATION", "rhythm": "CONSIDERATION", "term": "TERM"}
        wider = "SCOPE_UP" if terms.area_dm2 >= before.area_dm2 else "SCOPE_DOWN"
        kind: Any = kinds.get(what, wider)
        amendment, units = f"a-{number}-demo", tuple(one.unit for one in terms.premises)
        self.send(
            ProposeAmendment(
                effective_on=since, lease=lease, amendment=amendment, kind=kind, terms=terms, document=PAPER
            ),
            CLERK,
        )
        self.send(ApproveAmendment(effective_on=since, lease=lease, amendment=amendment, units=units), approver)

    @rule(lease=a_lease, agreed=a_day, notice=st.sampled_from((0, 0, 20, 76)), fee=st.sampled_from(("0.00", "999.99")))
    def terminate(self, lease: str, agreed: date, notice: int, fee: str) -> None:
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
            "end holdover": EndHoldover(
                effective_on=max(after, ends), lease=lease, ends_on=max(after, ends), reason=WHY
            ),
            "renew": RenewLease(effective_on=last, lease=lease, successor=other),
        }
        self.send(asked[what], CLERK)

    @rule(lease=a_lease, since=a_day, charge=quotes, current=st.sampled_from((date(2024, 6, 1), date(2024, 12, 1))))
    def change_what_is_charged(self, lease: str, since: date, charge: Quote, current: date) -> None:
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

    def _owed(self, pick: int, part: str) -> tuple[naive.Told | None, ToAllocate]:
        """Some document, and an amount of what is open of it."""
        issued = [one for one in self.told if hasattr(one.fact, "due_on")]
        if not issued:
            return None, ToAllocate(invoice="none-demo", amount="5.00")
        one = issued[pick % len(issued)]
        invoice: str = one.fact.invoice  # type: ignore[attr-defined] # what is due is a document
        left = naive.everything(self.told).documents[invoice]
        amount = {"whole": left, "half": left // 2, "odd": 7, "more": left + 1}[part]
        return one, ToAllocate(invoice=invoice, amount=written(max(amount, 0)))

    @rule(number=names, picks=st.lists(picks, max_size=2), part=parts, amount=amounts, on=a_day, by=booking)
    def receive(self, number: int, picks: list[int], part: str, amount: str, on: date, by: By) -> None:
        """Money that pays up to two documents, in full or in part, or pays nothing yet."""
        found = [self._owed(pick, part) for pick in picks]
        company = next((told.fact.company for told, _ in found if told is not None), TENANTS[number % 2])  # type: ignore[attr-defined]
        allocations = tuple(one for _, one in found)
        total = sum(minor(one.amount) for one in allocations)
        self.send(
            RecordReceipt(
                effective_on=on,
                receipt=f"r-{number}-demo",
                company=company,
                bank_reference=f"BANK-{number}",
                amount=written(total) if total else amount,
                allocations=allocations,
            ),
            by,
        )

    @rule(number=names, pick=picks, part=parts, on=a_day, by=booking, back=st.booleans())
    def allocate(self, number: int, pick: int, part: str, on: date, by: By, back: bool) -> None:
        """What a receipt pays, or does not after all."""
        receipt, (_, one) = f"r-{number}-demo", self._owed(pick, part)
        if back:
            command: Command = UnallocateReceipt(effective_on=on, receipt=receipt, allocations=(one,), reason=WHY)
        else:
            command = AllocateReceipt(effective_on=on, receipt=receipt, allocations=(one,))
        self.send(command, by)

    @rule(number=names, on=a_day, by=booking)
    def reverse(self, number: int, on: date, by: By) -> None:
        self.send(ReverseReceipt(effective_on=on, receipt=f"r-{number}-demo", reason=WHY), by)

    @rule(number=names, pick=picks, part=parts, on=a_day, by=booking, what=st.sampled_from(("credit", "late", "debit")))
    def by_hand(self, number: int, pick: int, part: str, on: date, by: By, what: str) -> None:
        """Notes and late fees that people issue."""
        told, one = self._owed(pick, part)
        lease = getattr(told.fact, "lease", LEASES[0]) if told is not None else LEASES[0]
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

    @rule(
        number=names,
        lease=a_lease,
        pick=picks,
        part=parts,
        amount=amounts,
        on=a_day,
        by=booking,
        what=st.sampled_from(("receive", "receive", "apply", "forfeit", "refund")),
    )
    def deposit(self, number: int, lease: str, pick: int, part: str, amount: str, on: date, by: By, what: str) -> None:
        told, one = self._owed(pick, part)
        about: dict[str, Any] = {"effective_on": on, "deposit": f"d-{what}-{number}-demo", "amount": amount}
        its = getattr(told.fact, "lease", lease) if told is not None else lease
        asked: dict[str, Command] = {
            "receive": ReceiveDeposit(**about, lease=its, bank_reference=f"DEPOSIT-{number}"),
            "apply": ApplyDeposit(**{**about, "amount": one.amount}, lease=its, invoice=one.invoice),
            "forfeit": ForfeitDeposit(**about, lease=its, reason=WHY, vat_rate="0.06"),
            "refund": RefundDeposit(**about, lease=its, bank_reference=f"REFUND-{number}"),
        }
        self.send(asked[what], by)

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

    @rule(effective=a_day, back=st.integers(0, 60))
    def look_back(self, effective: date, back: int) -> None:
        self.look(effective, max(len(self.told) - back, 0))


def changed(before: Terms, drawn: Terms, what: str, since: date) -> Terms:
    """Terms with something else in them; the commencement stays, but where everything is new."""
    steps = tuple(step for step in before.rent if step.from_on < since)
    match what:
        case "rent":
            now = RentStep(from_on=max(since, before.commencement_on), rent=drawn.rent[-1].rent)
            return replace(before, rent=(*(step for step in steps if step.from_on < now.from_on), now))
        case "term":
            return replace(
                before,
                expiry_on=drawn.expiry_on,
                rent=tuple(step for step in before.rent if step.from_on <= drawn.expiry_on),
                rent_free=tuple(free for free in before.rent_free if free.until_on <= drawn.expiry_on),
                breaks=(),
            )
        case "units":
            return replace(before, premises=drawn.premises)
        case "rhythm":
            return replace(
                before, billed_every_months=drawn.billed_every_months, billed=drawn.billed, proration=drawn.proration
            )
    return drawn


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


def run(new: Callable[[], Database], **size: int) -> None:
    """Let the machine try."""
    run_state_machine_as_test(
        lambda: City(new()),
        settings=settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, **size),  # type: ignore[arg-type]
    )


def test_whatever_is_asked_of_the_city_what_must_hold_holds(on_sqlite: Callable[[], Database]) -> None:
    run(on_sqlite, max_examples=14, stateful_step_count=30)


def test_the_same_on_postgres(on_postgres: Callable[[], Database]) -> None:
    run(on_postgres, max_examples=3, stateful_step_count=20)

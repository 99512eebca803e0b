"""What must hold of the city at any moment, each claim a method of its name: the ledger held against naive.py.

Claims    a ledger, what it recorded, and the claims. Those about facts alone are looked at after every step; look()
          holds the read models against the second model on two dates; close_the_story() bills every lease to its end

What was recorded is read back from the log, never taken from the answer.
"""

import hashlib
import sys
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, invariant
from msgspec.structs import replace

from ledger.billing.facts import (
    AccruedRentDerecognised,
    CreditNoteIssued,
    DepositApplied,
    InvoiceIssued,
    Issued,
    ReceiptAllocated,
    ReceiptRecorded,
    RentRecognised,
    WriteOffApproved,
)
from ledger.billing.gap import BillLease
from ledger.books.accounts import CHART
from ledger.books.postings import postings
from ledger.decider import By, Command, Fact, Withdrawn
from ledger.estate.facts import EstateFact, UnitsMerged, UnitSplit
from ledger.leases.facts import LeaseHolds
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.periods import OpenPeriods, PeriodClosed, PeriodReopened, PostingFact
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Done, Refused
from ledger.values.money import written
from projections.books.trial_balance import trial_balance
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure, rebuild
from projections.every.views import ALL_VIEWS
from projections.receivables.ageing import BUCKETS, ageing
from projections.receivables.tenants import accounts, control_totals
from projections.tenancy.leases import leases
from projections.tenancy.units import units
from tests.ground.recording import stored_rows
from tests.machine import naive
from tests.machine.naive import Told

FINANCE = By(actor="finance-demo", role="finance")
AT = datetime(2026, 1, 1, tzinfo=UTC)
BEGUN, FAR = date(2023, 12, 1), date(2025, 12, 31)
IN_2024 = ((1, 1), (1, 15), (1, 31), (2, 29), (3, 1), (3, 31), (4, 10), (5, 31), (6, 14), (6, 30), (8, 31), (12, 31))
DAYS = (*(date(2024, month, day) for month, day in IN_2024), date(2025, 1, 15), date(2025, 3, 31))
"""On which everything happens."""

LETTABLE_DM2 = 40_000


def shown(told: Command | Fact) -> str:
    """As it is stored: defaults left out."""
    return msgspec.json.encode(told).decode()


def agree(found: Any, expected: Any, about: str = "") -> None:
    """Equal; of dicts, what is not is named."""
    if isinstance(found, dict) and isinstance(expected, dict):
        names = [name for name in {**found, **expected} if found.get(name) != expected.get(name)]
        found, expected = ({name: one.get(name) for name in names} for one in (found, expected))
    assert found == expected, f"{about}: {found} is not {expected}"


class Claims(RuleBasedStateMachine):
    """The ledger, what it recorded, and everything that must hold of it at any moment."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.ledger = Ledger(database, CONTEXTS, clock=lambda: AT, data_class="FICTIONAL")
        self.ledger.start()
        self.views = [view() for view in ALL_VIEWS]
        ensure(database, self.views)
        self.told: list[Told] = []
        self.stored: list[Entry] = []
        self.closed: dict[int, tuple[str, bytes]] = {}
        self.checked: dict[str, int] = {}
        self.said: str | None = None
        self._read()

    def _read(self) -> list[Told]:
        """What was recorded since the last look."""
        with self.database.views.connect() as connection:
            entries = store.page(connection, after=len(self.told), limit=10_000)
        self.stored += entries
        new = [Told(entry.position, entry.by.role, entry.fact) for entry in entries]
        self.told += new
        return new

    def send(self, command: Command, by: By) -> list[Fact]:
        """Ask; the facts recorded. A fault raises, what is refused leaves nothing, what is asked again adds nothing."""
        outcome = self.ledger.execute(command, by).outcome
        note(f"{by.actor}: {shown(command)}")
        before = [one.fact for one in self.told]
        new = [one.fact for one in self._read()]
        self.said = outcome.code if isinstance(outcome, Refused) else None
        if isinstance(outcome, Refused):
            note(f"  refused, {outcome.code}: {outcome.detail}")
            assert new == [], "what is refused leaves nothing"
            return []
        assert isinstance(outcome, Done)
        assert len(new) == len(outcome.facts)
        for at, fact in enumerate(new, len(before) + 1):
            note(f"  #{at} {shown(fact)}")
        if new:
            again = self.ledger.execute(command, by).outcome
            assert isinstance(again, Done), f"sent again: {again}"
            assert again.facts == (), "what is so already adds nothing"
        return new

    def unseen(self, claim: str) -> list[Told]:
        """What was recorded since this claim was last looked at."""
        since = self.checked.get(claim, 0)
        self.checked[claim] = len(self.told)
        return self.told[since:]

    def facts(self, before: int = sys.maxsize) -> list[Fact]:
        """What stands of what was recorded, before a position."""
        return [one.fact for one in naive.standing(one for one in self.told if one.position < before)]

    # At every moment, from the facts alone

    @invariant()
    def what_must_hold_holds(self) -> None:
        """One for all, so that a failing story is not drowned in the names of those that held."""
        self.no_unit_is_let_twice_on_any_day()
        self.a_lease_holds_the_units_of_its_terms_while_they_are_there()
        self.units_are_never_larger_than_their_building_and_parts_are_the_whole()
        self.every_fact_posts_what_the_table_says_and_balances()
        self.nothing_posts_to_a_month_that_does_not_take_it()
        self.nobody_pays_more_than_was_received_or_is_owed()
        self.nothing_is_paid_or_taken_off_before_it_is_asked_for()
        self.on_no_day_is_less_than_nothing_there()
        self.a_document_is_issued_once_and_its_lines_add_up()
        self.no_day_is_invoiced_twice()
        self.a_closed_month_stays_what_it_closed_on()
        self.months_close_in_order_and_the_latest_reopens_by_two()

    def no_unit_is_let_twice_on_any_day(self) -> None:
        if not any(isinstance(one.fact, LeaseHolds | Withdrawn) for one in self.unseen("let")):
            return
        latest = {fact.lease: fact for fact in self.facts() if isinstance(fact, LeaseHolds)}
        holders = Counter[tuple[str, date]]()
        for fact in latest.values():
            for letting in fact.lettings:
                for day in naive.days(letting.from_on, min(letting.until_on or FAR, FAR)):
                    holders[letting.unit, day] += 1
        assert [place for place, count in holders.items() if count > 1] == []

    def a_lease_holds_the_units_of_its_terms_while_they_are_there(self) -> None:
        if not any(isinstance(one.fact, LeaseHolds | EstateFact | Withdrawn) for one in self.unseen("terms")):
            return
        latest = {fact.lease: fact for fact in self.facts() if isinstance(fact, LeaseHolds)}
        papers, rooms = naive.leases(self.facts()), naive.units(self.facts())
        for lease, fact in latest.items():
            for day in naive.days(DAYS[0], FAR):
                told = {one.unit for one in fact.lettings if one.from_on <= day <= (one.until_on or FAR)}
                agree(told, naive.held(papers[lease], day), f"{lease} on {day}")
                for unit in told:
                    gone_on = rooms[unit].gone_on
                    assert rooms[unit].defined_on <= day, f"{unit} is not there yet on {day}"
                    assert gone_on is None or day < gone_on, f"{unit} is gone on {day}"

    def units_are_never_larger_than_their_building_and_parts_are_the_whole(self) -> None:
        new = [one.fact for one in self.unseen("areas")]
        for fact in new:
            if isinstance(fact, UnitSplit):
                assert sum(part.area_dm2 for part in fact.parts) == self._area(fact.unit)
            if isinstance(fact, UnitsMerged):
                assert fact.area_dm2 == sum(map(self._area, fact.units))
        if not any(isinstance(fact, EstateFact | Withdrawn) for fact in new):
            return
        for day in (BEGUN, *DAYS):
            rooms = naive.units(naive.as_of(self.told, day, len(self.told))).values()
            assert sum(room.area_dm2 for room in rooms if room.gone_on is None) <= LETTABLE_DM2, f"on {day}"

    def _area(self, unit: str) -> int:
        return naive.units(naive.as_of(self.told, FAR, len(self.told)))[unit].area_dm2

    def every_fact_posts_what_the_table_says_and_balances(self) -> None:
        for one in self.unseen("postings"):
            found = Counter[str]()
            for line in postings(one.fact):
                found[line.account] += line.amount_minor
            assert sum(found.values()) == 0
            assert set(found) <= set(CHART)
            by_hand = naive.posted([one.fact]) if isinstance(one.fact, PostingFact) else {}
            agree({account: amount for account, amount in found.items() if amount}, by_hand, shown(one.fact))

    def nothing_posts_to_a_month_that_does_not_take_it(self) -> None:
        for one in self.unseen("months"):
            if not isinstance(one.fact, PostingFact):
                continue
            states = naive.months(self.facts(one.position))
            takes = {"OPEN", "SOFT_CLOSED"} if one.role in ("finance", "admin") else {"OPEN"}
            on, own = one.fact.accounting_on, naive.month(one.fact.effective_on)
            assert states[naive.month(on)] in takes
            if on == one.fact.effective_on or self._follows_another(on, one):
                continue
            assert states.get(own) not in takes
            first = min(month for month, state in states.items() if month > own and state in takes)
            assert on == date.fromisoformat(f"{first}-01")

    def _follows_another(self, on: date, one: Told) -> bool:
        """Whether the books have something that it rests on no earlier: posted late, to the same day or month."""
        tags = {tag for tag in one.fact.tags if tag.partition(":")[0] in ("invoice", "receipt", "lease", "write-off")}
        earlier = (told.fact for told in self.told[: one.position - 1] if tags.intersection(told.fact.tags))
        days = [fact.accounting_on for fact in earlier if isinstance(fact, PostingFact)]
        return any(
            day == on or (naive.month(day) < naive.month(on) and on.day == 1)
            for day in days
            if day >= one.fact.effective_on
        )

    def nobody_pays_more_than_was_received_or_is_owed(self) -> None:
        if self.unseen("paid"):
            owed = naive.everything(self.told)
            for kind in (owed.documents, owed.receipts, owed.deposits):
                assert [name for name, left in kind.items() if left < 0] == []

    def nothing_is_paid_or_taken_off_before_it_is_asked_for(self) -> None:
        asked_on = {fact.invoice: fact.effective_on for fact in self.facts() if isinstance(fact, Issued)}
        for one in self.unseen("dates"):
            match one.fact:
                case ReceiptRecorded() | ReceiptAllocated():
                    invoices = [paid.invoice for paid in one.fact.allocations]
                case CreditNoteIssued() | DepositApplied() | WriteOffApproved():
                    invoices = [one.fact.invoice]
                case _:
                    continue
            assert all(asked_on[invoice] <= one.fact.effective_on for invoice in invoices), shown(one.fact)

    def on_no_day_is_less_than_nothing_there(self) -> None:
        """Open of documents, free of receipts, held of deposits: by either date, after every command."""
        if not any(isinstance(one.fact, PostingFact) for one in self.unseen("below nothing")):
            return
        for dated in ("effective_on", "accounting_on"):
            posting = [one for one in self.told if isinstance(one.fact, PostingFact)]
            posting.sort(key=lambda one: getattr(one.fact, dated))
            owed = naive.Owed()
            for at, one in enumerate(posting):
                naive.account_after(owed, one.fact)
                if at + 1 == len(posting) or getattr(posting[at + 1].fact, dated) != getattr(one.fact, dated):
                    for kind in (owed.documents, owed.receipts, owed.deposits):
                        below = {name: left for name, left in kind.items() if left < 0}
                        assert below == {}, f"by {dated} on {getattr(one.fact, dated)}"

    def a_document_is_issued_once_and_its_lines_add_up(self) -> None:
        if not any(isinstance(one.fact, Issued | CreditNoteIssued) for one in self.unseen("documents")):
            return
        issued = [fact for fact in self.facts() if isinstance(fact, Issued)]
        notes = [fact for fact in self.facts() if isinstance(fact, CreditNoteIssued)]
        assert max(Counter(fact.invoice for fact in issued).values()) == 1
        assert max(Counter(fact.credit_note for fact in notes).values(), default=1) == 1
        documents: list[Issued | CreditNoteIssued] = [*issued, *notes]
        for fact in documents:
            assert all(sum(line.months) == line.net_minor for line in fact.lines if line.months)
            assert all(line.net_minor > 0 <= line.vat_minor for line in fact.lines)
        for one in issued:
            off = [taken for taken in notes if taken.invoice == one.invoice]
            assert sum(map(naive.net, off)) <= naive.net(one)
            assert sum(map(naive.vat, off)) <= naive.vat(one)

    def no_day_is_invoiced_twice(self) -> None:
        if not any(isinstance(one.fact, InvoiceIssued) for one in self.unseen("invoiced")):
            return
        billed = Counter[tuple[str, str, date]]()
        for fact in self.facts():
            if isinstance(fact, InvoiceIssued) and fact.charge in ("RENT", "SERVICE_CHARGE"):
                for line in fact.lines:
                    billed.update((fact.lease, fact.charge, day) for day in naive.days(line.from_on, line.until_on))
        assert max(billed.values(), default=1) == 1

    def a_closed_month_stays_what_it_closed_on(self) -> None:
        if not self.unseen("closed"):
            return
        shut: dict[str, PeriodClosed] = {}
        for fact in self.facts():
            if isinstance(fact, PeriodClosed):
                shut[fact.month] = fact
            elif isinstance(fact, PeriodReopened):
                del shut[fact.month]
        for month, closed in shut.items():
            found = naive.balances(self.told, naive.last_of_month(month), len(self.told))
            agree({one.account: one.balance_minor for one in closed.balances}, found, month)
            listed = "".join(f"{account},{found[account]}\n" for account in sorted(found))
            assert closed.trial_balance_sha256 == hashlib.sha256(listed.encode()).hexdigest()
            assert closed.entries == len(self.posted_to(month))
            assert all(tie.control_minor == tie.subledger_minor for tie in closed.tie_outs)

    def months_close_in_order_and_the_latest_reopens_by_two(self) -> None:
        for one in self.unseen("periods"):
            states = naive.months(self.facts(one.position))
            if isinstance(one.fact, PeriodClosed):
                assert {state for month, state in states.items() if month < one.fact.month} <= {"CLOSED"}
            if isinstance(one.fact, PeriodReopened):
                assert one.fact.month == max(month for month, state in states.items() if state == "CLOSED")
                assert one.fact.proposed_by != one.fact.approved_by

    def posted_to(self, month: str) -> list[Fact]:
        facts = self.facts()
        return [one for one in facts if isinstance(one, PostingFact) and naive.month(one.accounting_on) == month]

    # On any two dates, from the read models

    def look(self, effective: date, recorded: int) -> None:
        """Hold every report against the second model on these two dates."""
        assert catch_up(self.database, self.views) == len(self.told)
        note(f"look back on {effective} as recorded by #{recorded}")
        basis = Basis(effective=effective, recorded=recorded, recorded_at=None, root="")
        with self.database.views.connect() as connection:
            self.the_trial_balance_is_the_sum_of_all_lines(connection, basis)
            self.control_accounts_are_what_documents_receipts_and_deposits_come_to(connection, basis)
            self.the_ageing_is_counted_by_days_and_foots_to_its_control_account(connection, basis)
            self.each_tenants_account_is_the_sum_of_its_papers(connection, basis)
            self.the_unit_register_is_the_clerks(connection, basis)
            self.the_lease_register_is_the_clerks(connection, basis)
            self.what_a_closed_month_reported_is_reported_for_ever(connection)

    def the_trial_balance_is_the_sum_of_all_lines(self, connection: Any, basis: Basis) -> None:
        report = trial_balance(connection, basis)
        found = {row.account: row.closing for row in report.rows if row.closing != "0.00"}
        expected = naive.trial_balance(self.told, basis.effective, basis.recorded)
        agree(found, {account: written(total) for account, total in expected.items()})
        assert (report.total.closing, report.total.debit) == ("0.00", report.total.credit)

    def control_accounts_are_what_documents_receipts_and_deposits_come_to(self, connection: Any, basis: Basis) -> None:
        books = naive.balances(self.told, basis.effective, basis.recorded)
        expected = naive.subledgers(self.told, basis.effective, basis.recorded)
        agree({account: books.get(account, 0) for account in expected}, expected, "books")
        found = control_totals(connection, basis)
        agree(found, {account: expected[account] for account in found}, "tenants")

    def the_ageing_is_counted_by_days_and_foots_to_its_control_account(self, connection: Any, basis: Basis) -> None:
        report = ageing(connection, basis)
        assert report.difference == "0.00"
        expected = naive.buckets(self.told, basis.effective, basis.recorded)
        agree([getattr(report.open, bucket) for bucket in BUCKETS], list(map(written, expected)))

    def each_tenants_account_is_the_sum_of_its_papers(self, connection: Any, basis: Basis) -> None:
        expected = naive.accounts(self.told, basis.effective, basis.recorded)
        rows = {row.company: row for row in accounts(connection, basis)}
        agree(set(rows), set(expected))
        for company, row in rows.items():
            items = row.items
            agree(row.accrued_minor, sum(expected[company].accrued.values()), company)
            documents = {one.invoice: one.open_minor for one in items.documents}
            deposits = {one.lease: one.held_minor for one in items.deposits}
            assert (documents, deposits, {one.receipt: one.open_minor for one in items.receipts}) == expected[
                company
            ].open
            for one in items.documents:
                issued = expected[company].issued.get(one.invoice)
                gross = naive.net(issued) + naive.vat(issued) if issued else 0
                agree((one.gross_minor, one.due_on), (gross, issued.due_on if issued else None), one.invoice)

    def the_unit_register_is_the_clerks(self, connection: Any, basis: Basis) -> None:
        expected = naive.units(naive.as_of(self.told, basis.effective, basis.recorded))
        rows = {row.unit: row for row in units(connection, basis)}
        agree(set(rows), set(expected))
        for unit, room in expected.items():
            row, kept = rows[unit], room.kept_for
            live = kept if kept is not None and kept[1] >= basis.effective else (None, None)
            said = (row.area_dm2, row.defined_on, row.gone_on, row.became, row.made_of)
            agree(said, (room.area_dm2, room.defined_on, room.gone_on, room.became, room.made_of), unit)
            agree((row.reserved_for, row.reserved_until), live, unit)
            alive = "OFF_MARKET" if room.off_market else "RESERVED" if live[0] else "AVAILABLE"
            agree(row.state, "RETIRED" if room.gone_on is not None else alive, unit)

    def the_lease_register_is_the_clerks(self, connection: Any, basis: Basis) -> None:
        expected = naive.leases(naive.as_of(self.told, basis.effective, basis.recorded))
        rows = {row.lease: row for row in leases(connection, basis)}
        agree(set(rows), set(expected))
        for lease, paper in expected.items():
            row = rows[lease]
            agree((row.state, row.since, row.company), (paper.state, paper.since, paper.company), lease)
            agree(row.ends_on, paper.last if paper.terms else None, lease)
            if paper.terms:
                holds = {unit for day in naive.days(paper.first, paper.last or FAR) for unit in naive.held(paper, day)}
                agree(row.units.split(), sorted(holds), lease)

    def what_a_closed_month_reported_is_reported_for_ever(self, connection: Any) -> None:
        for one in self.told:
            if isinstance(one.fact, PeriodClosed):
                end = naive.last_of_month(one.fact.month)
                basis = Basis(effective=end, recorded=one.position, recorded_at=None, root="")
                report = msgspec.json.encode(trial_balance(connection, basis))
                assert self.closed.setdefault(one.position, (one.fact.month, report))[1] == report
                if naive.months(self.facts()).get(one.fact.month) == "CLOSED" and self._last_close(one):
                    now = replace(basis, recorded=len(self.told))
                    assert msgspec.json.encode(trial_balance(connection, now)) == report

    def _last_close(self, close: Told) -> bool:
        assert isinstance(close.fact, PeriodClosed)
        month = close.fact.month
        return not any(
            isinstance(one.fact, PeriodReopened) and one.fact.month == month for one in self.told[close.position :]
        )

    # At the end

    def teardown(self) -> None:
        """Bill everything to its end and look once more, unless something failed already."""
        try:
            if sys.exc_info()[0] is None:
                self.close_the_story()
        finally:
            self.ledger.stop()
            self.database.close()

    def close_the_story(self) -> None:
        self.send(OpenPeriods(effective_on=FAR, through="2026-01"), FINANCE)  # one is open, whatever was closed
        for lease, paper in naive.leases(self.facts()).items():
            if paper.commenced:
                self.once_over_and_billed_a_lease_earned_its_contract(lease)
        self.what_must_hold_holds()
        for at, on in enumerate((FAR, *sorted({self._turn() + naive.DAY * days for days in (0, 1, 31)}))):
            self.look(on, len(self.told) - 7 * at)
        self.what_is_in_the_log_is_what_was_recorded()
        self.rows_made_anew_are_the_live_rows()

    def _turn(self) -> date:
        """A day at which documents turn a day older: that of the middle one of those issued."""
        due = [fact.due_on for fact in self.facts() if isinstance(fact, Issued)]
        return due[len(due) // 2] if due else FAR

    def once_over_and_billed_a_lease_earned_its_contract(self, lease: str) -> None:
        """Σ recognised − Σ given up = Σ contract, in the fixed rent; and what was billed ahead or behind is nothing."""
        answer = self.ledger.execute(BillLease(effective_on=FAR, lease=lease, through=FAR), FINANCE).outcome
        note(f"bill {lease} to the end: {answer}")
        self._read()
        assert isinstance(answer, Done), "nothing leaves a lease's billing stuck"
        mine = [fact for fact in self.facts() if getattr(fact, "lease", None) == lease]
        earned = sum(fact.fixed_minor for fact in mine if isinstance(fact, RentRecognised))
        given_up = sum(fact.amount_minor for fact in mine if isinstance(fact, AccruedRentDerecognised))
        paper = naive.leases(mine)[lease]
        agree(earned - given_up, naive.contract(paper, FAR), lease)
        if paper.last is not None:  # one that is held over may be billed ahead
            books = naive.posted([fact for fact in mine if isinstance(fact, PostingFact)])
            assert books.get("straight-line", 0) == 0, f"{lease}: {books}"

    def what_is_in_the_log_is_what_was_recorded(self) -> None:
        with self.database.views.connect() as connection:
            assert store.page(connection, after=0, limit=10_000) == self.stored

    def rows_made_anew_are_the_live_rows(self) -> None:
        for view in ALL_VIEWS:
            live = [stored_rows(self.database, table, view.name) for table in view.tables]
            rebuild(self.database, view)
            assert [stored_rows(self.database, table, view.name) for table in view.tables] == live, view.name

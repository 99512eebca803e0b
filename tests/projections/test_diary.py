"""Dates that need an act, worked out by hand from what contracts say; and what was done of them, on both dates."""

from datetime import date
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from ledger.billing.facts import DepositMoved, DepositReceived
from ledger.billing.scheduled.facts import DepositInterestAccrued, DepositInterestCredited
from ledger.decider import Fact
from ledger.joint.diary import KINDS, DiaryKind, DiaryStepWithdrawn, EntryCompleted, EntryWaived
from ledger.leases.facts import BreakNoticeServed, LeaseAmended, LeaseExpired, LeaseTerminated
from ledger.log.database import Database
from ledger.orders.payments import InvoiceMilestone, RecordMilestonePayment
from ledger.periods import PeriodOpened
from projections.diary import LEADS, DiaryEntry, diary, filtered
from tests.examples.vat import FILED, PAID, PROPOSED, RETURNED, WITHDRAWN
from tests.ground.let_city import AS_OF, L1, L2, PAPER, basis, city, given, let
from tests.ground.offtaken import BUYER as CEDARMILL
from tests.ground.offtaken import FINANCE, SIGNER, A, told
from tests.ground.ordered import BUYER, ORDER, Desk
from tests.ground.recording import record
from tests.ledger.offtake.test_terminating import APPROVE, CREDIT, INVOICED, OURS, payment

TO_2029 = date(2029, 12, 31)
FIRST: dict[str, Any] = {"lease": "l-1-demo", "company": "sunfield-demo"}
SECOND: dict[str, Any] = {"lease": "l-2-demo", "company": "moonfield-demo"}
EVERY = [
    ("rent-step/l-1-demo/2025-01-01", "DUE", "2024-12-18", "45.36 M2_MONTH"),
    ("rent-step/l-1-demo/2026-01-01", "AHEAD", "2025-12-18", "47.628 M2_MONTH"),
    ("renewal-notice/l-1-demo/2026-07-04", "AHEAD", "2026-04-05", "+24"),
    ("expiry/l-1-demo/2026-12-31", "AHEAD", "2026-07-04", ""),
    ("break-notice/l-2-demo/2027-01-01", "AHEAD", "2026-10-03", "TENANT 2027-06-30"),
    ("break/l-2-demo/2027-06-30", "AHEAD", "2027-05-31", "TENANT"),
    ("expiry/l-2-demo/2029-06-30", "AHEAD", "2029-01-01", ""),
]
"""As known on 2024-12-31. 180 days before 2026-12-31 lies 07-04, before 2027-06-30 the first day of that year."""


def asked(database: Database, effective: date = AS_OF, recorded: int = 1_000_000, **more: Any) -> list[DiaryEntry]:
    more.setdefault("until_on", TO_2029)
    more.setdefault("leads", {})
    with database.views.connect() as connection:
        return diary(connection, basis(effective, recorded), **more)


def ids(rows: list[DiaryEntry]) -> list[str]:
    return [row.entry for row in rows]


def test_every_date_of_two_leases(database: Database) -> None:
    given(database, city())
    rows = asked(database)
    assert [(row.entry, row.status, row.lead_on.isoformat(), row.says) for row in rows] == EVERY
    assert {(row.name, row.company) for row in rows} == {(one["lease"], one["company"]) for one in (FIRST, SECOND)}
    assert ids(asked(database, until_on=date(2026, 7, 4))) == [entry for entry, *_ in EVERY[:3]]
    assert ids(asked(database, until_on=date(2026, 7, 3))) == [entry for entry, *_ in EVERY[:2]]
    assert ids(asked(database, from_on=date(2026, 7, 4), until_on=date(2026, 7, 4))) == [EVERY[2][0]]
    assert ids(asked(database, from_on=date(2024, 1, 1)))[0] == "rent-free-end/l-1-demo/2024-03-31"
    (named,) = filtered(rows, kind="EXPIRY", company="moonfield-demo", thing="l-2-demo", status="AHEAD")
    assert named.entry == EVERY[-1][0]
    assert filtered(rows, thing="l-9-demo") == []


def test_the_fact_that_a_date_comes_from(database: Database) -> None:
    told = city()
    given(database, told)
    executed = [at for at, fact in enumerate(told, 1) if type(fact).__name__ == "LeaseExecuted"]
    assert [row.position for row in asked(database)] == [executed[0]] * 4 + [executed[1]] * 3


def test_lead_times_are_those_of_the_settings(database: Database) -> None:
    given(database, city())
    (row,) = filtered(asked(database, leads={"EXPIRY": 731}), kind="EXPIRY", thing="l-1-demo")
    assert (row.lead_on, row.status) == (date(2024, 12, 30), "DUE")
    (row,) = filtered(asked(database, leads={"EXPIRY": 729}), kind="EXPIRY", thing="l-1-demo")
    assert (row.lead_on, row.status) == (date(2025, 1, 1), "AHEAD")


def test_what_is_not_done_is_overdue_or_passes(database: Database) -> None:
    given(database, city())
    late = asked(database, date(2027, 1, 1))
    assert [(row.entry, row.status) for row in late[:2]] == [
        ("expiry/l-1-demo/2026-12-31", "OVERDUE"),
        ("break-notice/l-2-demo/2027-01-01", "DUE"),
    ]
    (passed,) = asked(database, date(2027, 1, 2), from_on=date(2027, 1, 1), until_on=date(2027, 1, 1))
    assert passed.status == "PASSED"
    expired = LeaseExpired(**FIRST, effective_on=date(2027, 1, 1))
    given(database, [expired])
    assert "expiry/l-1-demo/2026-12-31" not in ids(asked(database, date(2027, 1, 1)))


def test_an_amendment_that_begins_later_counts_from_its_record(database: Database) -> None:
    given(database, city())
    longer = LeaseAmended(
        **FIRST,
        effective_on=date(2026, 12, 1),
        amendment="a-1-demo",
        kind="TERM",
        terms=replace(L1, expiry_on=date(2027, 12, 31)),
        proposed_by="ann-demo",
        approved_by="bob-demo",
        approved_on=date(2024, 12, 20),
        lettings=(),
    )
    before = asked(database)
    at = record(database, [longer])
    given(database, [])
    (row,) = filtered(asked(database), kind="EXPIRY", thing="l-1-demo")
    assert (row.on, row.position) == (date(2027, 12, 31), at)
    assert asked(database, recorded=at - 1) == before


def test_an_end_by_notice_or_agreement_takes_the_place_of_the_expiry(database: Database) -> None:
    notice = BreakNoticeServed(
        **SECOND, effective_on=date(2024, 12, 20), break_on=date(2027, 6, 30), party="TENANT", notice=PAPER
    )
    ended = LeaseTerminated(
        **FIRST,
        effective_on=date(2024, 12, 21),
        lettings=(),
        ends_on=date(2025, 6, 30),
        cause="AGREEMENT",
        fee_minor=0,
        document=PAPER,
    )
    given(database, [*city(), notice])
    assert ids(list(filtered(asked(database), thing="l-2-demo"))) == ["expiry/l-2-demo/2027-06-30"]
    given(database, [ended])
    assert ids(list(filtered(asked(database), thing="l-1-demo"))) == ["surrender/l-1-demo/2025-06-30"]


def test_a_deposit_goes_back_after_the_end(database: Database) -> None:
    held = DepositReceived(
        **FIRST,
        effective_on=date(2024, 1, 5),
        accounting_on=date(2024, 1, 5),
        deposit="d-1-demo",
        amount_minor=10_666_080,
        bank_reference="B-1",
    )
    told: list[Fact] = [*city(), held]
    given(database, told)
    (row,) = filtered(asked(database), kind="DEPOSIT_RETURN")
    assert (row.entry, row.says, row.position) == (
        "deposit-return/l-1-demo/2026-12-31",
        "106660.80 CNY",
        len(told),
    )
    accrued = DepositInterestAccrued(
        **FIRST,
        effective_on=date(2024, 1, 31),
        accounting_on=date(2024, 1, 31),
        month="2024-01",
        amount_minor=30_000,
    )
    credited = DepositInterestCredited(
        **FIRST,
        effective_on=date(2024, 2, 5),
        accounting_on=date(2024, 2, 5),
        deposit="d-3-demo",
        amount_minor=20_000,
    )
    told += [accrued, credited]
    given(database, told[-2:])
    (row,) = filtered(asked(database), kind="DEPOSIT_RETURN")
    assert row.says == "106860.80 CNY, INTEREST 100.00 CNY"
    told.append(replace(credited, deposit="d-4-demo", amount_minor=10_000))
    given(database, told[-1:])
    moved = DepositMoved(
        **FIRST,
        effective_on=date(2024, 6, 3),
        accounting_on=date(2024, 6, 3),
        deposit="d-2-demo",
        to_lease="l-3-demo",
        amount_minor=10_696_080,
        reason="l-3-demo follows (demo)",
    )
    follows = replace(L1, commencement_on=date(2027, 1, 1), expiry_on=date(2027, 12, 31), deposit_return_days=30)
    after = let("l-3-demo", "sunfield-demo", follows, signed_on=date(2024, 6, 3), handed_over=False, commenced=False)
    head = given(database, [*after[1:], moved])
    (row,) = filtered(asked(database, until_on=date(2028, 12, 31)), kind="DEPOSIT_RETURN")
    assert (row.entry, row.says, row.position) == ("deposit-return/l-3-demo/2028-01-30", "106960.80 CNY", head)


@pytest.mark.parametrize("done", [True, False])
def test_what_was_done_of_an_entry_stands_on_both_dates(database: Database, done: bool) -> None:
    given(database, city())
    entry, on = "expiry/l-1-demo/2026-12-31", date(2024, 12, 1)
    said: Fact = (
        EntryCompleted(effective_on=on, entry=entry, by="ann-demo", note="moved (demo)")
        if done
        else EntryWaived(effective_on=on, entry=entry, by="ann-demo", reason="moved (demo)")
    )
    at = record(database, [said])
    (row,) = filtered(asked(database), kind="EXPIRY", thing="l-1-demo")
    assert (row.status, row.decided_on, row.decided_by) == ("DONE" if done else "WAIVED", on, "ann-demo")
    assert (row.reason, row.decided_at, row.steps) == ("moved (demo)", at, 1)
    for earlier in (asked(database, recorded=at - 1), asked(database, date(2024, 11, 30))):
        (row,) = filtered(earlier, kind="EXPIRY", thing="l-1-demo")
        assert (row.decided_on, row.steps) == (None, 0)
    back = DiaryStepWithdrawn(
        effective_on=on,
        entry=entry,
        step="diary.entry-completed" if done else "diary.entry-waived",
        reason="another (demo)",
        touched=said.tags,
    )
    record(database, [back])
    (row,) = filtered(asked(database), kind="EXPIRY", thing="l-1-demo")
    assert (row.status, row.decided_on, row.steps) == ("AHEAD", None, 2)


def test_a_milestone_that_was_invoiced_is_an_entry_until_it_is_paid(database: Database) -> None:
    """30 % of 2 × 210,000.00 USD fall due 30 days after January 10; the fee is MCSC's, the money the supplier's."""
    desk = Desk()
    desk.place("AGENT")
    desk.do(InvoiceMilestone(effective_on=date(2024, 1, 10), order=ORDER, milestone="deposit", invoice="m-1-demo"))
    asked_at = len(desk.facts)
    paid: dict[str, Any] = {"order": ORDER, "milestone": "deposit"}
    desk.do(RecordMilestonePayment(**paid, effective_on=date(2024, 2, 5), amount="26000.00"))
    part_at = len(desk.facts)
    desk.do(RecordMilestonePayment(**paid, effective_on=date(2024, 2, 12), amount="100000.00"))
    given(database, desk.facts)
    told = ("milestone/o-1-demo/deposit/2024-02-09", "o-1-demo", BUYER, "2024-02-02")

    def rows(on: date, recorded: int) -> list[tuple[str, ...]]:
        found = filtered(asked(database, on, recorded), kind="MILESTONE")
        assert {row.position for row in found} <= {asked_at}, "the fact that asked for the money"
        return [(row.entry, row.name, row.company, str(row.lead_on), row.status, row.says) for row in found]

    assert rows(date(2024, 1, 9), asked_at) == [], "not invoiced yet"
    assert rows(date(2024, 2, 1), asked_at) == [(*told, "AHEAD", "126000.00 USD")]
    assert rows(date(2024, 2, 2), asked_at) == [(*told, "DUE", "126000.00 USD")]
    assert rows(date(2024, 2, 10), part_at) == [(*told, "OVERDUE", "100000.00 USD")], "not even if it lapses"
    assert rows(date(2024, 2, 4), part_at) == [(*told, "DUE", "126000.00 USD")], "it was paid the day after"
    assert rows(date(2024, 2, 12), 1_000_000) == []


RETURNS = [f"vat-return/2024-{month:02}/2024-{month + 1:02}-15" for month in range(8, 12)]
"""Those of August to November 2024."""


def test_a_month_s_vat_return_is_due_on_the_15th_until_it_is_filed(database: Database) -> None:
    """While none is on record, only the last month that is over is looked at; then those since the first."""
    months = [PeriodOpened(effective_on=date(2024, 1, 1), month=f"2024-{month:02}") for month in range(1, 12)]

    def waiting(day: int, recorded: int = 1_000_000, month: int = 9) -> list[str]:
        rows = asked(database, date(2024, month, day), recorded, until_on=date(2024, 12, 31))
        return [row.entry for row in filtered(rows, kind="VAT_RETURN")]

    given(database, months)
    assert waiting(11) == RETURNS, "December is not open"
    assert waiting(1, month=10) == RETURNS[1:]
    given(database, [PROPOSED, FILED])
    assert waiting(11) == RETURNS
    assert waiting(12) == RETURNS[1:]
    assert waiting(1, month=12) == RETURNS[1:], "those that are overdue wait"
    (first, *_) = filtered(asked(database, date(2024, 10, 16), leads={"VAT_RETURN": 14}), kind="VAT_RETURN")
    assert (first.name, first.thing, first.position, first.status) == ("2024-09", "PERIOD", 9, "OVERDUE")
    assert (first.on, first.lead_on) == (date(2024, 10, 15), date(2024, 10, 1))
    given(database, [WITHDRAWN])
    assert waiting(13) == RETURNS, "it is filed anew"
    assert waiting(13, recorded=13) == RETURNS[1:]


def test_a_month_s_vat_is_paid_on_the_day_of_its_return_until_nothing_of_it_is_open(database: Database) -> None:
    """1,000.00 of August: filed on 12 September, 400.00 of it paid on the 14th, the rest too, which comes back."""
    months = [PeriodOpened(effective_on=date(2024, 1, 1), month=f"2024-{month:02}") for month in range(1, 10)]
    part = replace(PAID, vat_payment="part-demo", amount_minor=40_000, bank_reference="TAX-1")
    rest = replace(PAID, amount_minor=60_000)
    given(database, [*months, PROPOSED, FILED, part, rest, replace(RETURNED, reversed=rest)])

    def august(day: int, recorded: int = 1_000_000) -> list[tuple[str, str, int]]:
        rows = filtered(asked(database, date(2024, 9, day), recorded), kind="VAT_PAYMENT")
        assert [row.entry for row in rows][-1] == "vat-payment/2024-09/2024-10-15", "the next month's stands beside"
        return [(row.status, row.says, row.position) for row in rows if row.name == "2024-08"]

    assert august(11) == [("DUE", "", 8)], "nobody knows yet how much, or whether any"
    assert august(12, recorded=10) == [("DUE", "1000.00 CNY", 10)], "as it is proposed"
    assert august(12) == [("DUE", "1000.00 CNY", 11)]
    assert august(14, recorded=12) == [("DUE", "600.00 CNY", 11)]
    assert august(14) == [], "paid in full"
    assert august(16) == [("OVERDUE", "600.00 CNY", 11)], "a part came back"
    assert [row.entry for row in filtered(asked(database, date(2024, 9, 16)), kind="VAT_RETURN")] == [
        "vat-return/2024-09/2024-10-15"
    ]


def test_a_payment_on_termination_is_an_entry_until_it_is_settled(database: Database) -> None:
    """50,000.00 of each side, due on 31 May; MCSC pays 20,000.00 that day, then the rest; the buyer's is credited."""
    ours, more = replace(OURS, termination_payment="end-2"), {"agreement": A, "termination_payment": "end-2"}
    approved = (replace(APPROVE, **more), SIGNER)
    facts = told(INVOICED, (ours, FINANCE), approved)
    both_at = len(facts)
    facts = told(facts, *payment("p-1", "20000.00", "end-2"))
    part_at = len(facts)
    facts = told(facts, *payment("p-2", "30000.00", "end-2"), (CREDIT, FINANCE))
    given(database, facts)

    def rows(on: date, recorded: int) -> list[tuple[str, ...]]:
        found = filtered(asked(database, on, recorded), kind="TERMINATION_PAYMENT")
        assert {(row.name, row.thing, row.company) for row in found} <= {(A, "OFFTAKE", CEDARMILL)}
        return [(row.entry.removeprefix(f"termination-payment/{A}/"), row.status, row.says) for row in found]

    theirs = "end-1/2024-05-31"
    assert rows(date(2024, 4, 4), both_at) == [], "it is approved the day after"
    assert rows(date(2024, 4, 5), both_at) == [
        (theirs, "AHEAD", "BUYER 50000.00 CNY"),
        ("end-2/2024-05-31", "AHEAD", "SELLER 50000.00 CNY"),
    ]
    assert rows(date(2024, 5, 31), part_at) == [
        (theirs, "DUE", "BUYER 50000.00 CNY"),
        ("end-2/2024-05-31", "DUE", "SELLER 30000.00 CNY"),
    ]
    assert [one[:2] for one in rows(date(2024, 6, 1), part_at)] == [
        (theirs, "OVERDUE"),
        ("end-2/2024-05-31", "OVERDUE"),
    ]
    assert rows(date(2024, 6, 1), len(facts)) == []


def test_the_demonstration_has_dates_of_every_subject(demo: Database) -> None:
    rows = asked(demo, date(2025, 6, 30), from_on=date(2020, 1, 1), until_on=date(2040, 1, 1))
    assert {row.thing for row in rows} == {"LEASE", "INVESTMENT", "ORDER", "OFFTAKE", "PERIOD"}
    assert len({row.entry for row in rows}) == len(rows)
    assert all(row.lead_on <= row.on for row in rows)
    assert {row.kind for row in rows} >= {"TRANCHE", "COVENANT_TEST", "CONTRACT_YEAR_END", "OFFTAKE_END"}


def test_every_kind_has_a_lead_time() -> None:
    assert set(KINDS) == set(get_args(DiaryKind)) == set(LEADS)
    assert (LEADS["EXPIRY"], L2.breaks[0].notice_days) == (180, 180)

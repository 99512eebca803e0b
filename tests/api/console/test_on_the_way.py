"""Small things that people meet on their way: what leads on, and what is called as people call it."""

import sys
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.app import reads
from api.console.agenda.inbox import SHOWN, portion
from api.console.city import LATEST, latest
from api.console.record.begun import begun
from api.console.record.guides import hands
from api.console.record.labels import choice, row
from api.console.things.links import kind_under, thing_address
from api.console.words.refusing import why
from api.console.words.unheaded import headed
from api.formats.sheets import Columns
from api.routes.audit import EXCEPTIONS_SHOWN, Exceptions, exceptions_sheet
from api.settings import Settings
from ledger.companies.prospects import ScreenCompany
from ledger.log.envelope import Entry
from ledger.recording.outcome import Refused
from projections.exceptions import Counted
from tests.examples import FACTS

WITH_THEIR_SHEET = {
    *("additions", "exchange", "reclassified", "same_last_year", "year_to_date"),
    *("bought", "opening_allowance", "written_down"),
}
"""Columns whose heading depends on the answer."""
LEADS = {("", "commence-lease"): "/c", ("lease", "l-1-demo"): "/l", ("unit", "b01-demo"): "/u"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "l-1-demo has not commenced; commence-lease first",
            'l-1-demo has not commenced; <a href="/c">commence-lease</a> first',
        ),
        ("lease l-1-demo holds unit b01-demo", 'lease <a href="/l">l-1-demo</a> holds unit <a href="/u">b01-demo</a>'),
        ("there is no unit b01-demo; define it first", "there is no unit b01-demo; define it first"),
        ("<b>lease l-1-demo", '&lt;b&gt;lease <a href="/l">l-1-demo</a>'),
    ],
)
def test_a_refusal_leads_to_what_it_names(said: str, told: str) -> None:
    refused = Refused(1, "unit-let", "rule", said)
    assert told in why("en", refused, lambda kind, name: LEADS.get((kind, name)))
    assert "<a" not in why("en", refused)


def test_a_refusal_says_whose_step_another_s_is() -> None:
    others = {"register-lead": "由招商办理"}
    refused = Refused(1, "payer-unknown", "rule", "there is no company x-demo; register-lead first")
    told = why("zh", refused, hands=lambda name: others.get(name, ""))
    assert 'x-demo; register-lead <span class="quiet" lang="zh-CN">[由招商办理]</span> first' in told


def entries(*kinds: str) -> list[Entry]:
    """Facts of these kinds, in this order."""
    by_kind = {type(fact).__struct_config__.tag: fact for fact in FACTS}
    return [cast(Entry, SimpleNamespace(position=at, fact=by_kind[kind])) for at, kind in enumerate(kinds, 1)]


def test_the_city_shows_deals_before_keys() -> None:
    some = entries("lease.drafted", *["company.lead-registered"] * LATEST, "access.key-created", "period.opened")
    assert [one.position for one in latest(some)] == [*range(LATEST + 1, 1, -1)]
    assert [one.position for one in latest(entries("access.key-created"))] == [1]


def test_counts_of_exceptions_stand_under_facts() -> None:
    counted = Counted(exception="LATE", meaning="late", facts=414)
    line = exceptions_sheet(Exceptions(counts=(counted,), facts=(), fictional=True)).rows[0]
    said = dict(zip(EXCEPTIONS_SHOWN.headings, map(str, line), strict=False))
    assert said["facts"] == "414"
    assert said["position"] in ("", "None")


def test_a_position_leads_to_its_fact() -> None:
    assert kind_under("exceptions", "position") == "fact"
    assert thing_address("fact", "12", {"recorded": "20"}) == "/desk/audit/facts/12?recorded=20"


def test_rows_and_columns_are_called_in_words() -> None:
    assert row("en", "ORIGIN:BAC_REFERRAL,") == "Origin BAC referral"
    assert row("zh", "UNIT:b01-101-demo").endswith("b01-101-demo")
    assert headed("en", {"passing": "passing"}, "passing") == "Passing"
    assert headed("en", {}, "lease_state") == "State of the lease"
    assert headed("zh", {}, "lease_state") == "租约状态"
    assert choice("en", "rate.approved") == "rate.approved"


def test_every_column_with_a_receipt_has_its_chinese() -> None:
    rooms = [vars(room).values() for name, room in sorted(sys.modules.items()) if name.startswith("api.")]
    shown = {name for room in rooms for one in room if isinstance(one, Columns) for name in one.headings}
    explained = [one.receipts for one in reads(Settings()) if one.receipts]
    columns = {name for one in explained for name in (*one.units, *one.words)} - shown
    assert len(columns) > 60
    assert {name for name in columns if headed("zh", {}, name) == name} == WITH_THEIR_SHEET


def test_a_screening_begins_with_every_list() -> None:
    desk: Any = SimpleNamespace(settings=SimpleNamespace(today=lambda: date(2026, 11, 28)))
    lists = ["lists.0", "lists.1", "lists.2"]
    begins = [[*begun(desk, ScreenCompany, said)] for said in ({}, {"lists.0": "SANCTIONS"})]
    assert [[name for name in names if name in lists] for names in begins] == [lists, lists[:1]]


def test_a_step_says_whose_it_is() -> None:
    assert hands("en", {"admin", "deal_desk", "approver"}) == "done by approver, deal desk"
    assert hands("zh", {"admin"}) == "由管理员办理"


def test_the_inbox_shows_the_oldest_and_what_was_just_decided_on() -> None:
    rows = [cast(Any, SimpleNamespace(position=at)) for at in range(1, 2 * SHOWN)]
    assert [row.position for row in portion(rows, "")] == [*range(1, SHOWN + 1)]
    assert [row.position for row in portion(rows, "77")] == [*range(1, SHOWN + 1), 77]

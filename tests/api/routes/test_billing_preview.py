"""What a billing run would issue: figures by hand, and the run equals its preview over HTTP and on the command line."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import Phase, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from api.cli import main
from ledger.billing.facts import CreditNoteIssued, LeaseIssued
from ledger.decider import Fact
from ledger.leases.terms import Premises, RentStep, Terms
from ledger.log import store
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.billed import GROUND, L1, L2, TENANT, commenced, monthly
from tests.ground.over_http import Http, problem, served
from tests.ground.recording import record
from tests.machine.naive import lines as posted_lines

LATER = datetime(2029, 1, 1, tzinfo=UTC)
RUNS = "/v1/billing-runs"
NOT_COMMENCED = [
    fact for fact in GROUND if getattr(fact, "lease", None) != L2 or type(fact).__name__ != "LeaseCommenced"
]


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    """A served ledger with two leases that commenced, tax rates and open months."""
    record(database, GROUND)
    with Ledger(database, CONTEXTS, clock=lambda: LATER) as ledger, served(ledger) as http:
        yield http


def asked(http: Http, through: str, *, dry_run: bool, on: str | None = None) -> list[dict[str, Any]]:
    body = {"through": through, "effective_on": on or through}
    answer = http.post(f"{RUNS}{'?dry_run=true' if dry_run else ''}", body, "finance")
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_preview_by_hand(http: Http) -> None:
    """Service of January for both: 1,234.50 m² × 6.00 = 7,407.00 + 6 % 444.42; 54,000.00 + 3,240.00. L-2 rent
    10,000.00 + 9 % 900.00. L-1 is rent-free until April; straight-line its rent is
    51,597.17 a month, that of L-2 10,000.00: debits are 75,991.42 + 61,597.17."""
    first, second, last = asked(http, "2024-01-31", dry_run=True)
    assert (first["lease"], first["status"], second["lease"], second["status"]) == (L1, 200, L2, 200)
    (service,) = first["preview"]["documents"]
    assert service == {
        "kind": "INVOICE",
        "document": "l-1-demo-service-202401",
        "charge": "SERVICE_CHARGE",
        "on": "2024-01-01",
        "accounting_on": "2024-01-01",
        "due_on": "2024-01-31",
        "net": "7407.00",
        "vat": "444.42",
        "gross": "7851.42",
        "lines": [
            {"from_on": "2024-01-01", "until_on": "2024-01-31", "net": "7407.00", "vat_rate": "0.06", "vat": "444.42"}
        ],
    }
    assert first["preview"]["rent"] == [{"month": "2024-01", "fixed": "51597.17", "variable": "0.00"}]
    posted = [(one["code"], one["debit"], one["credit"]) for one in first["preview"]["postings"]]
    assert posted == [
        ("1122", "7851.42", "0.00"),
        ("1124", "51597.17", "0.00"),
        ("2221.01", "0.00", "444.42"),
        ("6001.01", "0.00", "51597.17"),
        ("6001.03", "0.00", "7407.00"),
    ]
    totals = last["totals"]
    assert (totals["leases"], totals["refused"], totals["documents"]) == (2, 0, 3)
    assert (totals["net"], totals["vat"], totals["gross"]) == ("71407.00", "4584.42", "75991.42")
    assert totals["documents_receivable"] == "75991.42"
    assert (totals["debit"], totals["credit"]) == ("137588.59", "137588.59")
    assert totals["ties"] is True
    assert (totals["this_month"], totals["last_month"], totals["difference"]) == ("71407.00", "0.00", "71407.00")
    assert http.size == asked(http, "2024-01-31", dry_run=True)[0]["preview"]["position"], "nothing is recorded"


@pytest.mark.parametrize(
    ("through", "charged", "before"),
    [
        ("2024-01-31", "7407.00", "0.00"),
        ("2024-02-29", "7407.00", "7407.00"),  # rent-free
        ("2024-04-30", "60737.40", "7407.00"),  # and rent of 1,234.50 × 43.20 = 53,330.40, billed for three months
        ("2024-05-31", "60737.40", "60737.40"),  # no rent invoice this month, and no difference
        ("2025-01-31", "63403.92", "60737.40"),  # the step to 45.36: 55,996.92
    ],
)
def test_what_is_charged_for_a_month_is_compared_with_the_month_before(
    http: Http, through: str, charged: str, before: str
) -> None:
    def of(lines: list[dict[str, Any]]) -> tuple[str, str, str]:
        preview = lines[0]["preview"]
        return preview["this_month"], preview["last_month"], preview["difference"]

    expected = charged, before, str(Decimal(charged) - Decimal(before))
    assert of(asked(http, through, dry_run=True)) == expected, "billed from the beginning"
    assert all(line["status"] in (200, 201) for line in asked(http, through, dry_run=False))
    assert of(asked(http, through, dry_run=True)) == expected, "all of it is billed already"


def test_who_is_refused_is_in_the_preview_and_counted(database: Database) -> None:
    record(database, NOT_COMMENCED)
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        first, second, last = asked(http, "2024-12-31", dry_run=True)
        ran = asked(http, "2024-12-31", dry_run=False)
    assert (second["status"], second["problem"]["code"]) == (422, "lease-not-commenced")
    assert (last["totals"]["leases"], last["totals"]["refused"]) == (2, 1)
    assert last["totals"]["net"] == first["preview"]["net"]
    assert [(line["lease"], line.get("problem", {}).get("code")) for line in ran] == [
        (line["lease"], line.get("problem", {}).get("code")) for line in (first, second)
    ]


def test_what_every_lease_would_be_refused_for_is_said_once(http: Http) -> None:
    body = {"through": "2031-01-31", "effective_on": "2024-01-31"}
    problem(http.post(f"{RUNS}?dry_run=true", body, "finance"), 422, "no-open-period")
    problem(http.post(f"{RUNS}?dry_run=true", body, "auditor"), 403, "not-allowed")


def test_what_is_taken_back_is_below_nothing(http: Http) -> None:
    asked(http, "2024-01-31", dry_run=False)
    step = {"effective_on": "2024-01-01", "step": "lease.commenced", "reason": "it never began (demo)"}
    assert http.post(f"/v1/leases/{L1}/withdrawals", step, "approver").status_code == 201
    first, _, last = asked(http, "2024-01-31", dry_run=True)
    (note,) = first["preview"]["documents"]
    assert (note["kind"], note["corrects"]) == ("CREDIT_NOTE", "l-1-demo-service-202401")
    assert [note[name] for name in ("net", "vat", "gross")] == ["-7407.00", "-444.42", "-7851.42"]
    assert first["preview"]["rent"] == [{"month": "2024-01", "fixed": "-51597.17", "variable": "0.00"}]
    assert [first["preview"][name] for name in ("earned", "this_month", "last_month")] == ["-51597.17", "0.00", "0.00"]
    assert (last["totals"]["gross"], last["totals"]["documents_receivable"]) == ("-7851.42", "-7851.42")
    assert last["totals"]["ties"] is True


# The run equals the preview


def recorded(database: Database, after: int) -> dict[str, list[Fact]]:
    """The facts recorded since, by lease."""
    found: dict[str, list[Fact]] = defaultdict(list)
    with database.views.connect() as connection:
        for entry in store.page(connection, after=after, limit=10_000):
            found[str(getattr(entry.fact, "lease", ""))].append(entry.fact)
    return found


def minor(written: str) -> int:
    return int(Decimal(written) * 100)


def assert_equal(previewed: list[dict[str, Any]], facts: dict[str, list[Fact]]) -> None:
    """What was recorded is what was shown: documents, names, amounts and, summed by another hand, the postings."""
    *leases, last = previewed
    total: dict[str, int] = defaultdict(int)
    for line in leases:
        found = facts.get(line["lease"], [])
        if "problem" in line:
            assert (line["problem"]["code"], found) == ("lease-not-commenced", []), "nothing was billed before it went"
            continue
        preview = line["preview"]
        assert preview["facts"] == [type(fact).__struct_config__.tag for fact in found]
        issued = [fact for fact in found if isinstance(fact, LeaseIssued | CreditNoteIssued)]
        names = [fact.credit_note if isinstance(fact, CreditNoteIssued) else fact.invoice for fact in issued]
        signs = [-1 if isinstance(fact, CreditNoteIssued) else 1 for fact in issued]
        assert [one["document"] for one in preview["documents"]] == names
        grosses = [sign * fact.gross_minor for sign, fact in zip(signs, issued, strict=True)]
        assert [minor(one["gross"]) for one in preview["documents"]] == grosses
        shown = {
            (one["month"], one["account"]): minor(one["debit"]) - minor(one["credit"]) for one in preview["postings"]
        }
        by_hand: dict[tuple[str, str], int] = defaultdict(int)
        for fact in found:
            for account, amount in posted_lines(fact):  # type: ignore[arg-type] # billing facts post
                by_hand[f"{fact.accounting_on:%Y-%m}", account] += amount  # type: ignore[attr-defined] # they post
        assert {at: amount for at, amount in shown.items() if amount} == {
            at: amount for at, amount in by_hand.items() if amount
        }
        total["net"] += minor(preview["net"])
        total["gross"] += sum(grosses)
        for side in ("debit", "credit"):
            total[side] += sum(minor(one[side]) for one in preview["postings"])
    assert {name: minor(last["totals"][name]) for name in total} == total
    assert last["totals"]["ties"] is True
    assert total["debit"] == total["credit"]


NUMBERS = count(1)
PRICES = st.decimals("0.01", "99999.99", places=2).map(str)


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """What a lease of a year or two says: any rent, perhaps in steps, free months, a service charge."""
    begins = date(2024, draw(st.integers(1, 6)), draw(st.sampled_from([1, 15])))
    ends = date(2025, draw(st.integers(1, 12)), 28)
    later = date(2024, draw(st.integers(7, 12)), 1)
    return Terms(
        premises=(Premises(unit="a101-demo", area="100.00"),),
        commencement_on=begins,
        expiry_on=ends,
        rent=(
            RentStep(from_on=begins, rent=monthly(draw(PRICES))),
            RentStep(from_on=later, rent=monthly(draw(PRICES))),
        ),
        billed_every_months=draw(st.sampled_from([1, 3])),
        service_charge=draw(st.none() | PRICES.map(monthly)),
    )


days = st.dates(date(2024, 1, 1), date(2025, 12, 31)).map(str)


@drawn(leases=st.lists(terms(), min_size=1, max_size=3), runs=st.lists(days, min_size=1, max_size=3), data=st.data())
@settings(max_examples=6, phases=(Phase.reuse, Phase.generate))  # all examples are in one ledger: none is made smaller
def test_the_run_equals_its_preview(http: Http, leases: list[Terms], runs: list[str], data: st.DataObject) -> None:
    """Any leases, through any days in any order, some taken back in between: a run records what its preview showed."""
    names = [f"l-{next(NUMBERS)}-drawn-demo" for _ in leases]
    database = http.ledger.database
    record(database, [fact for name, one in zip(names, leases, strict=True) for fact in commenced(name, TENANT, one)])
    for through in runs:
        previewed = asked(http, through, dry_run=True, on="2026-01-05")
        size = http.size
        asked(http, through, dry_run=False, on="2026-01-05")
        assert_equal(previewed, recorded(database, size))
        taken_back = bool(data.draw(st.booleans()))
        if names and taken_back:
            name, began = names.pop(), str(leases[len(names)].commencement_on)
            step = {"effective_on": began, "step": "lease.commenced", "reason": "it never began (demo)"}
            assert http.post(f"/v1/leases/{name}/withdrawals", step, "approver").status_code == 201
    previewed = asked(http, runs[-1], dry_run=True, on="2026-01-05")
    size = http.size
    asked(http, runs[-1], dry_run=False, on="2026-01-05")
    assert_equal(previewed, recorded(database, size))
    for line in previewed[:-1]:
        if line["lease"] not in (*names, L1, L2) and line.get("preview", {}).get("facts"):
            assert line["preview"]["this_month"] == line["preview"]["last_month"] == "0.00", "nothing is charged of it"


# On the command line


def mcsc(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_command_line_previews_the_same(sqlite: Database) -> None:
    record(sqlite, GROUND)
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        over_http = asked(http, "2024-04-30", dry_run=True)
    run = ["bill", "--data", sqlite.where, "--through", "2024-04-30", "--as", "finance-demo", "--json"]
    shown = mcsc(*run, "--dry-run")
    assert shown.exit_code == 0, shown.output
    lines = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [line["preview"] for line in lines[:-1]] == [line["preview"] for line in over_http[:-1]]
    assert lines[-1] == over_http[-1]
    size = over_http[0]["preview"]["position"]
    assert mcsc(*run).exit_code == 0
    assert_equal(lines, recorded(sqlite, size))


def test_the_command_line_shows_documents_postings_and_that_they_tie(sqlite: Database) -> None:
    record(sqlite, NOT_COMMENCED)
    data = Path(sqlite.where)
    shown = mcsc("bill", "--data", data, "--through", "2024-04-30", "--dry-run", "--as", "finance-demo")
    assert shown.exit_code == 6, shown.output
    lines = shown.stdout.splitlines()
    assert lines[:3] == [
        "lease\tdocument\tdated\tdue\tnet\tVAT\tgross",
        "l-1-demo\tl-1-demo-rent-202404\t2024-04-01\t2024-05-01\t159,991.20\t14,399.21\t174,390.41",
        "l-1-demo\tl-1-demo-service-202401\t2024-01-01\t2024-01-31\t7,407.00\t444.42\t7,851.42",
    ]
    assert "TOTAL\t5 documents\t\t\t189,619.20\t16,176.89\t205,796.09" in lines
    assert "l-1-demo\t2024-04\t60,737.40\t7,407.00\t53,330.40" in lines
    assert "2024-04\t1122\t182,241.83\t–" in lines
    assert "(lease-not-commenced)" in shown.stderr
    assert "it ties. Nothing was recorded." in shown.stderr
    assert mcsc("verify", "--data", data).stdout.startswith(f"{len(NOT_COMMENCED)}:")

"""Billing over HTTP and on the command line: every command by its route, what is read back, and the billing run."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from api.cli import main
from api.routes.billing import RECORDINGS
from ledger.access import Role
from ledger.billing.deciding import BILLING
from ledger.decider import command_name
from ledger.leases.terms import DepositInterest
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.billed import GROUND, L1, L2, TENANT, TERMS_2, commenced
from tests.ground.over_http import Http, problem, served
from tests.ground.recording import record

INVOICE, SERVICE = "l-1-demo-rent-202404", "l-1-demo-service-202401"
LATER = datetime(2029, 1, 1, tzinfo=UTC)
"""The ledger's now: everything of the story has happened."""


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    """A served ledger with two leases that commenced, tax rates and open months."""
    record(database, GROUND)
    with Ledger(database, CONTEXTS, clock=lambda: LATER) as ledger, served(ledger) as http:
        yield http


@pytest.fixture
def followed(http: Http, database: Database) -> Http:
    """The same, with a third lease that follows the first."""
    record(database, commenced("l-3-demo", TENANT, replace(TERMS_2, deposit_interest=DepositInterest(rate="0.0365"))))
    return http


def send(http: Http, path: str, on: str, role: Any = "finance", **fields: Any) -> Any:
    """Record a command that nothing refuses."""
    answer = http.post(path, {"effective_on": on, **fields}, role)
    assert answer.status_code == 201, answer.text
    return answer.json()


STORY: tuple[tuple[str, str, str, Role, dict[str, Any]], ...] = (
    ("bill-lease", "/v1/leases/l-1-demo/billing", "2024-04-30", "finance", {"through": "2024-04-30"}),
    (
        "receive-deposit",
        "/v1/leases/l-1-demo/deposits/receipts",
        "2024-01-02",
        "finance",
        {"deposit": "d-1-demo", "bank_reference": "D-1", "amount": "106660.80"},
    ),
    ("issue-fapiao", f"/v1/invoices/{INVOICE}/fapiao", "2024-04-02", "finance", {"number": "24512000000012345678"}),
    (
        "take-fapiao-replies",
        "/v1/fapiao-replies",
        "2024-04-03",
        "finance",
        {
            "file": {"doc": "replies.xlsx (demo)", "sha256": "ab" * 32},
            "replies": [
                {
                    "line": 2,
                    "invoice": "l-1-demo-service-202402",
                    "number": "24512000000012345679",
                    "issued_on": "2024-04-02",
                    "net": "7407.00",
                    "vat": "444.42",
                }
            ],
        },
    ),
    (
        "record-receipt",
        "/v1/receipts",
        "2024-05-06",
        "finance",
        {"receipt": "r-1-demo", "company": "sunfield-demo", "bank_reference": "B-1", "amount": "100000.00"},
    ),
    (
        "allocate-receipt",
        "/v1/receipts/r-1-demo/allocations",
        "2024-05-06",
        "finance",
        {"allocations": [{"invoice": INVOICE, "amount": "90000.00"}, {"invoice": SERVICE, "amount": "7851.42"}]},
    ),
    (
        "unallocate-receipt",
        "/v1/receipts/r-1-demo/unallocations",
        "2024-05-07",
        "finance",
        {"allocations": [{"invoice": SERVICE, "amount": "7851.42"}], "reason": "meant for another"},
    ),
    (
        "issue-credit-note",
        f"/v1/invoices/{SERVICE}/credit-notes",
        "2024-05-08",
        "finance",
        {"credit_note": "c-1-demo", "net": "700.00", "reason": "the lift stood still"},
    ),
    (
        "issue-debit-note",
        "/v1/leases/l-1-demo/debit-notes",
        "2024-05-08",
        "finance",
        {
            "invoice": "extra-1-demo",
            "charge": "SERVICE_CHARGE",
            "from_on": "2024-04-01",
            "until_on": "2024-04-30",
            "net": "100.00",
            "reason": "night watch",
        },
    ),
    ("assess-late-fee", f"/v1/invoices/{INVOICE}/late-fees", "2024-06-07", "finance", {"invoice": "late-1-demo"}),
    (
        "propose-write-off",
        f"/v1/invoices/{SERVICE}/write-offs",
        "2024-06-10",
        "finance",
        {"write_off": "w-1-demo", "amount": "109.42", "reason": "not worth the post"},
    ),
    (
        "approve-write-off",
        f"/v1/invoices/{SERVICE}/write-offs/w-1-demo/approval",
        "2024-06-11",
        "approver",
        {},
    ),
    (
        "propose-write-off",
        f"/v1/invoices/{SERVICE}/write-offs",
        "2024-06-11",
        "finance",
        {"write_off": "w-2-demo", "amount": "1.00", "reason": "not worth the post"},
    ),
    (
        "apply-deposit",
        "/v1/leases/l-1-demo/deposits/applications",
        "2024-06-12",
        "finance",
        {"deposit": "d-2-demo", "invoice": SERVICE, "amount": "7000.00"},
    ),
    (
        "forfeit-deposit",
        "/v1/leases/l-1-demo/deposits/forfeits",
        "2024-06-12",
        "finance",
        {"deposit": "d-3-demo", "amount": "109.00", "reason": "a lost key", "vat_rate": "0.09"},
    ),
    (
        "refund-deposit",
        "/v1/leases/l-1-demo/deposits/refunds",
        "2024-06-13",
        "finance",
        {"deposit": "d-4-demo", "amount": "551.80", "bank_reference": "D-2"},
    ),
    (
        "record-lease-cost",
        "/v1/leases/l-1-demo/costs",
        "2024-06-14",
        "finance",
        {
            "cost": "fee-1-demo",
            "kind": "DIRECT",
            "amount": "36000.00",
            "bank_reference": "C-1",
            "document": {"doc": "broker's invoice (demo)", "sha256": "ab" * 32},
        },
    ),
    (
        "measure-ecl",
        "/v1/loss-allowance/measurements",
        "2024-06-30",
        "finance",
        {
            "measurement": "ecl-2024-06",
            "recorded": 9,
            "exposures": [{"bucket": "31-60 days", "gross": "84390.41", "rate": "0.05"}],
        },
    ),
)

WAYS_BACK: tuple[tuple[str, str, str, Role, dict[str, Any]], ...] = (
    (
        "recover-write-off",
        f"/v1/invoices/{SERVICE}/write-offs/w-1-demo/recoveries",
        "2024-07-01",
        "finance",
        {"amount": "9.42", "reason": "they pay a part"},
    ),
    (
        "reject-write-off",
        f"/v1/invoices/{SERVICE}/write-offs/w-2-demo/rejection",
        "2024-07-01",
        "approver",
        {"reason": "they pay"},
    ),
    (
        "refund-receipt",
        "/v1/receipts/r-1-demo/refunds",
        "2024-07-01",
        "finance",
        {"refund": "f-1-demo", "amount": "100.00", "bank_reference": "F-1"},
    ),
    (
        "reverse-refund",
        "/v1/receipts/r-1-demo/refunds/f-1-demo/reversal",
        "2024-07-01",
        "finance",
        {"reason": "the account is closed"},
    ),
    (
        "move-deposit",
        "/v1/leases/l-1-demo/deposits/moves",
        "2024-07-01",
        "finance",
        {"deposit": "d-5-demo", "to_lease": "l-3-demo", "amount": "1000.00", "reason": "l-3-demo follows"},
    ),
    ("bill-lease", "/v1/leases/l-3-demo/billing", "2024-07-31", "finance", {"through": "2024-07-31"}),
    (
        "credit-deposit-interest",
        "/v1/leases/l-3-demo/deposits/interest",
        "2024-07-31",
        "finance",
        {"deposit": "i-1-demo", "amount": "3.00"},
    ),
    (
        "reverse-lease-cost",
        "/v1/leases/l-1-demo/costs/fee-1-demo/reversal",
        "2024-07-01",
        "finance",
        {"reason": "of another lease"},
    ),
    (
        "reverse-deposit",
        "/v1/leases/l-1-demo/deposits/d-4-demo/reversal",
        "2024-07-01",
        "finance",
        {"reason": "the account is closed"},
    ),
    (
        "withdraw-fapiao",
        f"/v1/invoices/{INVOICE}/fapiao/withdrawals",
        "2024-04-02",
        "finance",
        {"number": "24512000000012345678", "reason": "the number of another"},
    ),
    ("reverse-receipt", "/v1/receipts/r-1-demo/reversal", "2024-07-01", "finance", {"reason": "the bank took it back"}),
)
"""What was told is taken back again."""


def test_every_command_has_a_route_and_the_story_tells_them_all(followed: Http) -> None:
    assert {one.command for one in RECORDINGS} == set(BILLING.commands)
    assert {name for name, *_ in (*STORY, *WAYS_BACK)} == set(map(command_name, BILLING.commands))
    for name, path, on, role, fields in (*STORY, *WAYS_BACK):
        answer = followed.post(path, {"effective_on": on, **fields}, role)
        assert answer.status_code == 201, (name, answer.text)
        assert answer.headers["Location"].startswith("/v1/")
        again = followed.post(path, {"effective_on": on, **fields}, role)
        assert (again.status_code, again.json()["facts"]) == (200, []), (name, again.text)


@pytest.fixture
def told(followed: Http) -> Http:
    """The story, before anything of it is taken back."""
    for _, path, on, role, fields in STORY:
        send(followed, path, on, role, **fields)
    return followed


def test_an_invoice_is_read_with_what_became_of_it(told: Http) -> None:
    invoice = told.read(f"/v1/invoices/{INVOICE}")["data"]
    assert invoice["lines"] == [
        {
            "from_on": "2024-04-01",
            "until_on": "2024-06-30",
            "net": "159991.20",
            "vat_rate": "0.09",
            "vat": "14399.21",
        }
    ]
    figures = {name: invoice[name] for name in ("net", "vat", "gross", "credited", "paid", "written_off", "open")}
    assert figures == {
        "net": "159991.20",
        "vat": "14399.21",
        "gross": "174390.41",
        "credited": "0.00",
        "paid": "90000.00",
        "written_off": "0.00",
        "open": "84390.41",
    }
    assert (invoice["due_on"], invoice["fapiao"]) == ("2024-05-01", ["24512000000012345678"])
    service = told.read(f"/v1/invoices/{SERVICE}")["data"]
    assert {name: service[name] for name in ("credited", "paid", "written_off", "open")} == {
        "credited": "742.00",
        "paid": "7000.00",
        "written_off": "109.42",
        "open": "0.00",
    }


def test_every_figure_names_the_facts_behind_it(told: Http) -> None:
    positions = told.read(f"/v1/invoices/{SERVICE}")["data"]["positions"]
    names = [told.get(f"/v1/facts/{position}").json()["data"]["fact"] for position in positions]
    assert names == [
        "billing.invoice-issued",
        "billing.receipt-allocated",
        "billing.receipt-unallocated",
        "billing.credit-note-issued",
        "billing.write-off-proposed",
        "billing.write-off-approved",
        "billing.write-off-proposed",
        "billing.deposit-applied",
    ]


def test_an_invoice_is_read_as_it_was_recorded_or_effective(told: Http) -> None:
    first = told.read(f"/v1/invoices/{INVOICE}")["data"]["positions"][0]
    assert told.read(f"/v1/invoices/{INVOICE}", recorded=first)["data"]["open"] == "174390.41"
    assert told.read(f"/v1/invoices/{INVOICE}", effective="2024-05-05")["data"]["open"] == "174390.41"


def test_a_receipt_is_read_with_what_it_pays(told: Http) -> None:
    receipt = told.read("/v1/receipts/r-1-demo")["data"]
    paid = {"invoice": INVOICE, "lease": L1, "company": TENANT, "amount": "90000.00"}
    assert receipt["allocations"] == [paid]
    assert (receipt["amount"], receipt["free"], receipt["reversed_on"]) == ("100000.00", "10000.00", None)


def test_a_deposit_is_read_with_its_movements(told: Http) -> None:
    deposit = told.read("/v1/leases/l-1-demo/deposits")["data"]
    assert deposit["held"] == "99000.00"
    assert [(one["deposit"], one["moved"]) for one in deposit["movements"]] == [
        ("d-1-demo", "106660.80"),
        ("d-2-demo", "-7000.00"),
        ("d-3-demo", "-109.00"),
        ("d-4-demo", "-551.80"),
    ]


def test_what_is_taken_back_is_read_so(told: Http) -> None:
    for _, path, on, role, fields in WAYS_BACK:
        send(told, path, on, role, **fields)
    service = told.read(f"/v1/invoices/{SERVICE}")["data"]
    assert (service["written_off"], service["open"]) == ("100.00", "9.42")
    receipt = told.read("/v1/receipts/r-1-demo")["data"]
    assert (receipt["reversed_on"], receipt["free"], receipt["allocations"]) == ("2024-07-01", "0.00", [])
    assert receipt["refunds"] == [
        {
            "refund": "f-1-demo",
            "bank_reference": "F-1",
            "paid_on": "2024-07-01",
            "amount": "100.00",
            "reversed_on": "2024-07-01",
        }
    ]
    deposit = told.read("/v1/leases/l-1-demo/deposits")["data"]
    assert deposit["held"] == "98551.80"
    follows = told.read("/v1/leases/l-3-demo/deposits")["data"]
    assert (follows["held"], [one["moved"] for one in follows["movements"]]) == ("1003.00", ["1000.00", "3.00"])
    assert deposit["movements"][-1] == {
        "deposit": "d-4-demo",
        "fact": "billing.deposit-reversed",
        "on": "2024-07-01",
        "moved": "551.80",
    }
    invoice = told.read(f"/v1/invoices/{INVOICE}")["data"]
    assert (invoice["fapiao"], invoice["open"]) == ([], "174390.41")


def test_notes_and_measurements_are_read_as_recorded(told: Http) -> None:
    note = told.read("/v1/credit-notes/c-1-demo")["data"]
    assert (note["data"]["invoice"], note["data"]["by_hand"]) == (SERVICE, True)
    measured = told.read("/v1/loss-allowance/measurements/ecl-2024-06")["data"]
    assert measured["data"]["allowance_minor"] == 421952


@pytest.mark.parametrize(
    "path",
    [
        "/v1/invoices/none-demo",
        "/v1/receipts/none-demo",
        "/v1/credit-notes/none-demo",
        "/v1/leases/none-demo/deposits",
        "/v1/loss-allowance/measurements/none-demo",
    ],
)
def test_what_is_not_recorded_is_not_found(http: Http, path: str) -> None:
    problem(http.get(path), 404, "not-found")


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/v1/leases/l-1-demo/billing", "deal_desk"),
        ("/v1/billing-runs", "approver"),
        (f"/v1/invoices/{SERVICE}/write-offs/w-1-demo/approval", "finance"),
        ("/v1/receipts", "auditor"),
    ],
)
def test_who_may_not(http: Http, path: str, role: Any) -> None:
    problem(http.post(path, {"effective_on": "2024-05-06"}, role), 403, "not-allowed")


def test_a_refusal_says_what_to_do(http: Http) -> None:
    body = {"effective_on": "2028-05-06", "through": "2028-05-06"}
    told = problem(http.post("/v1/leases/l-1-demo/billing", body, "finance"), 422, "no-open-period")
    assert "open-periods through 2028-05" in told["detail"]


# The billing run


def run(http: Http, through: str, *, key: str | None = None, **fields: Any) -> list[dict[str, Any]]:
    answer = http.post("/v1/billing-runs", {"through": through, "effective_on": through, **fields}, "finance", key=key)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_run_bills_every_lease_and_again_adds_nothing(http: Http) -> None:
    first = run(http, "2024-12-31")
    assert [(line["lease"], line["status"], len(line["outcome"]["facts"])) for line in first] == [
        (L1, 201, 27),
        (L2, 201, 36),
    ]
    assert [line["outcome"]["facts"] for line in run(http, "2024-12-31")] == [[], []]


def test_the_same_run_sent_again_answers_the_same(http: Http) -> None:
    first = run(http, "2024-06-30", key="run-1")
    again = run(http, "2024-06-30", key="run-1")
    assert [line.pop("replayed") for line in again] == [True, True]
    assert again == first


def test_a_refused_lease_does_not_keep_the_others_from_being_billed(database: Database) -> None:
    without = [fact for fact in GROUND if getattr(fact, "lease", None) != L2 or type(fact).__name__ != "LeaseCommenced"]
    record(database, without)
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        lines = run(http, "2024-01-31")
    assert [(line["lease"], line["status"]) for line in lines] == [(L1, 201), (L2, 422)]
    assert lines[1]["problem"]["code"] == "lease-not-commenced"


def test_a_run_says_what_is_wrong_with_it(http: Http) -> None:
    problem(http.post("/v1/billing-runs", {"through": "2024-12-31"}, "finance"), 400, "body-invalid")
    problem(http.post("/v1/billing-runs", b"{", "finance"), 400, "body-malformed")


@pytest.mark.parametrize(
    ("through", "on", "code", "field"),
    [
        ("2028-12-31", "2024-12-31", "no-open-period", "/through"),
        ("2024-12-31", "2099-01-01", "day-not-come", "/effective_on"),
    ],
)
def test_a_run_says_once_what_every_lease_is_refused_for(
    http: Http, through: str, on: str, code: str, field: str
) -> None:
    answer = http.post("/v1/billing-runs", {"through": through, "effective_on": on}, "finance")
    assert problem(answer, 422, code)["errors"][0]["pointer"] == field


# On the command line


def mcsc(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def data(sqlite: Database) -> Path:
    """A data directory with the same ground."""
    record(sqlite, GROUND)
    return Path(sqlite.where)


def test_bill_counts_what_it_recorded_and_again_nothing(data: Path) -> None:
    first = mcsc("bill", "--data", data, "--through", "2024-12-31", "--as", "finance-demo")
    assert first.exit_code == 0, first.output
    assert first.stdout.splitlines() == [
        "leases\tinvoices\tdebit notes\tcredit notes\trent recognised\trefused",
        "2\t39\t0\t0\t24\t0",
    ]
    again = mcsc("bill", "--data", data, "--through", "2024-12-31", "--as", "finance-demo")
    assert again.stdout.splitlines()[1] == "2\t0\t0\t0\t0\t0"


def test_bill_names_what_was_refused(data: Path) -> None:
    result = mcsc("bill", "--data", data, "--through", "2024-01-31", *("--lease", "no-demo") * 2, "--lease", L1)
    assert result.exit_code == 4
    assert "no-demo: there is no lease no-demo" in result.stderr
    assert result.stdout.splitlines()[1].split("\t")[0::5] == ["2", "1"]


@pytest.mark.parametrize(
    ("through", "on", "says"),
    [
        ("2099-12-31", None, "through is 2099-12-31, and lies from 2000-01-01"),
        ("2028-12-31", None, "open-periods through 2028-12 first"),
        ("2024-12-31", "2099-01-01", "effective on is 2099-01-01"),
    ],
)
def test_bill_says_once_what_every_lease_is_refused_for(data: Path, through: str, on: str | None, says: str) -> None:
    options = ("--on", on) if on else ()
    result = mcsc("bill", "--data", data, "--through", through, *options)
    said = " ".join(result.stderr.replace("│", " ").split())
    assert (result.exit_code, result.stdout) == (6, "")
    assert says in said.replace("_", " ")
    assert said.count("No lease is billed") == 1
    assert "l-1" not in said


def test_bill_as_json_is_one_line_a_lease(data: Path) -> None:
    result = mcsc("bill", "--data", data, "--through", "2024-01-31", "--on", "2024-02-01", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["lease"], line["outcome"], len(line["facts"])) for line in lines] == [
        (L1, "done", 2),
        (L2, "done", 3),
    ]


def test_bill_needs_a_ledger_and_a_day(tmp_path: Path) -> None:
    assert mcsc("bill", "--data", tmp_path / "none", "--through", "2024-12-31").exit_code == 4
    assert mcsc("bill", "--data", tmp_path / "none").exit_code == 2

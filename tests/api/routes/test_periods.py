"""Periods, rates and the close over HTTP and on the command line: what ties, what waits, and what then never moves."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.routes import periods as edge
from api.routes.periods import RECORDINGS
from api.settings import Settings
from ledger.access import Role
from ledger.billing.deposits import ReceiveDeposit
from ledger.decider import By, Command, command_name
from ledger.joint.closing import CLOSING, ClosePeriod
from ledger.log.database import Database
from ledger.periods import PERIOD_STEPS, PERIODS
from ledger.rates import RATE_STEPS, RATES
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Answer
from ledger.values.money import minor
from projections import closing
from tests.api.routes.test_billing import STORY
from tests.ground.billed import GROUND, L1
from tests.ground.over_http import Http, problem, served
from tests.ground.recording import record

BEFORE_BOOKS = [fact for fact in GROUND if type(fact).__name__ != "PeriodOpened"]
"""Leases that commenced and tax rates, and no month of the books yet."""

ON = "2024-02-05"
CLOSED_ON = {"effective_on": ON}


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    """A served ledger whose books begin with 2024-01; L-1 is billed through it, L-2 is not."""
    record(database, BEFORE_BOOKS)
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        for through in ("2024-01", "2024-04"):
            assert http.post("/v1/periods", {"through": through, **CLOSED_ON}, "finance").status_code == 201
        bill(http, L1)
        yield http


def bill(http: Http, lease: str, through: str = "2024-01-31") -> None:
    body = {"through": through, "effective_on": through}
    assert http.post(f"/v1/leases/{lease}/billing", body, "finance").status_code == 201


def close(http: Http, month: str = "2024-01", *, key: str | None = None, query: str = "", **said: Any) -> Any:
    return http.post(f"/v1/periods/{month}/close{query}", {**CLOSED_ON, **said}, "finance", key=key)


def deposit(name: str, on: str = "2024-01-20") -> ReceiveDeposit:
    return ReceiveDeposit(
        effective_on=date.fromisoformat(on), deposit=name, lease=L1, bank_reference=f"BANK-{name}", amount="500.00"
    )


FINANCE = By(actor="clerk-demo", role="finance")


# Commands


RATE = {"rate": "fx-1-demo", "series": "fx/usd-cny", "value": "7.1036", "source": "an invented notice"}
SAID: tuple[tuple[str, str, Role, dict[str, Any]], ...] = (
    ("open-periods", "/v1/periods", "finance", {"through": "2024-06"}),
    ("soft-close-period", "/v1/periods/2024-01/soft-close", "finance", {}),
    (
        "close-period",
        "/v1/periods/figures",
        "finance",
        {
            "month": "2024-01",
            "recorded": 1,
            "entries": 2,
            "subledgers": [
                {"account": "receivables", "balance": "7851.42"},
                {"account": "straight-line", "balance": "51597.17"},
            ],
        },
    ),
    ("propose-reopening", "/v1/periods/2024-01/reopening", "finance", {"reason": "a paper was missing"}),
    ("reopen-period", "/v1/periods/2024-01/reopening/approval", "approver", {}),
    ("open-periods", "/v1/periods", "finance", {"through": "2024-07"}),
    (
        "withdraw-period-step",
        "/v1/periods/2024-07/withdrawals",
        "finance",
        {"step": "period.opened", "reason": "not yet"},
    ),
    ("propose-rate", "/v1/rates", "finance", RATE),
    ("approve-rate", "/v1/rates/fx-1-demo/approval", "approver", {}),
    ("propose-rate", "/v1/rates", "finance", {**RATE, "rate": "fx-2-demo", "value": "71036"}),
    ("reject-rate", "/v1/rates/fx-2-demo/rejection", "approver", {"reason": "a slip of the point"}),
    (
        "withdraw-rate-step",
        "/v1/rates/fx-1-demo/withdrawals",
        "approver",
        {"step": "rate.approved", "reason": "another day's"},
    ),
)


def test_every_command_has_a_route_and_sent_again_adds_nothing(http: Http) -> None:
    assert {one.command for one in RECORDINGS} == {
        command for decider in (PERIODS, PERIOD_STEPS, RATES, RATE_STEPS, CLOSING) for command in decider.commands
    }
    assert {name for name, *_ in SAID} == {command_name(one.command) for one in RECORDINGS}
    for name, path, role, fields in SAID:
        answer = http.post(path, {**CLOSED_ON, **fields}, role)
        assert answer.status_code == 201, (name, answer.text)
        again = http.post(path, {**CLOSED_ON, **fields}, role)
        assert (again.status_code, again.json()["facts"]) == (200, []), (name, again.text)


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/v1/periods", "deal_desk"),
        ("/v1/periods/figures", "approver"),
        ("/v1/periods/2024-01/close", "deal_desk"),
        ("/v1/periods/2024-01/close", "approver"),
        ("/v1/periods/2024-01/soft-close", "auditor"),
        ("/v1/periods/2024-01/reopening/approval", "finance"),
        ("/v1/rates", "deal_desk"),
        ("/v1/rates/fx-1-demo/approval", "finance"),
        ("/v1/rates/fx-1-demo/rejection", "finance"),
    ],
)
def test_who_may_not(http: Http, path: str, role: Any) -> None:
    problem(http.post(path, CLOSED_ON, role), 403, "not-allowed")


def test_nobody_approves_what_they_proposed(http: Http) -> None:
    """An admin may do both, and still needs somebody else."""
    assert http.post("/v1/rates", {**CLOSED_ON, **RATE}, "admin").status_code == 201
    problem(http.post("/v1/rates/fx-1-demo/approval", CLOSED_ON, "admin"), 422, "approver-is-rate-proposer")


# The proposal


def proposal(http: Http, month: str) -> Any:
    return http.read(f"/v1/periods/{month}/closing")["data"]


def test_a_proposal_says_what_ties_and_what_is_left_to_bill(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with every lease read by itself."""
    monkeypatch.setattr(closing, "TOGETHER", 1)
    found = proposal(http, "2024-01")
    assert {one["code"]: (one["control"], one["subledger"], one["difference"]) for one in found["ties"]} == {
        "1122": ("7851.42", "7851.42", "0.00"),
        "1124": ("51597.17", "51597.17", "0.00"),
        **dict.fromkeys(("1125", "2204.01", "2204.02", "2241.01", "2241.02", "2203", "2202"), ("0.00", "0.00", "0.00")),
    }
    assert (found["state"], found["waits_for"], found["entries"]) == ("OPEN", None, 2)
    assert (found["unbilled"], found["ready"]) == ({"l-2-demo": ""}, False)
    bill(http, "l-2-demo")
    assert (proposal(http, "2024-01")["unbilled"], proposal(http, "2024-01")["ready"]) == ({}, True)


def test_what_a_rule_says_against_billing_rests_on_what_still_stands(http: Http) -> None:
    step = {"effective_on": "2024-01-01", "step": "lease.commenced", "reason": "it begins later"}
    assert http.post("/v1/leases/l-2-demo/withdrawals", step, "approver").status_code == 201
    found = proposal(http, "2024-01")
    assert found["unbilled"] == {"l-2-demo": "l-2-demo has not commenced; commence-lease first"}
    assert found["forbidden"] == {"l-2-demo": "lease-not-commenced"}


def test_a_proposal_waits_for_the_month_before(http: Http) -> None:
    assert (proposal(http, "2024-03")["waits_for"], proposal(http, "2024-03")["ready"]) == ("2024-01", False)


@pytest.mark.parametrize(
    ("month", "effective", "why"),
    [
        ("2024-05", "2024-05-31", "2024-05 is not opened; open-periods through 2024-05 first"),
        ("2023-12", "2024-05-31", "2023-12 is before 2024-01, the first month of the books"),
        ("2024-04", "2024-03-31", "2024-04 has not begun on 2024-03-31"),
        ("2030-01", "2024-05-31", "2030-01 has not begun on 2024-05-31"),
    ],
)
def test_a_month_without_books_has_no_proposal(http: Http, month: str, effective: str, why: str) -> None:
    path = f"/v1/periods/{month}/closing"
    assert why in problem(http.get(path, effective=effective, wait=http.size), 404, "not-found")["detail"]


def test_a_month_that_has_begun_has_a_proposal(http: Http) -> None:
    found = http.read("/v1/periods/2024-04/closing", effective="2024-04-01")["data"]
    assert (found["state"], found["waits_for"]) == ("OPEN", "2024-01")


def test_a_ledger_without_books_has_no_proposal(ledger: Ledger) -> None:
    with served(ledger) as http:
        assert "open-periods" in problem(http.get("/v1/periods/2024-01/closing"), 404, "not-found")["detail"]


@pytest.mark.parametrize(
    ("month", "status", "code"),
    [
        ("2031-01", 404, "period-unknown"),
        ("9999-12", 422, "day-out-of-range"),
        ("0001-01", 422, "day-out-of-range"),
    ],
)
def test_a_month_never_opened_has_no_close(http: Http, month: str, status: int, code: str) -> None:
    problem(close(http, month, even_so=True), status, code)


@pytest.mark.parametrize("month", ["2024-13", "0000-01", "january"])
def test_what_is_no_month_is_not_found(http: Http, month: str) -> None:
    problem(http.get(f"/v1/periods/{month}/closing"), 404, "not-found")
    problem(close(http, month), 404, "not-found")


def test_subledgers_tie_at_the_end_of_every_month_whatever_was_posted(database: Database) -> None:
    """J5: invoices, notes, late fees, write-offs, receipts there and back, deposits; nothing of it is closed yet."""
    record(database, GROUND)
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        for _, path, on, role, fields in STORY:
            assert http.post(path, {"effective_on": on, **fields}, role).status_code == 201
        moved = set()
        for month in ("2024-01", "2024-03", "2024-04", "2024-05", "2024-06", "2024-07"):
            ties = proposal(http, month)["ties"]
            assert [one for one in ties if one["difference"] != "0.00"] == []
            moved |= {one["account"] for one in ties if one["control"] != "0.00"}
    assert moved == {"receivables", "straight-line", "deposits", "unapplied"}


# The close


def test_a_month_closes_on_its_books(http: Http) -> None:
    bill(http, "l-2-demo")
    answer = close(http)
    assert (answer.status_code, [one["fact"] for one in answer.json()["facts"]]) == (201, ["period.closed"])
    assert answer.headers["Location"] == "/v1/periods"
    row = http.read("/v1/periods")["rows"][0]
    assert (row["month"], row["state"], row["entries"]) == ("2024-01", "CLOSED", 5)
    assert (row["closed_position"], row["recorded"]) == (http.size, http.size - 1)


def test_an_auditor_computes_the_hash_from_the_trial_balance(http: Http) -> None:
    close(http, even_so=True)
    rows = http.read("/v1/reports/trial-balance", effective="2024-01", recorded="close:2024-01")["data"]["rows"]
    lines = sorted(f"{row['account']},{minor(row['closing'])}\n" for row in rows if row["closing"] != "0.00")
    said = http.read("/v1/periods")["rows"][0]["trial_balance_sha256"]
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == said


def test_a_dry_run_says_what_is_recorded(http: Http) -> None:
    before = http.size
    preview = close(http, even_so=True, query="?dry_run=true").json()
    assert (preview["outcome"], http.size) == ("previewed", before)
    position = close(http, even_so=True).json()["position"]
    assert http.get(f"/v1/facts/{position}").json()["data"] == preview["facts"][0]


def test_leases_left_to_bill_keep_a_month_open_unless_somebody_says_even_so(http: Http) -> None:
    told = problem(close(http, key="january"), 409, "left-to-bill")
    assert "l-2-demo" in told["detail"]
    assert close(http, key="january", even_so=True).status_code == 201


def test_months_close_in_order_and_a_refusal_is_not_kept_under_the_key(http: Http) -> None:
    problem(close(http, "2024-02", key="february", even_so=True), 422, "period-not-next")
    assert close(http, "2024-01", even_so=True).status_code == 201
    problem(close(http, "2024-02", key="february", even_so=True), 422, "period-not-over")
    assert close(http, "2024-02", key="february", even_so=True, effective_on="2024-02-29").status_code == 201


def test_the_month_in_front_is_named_before_what_is_left_to_bill(http: Http) -> None:
    assert proposal(http, "2024-02")["unbilled"]
    problem(close(http, "2024-02"), 422, "period-not-next")


def test_the_same_close_sent_again_answers_the_same(http: Http) -> None:
    first = close(http, key="january", even_so=True)
    http.ledger.execute(deposit("late-demo"), FINANCE)
    again = close(http, key="january", even_so=True)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    other = close(http, even_so=True)
    assert (other.status_code, other.json()["facts"]) == (200, [])


def test_a_key_of_another_close_is_refused(http: Http) -> None:
    assert close(http, "2024-01", key="january", even_so=True).status_code == 201
    february = close(http, "2024-02", key="january", even_so=True, effective_on="2024-03-05")
    problem(february, 422, "idempotency-key-reused")


def test_a_close_says_what_is_wrong_with_it(http: Http) -> None:
    problem(http.post("/v1/periods/2024-01/close", {}, "finance"), 400, "body-invalid")
    problem(http.post("/v1/periods/2024-01/close", b"{", "finance"), 400, "body-malformed")
    problem(http.post("/v1/periods/2024-01/close", {**CLOSED_ON, "entries": 2}, "finance"), 400, "body-invalid")


# Something is recorded meanwhile


def test_figures_that_went_stale_are_taken_again(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody records a deposit after the figures were taken, twice; the third figures are right."""
    taken: list[ClosePeriod] = []

    def figures(settings: Settings, database: Database, month: str, on: date, *, even_so: bool) -> ClosePeriod:
        taken.append(original(settings, database, month, on, even_so=even_so))
        if len(taken) < 3:
            http.ledger.execute(deposit(f"d-{len(taken)}-demo"), FINANCE)
        return taken[-1]

    original: Callable[..., ClosePeriod] = edge.figures
    monkeypatch.setattr(edge, "figures", figures)
    assert close(http, even_so=True).status_code == 201
    assert [one.entries for one in taken] == [2, 3, 4]
    assert http.read("/v1/periods")["rows"][0]["entries"] == 4


def test_a_key_is_not_spent_on_figures_that_went_stale(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deposit comes at the last moment, between the trial and the close; a retry still meets the close."""
    decide, tried = http.ledger.record, list[Command]()

    async def trial(command: Command, by: By, **options: Any) -> Answer:
        answer = await decide(command, by, **options)
        if options.get("dry_run"):
            tried.append(command)
            if len(tried) < 3:
                await decide(deposit(f"d-{len(tried)}-demo"), FINANCE)
        return answer

    monkeypatch.setattr(http.ledger, "record", trial)
    first = close(http, key="january", even_so=True)
    assert (first.status_code, len(tried)) == (201, 3)
    monkeypatch.undo()
    again = close(http, key="january", even_so=True)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")


def test_figures_that_are_always_stale_are_refused(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(100))

    def figures(settings: Settings, database: Database, month: str, on: date, *, even_so: bool) -> ClosePeriod:
        command: ClosePeriod = original(settings, database, month, on, even_so=even_so)
        http.ledger.execute(deposit(f"d-{next(numbers)}-demo"), FINANCE)
        return command

    original: Callable[..., ClosePeriod] = edge.figures
    monkeypatch.setattr(edge, "figures", figures)
    problem(close(http, even_so=True), 409, "subledgers-stale")
    assert next(numbers) == edge.CLOSE_TRIES


# What is closed stays as it is


def test_what_is_learned_late_posts_to_the_next_month_and_moves_no_closed_report(http: Http) -> None:
    close(http, even_so=True)
    asked: dict[str, Any] = {"effective": "2024-01", "recorded": "close:2024-01"}
    issued = http.get("/v1/reports/trial-balance", wait=http.size, **asked)
    http.ledger.execute(deposit("late-demo"), FINANCE)
    fact = http.get(f"/v1/facts/{http.size}").json()["data"]
    assert (fact["effective_on"], fact["accounting_on"]) == ("2024-01-20", "2024-02-01")
    assert http.get("/v1/reports/trial-balance", wait=http.size, **asked).content == issued.content
    now = http.read("/v1/reports/trial-balance", effective="2024-01")["data"]
    assert now == issued.json()["data"]


def test_a_close_that_was_reopened_still_names_its_position(http: Http) -> None:
    first = close(http, even_so=True).json()["position"]
    assert http.post("/v1/periods/2024-01/reopening", {**CLOSED_ON, "reason": "a paper"}, "finance").status_code == 201
    assert http.post("/v1/periods/2024-01/reopening/approval", CLOSED_ON, "approver").status_code == 201
    assert http.read("/v1/reports/trial-balance", recorded="close:2024-01")["basis"]["recorded"] == first
    http.ledger.execute(deposit("late-demo"), FINANCE)
    second = close(http, even_so=True).json()["position"]
    assert http.read("/v1/reports/trial-balance", recorded="close:2024-01")["basis"]["recorded"] == second
    assert http.read("/v1/periods")["rows"][0]["entries"] == 3


def test_a_month_that_never_closed_names_no_position(http: Http) -> None:
    told = problem(http.get("/v1/reports/trial-balance", recorded="close:2024-02"), 400, "parameter-invalid")
    assert "2024-02 has not been closed" in told["detail"]
    assert told["errors"][0]["parameter"] == "recorded"
    problem(http.get("/v1/reports/trial-balance", recorded="close:2024-13"), 400, "parameter-invalid")


# Lists


def test_months_are_listed_as_they_were_recorded(http: Http) -> None:
    before = http.size
    close(http, even_so=True)
    http.post("/v1/periods/2024-02/soft-close", CLOSED_ON, "finance")
    http.post("/v1/periods/2024-01/reopening", {**CLOSED_ON, "reason": "a paper"}, "finance")
    rows = http.read("/v1/periods")["rows"]
    assert [(row["month"], row["state"], row["proposed_to_reopen_by"]) for row in rows] == [
        ("2024-01", "CLOSED", "finance-demo"),
        ("2024-02", "SOFT_CLOSED", None),
        ("2024-03", "OPEN", None),
        ("2024-04", "OPEN", None),
    ]
    earlier = http.read("/v1/periods", recorded=before)["rows"]
    assert {row["state"] for row in earlier} == {"OPEN"}
    lines = http.get("/v1/periods.csv").content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("month,state,closed_position,")
    assert lines[2].startswith("2024-02,SOFT_CLOSED,")


def test_rates_are_listed_with_what_became_of_them(http: Http) -> None:
    before = http.size
    *said, (_, withdrawal, by, mistake) = SAID[-5:]
    for _, path, role, fields in said:
        assert http.post(path, {**CLOSED_ON, **fields}, role).status_code == 201
    rows = http.read("/v1/rates", series="fx/usd-cny")["rows"]
    told = [(row["rate"], row["value"], row["state"], row["proposed_by"], row["decided_by"]) for row in rows]
    assert told == [
        ("fx-1-demo", "7.1036", "APPROVED", "finance-demo", "approver-demo"),
        ("fx-2-demo", "71036", "REJECTED", "finance-demo", "approver-demo"),
    ]
    assert [len(row["positions"]) for row in rows] == [2, 2]
    proposed = http.read("/v1/rates", series="fx/usd-cny", recorded=before + 1)["rows"]
    assert [(row["rate"], row["state"], row["decided_by"]) for row in proposed] == [("fx-1-demo", "PROPOSED", None)]
    lines = http.get("/v1/rates.csv").content.decode("utf-8-sig").splitlines()
    assert "positions" not in lines[0]
    assert [line.split(",")[0] for line in lines] == [
        "rate",
        "fx-1-demo",
        "fx-2-demo",
        "vat-leasing-2020",
        "vat-services-2020",
    ]
    approved = http.size
    assert http.post(withdrawal, {**CLOSED_ON, **mistake}, by).status_code == 201
    (row, _) = http.read("/v1/rates", series="fx/usd-cny")["rows"]
    assert (row["state"], row["decided_by"], len(row["positions"])) == ("PROPOSED", None, 1)
    (row, _) = http.read("/v1/rates", series="fx/usd-cny", recorded=approved)["rows"]
    assert row["state"] == "APPROVED"


def test_a_series_of_no_kind_is_refused(http: Http) -> None:
    problem(http.get("/v1/rates", series="gold/ounce"), 400, "parameter-invalid")


# On the command line


def mcsc(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def data(sqlite: Database) -> Path:
    """A data directory with open months, of which nothing is billed."""
    record(sqlite, GROUND)
    return Path(sqlite.where)


def test_close_on_the_command_line(data: Path) -> None:
    refused = mcsc("close", "2024-01", "--data", data)
    assert refused.exit_code == 6
    assert "l-1-demo is not billed through 2024-01" in refused.stderr
    assert mcsc("bill", "--data", data, "--through", "2024-01-31").exit_code == 0
    shown = mcsc("close", "2024-01", "--data", data, "--dry-run")
    assert shown.exit_code == 0, shown.output
    assert "1124\t51,597.17\t51,597.17\t–" in shown.stdout
    assert "OPEN" in mcsc("report", "periods", "--data", data).stdout.splitlines()[1]
    closed = mcsc("close", "2024-01", "--data", data, "--on", "2024-02-05")
    assert closed.exit_code == 0, closed.output
    assert "recorded=close:2024-01" in closed.stderr
    assert "closed already" in mcsc("close", "2024-01", "--data", data).stderr
    assert "CLOSED" in mcsc("report", "periods", "--data", data).stdout.splitlines()[1]


def test_a_close_refused_on_the_command_line_says_the_rule(data: Path) -> None:
    later = mcsc("close", "2024-02", "--data", data, "--even-so")
    assert later.exit_code == 6
    assert "2024-01 has to be closed first" in later.stderr
    assert "(period-not-next)" in later.stderr
    plain = mcsc("close", "2024-02", "--data", data)
    assert "(period-not-next)" in plain.stderr
    assert "even-so" not in plain.stderr
    assert mcsc("close", "2031-01", "--data", data, "--even-so").exit_code == 4
    assert mcsc("close", "january", "--data", data).exit_code == 2


def test_rates_on_the_command_line(data: Path) -> None:
    shown = mcsc("report", "rates", "--data", data, "--series", "vat/leasing")
    assert shown.exit_code == 0, shown.output
    assert [line.split("\t")[:3] for line in shown.stdout.splitlines()[1:]] == [["vat/leasing", "2020-01-01", "0.09"]]

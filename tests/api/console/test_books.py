"""Billing and the close at the desk: what is shown is what is recorded, once, by whom may; on both databases."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api.console.books.closing import _missing
from api.console.sessions import Sessions, Visitor
from api.http.auth import key_id_of
from ledger.access import ROLES
from ledger.billing.invoicing.notes import IssueDebitNote
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.periods import ProposeReopening, ReopenPeriod
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Done
from tests.ground.billed import APPROVER, FINANCE, GROUND, L1, L2
from tests.ground.over_http import give_key
from tests.ground.over_sockets import PATIENCE_S, on_sockets
from tests.ground.recording import record

LATER = datetime(2026, 6, 1, tzinfo=UTC)
MARKED = re.compile("⟦[^⟧]*⟧")
INLINE = re.compile(r"<script|<style|\sstyle=|\son[a-z]+=", re.I)
NOT_COMMENCED = [
    fact for fact in GROUND if getattr(fact, "lease", None) != L2 or type(fact).__name__ != "LeaseCommenced"
]
NIGHT_WATCH = IssueDebitNote(
    effective_on=date(2024, 1, 31),
    invoice="extra-1-demo",
    lease=L1,
    charge="SERVICE_CHARGE",
    from_on=date(2024, 1, 1),
    until_on=date(2024, 1, 31),
    net="100.00",
    reason="night watch",
)
"""100.00 and 6 % VAT more, in January."""


class Desk:
    """Somebody of a role at the desk of a ledger."""

    def __init__(self, client: httpx.Client, ledger: Ledger) -> None:
        self.client = client
        self.ledger = ledger

    def get(self, path: str, status: int = 200, **asked: Any) -> str:
        """A page, whole and alone."""
        answer = self.client.get(path, params=asked or None)
        assert answer.status_code == status, shown(answer.text)[-600:]
        assert not INLINE.search(answer.text)
        assert not MARKED.findall(answer.text)
        return answer.text

    def send(self, path: str, page: str, **fields: str) -> httpx.Response:
        """Send the form of a page to an address, with what it carries."""
        forms = [form for form in page.split("<form")[1:] if f'action="{path}"' in form and 'method="post"' in form]
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', forms[0].partition("</form>")[0]))
        return self.client.post(path, data=hidden | fields)

    def recorded(self, after: int = 0) -> list[Entry]:
        """What is recorded since."""
        with self.ledger.database.views.connect() as connection:
            return store.page(connection, after=after, limit=10_000)


Enter = Callable[[str], Desk]


@pytest.fixture
def enter(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Enter]:
    """Lets somebody of a role in; the ledger holds two leases, of which a test may say that one did not commence."""
    facts = getattr(request, "param", GROUND)
    record(database, facts)
    file, clients = tmp_path / "desk.db", list[httpx.Client]()
    with Ledger(database, CONTEXTS, clock=lambda: LATER) as ledger, ExitStack() as stack:
        keys = {role: give_key(ledger, role) for role in ROLES}
        served = stack.enter_context(on_sockets(ledger, desk=str(file), data_class="FICTIONAL"))

        def let_in(role: Any) -> Desk:
            visitor = Visitor(f"{role}-demo".replace("_", "-"), role, f"key:{key_id_of(keys[role])}")
            secret = Sessions(file).begin(visitor)
            client = httpx.Client(base_url=f"http://127.0.0.1:{served.port}", trust_env=False, timeout=PATIENCE_S)
            client.cookies.set("mcsc_desk", secret, domain="127.0.0.1", path="/desk")
            clients.append(client)
            desk = Desk(client, ledger)
            wait_for(desk)
            return desk

        yield let_in
        for client in clients:
            client.close()


def shown(page: str) -> str:
    """What a page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("enter", [NOT_COMMENCED], indirect=True)
def test_a_run_is_previewed_then_recorded_once(enter: Enter) -> None:
    """L-1 in January: service 7,407.00 + 444.42, rent recognised 51,597.17; L-2 did not commence."""
    desk = enter("finance")
    assert 'value="2024-01-31"' in desk.get("/desk/billing"), "the month that is closed next"
    before = len(desk.recorded())
    page = desk.get("/desk/billing", through="2024-01-31")
    said = shown(page)
    assert "net 7,407.00, VAT 444.42, gross 7,851.42 CNY" in said
    assert "✓ debits 59,448.59 equal credits 59,448.59" in said
    assert "lease-not-commenced" in said
    assert "l-1-demo-service-202401" in said
    assert len(desk.recorded()) == before, "nothing is recorded yet"
    sent = [desk.send("/desk/billing", page) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [303, 303]
    assert sent[0].headers["location"] == sent[1].headers["location"]
    entries = desk.recorded(before)
    assert [type(entry.fact).__name__ for entry in entries] == ["InvoiceIssued", "RentRecognised"]
    assert {(entry.by.actor, entry.by.method) for entry in entries} == {("finance-demo", "api-key")}
    outcome = desk.get(sent[0].headers["location"])
    assert "2 of 2 leases are answered: 2 facts recorded, 1 refused" in shown(outcome)
    assert [f"/desk/audit/facts/{entry.position}" in outcome for entry in entries] == [True, True]
    other = {"through": "2024-02-29", "on": "2024-02-29"}
    key = str(httpx.URL(sent[0].headers["location"]).params["key"])
    assert "a run of other days than 2024-02-29" in desk.get("/desk/billing/run", 422, **other, key=key)
    told = len(desk.recorded())
    assert desk.send("/desk/billing", page, **other, key=key).status_code == 422, "nor is another begun under it"
    assert desk.send("/desk/billing", page, through="2024-01-31", on="2024-01-30").status_code == 422
    assert len(desk.recorded()) == told
    assert "Nothing is left to bill." in shown(desk.get("/desk/billing", through="2024-01-31"))


@pytest.mark.parametrize("role", ["auditor", "deal_desk", "approver"])
def test_only_finance_bills_and_closes(enter: Enter, role: str) -> None:
    desk = enter(role)
    desk.get("/desk/billing", 403)
    page = desk.get("/desk/close")
    assert "<button>Close" not in page
    assert "Leases left to bill" in page, "everybody sees what is missing"
    fields = {"token": re.search(r'name="token" value="(\w+)"', page)[1], "key": "desk-12345678"}  # type: ignore[index] # the frame has one
    for path, more in (("billing", {"through": "2024-01-31"}), ("close", {"month": "2024-01", "sure": "yes"})):
        assert desk.client.post(f"/desk/{path}", data=fields | more).status_code == 403
        finance = enter("finance")
        assert finance.client.post(f"/desk/{path}", data={**fields, **more, "token": "0"}).status_code == 403


def test_what_is_typed_wrong_is_said(enter: Enter) -> None:
    desk = enter("finance")
    assert "A day is written as" in desk.get("/desk/billing", 400, through="31.01.2024")
    assert "open-periods through 2031-01" in desk.get("/desk/billing", 422, through="2031-01-31")
    assert "no-month" in desk.get("/desk/close", 404, month="no-month")
    assert "2031-01 has not begun" in desk.get("/desk/close", 404, month="2031-01")
    assert "close:2024-01" in desk.get("/desk/reports/trial-balance/compare", 400, against="close:2024-01")
    desk.get("/desk/billing/run", 404, through="2024-01-31", key="desk-never-sent")
    assert "l-1-demo-service-202401" in desk.get("/desk/billing", through="2024年1月31日")
    typed = {"month": "2024-01", "on": "2024/2/5", "even_so": "yes"}
    ended = httpx.post(f"{desk.client.base_url}/desk/close", data=typed, trust_env=False)
    assert (ended.status_code, ended.text.count('type="hidden"')) == (403, len(typed)), "nothing typed is lost"
    page = desk.client.post("/desk/close", data={**typed, "_language": "zh"}).text
    assert [part in page for part in ('value="2024/2/5"', 'value="yes" checked', 'lang="zh-CN"')] == [True] * 3


def test_a_month_from_what_is_missing_to_its_closes_compared(enter: Enter) -> None:
    desk = enter("finance")
    page = desk.get("/desk/close")
    assert "Leases left to bill 2" in shown(page)
    refused = desk.send("/desk/close", page, on="2024-02-05", sure="yes")
    assert refused.status_code == 409
    assert "would still add to l-1-demo, l-2-demo" in refused.text
    assert desk.send("/desk/close", page, on="2024-02-05").status_code == 400, "nobody was sure"
    preview = desk.get("/desk/billing", through="2024-01-31", on="2024-01-31")
    assert desk.send("/desk/billing", preview).status_code == 303
    wait_for(desk)
    page = desk.get("/desk/close")
    said = shown(page)
    assert "everything is done, and every account ties" in said
    assert "1122 Trade receivables 75,991.42 75,991.42 – ✓ ties" in said
    receipt = re.search(r'href="(/desk/reports/trial-balance/receipt[^"]*receivables%2Fclosing[^"]*)"', page)
    assert receipt is not None
    assert '<p class="tie ties">' in desk.get(html.unescape(receipt[1]))
    sent = [desk.send("/desk/close", page, on="2024-02-05", sure="yes") for _ in range(2)]
    assert [answer.status_code for answer in sent] == [303, 303]
    assert len([entry for entry in desk.recorded() if type(entry.fact).__name__ == "PeriodClosed"]) == 1
    assert "close:2024-01#1" in desk.get("/desk/close", month="2024-01")
    reopened = (
        (ProposeReopening(month="2024-01", reason="a late bill", effective_on=date(2024, 2, 6)), FINANCE),
        (ReopenPeriod(month="2024-01", effective_on=date(2024, 2, 7)), APPROVER),
        (NIGHT_WATCH, FINANCE),
    )
    for command, by in reopened:
        assert isinstance(desk.ledger.execute(command, by).outcome, Done)
    wait_for(desk)
    again = desk.send("/desk/close", desk.get("/desk/close", month="2024-01"), on="2024-02-08", sure="yes")
    assert again.status_code == 303
    wait_for(desk)
    months = desk.get("/desk/close", month="2024-01")
    assert "close:2024-01#1 close:2024-01#2" in shown(months)
    compared = re.search(r'href="(/desk/reports/trial-balance/compare[^"]*)"', months)
    assert compared is not None
    page = desk.get(html.unescape(compared[1]))
    said = shown(page)
    assert "Account · receivables · At 2024-01-31 CNY 75,991.42 – 106.00 – 76,097.42 ✓ 106.00" in said
    assert "Account · output-vat · At 2024-01-31 CNY (4,584.42) – (6.00) – (4,590.42) ✓ (6.00)" in said
    assert said.count("✗") == 0
    before, after = (re.search(rf'recorded=(\d+)">{figure}<', page) for figure in ("75,991.42", "76,097.42"))
    assert before is not None
    assert after is not None
    assert int(after[1]) - int(before[1]) == 4, "each end has its own receipt"
    assert "close:2024-01#1 → #2" in said
    bridge = re.search(r'href="([^"]*cell=ACCOUNT%3Areceivables%2Fclosing)#corrections"', page)
    assert bridge is not None
    one = shown(desk.get(html.unescape(bridge[1])))
    note = next(entry.position for entry in desk.recorded() if type(entry.fact).__name__ == "DebitNoteIssued")
    assert f"As reported 75,991.42 2024-01-31 · #{note - 3}" in one
    assert f"Recorded late – Corrections 106.00 #{note} Reversals – Now 76,097.42" in one
    assert "Σ ✓" in one
    assert "Nothing differs." in desk.get("/desk/reports/trial-balance/compare", against="close:2024-01#2")


def test_what_is_missing_leads_to_the_form_that_mends_it() -> None:
    """Each begun with what the page knows of it."""
    found: Any = SimpleNamespace(
        is_next=True,
        month="2024-02",
        unbilled={"l-1-demo": "", "l-2-demo": "l-2-demo has not commenced; commence-lease first"},
        forbidden={"l-2-demo": "lease-not-commenced"},
        unrevalued=(
            "o-1-demo/retention USD 42000.00",
            "o-2-demo/retention EUR 1.00",
            "o-3-demo/deposit USD 1.00 client-money",
        ),
        unrevalued_payables=("p-1-demo USD 6000.00", "p-2-demo USD 1.00"),
        unapproved=("wte-1-demo 2024-01",),
        undecided=("repairs-demo",),
    )
    visit: Any = SimpleNamespace(say=lambda text: text, language="en")
    bill, foreign, owed, energy, journals = _missing(visit, found)
    assert (journals.things, journals.ways) == ([("repairs-demo", None)], [("Inbox", "/desk/inbox")])
    (_, unhindered), (lease, refused) = bill.things
    assert (unhindered, lease) == (None, "l-2-demo")
    assert refused is not None
    assert (refused.code, refused.detail) == ("lease-not-commenced", found.unbilled["l-2-demo"])
    assert bill.ways == [("Preview their billing", "/desk/billing?through=2024-02-29")]
    assert foreign.ways == [
        (
            "Revalue receivables",
            "/desk/record/revalue-receivables?effective_on=2024-02-29&month=2024-02"
            "&rate_series.0=fx%2Feur-cny&rate_series.1=fx%2Fusd-cny&client_money.0=o-3-demo",
        )
    ]
    assert owed.ways == [
        (
            "Revalue payables",
            "/desk/record/revalue-payables?effective_on=2024-02-29&month=2024-02"
            "&rate_series.0=fx%2Fusd-cny&documents.0=p-1-demo&documents.1=p-2-demo",
        )
    ]
    assert [to for _, to in energy.ways_of["wte-1-demo 2024-01"]] == [
        "/desk/record/calculate-statement?agreement=wte-1-demo&month=2024-01",
        "/desk/record/approve-statement?agreement=wte-1-demo&month=2024-01",
    ]


def wait_for(desk: Desk) -> None:
    """Have the read models catch up with what is recorded."""
    size = len(desk.recorded())
    assert desk.client.get("/desk/reports/trial-balance", params={"wait": size}).status_code == 200


@pytest.mark.parametrize("path", ["/desk/billing?through=2024-04-30", "/desk/close", "/desk/close?month=2024-02"])
def test_every_text_is_there_in_chinese(enter: Enter, path: str) -> None:
    desk = enter("admin")
    desk.client.cookies.set("mcsc_language", "zh", domain="127.0.0.1", path="/desk")
    assert (L1 if "2024-02" not in path else "须先结 2024-01") in desk.get(path)

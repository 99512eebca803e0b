"""Bank statements at the desk: a file is previewed, then recorded; a line that waits is answered by a person."""

import html
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.console.books.bank.lines import form_begins
from api.console.sessions import Sessions, Visitor
from api.http.auth import key_id_of
from ledger.access import Role
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.bank.lines import LineProposal, Paid, Payment, WaitingLine, WaitingLines
from tests.api.test_bank_files import BOOKS, CNY, OPENED, amount, balance, camt, entry
from tests.ground.over_http import Http, served

MARKED = re.compile("⟦[^⟧]*⟧")
HEAD = "<AcctSvcrRef>{}</AcctSvcrRef>"
# 90.00 and 10.00 - 4.00 - 3.00 in the books. The bank: the interest by another name, 7.00 at once, 0.50 of its own.
FILE = camt(
    entry(amount("10.00"), HEAD.format("I-9"), on="2026-07-03"),
    entry(amount("7.00", "DBIT"), HEAD.format("C-9"), on="2026-07-25"),
    entry(amount("0.50"), HEAD.format("I-8"), on="2026-07-26"),
    closing="93.50",
    opening=balance("OPBD", "90.00", "2026-07-01"),
)
PROFILE = b'date = "day"\namount = "amount"\nbalance = "balance"\n'
TABLE = b"day,amount,balance\n2026-08-01,6.50,100.00\n2026-08-02,x,100.00\n"


class AtDesk:
    """Somebody at the desk of a served ledger."""

    def __init__(self, http: Http, client: httpx.Client, directory: Path) -> None:
        self.http, self.client, self.directory = http, client, directory

    def sign_in(self, role: Role) -> None:
        """Become somebody of a role."""
        self.client.cookies.clear()
        visitor = Visitor(f"{role}-demo", role, f"key:{key_id_of(self.http.keys[role])}")
        link = Sessions(self.directory / "desk.db").invite(visitor)
        assert self.client.post("/desk/enter", data={"link": link}, follow_redirects=False).status_code == 303

    def get(self, path: str) -> str:
        """A page as it is shown."""
        answer = self.client.get(path)
        assert answer.status_code == 200, shown(answer.text)[-500:]
        assert not MARKED.findall(answer.text)
        return answer.text

    def upload(self, data: bytes, status: int = 200, columns: bytes = b"", **said: str) -> str:
        """Send a file from the page."""
        files = {"file": ("july.xml", data), **({"profile_file": ("p.toml", columns)} if columns else {})}
        fields = {"token": self.token(), "bank_account": CNY, "profile": "", **said}
        answer = self.client.post("/desk/bank/file", data=fields, files=files)
        assert answer.status_code == status, shown(answer.text)[-500:]
        return answer.text

    def token(self) -> str:
        """The secret that a form of the page carries."""
        found = re.search(r'name="token" value="(\w+)"', self.get("/desk/bank"))
        assert found is not None
        return found[1]

    def press(self, page: str, holding: str, status: int = 303, **fields: str) -> httpx.Response:
        """Send the form of a page that holds something."""
        (form,) = [
            one.partition("</form>")[0] for one in page.split("<form")[1:] if holding in one.partition("</form>")[0]
        ]
        action = re.search(r'action="([^"]*)"', form)
        assert action is not None
        hidden = {
            name: html.unescape(text) for name, text in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
        }
        answer = self.client.post(action[1], data=hidden | fields, follow_redirects=False)
        assert answer.status_code == status, shown(answer.text)[-500:]
        return answer


def shown(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page)))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[AtDesk]:
    where = tmp_path_factory.mktemp("bank")
    (where / "profiles").mkdir()
    (where / "profiles" / "river.toml").write_bytes(PROFILE)
    shutil.copytree(sqlite_template, where / "ledger")
    database = Database(where / "ledger")
    with (
        Ledger(database, CONTEXTS) as ledger,
        served(
            ledger,
            documents=str(where / "documents"),
            desk=str(where / "desk.db"),
            bank_profiles=str(where / "profiles"),
        ) as http,
    ):
        for nth, command in enumerate(BOOKS):
            assert http.post("/v1/commands", command, "admin", key=f"book-{nth}").status_code == 201
        yield AtDesk(http, http.client, where)


def test_a_file_is_previewed_line_by_line_and_recorded_once(desk: AtDesk) -> None:
    desk.sign_in("finance")
    before = desk.http.size
    wrong = shown(desk.upload(TABLE, 422, columns=PROFILE))
    assert "line 3 amount 'x' is no amount of CNY" in wrong
    assert "line 3 amount 'x'" in shown(desk.upload(TABLE, 422, profile="river"))
    assert "not among those" in shown(desk.upload(TABLE, 400, profile="../ledger"))
    broken = desk.upload(FILE.replace(b"93.50", b"94.50"), 422)
    assert "its closing on 2026-07-31 is 1.00 CNY more than the lines say" in shown(broken)
    page = desk.upload(FILE)
    assert "3 lines" in shown(page)
    assert "C-9 new" in shown(page)
    assert desk.http.size == before
    # In the other language nothing of it is lost; with a reason what does not meet would be taken.
    assert "文件无误" in desk.press(page, "sha256", 200, _language="zh").text
    desk.press(page, "sha256", 200, _language="en")
    assert (
        "The file is right" in desk.press(broken, "sha256", 200, _do="preview", reason="the bank says so (demo)").text
    )
    done = desk.press(page, "sha256", _do="record")
    assert desk.press(page, "sha256", _do="record").headers["location"] == done.headers["location"]
    assert "All of it is on record already" in shown(desk.upload(FILE))
    assert desk.http.size == before + 1
    answer = desk.get(done.headers["location"])
    assert "3 lines" in shown(answer)
    assert "This is it" in shown(answer)


def test_a_line_is_matched_put_aside_and_waits_again(desk: AtDesk) -> None:
    desk.sign_in("finance")
    page = desk.get(f"/desk/bank?bank_account={CNY}&wait={desk.http.size}")
    assert "On record: interest-02-demo, 10.00, 2026-07-02, I-1 because of Amount, Day" in shown(page)
    assert "bank_reference=I-8" in page
    desk.press(page, "I-1")
    nothing = desk.press(desk.get("/desk/bank"), "&#34;entry&#34;: &#34;3&#34;", 400, reason=" ")
    assert "the reason is empty" in shown(nothing.text)
    desk.press(desk.get("/desk/bank"), "&#34;entry&#34;: &#34;3&#34;", reason="of the bank's own (demo)")
    after = shown(desk.get(f"/desk/bank?wait={desk.http.size}"))
    assert "Lines that wait cny-main-demo · 1 line" in after
    assert "of the bank's own (demo) · Take that back" in after
    # The same over HTTP: two charges are the line of 7.00, and an auditor reads what is left.
    lines = f"/v1/bank-accounts/{CNY}/statement-lines"
    match = {"effective_on": "2026-08-01", "statement": "S-1", "entry": "2", "bank_references": ["C-1", "C-2"]}
    assert desk.http.post(f"{lines}/matches", match, "finance").status_code == 201
    left = desk.http.read(f"/v1/bank-accounts/{CNY}/waiting-lines", effective="2026-07-31")["data"]
    assert [(one["entry"], one["amount"], one["aside"]) for one in left["lines"]] == [
        ("3", "0.50", "of the bank's own (demo)")
    ]
    (row,) = desk.http.read("/v1/reports/bank-reconciliation", effective="2026-07-31")["data"]["rows"]
    assert (row["only_bank"], row["only_books"], row["held_bank"]) == ("0.50", "0.00", "93.50")
    back = {"effective_on": "2026-08-01", "about": "S-1/2", "step": "bank.line-matched", "reason": "a slip (demo)"}
    assert desk.http.post(f"{lines}/withdrawal", back, "finance").status_code == 201
    (row,) = desk.http.read("/v1/reports/bank-reconciliation", effective="2026-07-31")["data"]["rows"]
    assert (row["only_bank"], row["only_books"]) == ("-6.50", "-7.00")


def test_an_auditor_sees_the_lines_and_decides_nothing(desk: AtDesk) -> None:
    desk.sign_in("auditor")
    page = desk.get("/desk/bank")
    assert "This is it" not in page
    assert "Take a statement" not in page
    sent = {"token": re.findall(r'name="token" value="(\w+)"', page)[0], "bank_account": CNY}
    refused = desk.client.post("/desk/bank/file", data=sent, files={"file": ("a.xml", FILE)})
    assert refused.status_code == 403
    assert OPENED["bank_account"] in shown(page)


def test_a_profile_on_record_is_offered_and_read_by(desk: AtDesk) -> None:
    desk.sign_in("finance")
    columns = {"date": "day", "amount": "amount", "balance": "balance"}
    profile = {"effective_on": "2026-07-01", "profile": "lake-demo", "columns": columns}
    assert desk.http.post("/v1/bank-profiles", profile, "finance", key="profile").status_code == 201
    assert "CSV, XLSX, XLS: lake-demo@1" in shown(desk.get("/desk/bank"))
    assert "line 3 amount 'x'" in shown(desk.upload(TABLE, 422, profile="lake-demo@1"))
    assert "not among those" in shown(desk.upload(TABLE, 400, profile="lake-demo@2"))
    table = b"day,amount,balance\n2026-08-01,6.50,100.00\n"
    page = desk.upload(table, profile="lake-demo@1", statement="S-8")
    assert "Read by the profile on record lake-demo@1" in shown(page)
    assert "按已登记的列说明 lake-demo@1 读取" in desk.press(page, "sha256", 200, _language="zh").text
    desk.press(page, "sha256", 200, _language="en")
    before = desk.http.size
    desk.press(page, "sha256", _do="record")
    assert desk.http.size == before + 1
    # The statement names the version: it stays while the statement does.
    back = {"effective_on": "2026-07-01", "about": "1", "reason": "a mistake (demo)"}
    refused = desk.http.post("/v1/bank-profiles/lake-demo/withdrawal", back, "finance", key="back")
    assert refused.json()["code"] == "bank-profile-needed"


WAITING: Any = {
    "statement": "S-1",
    "until_on": date(2026, 7, 31),
    "booked_on": date(2026, 7, 3),
    "references": ("0 R-0", "R-1"),
    "bank_reference": "R-1",
}
PAID = Payment(bank_reference="R-1", on=date(2026, 7, 2), amount="100.00", company="ash-demo", document="r-1-demo")


@pytest.mark.parametrize(
    ("proposed", "begins"),
    [
        (
            LineProposal(
                why=("NUMBER", "CHARGE_KEPT"),
                command="record-receipt",
                company="ash-demo",
                pays=(Paid(document="april-demo", amount="100.00"),),
                bank_charge="2.00",
            ),
            {"amount": "98.00", "bank_charge": "2.00", "allocations.0.amount": "100.00", "bank_reference": "R-1"},
        ),
        (
            LineProposal(
                why=("PAYER", "CHARGE_KEPT"), payments=(PAID,), command="record-bank-charge", bank_charge="2.00"
            ),
            {"amount": "2.00", "bank_account": CNY, "effective_on": "2026-07-03"},
        ),
        (
            LineProposal(
                why=("NUMBER", "AMOUNT"),
                command="record-receipt",
                company="ash-demo",
                pays=(
                    Paid(document="april-demo", amount="60.00"),
                    Paid(document="nine-demo", amount="38.00", company="elm-demo"),
                ),
            ),
            {"company": "ash-demo", "allocations.1.company": "elm-demo", "bank_reference": "R-1"},
        ),
    ],
)
def test_a_form_begins_with_what_the_bank_kept(proposed: LineProposal, begins: dict[str, str]) -> None:
    """What came, what is missing, and the whole invoice; of a payment on record only what is missing of it."""
    nothing: Any = dict.fromkeys(("party", "text", "aside", "aside_on"))
    line = WaitingLine(entry="1", amount="98.00", proposals=(proposed,), **WAITING, **nothing)
    of = WaitingLines(bank_account=CNY, currency="CNY", lines=(line,), matched=(), only_books=())
    fields = dict(form_begins(of, line, str(proposed.command), proposed))
    assert {name: fields[name] for name in begins} == begins
    assert ("bank_reference" in fields) is ("bank_reference" in begins), "of the payment, and of no other"

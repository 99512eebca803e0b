"""Tax invoices by file: requests as a workbook, the tax platform's replies read back, to the fen and once."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from api.bookkeeping.fapiao.items import USUAL, items_of
from api.bookkeeping.fapiao.reading import read
from api.bookkeeping.fapiao.requests import LACKS, in_words
from api.bookkeeping.fapiao.workbook import HEAD, LACKING, LINES, RED, SPECIAL
from api.settings import Settings
from ledger.companies.facts import CompanyDetailsChanged, IdentifierVerified
from ledger.estate.facts import BuildingCorrected
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.tenancy.fapiao_requests import Lack, fapiao_requests, sign_of
from tests.api.cli.test_cli import mcsc
from tests.examples import USCC
from tests.ground.billed import GROUND, L1, PAPER, TENANT, bill
from tests.ground.demonstrated import basis
from tests.ground.let_city import building, unit
from tests.ground.over_http import Http, problem, served
from tests.ground.recording import record

LATER = datetime(2024, 8, 1, tzinfo=UTC)
RENT, SERVICE = "l-1-demo-rent-202404", "l-1-demo-service-202404"
LOCATED = BuildingCorrected(
    effective_on=date(2024, 1, 2),
    building="hall-demo",
    name="Hall (demo)",
    floors=1,
    lettable_dm2=200_000,
    reason="its address (demo)",
    region="四川省眉山市东坡区",
    address="Test Road 1 (demo)",
    title_certificate="无",
)
KNOWN = IdentifierVerified(
    effective_on=date(2023, 7, 1), company=TENANT, scheme="USCC", value=USCC, evidence=PAPER, method="DOCUMENT"
)
NAMED = CompanyDetailsChanged(effective_on=date(2023, 7, 1), company=TENANT, name_zh="晴野能源（演示）")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where replies are kept."""
    return str(tmp_path_factory.mktemp("shelf"))


@pytest.fixture
def http(database: Database, shelf: str) -> Iterator[Http]:
    """A served ledger with a lease that is billed from January to April, its building and its tenant."""
    estate = (*building("hall-demo", "2000.00"), *unit("a101-demo", "hall-demo", "1234.50"))
    record(database, (*estate, *bill(GROUND, L1, date(2024, 4, 30))))
    with Ledger(database, CONTEXTS, clock=lambda: LATER) as ledger, served(ledger, documents=shelf) as http:
        yield http


def ready(database: Database) -> None:
    """Record what requests of the lease lacked."""
    record(database, (LOCATED, NAMED, KNOWN))


def sheets(data: bytes) -> dict[str, list[tuple[str, ...]]]:
    """The rows of each sheet below its heading."""
    book = load_workbook(io.BytesIO(data))
    return {
        sheet.title: [tuple(cell or "" for cell in row) for row in sheet.iter_rows(min_row=2, values_only=True)]
        for sheet in book.worksheets
    }


def reply(rows: Sequence[Sequence[Any]], *names: str) -> bytes:
    """A reply as a workbook, with a title above its heading."""
    book = Workbook()
    book.worksheets[0].append(["批量开票结果 (demo)"])
    for row in (names or ("发票流水号", "发票号码", "开票日期", "开票结果", "金额", "税额"), *rows):
        book.worksheets[0].append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def requests(http: Http) -> dict[str, Any]:
    """Each request by its document, or its note."""
    data = http.read("/v1/fapiao-requests")["data"]
    return {row.get("credit_note", row["document"]): row for row in data["rows"]}


def send(http: Http, data: bytes, key: str, **asked: Any) -> Any:
    query = "&".join(f"{name}={value}" for name, value in {"name": "replies.xlsx", **asked}.items())
    headers = http.headers("finance") | {"Content-Type": XLSX, "Idempotency-Key": key}
    return http.client.post(f"/v1/fapiao-replies/files?{query}", content=data, headers=headers)


def test_a_request_says_what_it_lacks_and_then_what_its_document_says(http: Http, database: Database) -> None:
    lacking = requests(http)[RENT]
    assert {one["code"] for one in lacking["lacks"]} == {"USCC", "LOCATION", "TITLE"}
    ready(database)
    found = requests(http)
    assert {name for name, row in found.items() if not row.get("lacks")} == set(found)
    row = found[RENT]
    assert (row["net"], row["vat"], row["gross"]) == ("159991.20", "14399.21", "174390.41")
    body = http.get(f"/v1/fapiao-requests/batch.xlsx?wait={http.size}", role="finance").content
    assert body == http.get("/v1/fapiao-requests/batch.xlsx", role="finance").content
    made, serial = sheets(body), str(row["serial"])
    assert (serial, "增值税专用发票", "不动产经营租赁", "否", "晴野能源（演示）", USCC, RENT) in made[HEAD]
    code = USUAL["RENT"].code
    assert (serial, "租金", code, "项", "1", "159991.20", "159991.20", "0.09") in made[LINES]
    place = ("四川省眉山市东坡区", "Test Road 1 (demo) a101-demo", "2024-04-01", "2024-06-30", "否", "无", "平方米")
    assert (serial, *place) in made[SPECIAL]
    assert len(made[SPECIAL]) == sum(name.startswith("l-1-demo-rent") for name in found)
    assert made[LACKING] == made[RED] == []


def test_replies_are_previewed_recorded_once_and_the_requests_are_gone(http: Http, database: Database) -> None:
    ready(database)
    found = requests(http)
    rent, service = found[RENT], found[SERVICE]
    rows = [
        (rent["serial"], "2" * 20, "2024-07-02", "开票成功", rent["net"], rent["vat"]),
        (str(service["serial"]), "3" * 20, date(2024, 7, 2), "成功", 7407.0, 444.42),
        (rent["serial"], "", "", "开票失败", "", ""),
    ]
    data = reply(rows)
    preview = send(http, data, "p", dry_run="true")
    assert preview.status_code == 200, preview.text
    assert [one["line"] for one in preview.json()["left_out"]] == [5]
    assert requests(http).keys() == found.keys()
    assert send(http, data, "a").status_code == 201
    again = send(http, data, "b")
    assert (again.status_code, again.json()["outcome"]["facts"]) == (200, [])
    assert found.keys() - requests(http).keys() == {RENT, SERVICE}
    assert http.read(f"/v1/invoices/{RENT}")["data"]["fapiao"] == ["2" * 20]


def test_a_credit_note_after_its_tax_invoice_wants_a_red_letter_one_known_by_the_number_it_corrects(
    http: Http, database: Database
) -> None:
    ready(database)
    blue = {"effective_on": "2024-07-02", "number": "2" * 20}
    assert http.post(f"/v1/invoices/{SERVICE}/fapiao", blue, "finance").status_code == 201
    note = {"effective_on": "2024-07-03", "credit_note": "c-1-demo", "net": "407.00", "reason": "the lift (demo)"}
    assert http.post(f"/v1/invoices/{SERVICE}/credit-notes", note, "finance").status_code == 201
    row = requests(http)["c-1-demo"]
    assert (row["document"], row["corrects"], row["net"], row["vat"]) == (SERVICE, "2" * 20, "407.00", "24.42")
    body = http.get("/v1/fapiao-requests/batch.xlsx", role="finance").content
    assert [red[-3:] for red in sheets(body)[RED]] == [("-407.00", "-24.42", "-431.42")]
    names = ("数电发票号码", "开票日期", "发票状态", "金额", "税额", "备注")
    exported = reply([("4" * 20, "2024-07-04", "正常", -407, -24.42, f"被红冲蓝字数电票号码：{'2' * 20}")], *names)
    assert send(http, exported, "r").status_code == 201
    assert "c-1-demo" not in requests(http)


def test_red_letter_ones_without_a_serial_are_of_the_notes_that_lack_one_or_of_the_whole(
    http: Http, database: Database
) -> None:
    """Two notes of one amount; and the number was recorded with another document first, by mistake."""
    ready(database)
    names = ("数电发票号码", "开票日期", "发票状态", "金额", "税额", "备注")
    number, about = "2" * 20, {"effective_on": "2024-07-02", "number": "2" * 20}
    assert http.post(f"/v1/invoices/{RENT}/fapiao", about, "finance").status_code == 201
    back = about | {"reason": "of another (demo)"}
    assert http.post(f"/v1/invoices/{RENT}/fapiao/withdrawals", back, "finance").status_code == 201
    assert http.post(f"/v1/invoices/{SERVICE}/fapiao", about, "finance").status_code == 201
    for note in ("c-1-demo", "c-2-demo"):
        asked = {"effective_on": "2024-07-03", "credit_note": note, "net": "407.00", "reason": "the lift (demo)"}
        assert http.post(f"/v1/invoices/{SERVICE}/credit-notes", asked, "finance").status_code == 201
    of_notes = [(digit * 20, "2024-07-04", "正常", -407, -24.42, f"被红冲蓝字数电票号码：{number}") for digit in "45"]
    rest = ("6" * 20, "2024-07-05", "正常", -6593, -395.58, of_notes[0][-1])
    data = reply([*of_notes, rest], *names)
    sent = send(http, data, "r")
    assert sent.status_code == 201, sent.text
    assert {row["document"] for row in requests(http).values()}.isdisjoint({"c-1-demo", "c-2-demo"})
    row = requests(http)[SERVICE]
    assert (row["net"], row["vat"], row.get("corrects")) == ("6593.00", "395.58", None)
    again = send(http, data, "s")
    assert (again.status_code, again.json()["outcome"]["facts"]) == (200, [])


def test_a_wrong_line_is_named_and_the_good_ones_are_taken_if_that_is_wanted(http: Http, database: Database) -> None:
    ready(database)
    found = requests(http)
    rent, service = found[RENT], found[SERVICE]
    rows = [
        (rent["serial"], "2" * 20, "2024-07-02", "成功", rent["net"], "14399.22"),
        (service["serial"], "3" * 20, "2024-07-02", "成功", service["net"], service["vat"]),
    ]
    refused = problem(send(http, reply(rows), "a"), 422, "fapiao-replies-refused")
    assert "line 3: vat is 14399.22 there, and 14399.21" in refused["errors"][0]["detail"]
    strange = reply([*rows, ("99999999", "5" * 20, "2024-07-02", "", 1, 0)])
    early, late = (reply([(rent["serial"], "2" * 20, day, "", 1, 0)]) for day in ("1907-07-02", "2024-08-02"))
    for at, (file, says) in enumerate(((early, "before that of"), (late, "after the day on which the file came"))):
        said = problem(send(http, file, f"d{at}", on="2024-07-31"), 422, "fapiao-file-wrong")["errors"][0]["detail"]
        assert said.startswith("line 3: ")
        assert says in said
    wrong = problem(send(http, strange, "b"), 422, "fapiao-file-wrong")
    assert "line 5: 发票流水号 99999999 is no request of this ledger" in str(wrong["errors"])
    assert requests(http).keys() == found.keys()
    taken = send(http, strange, "c", good_rows="true")
    assert taken.status_code == 201, taken.text
    assert sorted(one["line"] for one in taken.json()["left_out"]) == [3, 5]
    assert found.keys() - requests(http).keys() == {SERVICE}


HEADING = ("发票号码", "开票日期", "金额", "税额", "备注")
LINE = ("2" * 20, "2024/7/2", "1,234.50", "74.07", "x-1-demo")


def text(*lines: Sequence[str], encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue().encode(encoding)


@pytest.mark.parametrize("data", [text(HEADING, LINE), text((), HEADING, LINE, encoding="gb18030")])
def test_a_csv_is_read_in_either_encoding(data: bytes) -> None:
    (row,) = read(data).rows
    assert (row.number, row.issued_on, row.net_minor, row.vat_minor) == ("2" * 20, date(2024, 7, 2), 123450, 7407)


def test_lines_of_one_tax_invoice_are_summed_and_a_red_one_is_below_nothing() -> None:
    red = replace_at(LINE, 0, "3" * 20)
    lines = [HEADING, LINE, LINE, replace_at(replace_at(red, 2, "-10.00"), 3, "-0.60")]
    first, second = read(text(*lines)).rows
    assert (first.net_minor, first.vat_minor, first.red) == (246900, 14814, False)
    assert (second.net_minor, second.red) == (-1000, True)


def replace_at(line: Sequence[str], at: int, cell: str) -> tuple[str, ...]:
    return (*line[:at], cell, *line[at + 1 :])


@pytest.mark.parametrize(
    ("at", "cell", "says"),
    [
        (0, "2" * 19, "neither 20 digits"),
        (0, "2.6512E+19", "took it for a number"),
        (1, "2024-13-01", "no day"),
        (2, "1,234.505", "no amount"),
        (3, "", "no amount"),
        (2, "1E5000", "no amount"),
        (2, "9E999999", "no amount"),
        (0, "1234567", "leading zeros"),
        (3, "-74.07", "different signs"),
    ],
)
def test_a_cell_that_says_nothing_is_named_with_its_line(at: int, cell: str, says: str) -> None:
    found = read(text(HEADING, LINE, replace_at(replace_at(LINE, 0, "3" * 20), at, cell)))
    assert [row.number for row in found.rows] == [LINE[0]]
    assert [one.line for one in found.bad] == [3]
    assert says in found.bad[0].rule


def test_a_number_that_a_workbook_keeps_without_its_last_digits_is_none() -> None:
    """And 14399.210000000001 is what a formula makes of 14,399.21."""
    names = HEADING[:4]
    found = read(
        reply([(2.4512000000000000001e19, "2024-07-02", 1, 0), ("3" * 20, "2024-07-02", 14399.210000000001, 0)], *names)
    )
    assert [(one.line, "more than 15 digits" in one.rule) for one in found.bad] == [(3, True)]
    assert [row.net_minor for row in found.rows] == [1439921]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04", "no whole XLSX"),
        (b"<html><table>", "a web page"),
        (b"\xff\xfe\x00", "neither"),
        (text(("a", "b")), "headings"),
        (text(HEADING), "no row"),
    ],
)
def test_what_is_no_reply_is_said_to_be_none(data: bytes, says: str) -> None:
    (one,) = read(data).bad
    assert (one.line, says in one.rule) == (0, True), one


def test_requests_of_a_year_come_to_what_their_documents_are_taxed_with(demo: Database) -> None:
    with demo.views.connect() as connection:
        found = fapiao_requests(connection, basis(connection, "2026-06-30"), USUAL, from_on=date(2026, 1, 1))
    for row in found.rows:
        lines = [(int(one.net.replace(".", "")), int(one.vat.replace(".", ""))) for one in row.lines]
        net, vat = (sum(part) for part in zip(*lines, strict=True))
        assert (net, vat, net + vat) == tuple(int(one.replace(".", "")) for one in (row.net, row.vat, row.gross))
    ready_ones = [row for row in found.rows if not row.lacks]
    total = sum(sign_of(row) * int(row.gross.replace(".", "")) for row in ready_ones)
    assert int(found.gross.replace(".", "")) == total
    assert found.ready == len(ready_ones) > 5
    assert found.lacking == len(found.rows) - found.ready > 0
    assert any(row.places for row in ready_ones)


def test_the_command_line_lists_writes_and_refuses_what_is_no_workbook(demo: Database, tmp_path: Path) -> None:
    asked = ("export", "fapiao-requests", "--from", "2026-05-01", "--effective", "2026-06-30", "--data", demo.where)
    listed = mcsc(*asked)
    assert listed.exit_code == 0, listed.output
    assert "requests are ready" in listed.output
    done = mcsc(*asked, "-o", tmp_path / "requests.xlsx")
    assert done.exit_code == 0, done.output
    assert sheets((tmp_path / "requests.xlsx").read_bytes())[HEAD]
    assert mcsc(*asked, "-o", tmp_path / "requests.csv").exit_code == 2


def test_items_are_those_of_the_settings_and_every_lack_is_said_in_both_languages() -> None:
    found = items_of(Settings(fapiao_items={"ENERGY": "1100101020000000000 electricity (demo)"}))
    assert (found["ENERGY"].code, found["ENERGY"].of_lease) == ("1100101020000000000", False)
    assert found["RENT"].of_lease
    for code in LACKS:
        lack = Lack(code=code, of="thing-demo")
        assert "thing-demo" in in_words(lack)
        assert "thing-demo" in in_words(lack, chinese=True)

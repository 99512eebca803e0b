"""Tax invoices at the desk: what wants one, the workbook, and a reply that is previewed, taken in part, recorded."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.api.console.test_bank import AtDesk, shown
from tests.api.test_fapiao import KNOWN, LATER, LOCATED, NAMED, RENT, SERVICE, XLSX, reply
from tests.ground.billed import GROUND, L1, bill
from tests.ground.let_city import building, unit
from tests.ground.over_http import served
from tests.ground.recording import record


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[AtDesk]:
    where = tmp_path_factory.mktemp("fapiao")
    shutil.copytree(sqlite_template, where / "ledger")
    database = Database(where / "ledger")
    estate = (*building("hall-demo", "2000.00"), *unit("a101-demo", "hall-demo", "1234.50"))
    record(database, (*estate, *bill(GROUND, L1, date(2024, 4, 30)), NAMED, KNOWN))
    with (
        Ledger(database, CONTEXTS, clock=lambda: LATER) as ledger,
        served(ledger, documents=str(where / "documents"), desk=str(where / "desk.db")) as http,
    ):
        yield AtDesk(http, http.client, where)


def send(desk: AtDesk, data: bytes, status: int = 200) -> str:
    """Choose a reply at the page, and look at what would be recorded."""
    answer = desk.client.post(
        "/desk/fapiao/file", data={"token": desk.token()}, files={"file": ("replies.xlsx", data, XLSX)}
    )
    assert answer.status_code == status, shown(answer.text)[-500:]
    return answer.text


def test_a_reply_is_previewed_taken_without_its_wrong_lines_and_recorded_once(desk: AtDesk) -> None:
    desk.sign_in("finance")
    page = shown(desk.get(f"/desk/fapiao?wait={desk.http.size}"))
    assert f"{RENT} 174,390.41 building hall-demo has no region and address" in page
    record(desk.http.ledger.database, (LOCATED,))
    page = shown(desk.get(f"/desk/fapiao?wait={desk.http.size}"))
    assert "has no region" not in page
    made = desk.client.get("/desk/fapiao/requests")
    assert (made.status_code, made.headers["content-type"]) == (200, XLSX)
    rows = {row["document"]: row for row in desk.http.read("/v1/fapiao-requests")["data"]["rows"]}
    rent, service = rows[RENT], rows[SERVICE]
    data = reply([
        (rent["serial"], "2" * 20, "2024-07-02", "成功", rent["net"], "14399.22"),
        (service["serial"], "3" * 20, "2024-07-02", "成功", service["net"], service["vat"]),
        (service["serial"], "", "", "失败", "", ""),
    ])  # fmt: skip
    size = desk.http.size
    assert "This file cannot be taken." in shown(send(desk, b"no workbook", 422)), "nor is anything of it kept"
    preview = send(desk, data, 422)
    assert "line 3 vat is 14399.22 there, and 14399.21" in shown(preview)
    good = desk.press(preview, 'name="good_rows"', 200, good_rows="1").text
    assert "Tax invoices that would be recorded: 1; on record already: 0." in shown(good)
    assert desk.http.size == size
    to = desk.press(good, 'value="record"', _do="record").headers["location"]
    assert desk.http.size == size + 1
    assert desk.press(good, 'value="record"', _do="record").headers["location"] == to, (
        "pressed twice, it leads on alike"
    )
    assert desk.http.size == size + 1
    after = shown(desk.get(to))
    assert SERVICE not in after
    assert RENT in after


def test_who_may_not_record_sees_what_wants_a_tax_invoice_in_chinese_too(desk: AtDesk) -> None:
    desk.sign_in("auditor")
    page = desk.client.get("/desk/fapiao", headers={"Accept-Language": "zh-CN"}).text
    assert "待开发票的单据" in page
    assert "⟦" not in page
    assert "/desk/fapiao/file" not in page

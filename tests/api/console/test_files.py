"""Meters' files and a park's workbook at the desk: chosen, previewed, recorded, by hand and without a script."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.console.words.files import FILES
from api.console.words.saying import say
from ledger.access import Role
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.api.cli.test_takeover import filled
from tests.api.console.test_bank import MARKED, AtDesk, shown
from tests.ground.over_http import served

DOCS = Path(__file__).parents[3] / "docs" / "files"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, demo: Database) -> Iterator[AtDesk]:
    where = tmp_path_factory.mktemp("files")
    shutil.copytree(demo.directory, where / "ledger", ignore=shutil.ignore_patterns("*-shm", "*.lock"))
    with (
        Ledger(Database(where / "ledger"), CONTEXTS) as ledger,
        served(ledger, documents=str(where / "documents"), desk=str(where / "desk.db")) as http,
    ):
        opened = {"command": "open-periods", "effective_on": "2026-07-01", "through": "2026-07"}
        assert http.post("/v1/commands", opened, "admin", key="open").status_code == 201
        yield AtDesk(http, http.client, where)


def choose(desk: AtDesk, kind: str, data: bytes, columns: bytes = b"", **said: str) -> httpx.Response:
    """Send a file from the page."""
    found = re.search(r'name="token" value="(\w+)"', desk.get("/desk/files"))
    assert found is not None
    files = {"file": ("a file", data), **({"profile_file": ("p.toml", columns)} if columns else {})}
    answer = desk.client.post(f"/desk/files/{kind}", data={"token": found[1], **said}, files=files)
    assert not MARKED.findall(answer.text)
    return answer


def test_a_meters_file_is_previewed_day_by_day_and_recorded_once(desk: AtDesk) -> None:
    desk.sign_in("admin")
    data, columns = ((DOCS / name).read_bytes() for name in ("meter-2026-05-d.xlsx", "meter-xlsx-profile.toml"))
    before = desk.http.size
    preview = choose(desk, "meter", data, columns, meter="meter-2-demo")
    assert preview.status_code == 200
    assert "Days of meter-2-demo: 2, of them new: 2" in shown(preview.text)
    assert "2026-05-11 1520.660 0.0 0 new" in shown(preview.text)
    assert desk.http.size == before
    chinese = desk.press(preview.text, "Record it", 200, _language="zh")
    assert "其中新增 2 天" in chinese.text
    desk.press(preview.text, "Record it", 200, _language="en")
    assert (
        desk.press(preview.text, "Record it", _do="record").headers["Location"].startswith("/desk/files?recorded_as=")
    )
    assert desk.http.size == before + 1
    desk.press(preview.text, "Record it", _do="record")
    assert desk.http.size == before + 1
    again = choose(desk, "meter", data, columns, meter="meter-2-demo")
    assert "nothing is new" in shown(again.text)
    assert "Record it" not in again.text


def test_the_good_days_of_a_meters_file_may_be_taken(desk: AtDesk) -> None:
    """One day whole, and an hour of the next."""
    desk.sign_in("admin")
    hours = [f"2026-05-{14 + hour // 24} {hour % 24:02}:00,1.5" for hour in range(25)]
    data, columns = "\n".join(["t,v", *hours]).encode(), b'time = "t"\nvalue = "v"\nminutes = 60\n'
    refused = choose(desk, "meter", data, columns, meter="meter-2-demo")
    assert refused.status_code == 422
    assert "a day is recorded whole" in shown(refused.text)
    good = choose(desk, "meter", data, columns, meter="meter-2-demo", incomplete="LEAVE_OUT")
    assert "Days of meter-2-demo: 1, of them new: 1" in shown(good.text)
    assert choose(desk, "meter", data, b"x = 1", meter="meter-2-demo").status_code == 400


def test_a_park_is_previewed_sheet_by_sheet_and_every_wrong_cell_named(desk: AtDesk) -> None:
    desk.sign_in("finance")
    answer = desk.client.get("/desk/files/park.xlsx")
    assert answer.content.startswith(b"PK")
    data, before = (DOCS / "park-2026-07.xlsx").read_bytes(), desk.http.size
    wrong = choose(desk, "park", filled(leases_E5="soon", companies_E5="China"), on="2026-07-31")
    assert wrong.status_code == 422
    assert all(cell in wrong.text for cell in ("leases!E5", "companies!E5"))
    assert choose(desk, "park", data, on="soon").status_code == 400
    preview = choose(desk, "park", data, on="2026-07-31")
    assert preview.status_code == 200, shown(preview.text)[-900:]
    assert all(row in shown(preview.text) for row in ("leases 3 3 0", "open invoices 2 2 0", "deposits 3 3 0"))
    assert desk.http.size == before
    desk.press(preview.text, "Record it", _do="record")
    assert desk.http.size > before
    assert "leases 3 0 3" in shown(choose(desk, "park", data, on="2026-07-31").text)


def test_only_who_may_record_is_asked_for_files(desk: AtDesk) -> None:
    roles: list[tuple[Role, bool, bool]] = [
        ("admin", True, True),
        ("finance", False, True),
        ("auditor", False, False),
    ]
    for role, meters, parks in roles:
        desk.sign_in(role)
        page = desk.get("/desk/files")
        assert [f'action="/desk/files/{kind}"' in page for kind in ("meter", "park")] == [meters, parks]


def test_every_text_of_the_pages_is_in_both_languages() -> None:
    said = [text for text in FILES if say("zh", text, **dict.fromkeys(re.findall(r"{(\w+)}", text), "")) == text]
    assert said == []

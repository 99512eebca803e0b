"""Papers say what the account, the documents and the books say: their text is read back out of the PDF."""

import base64
import builtins
import hashlib
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pypdf
import pytest

from api.formats.facts import fact_named
from api.http.problems import Problem
from api.papers.account import movements, statement_of_account
from api.papers.documents import percent
from api.papers.paper import Both, Paper, Row
from api.papers.printing import CannotPrint, printed
from api.papers.serving import made
from ledger.billing.facts import ReceiptAllocated, ReceiptRecorded
from ledger.billing.lines import Allocation
from ledger.books.accounts import chart
from ledger.decider import By
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.books.trial_balance import trial_balance
from projections.engine.basis import Basis, resolve
from projections.receivables.ageing import ageing
from projections.receivables.tenants import accounts
from tests.api.cli.test_cli import data, mcsc
from tests.ground.over_http import Http, served

__all__ = ["data"]
TENANT, OTHER = "copper-mesa-storage-demo", "silver-ginkgo-heat-recovery-demo"
DAYS = ["2024-10-24", "2025-09-17", "2026-05-31"]
"""On the first of them a receipt has not paid anything yet."""
BLANK = Paper(
    title=Both("Statement of account", "对账单"),
    number="x",
    company="x",
    about=[],
    tables=[],
    due=(Both("Balance owed", "应付余额"), "0.00"),
    notes=[],
    effective=date(2026, 5, 31),
    recorded=7,
    recorded_at=None,
    root="ab" * 32,
    ledger="a",
    invented=False,
)


def _prints() -> str | None:
    try:
        printed(BLANK)
    except CannotPrint as missing:
        return str(missing)
    return None


MISSING = _prints()
needs_printing = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


def basis_of(demo: Database, effective: str) -> Basis:
    with demo.views.connect() as connection:
        today = date(2026, 11, 1)
        return resolve(connection, effective=effective, recorded=None, today=today, known=_head(demo))


def _head(demo: Database) -> int:
    from ledger.log.store import read_head

    with demo.views.connect() as connection:
        return read_head(connection).size


def minor(figure: str) -> int:
    number = int(re.sub(r"[^0-9]", "", figure) or "0")
    return -number if figure.startswith("(") else number


def last(rows: list[Row]) -> int:
    return minor(str(rows[-1].cells[-1]))


# The statement of account


@pytest.mark.parametrize("on", DAYS)
def test_every_statement_runs_to_the_books(demo: Database, on: str) -> None:
    """Over all tenants: each runs from its opening to its closing, and all closings come to the control accounts."""
    basis, first, owed, held = basis_of(demo, on), date(int(on[:4]), 1, 1), 0, 0
    with demo.views.connect() as connection:
        for row in accounts(connection, basis):
            paper = statement_of_account(connection, basis, row.company, None, "demo", True)
            account, *deposits = paper.tables
            assert minor(paper.due[1]) == last([*account.rows]) == row.open_minor - row.unapplied_minor
            balance = minor(str(account.rows[0].cells[-1]))
            days = [str(line.cells[0]) for line in account.rows[1:-1]]
            assert days == sorted(days)
            assert all(str(first) <= day <= on for day in days)
            for line in account.rows[1:-1]:
                balance += minor(str(line.cells[-3])) - minor(str(line.cells[-2]))
                assert balance == minor(str(line.cells[-1]))
            owed, held = owed + last([*account.rows]), held + sum(last([*table.rows]) for table in deposits)
        control = ageing(connection, basis)
        books = trial_balance(connection, basis, from_on=None, chart=chart({}), subledgers=None)
        closing = {line.account: minor(line.closing.replace("-", "(")) for line in books.rows}
    assert owed == minor(control.control) - minor(control.orders) + closing["unapplied"]
    assert held == -closing["deposits"]


def test_a_later_first_day_opens_with_what_came_before(demo: Database) -> None:
    basis = basis_of(demo, "2026-05-31")
    with demo.views.connect() as connection:
        whole = statement_of_account(connection, basis, TENANT, date(2020, 1, 1), "demo", True)
        part = statement_of_account(connection, basis, TENANT, date(2025, 4, 1), "demo", True)
        assert whole.tables[0].rows[0].cells[-1] == "–"
        before = [row for row in whole.tables[0].rows[1:-1] if str(row.cells[0]) < "2025-04-01"]
        assert part.tables[0].rows[0].cells[-1] == before[-1].cells[-1] == "43,639.28"
        assert [row.cells for row in part.tables[0].rows[1:-1]] == [
            row.cells for row in whole.tables[0].rows[1:-1] if str(row.cells[0]) >= "2025-04-01"
        ]
        with pytest.raises(Problem, match="2027-01-01"):
            statement_of_account(connection, basis, TENANT, date(2027, 1, 1), "demo", True)
        with pytest.raises(Problem, match="nosuch"):
            statement_of_account(connection, basis, "nosuch", None, "demo", True)


# Printed


def test_each_statement_shows_its_part_of_what_one_pays_for_another() -> None:
    """By hand: of 100.00 pay 30.00 the payer's own and 50.00 another's; of 20.00 left over go 15.00 to the other."""
    on = date(2024, 5, 6)
    about: dict[str, Any] = {"effective_on": on, "accounting_on": on, "company": "payer-demo", "receipt": "r-1-demo"}
    own = Allocation(invoice="own-demo", amount_minor=3000)
    others = Allocation(invoice="theirs-demo", amount_minor=5000, company="other-demo")
    facts = (
        ReceiptRecorded(**about, bank_reference="B-1", amount_minor=10000, allocations=(own, others)),
        ReceiptAllocated(**about, allocations=(msgspec.structs.replace(others, amount_minor=1500),)),
    )
    by, at = By(actor="ann-demo", role="finance"), datetime(2024, 5, 6, tzinfo=UTC)
    entries = [
        Entry(position=place, recorded_at=at, by=by, command="", tags=(), fact=fact)
        for place, fact in enumerate(facts, 1)
    ]
    moved = {name: movements(entries, name).account for name in ("payer-demo", "other-demo")}
    assert [one.moved_minor for one in moved["payer-demo"]] == [-5000, 1500]
    assert [one.moved_minor for one in moved["other-demo"]] == [-5000, -1500]
    assert [one.kind.zh for one in moved["other-demo"]] == ["收款", "租户间代付"]


@pytest.fixture(scope="module")
def city(demo: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    where = tmp_path_factory.mktemp("city") / "demo"
    shutil.copytree(demo.directory, where)
    with Ledger(Database(where), CONTEXTS) as ledger, served(ledger) as http:
        http.read("/v1/companies")
        yield http
        ledger.database.close()


def pages(body: bytes) -> list[str]:
    return [re.sub(r"\s+", " ", page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(body)).pages]


def paper(city: Http, path: str, on: str = "2026-05-31") -> list[str]:
    answer = city.get(f"{path}?effective={on}")
    assert answer.status_code == 200, answer.text
    return pages(answer.content)


@needs_printing
def test_a_statement_is_printed_with_its_basis_on_every_page(city: Http) -> None:
    answer = city.get(f"/v1/tenants/{TENANT}/statement.pdf?effective=2026-05-31&from_on=2025-01-01")
    text = pages(answer.content)
    account = city.get(f"/v1/tenants/{TENANT}/account?effective=2026-05-31").json()
    assert len(text) == 2
    for number, page in enumerate(text, 1):
        assert f"{number} / 2" in page
        assert "effective on 生效日 2026-05-31" in page
        assert f"记录位置 {account['basis']['recorded']}" in page
        assert account["basis"]["root"] in page.replace(" ", "")
        assert "FICTIONAL 虚构数据" in page
    assert "Statement of account 对账单" in text[0]
    assert f"应付余额(人民币元) {int(account['data']['open'].split('.')[0]):,}" in text[0]
    assert "2026-05-20 after-all-demo Receipt 收款 2,912.46 179,608.66" in text[0]
    assert "Deposit of lease lease-28-1-demo" in text[1]


@needs_printing
def test_documents_are_printed_with_the_figures_of_their_reads(city: Http) -> None:
    invoice, note = "lease-17-1-demo-rent-202602", "lease-17-1-demo-rent-202602-c1"
    said = city.get(f"/v1/invoices/{invoice}?effective=2026-05-31").json()["data"]
    (text,) = paper(city, f"/v1/invoices/{invoice}/invoice.pdf")
    assert f"Total 合计 {float(said['net']):,.2f} {float(said['vat']):,.2f} {float(said['gross']):,.2f}" in text
    assert f"Credited 已贷记 ({float(said['credited']):,.2f})" in text
    assert "9 %" in text
    (text,) = paper(city, f"/v1/credit-notes/{note}/credit-note.pdf")
    assert "Taken off (CNY) 冲减金额(人民币元) 12,513.61" in text
    assert f"Takes off 冲减单据 {invoice}" in text
    said = city.get("/v1/offtakes/biomass-1-demo/statements/2023-07-r0").json()["data"]
    (text,) = paper(city, "/v1/offtakes/biomass-1-demo/statements/2023-07-r0/energy-statement.pdf")
    assert f"delivered 交付电量 {float(said['delivered_kwh']):,.1f}" in text
    assert f"Total 合计 {float(said['net']):,.2f} {float(said['vat']):,.2f}" in text
    (text,) = paper(city, "/v1/invoices/biomass-1-demo-top-2023-r0/invoice.pdf")
    assert "energy delivered in contract year 2023 all was read from the meter" in text
    assert city.get("/v1/invoices/nosuch/invoice.pdf").status_code == 404
    assert city.get("/v1/credit-notes/nosuch/credit-note.pdf").status_code == 404
    assert city.get("/v1/offtakes/nosuch/statements/2023-07-r0/energy-statement.pdf").status_code == 404


@needs_printing
def test_an_invoice_of_an_earlier_basis_knows_nothing_later(city: Http) -> None:
    invoice = "lease-17-1-demo-rent-202602"
    (now,) = paper(city, f"/v1/invoices/{invoice}/invoice.pdf")
    (then,) = paper(city, f"/v1/invoices/{invoice}/invoice.pdf", "2026-02-01")
    assert "Credited" in now
    assert "Credited" not in then
    assert "待付金额(人民币元) 104,190.57" in then


@needs_printing
def test_vouchers_are_printed_with_their_lines_and_who_answers_for_them(city: Http) -> None:
    answer = city.get("/v1/periods/2026-05/vouchers.pdf?kind=PAYMENT&effective=2026-05-31")
    text = " ".join(pages(answer.content))
    paid = city.read("/v1/reports/vouchers", month="2026-05", kind="PAYMENT", effective="2026-05-31")["rows"]
    assert paid
    unbroken = text.replace(" ", "")
    for row in paid:
        assert f"付-{row['number']} Payment voucher" in text
        answers = f"made by {row['maker']} · reviewed by {row['reviewer'] or '-'} · documents {row['documents']}"
        assert answers.replace(" ", "") in unbroken
        assert f"{row['debit'].split('.')[0][-3:]}.{row['debit'][-2:]}" in text
        assert f"{fact_named('en', row['fact'])} {fact_named('zh', row['fact'])}" in text, "in words, not by its code"
        assert row["fact"] not in text
    assert city.get("/v1/periods/2019-05/vouchers.pdf").status_code == 404
    assert city.get("/v1/periods/2026-05/vouchers.pdf?last=0").status_code == 400


@needs_printing
def test_the_same_basis_gives_the_same_bytes_and_the_hash_goes_with_them(city: Http, tmp_path: Path) -> None:
    path = f"/v1/tenants/{OTHER}/statement.pdf?effective=2026-05-31"
    answer = city.get(path)
    sha256 = hashlib.sha256(answer.content)
    assert city.get(path).content == answer.content
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["ETag"] == f'"{sha256.hexdigest()}"'
    assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(sha256.digest()).decode()}:"
    assert city.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    where, out = city.ledger.database.where, tmp_path / "a.pdf"
    done = mcsc("paper", "statement", OTHER, "--data", where, "--effective", "2026-05-31", "-o", out)
    assert done.exit_code == 0, done.output
    assert done.stdout.split() == [hashlib.sha256(out.read_bytes()).hexdigest(), str(out)]
    first = out.read_bytes()
    assert mcsc("paper", "statement", OTHER, "--data", where, "--effective", "2026-05-31", "-o", out).exit_code == 0
    assert out.read_bytes() == first


@needs_printing
def test_a_paper_that_went_out_is_known_again_by_its_bytes(demo: Database, tmp_path: Path) -> None:
    where, out = ("--data", tmp_path / "demo"), tmp_path / "a.pdf"
    shutil.copytree(demo.directory, tmp_path / "demo")
    asked = ("paper", "statement", OTHER, *where, "--effective", "2026-05-31", "--from", "2026-05-01", "-o", out)
    assert mcsc(*asked).exit_code == 0
    assert mcsc("paper", "check", out, *where).exit_code == 4, "it was only looked at"
    issued = mcsc(*asked, "--issue", "--as", "finance-demo")
    assert issued.exit_code == 0, issued.output
    position = _head(demo) + 1
    assert f"recorded at position {position:,}" in issued.stderr
    assert "recorded already" in mcsc(*asked, "--recorded", position - 1, "--issue", "--as", "finance-demo").stderr
    known = mcsc("paper", "check", out, *where)
    assert known.exit_code == 0, known.output
    _, kind, name, company, shows, by, at = known.stdout.splitlines()[-1].split("\t")
    assert (kind, name, company, by) == ("statement of account", OTHER, OTHER, "finance-demo")
    assert (shows, at) == (f"2026-05-31, facts 1-{position - 1:,}", f"{position:,}")
    out.write_bytes(out.read_bytes() + b"%")
    assert mcsc("paper", "check", out, *where).exit_code == 4, "one byte more is another paper"


@needs_printing
def test_the_command_line_refuses_what_names_no_paper(city: Http, tmp_path: Path) -> None:
    where, out = ("--data", city.ledger.database.where), tmp_path / "a.pdf"
    assert mcsc("paper", "energy", "biomass-1-demo/2023-07-r0", *where, "-o", out).exit_code == 0
    assert mcsc("paper", "energy", "biomass-1-demo", *where, "-o", out).exit_code == 4
    assert mcsc("paper", "invoice", "nosuch", *where, "-o", out).exit_code == 4
    assert mcsc("paper", "invoice", "nosuch", "--from", "2026-01-01", *where, "-o", out).exit_code == 2
    assert mcsc("paper", "invoice", "nosuch", *where, "-o", tmp_path / "a.txt").exit_code == 2


def test_without_weasyprint_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "weasyprint":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Problem, match=r"mcsc-ledger\[papers\].*fonts-noto-cjk") as refused:
        made(BLANK)
    assert refused.value.status == 406


NO_CHINESE = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>"""
PRINT = "from tests.api.test_papers import MISSING; print(MISSING)"


@needs_printing
def test_without_a_chinese_font_it_prints_nothing_rather_than_boxes(tmp_path: Path) -> None:
    fonts = Path("/usr/share/fonts/truetype/dejavu")
    if not fonts.exists():
        pytest.skip("there is no font without Chinese to try it with (Debian: fonts-dejavu-core)")
    (tmp_path / "fonts.conf").write_text(NO_CHINESE.format(fonts=fonts, cache=tmp_path / "cache"))
    env = {"PATH": "/usr/bin:/bin", "FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run([sys.executable, "-c", PRINT], env=env, capture_output=True, text=True, check=True)
    assert re.search("no font here has .*fonts-noto-cjk", done.stdout), done.stdout


@needs_printing
def test_a_name_is_text_and_nothing_is_fetched() -> None:
    name = "<b>x</b><img src='http://127.0.0.1:9/a.png'> & 眉山"
    told = msgspec.structs.replace(BLANK, number=name, about=[(Both("For", "致"), name)])
    (text,) = pages(printed(told))
    assert name.replace(" ", "") in text.replace(" ", "")
    assert "FICTIONAL" not in text


@pytest.mark.parametrize(
    ("ratio", "said"), [("0.09", "9 %"), ("0.005", "0.5 %"), ("0", "0 %"), ("0.1", "10 %"), ("1", "100 %")]
)
def test_rates_are_read_as_percent(ratio: str, said: str) -> None:
    assert percent(ratio) == said

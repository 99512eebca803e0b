"""The demonstration as somebody meets it: interrupted, served, tried today, and as the README counts it."""

import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import ledger as package
from api.cli import main
from api.cli.serving import TRY
from api.demo.deals.parties import BUYERS, CUSTOMS, HOUSEKEEPER, SUPPLIERS
from api.demo.public import public_history
from api.demo.unfolding import unfold
from ledger.companies.facts import LeadRegistered
from ledger.estate.facts import BuildingDefined, ParcelDefined, UnitDefined
from ledger.leases.facts import LeaseDrafted
from ledger.log.database import Database, guard
from ledger.offtake.facts import OfftakeDrafted
from ledger.orders.facts import QuotationIssued
from ledger.periods import month_of
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.demonstrated import built, entries, of

README = Path(package.__file__ or "").parent.parent / "README.md"


def mcsc(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_an_interrupted_build_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(database: Database, steps: Any, progress: Any) -> None:
        unfold(database, steps[:5], progress)
        raise KeyboardInterrupt

    monkeypatch.setattr("api.demo.plan.plan", lambda *_: public_history())
    with monkeypatch.context() as patched:
        patched.setattr("api.demo.unfolding.unfold", interrupted)
        assert mcsc("demo", "--no-serve", "--data", tmp_path / "demo").exit_code != 0
    again = mcsc("demo", "--no-serve", "--data", tmp_path / "demo")
    assert again.exit_code == 0, again.stderr
    database = Database(tmp_path / "demo")
    assert len([entry for entry in entries(database) if entry.data_class == "PUBLIC_FACT"]) == len(public_history())
    database.close()
    assert mcsc("verify", "--data", tmp_path / "demo").exit_code == 0


def test_the_disk_is_waited_for_at_the_end_and_at_each_commit_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited, really = set[int](), os.fsync

    def fsync(opened: int) -> None:
        waited.add(os.fstat(opened).st_ino)
        really(opened)

    monkeypatch.setattr("api.demo.unfolding.os.fsync", fsync)
    database = built(tmp_path / "demo", companies=0, keys=False)
    assert waited >= {(tmp_path / "demo" / "ledger.db").stat().st_ino, (tmp_path / "demo").stat().st_ino}
    assert not database.unfolded_bytes(), "what is in another file would not have been waited for"
    guard(database)
    database.close()


def test_what_it_hints_at_works_while_it_serves_and_its_books_are_open_today(demo: Database, tmp_path: Path) -> None:
    where = tmp_path / "demo"
    shutil.copytree(demo.directory, where)
    assert mcsc("demo", "--no-serve", "--data", where).exit_code == 0  # that of the fixture has no keys yet
    today = datetime.now(UTC).date()
    with Ledger(Database(where), CONTEXTS) as ledger:
        for hint in TRY:
            words = re.split(r"  +", hint)[0].removeprefix("mcsc ").split()
            result = mcsc(*words, "--data", where)
            assert (result.exit_code, len(result.stdout.splitlines()) > 1) == (0, True), (hint, result.stderr)
        periods = mcsc("report", "periods", "--data", where).stdout
        ledger.database.close()
    (state,) = (line for line in periods.splitlines() if line.startswith(month_of(today)))
    assert "OPEN" in state


def test_the_readme_counts_what_there_is(demo: Database) -> None:
    said = " ".join(README.read_text(encoding="utf-8").split())
    outside = ["cety", *SUPPLIERS, *BUYERS, CUSTOMS, HOUSEKEEPER]
    counted = {
        "companies": len({fact.company for fact in of(demo, LeadRegistered)}) - len(outside),
        "parcels": len(of(demo, ParcelDefined)),
        "buildings": len(of(demo, BuildingDefined)),
        "units": len(of(demo, UnitDefined)),
        "leases": len({fact.lease for fact in of(demo, LeaseDrafted)}),
        "equipment orders": len({fact.order for fact in of(demo, QuotationIssued)}),
        "energy offtake agreements": len({fact.agreement for fact in of(demo, OfftakeDrafted)}),
    }
    told = {what: re.findall(rf"([0-9]+) {what}", said) for what in counted}
    assert told == {what: [str(number)] for what, number in counted.items()}

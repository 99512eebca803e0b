"""A process imports what it needs: facts are known to all, deciders to whoever records, read models to whoever follows.

A report then answers in two thirds of the time.
"""

import json
import subprocess
import sys

import pytest

import ledger
from ledger.decider import all_facts
from ledger.recording.contexts import CONTEXTS
from projections.every.versions import VERSIONS
from projections.every.views import ALL_VIEWS


def imported(by: str, *, named: str) -> list[str]:
    """Modules of a name's beginning that a program of one line comes to have."""
    program = f"{by}\nimport sys\nprint(*[name for name in sys.modules if name.startswith({named!r})])"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()


def test_the_ledger_names_every_home_of_facts() -> None:
    assert CONTEXTS
    assert sorted({fact.__module__ for fact in all_facts().values()}) == sorted(ledger.FACTS)


def test_every_read_model_stands_in_its_version() -> None:
    assert {view.name: view.version for view in ALL_VIEWS} == VERSIONS


@pytest.mark.parametrize("reading", ["import ledger", "import api.http.reading"])
def test_to_read_imports_nothing_that_decides(reading: str) -> None:
    assert [name for name in imported(reading, named="ledger.") if name.endswith((".deciding", ".contexts"))] == []


def test_to_read_on_sqlite_imports_nothing_of_postgresql() -> None:
    assert imported("import api.http.reading", named="sqlalchemy.dialects.sqlite")
    assert imported("import api.http.reading", named="sqlalchemy.dialects.postgresql") == []


def test_structlog_is_loaded_by_the_first_line_and_written_as_was_asked() -> None:
    program = """if True:
        import sys, api.http.reading
        from api.recorder.runtime import log_to_stderr
        from ledger.log.outage import log
        log_to_stderr("json")
        print("structlog" in sys.modules)
        log.warning("said", count=1)
    """
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
    assert {"event": "said", "level": "warning", "count": 1}.items() <= json.loads(ran.stderr).items()


def test_a_way_in_imports_nothing_that_decides() -> None:
    assert [name for name in imported("import api.http.recording", named="ledger.") if name.endswith(".deciding")] == []


def test_a_report_imports_no_other_subjects_read_models() -> None:
    found = imported("import api.routes.companies", named="projections.")
    assert "projections.companies.register" in found
    assert [name for name in found if name.startswith(("projections.payables", "projections.every.views"))] == []


def test_geometry_is_imported_where_an_outline_is_looked_at_and_nowhere_else() -> None:
    served = "import api.app, api.cli, ledger.recording.contexts, projections.every.views"
    assert [name for heavy in ("shapely", "pyproj") for name in imported(served, named=heavy)] == []
    looked = "from ledger.estate.surveying import geodesic_m2; geodesic_m2([((0, 0), (9, 0), (0, 9), (0, 0))])"
    assert "pyproj" in imported(looked, named="pyproj")

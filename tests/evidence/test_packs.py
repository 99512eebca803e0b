"""A figure, a fact, a closed month, in a file that a stranger can check."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from api.evidence import check
from api.evidence.gathering import Figure, Subject, formula
from api.http.receipts import Part, Receipt, Row, table_of
from ledger.log.checkpoint import read_checkpoint
from ledger.log.database import Database
from ledger.values.money import share
from tests.evidence.packs import DAY, FORGER, KEY, PACKS, REPORTS, SIGNER, made, opened
from tests.ground.demonstrated import basis

LINES = 500


@cache
def _names(database: Database) -> dict[str, str]:
    """A unit that is let, one of several of a lease in arrears, an agreement that is paid for, in the demonstration."""
    return {
        "shared": _row(database, "rent-roll", "arrears", several="lease")["unit"],
        "unit": _row(database, "rent-roll", "rent_m2_month")["unit"],
        "agreement": _row(database, "investment", "fulfilment_percent")["agreement"],
    }


def _row(database: Database, report: str, column: str, several: str | None = None) -> Row:
    """The first row in which a column is not nought; one of several of the same lease, for example."""
    with database.views.connect() as connection:
        on = basis(connection, DAY)
        rows = table_of(REPORTS[report], connection, on, REPORTS[report].query(effective=DAY), {})
    some = [row for row in rows.values() if row.get(column) and Fraction(row[column])]
    alike: Counter[object] = Counter(row[several] for row in rows.values()) if several else Counter()
    return next(row for row in some if several is None or (row[several] and alike[row[several]] > 1))


def subject(database: Database, name: str) -> Subject:
    """What a pack is about, with the names that the demonstration has."""
    found = PACKS[name]
    return replace(found, cell=found.cell.format(**_names(database))) if isinstance(found, Figure) else found


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_is_accepted_and_says_what_it_does_not_prove(demo: Database, name: str) -> None:
    data = made(demo, subject(demo, name))
    assert data == made(demo, subject(demo, name))
    proved, left = check.check(data, [KEY])
    assert any("signed the manifest" in line for line in proved)
    assert left
    files = opened(data)
    assert read_checkpoint(files["checkpoint.note"].decode(), [SIGNER.verifier]).size == files["tree.json"]["size"]
    _, unsigned = check.check(made(demo, subject(demo, name), signer=None))
    assert any("not signed" in line for line in unsigned)


def test_another_key_and_another_root_are_refused(demo: Database) -> None:
    data = made(demo, subject(demo, "fact"))
    tree = opened(data)["tree.json"]
    assert check.check(data, root=f"{tree['size']}:{tree['root']}")
    for vkeys, root in (([str(FORGER.verifier)], None), ([], f"{tree['size']}:{'00' * 32}"), ([], f"7:{tree['root']}")):
        with pytest.raises(check.Refused):
            check.check(data, vkeys, root)


def test_for_one_company_facts_of_others_are_hashes_only(demo: Database) -> None:
    files = opened(made(demo, subject(demo, "for one")))
    assert len(files["facts.ndjson"]) < len(files["tree.json"]["facts"])
    told = b"".join(files["facts.ndjson"]).decode()
    assert not re.search(r'"(tenant|company|investor|party):', told)
    assert len(files["report.json"]["rows"]) == 1


def test_the_checker_is_one_small_file_that_runs_alone(demo: Database, tmp_path: Path) -> None:
    data = made(demo, subject(demo, "account"))
    checker = check.unzipped(data)["check.py"]
    assert len(checker.splitlines()) <= LINES
    (tmp_path / "check.py").write_bytes(checker)
    (tmp_path / "pack.zip").write_bytes(data)
    command = [sys.executable, "-I", "-S", "check.py", "pack.zip", "--key"]
    run = subprocess.run([*command, KEY], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, ""), run.stdout
    assert "proved " in run.stdout
    assert "NOT proved " in run.stdout
    run = subprocess.run([*command, str(FORGER.verifier)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stdout.startswith("REFUSED: ")


RFC_8032 = [  # §7.1, tests 1 and 2
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        "",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        "72",
    ),
]


@pytest.mark.parametrize(("public", "signature", "said"), RFC_8032)
def test_signatures_are_those_of_rfc_8032(public: str, signature: str, said: str) -> None:
    key, made_by, words = (bytes.fromhex(one) for one in (public, signature, said))
    assert check.signed(key, made_by, words)
    assert not check.signed(key, made_by, words + b"x")
    higher = (int.from_bytes(made_by[32:], "little") + check.L).to_bytes(32, "little")
    assert not check.signed(key, made_by[:32] + higher, words)


FIGURES = (Fraction("1234.56"), Fraction("78.9"), Fraction("-4.01"), Fraction("300"), Fraction("2.5"))


@pytest.mark.parametrize("figures", [FIGURES, FIGURES[::-1]], ids=["more first", "less first"])
def test_what_a_figure_is_worked_out_from_is_a_formula_that_a_checker_evaluates(figures: Sequence[Fraction]) -> None:
    """Of every column of every report: the formula comes to what the ledger makes of the same figures."""
    for name, read in REPORTS.items():
        assert read.receipts is not None
        for column, derived in read.receipts.derived.items():
            values = dict(zip(dict.fromkeys(derived.of), figures, strict=False))
            of = [values[one] for one in derived.of]
            sides = tuple(Part(cell=f"ROW/{one}", figure="") for one in derived.of)
            worked = Receipt(
                report=name, cell="", row={}, column=column, unit="", figure="", worked=derived.how, sides=sides
            )
            value, made = check._evaluated(formula(worked), of), derived.by(*of)
            assert value is not None, (name, column)
            assert check._near(value, made), (name, column, formula(worked))


@given(
    total=st.integers(-(10**12), 10**12),
    weights=st.lists(st.integers(0, 10**6) | st.integers(1, 3), min_size=2, max_size=9).filter(any),
)
def test_a_share_of_a_sum_is_that_of_the_ledger_to_the_fen(total: int, weights: list[int]) -> None:
    sides = [Fraction(total, 100), *(Fraction(weight, 100) for weight in weights)]
    named = ", ".join(f"s{at}" for at in range(1, len(sides)))
    found = [check._evaluated(f"share(s0, {at}, {named})", sides) for at in range(len(weights))]
    assert found == [Fraction(one, 100) for one in share(total, weights)]


@pytest.mark.parametrize(("said", "value"), [("max(s0 - s1, 0)", 3), ("max(s1 - s0, 0)", 0), ("max(s1, s0) * 2", 10)])
def test_the_greater_of_two_formulas(said: str, value: int) -> None:
    assert check._evaluated(said, [Fraction(5), Fraction(2)]) == value


@pytest.mark.parametrize(
    "said", ["max(s0)", "max(s0, s1, 0)", "min(s0, s1)", "max(s0, s1)(0)", "max(s0, key=s1)", "share(s0, s1, s1)"]
)
def test_no_other_function_is_a_formula(said: str) -> None:
    with pytest.raises(check.Refused):
        check._evaluated(said, [Fraction(5), Fraction(2)])

"""No altered pack is accepted: seeded mutants of packs, and what a ledger that lies would have to say.

Given packs of the demonstration, when one is altered in any way that is open to whoever has not the key, then the
checker refuses it. When the ledger's own key signs what does not follow from the facts, then arithmetic refuses it.
`python -m tests.evidence.test_mutants 5000` makes as many as wanted.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from api.evidence import check
from ledger.log.database import Database
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from tests.evidence.mutants import mutant
from tests.evidence.packs import KEY, PACKS, SIGNER, made, opened, sealed
from tests.evidence.test_packs import subject
from tests.ground.demonstrated import built

MUTANTS = 400
SMALL = ("account", "ratio", "rent", "shared", "words", "for one", "fact", "close")


@pytest.fixture(scope="module")
def packs(demo: Database) -> dict[str, bytes]:
    return {name: made(demo, subject(demo, name)) for name in PACKS}


def survivors(packs: list[bytes], mutants: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How many mutants of each kind were made, and which of them were accepted."""
    chance, kinds, accepted = Random(seed), Counter[str](), list[str]()
    for number in range(mutants):
        kind, data = mutant(chance, packs)
        kinds[kind] += 1
        try:
            check.check(data, [KEY])
        except check.Refused:
            continue
        accepted.append(f"{number}: {kind}")
    return kinds, accepted


def test_no_mutant_is_accepted(packs: dict[str, bytes]) -> None:
    kinds, accepted = survivors([packs[name] for name in SMALL], MUTANTS, seed=2026)
    assert accepted == []
    assert len(kinds) == 15


def _first(files: Any) -> Any:
    return files["receipts.json"][0]


def _set(**values: Any) -> Callable[[Any], None]:
    return lambda files: _first(files).update(values)


def _figure(files: Any) -> None:
    receipt = _first(files)
    row, _, column = receipt["cell"].rpartition("/")
    receipt["figure"] = next(one for one in files["report.json"]["rows"] if one["name"] == row)["cells"][column] = (
        "1.00"
    )


def _share(files: Any) -> None:
    one, two = _first(files)["shares"][:2]
    one["share"], two["share"] = two["share"], one["share"]


def _line(files: Any) -> None:
    files["journals.json"][0]["lines"][0]["amount_minor"] += "0"


def _entry(files: Any) -> None:
    gone = files["journals.json"].pop()["position"]
    files["facts.ndjson"] = [line for line in files["facts.ndjson"] if b'"position":%d,' % gone not in line]
    files["tree.json"]["facts"] = [one for one in files["tree.json"]["facts"] if one["position"] != gone]


def _exchange(files: Any) -> Any:
    """The lines of the first journal by which dollars became yuan."""
    at = next(one["position"] for one in _first(files)["shares"] if one["fact"] == "bank.transfer-made")
    return next(one["lines"] for one in files["journals.json"] if one["position"] == at)


def _lost(files: Any) -> None:
    """Dollars left the bank for another account than the one that they came to."""
    next(line for line in _exchange(files) if line["account"] == "exchange")["account"] = "equity"


def _unnamed(files: Any) -> None:
    """Yuan became yuan, and dollars vanished."""
    next(line for line in _exchange(files) if "currency" not in line)["currency"] = "USD"
    next(line for line in _exchange(files) if "foreign_minor" not in line)["foreign_minor"] = "0"


def _hide(files: Any) -> None:
    del files["facts.ndjson"][0]


def _after(files: Any) -> None:
    files["manifest.json"]["about"]["basis"]["recorded"] = files["report.json"]["basis"]["recorded"] = 9


def _invented(files: Any) -> None:
    """A part that nothing is behind makes the figure a million more."""
    receipt = _first(files)
    more = {"report": receipt["report"], "cell": "ACCOUNT:more/closing", "figure": "1000000.00"}
    receipt.update(parts=[*receipt["parts"], more], formula=receipt["formula"] + " + 0 * s2")


def _next(files: Any) -> None:
    """The share of the lease's next unit."""
    receipt = _first(files)
    receipt["formula"] = re.sub(r", (\d+),", lambda at: f", {int(at[1]) + 1},", receipt["formula"], count=1)


def _wider(files: Any) -> None:
    """The unit is said to be as large as all others of its lease."""
    _first(files)["parts"][-1]["figure"] = "9999.00"


LIES: dict[str, tuple[str, Callable[[Any], None], str]] = {
    "the figure": ("account", _figure, "do not sum to 1.00"),
    "two shares": ("account", _share, "is not its lines"),
    "an account": ("account", _set(accounts=["bank"]), "another account"),
    "a journal": ("account", _line, "does not balance"),
    "an exchange of something else": ("currency", _lost, "does not balance"),
    "an exchange into the same currency": ("currency", _unnamed, "does not balance"),
    "an exchange that does not balance in yuan": (
        "currency",
        lambda files: _exchange(files)[0].update(amount_minor="1"),
        "does not balance",
    ),
    "the currency": ("currency", _set(unit="EUR"), "are not in EUR"),
    "yuan for dollars": ("currency", _set(unit="CNY"), "is not its lines"),
    "a formula": ("ratio", _set(formula="s0 * s1"), "is not"),
    "another's share": ("shared", _next, "is not"),
    "a share by another area": ("shared", _wider, "is not|differs"),
    "a part of no fact": ("shared", _set(formula="share(s0, 99, s1, s2)"), "cannot be read"),
    "no formula": ("ratio", _set(formula="__import__('os')"), "is no formula"),
    "a ratio": ("ratio", _figure, "is not 1.00"),
    "a posting of the month": ("close", _entry, "not so many are here"),
    "a fact kept back": ("account", _hide, "nobody is named for whom"),
    "a part of nothing": ("ratio", _invented, "has no receipt"),
    "another's part, with nobody named": (
        "books",
        lambda files: _first(files)["parts"].append({"report": "x", "cell": "(another's)", "figure": "0.00"}),
        "has no receipt",
    ),
    "a sum that is said to be words": ("account", _set(kind="words"), "is it words, or a figure"),
    "a figure that is said to have no unit": ("account", _set(unit=None), "is it words, or a figure"),
    "the basis": ("account", _after, "the basis is not a tree of this log"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_ledger_that_lies_is_refused_by_arithmetic(packs: dict[str, bytes], lie: str) -> None:
    name, alter, said = LIES[lie]
    files = opened(packs[name])
    assert sealed(files, SIGNER) == packs[name]
    alter(files)
    with pytest.raises(check.Refused, match=said):
        check.check(sealed(files, SIGNER), [KEY])


if __name__ == "__main__":
    with TemporaryDirectory() as directory:
        demonstration = built(Path(directory, "demo"), companies=72, keys=False)
        views = [view() for view in ALL_VIEWS]
        ensure(demonstration, views)
        catch_up(demonstration, views)
        all_packs = [made(demonstration, subject(demonstration, name)) for name in SMALL]
        print(*survivors(all_packs, int(sys.argv[1]), seed=1))

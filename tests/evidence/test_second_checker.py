"""The second checker, written from docs/evidence-pack.md in another language, says the same of packs and of mutants.

It runs where Node is; where it is not, the test says so and checks nothing but that.
"""

import shutil
import subprocess
import warnings
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from api.evidence import check
from ledger.log.database import Database
from tests.evidence.mutants import mutant
from tests.evidence.packs import KEY, PACKS, SIGNER, made, opened, sealed
from tests.evidence.test_mutants import LIES
from tests.evidence.test_packs import subject

CHECKER = Path(__file__).with_name("check.mjs")
NODE = shutil.which("node")
MUTANTS = 200


@pytest.fixture(scope="module")
def packs(demo: Database) -> dict[str, bytes]:
    return {name: made(demo, subject(demo, name)) for name in PACKS}


def said(packs: Sequence[bytes], directory: Path) -> list[bool]:
    """Ask the second checker whether it accepts each."""
    files = [directory / f"{number}.zip" for number in range(len(packs))]
    for file, data in zip(files, packs, strict=True):
        file.write_bytes(data)
    (directory / "list").write_text("\n".join(map(str, files)))
    command = [str(NODE), str(CHECKER), "--many", str(directory / "list"), "--key", KEY]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line == "ok" for line in run.stdout.splitlines()]


def test_both_checkers_say_the_same(packs: dict[str, bytes], tmp_path: Path) -> None:
    if NODE is None:
        with pytest.warns(UserWarning, match="not run"):
            warnings.warn("there is no Node here: the second checker was not run", UserWarning, stacklevel=1)
        return
    chance, small = Random(7), [data for data in packs.values() if len(data) < 1 << 19]
    mutants = [mutant(chance, small)[1] for _ in range(MUTANTS)]
    lies = []
    for name, alter, _ in LIES.values():
        files = opened(packs[name])
        alter(files)
        lies.append(sealed(files, SIGNER))
    assert said([*packs.values(), *mutants, *lies], tmp_path) == [True] * len(packs) + [False] * (MUTANTS + len(lies))
    with pytest.raises(check.Refused):
        check.check(lies[0], [KEY])

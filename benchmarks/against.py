"""The same work in another checkout of this project, side by side in one run.

Checkout   a directory with the project in it, run by this interpreter; OURS is this one
sides      OURS, and the checkout that `--against DIR` names
moved      a module by the first of its names that a checkout has: rooms were moved

A script of this directory does the work: it imports the project only inside its functions and through names that every
checkout has, takes and returns what JSON can hold, and is run as it stands with the other checkout's modules.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Checkout:
    """A directory that the project is checked out to. `name` stands in tables: `now`, or the directory's own."""

    name: str
    directory: Path

    def run(self, script: str, function: str, **given: Any) -> Any:
        """Run a function of a script beside this file in a process of its own; what it returned. Its errors are its
        own to show."""
        here = Path(__file__).resolve()
        command = [sys.executable, "-P", str(here), str(here.with_name(f"{script}.py")), function]
        environment = os.environ | {"PYTHONPATH": str(self.directory)}
        asked = json.dumps(given)
        done = subprocess.run(
            command, input=asked, stdout=subprocess.PIPE, text=True, check=True, cwd=self.directory, env=environment
        )
        return json.loads(done.stdout.splitlines()[-1])


OURS = Checkout("now", Path(__file__).resolve().parent.parent)


def sides(against: str | None) -> list[Checkout]:
    """This checkout, and the one that is named, if any."""
    if against is None:
        return [OURS]
    directory = Path(against).resolve()
    return [OURS, Checkout(directory.name, directory)]


def moved(*names: str) -> ModuleType:
    """The module by the first of these names that there is."""
    for name in names[:-1]:
        try:
            return import_module(name)
        except ModuleNotFoundError:
            continue
    return import_module(names[-1])


def _answer(script: str, function: str) -> None:
    """Load a script by its path, whatever checkout its imports come from, and print what its function returns."""
    sys.modules["benchmarks.against"] = sys.modules["__main__"]
    spec = spec_from_file_location(Path(script).stem, script)
    assert spec is not None, "a script is a file of Python"
    assert spec.loader is not None, "a file can be loaded"
    loaded = module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    print(json.dumps(getattr(loaded, function)(**json.load(sys.stdin))))


if __name__ == "__main__":
    _answer(*sys.argv[1:])

"""Three nodes on this machine, each fault once, and the audit: `python -m tests.torture.three` (`make cluster`).

What is done goes to the standard error, one JSON to the standard output. The exit code is 1 where anything was lost,
where too little was recorded to say so, or where it could not be run.
"""

import os
import sys
import tempfile
from contextlib import closing
from math import inf
from pathlib import Path

import msgspec
from structlog.testing import capture_logs

from ledger.log.database import STANDBY, Database, NotSafe, guard
from tests.torture.failover import FAULTS, Fault, attempt
from tests.torture.nodes import NotUp, Three, missing, patroni_in, three
from tests.torture.part import Part

ACKNOWLEDGED_MIN = 10_000


def judged(part: Part) -> list[str]:
    """What is wrong: losses, and too little to say that there are none."""
    few = part.counts.get("acknowledged", 0)
    found = [*part.lost, *([f"not run: {part.not_run}"] if part.not_run else [])]
    if few < ACKNOWLEDGED_MIN:
        found.append(f"{few} acknowledged; {ACKNOWLEDGED_MIN} say something")
    return found + ([f"ended early: {part.ended}"] if part.ended else [])


def late(part: Part) -> list[str]:
    """The pauses that were longer than is aimed at: a busy machine prolongs them all."""
    longer = {name: seconds for name, seconds in part.longest_s.items() if seconds > part.aims_s.get(name, inf)}
    return [f"{name}: {seconds} s, aimed at {part.aims_s[name]:g} s" for name, seconds in longer.items()]


def _standby_said(nodes: Three) -> list[str]:
    """What is wrong with what is said of an address that leads to a standby alone."""
    leader = nodes.leader()
    port = next(node.port for node in nodes.nodes if node is not leader)
    with closing(Database(f"host=127.0.0.1 port={port} user=postgres dbname=postgres")) as database:
        try:
            guard(database)
        except NotSafe as error:
            return [] if error.faults == [STANDBY] else error.faults
    return ["a standby was taken for a server that records"]


def _faults() -> "list[Fault]":
    named = sys.argv[1:]
    return [fault for fault in FAULTS if not named or fault.name in named]


def main() -> int:
    """Begin, suffer, audit, say."""
    part = Part("cluster", enough=len(_faults()), not_run=missing())
    with tempfile.TemporaryDirectory(prefix="mcsc-cluster-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        try:
            if not part.not_run:
                print("Patroni is being installed, three nodes begin …", file=sys.stderr)
                (directory / "nodes").mkdir()
                with three(directory / "nodes", patroni_in(directory / "patroni")) as nodes:
                    print(", ".join(f"{node.name} on {node.port}" for node in nodes.nodes), file=sys.stderr)
                    print(" → ".join(fault.name for fault in _faults()), file=sys.stderr)
                    with capture_logs():
                        attempt(part, nodes, _faults(), inf, at_least=ACKNOWLEDGED_MIN)
                    part.lost += [] if part.lost or part.ended else _standby_said(nodes)
                    if part.lost or part.ended:
                        print(
                            "\n\n".join(f"{node.name}:\n{node.last_words()}" for node in nodes.nodes), file=sys.stderr
                        )
        except NotUp as error:
            part.not_run = str(error)
    wrong = judged(part)
    said = {"wrong": wrong, "late": late(part), "load": round(os.getloadavg()[0], 1), "part": part}
    print(msgspec.json.format(msgspec.json.encode(said)).decode())
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

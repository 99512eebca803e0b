"""What goes into a pack, and how: proofs, journals, the manifest, the signature; checked before it is given.

Made        a pack: its bytes, the checkpoint's size, what it proves
pack        what was gathered -> Made
"""

import base64
import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from api.evidence import check
from api.evidence.gathering import Gathered
from api.evidence.telling import readme
from ledger.books.line import Line
from ledger.books.postings import RULES_VERSION, postings
from ledger.log import merkle
from ledger.log.checkpoint import Signer, checkpoint
from ledger.log.proving import Inclusion, consistency_of, inclusions_of, tree_at
from ledger.log.verify import Altered
from ledger.periods import PostingFact

UNSIGNED = "unsigned"
"""The origin of a log that no key signs for."""


class Made(Struct, frozen=True, kw_only=True):
    """A pack, and what its own checker said of it."""

    data: bytes
    size: int
    proved: Sequence[str]
    open: Sequence[str]


def pack(connection: Connection, gathered: Gathered, *, size: int, signer: Signer | None, command: str) -> Made:
    """Put a pack together from what was gathered, with proofs to the checkpoint of so many facts.

    Raises Altered where the log does not hold what the read models rest on.
    """
    tree = tree_at(connection, size)
    origin = signer.name if signer else UNSIGNED
    hidden = gathered.hidden
    shown = [position for position in sorted(gathered.facts) if position not in hidden]
    places = inclusions_of(connection, sorted(gathered.facts), size)
    envelopes = {one.position: one.envelope for one in places}
    files: dict[str, bytes] = {
        "check.py": Path(check.__file__).read_bytes(),
        "checkpoint.note": _note(signer, size, tree.root),
        "facts.ndjson": b"".join(envelopes[position] + b"\n" for position in shown),
        "journals.json": check.canonical([_journal(gathered, at) for at in shown if _posts(gathered, at)]),
        "tree.json": check.canonical(
            {
                "size": size,
                "root": tree.root.hex(),
                "earlier": [_earlier(connection, old, size) for old in gathered.earlier if old < size],
                "facts": [_place(one) for one in places],
            }
        ),
    }
    if gathered.receipts is not None:
        files |= {
            "receipts.json": check.canonical(gathered.receipts),
            "report.json": check.canonical(gathered.report),
        }
    files["README.txt"] = readme(gathered.about, origin, command).encode()
    manifest = check.canonical(
        {
            "format": check.FORMAT,
            "origin": origin,
            "about": gathered.about,
            "command": command,
            "versions": {"mcsc-ledger": version("mcsc-ledger"), "rules": RULES_VERSION},
            "files": [
                {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                for name, content in sorted(files.items())
            ],
        }
    )
    beside = {"manifest.json": manifest} | ({"manifest.note": _signed(signer, manifest)} if signer else {})
    data = check.zipped(beside | dict(sorted(files.items())))
    try:
        proved, left = check.check(data, [str(signer.verifier)] if signer else [])
    except check.Refused as refused:
        raise Altered(None, f"the evidence does not hold together: {refused}") from refused
    return Made(data=data, size=size, proved=proved, open=left)


def _note(signer: Signer | None, size: int, root: bytes) -> bytes:
    """The checkpoint; without a key its text alone."""
    if signer:
        return checkpoint([signer], size, root).encode()
    return f"{UNSIGNED}\n{size}\n{base64.b64encode(root).decode()}\n".encode()


def _signed(signer: Signer, manifest: bytes) -> bytes:
    """The note by which the ledger says that it made this pack. Its first line is no origin: it is no checkpoint."""
    digest = base64.b64encode(hashlib.sha256(manifest).digest()).decode()
    text = f"{check.FORMAT}\n{signer.name}\n{digest}\n"
    return f"{text}\n{signer.sign(text)}".encode()


def _earlier(connection: Connection, old: int, new: int) -> dict[str, Any]:
    made = consistency_of(connection, old, new)
    return {"size": old, "root": made.old.root.hex(), "path": [one.hex() for one in made.path]}


def _place(made: Inclusion) -> dict[str, Any]:
    path = [one.hex() for one in made.path]
    return {"position": made.position, "leaf": merkle.leaf(made.envelope).hex(), "path": path}


def _posts(gathered: Gathered, position: int) -> bool:
    return isinstance(gathered.facts[position].fact, PostingFact)


def _journal(gathered: Gathered, position: int) -> dict[str, Any]:
    """The journal that a fact posts, worked out from the fact itself."""
    fact = gathered.facts[position].fact
    assert isinstance(fact, PostingFact), "asked of no other"
    lines = [_line(line) for line in postings(fact)]
    day = fact.accounting_on.isoformat()
    return {"position": position, "accounting_on": day, "rules": RULES_VERSION, "lines": lines}


def _line(line: Line) -> dict[str, str]:
    """A line of a journal: whole numbers as strings, what is not there left out."""
    told = {name: getattr(line, name) for name in line.__struct_fields__}
    return {name: str(value) for name, value in told.items() if value is not None}

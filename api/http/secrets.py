"""The hashes of keys' secrets are shown to nobody but admin, wherever facts are shown.

withheld         entries of the log as they are shown to others: zeros in the place of a hash
bytes_withheld   the same of the bytes of one fact
"""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from ledger.access import KeyCreated
from ledger.log.envelope import Recorded, decode

WITHHELD = "0" * 64


def withheld(rows: Iterable[Any]) -> list[Any]:
    """The rows of an answer; of entries that hold a hash, all but that."""
    return [_without(row) if isinstance(row, Recorded) else row for row in rows]


def _without(entry: Recorded[Any]) -> Recorded[Any]:
    if not isinstance(entry.fact, KeyCreated):
        return entry
    return replace(entry, fact=replace(entry.fact, secret_sha256=WITHHELD))


def bytes_withheld(envelope: bytes) -> bytes:
    """The bytes of a fact as they are shown to others: the same, but where they hold a hash."""
    fact = decode(envelope).fact if b"secret_sha256" in envelope else None
    return (
        envelope.replace(fact.secret_sha256.encode(), WITHHELD.encode()) if isinstance(fact, KeyCreated) else envelope
    )

"""Which facts name which documents. Reads the log itself.

Citation   a document as a fact names it
citations  every one up to a position, in the order recorded; of_fact: those of one fact
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select, text

from api.documents.shelf import NAME
from ledger.log.database import fact

NAMED = b'"sha256":'
"""Stands in the envelope of every fact that names a document."""


class Citation(Struct, frozen=True, kw_only=True):
    """A document as a fact names it: what it is called there, and where else it can be found."""

    position: int
    doc: str
    sha256: str
    url: str | None = None


def citations(connection: Connection, up_to: int) -> Iterator[Citation]:
    """Every document that a fact names, once for each fact."""
    sqlite = connection.dialect.name == "sqlite"
    within = text("instr(envelope, :named) > 0" if sqlite else "position(:named IN envelope) > 0")
    query = select(fact.c.position, fact.c.envelope).where(within.bindparams(named=NAMED), fact.c.position <= up_to)
    query = query.order_by(fact.c.position)
    for position, stored in connection.execute(query, execution_options={"yield_per": 1000}):
        yield from of_fact(position, bytes(stored))


def of_fact(position: int, envelope: bytes) -> Iterator[Citation]:
    """Every document that a fact names."""
    data = msgspec.json.decode(envelope)["data"]
    for said in _evidence(data):
        yield Citation(position=position, doc=said["doc"], sha256=said["sha256"], url=said.get("url"))


def _evidence(value: Any) -> Iterator[dict[str, Any]]:
    """Every Evidence in a fact, however deep."""
    if isinstance(value, dict):
        if {"doc", "sha256"} <= value.keys() and NAME.fullmatch(str(value["sha256"])):
            yield value
        for inner in value.values():
            yield from _evidence(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _evidence(inner)

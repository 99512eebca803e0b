"""Proofs for those who check: a signed checkpoint of the log, that a fact is in it, that it only grew.

PROOFS         GET /v1/log/checkpoint, /v1/log/proof/inclusion, /v1/log/proof/consistency
proof_routes   their routes
signer_of      the key that signs, where there is one; keys_of: every key that ever did
no_signer      what to do where there is none
signed_head    the checkpoint of the log as it is now
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct
from sqlalchemy import Connection

from api.http.answers import chosen, encode, respond
from api.http.deadlines import in_time
from api.http.operations import JSON, READERS, Operation, route
from api.http.parameters import NoQuery, parameter_invalid, query_of
from api.http.problems import Problem
from api.http.requests import AnyRequest
from api.settings import Settings
from ledger.access import CHECKPOINT_KEYS_TAG, CheckpointKeyAdopted
from ledger.log import merkle, store
from ledger.log.checkpoint import NotChecked, Signer, Verifier, checkpoint, read_signer, read_verifier
from ledger.log.database import Database
from ledger.log.proving import NotRecorded, consistency_of, inclusion_of

GROUP = "audit"
NOTE = "text/plain"
Place = Annotated[int, Meta(ge=1, le=10**17)]
Size = Annotated[int, Meta(ge=0, le=10**17)]


class InclusionQuery(Struct, frozen=True, kw_only=True):
    """A fact, and how many facts the tree holds (all, unless said)."""

    position: Place
    size: Size | None = None


class ConsistencyQuery(Struct, frozen=True, kw_only=True, rename={"since": "from"}):
    """Two sizes of the log; the later is all of it, unless said."""

    since: Size
    to: Size | None = None


class InclusionProof(Struct, frozen=True, kw_only=True):
    """RFC 6962 §2.1.1, hashes in hexadecimal; leaves are counted from 0, so the fact is leaf `position` - 1."""

    position: int
    size: int
    root: str
    leaf_hash: str
    path: tuple[str, ...]


class ConsistencyProof(Struct, frozen=True, kw_only=True):
    """RFC 6962 §2.1.2, hashes in hexadecimal."""

    since: Annotated[int, Meta(description="The earlier size.")]
    since_root: str
    to: int
    to_root: str
    path: tuple[str, ...]


def signer_of(settings: Settings) -> Signer | None:
    """The key that signs checkpoints; None where none was made. Raises NotChecked."""
    path = Path(settings.checkpoint_key)
    return read_signer(path.read_text()) if path.exists() else None


def keys_of(connection: Connection) -> list[tuple[int, CheckpointKeyAdopted, Verifier]]:
    """Every key that signs or signed checkpoints, the latest last: position, fact, key. What was adopted and is no key
    never signed any."""
    found = []
    for entry in store.by_tags(connection, [CHECKPOINT_KEYS_TAG]):
        if isinstance(entry.fact, CheckpointKeyAdopted):
            with suppress(NotChecked):
                found.append((entry.position, entry.fact, read_verifier(entry.fact.vkey)))
    return found


def no_signer(connection: Connection) -> str:
    """Say why nothing signs here, and what to do: the ledger never had a key, or its file is not where it was."""
    keys = keys_of(connection)
    if not keys:
        return "No key signs checkpoints here yet; `mcsc key new NAME` makes one."
    position, fact, verifier = keys[-1]
    return (
        f"The key that signs checkpoints is on record (fact {position}, {fact.vkey}), and its file is not here: no "
        "backup holds it. Put your copy where the setting `checkpoint_key` says; where none is left, "
        f"`mcsc key new {verifier.name}` makes another key, and what this one signed stays checkable."
    )


def signed_head(connection: Connection, *signers: Signer) -> str:
    """The checkpoint of the log as it is now."""
    head = store.read_head(connection)
    return checkpoint(signers, head.size, head.root)


def _head_note(settings: Settings, database: Database, _query: NoQuery) -> bytes:
    signer = signer_of(settings)
    with database.views.connect() as connection:
        if signer is None:
            raise Problem("not-found", no_signer(connection))
        return signed_head(connection, signer).encode()


def _inclusion(_settings: Settings, database: Database, query: InclusionQuery) -> bytes:
    with database.views.connect() as connection:
        size = store.read_head(connection).size if query.size is None else query.size
        try:
            made = inclusion_of(connection, query.position, size)
        except NotRecorded as error:
            raise parameter_invalid("position" if query.size is None else "size", str(error)) from error
    proof = InclusionProof(
        position=made.position,
        size=made.tree.size,
        root=made.tree.root.hex(),
        leaf_hash=merkle.leaf(made.envelope).hex(),
        path=tuple(one.hex() for one in made.path),
    )
    return encode(proof)


def _consistency(_settings: Settings, database: Database, query: ConsistencyQuery) -> bytes:
    with database.views.connect() as connection:
        to = store.read_head(connection).size if query.to is None else query.to
        try:
            made = consistency_of(connection, query.since, to)
        except NotRecorded as error:
            raise parameter_invalid("from" if query.to is None else "to", str(error)) from error
    proof = ConsistencyProof(
        since=made.old.size,
        since_root=made.old.root.hex(),
        to=made.new.size,
        to_root=made.new.root.hex(),
        path=tuple(one.hex() for one in made.path),
    )
    return encode(proof)


Answer = Callable[[Settings, Database, Any], bytes]
PROOFS: tuple[tuple[str, str, str, type[Struct], Answer, str, Any], ...] = (
    (
        "read-checkpoint",
        "/v1/log/checkpoint",
        "The size and root of the log, signed: a C2SP tlog-checkpoint. Keep it elsewhere.",
        NoQuery,
        _head_note,
        NOTE,
        str,
    ),
    (
        "prove-inclusion",
        "/v1/log/proof/inclusion",
        "The proof that a fact is among the first so many (RFC 6962 §2.1.1).",
        InclusionQuery,
        _inclusion,
        JSON,
        InclusionProof,
    ),
    (
        "prove-consistency",
        "/v1/log/proof/consistency",
        "The proof that the log only grew from one size to another (RFC 6962 §2.1.2).",
        ConsistencyQuery,
        _consistency,
        JSON,
        ConsistencyProof,
    ),
)


def proof_routes(settings: Settings, database: Database) -> list[HTTPRouteHandler]:
    """The route of each."""
    return [_route(settings, database, *proof) for proof in PROOFS]


def _route(
    settings: Settings,
    database: Database,
    name: str,
    path: str,
    summary: str,
    query: type[Struct],
    answer: Answer,
    media_type: str,
    shape: Any,
) -> HTTPRouteHandler:
    async def handler(request: AnyRequest) -> Response[bytes]:
        chosen(request.scope, (media_type,))
        if query is not NoQuery and not request.scope["query_string"]:
            needed = "from" if query is ConsistencyQuery else "position"
            raise parameter_invalid(needed, "is required")
        asked = query_of(request, query)
        return respond(request, await in_time(answer, settings, database, asked), media_type)

    operation = Operation(
        name=name,
        summary=summary,
        group=GROUP,
        roles=READERS,
        query=query,
        answers={200: ("The answer.", {media_type: shape})},
        problems=("not-found", "not-acceptable", "unavailable"),
    )
    return route("GET", path, operation, handler)

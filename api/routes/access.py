"""Who may come in, over HTTP: administrators give out keys and take them back, and map users of the operating system.

create_route   POST /v1/access/keys: the one answer that ever holds a secret
revoke_route   POST /v1/access/keys/{key_id}/revocation
list_route     GET /v1/access/keys: who may come in, without anything that opens a door
RECORDINGS     POST /v1/access/users: users of the operating system, who record on the command line; POST
               /v1/access/barred-subjects: those of an OpenID provider's who may not come in; POST
               /v1/access/checkpoint-keys: who signs for the log
"""

from collections.abc import Mapping
from datetime import date

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.http.answers import WITHHELD, chosen, encode, respond
from api.http.auth import KeyRing, address_of, bearer, new_key
from api.http.deadlines import in_time
from api.http.decoding import decoded
from api.http.names import check_company
from api.http.operations import ADMINS, JSON, OVERSEERS, Operation, Roles, route
from api.http.parameters import NoQuery, query_of
from api.http.problems import Problem, of_refusal
from api.http.recording import (
    RECORD_PROBLEMS,
    Recording,
    RecordQuery,
    body_of,
    check_no_condition,
    handler_and_operation,
    idempotency_key,
)
from api.http.requests import AnyRequest, by_of
from ledger.access import (
    AdoptCheckpointKey,
    BarSubject,
    CreateKey,
    KeyScope,
    MapUser,
    ReadmitSubject,
    RevokeKey,
    Role,
    UnmapUser,
)
from ledger.decider import By, Command, Id, Text
from ledger.recording.asking import Recorder
from ledger.recording.outcome import Done, KeyReused, Previewed, Refused

GROUP = "access"
HERE = "/v1/access/keys"

REVOCATION = Recording(
    path=f"{HERE}/{{key_id:str}}/revocation",
    command=RevokeKey,
    summary="Revoke a key, for ever.",
    group=GROUP,
    roles=ADMINS,
    at=HERE,
)
USERS = "/v1/access/users"
SUBJECTS = "/v1/access/barred-subjects"

RECORDINGS: tuple[Recording, ...] = (
    Recording(
        path=USERS,
        command=MapUser,
        summary="Let a user of the operating system record on the command line, as somebody and in a role.",
        group=GROUP,
        roles=ADMINS,
        at=HERE,
    ),
    Recording(
        path=f"{USERS}/{{os_user:str}}/unmapping",
        command=UnmapUser,
        summary="Let a user of the operating system record no more.",
        group=GROUP,
        roles=ADMINS,
        at=HERE,
    ),
    Recording(
        path=SUBJECTS,
        command=BarSubject,
        summary="Let somebody for whom the OpenID provider vouches come in no more.",
        group=GROUP,
        roles=ADMINS,
        at=HERE,
    ),
    Recording(
        path=f"{SUBJECTS}/readmission",
        command=ReadmitSubject,
        summary="Let somebody who was barred come in again.",
        group=GROUP,
        roles=ADMINS,
        at=HERE,
    ),
    Recording(
        path="/v1/access/checkpoint-keys",
        command=AdoptCheckpointKey,
        summary="Let checkpoints of the log be signed with another key from now on.",
        group=GROUP,
        roles=ADMINS,
        at="/v1/log/checkpoint",
    ),
)

WHO_MAY: Mapping[type[Command], Roles] = {CreateKey: ADMINS, RevokeKey: REVOCATION.roles}
"""The roles of the two whose routes do more than record."""


class NewKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to issue: who gets it, in which role, and its last day; with a `scope` it opens that alone. With `opens` it
    opens those groups of routes alone, as the documentation names them (`companies`, `leases`, …), and with
    `about_company` only addresses that name that company; such a key works over HTTP alone."""

    effective_on: date
    actor: Id
    role: Role
    expires_on: date | None = None
    note: Text | None = None
    scope: KeyScope | None = None
    opens: tuple[Id, ...] = ()
    about_company: Id | None = None


class Shown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The new key. `key` is shown this once and kept nowhere; send it as `Authorization: Bearer <key>`. `calendar`: the
    secret address that a key of that scope opens, for a calendar program."""

    key_id: str
    key: str
    position: int
    calendar: str | None = None


class KeyRow(Struct, frozen=True, kw_only=True):
    """A key without its secret."""

    key_id: str
    actor: str
    role: Role
    created_on: date
    expires_on: date | None
    revoked: bool
    note: str | None
    scope: KeyScope | None = None
    opens: tuple[str, ...] = ()
    about_company: str | None = None


class UserRow(Struct, frozen=True, kw_only=True):
    """A user of the operating system who is somebody here."""

    os_user: str
    actor: str
    role: Role
    mapped_on: date
    note: str | None


class BarredRow(Struct, frozen=True, kw_only=True):
    """Somebody for whom the OpenID provider vouches, and who may not come in."""

    subject: str
    barred_on: date
    reason: str


class KeyRows(Struct, frozen=True):
    """All keys ever created, by id; the users who are somebody on the command line; and who is barred."""

    rows: tuple[KeyRow, ...]
    users: tuple[UserRow, ...] = ()
    barred: tuple[BarredRow, ...] = ()


def create_route(recorder: Recorder, ring: KeyRing) -> HTTPRouteHandler:
    """Make a key. The same Idempotency-Key again makes no second one and does not show the first one's secret again."""
    decode = msgspec.json.Decoder(NewKey).decode

    async def handler(request: AnyRequest) -> Response[bytes]:
        check_no_condition(request.scope)
        body, _ = await body_of(request, JSON)
        wanted, by = decoded(decode, body), by_of(request.scope)
        await in_time(check_company, recorder.database, wanted.about_company)
        if query_of(request, RecordQuery).dry_run:
            preview = encode(await previewed(recorder, wanted, by))
            return Response(preview, status_code=200, media_type=JSON, headers={"Cache-Control": "no-store"})
        shown = await created(recorder, wanted, by, idempotency_key(request.scope))
        await ring.renew()
        headers = {"Location": HERE, "Cache-Control": "no-store"}
        return Response(encode(shown), status_code=201, media_type=JSON, headers=headers)

    operation = Operation(
        name="create-key",
        summary="Create a key; the answer shows its secret once.",
        group=GROUP,
        roles=WHO_MAY[CreateKey],
        query=RecordQuery,
        bodies={JSON: NewKey},
        answers={
            201: ("The key, shown this once.", {JSON: Shown}),
            200: ("With dry_run: what would be recorded, with zeros for what the secret decides.", {JSON: Previewed}),
        },
        problems=(*RECORD_PROBLEMS, "secret-shown-once", "not-found"),
    )
    return route("POST", HERE, operation, handler)


async def previewed(recorder: Recorder, wanted: NewKey, by: By) -> Previewed:
    """Say what making a key would record; no secret is drawn. Raises Problem, NotDone."""
    command = CreateKey(key_id="00000000", secret_sha256=WITHHELD, **msgspec.structs.asdict(wanted))
    answer = await recorder.record(command, by, dry_run=True)
    if isinstance(answer.outcome, Refused):
        raise of_refusal(answer.outcome)
    assert isinstance(answer.outcome, Previewed)
    return answer.outcome


async def created(recorder: Recorder, wanted: NewKey, by: By, key: str) -> Shown:
    """Make a key, and record it without its secret. Raises Problem, NotDone."""
    key_id, secret, sha256 = new_key()
    command = CreateKey(key_id=key_id, secret_sha256=sha256, **msgspec.structs.asdict(wanted))
    try:
        answer = await recorder.record(command, by, key=key)
    except KeyReused as error:  # each request makes another secret, so the same request never comes twice
        raise Problem(
            "secret-shown-once",
            "This Idempotency-Key was used before. If it made a key, that key's secret was shown then and is not kept:"
            " revoke the key if the secret was lost, and create another under a new Idempotency-Key.",
        ) from error
    if isinstance(answer.outcome, Refused):
        raise of_refusal(answer.outcome)
    assert isinstance(answer.outcome, Done)
    calendar = None if wanted.scope is None else address_of(key_id, secret)
    return Shown(key_id=key_id, key=bearer(key_id, secret), position=answer.outcome.position, calendar=calendar)


def list_route(ring: KeyRing) -> HTTPRouteHandler:
    """All keys, without secrets or their hashes; and all users who are mapped."""

    async def handler(request: AnyRequest) -> Response[bytes]:
        chosen(request.scope, (JSON,))
        query_of(request, NoQuery)
        await in_time(ring.refresh)
        rows = tuple(
            KeyRow(
                key_id=key_id,
                actor=key.actor,
                role=key.role,
                created_on=key.created.effective_on,
                expires_on=key.expires_on,
                revoked=key.revoked,
                note=key.created.note,
                scope=key.scope,
                opens=key.created.opens,
                about_company=key.created.about_company,
            )
            for key_id, key in sorted(ring.keys.items())
        )
        users = tuple(
            UserRow(os_user=name, actor=user.actor, role=user.role, mapped_on=user.effective_on, note=user.note)
            for name, user in sorted(ring.users.items())
        )
        barred = tuple(
            BarredRow(subject=subject, barred_on=one.effective_on, reason=one.reason)
            for subject, one in sorted(ring.barred.items())
        )
        return respond(request, encode(KeyRows(rows, users, barred)), JSON)

    operation = Operation(
        name="list-keys",
        summary="Who has a key, in which role, until when.",
        group=GROUP,
        roles=OVERSEERS,
        answers={200: ("The keys.", {JSON: KeyRows})},
        problems=("not-acceptable", "unavailable"),
    )
    return route("GET", HERE, operation, handler)


def revoke_route(recorder: Recorder, ring: KeyRing, *, required: bool = False) -> HTTPRouteHandler:
    """Revoke a key. It opens nothing any more: here at once, in other processes within a second."""
    record, operation = handler_and_operation(REVOCATION, recorder, required=required)

    async def handler(request: AnyRequest) -> Response[bytes]:
        response: Response[bytes] = await record(request)
        await ring.renew()
        return response

    return route("POST", REVOCATION.path, operation, handler)

"""Who asks: an API key, or an access token of the OpenID provider that the settings name.

Authentication   refuses whoever has neither, or not the role; By is what is left for every route behind it
"""

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec.structs import replace
from structlog.contextvars import bind_contextvars

from api.entrance.provider import Silent
from api.entrance.tokens import NAME, NotTaken, Tokens, Unplaced
from api.http.access_log import AccessLog
from api.http.auth import BEARER, KeyRing, not_authenticated
from api.http.operations import READERS, Operation, may, not_allowed, operation_of
from api.http.problems import Fault, Problem
from api.http.requests import header, request_id
from ledger.access import Key
from ledger.decider import By

DELEGATION = b"delegation"
"""The header that names the delegation by which somebody approves in another's stead."""


class Authentication(ASGIMiddleware):
    """Refuses whoever has no valid key, or token, of a role that may, except at routes that say they are open."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, ring: KeyRing, tokens: Tokens, access: AccessLog) -> None:
        self._ring = ring
        self._tokens = tokens
        self._access = access

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """See ASGIMiddleware."""
        operation = operation_of(scope)
        if operation is None or operation.roles is not None:
            by, key = await self._known(scope)
            name = operation.name if operation else ""
            by = _delegated(by, scope)
            if operation is not None and key is not None and (beyond := _beyond(key, operation, scope)):
                self._access.denied(scope, by, name)
                raise Problem("not-allowed", beyond)
            if operation is not None and not _allowed(by, operation):
                self._access.denied(scope, by, name)
                raise not_allowed(by.role, operation.roles or READERS)
            scope["state"]["by"] = by
            bind_contextvars(actor=by.actor)
            if operation is None or operation.noted:
                send = self._access.watching(scope, by, name, send)
        await next_app(scope, receive, send)

    async def _known(self, scope: Scope) -> tuple[By, Key | None]:
        """Whoever asks, and the key that they ask with. Raises Problem."""
        authorization = header(scope, b"authorization")
        match = BEARER.fullmatch(authorization or "")
        if match and self._tokens.named(match[1]):
            return await self._by_token(scope, match[1]), None
        try:
            key_id, key = await self._ring.authenticate(authorization)
        except Problem:
            self._access.nobody(scope, *self._ring.why_not(authorization))
            raise
        return By(actor=key.actor, role=key.role, method="api-key", token=key_id, request=request_id(scope)), key

    async def _by_token(self, scope: Scope, written: str) -> By:
        await self._ring.freshen()
        try:
            who = await self._tokens.holder(written, self._ring.barred)
        except Unplaced as error:
            self._access.nobody(scope, error.code, error.subject)
            raise Problem("not-allowed", error.detail) from error
        except NotTaken as error:
            self._access.nobody(scope, error.code, error.subject)
            raise not_authenticated(token=True) from error
        except Silent as error:
            raise Problem(
                "provider-silent",
                "The keys that prove the token cannot be fetched now; API keys are taken. Ask again shortly.",
                headers={"Retry-After": "15"},
            ) from error
        return By(actor=who.actor, role=who.role, method="oidc", token=who.subject, request=request_id(scope))


def _allowed(by: By, operation: Operation) -> bool:
    return operation.roles is None or may(by, operation.roles, approves=operation.approves)


def _delegated(by: By, scope: Scope) -> By:
    """Whoever asks; where they record by a delegation, with its id. Raises Problem."""
    named = header(scope, DELEGATION) if scope.get("method") == "POST" else None
    if named is None:
        return by
    if not NAME.fullmatch(named):
        detail = "the id of a delegation, 1 to 63 lower-case letters, digits and hyphens"
        raise Problem("header-invalid", f"Delegation: {detail}.", errors=[Fault(detail, header="Delegation")])
    return replace(by, delegation=named)


def _beyond(key: Key, operation: Operation, scope: Scope) -> str:
    """Say what a narrow key opens, where this is beyond it; nothing where it is not."""
    opens, company = key.created.opens, key.created.about_company
    if opens and operation.group not in opens:
        return f"This key opens {', '.join(opens)} alone; this is {operation.group}."
    if company is not None and scope["path_params"].get("company") != company:
        return f"This key opens the addresses of {company} alone: those that name it, as /v1/companies/{company} does."
    return ""

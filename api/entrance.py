"""The way in: checks the key and its role before any route runs; whoever asks is in the request's state as `by`.

Keys themselves, which the command line knows too: api/http/auth.py.
"""

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from api.http.access_log import AccessLog
from api.http.auth import KeyRing
from api.http.operations import not_allowed, operation_of
from api.http.problems import Problem
from api.http.requests import header, request_id
from ledger.decider import By


class Authentication(ASGIMiddleware):
    """Refuses whoever has no valid key of a role that may, except at routes that say they are open."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, ring: KeyRing, access: AccessLog) -> None:
        self._ring = ring
        self._access = access

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """See ASGIMiddleware."""
        operation = operation_of(scope)
        if operation is None or operation.roles is not None:
            authorization = header(scope, b"authorization")
            try:
                key_id, key = await self._ring.authenticate(authorization)
            except Problem:
                self._access.nobody(scope, *self._ring.why_not(authorization))
                raise
            by = By(actor=key.actor, role=key.role, method="api-key", token=key_id, request=request_id(scope))
            name = operation.name if operation else ""
            if operation is not None and operation.roles is not None and key.role not in operation.roles:
                self._access.denied(scope, by, name)
                raise not_allowed(key.role, operation.roles)
            scope["state"]["by"] = by
            send = self._access.watching(scope, by, name, send)
        await next_app(scope, receive, send)

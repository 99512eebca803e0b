"""Who knew, who tried: what a request, or a command line, leaves in the access log.

AccessLog   notes refused commands, failed sign-ins and answered reads; what it is given is written by its own thread
refusal     a refused command as it is kept: its name, the code, the tags it had to see; never what it says
keeping     how long rows are kept, as the settings say
"""

import re
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

from api.http.requests import request_id
from api.settings import Settings
from ledger.decider import By, Command, command_name
from ledger.log.access_log import Attempt, Keeping, Kind
from ledger.log.access_writer import Writer, now_us
from ledger.log.database import Database

if TYPE_CHECKING:
    from litestar.types import Message, Scope, Send

READING = ("GET", "HEAD")
NOT_ALLOWED = "not-allowed"
PERSON = re.compile(r"(^|[& ;])person=[^&;]*")
"""A question's search for a person: what was looked for would outlive an erasure."""

_path: ContextVar[str] = ContextVar("path", default="")


def keeping(settings: Settings) -> Keeping:
    """Read from the settings for how long rows are kept."""
    return Keeping(settings.access_days, settings.access_rows_max)


@cache
def _scopes() -> dict[type[Command], Callable[[Any], tuple[str, ...]]]:
    from ledger.recording.contexts import CONTEXTS

    return {command: decider.scope for decider in CONTEXTS for command in decider.commands}


def refusal(
    command: Command, by: By, code: str, dry_run: bool, *, way: Literal["http", "cli"], path: str = ""
) -> Attempt:
    """A command that was refused, or that the role may not record."""
    kind: Kind = "denied" if code == NOT_ALLOWED else "preview-refused" if dry_run else "refused"
    about = " ".join(_scopes()[type(command)](command))
    return of(by, kind, way=way, code=code, what=command_name(type(command)), about=about, path=path)


def of(by: By, kind: Kind, **more: Any) -> Attempt:
    """An attempt of somebody who is known. A person who was looked for by name is not kept."""
    if "about" in more:
        more["about"] = PERSON.sub(r"\1person=…", more["about"])
    who: dict[str, Any] = {"actor": by.actor, "role": by.role, "method": by.method, "key_id": by.token or ""}
    return Attempt(at_us=now_us(), kind=kind, request=by.request or "", **who, **more)


class AccessLog:
    """The access log of a server. Nothing in it waits."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.writer = Writer(database, keeping(settings))

    def refused(self, command: Command, by: By, code: str, dry_run: bool) -> None:
        """Note a command that was refused."""
        self.writer.note(refusal(command, by, code, dry_run, way="http", path=_path.get()))

    def nobody(self, scope: "Scope", code: str, key_id: str) -> None:
        """Note a failed sign-in."""
        more: dict[str, Any] = {"code": code, "key_id": key_id, "path": scope["path"], "request": request_id(scope)}
        self.writer.note(Attempt(at_us=now_us(), kind="sign-in", **more))

    def denied(self, scope: "Scope", by: By, operation: str) -> None:
        """Note that a role may not do this."""
        self.writer.note(of(by, "denied", code=NOT_ALLOWED, what=operation, path=scope["path"]))

    def watching(self, scope: "Scope", by: By, operation: str, send: "Send") -> "Send":
        """A way to send that notes that a question was answered; a path to know, where something is to be recorded."""
        if scope.get("method") in READING:
            return partial(self._sent, scope, by, operation, send)
        _path.set(scope["path"])
        return send

    async def _sent(self, scope: "Scope", by: By, operation: str, send: "Send", message: "Message") -> None:
        if message["type"] == "http.response.start" and message["status"] < 400:
            asked = scope["query_string"].decode("latin-1")
            self.writer.note(of(by, "read", what=operation, about=asked, path=scope["path"]))
        await send(message)

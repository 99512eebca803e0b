"""What a request says, as it says it: nothing is refused here.

AnyRequest   a request as handlers take it
header       one of its headers
request_id   the id under which it is logged
by_of        who asks
"""

import itertools
import re
import secrets
from typing import TYPE_CHECKING, Any

from ledger.decider import By

if TYPE_CHECKING:
    from litestar import Request
    from litestar.types import Scope

    AnyRequest = Request[Any, Any, Any]
else:
    AnyRequest = Any  # the command line asks the same questions, and does not wait until Litestar is loaded
SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")

# A number after a name for the process, not fresh random bytes for each request: asking the system for those lets go
# of the interpreter's lock, and beside a busy writer it takes longer to get it back than all the rest of a request.
_PROCESS = secrets.token_hex(6)
_numbers = itertools.count(1)


def header(scope: "Scope", name: bytes) -> str | None:
    """A request header by its lower-case name; where it came twice, both, joined by a comma as RFC 9110 §5.2 has it."""
    values = [value for key, value in scope["headers"] if key == name]
    return b", ".join(values).decode("latin-1") if values else None


def request_id(scope: "Scope") -> str:
    """The id under which this request is logged: the client's own where it is a sane one, else made here."""
    state = scope["state"]
    if "request_id" not in state:
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        state["request_id"] = given.decode() if SANE_ID.fullmatch(given) else f"{_PROCESS}-{next(_numbers)}"
    return str(state["request_id"])


def by_of(scope: "Scope") -> By:
    """The person who asks, as the access check found."""
    by = scope["state"]["by"]
    assert isinstance(by, By)
    return by

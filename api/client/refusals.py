"""Every problem that a ledger answers (RFC 9457), as an exception.

    LedgerError
    ├── MalformedRequest      400, 406, 408, 413, 415, 431: it never reached the rules
    ├── NotPermitted          401, 403: no valid key, or not for this role
    ├── RefusedByRule         404, 409, 422, 428: a rule said no, and will say so again
    │   └── ChangedMeanwhile  412: more was recorded of the thing than its caller knew
    ├── ServiceUnavailable    503, 507, or nobody answers: asking again by the same key is safe
    └── ServiceFault          500: a fault of theirs; tell them the request id

problem_of   an answer -> the exception
"""

import httpx
import msgspec
from msgspec import Struct


class FaultAt(Struct, frozen=True):
    """One place that is wrong: a JSON Pointer into the body, or the name of a parameter or header.

    Of many commands, the number of the line, from 1, and the code of its problem.
    """

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    line: int | None = None
    code: str | None = None

    @property
    def field(self) -> str | None:
        """The field, as `terms.rent.0.amount`; or the parameter or header."""
        if self.pointer is not None:
            return self.pointer.strip("/").replace("/", ".")
        return self.parameter or self.header


class ProblemDetails(Struct, frozen=True, kw_only=True):
    """A problem as it is sent."""

    status: int
    code: str
    detail: str
    errors: tuple[FaultAt, ...] = ()
    request_id: str | None = None


class LedgerError(Exception):
    """A request that was not done. `code` is the rule's or the kind of the problem's, stable; `errors` each place."""

    def __init__(self, problem: ProblemDetails) -> None:
        super().__init__(f"{problem.detail} ({problem.code})")
        self.status, self.code, self.detail = problem.status, problem.code, problem.detail
        self.errors, self.request_id = problem.errors, problem.request_id

    @property
    def field(self) -> str | None:
        """The first field that is wrong, where one is named."""
        return next((fault.field for fault in self.errors if fault.field), None)


class MalformedRequest(LedgerError):
    """A request that never reached the rules."""


class NotPermitted(LedgerError):
    """No valid key came with the request, or its role may not do this."""


class RefusedByRule(LedgerError):
    """A rule said no; nothing was recorded."""


class ChangedMeanwhile(RefusedByRule):
    """More was recorded of the thing than the ETag knows; nothing was recorded."""


class ServiceUnavailable(LedgerError):
    """Nothing can be recorded or read now, or nobody answers; asking again by the same key is safe."""


class ServiceFault(LedgerError):
    """A fault of the service."""


KINDS: dict[int, type[LedgerError]] = {
    401: NotPermitted,
    403: NotPermitted,
    404: RefusedByRule,
    409: RefusedByRule,
    412: ChangedMeanwhile,
    422: RefusedByRule,
    428: RefusedByRule,
    503: ServiceUnavailable,
    507: ServiceUnavailable,
}


def error_of(problem: ProblemDetails) -> LedgerError:
    """The exception of a problem."""
    return KINDS.get(problem.status, ServiceFault if problem.status >= 500 else MalformedRequest)(problem)


def problem_of(answer: httpx.Response) -> LedgerError:
    """The exception of an answer that is no success; also where something between gave it."""
    try:
        problem = msgspec.json.decode(answer.content, type=ProblemDetails)
    except msgspec.MsgspecError:
        detail = f"{answer.request.url} answered {answer.status_code} {answer.reason_phrase}, and no ledger's words"
        problem = ProblemDetails(status=answer.status_code, code="not-a-ledger", detail=detail)
    return error_of(problem)

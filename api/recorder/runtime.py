"""Setting up a process that stays.

log_to_stderr its log, on standard error: one JSON object a line, or words for people at a terminal
places        an exception in a log: where it happened, and nothing that it says
stay          its interpreter: when it collects garbage, how soon it changes between threads
"""

import gc
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ledger.log.outage import log

if TYPE_CHECKING:
    from api.settings import Written

SWITCH_S = 0.0005
YOUNG, OLDER, OLD = 20_000, 20, 20


def places(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write an exception as the places it went through and the kinds of errors: what errors say can hold what is
    recorded, a database's most of all."""
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        line["exception"] = "".join(_told(error))
    return line


def _told(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before)
        yield "and then:\n"
    yield from traceback.format_tb(error.__traceback__)
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or getattr(error, "errno", None)
    yield f"{type(error).__qualname__}{f' ({code})' if code else ''}\n"


def log_to_stderr(written: "Written" = "auto") -> None:
    """Write the log to stderr; tracebacks name places and never hold values. Of a request every line says the id and
    who asks. Standard error is looked up anew for each line."""
    log.written(partial(_write_to_stderr, written))


def _write_to_stderr(written: "Written") -> None:
    import structlog

    in_words = written == "text" or (written == "auto" and sys.stderr.isatty())
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        places,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if in_words else structlog.processors.JSONRenderer(),
    ]
    structlog.configure(processors=processors, logger_factory=lambda *_: structlog.WriteLogger(sys.stderr))


def stay() -> None:
    """To be called once everything is loaded.

    What is loaded by now, hundreds of thousands of objects, stays until the end: the garbage collector need not look
    through it. It did, each time for a tenth of a second in which nobody was answered; and it looked after every 700
    new objects, of which a hundred requests under way are far more. A thread that wants the interpreter waits half a
    millisecond for it, not five: a database call lets go of it, and there are a dozen in a transaction.
    """
    log.ready()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLD)
    sys.setswitchinterval(SWITCH_S)

"""Setting up a process that stays.

log_as_json   its log: one JSON object a line, on standard error
stay          its interpreter: when it collects garbage, how soon it changes between threads
"""

import gc
import sys

import structlog

SWITCH_S = 0.0005
YOUNG, OLDER, OLD = 20_000, 20, 20


def log_as_json() -> None:
    """Write the log to stderr, one JSON object a line; tracebacks name places and never hold values."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def stay() -> None:
    """To be called once everything is loaded.

    What is loaded by now, hundreds of thousands of objects, stays until the end: the garbage collector need not look
    through it. It did, each time for a tenth of a second in which nobody was answered; and it looked after every 700
    new objects, of which a hundred requests under way are far more. A thread that wants the interpreter waits half a
    millisecond for it, not five: a database call lets go of it, and there are a dozen in a transaction.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLD)
    sys.setswitchinterval(SWITCH_S)

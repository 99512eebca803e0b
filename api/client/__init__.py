"""A client for programs: typed commands, reports, facts as they come, of a ledger that is served. In reading order:

ledger.py     Client: record, record_all, report, table, rows, facts
sending.py    a request, asked again where that is safe
answers.py    what comes back: Result, LineResult, Report, Table, SeenFact
refusals.py   every problem as an exception
subjects/     every command as a Struct, a file a group
terms.py      what deals are agreed on; parts.py: what commands of several kinds hold
reports.py    the names of the reports and lists
making.py     makes the commands, their parts and those names from docs/openapi.json

It imports httpx and msgspec, and nothing else of this project: what is not in the document it does not know.
"""

from api.client.answers import Keyed, LineResult, Report, Result, SeenFact, Table
from api.client.ledger import Client
from api.client.refusals import (
    ChangedMeanwhile,
    LedgerError,
    MalformedRequest,
    NotPermitted,
    RefusedByRule,
    ServiceFault,
    ServiceUnavailable,
)

__all__ = [
    "ChangedMeanwhile",
    "Client",
    "Keyed",
    "LedgerError",
    "LineResult",
    "MalformedRequest",
    "NotPermitted",
    "RefusedByRule",
    "Report",
    "Result",
    "SeenFact",
    "ServiceFault",
    "ServiceUnavailable",
    "Table",
]

"""The golden year sent through HTTP: by four people, in the order in which it was said, each month closed in the next.

read_again      what was recorded is there to be read
told_through    send everything; the answers are checked
journals        what the ledger posted, entry by entry, as its journal says over HTTP
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from httpx import Response

from api.app import RECORDINGS
from ledger.decider import command_name
from tests.ground.city import ROLE_OF
from tests.ground.over_http import Http
from tests.year.table import Told

CLOSE, NOW = "close-period", "the latest position"
"""A month is closed on the figures of the moment; a field that says NOW is the latest position."""
CHECKER = "checker"
PATIENCE = 5
"""How often the same is sent under the same key where a busy machine did not answer in time."""
Journal = tuple[date, tuple[tuple[str, int], ...]]
"""The day, and what moved on each account: debits positive, in fen."""


def told_through(http: Http, everything: Sequence[Told]) -> None:
    """Send everything in the order in which it was said; whatever one person says at one go is one request."""
    said = sorted(everything, key=lambda one: one.said_on)
    for (sender, alone), some in groupby(said, key=lambda one: (_sender(one), _stands_alone(one))):
        if alone:
            for one in some:
                _alone(http, one)
        else:
            _at_one_go(http, sender, list(some))


def _sender(one: Told) -> str:
    return one.sender or ROLE_OF[one.command]


def _stands_alone(one: Told) -> bool:
    return one.command == CLOSE or NOW in one.fields.values()


def _alone(http: Http, one: Told) -> None:
    fields = {name: http.size if value == NOW else value for name, value in one.fields.items()}
    if one.command == CLOSE:
        path = f"/v1/periods/{fields['month']}/close"
        answer = http.post(path, {"effective_on": str(one.on)}, "finance")
        assert answer.status_code == 201, f"{one}: {answer.text}"
    else:
        _at_one_go(http, _sender(one), [one._replace(fields=fields)])


def _at_one_go(http: Http, sender: str, some: Sequence[Told]) -> None:
    lines = [{"command": one.command, "effective_on": str(one.on), **one.fields} for one in some]
    body = "".join(json.dumps(line) + "\n" for line in lines)
    key = hashlib.sha256(body.encode()).hexdigest()
    for _ in range(PATIENCE):
        outcomes = _outcomes(http, body, sender, key)
        if all(outcome["status"] < 500 for outcome in outcomes):
            break
    for line, outcome in zip(some, outcomes, strict=True):
        assert outcome["status"] == 201, f"{line}: {outcome}"


def _outcomes(http: Http, body: str, sender: str, key: str) -> list[dict[str, Any]]:
    kind = {"Content_Type": "application/x-ndjson"}
    answer: Response = http.post("/v1/commands", body, sender, key=key, **kind)  # type: ignore[arg-type] # a fourth person
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def read_again(http: Http, everything: Sequence[Told]) -> None:
    """Read what the first step of each kind was about, where its answer says that it can be read, on its day."""
    recordings = {command_name(recording.command): recording for recording in RECORDINGS}
    for one in {one.command: one for one in reversed(everything)}.values():
        if one.command != CLOSE:
            fields: Any = SimpleNamespace(**one.fields)
            answer = http.get(recordings[one.command].location(fields), wait=http.size, effective=str(one.on))
            assert answer.status_code == 200, f"{one}: {answer.text}"


def journals(http: Http, until: str) -> list[tuple[str, Journal]]:
    """What the ledger posted: the kind of fact, the day, and what moved on each account, by code."""
    found: list[tuple[str, Journal]] = []
    for row in pages(http, "/v1/reports/journal", effective=until):
        moved = moves((line["code"], _fen(line["debit"]) - _fen(line["credit"])) for line in row["lines"])
        if moved:
            found.append((row["fact"], (date.fromisoformat(row["accounting_on"]), moved)))
    return found


def pages(http: Http, path: str, **query: Any) -> Iterable[dict[str, Any]]:
    """Every row of a report, page after page."""
    answer = http.read(path, limit=1000, **query)
    yield from answer["rows"]
    while "next" in answer:
        answer = http.get(answer["next"]).json()
        yield from answer["rows"]


def moves(lines: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Sum what moved on each account; accounts with nothing are left out."""
    sums: dict[str, int] = {}
    for account, fen in lines:
        sums[account] = sums.get(account, 0) + fen
    return tuple(sorted((account, fen) for account, fen in sums.items() if fen))


def _fen(amount: str | None) -> int:
    return int((amount or "0").replace(".", ""))

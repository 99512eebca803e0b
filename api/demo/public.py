"""The public record: claims as they were made, and the one company known from them alone.

public_history   every step, recorded when the demonstration's ledger opens, years after it was said
"""

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

from api.demo.steps import CLERKS, Step, by
from ledger.claims import RecordClaim, first_day
from ledger.companies import RegisterLead, ReportSettled
from ledger.decider import Command

OPENED_AT = datetime(2023, 7, 3, 1, 30, tzinfo=UTC)
"""The Monday on which the demonstration's ledger opens, before any invented company is known."""


def public_history() -> list[Step]:
    """Claims, the lead, and what was reported of it: from public_facts.toml, a minute apart."""
    known = tomllib.loads((files("api.demo") / "public_facts.toml").read_text(encoding="utf-8"))
    return [
        Step(
            recorded_at=OPENED_AT + timedelta(minutes=minute),
            by=by(CLERKS[0]),
            command=command,
            data_class="PUBLIC_FACT",
        )
        for minute, command in enumerate(_commands(known))
    ]


def _commands(known: dict[str, Any]) -> Iterator[Command]:
    for claim in known["claim"]:
        on = claim.pop("on")
        yield RecordClaim(**claim, claimed_on=on, effective_on=date.fromisoformat(first_day(on)))
    company, reported = known["company"], known["reported"]
    since = company.pop("known_since")
    yield RegisterLead(**company, origin="OTHER", effective_on=date.fromisoformat(first_day(since)))
    yield ReportSettled(company=company["company"], **reported, effective_on=reported["published_on"])

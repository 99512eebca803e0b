"""The public record: claims as they were made, the one company known from them alone, the site, the rates of tax.

public_history   every step, recorded when the demonstration's ledger opens, years after it was said
"""

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

from api.demo.people import ACCOUNTANT, APPROVER, CLERKS, invented
from api.demo.steps import Step
from ledger.claims import RecordClaim, first_day
from ledger.companies.presence import ReportSettled
from ledger.companies.prospects import RegisterLead
from ledger.decider import By, Command
from ledger.estate.land import DefineSite
from ledger.rates import ApproveRate, ProposeRate

OPENED_AT = datetime(2023, 7, 3, 1, 0, tzinfo=UTC)
"""The Monday on which the demonstration's ledger opens, before any invented company is known."""

CLERK = invented(CLERKS[0])


def public_history() -> list[Step]:
    """Claims, the lead, what was reported of it, the site, tax rates: from public_facts.toml, a minute apart."""
    known = tomllib.loads((files("api.demo") / "public_facts.toml").read_text(encoding="utf-8"))
    return [
        Step(recorded_at=OPENED_AT + timedelta(minutes=minute), by=by, command=command, data_class="PUBLIC_FACT")
        for minute, (by, command) in enumerate(_commands(known))
    ]


def _commands(known: dict[str, Any]) -> Iterator[tuple[By, Command]]:
    for claim in known["claim"]:
        on = claim.pop("on")
        yield CLERK, RecordClaim(**claim, claimed_on=on, effective_on=date.fromisoformat(first_day(on)))
    company, reported, site = known["company"], known["reported"], known["site"]
    since = company.pop("known_since")
    yield CLERK, RegisterLead(**company, origin="OTHER", effective_on=date.fromisoformat(first_day(since)))
    yield CLERK, ReportSettled(company=company["company"], **reported, effective_on=reported["published_on"])
    yield CLERK, DefineSite(effective_on=site.pop("on"), **site)
    for rate in known["rate"]:
        yield ACCOUNTANT, ProposeRate(effective_on=rate.pop("on"), **rate)
        yield APPROVER, ApproveRate(rate=rate["rate"], effective_on=OPENED_AT.date())

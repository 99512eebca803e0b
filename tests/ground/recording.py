"""Record facts as they stand, past every rule: what the read side must cope with is what the log may hold.

record         seal and insert facts
lead           the fact most tests begin with
ANY_FACTS      a strategy: facts of few companies on few days, in an order no rule would allow
stored_rows    a read model's live rows, to compare
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Table, select

from ledger.companies.facts import (
    CompanyBecameDormant,
    CompanyDetailsChanged,
    CompanyDetailsCorrected,
    CompanyFact,
    CompanyQualified,
    CompanyReactivated,
    LeadRegistered,
    TouchAdded,
)
from ledger.decider import By, DataClass, Fact, stored_name
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Recorded, encode, from_micros, to_micros
from projections.engine.view import live_generation

CLERK = By(actor="clerk", role="deal_desk")
DAYS = [date(2026, 1, 1) + timedelta(days=day) for day in range(6)]


def record(
    database: Database,
    facts: Iterable[Fact],
    *,
    by: By = CLERK,
    data_class: DataClass = "FICTIONAL",
    at: datetime | None = None,
) -> int:
    """Seal and insert facts in one transaction; the position of the last one."""
    with database.log.begin() as connection:
        head, sealed = store.lock_head(connection), store.Sealed()
        now = max(to_micros(at or datetime.now(UTC)), head.recorded_us)
        for fact in facts:
            name, tags = stored_name(type(fact)), fact.tags
            envelope = encode(
                Recorded(
                    position=head.size + 1,
                    recorded_at=from_micros(now),
                    by=by,
                    command="test",
                    data_class=data_class,
                    tags=tags,
                    fact=fact,
                )
            )
            store.seal(sealed, head, name=name, tags=tags, recorded_us=now, envelope=envelope)
        store.write(connection, sealed, head)
    return head.size


def lead(company: str, on: date = date(2026, 1, 5), **details: Any) -> LeadRegistered:
    """A lead that came directly."""
    given = {"name": f"{company.title()} (demo)", "country": "CN", "origin": "DIRECT", **details}
    return LeadRegistered(company=company, effective_on=on, **given)


def _any_fact(company: str, on: date, kind: int, name: str) -> CompanyFact:
    where: dict[str, Any] = {"company": company, "effective_on": on}
    return [
        LeadRegistered(**where, name=name, country="CN", origin="DIRECT"),
        CompanyDetailsChanged(**where, name=name),
        CompanyDetailsCorrected(**where, name_zh=name, reason="an error", corrects=1),
        CompanyQualified(**where),
        CompanyBecameDormant(**where, reason="silence"),
        CompanyReactivated(**where, reason="a call"),
        TouchAdded(**where, channel="PARTNER"),
    ][kind]


ANY_FACTS: st.SearchStrategy[list[CompanyFact]] = st.lists(
    st.builds(
        _any_fact,
        company=st.sampled_from("abc"),
        on=st.sampled_from(DAYS),
        kind=st.integers(0, 6),
        name=st.sampled_from(["Alpha", "Beta", "Straße"]),
    ),
    min_size=1,
    max_size=25,
)


def stored_rows(database: Database, table: Table, view: str) -> list[tuple[Any, ...]]:
    """The live rows in order of their primary key, without the generation."""
    query = select(*table.columns[1:]).where(table.c.generation == live_generation(view))
    with database.views.connect() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(*table.primary_key.columns))]

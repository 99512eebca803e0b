"""The same things done with the `eventsourcing` package alone, the way its documentation does them.

Leads       an Application: one Lead aggregate saved for each request (append)
Envelopes   an Application whose events carry the same envelopes as the ledger's facts (rebuild)
Register    a Projection of Envelopes: one row an event, and its tracking, in one transaction each
Remembered  Envelopes in memory: on SQLite the package has no subscriptions, so only the view is on SQLite there
run         a ProjectionRunner over all of them; events a second

Rows come from the register's own fold, so both sides decode the same bytes and compute the same columns. Register ends
no earlier row and keeps no timeline, which is less work than the ledger's read model does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, DomainEvent
from eventsourcing.persistence import Tracking, TrackingRecorder
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteTrackingRecorder
from eventsourcing.utils import EnvType
from psycopg.sql import SQL

from benchmarks import lives
from ledger.companies.company import Company
from ledger.companies.prospects import RegisterLead
from ledger.log.envelope import decode
from projections.companies.register import CompanyRegister, company_register
from projections.engine.entities import Known

NAMESPACE = UUID(int=0)
BATCH = 100  # the package sends a transaction's events as one pipeline, which stalls on PostgreSQL when it is long
WAIT_S = 600
COLUMNS = [column.name for column in company_register.columns]


class Lead(Aggregate):
    """A company we came to know of."""

    def __init__(self, company: str, name: str, country: str, origin: str, origin_year: int | None) -> None:
        self.company = company
        self.name = name
        self.country = country
        self.origin = origin
        self.origin_year = origin_year


class Leads(Application[UUID]):
    """Saves a Lead for each request."""

    def register(self, command: RegisterLead) -> int:
        """Save; the notification's number."""
        lead = Lead(command.company, command.name, command.country, command.origin, command.origin_year)
        return self.save(lead)[-1].notification.id


@dataclass(frozen=True)
class Sealed(DomainEvent):
    """One recorded fact, as its envelope."""

    envelope: str


class Envelopes(Application[UUID]):
    """Holds a Sealed for each fact."""


class Remembered(Envelopes):
    """Has its events from the start, as many as EVENTS in its environment says."""

    def __init__(self, env: EnvType | None = None) -> None:
        super().__init__(env)
        save_lives(self, int(self.env["EVENTS"]))


def save_lives(app: Envelopes, events: int) -> None:
    """Save so many events of the made-up log, many in one transaction."""
    versions: dict[str, int] = {}
    pending = []
    for fact, _, envelope in lives.envelopes(lives.lives(events), 1):
        versions[fact.company] = version = versions.get(fact.company, 0) + 1
        pending.append(
            Sealed(
                originator_id=uuid5(NAMESPACE, fact.company),
                originator_version=version,
                timestamp=Sealed.create_timestamp(),
                envelope=envelope.decode(),
            )
        )
        if len(pending) == BATCH:
            app.save(*pending)
            pending.clear()
    if pending:
        app.save(*pending)


def fill(environment: Mapping[str, str], events: int) -> None:
    """The same, where they can be kept."""
    app = Envelopes(environment)
    save_lives(app, events)
    app.close()


class Rows(TrackingRecorder):
    """Where Register's rows go."""

    def insert(self, tracking: Tracking, row: tuple[Any, ...]) -> None:
        """A row and how far we came, in one transaction."""
        raise NotImplementedError


class SQLiteRows(SQLiteTrackingRecorder, Rows):
    """Rows on SQLite."""

    def construct_create_table_statements(self) -> list[str]:
        """The package's own tables, and ours."""
        columns = ", ".join(COLUMNS)
        ours = f"CREATE TABLE register ({columns}, PRIMARY KEY (generation, company, effective_from, from_position))"
        return [*super().construct_create_table_statements(), ours]

    def insert(self, tracking: Tracking, row: tuple[Any, ...]) -> None:
        """See Rows."""
        marks = ", ".join("?" * len(COLUMNS))
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(f"INSERT INTO register VALUES ({marks})", row)


class PostgresRows(PostgresTrackingRecorder, Rows):
    """Rows on PostgreSQL."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = [column.type.compile() for column in company_register.columns]
        columns = ", ".join(f"{name} {kind}" for name, kind in zip(COLUMNS, types, strict=True))
        key = "PRIMARY KEY (generation, company, effective_from, from_position)"
        self.sql_create_statements.append(SQL("CREATE TABLE register ({})").format(SQL(f"{columns}, {key}")))
        self._insert = SQL(f"INSERT INTO register VALUES ({', '.join(['%s'] * len(COLUMNS))})")

    def insert(self, tracking: Tracking, row: tuple[Any, ...]) -> None:
        """See Rows."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(self._insert, row, prepare=True)


class Register(Projection[Rows]):
    """One row an event. `began` and `ended`: the instants in front of the first and after the last."""

    def __init__(self, view: Rows) -> None:
        super().__init__(view)
        self._register = CompanyRegister()
        self._states: dict[str, Known[Company]] = {}
        self.began = self.ended = 0.0

    def process_event(self, domain_event: Sealed, tracking: Tracking) -> None:
        """Decode, fold, insert."""
        self.began = self.began or perf_counter()
        entry = decode(domain_event.envelope.encode())
        row: tuple[Any, ...] = ()
        for company in self._register.keys(entry.fact):
            state = self._register.fold(company, self._states.get(company), entry)
            self._states[company] = state
            values = self._register.values(state)
            row = (1, company, entry.fact.effective_on, entry.position, 2**63 - 1, *values)
        self.view.insert(tracking, row)
        self.ended = perf_counter()


def run(environment: Mapping[str, str], events: int) -> float:
    """Events a second of a ProjectionRunner from the first event to the last."""
    postgres = "postgres" in environment["PERSISTENCE_MODULE"]
    application: type[Envelopes] = Envelopes if postgres else Remembered
    view: Any = PostgresRows if postgres else SQLiteRows
    options = {**environment, "EVENTS": str(events)}
    if not postgres:
        options["REMEMBERED_PERSISTENCE_MODULE"] = "eventsourcing.popo"
    runner: ProjectionRunner[Envelopes, Rows] = ProjectionRunner(
        application_class=application, projection_class=Register, view_class=view, env=options
    )
    with runner:
        runner.wait(events, timeout=WAIT_S)
        projection = runner.projection
        assert isinstance(projection, Register), "the runner runs what it was given"
        return events / (projection.ended - projection.began)

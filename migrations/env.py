"""Alembic's entry: upgrade or downgrade the database of a ledger.

`migrations.upgrade(database)` is what the product calls. From alembic's own command line, MCSC_DATABASE names the
database: a data directory, or a postgresql:// address.
"""

import os

from alembic import context
from sqlalchemy import Connection

from ledger.log.access_log import ACCESS
from ledger.log.database import ACCESS_SCHEMA, LOG, Database
from projections.engine.view import VIEWS


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=[LOG, VIEWS, ACCESS],
        include_schemas=True,
        include_name=lambda name, kind, _parents: kind != "schema" or name in (None, "projections", ACCESS_SCHEMA),
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    place = Database(os.environ.get("MCSC_DATABASE", "demo"))
    with place.owner.begin() as own:
        _run(own)

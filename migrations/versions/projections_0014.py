"""Tenants' accounts in rows that say how long they hold; made again from the log

Revision ID: projections_0014
Revises: projections_0013
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0014"
down_revision = "projections_0013"
branch_labels = None
depends_on = None

SCHEMA = "projections"


def upgrade() -> None:
    _drop("tenants_accounts", "tenant_listed")
    _create_accounts(sa.Column("until_on", sa.Date(), nullable=False), sa.Column("reach", sa.Integer(), nullable=False))
    spans = ["generation", "reach", "effective_from", "until_on", "from_position", "to_position", "company"]
    _index("tenants_accounts_spans", spans, "reach > 0")
    endless = ["generation", "reach", "from_position", "to_position", "effective_from", "company"]
    _index("tenants_accounts_endless", endless, "reach <= 0")
    _grant("tenants_accounts")


def _create_accounts(*span: sa.Column[object]) -> None:
    """The rows of accounts stand in the order written where they have spans, else in the order of their keys."""
    op.create_table(
        "tenants_accounts",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("company", _key(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        *span,
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("open_minor", sa.BigInteger(), nullable=False),
        sa.Column("deposits_minor", sa.BigInteger(), nullable=False),
        sa.Column("unapplied_minor", sa.BigInteger(), nullable=False),
        sa.Column("accrued_minor", sa.BigInteger(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "company", "effective_from", "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=bool(span),
    )


def _index(name: str, columns: list[str], some: str) -> None:
    where = sa.text(some)
    op.create_index(name, "tenants_accounts", columns, schema=SCHEMA, sqlite_where=where, postgresql_where=where)


def _drop(*tables: str) -> None:
    for table in tables:
        op.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{table}")


def _grant(*tables: str) -> None:
    if _is_postgres():
        for table in tables:
            op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.{table} TO mcsc_app")


def _is_postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _key() -> sa.Text:
    # Rows follow the order of identifiers: byte order on both databases, whatever language a server was set up for.
    return sa.Text(collation="C") if _is_postgres() else sa.Text()


def downgrade() -> None:
    _drop("tenants_accounts")
    _create_accounts()
    columns = ["generation", "company", "from_position", "effective_from"]
    op.create_index("tenants_accounts_known", "tenants_accounts", columns, schema=SCHEMA)
    op.create_table(
        "tenant_listed",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("company", _key(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "company", "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
    _grant("tenants_accounts", "tenant_listed")

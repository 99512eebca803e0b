"""Tenants' accounts and documents; made again from the log

Revision ID: projections_0004
Revises: projections_0003
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0004"
down_revision = "projections_0003"
branch_labels = None
depends_on = None

SCHEMA = "projections"
TABLES = ("tenants_accounts", "documents")


def upgrade() -> None:
    _create_tenants_accounts()
    _create_documents()
    if _is_postgres():
        for table in TABLES:
            op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.{table} TO mcsc_app")


def _create_tenants_accounts() -> None:
    op.create_table(
        "tenants_accounts",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("company", _key(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("open_minor", sa.BigInteger(), nullable=False),
        sa.Column("deposits_minor", sa.BigInteger(), nullable=False),
        sa.Column("unapplied_minor", sa.BigInteger(), nullable=False),
        sa.Column("accrued_minor", sa.BigInteger(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "company", "effective_from", "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
    columns = ["generation", "company", "from_position", "effective_from"]
    op.create_index("tenants_accounts_known", "tenants_accounts", columns, schema=SCHEMA)


def _create_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("invoice", _key(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("lease", sa.Text()),
        sa.Column("charge", sa.Text()),
        sa.Column("issued_on", sa.Date()),
        sa.Column("due_on", sa.Date()),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("credited_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("deposited_minor", sa.BigInteger(), nullable=False),
        sa.Column("written_off_minor", sa.BigInteger(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "invoice", "effective_from", "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
    op.create_index("documents_due", "documents", ["generation", "due_on"], schema=SCHEMA)


def _is_postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _key() -> sa.Text:
    # Rows follow the order of identifiers: byte order on both databases, whatever language a server was set up for.
    return sa.Text(collation="C") if _is_postgres() else sa.Text()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{table}")

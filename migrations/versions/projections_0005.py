"""The journal and its totals; made again from the log

Revision ID: projections_0005
Revises: projections_0004
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0005"
down_revision = "projections_0004"
branch_labels = None
depends_on = None

SCHEMA = "projections"
TABLES = ("journal_line", "journal_total", "journal_account")


def upgrade() -> None:
    op.create_table(
        "journal_line",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("account", _key(), nullable=False),
        sa.Column("accounting_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("company", _key()),
        sa.Column("lease", _key()),
        sa.Column("document", _key()),
        sa.Column("stream", _key()),
        sa.Column("service_month", _key()),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "position", "line"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
    for name, columns in {
        "journal_line_account": ["generation", "account", "accounting_on"],
        "journal_line_company": ["generation", "company", "position"],
        "journal_line_lease": ["generation", "lease", "position"],
    }.items():
        op.create_index(name, "journal_line", columns, schema=SCHEMA)
    op.create_table(
        "journal_total",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("account", _key(), nullable=False),
        sa.Column("data_class", _key(), nullable=False),
        sa.Column("accounting_on", sa.Date(), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "level", "block", "account", "data_class", "accounting_on"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "journal_account",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("account", _key(), nullable=False),
        sa.Column("data_class", _key(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "account", "data_class"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
    if _is_postgres():
        for table in TABLES:
            op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.{table} TO mcsc_app")


def _is_postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _key() -> sa.Text:
    # Rows follow the order of identifiers: byte order on both databases, whatever language a server was set up for.
    return sa.Text(collation="C") if _is_postgres() else sa.Text()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{table}")

"""Leases; made again from the log

Revision ID: projections_0003
Revises: projections_0002
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0003"
down_revision = "projections_0002"
branch_labels = None
depends_on = None

SCHEMA = "projections"


def upgrade() -> None:
    op.create_table(
        "lease_register",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("lease", _key(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("commencement_on", sa.Date()),
        sa.Column("expiry_on", sa.Date()),
        sa.Column("ends_on", sa.Date()),
        sa.Column("executed_on", sa.Date()),
        sa.Column("handed_over_on", sa.Date()),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "lease", "effective_from", "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
    if _is_postgres():
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.lease_register TO mcsc_app")


def _is_postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _key() -> sa.Text:
    # Pages follow the order of identifiers: byte order on both databases, whatever language a server was set up for.
    return sa.Text(collation="C") if _is_postgres() else sa.Text()


def downgrade() -> None:
    op.execute(f"DROP TABLE IF EXISTS {SCHEMA}.lease_register")

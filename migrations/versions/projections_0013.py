"""Totals of what was earned, by month and by day, as of the end of each block of positions

Revision ID: projections_0013
Revises: projections_0012
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0013"
down_revision = "projections_0012"
branch_labels = None
depends_on = None

SCHEMA = "projections"
KEYS = ("stream", "company", "lease", "service_month", "data_class")


def upgrade() -> None:
    op.create_table(
        "revenue_total",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("monthly", sa.Boolean(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        *(sa.Column(name, _key(), nullable=False) for name in KEYS),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        sa.Column("recognised", sa.BigInteger(), nullable=False),
        sa.Column("billed", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=False),
        sa.Column("accrued", sa.BigInteger(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "monthly", "span", *KEYS, "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
    op.create_index("revenue_move_position", "revenue_move", ["generation", "position"], schema=SCHEMA)
    if _is_postgres():
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.revenue_total TO mcsc_app")


def _is_postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _key() -> sa.Text:
    # Rows follow the order of identifiers: byte order on both databases, whatever language a server was set up for.
    return sa.Text(collation="C") if _is_postgres() else sa.Text()


def downgrade() -> None:
    op.drop_index("revenue_move_position", "revenue_move", schema=SCHEMA)
    op.execute(f"DROP TABLE IF EXISTS {SCHEMA}.revenue_total")

"""What leases hold and pay, from one day to the next; the list of tenants; what facts earn; made again from the log

Revision ID: projections_0010
Revises: projections_0009
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0010"
down_revision = "projections_0009"
branch_labels = None
depends_on = None

SCHEMA = "projections"
TABLES = ("lease_span", "tenant_listed", "revenue_move")


def upgrade() -> None:
    op.create_table(
        "lease_span",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("lease", _key(), nullable=False),
        sa.Column("unit", _key(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("commencement_on", sa.Date(), nullable=False),
        sa.Column("rent_from_on", sa.Date(), nullable=False),
        sa.Column("expiry_on", sa.Date()),
        sa.Column("next_break_on", sa.Date()),
        sa.Column("free_days", sa.Integer(), nullable=False),
        sa.Column("free_each", sa.Integer(), nullable=False),
        sa.Column("area_dm2", sa.BigInteger(), nullable=False),
        sa.Column("passing_minor", sa.BigInteger(), nullable=False),
        sa.Column("headline_minor", sa.BigInteger(), nullable=False),
        sa.Column("service_minor", sa.BigInteger(), nullable=False),
        sa.Column("next_step_on", sa.Date()),
        sa.Column("next_step_minor", sa.BigInteger(), nullable=False),
        sa.Column("indexed", sa.Text()),
        sa.Column("option", sa.Text()),
        sa.Column("handed_over", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "lease", "unit", "from_on", "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
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
    op.create_table(
        "revenue_move",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("accounting_on", sa.Date(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("service_month", sa.Text()),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("company", sa.Text()),
        sa.Column("lease", sa.Text()),
        sa.Column("recognised", sa.BigInteger(), nullable=False),
        sa.Column("billed", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=False),
        sa.Column("accrued", sa.BigInteger(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "accounting_on", "position", "part"),
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

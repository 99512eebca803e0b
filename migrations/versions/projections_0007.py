"""Investment agreements; made again from the log

Revision ID: projections_0007
Revises: projections_0006
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0007"
down_revision = "projections_0006"
branch_labels = None
depends_on = None

SCHEMA = "projections"
TABLE = "investment_agreements"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("agreement", _key(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "agreement", "effective_from", "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
    if _is_postgres():
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.{TABLE} TO mcsc_app")


def _is_postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _key() -> sa.Text:
    # Rows follow the order of identifiers: byte order on both databases, whatever language a server was set up for.
    return sa.Text(collation="C") if _is_postgres() else sa.Text()


def downgrade() -> None:
    op.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{TABLE}")

"""Energy offtake: agreements, statements, make-up; made again from the log

Revision ID: projections_0008
Revises: projections_0007
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0008"
down_revision = "projections_0007"
branch_labels = None
depends_on = None

SCHEMA = "projections"
TABLES = ("offtake_register", "energy_statements", "make_up")


def upgrade() -> None:
    _timeline(
        "offtake_register",
        "agreement",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("buyer", sa.Text()),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
    )
    _timeline(
        "energy_statements",
        "statement",
        sa.Column("agreement", _key(), nullable=False),
        sa.Column("month", _key(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
    )
    _timeline(
        "make_up",
        "agreement",
        sa.Column("liability_minor", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
    )
    if _is_postgres():
        for table in TABLES:
            op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.{table} TO mcsc_app")


def _timeline(name: str, key: str, *data: sa.Column) -> None:
    op.create_table(
        name,
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column(key, _key(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        *data,
        sa.PrimaryKeyConstraint("generation", key, "effective_from", "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )


def _is_postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _key() -> sa.Text:
    # Rows follow the order of identifiers: byte order on both databases, whatever language a server was set up for.
    return sa.Text(collation="C") if _is_postgres() else sa.Text()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{table}")

"""What is owed to suppliers, generators and others, payable by payable

Revision ID: projections_0012
Revises: projections_0011
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0012"
down_revision = "projections_0011"
branch_labels = None
depends_on = None

SCHEMA = "projections"


def upgrade() -> None:
    op.create_table(
        "payables",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("payable", _key(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("number", sa.Text()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date()),
        sa.Column("due_on", sa.Date()),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("credited_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("carrying_minor", sa.BigInteger(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "payable", "effective_from", "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
    op.create_index("payables_due", "payables", ["generation", "due_on"], schema=SCHEMA)
    if _is_postgres():
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.payables TO mcsc_app")


def _is_postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _key() -> sa.Text:
    # Rows follow the order of identifiers: byte order on both databases, whatever language a server was set up for.
    return sa.Text(collation="C") if _is_postgres() else sa.Text()


def downgrade() -> None:
    op.execute(f"DROP TABLE IF EXISTS {SCHEMA}.payables")

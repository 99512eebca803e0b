"""Equipment orders, and the transaction currency of journal lines; made again from the log

Revision ID: projections_0006
Revises: projections_0005
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0006"
down_revision = "projections_0005"
branch_labels = None
depends_on = None

SCHEMA = "projections"
TABLES = ("order_register",)


def upgrade() -> None:
    op.create_table(
        "order_register",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("order_name", _key(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("buyer", sa.Text(), nullable=False),
        sa.Column("role", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("receivables_minor", sa.BigInteger(), nullable=False),
        sa.Column("contract_assets_minor", sa.BigInteger(), nullable=False),
        sa.Column("advances_minor", sa.BigInteger(), nullable=False),
        sa.Column("client_money_minor", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "order_name", "effective_from", "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
    op.add_column("journal_line", sa.Column("currency", sa.Text()), schema=SCHEMA)
    op.add_column("journal_line", sa.Column("foreign_minor", sa.BigInteger()), schema=SCHEMA)
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
    for column in ("foreign_minor", "currency"):
        op.drop_column("journal_line", column, schema=SCHEMA)

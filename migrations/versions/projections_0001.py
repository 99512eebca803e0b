"""The read models: bookmarks and the company register; disposable, made again from the log

Revision ID: projections_0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0001"
down_revision = None
branch_labels = ("projections",)
depends_on = None

SCHEMA = "projections"
TABLES = ("projection", "company_register")


def upgrade() -> None:
    if _is_postgres():
        op.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    op.create_table(
        "projection",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "generation"),
        schema=SCHEMA,
    )
    live = sa.text("live")
    op.create_index(
        "projection_live", "projection", ["name"], unique=True, schema=SCHEMA, postgresql_where=live, sqlite_where=live
    )
    _create_company_register()
    if _is_postgres():
        _let_the_application_in()


def _create_company_register() -> None:
    op.create_table(
        "company_register",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("company", _key(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("name_zh", sa.Text()),
        sa.Column("country", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("origin", sa.Text()),
        sa.Column("stage", sa.Text()),
        sa.Column("uscc", sa.Text()),
        sa.Column("lei", sa.Text()),
        sa.Column("foreign_registry", sa.Text()),
        sa.Column("foreign_number", sa.Text()),
        sa.Column("parent_lei", sa.Text()),
        sa.Column("merged_into", sa.Text()),
        sa.Column("origin_year", sa.Integer()),
        sa.Column("since", sa.Date()),
        sa.Column("reported_settled_on", sa.Date()),
        sa.Column("lead_on", sa.Date()),
        sa.Column("qualified_on", sa.Date()),
        sa.Column("loi_on", sa.Date()),
        sa.Column("agreement_on", sa.Date()),
        sa.Column("registered_on", sa.Date()),
        sa.Column("settled_in_on", sa.Date()),
        sa.Column("operating_on", sa.Date()),
        sa.Column("exiting_on", sa.Date()),
        sa.Column("exited_on", sa.Date()),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "company", "effective_from", "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )


def _is_postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _key() -> sa.Text:
    # Pages follow the order of identifiers: byte order on both databases, whatever language a server was set up for.
    return sa.Text(collation="C") if _is_postgres() else sa.Text()


def _let_the_application_in() -> None:
    # The log's migration makes this role as well; either may come first, on a server where others make it too.
    op.execute(
        "DO $$ BEGIN CREATE ROLE mcsc_app NOLOGIN;"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    op.execute("GRANT mcsc_app TO CURRENT_USER")
    op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO mcsc_app")
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.{table} TO mcsc_app")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{table}")
    if _is_postgres():
        op.execute(f"DROP SCHEMA IF EXISTS {SCHEMA}")

"""Sites, parcels, buildings and units; made again from the log

Revision ID: projections_0002
Revises: projections_0001
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0002"
down_revision = "projections_0001"
branch_labels = None
depends_on = None

SCHEMA = "projections"
TABLES = ("site_timeline", "parcel_timeline", "building_timeline", "unit_timeline")


def upgrade() -> None:
    _create(
        "site",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stated_area", sa.Text(), nullable=False),
        sa.Column("stated_unit", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("defined_on", sa.Date(), nullable=False),
    )
    _create(
        "parcel",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_dm2", sa.BigInteger(), nullable=False),
        sa.Column("outline_e7", sa.Text(), nullable=False),
        sa.Column("defined_on", sa.Date(), nullable=False),
    )
    _create(
        "building",
        sa.Column("parcel", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("floors", sa.Integer(), nullable=False),
        sa.Column("lettable_dm2", sa.BigInteger(), nullable=False),
        sa.Column("standard", sa.Text()),
        sa.Column("defined_on", sa.Date()),
        sa.Column("started_on", sa.Date()),
        sa.Column("completed_on", sa.Date()),
    )
    _create(
        "unit",
        sa.Column("building", sa.Text()),
        sa.Column("floor", sa.Text()),
        sa.Column("use", sa.Text()),
        sa.Column("area_dm2", sa.BigInteger(), nullable=False),
        sa.Column("standard", sa.Text()),
        sa.Column("measured_on", sa.Date()),
        sa.Column("defined_on", sa.Date()),
        sa.Column("off_market", sa.Boolean(), nullable=False),
        sa.Column("reserved_for", sa.Text()),
        sa.Column("reserved_until", sa.Date()),
        sa.Column("gone_on", sa.Date()),
        sa.Column("became", sa.Text(), nullable=False),
        sa.Column("made_of", sa.Text(), nullable=False),
        sa.Column("erv_m2_month", sa.Text()),
        sa.Column("erv_on", sa.Date()),
    )


def _create(thing: str, *data: sa.Column) -> None:
    table = f"{thing}_timeline"
    op.create_table(
        table,
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column(thing, _key(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        *data,
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", thing, "effective_from", "from_position"),
        schema=SCHEMA,
        sqlite_with_rowid=False,
    )
    if _is_postgres():
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.{table} TO mcsc_app")


def _is_postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _key() -> sa.Text:
    # Pages follow the order of identifiers: byte order on both databases, whatever language a server was set up for.
    return sa.Text(collation="C") if _is_postgres() else sa.Text()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{table}")

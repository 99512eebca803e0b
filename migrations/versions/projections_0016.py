"""The outline of a site, and the datum of every outline; rows of before are made anew

Revision ID: projections_0016
Revises: projections_0015
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0016"
down_revision = "projections_0015"
branch_labels = None
depends_on = None

SCHEMA = "projections"
ADDED = (("site_timeline", "outline_e7"), ("site_timeline", "datum"), ("parcel_timeline", "datum"))


def upgrade() -> None:
    for table, column in ADDED:
        op.add_column(table, sa.Column(column, sa.Text()), schema=SCHEMA)


def downgrade() -> None:
    for table, column in ADDED:
        op.drop_column(table, column, schema=SCHEMA)

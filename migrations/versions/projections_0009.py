"""The root of the log that a read model's rows were made from; rows of before are made anew

Revision ID: projections_0009
Revises: projections_0008
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0009"
down_revision = "projections_0008"
branch_labels = None
depends_on = None

SCHEMA = "projections"


def upgrade() -> None:
    op.add_column("projection", sa.Column("root", sa.LargeBinary()), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("projection", "root", schema=SCHEMA)

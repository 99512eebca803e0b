"""Sites, parcels, buildings and units; made again from the log

Revision ID: projections_0002
Revises: projections_0001
"""

revision = "projections_0002"
down_revision = "projections_0001"
branch_labels = None
depends_on = None

SCHEMA = "projections"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

"""Leases; made again from the log

Revision ID: projections_0003
Revises: projections_0002
"""

revision = "projections_0003"
down_revision = "projections_0002"
branch_labels = None
depends_on = None

SCHEMA = "projections"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

"""Tenants' accounts; made again from the log

Revision ID: projections_0004
Revises: projections_0003
"""

revision = "projections_0004"
down_revision = "projections_0003"
branch_labels = None
depends_on = None

SCHEMA = "projections"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

"""The journal and its totals; made again from the log

Revision ID: projections_0005
Revises: projections_0004
"""

revision = "projections_0005"
down_revision = "projections_0004"
branch_labels = None
depends_on = None

SCHEMA = "projections"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

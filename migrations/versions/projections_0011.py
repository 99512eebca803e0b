"""Which bank account a line of the journal moves on; rows of before are made anew

Revision ID: projections_0011
Revises: projections_0010
"""

import sqlalchemy as sa
from alembic import op

revision = "projections_0011"
down_revision = "projections_0010"
branch_labels = None
depends_on = None

SCHEMA = "projections"


def upgrade() -> None:
    op.add_column("journal_line", sa.Column("bank_account", sa.Text()), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("journal_line", "bank_account", schema=SCHEMA)

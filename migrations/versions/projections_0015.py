"""An index that has the lines of an account party by party, for what nothing is netted between

Revision ID: projections_0015
Revises: projections_0014
"""

from alembic import op

revision = "projections_0015"
down_revision = "projections_0014"
branch_labels = None
depends_on = None

SCHEMA = "projections"
COLUMNS = ["generation", "account", "company", "lease", "bank_account", "currency", "accounting_on", "amount_minor"]


def upgrade() -> None:
    op.create_index("journal_line_part", "journal_line", COLUMNS, schema=SCHEMA)


def downgrade() -> None:
    op.drop_index("journal_line_part", "journal_line", schema=SCHEMA)

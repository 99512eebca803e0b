"""The log: facts, their tags, receipts and the head; append-only by the database itself

Revision ID: ledger_0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0001"
down_revision = None
branch_labels = ("ledger",)
depends_on = None

APPEND_ONLY = ("fact", "fact_tag", "receipt")


def upgrade() -> None:
    op.create_table(
        "fact",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("nodes", sa.LargeBinary(), nullable=False),
    )
    op.create_index("fact_name", "fact", ["name", "position"])
    op.create_index("fact_recorded_us", "fact", ["recorded_us", "position"])
    op.create_table(
        "fact_tag",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tag", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index("fact_tag_position", "fact_tag", ["position"])
    op.create_table(
        "receipt",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key"),
        sqlite_with_rowid=False,
    )
    head = op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "size": 0, "frontier": b"", "recorded_us": 0}])
    if op.get_bind().dialect.name == "postgresql":
        _protect_postgres()
    else:
        _protect_sqlite()


def _protect_sqlite() -> None:
    same = {
        "fact": "position = NEW.position",
        "fact_tag": "tag = NEW.tag AND position = NEW.position",
        "receipt": "actor = NEW.actor AND key = NEW.key",
    }
    for table, where in same.items():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        # INSERT OR REPLACE would delete the old row without firing the DELETE trigger.
        op.execute(
            f"CREATE TRIGGER {table}_refuse_replace BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {where})"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER ledger_head_refuse_delete BEFORE DELETE ON ledger_head"
        " BEGIN SELECT RAISE(ABORT, 'the head is never deleted'); END"
    )
    op.execute(
        "CREATE TRIGGER ledger_head_refuse_shrink BEFORE UPDATE ON ledger_head"
        " WHEN NEW.id <> OLD.id OR NEW.size < OLD.size OR NEW.recorded_us < OLD.recorded_us"
        " BEGIN SELECT RAISE(ABORT, 'the head only grows'); END"
    )


def _protect_postgres() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        for verb, level in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            name = f"{table}_refuse_{verb.lower()}"
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH {level} EXECUTE FUNCTION refuse_change()"
            )
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    op.execute(
        "CREATE TRIGGER ledger_head_refuse_delete BEFORE DELETE OR TRUNCATE ON ledger_head"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER ledger_head_refuse_shrink BEFORE UPDATE ON ledger_head FOR EACH ROW"
        " WHEN (NEW.id <> OLD.id OR NEW.size < OLD.size OR NEW.recorded_us < OLD.recorded_us)"
        " EXECUTE FUNCTION refuse_change()"
    )
    op.execute("ALTER TABLE ledger_head ENABLE ALWAYS TRIGGER ledger_head_refuse_delete")
    op.execute("ALTER TABLE ledger_head ENABLE ALWAYS TRIGGER ledger_head_refuse_shrink")
    _create_roles()
    op.execute("GRANT SELECT, INSERT ON fact, fact_tag, receipt TO mcsc_app")
    op.execute("GRANT SELECT, UPDATE ON ledger_head TO mcsc_app")
    for table in (*APPEND_ONLY, "ledger_head"):
        op.execute(f"ALTER TABLE {table} OWNER TO mcsc_owner")


def _create_roles() -> None:
    # Roles belong to the whole server: another ledger may have made them already, or be making them now.
    for role in ("mcsc_owner", "mcsc_app"):
        op.execute(
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN;"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        op.execute(f"GRANT {role} TO CURRENT_USER")
    op.execute("DO $$ BEGIN EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO mcsc_owner', current_schema()); END $$")
    op.execute("DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO mcsc_app', current_schema()); END $$")


def downgrade() -> None:
    for table in ("ledger_head", *reversed(APPEND_ONLY)):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        # The roles stay: they belong to the server, and another ledger may use them.
        op.execute("DROP FUNCTION refuse_change()")

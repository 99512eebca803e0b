"""The access log: who knew, who tried; each row sealed to the one before, and only the oldest ever go

Revision ID: access_0001
Revises:

On SQLite it is a file of its own, which a ledger that was put back finds there already.
"""

import sqlalchemy as sa
from alembic import op

revision = "access_0001"
down_revision = None
branch_labels = ("access",)
depends_on = None

SCHEMA = "access_log"
TEXTS = ("kind", "code", "actor", "role", "method", "key_id", "way", "what", "about", "path", "request")
SHRINKS = "NEW.id <> OLD.id OR NEW.size < OLD.size OR NEW.cut < OLD.cut OR NEW.cut > NEW.size"
ONLY_GROWS = "the access log only grows, and is cut from the front"


def upgrade() -> None:
    if _is_postgres():
        op.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    if sa.inspect(op.get_bind()).has_table("head", schema=SCHEMA):
        return
    op.create_table(
        "entry",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in TEXTS),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("marks", "before", "hash")),
        schema=SCHEMA,
    )
    op.create_index("entry_at", "entry", ["at_us"], schema=SCHEMA)
    head = op.create_table(
        "head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("cut", sa.BigInteger(), nullable=False),
        sa.Column("cut_hash", sa.LargeBinary(), nullable=False),
        schema=SCHEMA,
    )
    op.bulk_insert(head, [{"id": 1, "size": 0, "hash": bytes(32), "cut": 0, "cut_hash": bytes(32)}])
    if _is_postgres():
        _protect_postgres()
    else:
        _protect_sqlite()


def _is_postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def _protect_sqlite() -> None:
    for name, when in {
        "entry_refuse_update": "BEFORE UPDATE ON entry",
        "entry_refuse_delete": "BEFORE DELETE ON entry WHEN OLD.number > (SELECT cut FROM head)",
        "entry_refuse_replace": "BEFORE INSERT ON entry WHEN EXISTS (SELECT 1 FROM entry WHERE number = NEW.number)",
        "head_refuse_insert": "BEFORE INSERT ON head",
        "head_refuse_delete": "BEFORE DELETE ON head",
        "head_refuse_shrink": f"BEFORE UPDATE ON head WHEN {SHRINKS}",
    }.items():
        op.execute(f"CREATE TRIGGER {SCHEMA}.{name} {when} BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END")


def _protect_postgres() -> None:
    for name, condition in (
        ("refuse_change", "true"),
        ("refuse_uncut", f"OLD.number > (SELECT cut FROM {SCHEMA}.head)"),
    ):
        op.execute(
            f"CREATE FUNCTION {SCHEMA}.{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {condition} THEN RAISE EXCEPTION '{ONLY_GROWS}'; END IF; RETURN OLD; END $$"
        )
    for table, name, when, function in (
        ("entry", "entry_refuse_update", "BEFORE UPDATE ON {} FOR EACH ROW", "refuse_change"),
        ("entry", "entry_refuse_delete", "BEFORE DELETE ON {} FOR EACH ROW", "refuse_uncut"),
        ("entry", "entry_refuse_truncate", "BEFORE TRUNCATE ON {} FOR EACH STATEMENT", "refuse_change"),
        ("head", "head_refuse_insert", "BEFORE INSERT ON {} FOR EACH STATEMENT", "refuse_change"),
        ("head", "head_refuse_delete", "BEFORE DELETE OR TRUNCATE ON {} FOR EACH STATEMENT", "refuse_change"),
        ("head", "head_refuse_shrink", f"BEFORE UPDATE ON {{}} FOR EACH ROW WHEN ({SHRINKS})", "refuse_change"),
    ):
        op.execute(f"CREATE TRIGGER {name} {when.format(f'{SCHEMA}.{table}')} EXECUTE FUNCTION {SCHEMA}.{function}()")
        op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ALWAYS TRIGGER {name}")
    _let_the_application_in()


def _let_the_application_in() -> None:
    # The log's migration makes these roles as well; either may come first, on a server where others make them too.
    for role in ("mcsc_owner", "mcsc_app"):
        op.execute(
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN;"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        op.execute(f"GRANT {role} TO CURRENT_USER")
    op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO mcsc_app")
    op.execute(f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO mcsc_owner")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON {SCHEMA}.entry TO mcsc_app")
    op.execute(f"GRANT SELECT, UPDATE ON {SCHEMA}.head TO mcsc_app")
    for table in ("entry", "head"):
        op.execute(f"ALTER TABLE {SCHEMA}.{table} OWNER TO mcsc_owner")


def downgrade() -> None:
    for table in ("entry", "head"):
        op.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{table}")
    if _is_postgres():
        op.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")

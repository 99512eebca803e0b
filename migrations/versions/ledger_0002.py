"""Receipts are sealed: each has its number and the subtrees of a tree of their own that it completes; one head for ever

Revision ID: ledger_0002
Revises: ledger_0001

Receipts recorded before are numbered in the order recorded, and sealed as they stand.
"""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "ledger_0002"
down_revision = "ledger_0001"
branch_labels = None
depends_on = None

COLUMNS = ("actor", "key", "request_sha256", "recorded_us", "outcome")
SHRINKS = "NEW.id <> OLD.id OR NEW.size < OLD.size OR NEW.recorded_us < OLD.recorded_us"
SAME = "actor = NEW.actor AND key = NEW.key"
ROWS = 256


def upgrade() -> None:
    bind = op.get_bind()
    numbered = (
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("nodes", sa.LargeBinary(), nullable=False),
    )
    receipt = _create("receipt_sealed", *numbered)
    size, frontier = _seal_all(bind, receipt)
    _put("receipt_sealed")
    op.create_index("receipt_number", "receipt", ["number"], unique=True)
    _drop_trigger("ledger_head_refuse_shrink")
    nothing = sa.text("''::bytea" if _postgres() else "x''")
    op.add_column("ledger_head", sa.Column("receipts", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column(
        "ledger_head", sa.Column("receipts_frontier", sa.LargeBinary(), nullable=False, server_default=nothing)
    )
    moved = {"size": size, "frontier": b"".join(frontier)}
    bind.execute(sa.text("UPDATE ledger_head SET receipts = :size, receipts_frontier = :frontier"), moved)
    _protect(f"{SAME} OR number = NEW.number", f"{SHRINKS} OR NEW.receipts < OLD.receipts")
    if _postgres():
        _trigger("ledger_head", "ledger_head_refuse_insert", "BEFORE INSERT ON ledger_head FOR EACH STATEMENT")
    else:
        _trigger("ledger_head", "ledger_head_refuse_insert", "BEFORE INSERT ON ledger_head")


def downgrade() -> None:
    _create("receipt_plain")
    columns = ", ".join(COLUMNS)
    op.execute(f"INSERT INTO receipt_plain ({columns}) SELECT {columns} FROM receipt")
    _put("receipt_plain")
    for name in ("ledger_head_refuse_shrink", "ledger_head_refuse_insert"):
        _drop_trigger(name)
    op.drop_column("ledger_head", "receipts")
    op.drop_column("ledger_head", "receipts_frontier")
    _protect(SAME, SHRINKS)


def _postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _create(name: str, *more: sa.Column) -> sa.Table:
    return op.create_table(
        name,
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.LargeBinary(), nullable=False),
        *more,
        sa.PrimaryKeyConstraint("actor", "key"),
        sqlite_with_rowid=False,
    )


def _put(name: str) -> None:
    """Put a table in the place of the receipts."""
    op.drop_table("receipt")  # its triggers go with it
    op.rename_table(name, "receipt")
    if _postgres():
        op.execute(f"ALTER TABLE receipt RENAME CONSTRAINT {name}_pkey TO receipt_pkey")
        op.execute("GRANT SELECT, INSERT ON receipt TO mcsc_app")
        op.execute("ALTER TABLE receipt OWNER TO mcsc_owner")


def _seal_all(bind: sa.Connection, receipt: sa.Table) -> tuple[int, list[bytes]]:
    """Number and seal what was recorded; how many there are, and the frontier of their tree."""
    rows = bind.execute(sa.text(f"SELECT {', '.join(COLUMNS)} FROM receipt ORDER BY recorded_us, actor, key"))
    size, frontier = 0, []
    while some := rows.fetchmany(ROWS):
        sealed = []
        for row in some:
            nodes = _grow(size, frontier, _leaf(*row))
            size += 1
            sealed.append({**row._mapping, "number": size, "nodes": nodes})
        bind.execute(receipt.insert(), sealed)
    return size, frontier


def _leaf(actor: str, key: str, digest: bytes, recorded_us: int, outcome: bytes) -> bytes:
    parts = (actor.encode(), key.encode(), digest, str(recorded_us).encode(), outcome)
    return sha256(b"\x00" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()


def _grow(size: int, frontier: list[bytes], leaf: bytes) -> bytes:
    completed = [leaf]
    while size & 1:
        completed.append(sha256(b"\x01" + frontier.pop() + completed[-1]).digest())
        size >>= 1
    frontier.append(completed[-1])
    return b"".join(completed)


def _drop_trigger(name: str) -> None:
    op.execute(f"DROP TRIGGER {name}" + (" ON ledger_head" if _postgres() else ""))


def _trigger(table: str, name: str, when: str) -> None:
    if _postgres():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION refuse_change()")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    else:
        why = {"ledger_head_refuse_insert": "there is one head", "ledger_head_refuse_shrink": "the head only grows"}
        said = why.get(name, f"{table} is append-only")
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{said}'); END")


def _protect(same: str, shrinks: str) -> None:
    """Keep receipts append-only, and the head from shrinking."""
    if _postgres():
        for verb, level in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            _trigger("receipt", f"receipt_refuse_{verb.lower()}", f"BEFORE {verb} ON receipt FOR EACH {level}")
        each = f"BEFORE UPDATE ON ledger_head FOR EACH ROW WHEN ({shrinks})"
    else:
        for verb in ("UPDATE", "DELETE"):
            _trigger("receipt", f"receipt_refuse_{verb.lower()}", f"BEFORE {verb} ON receipt")
        # INSERT OR REPLACE would delete the old row without firing the DELETE trigger.
        exists = f"EXISTS (SELECT 1 FROM receipt WHERE {same})"
        _trigger("receipt", "receipt_refuse_replace", f"BEFORE INSERT ON receipt WHEN {exists}")
        each = f"BEFORE UPDATE ON ledger_head WHEN {shrinks}"
    _trigger("ledger_head", "ledger_head_refuse_shrink", each)

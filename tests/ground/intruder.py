"""What somebody with every right can do to a ledger: take its guards away."""

from sqlalchemy import text

from ledger.log.database import APPEND_ONLY, Database


def unprotect(database: Database) -> None:
    """Take the triggers away that keep the log append-only."""
    with database.owner.begin() as connection:
        for table in (*APPEND_ONLY, "ledger_head"):
            if database.is_postgres:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                continue
            names = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
            for name in connection.execute(names, {"table": table}).scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))

"""What `single` does in each checkout: a ledger that is ready to be served. Run by against.py.

keyed   a new ledger and an API key that may record: the key
"""

from datetime import date

from benchmarks.against import moved


def keyed(where: str) -> str:
    """Make a ledger with one key."""
    import migrations
    from ledger.access import CreateKey
    from ledger.decider import By
    from ledger.recording.contexts import CONTEXTS

    auth, ledger = moved("api.http.auth", "api.auth"), moved("ledger.recording.application", "ledger.application")
    database = moved("ledger.log.database", "ledger.database").Database(where)
    migrations.upgrade(database)
    key_id, secret, digest = auth.new_key()
    command = CreateKey(
        effective_on=date(2026, 1, 1), key_id=key_id, actor="benchmark", role="deal_desk", secret_sha256=digest
    )
    with ledger.Ledger(database, CONTEXTS) as recorder:
        recorder.execute(command, By(actor="benchmark", role="admin"))
    database.close()
    token: str = auth.bearer(key_id, secret)
    return token

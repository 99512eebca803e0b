"""PostgreSQL's processes, to be stopped; each is named by its id."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from sqlalchemy import URL, text

from ledger.log.database import Database


def postmaster(server: URL) -> psutil.Process:
    """The server's first process. Skips where the server is not one of this machine's, made for these tests."""
    if "MCSC_TEST_POSTGRES" in os.environ:
        pytest.skip("MCSC_TEST_POSTGRES names a server that is not ours to stop")
    with open(f"{server.query['host']}/postmaster.pid") as written:
        return psutil.Process(int(written.readline()))


def backends(database: Database) -> list[int]:
    """The processes of the server that work for this database, but the one that answers this."""
    with database.owner.connect() as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return list(connection.execute(text(query)).scalars())


@contextmanager
def stopped(*processes: int) -> Iterator[None]:
    """Meanwhile these processes stand still, as if their machine did."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)

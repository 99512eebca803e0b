"""A log that is not where the recorder left it, and commits that the database confirms and may lose all the same."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from api.http.auth import KeyRing
from api.settings import Settings
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Unavailable, Unknown
from projections.companies.register import CompanyRegister
from projections.engine.following import Follower
from projections.engine.runner import catch_up, ensure
from tests.ground.going_back import Copied
from tests.ground.over_http import give_key
from tests.ground.recorder_process import CLERK, claim, done
from tests.ground.recording import lead, record

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("others", [0, 1, 2], ids=["shorter", "as-long", "longer"])
def test_what_was_folded_is_dropped_when_the_log_went_back(database: Database, others: int) -> None:
    """Claim 2 was acknowledged, and then lost. Whoever sends it again, with its key or without, has it recorded; who
    contradicts what is on record now is refused."""
    with Ledger(database, CONTEXTS) as ledger:
        ledger.execute(claim(1), CLERK, key="k-1")
        copied = Copied(database)
        assert done(ledger.execute(claim(2), CLERK, key="k-2")).position == 2
        copied.put_back()
        if others:
            record(database, [lead(f"other-{number}-demo") for number in range(others)], at=NOW)
        with capture_logs() as logs:
            again = ledger.execute(claim(2), CLERK, key="k-2")
        assert (done(again).position, len(done(again).facts), again.replayed) == (2 + others, 1, False)
        assert [line["event"] for line in logs if line["log_level"] == "error"] == [
            "the log is not where this recorder left it: facts that were acknowledged may be gone"
        ]
        assert "mcsc restore" in next(line["remedy"] for line in logs if line["log_level"] == "error")
        assert ledger.execute(claim(1), CLERK, key="k-1").replayed
    assert verify(database).size == 2 + others


def test_a_log_that_only_grew_is_followed_quietly(postgres: Database) -> None:
    with Ledger(postgres, CONTEXTS) as ledger:
        ledger.execute(claim(1), CLERK)
        record(postgres, [lead("other-demo")], at=NOW)
        with capture_logs() as logs:
            assert done(ledger.execute(claim(2), CLERK)).position == 3
    assert logs == []


def test_keys_and_read_models_go_back_with_the_log(database: Database) -> None:
    """A key that was lost opens nothing; one recorded at its position since then does. The same with a company."""
    views = [CompanyRegister()]
    ensure(database, views)
    ring = KeyRing(database, today=Settings().today)
    with Ledger(database, CONTEXTS) as ledger:
        kept = give_key(ledger, "auditor")
        catch_up(database, views)
        copied = Copied(database)
        lost = give_key(ledger, "finance")
        ring.refresh()
        follower = Follower(database, views)
        follower.start()
        assert follower.wait_for(2, 30)
        follower.stop()
        copied.put_back()
        follower.start()
        assert follower.position < 2
        since = give_key(ledger, "admin")
        ring.refresh()
        known = {written.split("_")[1]: written in (kept, since) for written in (kept, lost, since)}
        assert {name: name in ring.keys for name in known} == known
        last = record(database, [lead("sunfield-demo")], at=NOW)
        follower.wake(last)
        assert follower.wait_for(last, 30)
        follower.stop()


# PostgreSQL


def test_a_commit_that_the_database_warns_of_is_unknown(postgres: Database) -> None:
    """As it does where the wait for a synchronous standby is cancelled: a success, and a warning (SQLSTATE 01000)."""
    with postgres.owner.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'canceling wait';"
                " RETURN NULL; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE CONSTRAINT TRIGGER warns AFTER INSERT ON fact DEFERRABLE INITIALLY DEFERRED"
                " FOR EACH ROW EXECUTE FUNCTION warn()"
            )
        )
    with Ledger(postgres, CONTEXTS) as ledger:
        waiting = [ledger.submit(claim(number), CLERK, key=f"k-{number}") for number in (1, 2)]
        for future in waiting:
            with pytest.raises(Unknown, match="same key"):
                future.result()
        # Nothing is written by these passes, so they are confirmed, and what was unknown with them.
        assert ledger.execute(claim(1), CLERK, key="k-1").replayed
    assert verify(postgres).size == 2


def test_a_weaker_server_is_noticed_on_the_next_connection(postgres: Database) -> None:
    with Ledger(postgres, CONTEXTS) as ledger:
        ledger.execute(claim(1), CLERK)
        name = postgres.hosts.url.database
        with postgres.owner.begin() as connection:
            connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
            others = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            connection.execute(text(f"{others} WHERE datname = '{name}' AND pid <> pg_backend_pid()"))
        with pytest.raises(Unavailable, match="synchronous_commit is off"):
            ledger.execute(claim(2), CLERK)
        with postgres.owner.begin() as connection:
            connection.execute(text(f"ALTER DATABASE {name} RESET synchronous_commit"))
        assert done(ledger.execute(claim(2), CLERK)).position == 2

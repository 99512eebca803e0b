"""Begin: the demonstration, the server, the tables.

init      begin a ledger of one's own
demo      build the demonstration ledger and serve it
serve     serve a ledger
migrate   bring the tables to the newest version
beside    work done in a process of its own, and something else meanwhile
"""

import os
import shutil
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import rich_click as click
from msgspec.structs import replace

from api.cli.actor import as_actor, let_in, os_user, stranger
from api.cli.display import Progress, say
from api.cli.place import (
    CONFLICT,
    NOT_ALLOWED,
    NOT_FOUND,
    UNAVAILABLE,
    USAGE,
    Stop,
    data_option,
    migrated,
    settings_of,
    together,
)

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from litestar import Litestar

    from api.demo.directory import DirectoryState
    from api.recorder.beside import Beside
    from api.recorder.replica import Replica
    from api.settings import Settings
    from ledger.access import Role
    from ledger.log.database import Database

LOOPBACK = ("127.0.0.1", "::1", "localhost")
STOP_S = 5
DEMO_LINK_S = 8 * 3600
COMPANIES, SEED = 72, 2021
"""Of the demonstration, unless others are named."""
TRY = (
    "mcsc report rent-roll --effective 2026-06-30      who rents what; vacant units too",
    "mcsc report ageing --effective 2026-06-30         who owes what, and for how long",
    "mcsc report trial-balance --effective 2026-06-30  the books; as they were known: --recorded 2026-06-10",
    "mcsc report order-book --effective 2026-06-30     equipment on order, and MCSC's role in it",
    "mcsc report energy --effective 2026-06-30         energy delivered, month by month, run by run",
    "mcsc close 2026-05 --dry-run                      the next month to close, with its tie-outs",
)
"""Worth trying in the demonstration."""


@click.command()
@data_option("demo")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Where to listen.  [default: 8000]")
@click.option("--no-serve", is_flag=True, help="Build the ledger and stop.")
@click.option("--companies", type=click.IntRange(60, 2000), help="Fictional companies.  [default: 72]")
@click.option("--seed", type=int, help="The same seed gives the same history.  [default: 2021]")
def demo(data: Path, port: int | None, no_serve: bool, companies: int | None, seed: int | None) -> None:
    """Build the demonstration ledger and serve it on this machine only.

    It holds the publicly known history of MCSC and CETY, each claim dated and sourced, and three years of a fictional
    city: companies, buildings, leases, bills, months closed; names ending in "(demo)", labelled FICTIONAL, recorded
    times simulated. Run again, it serves what is there, with new keys.
    """
    together("builds and stops", {"--no-serve": no_serve}, {"--port": port is not None})
    # MCSC_DATABASE may name a real ledger: what is served here is the demonstration, whatever the environment says.
    settings = replace(settings_of(data), database=str(data), data_class="FICTIONAL")
    port = settings.port if port is None else port
    if not no_serve:
        _check_free(port)
    base, site = f"http://127.0.0.1:{port}", Site(settings)
    with closing(site):
        keys = _demo_keys(data, companies, seed, None if no_serve else site.prepare)
        _say_keys(data, keys, base)
        if no_serve:
            say(f"Not serving; to serve it: mcsc serve --data {data}")
        else:
            run(data, settings, "127.0.0.1", port, lambda: _say_links(settings, keys, base), site)


def _say_keys(data: Path, keys: dict["Role", str], base: str) -> None:
    """Print the keys, and what is worth trying with them."""
    say("\nKeys, one for each role; they are shown this once:")
    for role, key in keys.items():
        say(f"  {role:<10} {key}")
    say(f"\nTry, in another terminal:\n  export KEY={keys['auditor']} MCSC_DATA={data}")
    if "MCSC_DATABASE" in os.environ:
        say("  unset MCSC_DATABASE                               it names another ledger than this one")
    say(f'  curl -H "Authorization: Bearer $KEY" {base}/v1/companies/cety')
    say(f'  curl -H "Authorization: Bearer $KEY" {base}/v1/reports/funnel.csv')
    say("".join(f"  {line}\n" for line in TRY))


def _say_links(settings: "Settings", keys: dict["Role", str], base: str) -> None:
    """Print the links that sign in at the desk."""
    say("\nThe desk, in a browser; each link signs in once, within eight hours:")
    for role, link in _demo_links(settings, keys, base).items():
        say(f"  {role:<10} {link}")


def _demo_links(settings: "Settings", keys: dict["Role", str], base: str) -> dict["Role", str]:
    """A link to the desk for each role, which rests on its key."""
    from api.console.entrance import link_address
    from api.console.sessions import Sessions, Visitor
    from api.demo.keys import actor_of
    from api.http.auth import key_id_of

    sessions = Sessions(Path(settings.desk))
    visitors = {role: Visitor(actor_of(role), role, f"key:{key_id_of(key)}") for role, key in keys.items()}
    return {role: link_address(base, sessions.invite(visitor, DEMO_LINK_S)) for role, visitor in visitors.items()}


def _check_free(port: int) -> None:
    """Check that the port is free, before keys are made anew in vain. Raises Stop."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            raise Stop(f"Port {port} is taken; name another with --port (make demo PORT=…).", UNAVAILABLE) from error


def _demo_keys(
    data: Path, companies: int | None, seed: int | None, meanwhile: Callable[[], None] | None
) -> dict["Role", str]:
    """Make sure that the demonstration is there, its books open for today; a new key for each role.

    meanwhile   what can be done while it is built, in a process beside this one; None: it is built in this one
    """
    import migrations
    from api.demo.directory import DirectoryState
    from api.demo.keys import let_in as as_admin
    from api.demo.keys import open_months, renew_keys
    from ledger.log.database import Database
    from ledger.recording.application import Ledger
    from ledger.recording.contexts import CONTEXTS

    database = Database(data)
    state = _demo_state(data, database)
    if state is DirectoryState.OTHER:
        raise Stop(f"{data} holds something that is not a demonstration; name another directory with --data.", USAGE)
    if state is DirectoryState.DEMO:
        if companies is not None or seed is not None:
            raise Stop(f"The demonstration in {data} is built already; for another, name another with --data.", USAGE)
        migrations.prepare(database)
        say(f"The demonstration in {data} is there already; its keys are made anew.")
    else:
        database.close()  # its files are let go of before others take their names, and before any fork
        build = partial(_build_demo, data, companies or COMPANIES, SEED if seed is None else seed)
        if meanwhile is None:
            build()
        else:
            beside(build, meanwhile)
    today = settings_of(data).today()
    with Ledger(database, CONTEXTS) as ledger:
        open_months(ledger, today)
        as_admin(ledger, os_user(), as_actor(os_user()), today)
        keys = renew_keys(ledger, today)
    database.close()
    return keys


def _demo_state(data: Path, database: "Database") -> "DirectoryState":
    """Look at what is in the directory. Raises Stop where a build that was broken off left what cannot be read."""
    from sqlalchemy.exc import DBAPIError

    from api.demo.directory import is_labelled, state_of
    from ledger.log.database import is_busy

    try:
        return state_of(database)
    except DBAPIError as error:
        if is_busy(error) or not is_labelled(data):
            raise
        raise Stop(
            f"The ledger in {data} cannot be read ({error.orig}). It is labelled as a demonstration: unless somebody"
            f" keeps something of their own there, delete the directory {data}, and run this again.",
            UNAVAILABLE,
        ) from error


def beside(work: Callable[[], None], meanwhile: Callable[[], None]) -> None:
    """Do work in a copy of this process, and something else in this one until it is done. Raises what either raises.

    To be called before this process has threads, and with no database open.
    """
    fork = get_context("fork")
    ours, theirs = fork.Pipe()
    process = fork.Process(target=_told, args=(work, theirs, ours), daemon=True)
    process.start()
    theirs.close()
    try:
        meanwhile()
        error = ours.recv()
    except EOFError as ended:
        raise Stop("The process that builds has ended before it was done; run this again.", UNAVAILABLE) from ended
    finally:
        process.kill()  # nothing, where it is done
        process.join(STOP_S)
        ours.close()
    if error is not None:
        raise error


def _told(work: Callable[[], None], line: "Connection[Any, Any]", not_ours: "Connection[Any, Any]") -> None:
    """Work, in the copy, and say how it ended. It ends at Ctrl-C, and where whoever waits for it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    not_ours.close()
    Thread(target=_end_with, args=(line,), daemon=True).start()
    try:
        work()
    except Exception as error:
        line.send(error)
    else:
        line.send(None)


def _end_with(line: "Connection[Any, Any]") -> None:
    """End this process when the other end of the line is closed: nothing else is ever to be heard."""
    line.poll(None)
    os._exit(1)


def _build_demo(data: Path, companies: int, seed: int) -> None:
    import migrations
    from api.demo.directory import label
    from api.demo.plan import contents, plan
    from api.demo.unfolding import unfold
    from api.recorder.runtime import stay
    from ledger.log.database import Database
    from projections.engine.runner import catch_up, ensure
    from projections.every.views import ALL_VIEWS

    stay()
    database = Database(data)
    if data.exists():
        shutil.rmtree(data)  # what an interrupted build left behind
    label(data)
    migrations.upgrade(database)
    steps = plan(companies, seed)
    with Progress("facts recorded, sealed and committed") as progress:
        unfold(database, steps, progress)
    views = [view() for view in ALL_VIEWS]
    with Progress("facts brought into the read models") as progress:
        ensure(database, views)
        catch_up(database, views, progress)
    holds = contents(steps)
    say(
        f"{data} holds {holds.public} facts of the public record, and an invented city over three years:"
        f" {companies} companies, {holds.units} units, {holds.leases} leases, {holds.orders} equipment orders,"
        f" {holds.offtakes} energy agreements, and their books. Names of what is invented end in (demo), all of it is"
        " FICTIONAL, and the times at which it was recorded are simulated."
    )


@click.command()
@data_option()
def init(data: Path) -> None:
    """Begin a ledger, and be its administrator: you, the user who is logged in on this machine.

    For a ledger that is there already and has no admin, the same. `mcsc user map` and `mcsc token create` then let
    others in.
    """
    from api.http.auth import KeyRing

    settings, database = migrated(data)
    with closing(database):
        ring = KeyRing(database, today=settings.today)
        ring.refresh()
        if (user := ring.users.get(os_user())) is not None:
            say(f"You are {user.actor}, {user.role}, in {database.display_name} already.")
        elif ring.has_admin:
            raise Stop(stranger(ring), NOT_ALLOWED)
        else:
            let_in(settings, database)


@click.command()
@data_option()
@click.option("--host", default=None, help="Where to listen; only this machine unless you name another address.")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Where to listen.  [default: 8000]")
def serve(data: Path, host: str | None, port: int | None) -> None:
    """Serve a ledger over HTTP until Ctrl-C; commands already taken are recorded before the end."""
    from api.http.auth import KeyRing
    from api.settings import NAMES_TRUSTED

    settings, database = migrated(data)
    with closing(database):
        if settings.host not in LOOPBACK and host is None:
            raise Stop(f"The settings listen on {settings.host}; confirm with --host {settings.host}.", USAGE)
        ring = KeyRing(database, today=settings.today)
        ring.refresh()
    if not ring.any_valid:
        say(f"Nobody has a valid key: `mcsc token create --data {data} --actor NAME --role admin`, then serve.")
    if settings.trust_names:
        say(NAMES_TRUSTED)
    run(data, settings, host or settings.host, settings.port if port is None else port)


class Site:
    """The application that serves a ledger, and the process that records. close() ends what was begun and not run."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        self._recorder: Beside | Replica | None = None
        self._app: Litestar | None = None

    @property
    def recorder(self) -> "Beside | Replica":
        """The process that records, not started yet; what stands for it where nothing is recorded."""
        from api.recorder.beside import Beside
        from api.recorder.replica import Replica

        if self._recorder is None:
            self._recorder = Replica(self._settings) if self._settings.replica else Beside(self._settings)
        return self._recorder

    @property
    def app(self) -> "Litestar":
        """The application."""
        if self._app is None:
            self._app = self._assembled()
        return self._app

    def _assembled(self) -> "Litestar":
        from api.app import create_app

        return create_app(self._settings, recorder=self.recorder)

    def prepare(self) -> None:
        """Do what needs no ledger: it need not be there yet."""
        self.recorder.launch()
        self._app = self._assembled()

    def close(self) -> None:
        """End the process that records."""
        if self._recorder is not None:
            self._recorder.stop()


def run(
    data: Path,
    settings: "Settings",
    host: str,
    port: int,
    serving: Callable[[], None] = lambda: None,
    site: Site | None = None,
) -> None:
    """Serve until told to stop. The process that records starts while this one reads what it serves.

    serving   called once requests are taken
    site      prepared already
    """
    from api.cli.desk import address_of, kept
    from api.recorder.runtime import log_to_stderr, stay

    def announce(bound: int) -> None:
        base = f"http://{host}:{bound}"
        say(f"Serving {data} on {base}   (desk {base}/desk, docs {base}/docs, health {base}/health; Ctrl-C stops)")
        where.write_text(f"{address_of(host, bound)}\n", "utf-8")
        serving()

    log_to_stderr(settings.log)
    failed = Stop(f"Could not serve on {host}:{port}; the log above says why.", UNAVAILABLE)
    with ExitStack() as stack:
        where = stack.enter_context(kept(settings))
        site = stack.enter_context(closing(site or Site(settings)))
        starting = stack.enter_context(ThreadPoolExecutor(1)).submit(site.recorder.start)
        from api.entrance.server import Announcing, configured

        config = configured(site.app, settings, host=host, port=port, timeout_graceful_shutdown=STOP_S)
        server = Announcing(config, announce)
        starting.result()
        stay()
        try:
            server.run()
        except SystemExit as error:  # uvicorn's own way out, with 3: our code for a ledger that was altered
            raise failed from error
    if not server.started:
        raise failed


@click.command()
@data_option()
@click.option(
    "--back", metavar="REVISION", help="Take the read models' tables back to this revision (projections_0012)."
)
def migrate(data: Path, back: str | None) -> None:
    """Bring the tables to the newest version. PostgreSQL: needs a role that may create tables and roles.

    \b
    mcsc migrate                             also while it is served
    mcsc migrate --back projections_0012     before an earlier program is installed,
                                             whose newest this is; read models are made anew by it

    A change waits 200 ms for a table that somebody uses, lets them go on, and tries again for a minute: all of it is
    made, or nothing. Who records notices nothing of either. The log's own tables only grow, and never go back.
    """
    import migrations
    from ledger.log.database import Database

    database = Database(settings_of(data).database)
    with closing(database):
        if back is not None:
            _go_back(database, back)
            return
        migrations.upgrade(database)
        say(f"The tables in {database.display_name} are at {', '.join(sorted(migrations.newest()))}.")


def _go_back(database: "Database", revision: str) -> None:
    """Take the disposable tables back. Raises Stop."""
    import migrations

    known = migrations.revisions_of("projections")
    if revision not in known:
        raise Stop(f"There is no revision {revision} of the read models; there are {known[0]} to {known[-1]}.", USAGE)
    with closing(database):
        if not database.exists():
            raise Stop(f"There is no ledger in {database.display_name}; --data names another place.", NOT_FOUND)
        with database.owner.connect() as connection:
            there = migrations.revisions(connection)
        if not any(one.startswith("projections_") and one >= revision for one in there):
            raise Stop(f"The read models in {database.display_name} are not as far as {revision}.", CONFLICT)
        migrations.downgrade(database, revision)
    say(f"The read models' tables in {database.display_name} are at {revision}; `mcsc migrate` brings them back.")

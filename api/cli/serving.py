"""Begin: the demonstration, the server, the tables.

demo      build the demonstration ledger and serve it
serve     serve a ledger
migrate   bring the tables to the newest version
"""

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from api.cli.display import Progress, say
from api.cli.place import UNAVAILABLE, USAGE, Stop, data_option, migrated, settings_of

if TYPE_CHECKING:
    from api.settings import Settings

LOOPBACK = ("127.0.0.1", "::1", "localhost")
STOP_S = 8


@click.command()
@data_option("demo")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Where to listen.  [default: 8000]")
@click.option("--no-serve", is_flag=True, help="Build the ledger and stop.")
@click.option("--companies", type=click.IntRange(60, 2000), default=72, show_default=True, help="Fictional companies.")
@click.option("--seed", type=int, default=2021, show_default=True, help="The same seed gives the same history.")
def demo(data: Path, port: int | None, no_serve: bool, companies: int, seed: int) -> None:
    """Build the demonstration ledger and serve it on this machine only.

    It holds the publicly known history of MCSC and CETY, each claim dated and sourced, and a fictional pipeline of
    companies: names ending in "(demo)", labelled FICTIONAL, recorded times simulated. Run again, it serves what is
    there, with new keys.
    """
    from api.demo import build, is_demo, reissue

    if is_demo(data):
        say(f"The demonstration ledger in {data} is there already; serving it as it is.")
        keys = reissue(data)
    else:
        with Progress("recorded facts") as progress:
            built = build(data, companies=companies, seed=seed, progress=progress)
        say(
            f"Built {data}: {built.claims} public claims and {built.companies} companies in {built.facts:,} facts"
            f" ({built.seconds:.1f} s). Companies ending in (demo), and all recorded times, are invented."
        )
        keys = built.keys
    say("\nKeys, one for each role; they are shown this once:")
    for role, actor, key in keys:
        say(f"  {role:<10} {key}   ({actor})")
    settings = settings_of(data)
    port = settings.port if port is None else port
    if no_serve:
        say(f"\nTo serve it: mcsc serve --data {data}")
        return
    base = f"http://127.0.0.1:{port}"
    secret = next(key for role, _, key in keys if role == "auditor")
    say(f"\nTry, in another terminal:\n  export KEY={secret}")
    say(f'  curl -H "Authorization: Bearer $KEY" {base}/v1/companies/cety')
    say(f'  curl -H "Authorization: Bearer $KEY" {base}/v1/reports/funnel.csv')
    say(f"  mcsc report funnel --data {data}\n")
    run(data, settings, "127.0.0.1", port)


@click.command()
@data_option()
@click.option("--host", default=None, help="Where to listen; only this machine unless you name another address.")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Where to listen.  [default: 8000]")
def serve(data: Path, host: str | None, port: int | None) -> None:
    """Serve a ledger over HTTP until Ctrl-C; commands already taken are recorded before the end."""
    settings, database = migrated(data)
    if settings.host not in LOOPBACK and host is None:
        raise Stop(f"The settings listen on {settings.host}; confirm with --host {settings.host}.", USAGE)
    from api.auth import KeyRing

    ring = KeyRing(database)
    ring.refresh()
    if not any(not key.revoked for key in ring.keys.values()):
        say(f"Nobody has a key yet: `mcsc token create --data {data} --actor NAME --role admin`, then serve.")
    database.close()
    run(data, settings, host or settings.host, settings.port if port is None else port)


def run(data: Path, settings: "Settings", host: str, port: int) -> None:
    """Serve until told to stop."""
    import uvicorn

    from api.app import create_app, log_as_json

    log_as_json()
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=host,
            port=port,
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=STOP_S,
        )
    )
    base = f"http://{host}:{port}"
    say(f"Serving {data} on {base}   (docs {base}/docs, health {base}/health; Ctrl-C stops)")
    server.run()
    if not server.started:
        raise Stop(f"Could not serve on {host}:{port}; the log above says why.", UNAVAILABLE)


@click.command()
@data_option()
def migrate(data: Path) -> None:
    """Bring the tables to the newest version. PostgreSQL: needs a role that may create tables and roles."""
    import migrations
    from ledger.database import Database

    database = Database(settings_of(data).database)
    migrations.upgrade(database)
    say(f"The tables in {database.display_name} are at {', '.join(sorted(migrations.newest()))}.")
    database.close()

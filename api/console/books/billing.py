"""A billing run at the desk: what it would issue and post, then the run itself, and what became of each lease.

routes   /desk/billing: the preview, and its form; /desk/billing/run: a run, while it goes on and after
Runs     the runs under way in this process

What became of a lease is asked of the log, under the run's idempotency key: a run that this process forgot, because it
was stopped, is shown as far as it came, and can be sent again. Under a key that recorded a run of other days nothing is
shown and nothing begun.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.console.pages import HOME, Elsewhere, Made, Page, Visit, address, form, page
from api.console.parts import Desk
from api.console.record.shapes import day_typed
from api.console.sessions import key_in, new_key
from api.console.words.refusing import InWords
from api.http.deadlines import in_time
from api.http.operations import FINANCE, Roles, not_allowed
from api.http.problems import Problem
from api.routes.billing_run import (
    BillingRun,
    PreviewedLease,
    PreviewedRun,
    begun,
    known_leases,
    lease_key,
    outcomes,
    previews,
)
from ledger.books.accounts import Account, chart
from ledger.decider import By
from ledger.log import store
from ledger.log.database import Database
from ledger.log.outage import log
from ledger.periods import first_and_last
from ledger.recording.asking import digest_of
from ledger.recording.outcome import Done, Refused, decode_outcome
from projections.engine.periods import periods

BILLING = f"{HOME}/billing"
RUN = f"{BILLING}/run"
PATIENCE_S = 2.0
"""Seconds that a run is waited for before its page shows how far it is."""


class Told(Struct, frozen=True):
    """The outcome of a lease in a run; neither: nothing yet."""

    lease: str
    done: Done | None = None
    refused: Refused | None = None


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of billing."""
    runs = Runs()
    return [
        page(desk, BILLING, "billing", _preview),
        form(desk, BILLING, "bill", runs.begin),
        page(desk, RUN, "billing-run", runs.show),
    ]


def check_may(visit: Visit, roles: Roles) -> None:
    """Check that whoever is signed in may do this. Raises Problem."""
    assert visit.visitor is not None, "only who is signed in comes here"
    if visit.visitor.role not in roles:
        raise not_allowed(visit.visitor.role, roles)


def key_of(visit: Visit, fields: Mapping[str, str]) -> str:
    """The key that a form came with. Raises Problem."""
    if not (key := key_in(fields.get("key", ""))):
        raise InWords("idempotency-key-missing", visit.say("The form is not whole: reload the page."))
    return key


def accounts_of(visit: Visit) -> Mapping[str, Account]:
    """The chart of accounts with this ledger's codes."""
    return chart(visit.desk.settings.accounts)


def _asked(visit: Visit, fields: Mapping[str, str]) -> BillingRun:
    """The run that a form asks for. Raises Problem."""
    try:
        through = day_typed(fields.get("through", ""))
        on = fields.get("on", "").strip()
        day = day_typed(on) if on else min(through, visit.desk.settings.today())
    except ValueError:
        raise InWords("body-invalid", visit.say("A day is written as 2026-06-30.")) from None
    return BillingRun(through=through, effective_on=day)


# The preview


async def _preview(visit: Visit) -> Made:
    check_may(visit, FINANCE)
    asked = {name: visit.asked.get(name, "") for name in ("through", "on")}
    values: dict[str, Any] = {"asked": asked, "wrong": None, "run": None, "totals": None, "leases": (), "quiet": 0}
    made = Page(template="billing.html", title=visit.say("Billing run"), section="billing", values=values)
    made.crumbs = [(visit.say("City"), HOME)]
    if not asked["through"]:
        made.values = {**values, "asked": {**asked, "through": await in_time(_suggested, visit.desk)}}
        return made
    recorder = visit.desk.recorder
    try:
        run = _asked(visit, asked)
        leases = await begun(recorder, visit.desk.settings.days, run)
    except Problem as problem:
        if problem.status not in (400, 422):
            raise
        made.status, made.values = problem.status, {**values, "wrong": problem}
        return made
    found, last = list[PreviewedLease](), None
    async for part in previews(recorder, run, leases, visit.by):
        for one in part:
            if isinstance(one, PreviewedRun):
                last = one.totals
            else:
                found.append(one)
    shown = [one for one in found if one.preview is None or one.preview.facts]
    made.values = {
        **values,
        "run": run,
        "key": new_key(),
        "totals": last,
        "leases": [one for one in shown if one.preview is not None],
        "refused": [one for one in shown if one.preview is None],
        "quiet": len(found) - len(shown),
        "accounts": accounts_of(visit),
    }
    return made


def _suggested(desk: Desk) -> str:
    """The last day of the month that is closed next; nothing where no month is open."""
    with desk.database.views.connect() as connection:
        months = [row.month for row in periods(connection, store.read_head(connection).size) if row.state != "CLOSED"]
    return str(first_and_last(months[0])[1]) if months else ""


# The run


class Runs:
    """The runs that are under way in this process, by who began them and their key."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def begin(self, visit: Visit, fields: Mapping[str, str]) -> Made:
        """Begin a run, once: the same form sent again shows it."""
        check_may(visit, FINANCE)
        run, key, by = _asked(visit, fields), key_of(visit, fields), visit.by
        leases = await begun(visit.desk.recorder, visit.desk.settings.days, run)
        await in_time(_told, visit.desk.database, by.actor, key, run)
        if (by.actor, key) not in self._under_way:
            task = asyncio.create_task(_go_through(visit.desk, run, leases, by, key))
            self._under_way[by.actor, key] = task
            task.add_done_callback(lambda _: self._under_way.pop((by.actor, key), None))
        if under_way := self._under_way.get((by.actor, key)):
            await asyncio.wait([under_way], timeout=PATIENCE_S)
        asked = {"through": run.through, "on": run.effective_on, "key": key}
        return Elsewhere(to=address(RUN, asked))

    async def show(self, visit: Visit) -> Made:
        """Show what became of each lease so far."""
        check_may(visit, FINANCE)
        run, key, by = _asked(visit, visit.asked), key_of(visit, visit.asked), visit.by
        told = await in_time(_told, visit.desk.database, by.actor, key, run)
        running = (by.actor, key) in self._under_way
        answered = [one for one in told if one.done or one.refused]
        if not answered and not running:
            raise InWords("not-found", visit.say("No run of yours was recorded under this key."))
        return Page(
            template="billing_run.html",
            title=visit.say("Billed through {day}", day=run.through),
            section="billing",
            crumbs=[(visit.say("City"), HOME), (visit.say("Billing run"), BILLING)],
            headers={"Refresh": "1"} if running else {},
            values={
                "run": run,
                "key": key,
                "running": running,
                "told": told,
                "answered": len(answered),
                "refused": sum(one.refused is not None for one in told),
                "facts": sum(len(one.done.facts) for one in told if one.done),
                "left": len(told) - len(answered),
            },
        )


async def _go_through(desk: Desk, run: BillingRun, leases: Sequence[str], by: By, key: str) -> None:
    try:
        async for _ in outcomes(desk.recorder, run, leases, by, key):
            pass
    except Exception:
        log.exception("a billing run ended before its last lease", key=key)


def _told(database: Database, actor: str, key: str, run: BillingRun) -> list[Told]:
    """Find what is kept of each lease's command under the key of the run. Raises Problem where it is of another run."""
    leases = known_leases(database)
    with database.views.connect() as connection:
        kept = store.receipts(connection, [(actor, lease_key(key, lease)) for lease in leases])
    found = [(lease, kept.get((actor, lease_key(key, lease)))) for lease in leases]
    if any(one is not None and one[0] != digest_of(run.of(lease)) for lease, one in found):
        raise Problem("idempotency-key-reused", f"This key recorded a run of other days than {run.through}.")
    return [_outcome(lease, one[1] if one else None) for lease, one in found]


def _outcome(lease: str, written: bytes | None) -> Told:
    outcome = None if written is None else decode_outcome(written)
    return msgspec.structs.replace(
        Told(lease),
        done=outcome if isinstance(outcome, Done) else None,
        refused=outcome if isinstance(outcome, Refused) else None,
    )

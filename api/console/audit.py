"""For those who check: the timeline, one fact, the log verified.

routes     /desk/audit/timeline, /desk/audit/facts/POSITION, /desk/audit/verify; /desk/audit/evidence?report=…&cell=…,
           ?position=… or ?close=…: a pack that proves it, saved; /desk/audit/export?year=2026: the files for auditors
Verifier   the last check of the whole log, and one under way
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec.structs import replace
from sqlalchemy import select

from api.console.books.billing import check_may
from api.console.documents import cited
from api.console.pages import HOME, Elsewhere, Made, Page, Visit, address, form, page
from api.console.papers import papers_of
from api.console.parts import Desk
from api.console.record.effects import told
from api.console.record.labels import title
from api.console.record.pages import words_of
from api.console.record.righting import righted
from api.console.record.titles import TITLES
from api.console.reports.pages import look
from api.console.sessions import new_key
from api.console.things.links import of_tag
from api.console.words.altered import altered
from api.console.words.saying import Language
from api.evidence.serving import PROVERS, EvidenceQuery, handed_over
from api.formats.facts import FACTS as FACTS_IN_WORDS
from api.http.answers import bytes_withheld, withheld
from api.http.deadlines import in_time
from api.http.operations import ADMINS, FINANCE
from api.http.parameters import shaped
from api.http.problems import Problem
from api.papers.auditors.serving import AuditQuery
from api.papers.auditors.serving import handed_over as export_handed_over
from api.routes.audit import HISTORY, POSITION
from ledger.decider import stored_name
from ledger.log import merkle
from ledger.log.database import Database, fact
from ledger.log.envelope import decode
from ledger.log.outage import log
from ledger.log.store import Head, read_head
from ledger.log.verify import Altered, Verified, verify

AUDIT = f"{HOME}/audit"
TIMELINE, FACTS, VERIFY = f"{AUDIT}/timeline", f"{AUDIT}/facts", f"{AUDIT}/verify"
EVIDENCE, EXPORT = f"{AUDIT}/evidence", f"{AUDIT}/export"
SHOWN = 50
MORE = {
    "entity": "About the thing",
    "tag": "Tag",
    "role": "In the role",
    "method": "Known by",
    "effective_from": "Effective from",
    "effective_until": "Effective until",
    "recorded_from": "Recorded from",
    "recorded_until": "Recorded until",
    "late": "Days late, at least",
    "sample": "Sample of",
    "seed": "Seed",
}
"""Fields of the history beside those that are always there, as the timeline calls them."""
ONLY = {
    "corrections": "Corrections only",
    "overrides": "Overrides only",
    "self_approved": "Self-approved only",
    "future_dated": "Future-dated only",
}
"""Boxes of the same."""


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of the audit."""
    verifier = Verifier(desk.database)
    return [
        page(desk, TIMELINE, "timeline", _timeline),
        page(desk, f"{FACTS}/{{position:str}}", "fact", _fact),
        page(desk, VERIFY, "verify", verifier.show),
        page(desk, EVIDENCE, "evidence", _evidence),
        page(desk, EXPORT, "audit-export", _export),
        form(desk, VERIFY, "check", verifier.begin),
    ]


async def _timeline(visit: Visit) -> Made:
    asked = visit.asked
    values: dict[str, Any] = {"asked": asked, "rows": (), "total": None, "more": None, "latest": None, "wrong": None}
    values |= {"place": of_tag, "fields": MORE, "boxes": ONLY, "kinds": [*FACTS_IN_WORDS]}
    values["command_name"] = partial(_command_named, visit.language)
    made = Page(template="timeline.html", title=visit.say("Timeline"), section="timeline", values=values)
    made.crumbs = [(visit.say("City"), HOME)]
    try:
        query = replace(shaped(visit.pairs, HISTORY.query), limit=SHOWN)
        view, found = await look(visit, HISTORY, query)
    except Problem as problem:
        if problem.status not in (400, 404):
            raise
        made.status, made.values = problem.status, {**values, "wrong": problem}
        return made
    made.view = view
    latest = max(view.basis.recorded - SHOWN, 0)
    made.values = {
        **values,
        "rows": found.rows,
        "total": found.total,
        "more": found.next and address(TIMELINE, {**asked, found.next[0]: found.next[1]}),
        "latest": address(TIMELINE, {**asked, "after": latest}),
    }
    return made


def _command_named(language: Language, name: str) -> str:
    """A command in words; what recorded without one as it is called."""
    return title(language, name) if name in TITLES else name


async def _fact(visit: Visit) -> Made:
    written = visit.request.scope["path_params"]["position"]
    position = int(written) if POSITION.fullmatch(written) else 0
    envelope, head = await in_time(_envelope, visit.desk.database, position)
    if envelope is None:
        raise Problem("not-found", f"No fact is recorded at position {written!r}.")
    leaf = merkle.leaf(envelope).hex()
    entry = decode(envelope)
    if visit.by.role not in ADMINS:
        envelope, (entry,) = bytes_withheld(envelope), withheld([entry])
    said, kind = msgspec.json.decode(envelope), stored_name(type(entry.fact))
    return Page(
        template="fact.html",
        title=visit.say("Fact {position}", position=position),
        section="timeline",
        crumbs=[(visit.say("City"), HOME), (visit.say("Timeline"), address(TIMELINE, visit.carried))],
        values={
            "kind": kind,
            "righted": None if visit.carried else righted(visit, kind, said),
            "evidence": address(EVIDENCE, {"position": position}) if visit.by.role in PROVERS else "",
            "place": of_tag,
            "told": told(entry.fact),
            "command_name": partial(_command_named, visit.language),
            **words_of(visit),
            "said": said,
            "leaf": leaf,
            "envelope": envelope.decode(),
            "documents": await in_time(cited, visit.desk, position, envelope),
            "issues": new_key() if visit.by.role in FINANCE and not visit.carried else "",
            "size": head.size,
            "papers": papers_of(visit, said["data"]["fact"], said["data"], said["tags"]),
            "earlier": position - 1 or None,
            "later": position + 1 if position < head.size else None,
        },
    )


async def _evidence(visit: Visit) -> Made:
    """A pack that proves a figure, a fact or a close, for those who may take one away."""
    check_may(visit, PROVERS)
    desk, query = visit.desk, shaped(visit.pairs, EvidenceQuery)
    return await handed_over(
        desk.reader, desk.database, desk.settings, desk.reads.values(), visit.request, query, visit.by
    )


async def _export(visit: Visit) -> Made:
    """A year of the books as files for auditors, for those who may take one away."""
    check_may(visit, PROVERS)
    desk = visit.desk
    return await export_handed_over(
        desk.reader, desk.database, desk.settings, visit.request, shaped(visit.pairs, AuditQuery)
    )


def _envelope(database: Database, position: int) -> tuple[bytes | None, Head]:
    with database.views.connect() as connection:
        stored = connection.execute(select(fact.c.envelope).where(fact.c.position == position)).scalar()
        return None if stored is None else bytes(stored), read_head(connection)


class Verifier:
    """Checks the log when it is asked to, once at a time, and keeps what came of it until this process ends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._running: asyncio.Task[None] | None = None
        self._done = (0, 0)
        self._found: Verified | str | None = None
        self._finished: datetime | None = None

    async def show(self, visit: Visit) -> Page:
        """The head of the log, and the last check."""
        head = await in_time(_head, self._database)
        running = self._running is not None and not self._running.done()
        values: Mapping[str, Any] = {
            "head": head,
            "running": self._done if running else None,
            "found": self._found if isinstance(self._found, Verified) else None,
            "wrong": self._found if isinstance(self._found, str) else None,
            "finished": self._finished,
            "altered": partial(altered, visit.language),
            "year": visit.desk.settings.today().year if visit.by.role in PROVERS else None,
        }
        return Page(
            template="verify.html",
            title=visit.say("Verify"),
            section="verify",
            values=values,
            crumbs=[(visit.say("City"), HOME)],
            headers={"Refresh": "1"} if running else {},
        )

    async def begin(self, _visit: Visit, _fields: Mapping[str, str]) -> Made:
        """Begin a check, where none is under way; it is waited for as long as a page may take."""
        if self._running is None or self._running.done():
            self._done = (0, 0)
            self._running = asyncio.create_task(asyncio.to_thread(self._check))
        await asyncio.wait([self._running], timeout=2)
        return Elsewhere(to=VERIFY)

    def _check(self) -> None:
        try:
            self._found = verify(self._database, progress=self._progress)
        except Altered as altered:
            self._found = str(altered)
        except Exception:
            log.exception("the log could not be verified")
            self._found = ""
        self._finished = datetime.now(UTC)

    def _progress(self, done: int, total: int) -> None:
        self._done = done, total


def _head(database: Database) -> Head:
    with database.views.connect() as connection:
        return read_head(connection)

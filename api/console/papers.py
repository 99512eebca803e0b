"""Papers from the desk: statements, invoices, credit notes and energy statements as PDF, where their fact stands.

routes      /desk/papers: those that went out, and one in hand looked up; /desk/papers/KIND?name=…: shown, or issued
papers_of   the papers that a fact is the source of, with their addresses

To look at a paper records nothing. To issue one prints it on a basis that is fixed, records its hash, and saves it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler

from api.console.books.billing import check_may, key_of
from api.console.pages import HOME, Made, Page, Sent, Visit, address, form, page, upload
from api.console.parts import Desk
from api.console.record.labels import choice
from api.console.things.links import thing_address
from api.http.deadlines import in_time
from api.http.operations import FINANCE
from api.http.parameters import shaped
from api.http.problems import Problem, of_not_done, of_refusal
from api.http.reading import Read
from api.papers.issuing import KINDS, issue_of, issued
from api.papers.serving import handed_over, hash_of, names_in, papers, printed_for, sent
from api.routes.histories import all_entries
from ledger.bookkeeping.papers import PaperIssued, PaperKind
from ledger.decider import stored_name
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry, decode
from ledger.log.store import read_head
from ledger.offtake.facts import StatementCalculated
from ledger.recording.outcome import NotDone, Refused

PAPERS = f"{HOME}/papers"
SHOWN = 100
POSITION = re.compile("[0-9]{1,15}")
NAMES: Mapping[str, str] = {
    "statement": "Statement of account",
    "invoice": "Invoice",
    "credit-note": "Credit note",
    "energy": "Energy statement",
}

STATEMENT: PaperKind = "STATEMENT_OF_ACCOUNT"
DOCUMENTS: Mapping[PaperKind, str] = {"INVOICE": "invoice", "CREDIT_NOTE": "credit-note"}
"""Papers of one document, and what it is called in the tags of its fact."""


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of the papers."""
    kinds = papers(desk.settings)

    def asked_for(visit: Visit) -> tuple[str, Read[Any]]:
        kind = visit.request.scope["path_params"]["kind"]
        if (read := kinds.get(kind)) is None:
            raise Problem("not-found", f"{kind}: {', '.join(kinds)}")
        return kind, read

    async def paper(visit: Visit) -> Made:
        _, read = asked_for(visit)
        asked = [(name, value) for name, value in visit.pairs if name != "name"]
        path = names_in(read, visit.asked.get("name", ""))
        return await handed_over(desk.reader, read, visit.request, shaped(asked, read.query), path)

    async def issue(visit: Visit, fields: Mapping[str, str]) -> Made:
        check_may(visit, FINANCE)
        kind, read = asked_for(visit)
        if kind not in KINDS:
            raise Problem("not-found", f"{kind} are printed and stay in the house")
        name, key = fields.get("name", ""), key_of(visit, fields)
        asked = shaped([(one, fields[one]) for one in ("recorded",) if fields.get(one)], read.query)
        paper, body = await printed_for(desk.reader, read, asked, names_in(read, name))
        command = issue_of(kind, name, paper, body, desk.settings.today())
        try:
            answer = await desk.recorder.record(command, visit.by, key=key, data_class=desk.recorder.data_class)
        except NotDone as error:
            raise of_not_done(error) from error
        if isinstance(answer.outcome, Refused):
            raise of_refusal(answer.outcome)
        return sent(visit.request, paper, body, "attachment")

    return [
        page(desk, PAPERS, "papers", _show),
        upload(desk, PAPERS, "check-paper", _check, desk.settings.document_bytes_max),
        page(desk, f"{PAPERS}/{{kind:str}}", "paper", paper),
        form(desk, f"{PAPERS}/{{kind:str}}", "issue-paper", issue),
    ]


async def _show(visit: Visit) -> Made:
    return await _page(visit)


async def _check(visit: Visit, file: Sent) -> Made:
    """Look a paper up that somebody holds; the file is kept nowhere."""
    sha256 = hash_of(file.data)
    return await _page(
        visit, {"name": file.name, "sha256": sha256, "found": await in_time(_found, visit.desk.database, sha256)}
    )


async def _page(visit: Visit, checked: Mapping[str, Any] | None = None) -> Page:
    asked = visit.asked.get("before", "")
    before = int(asked) if POSITION.fullmatch(asked) else None
    rows, total = await in_time(_latest, visit.desk.database, before)
    last = rows[SHOWN - 1].position if len(rows) > SHOWN else None
    return Page(
        template="papers.html",
        title=visit.say("Papers that went out"),
        section="papers",
        crumbs=[(visit.say("City"), HOME)],
        values={
            "checked": checked,
            "issued": rows[:SHOWN],
            "total": total,
            "more": address(PAPERS, {"before": last}) if last else "",
            "latest": before is not None,
            "kind": lambda code: choice(visit.language, code),
            "sources": await in_time(_sources, visit.desk.database, [*rows, *(checked or {}).get("found", ())]),
        },
    )


def _latest(database: Database, before: int | None) -> tuple[list[Entry], int]:
    """The latest papers that went out, before a position where one is named: one more than are shown; and how many."""
    with database.views.connect() as connection:
        entries = list(all_entries(connection, recorded=read_head(connection).size, fact=stored_name(PaperIssued)))
    rows = [entry for entry in reversed(entries) if before is None or entry.position < before]
    return rows[: SHOWN + 1], len(entries)


def _sources(database: Database, rows: Sequence[Entry]) -> Mapping[int, str]:
    """The pages of what papers were issued from, by the papers' positions: a fact, or a tenant."""
    some = [(entry.position, entry.fact) for entry in rows if isinstance(entry.fact, PaperIssued)]
    documents = {f"{tag}:{fact.name}" for _, fact in some if (tag := DOCUMENTS.get(fact.kind))}
    agreements = {f"offtake:{fact.name.partition('/')[0]}" for _, fact in some if fact.kind == "ENERGY_STATEMENT"}
    calculated = [stored_name(StatementCalculated)]
    found = dict[tuple[PaperKind, str], int]()
    with database.views.connect() as connection:
        entries = store.by_tags(connection, documents) if documents else []
        if agreements:
            entries += map(decode, store.envelopes_by_tags(connection, agreements, calculated))
    for entry in entries:
        data = msgspec.to_builtins(entry.fact)
        found |= {(KINDS[kind], name): entry.position for kind, name in _named(stored_name(type(entry.fact)), data, ())}
    places = {at: found[fact.kind, fact.name] for at, fact in some if (fact.kind, fact.name) in found}
    tenants = {at: thing_address("company", fact.company, {}) for at, fact in some if fact.kind == STATEMENT}
    return {at: thing_address("fact", str(place), {}) for at, place in places.items()} | tenants


def _found(database: Database, sha256: str) -> list[Entry]:
    with database.views.connect() as connection:
        return issued(connection, sha256, read_head(connection).size)


def papers_of(visit: Visit, fact: str, data: Mapping[str, Any], tags: Sequence[str]) -> list[tuple[str, str, str]]:
    """List the papers of a fact: what each is, its kind and name, and its address."""
    return [
        (visit.say(NAMES[kind]), name, address(f"{PAPERS}/{kind}", {"name": name, **visit.carried}))
        for kind, name in _named(fact, data, tags)
    ]


def _named(fact: str, data: Mapping[str, Any], tags: Sequence[str]) -> Iterator[tuple[str, str]]:
    if fact in ("energy.statement-calculated", "energy.statement-approved"):
        yield "energy", f"{data['agreement']}/{data['month']}-r{data['run']}"
    if "lines" in data and "due_on" in data and "invoice" in data:
        yield "invoice", data["invoice"]
    if "credit_note" in data:
        yield "credit-note", data["credit_note"]
    if fact.partition(".")[0] in ("billing", "energy") and "company" in data and f"tenant:{data['company']}" in tags:
        yield "statement", data["company"]

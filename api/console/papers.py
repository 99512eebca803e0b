"""Papers from the desk: statements, invoices, credit notes and energy statements as PDF, where their fact stands.

routes      /desk/papers/KIND?name=…
papers_of   the papers that a fact is the source of, with their addresses
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from litestar.handlers import HTTPRouteHandler

from api.console.pages import HOME, Made, Visit, address, page
from api.console.parts import Desk
from api.http.parameters import shaped
from api.http.problems import Problem
from api.papers.serving import handed_over, names_in, papers

PAPERS = f"{HOME}/papers"
NAMES: Mapping[str, str] = {
    "statement": "Statement of account",
    "invoice": "Invoice",
    "credit-note": "Credit note",
    "energy": "Energy statement",
}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The one of the papers."""
    kinds = papers(desk.settings)

    async def paper(visit: Visit) -> Made:
        kind = visit.request.scope["path_params"]["kind"]
        if (read := kinds.get(kind)) is None:
            raise Problem("not-found", f"{kind}: {', '.join(kinds)}")
        asked = [(name, value) for name, value in visit.pairs if name != "name"]
        path = names_in(read, visit.asked.get("name", ""))
        return await handed_over(desk.reader, read, visit.request, shaped(asked, read.query), path)

    return [page(desk, f"{PAPERS}/{{kind:str}}", "paper", paper)]


def papers_of(visit: Visit, fact: str, data: Mapping[str, Any], tags: Sequence[str]) -> list[tuple[str, str]]:
    """List the papers of a fact: the name of each, and its address."""
    return [
        (visit.say(NAMES[kind]), address(f"{PAPERS}/{kind}", {"name": name, **visit.carried}))
        for kind, name in _named(fact, data, tags)
    ]


def _named(fact: str, data: Mapping[str, Any], tags: Sequence[str]) -> Iterator[tuple[str, str]]:
    if fact == "energy.statement-calculated":
        yield "energy", f"{data['agreement']}/{data['month']}-r{data['run']}"
    if "lines" in data and "due_on" in data and "invoice" in data:
        yield "invoice", data["invoice"]
    if "credit_note" in data:
        yield "credit-note", data["credit_note"]
    if fact.partition(".")[0] in ("billing", "energy") and "company" in data and f"tenant:{data['company']}" in tags:
        yield "statement", data["company"]

"""Saved views: addresses of reports that somebody gave a name. None of this is a fact.

SavedViews   the views of each person, in the desk's own file
routes       /desk/views: save one; rename or delete one
kept_by      those of whoever is signed in
unsaved      why the one that was just typed could not be saved: the page that it came from shows it, and all that was
             typed there

The address of a page says everything of it: filters, columns, both dates. A saved view is such an address with a name,
for whoever saved it alone. No figure rests on one, nobody else sees it, and it may be deleted: so it does not belong
into the log, which keeps for ever. It is kept in the file that keeps the sessions, beside a ledger on SQLite and one
on PostgreSQL alike; lost with it are names, no figures.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl

from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.console.pages import HOME, Elsewhere, Made, Visit, address, form
from api.console.parts import Desk
from api.console.words.refusing import InWords
from api.http.decoding import INVISIBLE

VIEWS, REPORTS = f"{HOME}/views", f"{HOME}/reports"
NAME_MAX, ADDRESS_MAX, VIEWS_MAX = 80, 2_000, 100
TAKEN = "Another of your views is called “{name}”."
OF_NO_REPORT = "It is no address of a report of this desk."
TOO_MANY = "A person keeps {most} views at most; delete one first."
MISNAMED = "A name is of 1 to {most} characters, none of them invisible."
RULES = {"taken": TAKEN, "many": TOO_MANY, "misnamed": MISNAMED}
WHY = "_unsaved"
"""The parameter of a page that says which of these rules is in the way."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS view (
    id INTEGER PRIMARY KEY, actor TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, UNIQUE (actor, name)
)
"""


class SavedView(Struct, frozen=True):
    """An address of a report, and what somebody calls it."""

    id: int
    name: str
    address: str


class Unsaved(Exception):
    """A view cannot be saved so; it says which rule is in the way."""

    def __init__(self, rule: str) -> None:
        super().__init__(RULES[rule])
        self.rule = rule


class SavedViews:
    """The views of each person, in a file that only its owner can read."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def of(self, actor: str) -> list[SavedView]:
        """The views of a person, by name."""
        with self._open() as database:
            rows = database.execute("SELECT id, name, address FROM view WHERE actor = ? ORDER BY name, id", (actor,))
            return [SavedView(*row) for row in rows]

    def save(self, actor: str, name: str, address: str) -> None:
        """Keep an address under a name that no other address has. Raises Unsaved."""
        name = _named(name)
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            others = "SELECT count(*) FROM view WHERE actor = ? AND name <> ?"
            if database.execute(others, (actor, name)).fetchone()[0] >= VIEWS_MAX:
                raise Unsaved("many")
            taken = "SELECT address FROM view WHERE actor = ? AND name = ?"
            kept = database.execute(taken, (actor, name)).fetchone()
            if kept is not None and kept[0] != address:
                raise Unsaved("taken")
            if kept is None:
                new = "INSERT INTO view (actor, name, address) VALUES (?, ?, ?)"
                database.execute(new, (actor, name, address))
            database.execute("COMMIT")

    def rename(self, actor: str, view: int, name: str) -> None:
        """Give one of a person's views another name. Raises Unsaved."""
        name = _named(name)
        try:
            with self._open() as database:
                database.execute("UPDATE view SET name = ? WHERE id = ? AND actor = ?", (name, view, actor))
        except sqlite3.IntegrityError:
            raise Unsaved("taken") from None

    def delete(self, actor: str, view: int) -> None:
        """Forget one of a person's views."""
        with self._open() as database:
            database.execute("DELETE FROM view WHERE id = ? AND actor = ?", (view, actor))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self._file.exists():
            self._file.touch(mode=0o600)
        database = sqlite3.connect(self._file, timeout=5, isolation_level=None)
        try:
            database.execute(SCHEMA)
            yield database
        finally:
            database.close()


def _named(name: str) -> str:
    """A name as it is kept. Raises Unsaved."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX or INVISIBLE.search(name):
        raise Unsaved("misnamed")
    return name


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of saved views."""
    return [form(desk, VIEWS, "save-view", _save), form(desk, f"{VIEWS}/{{view:int}}", "change-view", _change)]


def kept_by(visit: Visit) -> list[SavedView]:
    """The views of whoever is signed in."""
    return _views(visit).of(visit.by.actor)


def _views(visit: Visit) -> SavedViews:
    return SavedViews(Path(visit.desk.settings.desk))


def unsaved(visit: Visit, typed: str) -> str | None:
    """Why a view was not saved, or renamed, as it was typed."""
    rule = RULES.get(visit.beside.get(WHY, ""))
    most = NAME_MAX if rule == MISNAMED else VIEWS_MAX
    return rule and visit.say(rule, name=typed, most=most)


async def _save(visit: Visit, fields: Mapping[str, str]) -> Made:
    view = visit.asked.get("address", "")
    if not view.startswith(f"{REPORTS}/") or len(view) > ADDRESS_MAX or INVISIBLE.search(view):
        raise InWords("body-invalid", visit.say(OF_NO_REPORT))
    name = fields.get("_name", "")
    try:
        _views(visit).save(visit.by.actor, name, view)
    except Unsaved as error:
        path, _, query = view.partition("?")
        typed = {field: text for field, text in fields.items() if not field.startswith("_")} or dict(parse_qsl(query))
        return Elsewhere(to=address(path, {**typed, "_name": name[: 2 * NAME_MAX], WHY: error.rule}))
    return Elsewhere(to=REPORTS)


async def _change(visit: Visit, fields: Mapping[str, str]) -> Made:
    view = int(visit.request.scope["path_params"]["view"])
    try:
        if visit.asked.get("do") == "delete":
            _views(visit).delete(visit.by.actor, view)
        else:
            _views(visit).rename(visit.by.actor, view, fields.get(f"_name.{view}", ""))
    except Unsaved as error:
        typed = {field: text[: 2 * NAME_MAX] for field, text in fields.items() if field.startswith("_name.")}
        return Elsewhere(to=address(REPORTS, {**typed, WHY: error.rule, "_view": view}))
    return Elsewhere(to=REPORTS)

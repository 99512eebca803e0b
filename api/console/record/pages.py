"""Recording at the desk, as pages.

routes   /desk/record, /desk/record/guides, /desk/record/NAME, /desk/record/NAME/done; /desk/record/NAME/file keeps a
         document that the form names

A form works without script: what its buttons ask for comes back as the same form, with all that was typed. It carries
its own idempotency key, so a second click records nothing more; a refusal, after which people change something, gets
another. Roles that may not record a command do not see its form. A view of the past records nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from litestar.handlers import HTTPRouteHandler
from msgspec import Struct
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.agenda.inbox import DECIDING
from api.console.books.bank.files import BANK
from api.console.books.billing import check_may
from api.console.pages import (
    DELEGATION,
    HOME,
    TYPED_HEADERS,
    Elsewhere,
    Made,
    Page,
    Sent,
    Visit,
    address,
    form,
    page,
    upload,
    whose,
)
from api.console.parts import Desk
from api.console.record.begun import COPIED, SAID, begun, not_before, previous
from api.console.record.effects import Changed, Posted, Told, changes, day_of, posted, reports_of, told
from api.console.record.guides import GUIDES, NAMES, NEXT, hands, names_in
from api.console.record.known import offered
from api.console.record.labels import CODED, GROUPS, choice, group, hint, label, row, title
from api.console.record.lines import curl_line, record_line
from api.console.record.shapes import BESIDE, Field, Mistyped, added, dropped, fields_of, taken
from api.console.record.turns import TURNS
from api.console.sessions import key_in, new_key
from api.console.things.links import of_tag, thing_address
from api.console.words.refusing import InWords, Wrong, why
from api.documents.serving import KEEPERS, WRITE_S, keep
from api.documents.shelf import Shelf
from api.formats.facts import FACTS, fact_named
from api.http.answers import withheld
from api.http.deadlines import in_time, within
from api.http.operations import ADMINS, FINANCE, may, not_allowed
from api.http.problems import Problem, of_not_done, of_refusal
from api.http.recording import Recording
from api.http.requests import header
from ledger.access import CreateKey
from ledger.bookkeeping.journals.by_hand import BY_HAND
from ledger.bookkeeping.journals.deciding import ProposeJournal
from ledger.books.accounts import chart
from ledger.decider import Command, command_name
from ledger.joint.closing import ClosePeriod
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.recording.outcome import Done, KeyReused, NotDone, Previewed, Refused, decode_outcome
from projections.engine.view import OutOfStep

RECORD = f"{HOME}/record"
GUIDED = f"{RECORD}/guides"
PLAIN = "One line of writing, not blank, without control characters."
"""A shape that need not be said."""
APART = (
    Recording(path="", command=ClosePeriod, summary="Close a month for ever.", group="periods", roles=FINANCE, at=""),
    Recording(
        path="",
        command=CreateKey,
        summary="Create a key; its secret is shown once.",
        group="access",
        roles=ADMINS,
        at="",
    ),
)
"""Commands with pages of their own: the month close, and a key, whose secret is shown once."""
BEGUN_WITH = ("company", "lease", "order", "agreement", "meter")
EFFECTS_S = 10
FACTS_MAX, THINGS_MAX = 200, 8
USED = "This form recorded something already. If you mean another one, press Record again."
REFUSED_BEFORE = "This form was sent before, and refused: nothing is recorded of it. Press Record again."


class Preview(Struct, kw_only=True):
    """A dry run, told: its facts and postings, what reports say before and after, and the command for a terminal."""

    facts: Sequence[Told]
    lines: Sequence[Posted]
    changed: Sequence[Changed] | None
    asked: Sequence[str]
    day: date
    curl: str
    record: str


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of recording."""
    return [
        page(desk, RECORD, "record", _all),
        page(desk, GUIDED, "guides", _guides),
        page(desk, f"{RECORD}/close-period", "close-period-form", _close),
        page(desk, f"{RECORD}/{{command:str}}", "record-form", _begin),
        form(desk, f"{RECORD}/{{command:str}}", "record-command", _take, again=_again),
        page(desk, f"{RECORD}/{{command:str}}/done", "recorded", _done),
        upload(
            desk,
            f"{RECORD}/{{command:str}}/file",
            "record-file",
            _keep,
            desk.settings.document_bytes_max,
            file_of=lambda typed: f"_file.{typed.get('_do', '').partition(':')[2]}",
            again=_again,
        ),
    ]


async def _close(visit: Visit) -> Made:
    return Elsewhere(
        to=address(f"{HOME}/close", {name: visit.asked[name] for name in ("month",) if name in visit.asked})
    )


def _crumbs(visit: Visit) -> list[tuple[str, str]]:
    return [(visit.say("City"), HOME), (visit.say("Record"), address(RECORD, visit.carried))]


def _past(visit: Visit) -> bool:
    """Tell whether the page is of another time than now."""
    now = {"effective": ("now", visit.desk.settings.today().isoformat())}
    return any(value not in now.get(name, ("now",)) for name, value in visit.carried.items())


# What there is


def _offered(visit: Visit) -> Iterator[tuple[str, Recording]]:
    """The commands that the visitor's role may record."""
    assert visit.visitor is not None, "somebody is signed in"
    for name, recording in visit.desk.recordings.items():
        if visit.visitor.role in recording.roles:
            yield name, recording


async def _all(visit: Visit) -> Made:
    sought = visit.asked.get("search", "")
    groups: dict[str, list[tuple[str, str, str]]] = {group(visit.language, name): [] for name in GROUPS}
    for name, recording in dict((*_offered(visit), *_apart(visit))).items():
        told = [title("en", name), title("zh", name), recording.summary, name, group("zh", recording.group)]
        if all(word in " ".join(told).lower() for word in sought.lower().split()):
            of_group = groups.setdefault(group(visit.language, recording.group), [])
            of_group.append((name, title(visit.language, name), recording.summary))
    return Page(
        template="record/commands.html",
        title=visit.say("Record"),
        section="record",
        crumbs=[(visit.say("City"), HOME)],
        values={
            "commands": {name: some for name, some in groups.items() if some},
            "sought": sought,
            "guides": await _ways(visit),
            "past": _past(visit),
        },
    )


def _apart(visit: Visit) -> Iterator[tuple[str, Recording]]:
    """The commands that have pages of their own, where the visitor's role may record them."""
    assert visit.visitor is not None, "somebody is signed in"
    for one in APART:
        if visit.visitor.role in one.roles:
            yield command_name(one.command), one


async def _ways(visit: Visit) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The ways, each step with the form that begins with the names asked for, or what it waits for: a day, or the roles
    whose step it is."""
    named = {name: value for name, value in visit.asked.items() if name != "search"}
    steps = tuple(dict.fromkeys(step for guide in GUIDES for step in guide.steps))
    waits = await _waits(visit, steps, named)
    return [
        (
            guide.zh if visit.language == "zh" else guide.en,
            [
                (
                    title(visit.language, step),
                    "" if step in waits else address(f"{RECORD}/{step}", named),
                    waits.get(step, ""),
                )
                for step in guide.steps
            ],
        )
        for guide in GUIDES
    ]


async def _waits(visit: Visit, steps: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    """Say of each step that the visitor cannot take now what it waits for: a day, or the roles whose step it is."""
    recordings, may, waits = visit.desk.recordings, dict(_offered(visit)), dict[str, str]()
    days = await in_time(lambda: {step: not_before(visit.desk, recordings[step].command, named) for step in steps})
    for step, day in days.items():
        if day:
            waits[step] = visit.say("from {day} on", day=day)
        elif step not in may:
            waits[step] = hands(visit.language, recordings[step].roles)
    return waits


async def _guides(visit: Visit) -> Made:
    return Page(
        template="record/guides.html",
        title=visit.say("Step by step"),
        section="record",
        crumbs=_crumbs(visit),
        values={"guides": await _ways(visit), "asked": visit.asked, "names": BEGUN_WITH, **words_of(visit)},
    )


# A form


def _asked_for(visit: Visit) -> tuple[str, Recording]:
    """The command of the address, which the visitor's role may record. Raises Problem."""
    name = visit.request.scope["path_params"]["command"]
    recording = visit.desk.recordings.get(name)
    if recording is None:
        raise Problem("not-found", f"There is no command {name!r}.")
    assert visit.visitor is not None, "somebody is signed in"
    if not may(visit.by, recording.roles, approves=recording.approves):
        raise not_allowed(visit.visitor.role, recording.roles)
    return name, recording


async def _begin(visit: Visit) -> Made:
    _, recording = _asked_for(visit)
    typed = begun(visit.desk, recording.command, visit.asked)
    filled = await in_time(previous, visit.desk.database, recording.command, visit.asked)
    its_day = {name: text for name, text in filled.items() if name == "effective_on"}
    return await _offering(visit, _form(visit, {**filled, **typed, **its_day}))


async def _offering(visit: Visit, shown: Page) -> Page:
    """The same form, with the names on record of what its fields ask for."""
    name, recording = _asked_for(visit)
    fields = [*_each(shown.values["fields"])]
    known = await in_time(offered, visit.desk.database, name, recording.group, fields)
    shown.values = {**shown.values, "known": known, "words": {**shown.values["words"], "known": known}}
    return shown


def _form(
    visit: Visit,
    typed: Mapping[str, str],
    *,
    wrong: Mapping[str, Wrong] | None = None,
    problem: Problem | None = None,
    key: str = "",
    preview: Preview | None = None,
) -> Page:
    """The form, with all that was typed, what is wrong with it, and a preview."""
    name, recording = _asked_for(visit)
    fields = fields_of(recording.command, typed)
    if recording.command is ProposeJournal:
        _offer_accounts(visit, fields)
    wrong = dict(wrong or {})
    shown = {field.path for field in _each(fields)}
    words = words_of(visit, typed)
    if visit.by.role in KEEPERS:
        words["words"]["keeps"] = address(f"{RECORD}/{name}/file", visit.carried)
    beside = [text for path, text in wrong.items() if path not in shown]
    beside += [problem] if problem is not None and not wrong else []
    return Page(
        template="record/command.html",
        title=title(visit.language, name),
        section="record",
        crumbs=_crumbs(visit),
        status=problem.status if problem is not None else 400 if wrong else 200,
        headers=TYPED_HEADERS,
        values={
            "name": name,
            "summary": recording.summary,
            "fields": fields,
            "wrong": wrong,
            "beside": beside,
            "amiss": [field for field in _each(fields) if field.path in wrong],
            "opened": _above([*wrong, *(path for path, text in typed.items() if text.strip())]),
            "key": key or new_key(),
            "delegation": visit.delegation,
            "preview": preview,
            "past": _past(visit),
            "known": {},
            "fillable": name in (*COPIED, *TURNS)
            or (name in SAID and SAID[name][0] in recording.command.__struct_fields__),
            **words,
        },
    )


def _offer_accounts(visit: Visit, fields: Sequence[Field]) -> None:
    """Let every account be chosen from those that take lines by hand, by this ledger's code and its name."""
    accounts = chart(visit.desk.settings.accounts)
    by_hand = sorted((accounts[name] for name in BY_HAND), key=lambda one: one.code)
    words = {one.account: f"{one.code} {one.name_zh if visit.language == 'zh' else one.name}" for one in by_hand}
    for field in _each(fields):
        if field.name == "account":
            field.kind, field.choices, field.words = "choice", tuple(words), words


def words_of(visit: Visit, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The words that forms and facts are told in. `typed`: what the form holds that a refusal leads on from."""
    language = visit.language
    names = {name: text for name, text in (typed or {}).items() if name in NAMES and text and name != "effective_on"}
    may = {name for name, _ in _offered(visit)}

    def leading(kind: str, name: str) -> str | None:
        if kind:
            return thing_address(kind, name, {})
        return address(f"{RECORD}/{name}", names) if name in may else None

    words = {
        "label": partial(label, language),
        "choice": partial(choice, language),
        "hint": lambda text: "" if text == PLAIN else hint(language, text),
        "t": visit.say,
        "why": partial(why, language, leading=leading, hands=partial(whose, visit)),
        "known": {},
        "keeps": "",
        "focus": None,
    }
    return {
        "words": words,
        "label": words["label"],
        "command_title": partial(title, language),
        "row": partial(row, language),
        "says": lambda names: " · ".join(
            str(int(one) + 1) if one.isdigit() else label(language, one, of_terms="terms" in names) for one in names
        ),
        "value": lambda text: (
            fact_named(language, text) if text in FACTS else choice(language, text) if text in CODED else text
        ),
    }


def _each(fields: Sequence[Field]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _each(field.parts)


def _above(paths: Sequence[str]) -> set[str]:
    """Every group around one of these fields."""
    found = set[str]()
    for path in paths:
        parts = path.split(".")
        found |= {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return found


# What its buttons ask for


async def _take(visit: Visit, fields: Mapping[str, str]) -> Made:
    made = await _done_as_asked(visit, fields)
    return await _offering(visit, made) if isinstance(made, Page) else made


async def _done_as_asked(visit: Visit, fields: Mapping[str, str]) -> Made:
    _, recording = _asked_for(visit)
    typed, key = _typed(fields), _key(fields)
    asked, _, at = fields.get("_do", "preview").partition(":")
    match asked:
        case "add":
            return _going_on(_form(visit, added(typed, at), key=key), at, new=True)
        case "drop":
            return _going_on(_form(visit, dropped(typed, at), key=key), at.rpartition(".")[0])
        case "show":
            return _going_on(_form(visit, typed, key=key), at)
        case "fill":
            return _going_on(_form(visit, await _filled(visit, recording, typed), key=key), "")
    try:
        command = taken(recording.command, typed)
    except Mistyped as mistyped:
        return _form(visit, typed, wrong=mistyped.wrong, key=key)
    if asked != "record":
        return await _preview(visit, recording, command, typed, key)
    if _past(visit):
        problem = InWords("not-allowed", visit.say("A view of the past records nothing: return to now."))
        return _form(visit, typed, problem=problem, key=key)
    return await _record(visit, recording, command, typed, key)


async def _again(visit: Visit, fields: Mapping[str, str], said: str | None) -> Page:
    """The form with what was typed: in another language, or for whoever signed in anew meanwhile."""
    key = _key(fields) if said is None else ""
    problem = InWords("not-allowed", said) if said else None
    return await _offering(visit, _form(visit, _typed(fields), problem=problem, key=key))


async def _keep(visit: Visit, sent: Sent) -> Made:
    """Keep a document that the form names, and fill in its SHA-256, and its name where none is typed."""
    check_may(visit, KEEPERS)
    typed, path = _typed(sent.fields), sent.fields["_do"].partition(":")[2]
    shelf, most = Shelf(Path(visit.desk.settings.documents)), visit.desk.settings.document_bytes_max
    try:
        kept = await within(WRITE_S, keep, shelf, sent.data, most)
    except Problem as problem:
        return await _offering(visit, _form(visit, typed, problem=problem, key=_key(sent.fields)))
    doc = f"{path.removesuffix('sha256')}doc"
    typed = {**typed, path: kept.sha256, doc: typed.get(doc, "").strip() or sent.name}
    return await _offering(visit, _going_on(_form(visit, typed, key=_key(sent.fields)), path))


def _going_on(shown: Page, at: str, *, new: bool = False) -> Page:
    """The form with the keyboard where its button stood; with `new` in the line that it added, without `at` at its
    first field."""
    fields = shown.values["fields"]
    if new:
        fields = [line for field in _each(fields) if field.path == at for line in field.parts[-1:]]
    if new or not at:
        at = next((field.path for field in _each(fields) if field.kind not in ("group", "lines", "variant")), at)
    shown.values = {**shown.values, "words": {**shown.values["words"], "focus": at}}
    return shown


def _typed(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in fields.items() if not name.startswith("_")}


def _key(fields: Mapping[str, str]) -> str:
    """The key that a form came with; nothing where it is none."""
    return key_in(fields.get("_key", ""))


async def _filled(visit: Visit, recording: Recording, typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed, with what is on record in place of the fields that a command says anew."""
    found = await in_time(previous, visit.desk.database, recording.command, typed)
    anew = {path.partition(".")[0] for path in found}
    return {**{path: text for path, text in typed.items() if path.partition(".")[0] not in anew}, **found}


async def _preview(visit: Visit, recording: Recording, command: Command, typed: Mapping[str, str], key: str) -> Page:
    by = visit.by
    try:
        outcome = (await visit.desk.recorder.record(command, by, dry_run=True)).outcome
    except NotDone as error:
        return _form(visit, typed, problem=of_not_done(error), key=key)
    if isinstance(outcome, Refused):
        return _refused(visit, outcome, typed, key)
    assert isinstance(outcome, Previewed), "a dry run"
    try:
        changed = await within(EFFECTS_S, changes, visit.desk, recording.group, command, outcome.facts, by)
    except (Problem, OutOfStep, DBAPIError, PoolTimeout):
        changed = None  # the reports did not come in time; the facts are told all the same
    key = key or new_key()
    host = header(visit.request.scope, b"host") or "127.0.0.1"
    preview = Preview(
        day=day_of(visit.desk, outcome.facts),
        facts=[told(fact) for fact in outcome.facts],
        lines=posted(outcome.facts),
        changed=changed,
        asked=reports_of(visit.desk, recording.group, outcome.facts),
        curl=curl_line(f"{visit.request.scope['scheme']}://{host}", recording, command, key, visit.delegation),
        record=record_line(command, visit.delegation),
    )
    return _form(visit, typed, key=key, preview=preview)


def _refused(visit: Visit, refused: Refused, typed: Mapping[str, str], key: str = "") -> Page:
    """The form with what a rule said, beside the field that it names."""
    problem = of_refusal(refused)
    return _form(visit, typed, wrong={refused.field or BESIDE: refused}, problem=problem, key=key)


async def _record(visit: Visit, recording: Recording, command: Command, typed: Mapping[str, str], key: str) -> Made:
    desk = visit.desk
    key = key or new_key()
    try:
        answer = await desk.recorder.record(command, visit.by, key=key, data_class=recording.about(desk.recorder))
    except KeyReused:
        kept = await in_time(_kept, desk.database, visit.by.actor, key)
        said = visit.say(REFUSED_BEFORE if isinstance(kept, Refused) else USED)
        return _form(visit, typed, problem=InWords("idempotency-key-reused", said))
    except NotDone as error:
        return _form(visit, typed, problem=of_not_done(error), key=key)
    if isinstance(answer.outcome, Refused):
        return _refused(visit, answer.outcome, typed)
    assert isinstance(answer.outcome, Done), "it was recorded, or so already"
    if recording.group == "access":
        await desk.ring.renew()
    positions = [noted.position for noted in answer.outcome.facts]
    span = {"first": str(positions[0]), "last": str(positions[-1])} if positions else {}
    name = command_name(recording.command)
    lent = {DELEGATION: visit.delegation} if visit.delegation else {}
    return Elsewhere(to=address(f"{RECORD}/{name}/done", {**span, **names_in(command), **lent}))


def _kept(database: Database, actor: str, key: str) -> Any:
    """The outcome that is kept under a key; None where there is none."""
    with database.views.connect() as connection:
        found = store.receipts(connection, [(actor, key)]).get((actor, key))
    return None if found is None else decode_outcome(found[1])


# What was recorded


async def _done(visit: Visit) -> Made:
    name, recording = _asked_for(visit)
    assert visit.visitor is not None, "somebody is signed in"
    span = [
        int(said) if re.fullmatch("[0-9]{1,15}", said := visit.asked.get(end, "")) else 0 for end in ("first", "last")
    ]
    entries = await in_time(_entries, visit.desk.database, *span) if all(span) else []
    if visit.visitor.role not in ADMINS:
        entries = withheld(entries)
    named = {key: value for key, value in visit.asked.items() if key not in ("first", "last")}
    account = named.get("bank_account", "") or named.get("to_account", "")
    waits = await _waits(visit, NEXT.get(name, ()), named)
    return Page(
        template="record/recorded.html",
        title=visit.say("Recorded: {command}", command=title(visit.language, name)),
        section="record",
        crumbs=_crumbs(visit),
        values={
            "entries": [(entry, told(entry.fact)) for entry in entries],
            "next": [(step, address(f"{RECORD}/{step}", named)) for step in NEXT.get(name, ()) if step not in waits],
            "waits": [*waits.items()],
            "things": _things(entries),
            "reports": reports_of(visit.desk, recording.group, [entry.fact for entry in entries]) if entries else [],
            "bank": address(BANK, {"bank_account": account}) if account and visit.visitor.role in FINANCE else "",
            "inbox": f"{HOME}/inbox" if name in DECIDING else "",
            "again": address(f"{RECORD}/{name}", {}),
            **words_of(visit),
        },
    )


def _things(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    """Find the pages of what these facts are about, by its name."""
    pages = {tag.partition(":")[2]: to for entry in entries for tag in entry.tags if (to := of_tag(tag, {}))}
    return [*pages.items()][:THINGS_MAX]


def _entries(database: Database, first: int, last: int) -> list[Entry]:
    with database.views.connect() as connection:
        return store.page(connection, after=first - 1, limit=max(min(last - first + 1, FACTS_MAX), 1))

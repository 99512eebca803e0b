"""How any page of the desk is made.

Visit         one request: who, in which language, what is asked
Page, Elsewhere    what a page is made from; where to go instead
page, form, upload    a route that shows something; one that takes a form; one that takes a file
whose         the roles whose step a command is, where the visitor may not take it
View          the two dates of a page, and how it differs from today with all that is recorded

Whoever is not signed in is sent to the entrance. What goes wrong is a page too. Nothing typed is lost by it: a report
that cannot be asked so shows the form as it was. A form that can be shown again as it was typed is so in the other
language, and to who had to sign in meanwhile: the fields wait in the sign-in page.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from markupsafe import Markup, escape
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.console.parts import VERSION, Desk
from api.console.record.guides import hands
from api.console.sessions import SESSION_S, Visitor, carried, token
from api.console.words.refusing import InWords, why
from api.console.words.saying import LANGUAGES, ZH, Language, heading, named, role, say, unit, worded
from api.formats.facts import fact_named
from api.formats.sheets import figure
from api.http.operations import HTML, Operation, route
from api.http.parameters import pairs_of
from api.http.problems import Problem, unanswered
from api.http.reading import LogBasis
from api.http.requests import AnyRequest, header, request_id
from ledger.decider import By
from ledger.log.outage import log
from projections.engine.basis import Basis

HERE = Path(__file__).parent
SESSION, LANGUAGE = "mcsc_desk", "mcsc_language"
HOME = "/desk"
ENTRANCE = f"{HOME}/sign-in"
CARRIED = ("effective", "recorded")
"""Parameters that go from page to page."""
PAGED = frozenset({"limit", "cursor", "after"})
"""Parameters that say which part of a long page is shown."""
FORM_BYTES = 1 << 16
LANGUAGE_FIELD, KEY_FIELD, DELEGATION = "_language", "_enter", "_delegation"
"""Fields of any form that can be shown again: the language it is wanted in, the key that signs in, the delegation
by which somebody approves."""
LEFT = frozenset({"token", KEY_FIELD, LANGUAGE_FIELD})
"""Fields that are not kept for a form that is shown again."""
TYPED_HEADERS = {"Cache-Control": "private, no-cache"}
"""Of pages in which much is typed: the browser keeps them for Back, and asks for them anew in any other case."""
ANEW = "You signed in anew since: look it over, and send it again."
NO_KEY = "This key opens nothing: it is unknown, revoked or expired."
FORM_UNKNOWN = "The form came without the secret of your session: reload the page, and send it again."
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Cookie, Accept-Language, Accept-Encoding",
}
STYLE = (HERE / "static" / "desk.css").read_bytes()
STYLE_ADDRESS = f"{HOME}/static/desk-{hashlib.sha256(STYLE).hexdigest()[:12]}.css"
"""Named by what it holds, so that browsers may keep it for ever."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Tenancy": ("rent-roll", "occupancy", "lease-expiry", "receivables-ageing", "deposits", "parcels"),
    "Companies": ("companies", "contacts", "funnel", "channel-money", "investment"),
    "Deals": ("order-book", "inventory", "fx-exposure"),
    "Offtake": ("energy", "spot-prices", "green-certificates", "offtake-shortfall", "meter-checks"),
    "Earned": ("revenue", "deferred-revenue", "turnover-rent", "lease-costs"),
    "Statements": ("balance-sheet", "income-statement", "cash-flow", "changes-in-equity", "trial-balance"),
    "Books": ("general-ledger", "journal", "vouchers", "voucher-series", "periods"),
    "VAT": ("vat-ledger", "vat-return", "vat-returns", "vat-rules", "fapiao-requests"),
    "Money": ("bank-accounts", "bank-movements", "bank-reconciliation", "payables-ageing", "rates"),
}
"""The reports, as the desk sorts them. Those beside a page stand before its table: a group is short."""
TROUBLE = {
    "not-found": "Nothing is here",
    "not-allowed": "This role may not see it",
    "unavailable": "The service is busy, or not reachable",
    "fault": "A fault of ours",
}
NEAR: Mapping[str, tuple[str, ...]] = {
    "leases": ("rent-roll", "lease-expiry", "receivables-ageing"),
    "units": ("rent-roll", "occupancy"),
    "buildings": ("occupancy", "rent-roll"),
    "parcels": ("parcels", "occupancy"),
    "companies": ("companies", "funnel"),
    "orders": ("order-book", "inventory"),
    "investments": ("investment",),
    "offtakes": ("energy", "green-certificates"),
}
"""Where things of a kind are listed, for who comes to an address of none of them."""
ASKED_WRONGLY = ("parameter-invalid", "parameter-unknown")
"""Problems of what a page was asked for: its time bar is shown as it was typed."""
ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _coded(text: str) -> Markup:
    """A text in which what stands between ` is code."""
    parts = enumerate(text.split("`"))
    return Markup("").join(CODE.format(part) if number % 2 else escape(part) for number, part in parts)


CODE = Markup("<code>{}</code>")
ENVIRONMENT.filters["coded"] = _coded
ENVIRONMENT.tests["containing_words"] = lambda worked: worked in ZH


class Visit:
    """One request to the desk. `session`: its secret, where somebody is signed in, who is `visitor`.

    delegation   by which they approve in another's stead what a form holds
    """

    def __init__(
        self,
        desk: Desk,
        request: AnyRequest,
        session: str | None,
        visitor: Visitor | None,
        asked: Sequence[tuple[str, str]],
    ) -> None:
        self.desk = desk
        self.request = request
        self.session = session
        self.visitor = visitor
        self.language = _language(request)
        said = [(name, value.strip()) for name, value in asked if value.strip()]
        self.pairs = [(name, value) for name, value in said if not name.startswith("_")]
        self.beside = {name: value for name, value in said if name.startswith("_")}
        """What was typed that the page is not asked for: the name of a view that is not saved yet."""
        self.delegation = self.beside.get(DELEGATION)

    def say(self, text: str, **values: Any) -> str:
        """A text in the visitor's language."""
        return say(self.language, text, **values)

    @property
    def asked(self) -> dict[str, str]:
        """The query parameters that say something."""
        return dict(self.pairs)

    @property
    def by(self) -> By:
        """Whoever is signed in, as their facts are sealed."""
        assert self.visitor is not None, "only who is signed in records"
        kind, _, name = self.visitor.through.partition(":")
        method = "api-key" if kind == "key" else kind
        request = request_id(self.request.scope)
        by = By(actor=self.visitor.actor, role=self.visitor.role, method=method, token=name, request=request)
        return replace(by, delegation=self.delegation)

    @property
    def reports(self) -> list[str]:
        """The reports that the visitor may see; where nobody is signed in, all."""
        reads = self.desk.reads.items()
        return [name for name, read in reads if self.visitor is None or self.visitor.role in read.roles]

    @property
    def carried(self) -> dict[str, str]:
        """The parameters that go from page to page."""
        return {name: value for name, value in self.pairs if name in CARRIED}

    @property
    def paged(self) -> dict[str, str]:
        """The parameters that say which part of a long page is shown."""
        return {name: value for name, value in self.pairs if name in PAGED}

    @property
    def here(self) -> str:
        """The address of this page."""
        return address(self.request.scope["path"], dict(self.pairs))


class View(Struct, frozen=True, kw_only=True):
    """The basis of a page. `known`: the latest position; `today`: the ledger's; `closed`: the latest month closed."""

    basis: Basis | LogBasis
    known: int
    today: str
    closed: str | None

    @property
    def past(self) -> bool:
        """Tell whether this is not today with all that is recorded."""
        return self.later > 0 or str(self.basis.effective or self.today) != self.today

    @property
    def later(self) -> int:
        """Count the facts recorded later."""
        return max(self.known - self.basis.recorded, 0)


class Page(Struct, kw_only=True):
    """A page to be made: a template and its values. `crumbs`: what stands above it, with addresses.

    cookies   kept with it

    What can be typed on a page stands in one form of it: of the id `typed`, which is sent, or `asked`, which only asks.
    Changing the language sends that form, so that nothing in it is lost.
    """

    template: str
    title: str
    section: str
    values: Mapping[str, Any] = {}
    crumbs: Sequence[tuple[str, str]] = ()
    view: View | None = None
    status: int = 200
    headers: Mapping[str, str] = {}
    cookies: Mapping[str, str] = {}


class Elsewhere(Struct, kw_only=True):
    """Another address to go to, with cookies to keep there; an empty one is forgotten."""

    to: str
    cookies: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}


Made = Page | Elsewhere | Response[Any]
Make = Callable[[Visit], Awaitable[Made]]
Take = Callable[[Visit, Mapping[str, str]], Awaitable[Made]]
Again = Callable[[Visit, Mapping[str, str], str | None], Awaitable[Page]]
"""A visit, what was typed, and what is to be said of it."""


class Sent(Struct, frozen=True, kw_only=True):
    """A form with a file: its name and what it holds, what was typed, and the other files, by the names of fields."""

    name: str
    data: bytes
    fields: Mapping[str, str]
    beside: Mapping[str, bytes]


TakeFile = Callable[[Visit, Sent], Awaitable[Made]]


def page(desk: Desk, path: str, name: str, make: Make, *, everybody: bool = False) -> HTTPRouteHandler:
    """A route that shows something. `everybody`: also to who is not signed in."""

    async def handler(request: AnyRequest) -> Response[Any]:
        return await _answered(desk, request, make, everybody=everybody)

    return route("GET", path, _operation(name), handler)


def form(
    desk: Desk,
    path: str,
    name: str,
    take: Take,
    *,
    everybody: bool = False,
    again: Again | None = None,
    secret: bool = True,
) -> HTTPRouteHandler:
    """A route that takes a form, with the secret of its session where somebody is signed in.

    again    what shows a form once more as it was typed: in another language, or after its session has ended
    secret   whether that secret is wanted: what only asks does without, as its fields stand in addresses
    """

    async def make(visit: Visit) -> Made:
        fields = await _fields(visit.request)
        visit.delegation = fields.get(DELEGATION) or None
        if again is not None and (visit.visitor is None or LANGUAGE_FIELD in fields):
            return await _shown_again(visit, fields, again)
        if secret and visit.session is not None and not carried(visit.session, fields.pop("token", "")):
            if again is not None:
                return await again(visit, fields, visit.say(ANEW))
            raise InWords("not-allowed", visit.say(FORM_UNKNOWN))
        return await take(visit, fields)

    async def handler(request: AnyRequest) -> Response[Any]:
        return await _answered(desk, request, make, everybody=everybody or again is not None)

    return route("POST", path, _operation(name), handler, request_max_body_size=FORM_BYTES)


async def _shown_again(visit: Visit, fields: Mapping[str, str], again: Again) -> Page:
    """Show a form as it was typed: in the language that it asks for, to who is signed in or just did; nothing is done.

    To anybody else the sign-in page, in which all that was typed waits.
    """
    typed = {name: text for name, text in fields.items() if name not in LEFT}
    cookies = {}
    if (chosen := fields.get(LANGUAGE_FIELD, "")) in LANGUAGES:
        visit.language = "zh" if chosen == "zh" else "en"
        cookies[LANGUAGE] = chosen
    said = None
    if visit.visitor is None:
        key, said = fields.get(KEY_FIELD, "").strip(), visit.say(ANEW)
        visit.session = await visit.desk.enter_with(key) if key else None
        if visit.session is None:
            return sign_in(visit, wrong=visit.say(NO_KEY) if key else None, kept=typed, cookies=cookies, status=403)
        visit.visitor = visit.desk.sessions.visitor(visit.session)
        cookies[SESSION] = visit.session
    try:
        page = await again(visit, typed, said)
    except Problem as problem:
        if (begun := cookies.pop(SESSION, None)) is None:
            raise
        visit.desk.sessions.end(begun)
        visit.session = visit.visitor = None
        return sign_in(visit, wrong=why(visit.language, problem), kept=typed, cookies=cookies, status=problem.status)
    page.cookies = cookies
    return page


def sign_in(
    visit: Visit,
    *,
    wrong: str | None = None,
    back: str = HOME,
    kept: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
    status: int = 200,
) -> Page:
    """The page on which people sign in. `kept`: the fields of a form that was sent after its session had ended."""
    hours = SESSION_S // 3600
    values = {"wrong": wrong, "back": back, "hours": hours, "invited": None, "link": "", "kept": kept}
    values["provider"] = (urlsplit(visit.desk.settings.oidc_issuer).hostname or "") if visit.desk.entry else ""
    return Page(
        template="entrance.html",
        title=visit.say("Sign in"),
        section="",
        values=values,
        status=status,
        cookies=cookies or {},
    )


def upload(
    desk: Desk,
    path: str,
    name: str,
    take: TakeFile,
    bytes_max: int,
    *,
    file_of: Callable[[Mapping[str, str]], str] = lambda _typed: "file",
    again: Again | None = None,
) -> HTTPRouteHandler:
    """A route that takes a form with one file, with the secret of its session.

    file_of   the field of the file, by what was typed
    again     what shows the form once more as it was typed, after its session has ended or where it holds no file
    """

    async def make(visit: Visit) -> Made:
        _check_site(visit.request)
        media_type = (header(visit.request.scope, b"content-type") or "").partition(";")[0].strip().lower()
        if media_type != "multipart/form-data":
            if visit.visitor is None:
                return Elsewhere(to=ENTRANCE)
            raise Problem("media-type-unsupported", "A form with a file is multipart/form-data.")
        fields = await visit.request.form()
        typed = {name: text for name, text in fields.items() if isinstance(text, str)}
        files = {name: file for name, file in fields.items() if isinstance(file, UploadFile)}
        if again is not None and visit.visitor is None:
            return await _shown_again(visit, typed, again)
        if visit.session is None or not carried(visit.session, typed.pop("token", "")):
            if again is not None:
                return await again(visit, typed, visit.say(ANEW))
            raise InWords("not-allowed", visit.say(FORM_UNKNOWN))
        if (file := files.pop(file_of(typed), None)) is None or not file.filename:
            if again is not None:
                shown = await again(visit, typed, visit.say("Choose a file first."))
                shown.status = 400
                return shown
            raise Problem("bad-request", "The form holds no file.")
        beside = {name: await one.read() for name, one in files.items()}
        return await take(visit, Sent(name=file.filename, data=await file.read(), fields=typed, beside=beside))

    async def handler(request: AnyRequest) -> Response[Any]:
        return await _answered(desk, request, make, everybody=again is not None)

    return route("POST", path, _operation(name), handler, request_max_body_size=bytes_max + FORM_BYTES)


def _operation(name: str) -> Operation:
    return Operation(name=f"desk-{name}", summary=name, group="desk", roles=None, hidden=True)


async def _answered(desk: Desk, request: AnyRequest, make: Make, *, everybody: bool) -> Response[Any]:
    session = request.cookies.get(SESSION)
    visitor = await _visitor(desk, session)
    visit = Visit(desk, request, session if visitor else None, visitor, [])
    try:
        visit = Visit(desk, request, visit.session, visitor, pairs_of(request))
        if visitor is None and not everybody:
            back = visit.here if request.method in ("GET", "HEAD") else HOME
            return _go(request, Elsewhere(to=address(ENTRANCE, {} if back == HOME else {"to": back})))
        made = await make(visit)
        if isinstance(made, Page):
            return await asyncio.to_thread(_written, visit, made)
        return _go(request, made) if isinstance(made, Elsewhere) else made
    except Problem as problem:
        return _written(visit, trouble(visit, problem))
    except HTTPException as error:
        if error.status_code != 413:
            raise
        return _written(visit, trouble(visit, Problem("body-too-large", "The form is too long.")))
    except (DBAPIError, PoolTimeout):
        return _written(visit, trouble(visit, unanswered()))
    except Exception:
        log.exception("fault", request=request_id(request.scope), path=request.scope["path"])
        return _written(visit, trouble(visit, Problem("fault", "")))


async def _visitor(desk: Desk, session: str | None) -> Visitor | None:
    if not session:
        return None
    visitor = desk.sessions.visitor(session)
    await desk.ring.freshen()
    return visitor if visitor is not None and desk.stands(visitor) else None


def trouble(visit: Visit, problem: Problem) -> Page:
    """Show on a page what went wrong."""
    kind = "not-found" if problem.status == 404 else "unavailable" if problem.status == 503 else problem.code
    return Page(
        template="trouble.html",
        title=visit.say(TROUBLE.get(kind, "This cannot be shown")),
        section="",
        values={
            "problem": problem,
            "missing": problem.status == 404,
            "asks": problem.code in ASKED_WRONGLY,
            "near": NEAR.get(visit.request.scope["path"].removeprefix(f"{HOME}/").partition("/")[0], ()),
        },
        status=problem.status,
        headers={name: value for name, value in problem.headers.items() if name == "Retry-After"},
    )


async def _fields(request: AnyRequest) -> dict[str, str]:
    written = header(request.scope, b"content-type") or ""
    if written.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Problem("media-type-unsupported", "A form is application/x-www-form-urlencoded.")
    _check_site(request)
    try:
        return dict(parse_qsl((await request.body()).decode("ascii"), keep_blank_values=True, errors="strict"))
    except ValueError:
        raise Problem("bad-request", "The form is not name=value&name=value in UTF-8.") from None


def _check_site(request: AnyRequest) -> None:
    if (header(request.scope, b"sec-fetch-site") or "same-origin") not in ("same-origin", "none"):
        raise Problem("not-allowed", "A form of another site is not taken.")


def address(path: str, query: Mapping[str, Any]) -> str:
    """A path with a query, where there is any."""
    return f"{path}?{urlencode(query)}" if query else path


def inside(written: str) -> str:
    """An address of the desk to go back to: any other is none of ours."""
    ours = written == HOME or written.startswith((f"{HOME}/", f"{HOME}?"))
    return written if ours and not any(char in written for char in "\\\r\n\t") else HOME


def _language(request: AnyRequest) -> Language:
    chosen = request.cookies.get(LANGUAGE)
    if chosen in LANGUAGES:
        return "zh" if chosen == "zh" else "en"
    first = (header(request.scope, b"accept-language") or "").partition(",")[0].strip().lower()
    return "zh" if first.startswith("zh") else "en"


# Answers


def _written(visit: Visit, made: Page) -> Response[bytes]:
    body = ENVIRONMENT.get_template(made.template).render(**_frame(visit, made), **made.values).encode()
    body, headers = packed(visit.request, body)
    headers |= made.headers
    return _kept(visit.request, Response(body, status_code=made.status, media_type=HTML, headers=headers), made.cookies)


def packed(request: AnyRequest, body: bytes) -> tuple[bytes, dict[str, str]]:
    """A page as it is sent, and its headers: compressed where the browser takes it so, none of it to HEAD."""
    headers = dict(HEADERS)
    if "gzip" in (header(request.scope, b"accept-encoding") or ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 5), "gzip"
    if request.scope["method"] == "HEAD":
        headers["Content-Length"], body = str(len(body)), b""
    return body, headers


def _go(request: AnyRequest, made: Elsewhere) -> Response[bytes]:
    headers = {**HEADERS, "Location": made.to, **made.headers}
    return _kept(request, Response(b"", status_code=303, media_type=HTML, headers=headers), made.cookies)


def _kept(request: AnyRequest, answer: Response[bytes], cookies: Mapping[str, str]) -> Response[bytes]:
    """An answer with cookies to keep; an empty one is forgotten."""
    for name, value in cookies.items():
        life = 365 * 86400 if name == LANGUAGE else None
        answer.set_cookie(
            name,
            value,
            path=HOME,
            httponly=True,
            samesite="lax",
            secure=request.scope["scheme"] == "https",
            max_age=life if value else 0,
        )
    return answer


def whose(visit: Visit, command: str) -> str:
    """The roles whose step a command is, in words, where the visitor may not take it; else nothing."""
    recording = visit.desk.recordings.get(command)
    if recording is None or visit.visitor is None or visit.visitor.role in recording.roles:
        return ""
    return hands(visit.language, recording.roles)


def _frame(visit: Visit, made: Page) -> dict[str, Any]:
    """Gather the words of the frame of every page."""
    desk = visit.desk
    offered = [report for reports in GROUPS.values() for report in reports]
    reads = visit.reports
    others = tuple(report for report in reads if report not in offered)
    groups = {group: [one for one in reports if one in reads] for group, reports in GROUPS.items()}
    return {
        "records": visit.visitor is not None
        and any(visit.visitor.role in one.roles for one in desk.recordings.values()),
        "groups": {**groups, "Others": others},
        "page": made,
        "visit": visit,
        "desk": desk,
        "style": STYLE_ADDRESS,
        "version": VERSION,
        "lang": LANGUAGES[visit.language],
        "t": visit.say,
        "cell": partial(worded, visit.language),
        "why": partial(why, visit.language, hands=partial(whose, visit)),
        "role": partial(role, visit.language),
        "unit": partial(unit, visit.language),
        "heading": partial(heading, visit.language),
        "report_name": partial(named, visit.language),
        "fact_name": partial(fact_named, visit.language),
        "address": address,
        "figure": figure,
        "token": token(visit.session) if visit.session else "",
        "request_id": request_id(visit.request.scope),
    }

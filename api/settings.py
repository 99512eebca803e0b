"""Every setting: set in `mcsc.toml` in the data directory, or by MCSC_<NAME> in the environment, which wins.

Settings     every setting, its meaning and its default
load         both sources -> Settings
noted        what a backup notes of them; differing: what of that is not so here
write        the settings of a data directory, written where there are none
BadSetting   one of them holds something that is no setting
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Meta, Struct

from ledger.access import Role
from ledger.billing.lines import Charge
from ledger.books.accounts import CHART
from ledger.decider import DataClass
from ledger.joint.diary import KINDS
from ledger.log.directories import is_address
from ledger.values.days import Days

FILE = "mcsc.toml"
PREFIX = "MCSC_"
ELSEWHERE = frozenset({"data", "debug", "test_postgres", "test_s3", "actor", "key", "key_file"})
"""MCSC_ names that the command line and the tests read for themselves."""

OF_THE_MACHINE = frozenset(
    {"bank_profiles", "checkpoint_key", "contacts", "database", "desk", "documents", "host", "leader", "log"}
    | {"oidc_audience", "oidc_groups", "oidc_issuer", "oidc_keys", "oidc_name", "oidc_roles"}
    | {"oidc_client", "oidc_redirect", "oidc_secret"}
    | {"port", "replica", "s3_endpoint", "trust_names"}
)
"""Settings that say where a ledger is served, not what it is; an address may hold a password."""

TRUST = "trust_names"
"""The setting that only the environment may set, and only to 1."""

NAMES_TRUSTED = (
    "NAMES ARE TRUSTED (MCSC_TRUST_NAMES=1): on the command line anybody records as anybody, in the role admin,"
    " and the facts are sealed as `named` for ever. For experiments only."
)

FREE_BYTES_MIN, MAKE_ROOM = 1 << 30, "make room: nothing is recorded when full"
"""Free space below which a ledger's directory is nearly full, and what to do then."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SANE_ADDRESS = re.compile(r"[!-~]{1,200}")

CODE_FORM = r"^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$(?!\n)"
Written = Literal["auto", "json", "text"]
"""The form of a log: `auto` is text on a terminal and JSON elsewhere."""
AccountCode = Annotated[str, Meta(pattern=CODE_FORM)]
FapiaoItem = Annotated[str, Meta(pattern=r"^[0-9]{19} \S.{0,90}$(?!\n)")]
"""An item of the classification of goods and services: its 19 digits, a blank, and its name on tax invoices."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting.

    database          a data directory (SQLite), or an address of PostgreSQL: a URL, or words (host=a,b dbname=mcsc)
    checkpoint_key    the file with the key that signs checkpoints of the log; checkpoint.key in the data directory
    desk              the file with the sessions of the desk; desk.db in the data directory
    documents         the directory of the documents that are kept; documents in the data directory
    contacts          the directory of the keys under which people's data are sealed; contacts in the data directory
    s3_endpoint       where backups to s3://… go, an https address; empty: Amazon's. Its keys: AWS_… in the environment
    co2_series        the emission factors that the desk offers for a new offtake agreement; Sichuan's unless set
    bank_profiles     the directory of the profiles of banks' CSV that the desk offers, as files NAME.toml;
                      bank-profiles in the data directory
    host, port        where to listen
    replica           answer questions and record nothing, beside a PostgreSQL that follows another; leader: where one
                      records instead, said to whoever tries here
    data_class        what this ledger's facts are about, unless a route says otherwise
    queue_max         commands waiting before a client is asked to come back (503)
    connections_max   connections at once; past that, whoever has been silent longest is let go (503). A process needs
                      half as many open files again, and a hundred more (`ulimit -n`)
    head_bytes_max    the longest head of a request, 32 bytes more counted for each header (431)
    head_seconds_max  how long a head may take, from the connection or the last answer on (408)
    body_seconds_max  how long a body may take, and a second more for every 64 KiB of it that came (408)
    body_bytes_max    the longest body of one command, in many each line; bulk_bytes_max: of many, one a line (413)
    bulk_lines_max    how many lines those many may be; together_lines_max: where they are decided as one (atomic,
                      dry_run), and nobody else's meanwhile
    document_bytes_max  the longest document that is kept (413)
    bodies_bytes_max  what all bodies over 64 KiB may hold at once, those of one caller half of it (503)
    unread_seconds_max  how long a client may leave what it was sent unread, before its connection is cut
    wait_seconds_max  how long `wait=` holds a request until the read models have caught up
    if_match_required  a step over HTTP on a thing that is there says in If-Match how its caller saw it, or `*` (428),
                      one that begins a thing If-None-Match: *; of many at once each line does so as `if_match`,
                      `if_none_match`; the desk has no such condition
    streams_max       how many follow facts as they are recorded, one caller half of them (503);
                      stream_heartbeat_seconds: a comment after so much silence, and keys are looked at again;
                      stream_seconds_max: then it ends, and its client comes again
    utc_offset_hours  where the ledger's days begin and end: today, and both dates of a report; Beijing time unless set
    earliest_on       the first day that a command may name
    years_ahead       how far ahead lies what is agreed, such as the end of a lease; what has happened ends today
    trust_names       believe `--as NAME` on the command line without a key or a mapped user: for experiments and tests.
                      Only MCSC_TRUST_NAMES=1 in the environment sets it; doctor and /health say so, and facts are
                      sealed as recorded by somebody who was only named
    access_days       days for which the access log keeps who read, tried and was refused; access_rows_max: rows at most
    oidc_issuer       an OpenID provider whose access tokens are taken beside keys, as its tokens write it; empty: none
    oidc_audience     the audience that its tokens must be for
    oidc_keys         the address of its public keys; empty: where its own description says
    oidc_name         the claim that says who somebody is here; one that nobody can change for themselves
    oidc_groups       the claim that lists somebody's groups: one inside of another as `realm_access.roles`
    oidc_roles        their roles here: a table in the file, mcsc-finance = "finance"; the first that a token has counts
    oidc_client       the client that the provider knows the desk as; empty: nobody signs in there with the provider
    oidc_secret       its secret; empty: a public client, which PKCE alone protects. Better in the environment
    oidc_redirect     the address of the desk's `/desk/sign-in/back`, as people reach it and the provider knows it
    diary             days before its day on which a date of the diary asks for attention, by kind, in place of the
                      usual: a table in the file, BREAK_NOTICE = 120
    log               `json`, one object a line, or `text`, for people: and then a line for each request as well. Left
                      alone: what is wrong, as text on a terminal and as JSON elsewhere
    fapiao_items      what charges are in the classification of goods and services, its 19 digits and a name, beside the
                      usual ones: a table in the file, ENERGY = "1100101020000000000 electricity"
    fapiao_cross_city what is let lies in another city than the lessor is registered in (跨地(市)标志)
    accounts          codes of one's own in place of some of the chart's: a table in the file, receivables = "1122.01"
    """

    database: str = "data"
    checkpoint_key: str = "checkpoint.key"
    desk: str = "desk.db"
    documents: str = "documents"
    contacts: str = "contacts"
    s3_endpoint: str = ""
    bank_profiles: str = "bank-profiles"
    co2_series: str = "co2/cn-sc"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    replica: bool = False
    leader: str = ""
    data_class: DataClass = "LIVE"
    queue_max: Annotated[int, Meta(ge=1)] = 10_000
    connections_max: Annotated[int, Meta(ge=1)] = 512
    head_bytes_max: Annotated[int, Meta(ge=1024)] = 16 << 10
    head_seconds_max: Annotated[float, Meta(gt=0, le=3600)] = 10
    body_seconds_max: Annotated[float, Meta(gt=0, le=3600)] = 15
    body_bytes_max: Annotated[int, Meta(ge=1024)] = 1 << 20
    bulk_bytes_max: Annotated[int, Meta(ge=1024)] = 16 << 20
    bulk_lines_max: Annotated[int, Meta(ge=1)] = 100_000
    together_lines_max: Annotated[int, Meta(ge=1)] = 1_000
    document_bytes_max: Annotated[int, Meta(ge=1024)] = 25_000_000
    bodies_bytes_max: Annotated[int, Meta(ge=1024)] = 64 << 20
    unread_seconds_max: Annotated[float, Meta(gt=0, le=3600)] = 30
    wait_seconds_max: Annotated[int, Meta(ge=0, le=60)] = 4
    if_match_required: bool = False
    streams_max: Annotated[int, Meta(ge=1)] = 64
    stream_heartbeat_seconds: Annotated[float, Meta(gt=0, le=3600)] = 15
    stream_seconds_max: Annotated[float, Meta(gt=0, le=86400)] = 900
    utc_offset_hours: Annotated[int, Meta(ge=-12, le=14)] = 8
    earliest_on: date = date(2000, 1, 1)
    years_ahead: Annotated[int, Meta(ge=1, le=200)] = 30
    trust_names: bool = False
    access_days: Annotated[int, Meta(ge=1, le=36500)] = 730
    access_rows_max: Annotated[int, Meta(ge=1000)] = 5_000_000
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_keys: str = ""
    oidc_name: str = "sub"
    oidc_groups: str = "groups"
    oidc_roles: dict[str, Role] = {}
    oidc_client: str = ""
    oidc_secret: str = ""
    oidc_redirect: str = ""
    diary: dict[str, Annotated[int, Meta(ge=0, le=3660)]] = {}
    log: Written = "auto"
    fapiao_items: dict[Charge, FapiaoItem] = {}
    fapiao_cross_city: bool = False
    accounts: dict[str, AccountCode] = {}

    @property
    def time_zone(self) -> timezone:
        """The zone whose calendar says which day is today."""
        return timezone(timedelta(hours=self.utc_offset_hours))

    @property
    def ledger(self) -> str:
        """The ledger's name: its directory's, or its database's."""
        if is_address(self.database):
            from ledger.log.postgres import address

            return address(self.database).database or ""
        return Path(self.database).resolve().name

    @property
    def days(self) -> Days:
        """The days that a command may name."""
        return Days(self.earliest_on, self.years_ahead, self.time_zone)

    def today(self) -> date:
        """The ledger's day now."""
        return self.days.today(datetime.now(UTC))


class BadSetting(Exception):
    """A setting that does not exist, or a value that it cannot take; the message says where it stands."""


def load(data: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings for a data directory (None: the environment alone decides). Raises BadSetting."""
    settings = _from_file(data) if data is not None else {}
    written = _convert(settings, str(data / FILE) if data is not None else FILE, strict=True)
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() not in ELSEWHERE
    }
    if given.get(TRUST, "1") != "1":
        raise BadSetting("MCSC_TRUST_NAMES takes 1 and nothing else; to hold names against credentials, leave it unset")
    wanted = _convert(given, "the environment (MCSC_…)", strict=False)
    chosen = msgspec.structs.replace(written, **{name: getattr(wanted, name) for name in given})
    if chosen.replica and not is_address(chosen.database):
        raise BadSetting("a replica stands beside a PostgreSQL that follows another; in a directory there is none")
    if chosen.bodies_bytes_max < 2 * max(chosen.bulk_bytes_max, chosen.body_bytes_max, chosen.document_bytes_max):
        raise BadSetting("bodies_bytes_max holds two of the longest bodies, or nobody could send one; raise it")
    if chosen.oidc_issuer:
        _check_provider(chosen)
    elif chosen.oidc_client:
        raise BadSetting("oidc_client is set, and oidc_issuer is not: no provider knows it")
    return chosen


def carries_secrets(address: str) -> SplitResult | None:
    """The parts of an address at which nobody else can listen or answer: https, or on this machine; else None."""
    try:
        parts = urlsplit(address)
        known = bool(parts.hostname) and parts.port != 0 and parts.username is None and not parts.fragment
    except ValueError:
        return None
    here = parts.scheme == "http" and parts.hostname in LOOPBACK
    return parts if known and (parts.scheme == "https" or here) else None


def _check_provider(settings: Settings) -> None:
    for name in ("oidc_issuer", "oidc_keys", "oidc_redirect"):
        written = getattr(settings, name)
        if written and (not SANE_ADDRESS.fullmatch(written) or carries_secrets(written) is None):
            raise BadSetting(f"{name} is {written!r}, which is no https address; http is taken on this machine only")
    if "?" in settings.oidc_issuer:
        raise BadSetting("oidc_issuer holds a `?`, which no issuer has")
    if missing := [name for name in ("oidc_audience", "oidc_roles", "oidc_name") if not getattr(settings, name)]:
        raise BadSetting(f"oidc_issuer is set, and {', '.join(missing)} is not: nobody could come in, or anybody")
    if settings.oidc_client and urlsplit(settings.oidc_redirect).path != "/desk/sign-in/back":
        raise BadSetting("oidc_client is set: oidc_redirect is the address of this desk's /desk/sign-in/back")


def noted(settings: Settings) -> dict[str, Any]:
    """List the settings that belong to a ledger: its data class, and what is not as it is by itself."""
    usual = Settings()
    names = [name for name in Settings.__struct_fields__ if name not in OF_THE_MACHINE]
    kept = {name: getattr(settings, name) for name in names}
    return {name: value for name, value in kept.items() if name == "data_class" or value != getattr(usual, name)}


def differing(note: Mapping[str, Any], settings: Settings, source: str) -> dict[str, Any]:
    """List what a note says and is not so in these settings, as it would be. Raises BadSetting."""
    then = _convert({name: value for name, value in note.items() if name not in OF_THE_MACHINE}, source, strict=True)
    here, there = noted(settings), noted(then)
    return {name: getattr(then, name) for name in {**there, **here} if here.get(name) != there.get(name)}


def in_toml(settings: Mapping[str, Any]) -> str:
    """Write settings as `mcsc.toml` has them; a table is one inline."""
    return "".join(f"{name} = {_value(value)}\n" for name, value in settings.items())


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_name(name)} = {_value(inner)}" for name, inner in value.items()) + " }"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def write(directory: Path, text: str) -> None:
    """Write the settings of a data directory, where there are none yet: for nobody else to read."""
    handle = os.open(directory / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def _from_file(data: Path) -> dict[str, Any]:
    path = data / FILE
    if is_address(str(data)):
        raise BadSetting(
            f"the data directory is written as the address of a database; name a directory, whose {FILE} holds the"
            " address (database = …), or set MCSC_DATABASE to it"
        )
    settings: dict[str, Any] = {"database": str(data)}
    settings |= {"checkpoint_key": str(data / "checkpoint.key"), "desk": str(data / "desk.db")}
    settings |= {"documents": str(data / "documents"), "bank_profiles": str(data / "bank-profiles")}
    settings["contacts"] = str(data / "contacts")
    if path.exists():
        try:
            settings |= tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadSetting(f"{path} is not TOML: {error}") from error
    if TRUST in settings:
        raise BadSetting(
            f"{path} sets {TRUST}, which only the environment may (MCSC_TRUST_NAMES=1): no ledger carries it"
        )
    return settings


def _convert(settings: Mapping[str, Any], source: str, *, strict: bool) -> Settings:
    known = Settings.__struct_fields__
    if unknown := sorted(set(settings) - set(known)):
        raise BadSetting(f"{source} sets {', '.join(unknown)}, which is no setting; there are {', '.join(known)}")
    try:
        found = msgspec.convert(dict(settings), Settings, strict=strict)
    except msgspec.ValidationError as error:
        in_words = "a code is of letters, digits, dots and hyphens; 1 to 20, a letter or digit first"
        told = str(error).replace(f"Expected `str` matching regex {CODE_FORM!r}", in_words)
        raise BadSetting(f"{source}: {told}") from error
    if strangers := sorted(set(found.accounts) - set(CHART)):
        raise BadSetting(f"{source} gives codes to {', '.join(strangers)}; the accounts are {', '.join(CHART)}")
    if strangers := sorted(set(found.diary) - set(KINDS)):
        raise BadSetting(f"{source}: the diary has no {', '.join(strangers)}; its kinds are {', '.join(KINDS)}")
    return found

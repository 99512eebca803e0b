"""Every setting: set in `mcsc.toml` in the data directory, or by MCSC_<NAME> in the environment, which wins.

Settings     every setting, its meaning and its default
load         both sources -> Settings
BadSetting   one of them holds something that is no setting
"""

import tomllib
from collections.abc import Mapping
from datetime import timedelta, timezone
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from ledger.books.accounts import CHART
from ledger.decider import DataClass

FILE = "mcsc.toml"
PREFIX = "MCSC_"
ELSEWHERE = frozenset({"data", "debug", "test_postgres", "actor"})
"""MCSC_ names that the command line and the tests read for themselves."""

AccountCode = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$(?!\n)")]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting.

    database          a data directory (SQLite) or a postgresql:// address
    host, port        where to listen
    data_class        what this ledger's facts are about, unless a route says otherwise
    queue_max         commands waiting before a client is asked to come back (503)
    body_bytes_max    the longest body of one command; bulk_bytes_max: of many commands, one a line
    wait_seconds_max  how long `wait=` holds a request until the read models have caught up
    utc_offset_hours  where the ledger's days begin and end, for both dates of a report; Beijing time unless set
    accounts          codes of one's own in place of some of the chart's: a table in the file, receivables = "1122.01"
    """

    database: str = "data"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    data_class: DataClass = "LIVE"
    queue_max: Annotated[int, Meta(ge=1)] = 10_000
    body_bytes_max: Annotated[int, Meta(ge=1024)] = 1 << 20
    bulk_bytes_max: Annotated[int, Meta(ge=1024)] = 16 << 20
    wait_seconds_max: Annotated[int, Meta(ge=0, le=60)] = 4
    utc_offset_hours: Annotated[int, Meta(ge=-12, le=14)] = 8
    accounts: dict[str, AccountCode] = {}

    @property
    def time_zone(self) -> timezone:
        """The zone whose calendar says which day is today."""
        return timezone(timedelta(hours=self.utc_offset_hours))


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
    wanted = _convert(given, "the environment (MCSC_…)", strict=False)
    return msgspec.structs.replace(written, **{name: getattr(wanted, name) for name in given})


def _from_file(data: Path) -> dict[str, Any]:
    path = data / FILE
    settings: dict[str, Any] = {"database": str(data)}
    if path.exists():
        try:
            settings |= tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadSetting(f"{path} is not TOML: {error}") from error
    return settings


def _convert(settings: Mapping[str, Any], source: str, *, strict: bool) -> Settings:
    known = Settings.__struct_fields__
    if unknown := sorted(set(settings) - set(known)):
        raise BadSetting(f"{source} sets {', '.join(unknown)}, which is no setting; there are {', '.join(known)}")
    try:
        found = msgspec.convert(dict(settings), Settings, strict=strict)
    except msgspec.ValidationError as error:
        raise BadSetting(f"{source}: {error}") from error
    if strangers := sorted(set(found.accounts) - set(CHART)):
        raise BadSetting(f"{source} gives codes to {', '.join(strangers)}; the accounts are {', '.join(CHART)}")
    return found

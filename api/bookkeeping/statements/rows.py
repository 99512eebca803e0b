"""What reading a bank's file gives: its statements, or every place that is wrong, with the rule.

Place         a line of the file, and what is to be said of it
StatementFile statements; what is wrong; what was left out
plain         text as a fact can hold it: one line, no control characters
amount_in     an amount as it is written -> minor units; None where it is none
"""

import re
from unicodedata import category

from msgspec import Struct

from api.http.decoding import INVISIBLE
from ledger.bookkeeping.statements.taking import StatedStatement
from ledger.values.money import EXPONENT, minor

SENTINELS = frozenset(("NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOTAVAILABLE"))
"""Written where there is no reference."""
LONGEST = 500
BAD_MAX = 1000


class Place(Struct, frozen=True, kw_only=True):
    """A line of the file, and what is to be said of it."""

    line: int
    rule: str


class StatementFile(Struct, frozen=True, kw_only=True):
    """A file as it was read. `bad`: every wrong place, and then no statement is taken; `left_out`: what is no line."""

    statements: tuple[StatedStatement, ...] = ()
    bad: tuple[Place, ...] = ()
    left_out: tuple[Place, ...] = ()


def plain(text: str) -> str | None:
    """Text on one line without what nobody sees, cut where it is longer than a fact holds; None where it is blank."""
    line = " ".join(INVISIBLE.sub("", "".join(" " if category(sign) == "Cc" else sign for sign in text)).split())
    if len(line) > LONGEST:
        line = f"{line[: LONGEST - 1]}…"
    return line or None


def references_of(*written: str | None) -> tuple[str, ...]:
    """References as they are written, each once; words that say there is none are none."""
    found = [one for text in written if text and (one := plain(text)) and one.upper() not in SENTINELS]
    return tuple(dict.fromkeys(found))[:8]


def amount_in(text: str, currency: str) -> int | None:
    """Minor units of a plain decimal number; None where it is none, or has more decimals than the currency."""
    places = EXPONENT.get(currency)
    if places is None or not re.fullmatch(r"[+-]?[0-9]{1,13}(\.[0-9]{1,5})?", text, re.ASCII):
        return None
    whole, _, fraction = text.removeprefix("+").partition(".")
    if fraction[places:].strip("0"):
        return None
    return minor(f"{whole}.{fraction[:places]}", places)

"""What people send, decoded: one way for bodies, for lines of many commands, and for files of the command line.

decoded         bytes -> what they should be; a key said twice and what cannot be seen are refused beside; all that is
                missing is named at once
check_written   only that, of JSON that is known to be some; check_command: of a command made of options
INVISIBLE       characters that no reader sees: they make a name look like another one

Only what comes in is held to it: facts stay as they were recorded.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from itertools import islice
from typing import Any, TypeVar

import msgspec
import msgspec.inspect

from api.http.problems import DECODING, Fault, Problem, of_decoding
from ledger.decider import Command

T = TypeVar("T")

INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad"  # control characters, and a hyphen that is not shown
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # which way writing runs
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # joiners and fillers
    "\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb\U000e0000-\U000e007f]"
    "|(?<![\u0600-\u0dff])[\u200c\u200d]"  # but Persian and the scripts of India are written with these
)


def decoded(decode: Callable[[bytes], T], body: bytes) -> T:
    """Decode a body. Raises Problem where it is not JSON, or not of the decoder's type, or says a key twice."""
    try:
        found = decode(body)
    except DECODING as error:
        problem = of_decoding(error)
        if isinstance(error, msgspec.ValidationError):
            _add_missing(problem, decode, body)
        raise problem from error
    check_written(body)
    return found


MISSING_MAX = 50
"""So many fields that are missing are named at once."""


def _add_missing(problem: Problem, decode: Callable[[bytes], Any], body: bytes) -> None:
    """Name every field that is missing beside what the decoder found first."""
    decoder = getattr(decode, "__self__", None)
    if not isinstance(decoder, msgspec.json.Decoder):
        return
    shape: Any = decoder.type
    with suppress(*DECODING):
        known = {fault.pointer for fault in problem.errors}
        gaps = (at for at in _missing(_type_of(shape), msgspec.json.decode(body), "") if at not in known)
        if also := list(islice(gaps, MISSING_MAX)):
            more = [Fault(f"Object missing required field `{at.rpartition('/')[2]}`", pointer=at) for at in also]
            problem.errors += tuple(more)
            problem.detail = f"{problem.detail.removesuffix('.')}; missing as well: {', '.join(also)}."


@cache
def _type_of(shape: Any) -> Any:
    return msgspec.inspect.type_info(shape)


def _missing(shape: Any, value: Any, at: str) -> Iterator[str]:
    """The places of the fields that the shape needs and the value has not."""
    match shape:
        case msgspec.inspect.StructType(fields=fields) if isinstance(value, dict):
            for field in fields:
                place = f"{at}/{field.encode_name}"
                if field.encode_name in value:
                    yield from _missing(field.type, value[field.encode_name], place)
                elif field.required:
                    yield place
        case msgspec.inspect.UnionType(types=types) if isinstance(value, dict):
            structs = [one for one in types if isinstance(one, msgspec.inspect.StructType)]
            meant = [one for one in structs if len(structs) == 1 or value.get(one.tag_field) == one.tag]
            yield from _missing(meant[0], value, at) if meant else ()
        case msgspec.inspect.UnionType(types=types):
            for one in types:
                yield from _missing(one, value, at)
        case msgspec.inspect.ListType(item_type=item) | msgspec.inspect.VarTupleType(item_type=item) if isinstance(
            value, list
        ):
            for number, part in enumerate(value):
                yield from _missing(item, part, f"{at}/{number}")


def check_command(command: Command) -> None:
    """Refuse in a command what cannot be seen. Raises Problem."""
    check_written(msgspec.json.encode(command))


def check_written(body: bytes) -> None:
    """Refuse keys that are said twice in one object, and what cannot be seen. Raises Problem."""
    text = body.decode()
    try:
        _once.decode(text)
        if not ("\\" in text or "\x7f" in text or (not text.isascii() and INVISIBLE.search(text))):
            return
    except _SaidTwice:
        pass
    if errors := list(_faults(_pairs.decode(text), "")):
        place = INVISIBLE.sub("\ufffd", errors[0].pointer or "")
        raise Problem("body-invalid", f"The body does not fit at {place}: {errors[0].detail}.", errors=errors)


class _SaidTwice(Exception):
    """A key comes twice in an object."""


def _check_once(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) != len({key for key, _ in pairs}):
        raise _SaidTwice


class _Pairs(list[tuple[str, Any]]):
    """An object with everything that it says."""


_once = json.JSONDecoder(object_pairs_hook=_check_once, parse_int=str)
_pairs = json.JSONDecoder(object_pairs_hook=_Pairs, parse_int=str)
"""Numbers as they are written: Python reads none of very many digits."""


def _faults(value: Any, at: str) -> Iterator[Fault]:
    if isinstance(value, _Pairs):
        keys: set[str] = set()
        for key, said in value:
            place = f"{at}/{key.replace('~', '~0').replace('/', '~1')}"
            if key in keys:
                yield Fault("this key is said twice", pointer=place)
            keys.add(key)
            yield from _unseen(key, place)
            yield from _faults(said, place)
    elif isinstance(value, list):
        for number, said in enumerate(value):
            yield from _faults(said, f"{at}/{number}")
    elif isinstance(value, str):
        yield from _unseen(value, at)


def _unseen(text: str, at: str) -> Iterator[Fault]:
    if found := INVISIBLE.search(text):
        yield Fault(f"holds U+{ord(found[0]):04X}, a character that cannot be seen", pointer=at)

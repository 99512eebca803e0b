"""A command as a form, and a form as a command. Works on names such as `terms.premises.0.unit`.

Field      a place to type in, or a group of them, or several lines of a group
fields_of  the fields of a command's form, with what was typed in them
typed_of   a command, or a part of one, as it would have been typed; typed_at: one value
filled_lists   the lists that a form begins with
taken      what was typed -> JSON for the command's decoder; raises Mistyped, with what is wrong by field
added, dropped   one line more; one less
readings   how a typed text may be meant: as it is, and as the digits and days that people write

What is left empty is left out, so the command's own default holds; a group that may be left out is, where all of it is
empty. A list whose default holds something is always said, as it is shown.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import FieldInfo
from msgspec.structs import fields as said_fields

from api.http.decoding import decoded
from api.http.problems import Problem

S = TypeVar("S", bound=Struct)
Typed = Mapping[str, str]
THOUSANDS = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
WIDE = str.maketrans("０１２３４５６７８９．，－／", "0123456789.,-/")
"""What a Chinese keyboard writes in place of digits and their signs."""
WRITTEN_DAY = re.compile(r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)")
PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?[%％]")
TWO_DECIMALS, SHORT = "two decimals", re.compile(r"-?[0-9]{1,15}(?:\.[0-9])?")
"""What the shape says of an amount that has always two, and one that is written without them all."""
RATIO, PERCENTS = "A ratio", "Up to four decimals: 30"
"""How the shapes begin of what may be written with a percent sign."""
WHOLE = re.compile(r"-?[0-9]{1,18}")
LINES_MAX = 200
DAY = "A day: 2026-06-30."
MISSING = "is required"
BESIDE = "*"
"""What is wrong with no single field of the form."""


class Field(Struct, kw_only=True):
    """A place in a form.

    kind     text, choice, group, lines, variant (a group of which there are several kinds) or json
    hint     the shape of what is typed, as the command's schema says it; default: what holds where it is left empty
    choices  the values of a choice, in their order; words: what some of them are called
    parts    the fields of a group or of each line
    """

    path: str
    name: str
    kind: str
    required: bool
    hint: str = ""
    default: str = ""
    value: str = ""
    choices: Sequence[str] = ()
    words: Mapping[str, str] = {}
    parts: "Sequence[Field]" = ()


class Mistyped(Exception):
    """A form that makes no command. `wrong`: by the path of the field."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__("; ".join(wrong.values()))
        self.wrong = wrong


# Types


def _bare(kind: Any) -> tuple[Any, str]:
    """A type without its annotations and without None, and the description that came with it."""
    hint = ""
    while True:
        if get_origin(kind) is Annotated:
            kind, *notes = get_args(kind)
            hint = next((note.description for note in notes if isinstance(note, Meta) and note.description), hint)
        elif get_origin(kind) in (Union, UnionType):
            kinds = [one for one in get_args(kind) if one is not NoneType]
            if len(kinds) > 1:
                return tuple(kinds), hint
            kind = kinds[0]
        else:
            return kind, hint


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _variants(kind: Any) -> Mapping[str, type[Struct]]:
    """The kinds of a group that has several, by their tags; none where it is typed as JSON."""
    if isinstance(kind, tuple) and all(map(_is_struct, kind)) and not any(map(_is_json, kind)):
        return {str(one.__struct_config__.tag): one for one in kind}
    return {}


def _item(kind: Any) -> Any:
    """The type of a list's items; None where it is no list that a form can show line by line."""
    if get_origin(kind) in (tuple, list):
        kinds = get_args(kind)
        if get_origin(kind) is list or kinds[-1] is Ellipsis:
            bare, _ = _bare(kinds[0])
            return None if get_origin(bare) in (tuple, list) else kinds[0]
    return None


def _choices(kind: Any) -> tuple[str, ...]:
    if kind is bool:
        return ("true", "false")
    if get_origin(kind) is Literal:
        return tuple(str(value) for value in get_args(kind))
    return ()


def _default(field: FieldInfo) -> Any:
    return field.default_factory() if field.default_factory is not NODEFAULT else field.default


def _filled(field: FieldInfo) -> bool:
    """Tell whether a list holds something where it is left out."""
    return not field.required and isinstance(_default(field), tuple) and bool(_default(field))


# A form


def fields_of(command: type[Struct], typed: Typed, at: str = "") -> list[Field]:
    """The fields of a form, with what was typed."""
    return [_field(field, typed, at) for field in said_fields(command)]


def _field(field: FieldInfo, typed: Typed, at: str) -> Field:
    path = f"{at}{field.encode_name}"
    made = _shape(field.type, path, field.encode_name, typed, required=field.required)
    default = None if field.required else _default(field)
    if made.kind in ("text", "choice") and default is not None:
        made.default = _written(default)
    return made


def _shape(kind: Any, path: str, name: str, typed: Typed, *, required: bool) -> Field:
    bare, hint = _bare(kind)
    made = Field(path=path, name=name, kind="text", required=required, hint=hint, value=typed.get(path, ""))
    if variants := _variants(bare):
        made.kind, made.value, made.choices = "variant", typed.get(f"{path}.type", ""), tuple(variants)
        if made.value in variants:
            made.parts = fields_of(variants[made.value], typed, f"{path}.")
    elif _is_struct(bare) and not _is_json(bare):
        made.kind, made.parts = "group", fields_of(bare, typed, f"{path}.")
    elif (item := _item(bare)) is not None:
        made.kind = "lines"
        count = max(lines_of(typed, path), 1 if required else 0)
        made.parts = [_shape(item, f"{path}.{line}", name, typed, required=False) for line in range(count)]
    elif choices := _choices(bare):
        made.kind, made.choices = "choice", choices
    elif bare is date:
        made.hint = hint or DAY
    elif bare not in (str, int, datetime):
        made.kind = "json"
    return made


def _is_json(kind: type[Struct]) -> bool:
    """Tell whether a group holds lists of lists, or such a group, which only JSON can show."""
    kinds = [_bare(field.type)[0] for field in said_fields(kind)]
    return any(
        _is_json(one) if _is_struct(one) else _item(one) is None and get_origin(one) in (tuple, list) for one in kinds
    )


def lines_of(typed: Typed, path: str) -> int:
    """Count the lines of a list, empty ones too."""
    found = [
        int(rest[0]) for name in typed if (rest := re.findall(rf"^{re.escape(path)}\.([0-9]{{1,3}})(?:\.|$)", name))
    ]
    return min(max(found, default=-1) + 1, LINES_MAX)


# What was typed


def typed_of(said: Any, at: str = "") -> dict[str, str]:
    """Write a command, or a part of one, as it would have been typed, with every default."""
    typed: dict[str, str] = {}
    if isinstance(said, Struct) and not _is_json(type(said)):
        if said.__struct_config__.tag_field == "type":
            typed[f"{at}type"] = str(said.__struct_config__.tag)
        for field in said_fields(type(said)):
            typed |= typed_at(getattr(said, field.name), f"{at}{field.encode_name}")
    return typed


def typed_at(value: Any, path: str) -> dict[str, str]:
    """Write one value as it would have been typed."""
    if value is None:
        return {}
    if isinstance(value, Struct) and not _is_json(type(value)):
        return typed_of(value, f"{path}.")
    if isinstance(value, Mapping):
        return {name: text for part, one in value.items() for name, text in typed_at(one, f"{path}.{part}").items()}
    if isinstance(value, tuple | list):
        return {name: text for line, one in enumerate(value) for name, text in typed_at(one, f"{path}.{line}").items()}
    return {path: _written(value)}


def _written(value: Any) -> str:
    if isinstance(value, Struct | tuple | list):
        return msgspec.json.encode(value).decode()
    return str(value).lower() if isinstance(value, bool) else str(msgspec.to_builtins(value))


def filled_lists(kind: type[Struct], at: str = "") -> dict[str, str]:
    """The lists that hold something where they are left out, as they would be typed: a form begins with them."""
    typed: dict[str, str] = {}
    for field in said_fields(kind):
        bare, _ = _bare(field.type)
        if _filled(field):
            typed |= typed_at(_default(field), f"{at}{field.encode_name}")
        elif _is_struct(bare) and field.required and not _is_json(bare):
            typed |= filled_lists(bare, f"{at}{field.encode_name}.")
    return typed


def added(typed: Typed, path: str) -> dict[str, str]:
    """The same with an empty line more."""
    return {**typed, f"{path}.{max(lines_of(typed, path), 0)}": ""}


def dropped(typed: Typed, path: str) -> dict[str, str]:
    """The same without one line; those after it move up."""
    whole, _, line = path.rpartition(".")
    if not (line.isascii() and line.isdigit()):
        return dict(typed)
    left: dict[str, str] = {}
    for name, value in typed.items():
        rest = re.fullmatch(rf"{re.escape(whole)}\.([0-9]{{1,3}})((?:\..*)?)", name)
        if rest is None or int(rest[1]) < int(line):
            left[name] = value
        elif int(rest[1]) > int(line):
            left[f"{whole}.{int(rest[1]) - 1}{rest[2]}"] = value
    return left


# A command


class _Left(Exception):
    """Nothing was typed here."""


def taken(command: type[S], typed: Typed) -> S:
    """The command, or the group, that was typed. Raises Mistyped, with all that is wrong."""
    wrong: dict[str, str] = {}
    said = dict(_said(command, typed, "", wrong))
    if wrong:
        raise Mistyped(wrong)
    try:
        return decoded(msgspec.json.Decoder(command).decode, json.dumps(said, ensure_ascii=False).encode())
    except Problem as problem:
        raise Mistyped(
            {(fault.pointer or "").strip("/").replace("/", ".") or BESIDE: fault.detail for fault in problem.errors}
            or {BESIDE: problem.detail}
        ) from problem


def _said(kind: type[Struct], typed: Typed, at: str, wrong: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """The fields of a command or group that were typed, as JSON has them."""
    for field in said_fields(kind):
        path = f"{at}{field.encode_name}"
        try:
            yield field.encode_name, _value(field.type, typed, path, wrong, always=field.required or _filled(field))
        except _Left:
            if field.required:
                wrong[path] = MISSING


def _value(kind: Any, typed: Typed, path: str, wrong: dict[str, str], *, always: bool) -> Any:
    """A value as JSON has it. `always`: said even where nothing was typed. Raises _Left."""
    bare, _ = _bare(kind)
    if variants := _variants(bare):
        chosen = typed.get(f"{path}.type", "")
        if chosen not in variants:
            raise _Left
        return {"type": chosen, **dict(_said(variants[chosen], typed, f"{path}.", wrong))}
    if _is_struct(bare) and not _is_json(bare):
        if not always and not any(text.strip() for name, text in typed.items() if name.startswith(f"{path}.")):
            raise _Left
        return dict(_said(bare, typed, f"{path}.", wrong))
    if (item := _item(bare)) is not None:
        if not (lines := _lines(item, typed, path, wrong)) and not (always and _takes(kind, lines)):
            raise _Left
        return lines
    text = typed.get(path, "").strip()
    if not text:
        raise _Left
    return _one(kind, bare, text, path, wrong)


def _takes(kind: Any, value: Any) -> bool:
    """Tell whether a type takes a value."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _lines(item: Any, typed: Typed, path: str, wrong: dict[str, str]) -> list[Any]:
    """The lines of a list that were typed; empty ones are none."""
    lines = []
    for line in range(lines_of(typed, path)):
        try:
            lines.append(_value(item, typed, f"{path}.{line}", wrong, always=False))
        except _Left:
            continue
    return lines


def _one(kind: Any, bare: Any, text: str, path: str, wrong: dict[str, str]) -> Any:
    """One value, as the command's own decoder takes it; or what it says is wrong."""
    for reading in readings(text, day=bare is date, hint=_bare(kind)[1]):
        value = _as_json(bare, reading)
        try:
            decoded(msgspec.json.Decoder(kind).decode, json.dumps(value, ensure_ascii=False).encode())
        except Problem as problem:
            found = problem.errors[0].detail if problem.errors else problem.detail
        else:
            return value
    wrong[path] = found
    return text


def readings(text: str, *, day: bool = False, hint: str = "") -> list[str]:
    """Readings of a text, the text itself first: wide digits as 0-9, no separators, 2026/11/2 as 2026-11-02.

    Where a ratio is asked for, 13 % is 0.13; where percents are, 30 % is 30; where two decimals are, 150 is 150.00.
    The year comes first in a day: 2/11/2026 is the second of November to some and the eleventh of February to others.
    """
    found, narrow = [text], text.translate(WIDE)
    if day and (written := WRITTEN_DAY.fullmatch(narrow)):
        year, _, *parts = written.groups()
        month, on = (int(part) for part in parts if part)
        return [text, f"{year}-{month:02}-{on:02}"]
    if narrow != text:
        found.append(narrow)
    if THOUSANDS.fullmatch(narrow):
        found.append(narrow.replace(",", ""))
    if percent := PERCENT.fullmatch(narrow):
        found += [f"{Decimal(percent[1]) / 100:f}"] if hint.startswith(RATIO) else []
        found += [percent[1]] if hint.startswith(PERCENTS) else []
    if TWO_DECIMALS in hint and SHORT.fullmatch(found[-1]):
        found.append(f"{Decimal(found[-1]):.2f}")
    return found


def day_typed(text: str) -> date:
    """The day that a text says. Raises ValueError."""
    return date.fromisoformat(readings(text.strip(), day=True)[-1])


def _as_json(bare: Any, text: str) -> Any:
    """A typed text as the type wants it in JSON; as it is where it does not fit, for the decoder to say so."""
    if bare is bool:
        return {"true": True, "false": False}.get(text, text)
    whole = bare is int or (get_origin(bare) is Literal and all(isinstance(one, int) for one in get_args(bare)))
    if whole:
        return int(text) if WHOLE.fullmatch(text) else text
    if bare in (str, date, datetime) or get_origin(bare) is Literal:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text

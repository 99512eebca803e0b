"""The parameters of a request, in its query and in its path, as the types they should have.

query_of            the query parameters as a Struct; unknown ones are refused by name
pairs_of            the parameters as they were written; shaped: those as a Struct
Effective, RecordedBy, DayOrInstant    the two dates of a basis, and an instant, as the document has them
NoQuery             the Struct of a route without any
identifier          a part of the path that names something
blame               the parameter that a Struct would not take, and why
parameter_invalid   a parameter has a value that it cannot take; not_after: a day comes after the basis's
place               the row that a cursor names; bad_cursor: it names none
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Struct

from api.http.decoding import INVISIBLE
from api.http.problems import Fault, Problem, fault_of
from api.http.requests import AnyRequest
from ledger.decider import Id
from projections.engine.basis import Basis

Q = TypeVar("Q", bound=Struct)


def _one_of(*forms: dict[str, Any]) -> Meta:
    return Meta(extra_json_schema={"anyOf": list(forms)})


_DATE, _INSTANT = {"format": "date"}, {"format": "date-time"}
_POSITION, _MONTH = {"pattern": "^#?[0-9]{1,18}$"}, {"pattern": "^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])$"}
_CLOSE = {"pattern": "^close:(?!0000)[0-9]{4}-(0[1-9]|1[0-2])(#[1-9][0-9]{0,8})?$"}

Effective = Annotated[str, _one_of(_DATE, _MONTH, {"enum": ["month-end", "now"]})]
RecordedBy = Annotated[str, _one_of(_POSITION, _INSTANT, _DATE, _CLOSE, {"const": "now"})]
DayOrInstant = Annotated[str, _one_of(_DATE, _INSTANT)]
"""As the document has them; projections/engine/basis.py reads them, and says what is wrong with one."""


class NoQuery(Struct, frozen=True, kw_only=True):
    """A route without query parameters."""


def query_of(request: AnyRequest, shape: type[Q]) -> Q:
    """The query parameters. Raises Problem for those unknown, given twice, or of a wrong value."""
    return shaped(pairs_of(request), shape)


def pairs_of(request: AnyRequest) -> list[tuple[str, str]]:
    """The query parameters as they were written. Raises Problem."""
    written = request.scope["query_string"]
    if not written:
        return []
    try:
        return parse_qsl(written.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise Problem("bad-request", "The query is not of the form name=value&name=value in UTF-8.") from None


def shaped(pairs: Sequence[tuple[str, str]], shape: type[Q]) -> Q:
    """Parameters as a Struct. Raises Problem for those unknown, given twice, or of a wrong value."""
    if not pairs:
        return shape()
    _check_names([name for name, _ in pairs], shape)
    _check_text(pairs)
    try:
        found = msgspec.convert(dict(pairs), shape, strict=False)
    except msgspec.ValidationError as error:
        raise parameter_invalid(*blame(error, shape)) from error
    fields = dict(zip(shape.__struct_encode_fields__, shape.__struct_fields__, strict=True))
    for name, value in pairs:  # read as the document has them, not as loosely as msgspec would
        read = getattr(found, fields[name])
        if read is None and value:
            raise parameter_invalid(name, f"{value!r} is no value; leave the parameter out")
        if isinstance(read, bool) and value not in ("true", "false"):
            raise parameter_invalid(name, f"is true or false, not {value!r}")
    return found


def identifier(name: str, value: str, shape: Any = Id) -> str:
    """A part of the path that names something. Raises Problem where it cannot be such a name."""
    try:
        return str(msgspec.convert(value, shape))
    except msgspec.ValidationError:
        what = name.replace("_", " ")
        raise Problem("not-found", f"{value!r} in the address cannot be the name of a {what}.") from None


def parameter_invalid(name: str, detail: str) -> Problem:
    """The problem of a query parameter with a value it cannot take."""
    return Problem("parameter-invalid", f"{name}: {detail}.", errors=[Fault(detail, parameter=name)])


def blame(error: msgspec.ValidationError, shape: type[Struct]) -> tuple[str, str]:
    """The name of the parameter that the shape would not take, and what is wrong with it."""
    fault = fault_of(error)
    name, detail = (fault.pointer or "/").split("/")[1], fault.detail
    if detail.startswith("Invalid enum value"):
        detail += f"; there are {', '.join(_choices(shape, name))}"
    return name, detail


def _check_names(names: Sequence[str], shape: type[Struct]) -> None:
    known = shape.__struct_encode_fields__
    if unknown := sorted(set(names) - set(known)):
        there_are = f"known here: {', '.join(known)}" if known else "none is known here"
        errors = [Fault("unknown", parameter=name) for name in unknown]
        raise Problem(
            "parameter-unknown", f"No such query parameter: {', '.join(unknown)}; {there_are}.", errors=errors
        )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        errors = [Fault("given more than once", parameter=name) for name in twice]
        raise Problem("parameter-invalid", f"Give each query parameter once: {', '.join(twice)}.", errors=errors)


def _check_text(pairs: Sequence[tuple[str, str]]) -> None:
    for name, value in pairs:
        if found := INVISIBLE.search(value):
            raise parameter_invalid(name, f"holds U+{ord(found[0]):04X}, a character that cannot be seen")


def _choices(shape: type[Struct], name: str) -> list[str]:
    """The words that a parameter may be."""
    written: Any = msgspec.json.schema_components([shape])[1][shape.__name__]["properties"][name]
    return [str(word) for choice in written.get("anyOf", [written]) for word in choice.get("enum", ())]


def not_after(parameter: str, day: date | None, basis: Basis) -> None:
    """Refuse a day to begin or to compare with that comes after the effective date. Raises Problem."""
    if day is not None and day > basis.effective:
        raise parameter_invalid(parameter, f"{day} is after {basis.effective}, the effective date")


def place(written: str | None) -> str | None:
    """The key of the row that a page comes after, as a cursor says it. Raises Problem."""
    if written is None:
        return None
    try:
        key = base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise bad_cursor() from None
    if INVISIBLE.search(key):  # no key of ours holds any; PostgreSQL would take none
        raise bad_cursor()
    return key


def bad_cursor() -> Problem:
    """The problem of a cursor that is none of ours."""
    return parameter_invalid("cursor", "is none that this service gave; take it from a Link header")

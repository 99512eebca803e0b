"""Which kinds of files are taken as documents: known by what they hold, whatever they are called.

kind_of      bytes -> a Kind; raises NotTaken
in_words     the kinds, as a message names them

What can hold a program is not taken: workbooks with macros, pages, archives of anything else.
"""

import io
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from xlrd.compdoc import CompDoc


class Kind(NamedTuple):
    """A kind of file. `holds`: tells whether these bytes are one."""

    name: str
    media_type: str
    suffix: str
    holds: Callable[[bytes], bool]


class NotTaken(Exception):
    """A file that is not kept as a document; the message says why."""


def _begins(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(marks)


def _packed(part: str) -> Callable[[bytes], bool]:
    """Tell whether bytes are a ZIP archive with a part of this name."""
    return lambda data: part in _names(data)


def _names(data: bytes) -> list[str]:
    if not data.startswith(b"PK"):
        return []
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            return archive.namelist()
    except (BadZipFile, NotImplementedError, ValueError):  # no archive; a way of packing that zipfile does not know
        return []


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SHEET = 0
"""The kind of a sheet that holds no chart, no macro and no module."""


def _old_workbook(data: bytes) -> bool:
    """Tell whether bytes are an XLS."""
    return data.startswith(OLE) and "Workbook".encode("utf-16-le") in data


def _runs(data: bytes) -> bool:
    """Tell whether a file holds macros: those of Visual Basic, or in an XLS a sheet that is none."""
    if any(name.rpartition("/")[2] == MACROS for name in _names(data)):
        return True
    if not _old_workbook(data):
        return False
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        return True
    try:
        stream = CompDoc(data, logfile=io.StringIO()).get_named_stream("Workbook") or b""
    except Exception:  # xlrd says in many ways that a file is broken: then nothing in it is known
        return True
    return any(kind != SHEET for kind in _sheet_kinds(stream))


def _sheet_kinds(stream: bytes) -> Iterator[int]:
    """The kinds of an XLS' sheets, as its records of them say (BOUNDSHEET)."""
    at = 0
    while at + 4 <= len(stream):
        record, length = struct.unpack_from("<HH", stream, at)
        if record == 0x0A:  # the end of what is said of the whole workbook
            return
        if record == 0x85 and length >= 6:
            yield stream[at + 9]
        at += 4 + length


def _text_in(encoding: str) -> Callable[[bytes], bool]:
    """Tell whether bytes are text in an encoding, without control characters."""

    def holds(data: bytes) -> bool:
        try:
            return not any(char < " " and char not in "\t\n\r\f" for char in data.decode(encoding))
        except UnicodeDecodeError:
            return False

    return holds


TEXTS = (
    Kind("text in UTF-8", "text/plain", "txt", _text_in("utf-8")),
    Kind("text in GB 18030", "text/plain", "txt", _text_in("gb18030")),  # in which Chinese banks write CSV
)
OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = (
    Kind("PDF", "application/pdf", "pdf", _begins(b"%PDF-")),
    Kind("PNG", "image/png", "png", _begins(b"\x89PNG\r\n\x1a\n")),
    Kind("JPEG", "image/jpeg", "jpg", _begins(b"\xff\xd8\xff")),
    Kind("TIFF", "image/tiff", "tif", _begins(b"II*\x00", b"MM\x00*")),
    Kind("OFD", "application/ofd", "ofd", _packed("OFD.xml")),  # GB/T 33190, in which fapiao come
    Kind("Word", f"{OFFICE}.wordprocessingml.document", "docx", _packed("word/document.xml")),
    Kind("Excel", f"{OFFICE}.spreadsheetml.sheet", "xlsx", _packed("xl/workbook.xml")),
    Kind("Excel 97", "application/vnd.ms-excel", "xls", _old_workbook),  # as which Chinese banks give statements
    *TEXTS,
)
MACROS = "vbaProject.bin"


def in_words() -> str:
    """List the kinds."""
    names = [kind.name for kind in KINDS]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def kind_of(data: bytes) -> Kind:
    """Tell what a file is by what it holds. Raises NotTaken."""
    if not data:
        raise NotTaken("the file is empty")
    if _runs(data):
        raise NotTaken("the file holds macros, which are programs; save it without them, or as PDF")
    found = next((kind for kind in KINDS if kind.holds(data)), None)
    if found is None:
        raise NotTaken(f"the file is none of the kinds that are kept: {in_words()}")
    return found

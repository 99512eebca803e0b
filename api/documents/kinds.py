"""Which kinds of files are taken as documents: known by what they hold, whatever they are called.

kind_of      bytes -> a Kind; raises NotTaken
in_words     the kinds, as a message names them

What can hold a program is not taken: workbooks with macros, pages, archives of anything else.
"""

import io
from collections.abc import Callable
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile


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
    if any(name.rpartition("/")[2] == MACROS for name in _names(data)):
        raise NotTaken("the file holds macros, which are programs; save it without them, or as PDF")
    found = next((kind for kind in KINDS if kind.holds(data)), None)
    if found is None:
        raise NotTaken(f"the file is none of the kinds that are kept: {in_words()}")
    return found

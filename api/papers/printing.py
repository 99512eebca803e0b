"""Papers as PDF, printed by WeasyPrint: A4, a footer with the basis and the page on every page.

printed          a Paper -> the bytes of a PDF, with the same ones for the same paper
CannotPrint      WeasyPrint is not installed here (the extra `papers`), or no font has Chinese characters

The same paper gives the same bytes with the same versions of WeasyPrint, HarfBuzz and the font. Nothing is loaded from
anywhere: a paper is one page of HTML with its style.
"""

from pathlib import Path
from threading import get_ident
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.papers.paper import Both, Paper

HERE = Path(__file__).parent
ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.tests["both"] = lambda value: isinstance(value, Both)


class CannotPrint(Exception):
    """Nothing can be printed here; the message says what is missing, and how to come by it."""


class _Missing:
    """Notes what WeasyPrint warns of while this thread prints: a character that no font has."""

    def __init__(self) -> None:
        self._thread = get_ident()
        self.said: list[str] = []

    def filter(self, record: Any) -> bool:
        """Note a warning about a character, and let everything else be logged."""
        ours = record.thread == self._thread and "notdef" in record.getMessage()
        if ours:
            self.said.append(record.getMessage().rpartition(": ")[2])
        return not ours


def printed(paper: Paper) -> bytes:
    """A paper as PDF. Raises CannotPrint."""
    page = ENVIRONMENT.get_template("paper.html").render(paper=paper)
    try:
        from weasyprint import HTML, LOGGER
    except (ImportError, OSError) as error:
        raise CannotPrint(
            "papers are printed with WeasyPrint, which is not installed here, or misses Pango: `pip install"
            " 'mcsc-ledger[papers]'`, or the versions of requirements-papers.lock, and on Debian `apt-get install"
            f" libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk` ({error})"
        ) from error
    missing = _Missing()
    LOGGER.addFilter(missing)
    try:
        body: bytes = HTML(string=page, url_fetcher=_nowhere).write_pdf()
    finally:
        LOGGER.removeFilter(missing)
    if missing.said:
        raise CannotPrint(
            f"no font here has {missing.said[0]}, which would print as a box: `apt-get install fonts-noto-cjk`"
        )
    return body


def _nowhere(url: str, *_: Any, **__: Any) -> Any:
    """Refuse to load anything: a paper needs nothing but itself."""
    raise ValueError(f"{url} is not loaded")

"""What people see: data to stdout, everything else to stderr.

say, warn     a line to stderr
table         rows: drawn on a terminal (in a pager, if it is wider), tab-separated where piped
fitted        few columns of a table that is wider than the terminal, and what fits of their words
Progress      count, rate and time left of long work, on stderr
"""

import os
import sys
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any

import rich_click as click

REDRAW_S = 0.1
WIDEST = 2000
GAP = 2
"""Blanks between two columns."""
LEAST = 12
"""Characters that words of a column keep, where they have so many."""
PAGED = "-SRFX"
"""How `less` shows what is wider than the terminal, unless LESS says otherwise: the arrow keys move along the lines."""


def say(text: str) -> None:
    """A line for the person, not for the pipe."""
    click.echo(text, err=True)


def table(
    title: str,
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    numbers: Sequence[str] = (),
    few: Sequence[str] | None = None,
) -> None:
    """Rows under names. `numbers` are set to the right.

    few   the columns that are wanted most where a terminal is too narrow for all; None: then all go to a pager
    """
    shown = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in (list(names), *shown):
            click.echo("\t".join(cell.replace("\t", " ") for cell in row))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    every = len(names)
    if few is not None:
        names, shown = fitted(names, shown, numbers, few, console.width)
    drawn = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for name in names:
        drawn.add_column(name, justify="right" if name in numbers else "left", no_wrap=True)
    for row in shown:
        drawn.add_row(*row)
    if len(names) < every:
        console.print(drawn)
        say(f"{len(names)} of {every} columns; --wide shows all, in a pager: the arrow keys move along, q ends it")
        return
    width = console.measure(drawn, options=console.options.update(width=WIDEST)).maximum
    if width <= console.width:
        console.print(drawn)
        return
    wide = Console(width=width)
    with wide.capture() as captured:
        wide.print(drawn)
    os.environ.setdefault("LESS", PAGED)
    click.echo_via_pager(captured.get())


def fitted(
    names: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str], few: Sequence[str], width: int
) -> tuple[list[str], list[list[str]]]:
    """The columns, and their cells, that fit into a width: all if they do; else those wanted most.

    Figures are never cut: a column of them is there whole, or left out. Longer words lose their middle.
    """
    from rich.cells import cell_len

    wide = [max(map(cell_len, (name, *(row[at] for row in rows)))) for at, name in enumerate(names)]
    if sum(wide) + GAP * (len(names) - 1) <= width:
        return list(names), [list(row) for row in rows]
    last_first = [*enumerate(names)][::-1]
    wanted = [at for one in few for at, name in last_first if name == one or name.startswith(f"{one} 2")]
    kept, room = list[int](), width + GAP
    for at in dict.fromkeys(wanted or range(len(names))):
        need = (wide[at] if names[at] in numbers else min(wide[at], LEAST)) + GAP
        if need <= room:
            kept.append(at)
            room -= need
    kept.sort()
    given = {at: wide[at] if names[at] in numbers else min(wide[at], LEAST) for at in kept}
    while room > 0 and (short := [at for at in kept if given[at] < wide[at]]):
        given[min(short, key=given.__getitem__)] += 1
        room -= 1
    heads = [_cut(names[at], given[at]) for at in kept]
    return heads, [[_cut(row[at], given[at]) for at in kept] for row in rows]


def _cut(text: str, width: int) -> str:
    """A text without its middle, where it is too wide: names of things differ at their ends."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    end = ""
    for char in reversed(text):
        if cell_len(char + end) > (width - 1) // 2:
            break
        end = char + end
    return set_cell_size(text, width - 1 - cell_len(end)).rstrip() + "…" + end


class Progress:
    """Tells how far long work is; call it as `progress(done, total)`, and use it as a context manager.

    On a terminal one line is redrawn; elsewhere only the end is told, where it took longer than `quiet_s`.
    """

    def __init__(self, what: str, *, quiet_s: float = 0.0) -> None:
        self._what = what
        self._quiet_s = quiet_s
        self._start = monotonic()
        self._drawn_at = 0.0
        self._done = 0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        seconds = max(monotonic() - self._start, 1e-6)
        if self._done:
            self._clear()
        if self._done and seconds >= self._quiet_s:
            say(f"{self._what}: {self._done:,} in {seconds:.1f} s ({self._done / seconds:,.0f}/s)")

    def __call__(self, done: int, total: int) -> None:
        """Say how much is done, of how many."""
        self._done = done
        now = monotonic()
        if not sys.stderr.isatty() or (now - self._drawn_at < REDRAW_S and done < total):
            return
        self._drawn_at = now
        rate = done / max(now - self._start, 1e-6)
        left = (total - done) / rate if rate else 0
        self._clear()
        click.echo(
            f"{self._what}: {done:,} of {total:,} ({done * 100 // max(total, 1)} %), {rate:,.0f}/s, {left:.0f} s left",
            err=True,
            nl=False,
        )

    def _clear(self) -> None:
        if sys.stderr.isatty():
            click.echo("\r\x1b[2K", err=True, nl=False)

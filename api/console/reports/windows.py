"""The part of a very long report that a page shows: some of its groups with their sums, before any row is made.

windowed   an answer whose single rows are too many, with the groups alone that a page shows
Window     that answer, and how much is beside it

A rent roll is of buildings, an ageing of tenants, deposits of leases; of two thousand tenants a page shows a hundred,
and makes no more.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from api.console.reports.linked import FOLDED


class Groups(Struct, frozen=True):
    """The groups of an answer. `field`: where they are; `single`: counts the rows of one; `beside`: rows of none.

    folds    a group has a sum, for which its rows can be folded away; else it is a row itself
    """

    field: str
    single: Callable[[Any], int]
    beside: str | None = None
    folds: bool = True


OF: Mapping[str, Groups] = {
    "rent-roll": Groups("buildings", lambda building: len(building.rows), "signed"),
    "deposits": Groups("rows", lambda _: 1, folds=False),
    "receivables-ageing": Groups("tenants", lambda tenant: len(tenant.documents) + len(tenant.receipts)),
}


class Window(Struct, frozen=True):
    """An answer with some groups. `groups`: how many there are; `single`: the rows that are folded away, of all."""

    answer: Any
    groups: int
    single: int


def windowed(report: str, answer: Any, begin: int, each: int) -> Window | None:
    """The answer with so many groups from a place on; None where its rows are not too many, or it has no groups."""
    if (of := OF.get(report)) is None:
        return None
    groups: Sequence[Any] = getattr(answer, of.field)
    beside = len(getattr(answer, of.beside)) if of.beside else 0
    single = sum(map(of.single, groups)) + beside
    if single <= FOLDED:
        return None
    some = groups[begin : begin + each] if len(groups) > each else groups
    nothing = {of.beside: ()} if of.beside else {}
    return Window(replace(answer, **{of.field: some}, **nothing), len(groups), single if of.folds else 0)


def without_groups(report: str, answer: Any) -> Any:
    """The answer without its groups: enough to know its columns."""
    of = OF.get(report)
    return answer if of is None else replace(answer, **{of.field: ()})

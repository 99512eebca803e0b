"""Where the page of a thing is.

thing_address    a kind and a name, of a fact its position -> its page, on the dates that are carried
of_tag           a fact's tag -> the page of what it names
kind_under       a report's column -> the kind of things whose names stand in it
"""

from collections.abc import Mapping

from api.console.pages import HOME, address

FACTS = f"{HOME}/audit/facts"
PLACES: Mapping[str, str] = {
    "company": f"{HOME}/companies",
    "lease": f"{HOME}/leases",
    "order": f"{HOME}/orders",
    "offtake": f"{HOME}/offtakes",
    "investment": f"{HOME}/investments",
    "unit": f"{HOME}/units",
    "building": f"{HOME}/buildings",
    "parcel": f"{HOME}/parcels",
}
"""The pages of each kind of thing, below which each has its own."""
TAGS: Mapping[str, str] = {"tenant": "company", "party": "company", "investor": "company"}
"""Tags that name a thing in another part than their own."""
RECORDED = frozenset({"manual-journal", "purchase", "bank-account", "meter"})
"""Tags of things without a page of their own: each leads to what was recorded of it."""
COLUMNS: Mapping[str, str] = {
    **{name: name for name in ("company", "lease", "order", "unit", "building", "parcel")},
    **dict.fromkeys(("tenant", "supplier", "buyer", "seller"), "company"),
    "position": "fact",
}
AGREEMENTS: Mapping[str, str] = {
    "investment": "investment",
    "energy": "offtake",
    "offtake-shortfall": "offtake",
}


def thing_address(kind: str, name: str, carried: Mapping[str, str]) -> str:
    """The address of a thing's page."""
    return address(f"{FACTS if kind == 'fact' else PLACES[kind]}/{name}", carried)


def of_tag(tag: str, carried: Mapping[str, str]) -> str | None:
    """The address of what a tag names, where that has a page."""
    kind, _, name = tag.partition(":")
    kind = TAGS.get(kind, kind)
    if kind in RECORDED and name:
        return address(f"{HOME}/audit/timeline", {"entity": tag, **carried})
    return thing_address(kind, name, carried) if kind in PLACES and name else None


def kind_under(report: str, column: str) -> str | None:
    """The kind of things whose names stand under a column of a report."""
    return AGREEMENTS.get(report) if column == "agreement" else COLUMNS.get(column)

"""What the terms of a deal said from when on, and who set each field.

Version     terms as a fact set them, and what they changed
versions    facts of a deal -> its versions, in the order in which they took effect
Setting     a field of the latest version: its value, and the fact that set it so
settings    each field of the latest version with who set it

A proposal sets nothing; its approval does. Who proposed and who approved both stand in the fact that took effect.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from api.console.record.shapes import typed_at, typed_of
from ledger.decider import standing, stored_name
from ledger.log.envelope import Entry

PROPOSED = "-proposed"
PARTS: Mapping[str, str] = {"order.change-approved": "lines", "lease.service-charge-changed": "service_charge"}
"""Facts that set a part of the terms by themselves, and which."""
SETTERS = ("drafted_by", "proposed_by", "executed_by", "signed_by")


class Version(Struct, frozen=True, kw_only=True):
    """Terms from a day on. `fields`: by path; `changed`: path -> what it said before, and says now."""

    entry: Entry
    fields: Mapping[str, str]
    changed: Mapping[str, tuple[str | None, str | None]]

    @property
    def set_by(self) -> str:
        """Whoever wrote these terms: drafted or proposed them."""
        said = (getattr(self.entry.fact, name, None) for name in SETTERS)
        return next((one for one in said if one), self.entry.by.actor)

    @property
    def approved_by(self) -> str | None:
        """Whoever approved them, where the fact that took effect says so."""
        return getattr(self.entry.fact, "approved_by", None)


class Setting(Struct, frozen=True, kw_only=True):
    """A field of terms, and the version that set it to what it says."""

    path: str
    value: str
    by: Version


def versions(entries: Iterable[Entry]) -> list[Version]:
    """The versions of a deal's terms: facts by effective day and position, without those withdrawn."""
    found: list[Version] = []
    fields: Mapping[str, str] = {}
    stand = standing(sorted(entries, key=lambda entry: entry.position), lambda entry: entry.fact)
    for entry in sorted(stand, key=lambda entry: (entry.fact.effective_on, entry.position)):
        said = _said(entry.fact, fields)
        if said is None:
            continue
        changed = {path: (fields.get(path), said.get(path)) for path in {**fields, **said}}
        changed = {path: pair for path, pair in changed.items() if pair[0] != pair[1]}
        if changed or not found:
            found.append(Version(entry=entry, fields=said, changed=changed))
            fields = said
    return found


def settings(found: Sequence[Version]) -> list[Setting]:
    """Each field of the latest version, with the version that set it."""
    if not found:
        return []
    by: dict[str, Version] = {}
    for version in found:
        by |= dict.fromkeys(version.changed, version)
    return [Setting(path=path, value=value, by=by[path]) for path, value in found[-1].fields.items()]


def _said(fact: Any, before: Mapping[str, str]) -> Mapping[str, str] | None:
    """The terms after a fact, by path; None where it sets none."""
    named = stored_name(type(fact))
    if getattr(fact, "terms", None) is not None and not named.endswith(PROPOSED):
        return typed_of(fact.terms)
    part = PARTS.get(named)
    if part is None:
        return None
    kept = {path: text for path, text in before.items() if path.partition(".")[0] != part}
    return kept | typed_at(getattr(fact, part), part)

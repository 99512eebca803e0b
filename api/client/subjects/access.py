"""Commands: access.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command


class MapUser(Command, frozen=True, kw_only=True, tag="map-user"):
    """Let a user of the operating system record on the command line, as somebody and in a role."""

    effective_on: date
    os_user: str
    actor: str
    role: Literal["admin", "approver", "auditor", "deal_desk", "finance"]
    note: str | None = None


class UnmapUser(Command, frozen=True, kw_only=True, tag="unmap-user"):
    """Let a user of the operating system record no more."""

    effective_on: date
    os_user: str
    reason: str


class BarSubject(Command, frozen=True, kw_only=True, tag="bar-subject"):
    """Let somebody for whom an OpenID provider vouches come in no more, at once and whatever their tokens say."""

    effective_on: date
    identity: str
    reason: str


class ReadmitSubject(Command, frozen=True, kw_only=True, tag="readmit-subject"):
    """Let somebody who was barred come in again, by what their tokens say."""

    effective_on: date
    identity: str
    reason: str


class AdoptCheckpointKey(Command, frozen=True, kw_only=True, tag="adopt-checkpoint-key"):
    """Let checkpoints of the log be signed with another key from now on; `mcsc key new` and `rotate` do so."""

    effective_on: date
    vkey: str
    note: str | None = None


class RevokeKey(Command, frozen=True, kw_only=True, tag="revoke-key"):
    """Take a key's right away, for ever."""

    effective_on: date
    key_id: str
    reason: str

"""Access keys, as facts: who may come in.

Commands    CreateKey, RevokeKey
Facts       access.key-created, access.key-revoked
Refusals    KeyUnknown   no such key
            KeyTaken     this key id exists, for somebody or something else (conflict)
            KeyRevokedOtherwise   it was revoked, on another day or for another reason (conflict)

A secret is 256 random bits, shown once to its holder; only its SHA-256 is recorded.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, get_args

from msgspec import Meta, Struct, structs

from ledger.decider import By, Command, Decider, Fact, Id, Refusal, Text, said
from ledger.values.days import Agreed
from ledger.values.evidence import Sha256

Role = Literal["deal_desk", "approver", "finance", "auditor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
KeyId = Annotated[str, Meta(pattern=r"^[a-z0-9]{8,16}$(?!\n)", description="8 to 16 lower-case letters and digits.")]
KEYS_TAG = "access:keys"

# Facts

# Names are storage: a tag below is written into every stored fact and never changes.


class KeyFact(Fact, frozen=True, kw_only=True):
    """Something that happened to an access key."""

    key_id: KeyId

    @property
    def tags(self) -> tuple[str, ...]:
        """All keys are found together, and each alone."""
        return (KEYS_TAG, f"key:{self.key_id}")


class KeyCreated(KeyFact, frozen=True, kw_only=True, tag="access.key-created"):
    """Somebody got a key. `expires_on` is its last day."""

    actor: Id
    role: Role
    secret_sha256: Sha256
    expires_on: date | None = None
    note: Text | None = None


class KeyRevoked(KeyFact, frozen=True, kw_only=True, tag="access.key-revoked"):
    """A key opens nothing any more."""

    reason: Text


# Commands


class CreateKey(Command, frozen=True, kw_only=True, tag="create-key"):
    """Give somebody a key."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`revoke-key`, then create another: `create-key`."
    key_id: KeyId
    actor: Id
    role: Role
    secret_sha256: Sha256
    expires_on: date | None = None
    note: Text | None = None


class RevokeKey(Command, frozen=True, kw_only=True, tag="revoke-key"):
    """Take a key's right away, for ever."""

    effective_on: Agreed
    put_right: ClassVar[str] = "Nothing opens with it again; give its holder another: `create-key`."
    key_id: KeyId
    reason: Text


# Refusals


class KeyUnknown(Refusal):
    """No such key."""

    code = "key-unknown"
    kind = "unknown"


class KeyTaken(Refusal):
    """This key id exists, for somebody or something else."""

    code = "key-taken"
    kind = "conflict"


class KeyRevokedOtherwise(Refusal):
    """It was revoked already, on another day or for another reason."""

    code = "key-revoked-otherwise"
    kind = "conflict"


# State


class Key(Struct, frozen=True, kw_only=True):
    """A key as its facts tell."""

    actor: str
    role: Role
    secret_sha256: str
    expires_on: date | None
    created: KeyCreated
    revocation: KeyRevoked | None = None

    @property
    def revoked(self) -> bool:
        """Tell whether it opens nothing any more."""
        return self.revocation is not None


Keys = Mapping[str, Key]
"""key id -> the key."""

NO_KEYS: Keys = MappingProxyType({})


# Evolve


def evolve(keys: Keys, fact: Fact) -> Keys:
    """The keys by id, after one more fact."""
    match fact:
        case KeyCreated():
            key = Key(
                actor=fact.actor,
                role=fact.role,
                secret_sha256=fact.secret_sha256,
                expires_on=fact.expires_on,
                created=fact,
            )
            return {**keys, fact.key_id: key}
        case KeyRevoked() if fact.key_id in keys:
            return {**keys, fact.key_id: structs.replace(keys[fact.key_id], revocation=fact)}
    return keys


# Scope


def scope(command: CreateKey | RevokeKey) -> tuple[str, ...]:
    """The key itself."""
    return (f"key:{command.key_id}",)


# Decide


def decide(keys: Keys, command: CreateKey | RevokeKey, by: By) -> Sequence[Fact]:
    """Create or revoke a key; nothing where it is so already."""
    match command:
        case CreateKey():
            return _create(keys.get(command.key_id), command)
        case RevokeKey():
            return _revoke(keys.get(command.key_id), command)


def _create(key: Key | None, command: CreateKey) -> Sequence[Fact]:
    if key is not None and key.created.asked == said(KeyCreated, command):
        return ()
    if key is not None:
        raise KeyTaken(f"key {command.key_id} exists already; choose another id", field="key_id")
    return (
        KeyCreated(
            effective_on=command.effective_on,
            key_id=command.key_id,
            actor=command.actor,
            role=command.role,
            secret_sha256=command.secret_sha256,
            expires_on=command.expires_on,
            note=command.note,
        ),
    )


def _revoke(key: Key | None, command: RevokeKey) -> Sequence[Fact]:
    if key is None:
        raise KeyUnknown(f"there is no key {command.key_id}; `mcsc token list` shows those there are")
    if key.revocation is not None:
        if key.revocation.asked == said(KeyRevoked, command):
            return ()
        raise KeyRevokedOtherwise(
            f"{command.key_id} was revoked on {key.revocation.effective_on}: {key.revocation.reason}; it opens nothing"
        )
    return (KeyRevoked(effective_on=command.effective_on, key_id=command.key_id, reason=command.reason),)


ACCESS: Decider[CreateKey | RevokeKey, Keys] = Decider((CreateKey, RevokeKey), NO_KEYS, scope, evolve, decide)

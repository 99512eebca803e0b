"""Who may come in, and as whom: access keys, and users of the operating system, as facts; and who signs for the log.

Commands    CreateKey, RevokeKey, MapUser, UnmapUser, BarSubject, ReadmitSubject, AdoptCheckpointKey
Facts       access.key-created, access.key-revoked, access.user-mapped, access.user-unmapped,
            access.subject-barred, access.subject-readmitted, access.checkpoint-key-adopted
Refusals    KeyUnknown    no such key
            KeyTaken      this key id exists, for somebody or something else (conflict)
            KeyExpired    its last day lies before the day on which it is given out
            KeyRevokedOtherwise   it was revoked, on another day or for another reason (conflict)
            UserUnknown   this user of the operating system is nobody here
            UserTaken     this user is somebody else here, or in another role (conflict)
            CheckpointKeyInvalid   its id is not that of its bytes, or it is no key of Ed25519: nothing it signs fits
            CheckpointKeyRetired   another key has taken its place (conflict)

A secret is 256 random bits, shown once to its holder; only its SHA-256 is recorded. A user of the operating system who
is mapped to somebody records as that person on the command line: the system has checked who is logged in. Whoever an
OpenID provider vouches for comes in by what its tokens say, until they are barred here.
"""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, get_args

from msgspec import Meta, Struct, structs

from ledger.decider import By, Command, Decider, Fact, Id, Refusal, Text, said
from ledger.values.days import Agreed, Happened
from ledger.values.evidence import Sha256

Role = Literal["deal_desk", "approver", "finance", "auditor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
KeyId = Annotated[str, Meta(pattern=r"^[a-z0-9]{8,16}$(?!\n)", description="8 to 16 lower-case letters and digits.")]
OsUser = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_.@+$\\-]{1,64}$(?!\n)",
        description="A user of the operating system, as `id -un` names them; 1 to 64 characters.",
    ),
]
Subject = Annotated[
    str,
    Meta(
        pattern=r"^https?://[!-\"$-~]{1,200}#[!-~]{1,255}$(?!\n)",
        description="Somebody as an OpenID provider knows them: its issuer, `#`, and its subject for them.",
    ),
]
"""It never changes hands, as a name may: it is what facts recorded with a token hold as `by.token`."""
KeyScope = Literal["DIARY"]
"""All that a key opens, where it opens not everything: the calendar of the diary, by its secret address."""

KEYS_TAG = "access:keys"
USERS_TAG = "access:users"
CHECKPOINT_KEYS_TAG = "access:checkpoint-keys"
ED25519 = 1
"""The first byte of a public key: its algorithm."""
VerifierKey = Annotated[
    str,
    Meta(
        pattern=r"^[^\s+]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$(?!\n)",
        description="A public key of Ed25519 as C2SP signed-note writes it (vkey): NAME+ID+BASE64.",
    ),
]

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
    """Somebody got a key. `expires_on` is its last day; with a `scope` it opens that alone; with `opens` those
    groups of routes alone, and with `about_company` only what that company's own addresses answer and record."""

    actor: Id
    role: Role
    secret_sha256: Sha256
    expires_on: date | None = None
    note: Text | None = None
    scope: KeyScope | None = None
    opens: tuple[Id, ...] = ()
    about_company: Id | None = None


class KeyRevoked(KeyFact, frozen=True, kw_only=True, tag="access.key-revoked"):
    """A key opens nothing any more."""

    reason: Text


class UserFact(Fact, frozen=True, kw_only=True):
    """Something that happened to what a user of the operating system is here."""

    os_user: OsUser

    @property
    def tags(self) -> tuple[str, ...]:
        """All users are found together, and each alone."""
        return (USERS_TAG, f"os-user:{self.os_user}")


class UserMapped(UserFact, frozen=True, kw_only=True, tag="access.user-mapped"):
    """Whoever is logged in as this user records as `actor`, in this role."""

    actor: Id
    role: Role
    note: Text | None = None


class UserUnmapped(UserFact, frozen=True, kw_only=True, tag="access.user-unmapped"):
    """This user is nobody here any more."""

    reason: Text


class SubjectFact(Fact, frozen=True, kw_only=True):
    """Something that happened to somebody for whom an OpenID provider vouches."""

    identity: Subject
    reason: Text

    @property
    def tags(self) -> tuple[str, ...]:
        """They are found with all users, and each alone."""
        return (USERS_TAG, f"subject:{self.identity}")


class SubjectBarred(SubjectFact, frozen=True, kw_only=True, tag="access.subject-barred"):
    """No token of the provider's opens anything for them any more, valid as it may be."""


class SubjectReadmitted(SubjectFact, frozen=True, kw_only=True, tag="access.subject-readmitted"):
    """Tokens of the provider's open again for them what they say."""


class CheckpointKeyAdopted(Fact, frozen=True, kw_only=True, tag="access.checkpoint-key-adopted"):
    """From here on checkpoints of the log are signed with this key; those signed before stay checkable with theirs."""

    vkey: VerifierKey
    note: Text | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """All of them are found together."""
        return (CHECKPOINT_KEYS_TAG,)


# Commands


class CreateKey(Command, frozen=True, kw_only=True, tag="create-key"):
    """Give somebody a key."""

    effective_on: Agreed
    put_right: ClassVar[str] = "`revoke-key` takes it away; give out another. What was recorded with it stays."
    key_id: KeyId
    actor: Id
    role: Role
    secret_sha256: Sha256
    expires_on: date | None = None
    note: Text | None = None
    scope: KeyScope | None = None
    opens: tuple[Id, ...] = ()
    about_company: Id | None = None


class RevokeKey(Command, frozen=True, kw_only=True, tag="revoke-key"):
    """Take a key's right away, for ever."""

    effective_on: Agreed
    put_right: ClassVar[str] = "A revoked key stays revoked: `create-key` gives its holder another."
    key_id: KeyId
    reason: Text


class MapUser(Command, frozen=True, kw_only=True, tag="map-user"):
    """Let a user of the operating system record on the command line, as somebody and in a role."""

    put_right: ClassVar[str] = (
        "`unmap-user`, then `map-user` as it should be. What they recorded meanwhile stays theirs."
    )
    effective_on: Happened
    os_user: OsUser
    actor: Id
    role: Role
    note: Text | None = None


class UnmapUser(Command, frozen=True, kw_only=True, tag="unmap-user"):
    """Let a user of the operating system record no more."""

    put_right: ClassVar[str] = "`map-user` lets them record again."
    effective_on: Happened
    os_user: OsUser
    reason: Text


class BarSubject(Command, frozen=True, kw_only=True, tag="bar-subject"):
    """Let somebody for whom an OpenID provider vouches come in no more, at once and whatever their tokens say."""

    put_right: ClassVar[str] = "`readmit-subject` lets them in again."
    effective_on: Happened
    identity: Subject
    reason: Text


class ReadmitSubject(Command, frozen=True, kw_only=True, tag="readmit-subject"):
    """Let somebody who was barred come in again, by what their tokens say."""

    put_right: ClassVar[str] = "`bar-subject` keeps them out again."
    effective_on: Happened
    identity: Subject
    reason: Text


class AdoptCheckpointKey(Command, frozen=True, kw_only=True, tag="adopt-checkpoint-key"):
    """Let checkpoints of the log be signed with another key from now on; `mcsc key new` and `rotate` do so."""

    put_right: ClassVar[str] = (
        "`adopt-checkpoint-key` with another key: the latest one holds, and earlier ones stay listed."
    )
    effective_on: Happened
    vkey: VerifierKey
    note: Text | None = None


AccessCommand = CreateKey | RevokeKey | MapUser | UnmapUser | BarSubject | ReadmitSubject | AdoptCheckpointKey


# Refusals


class KeyUnknown(Refusal):
    """No such key."""

    code = "key-unknown"
    kind = "unknown"


class KeyTaken(Refusal):
    """This key id exists, for somebody or something else."""

    code = "key-taken"
    kind = "conflict"


class KeyExpired(Refusal):
    """Its last day lies before the day on which it is given out: it would open nothing."""

    code = "key-expired"


class KeyRevokedOtherwise(Refusal):
    """It was revoked already, on another day or for another reason."""

    code = "key-revoked-otherwise"
    kind = "conflict"


class UserUnknown(Refusal):
    """This user of the operating system is nobody here."""

    code = "user-unknown"
    kind = "unknown"


class UserTaken(Refusal):
    """This user is somebody else here, or in another role."""

    code = "user-taken"
    kind = "conflict"


class CheckpointKeyInvalid(Refusal):
    """No checkpoint can be checked with it."""

    code = "checkpoint-key-invalid"


class CheckpointKeyRetired(Refusal):
    """Another key has taken this one's place."""

    code = "checkpoint-key-retired"
    kind = "conflict"


# State


class Key(Struct, frozen=True, kw_only=True):
    """A key as its facts tell."""

    actor: str
    role: Role
    secret_sha256: str
    expires_on: date | None
    created: KeyCreated
    scope: KeyScope | None = None
    revocation: KeyRevoked | None = None

    @property
    def revoked(self) -> bool:
        """Tell whether it opens nothing any more."""
        return self.revocation is not None

    def valid(self, on: date) -> bool:
        """Tell whether it opens anything on a day: it works through its last day."""
        return not self.revoked and (self.expires_on is None or on <= self.expires_on)

    @property
    def narrow(self) -> bool:
        """Tell whether it opens, over HTTP and there alone, less than its role may."""
        return bool(self.created.opens) or self.created.about_company is not None

    def opens_all(self, on: date) -> bool:
        """Tell whether it opens, on a day, all that its role may."""
        return self.scope is None and not self.narrow and self.valid(on)


Keys = Mapping[str, Key]
Users = Mapping[str, UserMapped]
Barred = Mapping[str, SubjectBarred]


def subject_of(issuer: str, sub: str) -> str:
    """Somebody as an OpenID provider knows them, written as a Subject: no issuer holds a `#`."""
    return f"{issuer}#{sub}"


class Access(Struct, frozen=True):
    """The keys by their ids, and the users of the operating system who are somebody here; `gone`: who were once.

    barred            those for whom an OpenID provider vouches, and who may not come in
    checkpoint_keys   the public keys of the log's checkpoints; the latest one signs
    """

    keys: Keys = MappingProxyType({})
    users: Users = MappingProxyType({})
    gone: frozenset[str] = frozenset()
    barred: Barred = MappingProxyType({})
    checkpoint_keys: tuple[str, ...] = ()

    def has_admin(self, on: date) -> bool:
        """Tell whether somebody can let others in on a day: an admin with a valid key, or mapped."""
        keys = (key.role for key in self.keys.values() if key.opens_all(on))
        return "admin" in {*keys, *(user.role for user in self.users.values())}

    def lets_in(self, actor: str, role: Role, on: date) -> bool:
        """Tell whether a person comes in on a day, in a role, by a key or a login."""
        keys = (key.valid(on) for key in self.keys.values() if (key.actor, key.role) == (actor, role))
        return any(keys) or any((user.actor, user.role) == (actor, role) for user in self.users.values())


NOBODY = Access()

# Evolve


def evolve(access: Access, fact: Fact) -> Access:
    """The keys and users after one more fact."""
    match fact:
        case KeyCreated():
            key = Key(
                actor=fact.actor,
                role=fact.role,
                secret_sha256=fact.secret_sha256,
                expires_on=fact.expires_on,
                created=fact,
                scope=fact.scope,
            )
            return structs.replace(access, keys={**access.keys, fact.key_id: key})
        case KeyRevoked() if fact.key_id in access.keys:
            revoked = structs.replace(access.keys[fact.key_id], revocation=fact)
            return structs.replace(access, keys={**access.keys, fact.key_id: revoked})
        case UserMapped():
            gone = access.gone - {fact.os_user}
            return structs.replace(access, users={**access.users, fact.os_user: fact}, gone=gone)
        case UserUnmapped():
            users = {name: user for name, user in access.users.items() if name != fact.os_user}
            return structs.replace(access, users=users, gone=access.gone | {fact.os_user})
        case SubjectBarred():
            return structs.replace(access, barred={**access.barred, fact.identity: fact})
        case SubjectReadmitted():
            barred = {subject: one for subject, one in access.barred.items() if subject != fact.identity}
            return structs.replace(access, barred=barred)
        case CheckpointKeyAdopted():
            return structs.replace(access, checkpoint_keys=(*access.checkpoint_keys, fact.vkey))
    return access


# Scope


def scope(command: AccessCommand) -> tuple[str, ...]:
    """The key or the user itself; all keys of checkpoints."""
    match command:
        case CreateKey() | RevokeKey():
            return (f"key:{command.key_id}",)
        case MapUser() | UnmapUser():
            return (f"os-user:{command.os_user}",)
        case BarSubject() | ReadmitSubject():
            return (f"subject:{command.identity}",)
        case AdoptCheckpointKey():
            return (CHECKPOINT_KEYS_TAG,)


# Decide


def decide(access: Access, command: AccessCommand, by: By) -> Sequence[Fact]:
    """Create or revoke a key, map or unmap a user, bar or readmit, adopt a checkpoint key; nothing where it is so."""
    match command:
        case CreateKey():
            return _create(access.keys.get(command.key_id), command)
        case RevokeKey():
            return _revoke(access.keys.get(command.key_id), command)
        case MapUser():
            return _map(access.users.get(command.os_user), command)
        case UnmapUser():
            return _unmap(access, command)
        case BarSubject() if command.identity not in access.barred:
            return (SubjectBarred(**structs.asdict(command)),)
        case ReadmitSubject() if command.identity in access.barred:
            return (SubjectReadmitted(**structs.asdict(command)),)
        case AdoptCheckpointKey():
            return _adopt(access.checkpoint_keys, command)
    return ()


def _create(key: Key | None, command: CreateKey) -> Sequence[Fact]:
    if key is not None and key.created.asked == said(KeyCreated, command):
        return ()
    if key is not None:
        raise KeyTaken(f"key {command.key_id} exists already; choose another id", field="key_id")
    if command.expires_on is not None and command.expires_on < command.effective_on:
        raise KeyExpired(
            f"its last day, {command.expires_on}, is before {command.effective_on}, on which it is given out: it would"
            " open nothing",
            field="expires_on",
        )
    return (
        KeyCreated(
            effective_on=command.effective_on,
            key_id=command.key_id,
            actor=command.actor,
            role=command.role,
            secret_sha256=command.secret_sha256,
            expires_on=command.expires_on,
            note=command.note,
            scope=command.scope,
            opens=command.opens,
            about_company=command.about_company,
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


def _map(user: UserMapped | None, command: MapUser) -> Sequence[Fact]:
    if user is not None and (user.actor, user.role) == (command.actor, command.role):
        return ()
    if user is not None:
        raise UserTaken(
            f"{command.os_user} is {user.actor} here, {user.role}; `mcsc user unmap {command.os_user}` first",
            field="os_user",
        )
    return (
        UserMapped(
            effective_on=command.effective_on,
            os_user=command.os_user,
            actor=command.actor,
            role=command.role,
            note=command.note,
        ),
    )


def _unmap(access: Access, command: UnmapUser) -> Sequence[Fact]:
    if command.os_user in access.gone:
        return ()
    if command.os_user not in access.users:
        raise UserUnknown(f"{command.os_user} is nobody here; `mcsc user list` shows who is somebody", field="os_user")
    return (UserUnmapped(effective_on=command.effective_on, os_user=command.os_user, reason=command.reason),)


def _adopt(keys: Sequence[str], command: AdoptCheckpointKey) -> Sequence[Fact]:
    if command.vkey in keys[-1:]:
        return ()
    _check_key(command.vkey)
    if command.vkey in keys:
        raise CheckpointKeyRetired(f"{keys[-1]} has taken its place; make a new key (`mcsc key rotate`)", field="vkey")
    return (CheckpointKeyAdopted(effective_on=command.effective_on, vkey=command.vkey, note=command.note),)


def _check_key(vkey: str) -> None:
    """Check that a public key is one. Raises CheckpointKeyInvalid.

    C2SP signed-note: 33 bytes, the first of which says Ed25519; the id: four bytes of SHA-256(name, line feed, key).
    """
    name, key_id, written = vkey.split("+", 2)
    key = b64decode(written)
    if key[0] != ED25519:
        raise CheckpointKeyInvalid("it is no public key of Ed25519; `mcsc key show` prints this ledger's", field="vkey")
    if (fits := sha256(name.encode() + b"\n" + key).digest()[:4].hex()) != key_id:
        detail = f"its id is not that of its name and bytes, {fits}: it was altered, or copied in part"
        raise CheckpointKeyInvalid(f"{detail}; `mcsc key show` prints this ledger's", field="vkey")


ACCESS: Decider[AccessCommand, Access] = Decider(
    (CreateKey, RevokeKey, MapUser, UnmapUser, BarSubject, ReadmitSubject, AdoptCheckpointKey),
    NOBODY,
    scope,
    evolve,
    decide,
)

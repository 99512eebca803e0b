"""Signed words about the log: C2SP signed-note, tlog-checkpoint, tlog-cosignature and tlog-proof, with Ed25519.

Signer, Verifier        a signing key, and the public key that checks it (vkey); `kind` 1 is a log's, 4 a witness's
checkpoint              the note that says how many facts there are and their root, signed
read_checkpoint         such a note read again, and checked with every known key
cosigned                a witness's signature, added once it is checked
tlog_proof              a file that proves one fact to be in the log of a checkpoint
NotChecked              a note that is none, or that no known key signed

The name of a key is the log's origin. A checkpoint has no extension lines. tlog-proof counts leaves from 0.
"""

import base64
import binascii
import os
from collections.abc import Iterable, Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

LOG, WITNESS = 1, 4
"""Types of signatures: Ed25519 of a note's text; of a time and a note's text (cosignature/v1)."""
NOTE_BYTES_MAX = 1 << 20
PRIVATE = "PRIVATE+KEY+"
MARK = "— "


class NotChecked(Exception):
    """A note is none, or no known key signed it; the message says which."""


class Verifier(Struct, frozen=True):
    """A public key with its name, as `<name>+<id>+<base64>` (vkey) writes it."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which signatures name the key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.kind]) + self.public)}"

    def time_of(self, text: str, signature: bytes) -> int | None:
        """Check a signature of a note's text; when it was made, where it says so. Raises NotChecked."""
        signed, time = text.encode(), None
        if self.kind == WITNESS:
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            signed = f"cosignature/v1\ntime {time}\n{text}".encode()
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, signed)
        except (InvalidSignature, ValueError):
            raise NotChecked(f"the signature of {self.name} is not right: the note was altered, or forged") from None
        return time


class Signer(Struct, frozen=True):
    """A signing key with its name, as Go's note package writes it (`PRIVATE+KEY+…`)."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> Verifier:
        """Its public key."""
        return Verifier(self.name, LOG, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def __str__(self) -> str:
        return f"{PRIVATE}{self.name}+{self.verifier.id.hex()}+{_base64(bytes([LOG]) + self.seed)}"

    def sign(self, text: str) -> str:
        """The line that signs a note's text."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{MARK}{self.name} {_base64(self.verifier.id + signature)}\n"


class Checkpoint(Struct, frozen=True):
    """A note: of which log, how many facts, their root; its text, and all of it with its signatures."""

    origin: str
    size: int
    root: bytes
    text: str
    note: str
    signed_by: tuple[str, ...] = ()


def new_signer(origin: str) -> Signer:
    """A new key of this name. Raises NotChecked where a key cannot have it."""
    return Signer(_name(origin), os.urandom(32))


def read_signer(written: str) -> Signer:
    """A signing key as it is kept. Raises NotChecked."""
    if not written.startswith(PRIVATE):
        raise NotChecked(f"a signing key begins with {PRIVATE}")
    name, key_id, kind, seed = _key(written.removeprefix(PRIVATE).strip())
    signer = Signer(name, seed)
    if kind != LOG or signer.verifier.id != key_id:
        raise NotChecked("the signing key does not fit its own name and id: the file was altered")
    return signer


def read_verifier(written: str) -> Verifier:
    """A public key. Raises NotChecked."""
    name, key_id, kind, public = _key(written.strip())
    found = Verifier(name, kind, public)
    if kind not in (LOG, WITNESS) or found.id != key_id:
        raise NotChecked(f"{written!r} is no public key of Ed25519 (`NAME+ID+BASE64`): its id is not that of its bytes")
    return found


def _key(written: str) -> tuple[str, bytes, int, bytes]:
    try:
        name, key_id, encoded = written.split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        parts = _name(name), bytes.fromhex(key_id), key[0], key[1:]
    except (ValueError, IndexError):
        raise NotChecked("a key is written NAME+ID+BASE64") from None
    if parts[1].hex() != key_id:
        raise NotChecked("a key's id is written as eight hexadecimal digits, in small letters")
    if len(parts[3]) != 32:
        raise NotChecked("a key of Ed25519 has 32 bytes")
    return parts


def _name(written: str) -> str:
    if (
        not written
        or "+" in written
        or any(character.isspace() or not character.isprintable() for character in written)
    ):
        raise NotChecked(f"{written!r} cannot be a key's name: no spaces, no +; such as ledger.example/demo")
    return written


# Checkpoints


def checkpoint(signers: Sequence[Signer], size: int, root: bytes) -> str:
    """A note of the origin that the first signer is named for, signed by each."""
    text = f"{signers[0].name}\n{size}\n{_base64(root)}\n"
    return f"{text}\n{''.join(signer.sign(text) for signer in signers)}"


def read_checkpoint(note: str, known: Iterable[Verifier]) -> Checkpoint:
    """Read a checkpoint and check it: some known key of its origin signed it, and no known key's signature is wrong.

    Raises NotChecked.
    """
    text, signatures = _parts(note)
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError):
        raise NotChecked("this is no checkpoint: its lines are origin, size and root") from None
    if str(size) != lines[1] or size < 0 or len(root) != 32 or not origin:
        raise NotChecked("this is no checkpoint: its lines are origin, size and root")
    by_name = {(key.name, key.id): key for key in known}
    signed = [key for name, key_id, _ in signatures if (key := by_name.get((name, key_id)))]
    for name, key_id, signature in signatures:
        if key := by_name.get((name, key_id)):
            key.time_of(text, signature)
    if not any(key.kind == LOG and key.name == origin for key in signed):
        raise NotChecked(f"no known key signed this checkpoint of {origin}")
    return Checkpoint(origin, size, root, text, note, tuple(map(str, signed)))


def _parts(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """A note's text, and its signatures: name, key id, the rest."""
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n") or len(note) > NOTE_BYTES_MAX:
        raise NotChecked("this is no signed note: a text, an empty line, signatures")
    return f"{text}\n", [_signature(line) for line in lines[:-1].split("\n")]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(MARK).partition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    if not line.startswith(MARK) or not name or len(signature) < 5:
        raise NotChecked("a line of the note's signatures is none")
    return name, signature[:4], signature[4:]


# Witnesses


def add_checkpoint(old: int, path: Sequence[bytes], note: str) -> bytes:
    """A request to a witness: the size it knows, the proof that the log only grew since, the checkpoint."""
    return "".join([f"old {old}\n", *(f"{_base64(one)}\n" for one in path), "\n", note]).encode()


def cosigned(note: str, answer: str, witness: Verifier) -> tuple[str, int]:
    """The checkpoint with a witness's signature, taken from its answer and checked; and when it was made.

    Raises NotChecked.
    """
    text, _ = _parts(note)
    for line in answer.splitlines():
        name, key_id, signature = _signature(line)
        if (name, key_id) == (witness.name, witness.id):
            time = witness.time_of(text, signature)
            if not time:
                raise NotChecked(f"the signature of {name} bears no time")
            return f"{note}{line}\n", time
    raise NotChecked(f"the answer holds no signature of {witness.name}")


# Proofs


def tlog_proof(position: int, path: Sequence[bytes], note: str) -> str:
    """The file that proves the fact at a position to be in the log of a checkpoint (C2SP tlog-proof)."""
    lines = ["c2sp.org/tlog-proof@v1", f"index {position - 1}", *map(_base64, path), ""]
    return "\n".join([*lines, note])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

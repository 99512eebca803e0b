"""Backups in a store of objects that speaks S3: there and back, listed, and held against their SHA-256.

send, fetch   a backup's directory into the store, and out of it; listed: which there are; forgotten: keys deleted there
store_of      the store at an address s3://BUCKET/PREFIX; credentials come from the environment alone (AWS_…)

A backup's files lie under a name of their own, `PREFIX/parts-…/`, and each is read back once it is there. Last comes
`PREFIX/backup.json`, in one step and never over another: it says which files there are. What has none is no backup, is
not listed, and is cleared away by whoever was cut off in the middle. It needs the extra `s3` (obstore).
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import rich_click as click
from msgspec import Struct

from api.cli.place import CONFLICT, NOT_FOUND, UNAVAILABLE, USAGE, Stop

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig, S3Config

    from api.settings import Settings

SCHEME, INDEX, PARTS = "s3://", "backup.json", "parts-"
PIECE, PIECES_MAX = 8 << 20, 9_000
"""Bytes of one piece of a long file, and how many pieces S3 takes of one (10,000)."""
CLIENT: "ClientConfig" = {"connect_timeout": "5s", "timeout": "120s"}
RETRY: "RetryConfig" = {"max_retries": 3}
KEYS = "contacts/"
Progress = Callable[[int, int], None]


class Lying(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a backup: its bytes and their SHA-256."""

    size: int
    sha256: str


class Index(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The object that makes a backup one: where its files lie, which they are, and the root of the ledger."""

    root: str
    made_at: str
    under: str
    files: dict[str, Lying]

    @property
    def bytes(self) -> int:
        """The size of all of it."""
        return sum(file.size for file in self.files.values())


class BackupPlace(click.Path):
    """A directory, as a Path; or the address of a backup in a store of objects, as it is written."""

    name = "directory"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See click.ParamType."""
        return value if isinstance(value, str) and value.startswith(SCHEME) else super().convert(value, param, ctx)


def store_of(address: str, settings: "Settings") -> "ObjectStore":
    """The store at an address. Raises Stop."""
    try:
        from obstore.store import from_url
    except ImportError as error:
        raise Stop(f"{address}: this needs the extra s3: pip install 'mcsc-ledger[s3]'.", USAGE) from error
    from api.settings import carries_secrets

    endpoint, bucket = settings.s3_endpoint, address.removeprefix(SCHEME).partition("/")[0]
    if not bucket or "?" in address or "#" in address:
        raise Stop(f"{address} names no bucket; write s3://BUCKET/PREFIX.", USAGE)
    if endpoint and carries_secrets(endpoint) is None:
        raise Stop(f"s3_endpoint is {endpoint}: people's keys go there, so it is https, or this machine.", USAGE)
    client: ClientConfig = {**CLIENT, "allow_http": endpoint.startswith("http:")}
    config: S3Config = {"checksum_algorithm": "SHA256"}
    if endpoint:
        config["endpoint"] = endpoint
    with _said(address):
        return from_url(address, config=config, client_options=client, retry_config=RETRY)


@contextmanager
def _said(address: str) -> Iterator[None]:
    """Pass on a refusal of the store as a Stop, with its first line: the rest are its own details."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        first = str(error).strip().partition("\n")[0]
        raise Stop(f"{address}: {first}", UNAVAILABLE) from error


def check_free(store: "ObjectStore", address: str) -> None:
    """Check that no backup has the address already. Raises Stop."""
    if index_of(store, address) is not None:
        raise Stop(f"{address} is a backup already, and a backup overwrites nothing; name another.", CONFLICT)


def index_of(store: "ObjectStore", address: str, name: str = INDEX) -> Index | None:
    """Read which files a backup has; None where there is none. Raises Stop."""
    import obstore

    with _said(address):
        try:
            written = bytes(obstore.get(store, name).bytes())
        except FileNotFoundError:
            return None
        try:
            return msgspec.json.decode(written, type=Index)
        except msgspec.MsgspecError as error:
            raise Stop(f"{address}/{name} is not the index of a backup: {error}", USAGE) from error


def send(store: "ObjectStore", address: str, directory: Path, progress: Progress) -> Index:
    """Send a backup's directory, read back each file, and then say that it is there. Raises Stop.

    Whatever cuts it off, nothing is listed, and what was sent is taken away where the store still answers.
    """
    import obstore
    from obstore.exceptions import AlreadyExistsError

    note = msgspec.json.decode((directory / INDEX).read_bytes())
    under, files = f"{PARTS}{secrets.token_hex(8)}", dict[str, Lying]()
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    done, whole = 0, sum(path.stat().st_size for path in paths)
    try:
        with _said(address):
            for path in paths:
                name, size = path.relative_to(directory).as_posix(), path.stat().st_size
                files[name] = Lying(size=size, sha256=_sha256(_pieces(path)))
                obstore.put(store, f"{under}/{name}", path, chunk_size=max(PIECE, size // PIECES_MAX))
                _check_kept(store, f"{under}/{name}", files[name])
                progress(done := done + size, whole)
            index = Index(root=note["root"], made_at=note["made_at"], under=under, files=files)
            try:
                obstore.put(store, INDEX, msgspec.json.format(msgspec.json.encode(index), indent=2), mode="create")
            except AlreadyExistsError as error:
                raise Stop(f"{address} has become a backup meanwhile; name another.", CONFLICT) from error
    except BaseException:
        with suppress(Exception):
            obstore.delete(store, [f"{under}/{name}" for name in files])
        raise
    return index


def _check_kept(store: "ObjectStore", path: str, file: Lying) -> None:
    """Check that what the store gives back is what was sent. Raises OSError."""
    import obstore

    if _sha256(obstore.get(store, path).stream()) != file.sha256:
        raise OSError(f"{path} was not kept as it was sent")


def fetch(store: "ObjectStore", address: str, directory: Path, progress: Progress) -> None:
    """Fetch a backup into a directory, each file held against its SHA-256. Raises Stop."""
    import obstore

    index = index_of(store, address)
    if index is None:
        raise Stop(f"No backup is at {address}; `mcsc backup --list ADDRESS` says which there are.", NOT_FOUND)
    done = 0
    for name, file in index.files.items():
        path = directory / name
        if not path.resolve().is_relative_to(directory.resolve()):
            raise Stop(f"{address} names a file outside of itself ({name}).", USAGE)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with _said(address):
            try:
                pieces = obstore.get(store, f"{index.under}/{name}").stream()
            except FileNotFoundError:
                if name.startswith(KEYS):
                    continue  # of somebody who was erased: `mcsc forget` took it away
                raise
            with path.open("xb") as out:
                path.chmod(0o600)
                for piece in pieces:
                    digest.update(piece)
                    out.write(piece)
        if digest.hexdigest() != file.sha256:
            raise Stop(f"{address}: {name} is not as it was sent; nothing was restored.", 3)
        progress(done := done + file.size, index.bytes)


def listed(store: "ObjectStore", address: str) -> list[tuple[str, Index]]:
    """Every backup at an address and beneath, by its own address, in order. Raises Stop."""
    found: list[tuple[str, Index]] = []
    for path in _paths(store, address):
        if path == INDEX or path.endswith(f"/{INDEX}"):
            above = path.removesuffix(INDEX).rstrip("/")
            if above.rpartition("/")[2].startswith(PARTS):
                continue  # the backup's own note, among its files
            index = index_of(store, address, path)
            if index is not None:
                found.append((f"{address.rstrip('/')}/{above}".rstrip("/"), index))
    return sorted(found, key=lambda one: one[0])


class Forgotten(NamedTuple):
    """The outcome of deleting keys: whose; backups of another ledger, left as they are; keys that no backup lists."""

    subjects: list[str]
    others: list[str]
    unlisted: int


def forgotten(store: "ObjectStore", address: str, subjects: Iterable[str], is_ours: Callable[[str], bool]) -> Forgotten:
    """Delete the keys of these subjects in every backup at an address and beneath, if `is_ours` says so of its root:
    another ledger may call somebody else the same. Raises Stop."""
    import obstore

    names, there = {f"{subject}.key": subject for subject in subjects}, _paths(store, address)
    ours, others = list[str](), list[str]()
    for where, index in listed(store, address):
        above = where.removeprefix(address.rstrip("/")).strip("/")
        held = [path for path in there if path.startswith(f"{above}/{index.under}/{KEYS}".lstrip("/"))]
        if is_ours(index.root):
            ours += held
        else:
            others.append(where)
        there = [path for path in there if path not in held]
    keys = [path for path in ours if path.rpartition("/")[2] in names]
    with _said(address):
        if keys:
            obstore.delete(store, keys)
    left = sum(f"/{KEYS}" in path for path in there)
    return Forgotten(sorted({names[path.rpartition("/")[2]] for path in keys}), others, left)


def _paths(store: "ObjectStore", address: str) -> list[str]:
    import obstore

    with _said(address):
        return [str(one["path"]) for some in obstore.list(store, chunk_size=1000) for one in some]


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _sha256(pieces: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()

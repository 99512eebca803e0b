"""Backups in a store of objects: there and back, listed only when whole, and nothing taken on trust.

Of the two stores one is a directory, by the same library; the other is the server at MCSC_TEST_S3, where there is one:
`uvx --from 'moto[server]' moto_server -p 5000`, then MCSC_TEST_S3=http://127.0.0.1:5000. It is not among what tests
install: what it needs would have us use an older dateutil.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.request import Request, urlopen

import msgspec
import obstore
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace
from obstore.store import LocalStore, ObjectStore

import migrations
from api.cli import main
from api.cli.keeping import objects
from api.settings import Settings
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.examples import ASKED
from tests.examples.contacts import ERASE_CONTACT, SET_CONTACT
from tests.ground.recorder_process import CLERK

BUCKET = f"s3://mcsc-{secrets.token_hex(6)}"
ADDRESS, ENDPOINT = f"{BUCKET}/city/2026-11-27", os.environ.get("MCSC_TEST_S3", "")
SERVER = pytest.param("server", marks=pytest.mark.skipif(not ENDPOINT, reason="MCSC_TEST_S3 names no S3 server"))


@pytest.fixture(params=["directory", SERVER])
def bucket(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """All of a bucket; what the command line is given is the part of it that an address names."""
    monkeypatch.setattr(objects, "PIECE", 5 << 20)
    if request.param == "directory":
        place = tmp_path / "bucket"

        def there(address: str, _settings: Settings) -> ObjectStore:
            return LocalStore(place / address.removeprefix(f"{BUCKET}").strip("/"), mkdir=True)

        monkeypatch.setattr(objects, "store_of", there)
        yield LocalStore(place, mkdir=True)
        return
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("MCSC_S3_ENDPOINT", ENDPOINT)
    made = Request(f"{ENDPOINT}/{BUCKET.removeprefix('s3://')}", method="PUT")
    urlopen(made, timeout=10).close()
    whole = objects.store_of(BUCKET, Settings(s3_endpoint=ENDPOINT))
    yield whole
    obstore.delete(whole, paths(whole))


def paths(store: ObjectStore) -> list[str]:
    return sorted(one["path"] for some in obstore.list(store) for one in some)


def mcsc(*words: object, at: Path | str) -> Result:
    return CliRunner().invoke(main, [*map(str, words), "--data", str(at)])


@pytest.fixture
def filled(sqlite: Database) -> Database:
    with Ledger(sqlite, CONTEXTS) as ledger:
        ledger.execute(ASKED[0], CLERK)
        ledger.execute(replace(SET_CONTACT, name="Wang Min (demo)"), CLERK)
    sqlite.close()
    return sqlite


def test_there_and_back_listed_and_never_over_another(filled: Database, bucket: ObjectStore, tmp_path: Path) -> None:
    sent = mcsc("backup", ADDRESS, at=filled.where)
    assert sent.exit_code == 0, sent.output
    root = sent.stdout.strip()
    assert mcsc("backup", ADDRESS, at=filled.where).exit_code == 5
    listed = mcsc("backup", "--list", BUCKET, at=filled.where)
    (line,) = listed.stdout.splitlines()
    assert line.startswith(f"{ADDRESS}\t")
    assert line.endswith(f"\t{root}")
    assert len({path.split("/")[2] for path in paths(bucket)}) == 2, "one place for its files, and the index"
    back = mcsc("restore", ADDRESS, "--root", root, at=tmp_path / "new")
    assert back.exit_code == 0, back.output
    assert back.stdout.strip() == root
    assert list((tmp_path / "new" / "contacts").iterdir()) == [tmp_path / "new" / "contacts" / "sunfield-demo.1.key"]


def test_what_was_cut_off_or_altered_is_no_backup(
    filled: Database, bucket: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(objects, "_check_kept", cut)
        assert mcsc("backup", ADDRESS, at=filled.where).exit_code != 0
    assert paths(bucket) == []
    assert mcsc("restore", ADDRESS, at=tmp_path / "new").exit_code == 4
    with monkeypatch.context() as patched:
        patched.setattr(objects, "_pieces", lambda path: [b"another file"])
        refused = mcsc("backup", ADDRESS, at=filled.where)
    assert "was not kept as it was sent" in refused.output
    assert (refused.exit_code, paths(bucket)) == (8, [])
    assert mcsc("backup", ADDRESS, at=filled.where).exit_code == 0
    (ledger,) = (path for path in paths(bucket) if path.endswith("/ledger.db"))
    obstore.put(bucket, ledger, bytes(obstore.get(bucket, ledger).bytes())[:-1] + b"\1")
    altered = mcsc("restore", ADDRESS, at=tmp_path / "new")
    assert (altered.exit_code, "ledger.db is not as it was sent" in altered.output) == (3, True)
    assert not (tmp_path / "new").exists()


def test_whoever_is_erased_is_forgotten_there_too(filled: Database, bucket: ObjectStore, tmp_path: Path) -> None:
    assert mcsc("backup", ADDRESS, at=filled.where).exit_code == 0
    with Ledger(filled, CONTEXTS) as ledger:
        ledger.execute(ERASE_CONTACT, CLERK)
    filled.close()
    done = mcsc("forget", BUCKET, at=filled.where)
    assert f"{BUCKET}: keys of 1 people deleted: sunfield-demo.1" in done.output
    assert not [path for path in paths(bucket) if path.endswith(".key")]
    assert mcsc("restore", ADDRESS, at=tmp_path / "new").exit_code == 0
    with closing(Database(tmp_path / "new")) as back:
        assert back.keys is not None
        assert not list(back.keys.glob("*.key"))


def test_a_backup_of_another_ledger_is_left_as_it_is(filled: Database, bucket: ObjectStore, tmp_path: Path) -> None:
    """It may call somebody else by the same number."""
    with closing(Database(tmp_path / "other")) as other:
        migrations.upgrade(other)
        with Ledger(other, CONTEXTS) as ledger:
            ledger.execute(replace(ASKED[0], name="Another (demo)"), CLERK)
            ledger.execute(replace(SET_CONTACT, name="Li Na (demo)"), CLERK)
    for address in (ADDRESS, tmp_path / "made"):
        assert mcsc("backup", address, at=tmp_path / "other").exit_code == 0
    with Ledger(filled, CONTEXTS) as ledger:
        ledger.execute(ERASE_CONTACT, CLERK)
    filled.close()
    refused = mcsc("forget", tmp_path / "made", at=filled.where)
    assert (refused.exit_code, "is of another ledger" in refused.output) == (5, True)
    done = mcsc("forget", BUCKET, at=filled.where)
    assert (done.exit_code, f"{ADDRESS} is of another ledger" in done.output) == (0, True)
    kept = [path for path in paths(bucket) if path.endswith(".key")]
    assert len(kept) == len(list((tmp_path / "made" / "contacts").glob("*.key"))) == 1
    obstore.put(bucket, f"city/parts-cut-off/{objects.KEYS}sunfield-demo.1.key", b"k")
    assert "1 keys lie there that belong to no whole backup" in mcsc("forget", BUCKET, at=filled.where).output


def test_long_files_go_in_pieces(bucket: ObjectStore, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    (made / "ledger.db").write_bytes(os.urandom((11 << 20) + 7))
    (made / "backup.json").write_bytes(msgspec.json.encode({"root": "1:ab", "made_at": "2026-11-27T00:00:00Z"}))
    index = objects.send(bucket, BUCKET, made, lambda done, whole: None)
    objects.fetch(bucket, BUCKET, tmp_path / "back", lambda done, whole: None)
    assert (tmp_path / "back" / "ledger.db").read_bytes() == (made / "ledger.db").read_bytes()
    assert index.bytes > 11 << 20


@pytest.mark.parametrize(
    ("address", "endpoint", "says"),
    [
        ("s3://", "", "names no bucket"),
        ("s3://a?b", "", "names no bucket"),
        ("s3://bucket/x", "http://store.example", "https, or this machine"),
    ],
)
def test_an_address_that_cannot_be(address: str, endpoint: str, says: str, filled: Database) -> None:
    Path(filled.where, "mcsc.toml").write_text(f's3_endpoint = "{endpoint}"\n')
    done = mcsc("backup", address, at=filled.where)
    assert (done.exit_code, says in done.output) == (2, True), done.output


def test_a_store_that_does_not_answer_says_so(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "RETRY", {"max_retries": 0})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    Path(filled.where, "mcsc.toml").write_text('s3_endpoint = "http://127.0.0.1:1"\n')
    done = mcsc("backup", "s3://bucket/x", at=filled.where)
    assert (done.exit_code, done.output.startswith("Error: s3://bucket/x: ")) == (8, True), done.output
    assert "Debug source" not in done.output

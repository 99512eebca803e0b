"""Keys of people's data: what is sealed is read with its own key alone, and with none once that is destroyed."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.companies.contacts import SetContact
from ledger.recording.personal import Keys, sweep
from ledger.values.personal import is_sealed
from tests.examples.contacts import SET_CONTACT

PLAIN = replace(
    SET_CONTACT, name="Zhao Qiuyun 赵秋云 (demo)", job="采购", phone="+86 28 5555 0100", email="q.zhao@example.com"
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys") / "contacts")


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=100).filter(str.strip))
def test_what_is_sealed_is_read_again(keys: Keys, name: str) -> None:
    sealed = keys.sealed(replace(SET_CONTACT, name=name))
    assert is_sealed(sealed.name)
    assert keys.read(sealed.subject, "name", sealed.name) == name
    assert msgspec.json.decode(msgspec.json.encode(sealed), type=SetContact) == sealed
    assert keys.sealed(sealed) == sealed == keys.sealed(replace(SET_CONTACT, name=name))


def test_a_value_is_bound_to_its_person_and_field(keys: Keys) -> None:
    one, other = keys.sealed(PLAIN), keys.sealed(replace(PLAIN, contact=2))
    assert one.name != other.name
    assert keys.read(other.subject, "name", one.name) is None
    assert keys.read(one.subject, "job", one.name) is None
    assert keys.read(one.subject, "name", one.name[:-4] + "AAAA") is None
    assert keys.read(one.subject, "name", "Zhao") is None


def test_lengths_say_little(keys: Keys) -> None:
    lengths = {len(keys.sealed(replace(PLAIN, name="x" * length)).name) for length in range(1, 33)}
    assert len(lengths) == 1


def test_a_key_is_its_owners_alone_and_none_is_made_for_a_preview(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "contacts")
    assert is_sealed(keys.sealed(PLAIN, dry_run=True).name)
    assert not keys.directory.exists()
    keys.sealed(PLAIN)
    (file,) = keys.directory.iterdir()
    assert (file.stat().st_mode & 0o777, keys.directory.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_destroyed_key_stays_destroyed(tmp_path: Path) -> None:
    keys, backup = Keys(tmp_path / "contacts"), Keys(tmp_path / "backup")
    sealed = keys.sealed(PLAIN)
    assert keys.copy(backup) == 1
    assert sweep(keys, [sealed.subject, "other-demo.1"]) == [sealed.subject]
    assert keys.read(sealed.subject, "name", sealed.name) is None
    assert backup.read(sealed.subject, "name", sealed.name) == PLAIN.name
    assert backup.copy(keys) == 0
    again = keys.sealed(PLAIN)
    assert again.name not in (sealed.name, PLAIN.name)
    assert list(keys.subjects()) == []
    keys.copy(backup)  # where it is copied, it goes as well
    assert backup.read(sealed.subject, "name", sealed.name) is None
    assert sweep(keys, [sealed.subject]) == []

"""Access keys: given once, taken away for ever; and who the users of the operating system are."""

from datetime import date

import msgspec
import pytest
from msgspec.structs import replace

from ledger.access import (
    KEYS_TAG,
    NOBODY,
    CheckpointKeyRetired,
    CreateKey,
    KeyRevokedOtherwise,
    KeyTaken,
    KeyUnknown,
    UserTaken,
    UserUnknown,
    evolve,
)
from ledger.decider import Fact
from tests.examples import (
    ADOPT_CHECKPOINT_KEY,
    CHECKPOINT_KEY_ADOPTED,
    CLAIMED,
    CREATE_KEY,
    KEY_CREATED,
    KEY_REVOKED,
    MAP_USER,
    REVOKE_KEY,
    UNMAP_USER,
    USER_MAPPED,
    USER_UNMAPPED,
)
from tests.ground.given import given


def test_creates_a_key() -> None:
    given().when(CREATE_KEY).then(KEY_CREATED)


def test_the_same_key_again_adds_nothing() -> None:
    given(KEY_CREATED).when(CREATE_KEY).then()


def test_creating_a_revoked_key_again_does_not_revive_it() -> None:
    given(KEY_CREATED, KEY_REVOKED).when(CREATE_KEY).then()


@pytest.mark.parametrize(
    "change",
    [{"actor": "finance-demo"}, {"role": "admin"}, {"secret_sha256": "6f" * 32}, {"expires_on": None}],
    ids=["other-holder", "other-role", "other-secret", "other-expiry"],
)
def test_another_key_under_the_same_id_is_refused(change: dict[str, object]) -> None:
    given(KEY_CREATED).when(replace(CREATE_KEY, **change)).refused(KeyTaken, field="key_id", says="choose another")


def test_revokes_a_key() -> None:
    given(KEY_CREATED).when(REVOKE_KEY).then(KEY_REVOKED)


def test_a_revoked_key_is_not_revoked_twice() -> None:
    given(KEY_CREATED, KEY_REVOKED).when(REVOKE_KEY).then()


@pytest.mark.parametrize(
    "change", [{"reason": "again"}, {"effective_on": date(2026, 9, 1)}], ids=["other-reason", "later"]
)
def test_a_key_revoked_in_other_words_is_a_conflict(change: dict[str, object]) -> None:
    given(KEY_CREATED, KEY_REVOKED).when(replace(REVOKE_KEY, **change)).refused(
        KeyRevokedOtherwise, says="audit finished"
    )


def test_an_unknown_key_cannot_be_revoked() -> None:
    given(KEY_CREATED).when(replace(REVOKE_KEY, key_id="demokey2")).refused(KeyUnknown, says="no key demokey2")


def test_all_keys_are_found_by_one_tag() -> None:
    other = replace(KEY_CREATED, key_id="demokey2")
    assert all(KEYS_TAG in fact.tags for fact in (KEY_CREATED, KEY_REVOKED, other))
    access = NOBODY
    for fact in (KEY_CREATED, CLAIMED, other, KEY_REVOKED):
        access = evolve(access, fact)
    keys = access.keys
    assert {key_id: key.revoked for key_id, key in keys.items()} == {"demokey1": True, "demokey2": False}
    assert keys["demokey1"].expires_on == date(2026, 12, 31)


def test_revoking_a_key_nobody_created_changes_nothing() -> None:
    assert evolve(NOBODY, KEY_REVOKED) == NOBODY


@pytest.mark.parametrize(
    ("field", "value"),
    [("key_id", "short"), ("key_id", "DEMOKEY1"), ("key_id", "a" * 17), ("secret_sha256", "5E" * 32), ("role", "boss")],
)
def test_a_malformed_key_does_not_decode(field: str, value: str) -> None:
    sent = msgspec.json.encode(replace(CREATE_KEY, **{field: value}))
    with pytest.raises(msgspec.ValidationError, match=field):
        msgspec.json.decode(sent, type=CreateKey)


def test_a_user_is_one_person_at_a_time() -> None:
    given().when(MAP_USER).then(USER_MAPPED)
    given(USER_MAPPED).when(replace(MAP_USER, effective_on=date(2026, 2, 1))).then()
    for change in ({"actor": "li-hua-demo"}, {"role": "admin"}):
        given(USER_MAPPED).when(replace(MAP_USER, **change)).refused(UserTaken, field="os_user", says="unmap w.min")
    given(USER_MAPPED, USER_UNMAPPED).when(replace(MAP_USER, actor="li-hua-demo")).then(
        replace(USER_MAPPED, actor="li-hua-demo")
    )


def test_only_a_mapped_user_is_unmapped() -> None:
    given(USER_MAPPED).when(UNMAP_USER).then(USER_UNMAPPED)
    given().when(UNMAP_USER).refused(UserUnknown, field="os_user")


@pytest.mark.parametrize(
    ("facts", "admin"),
    [
        ((), False),
        ((KEY_CREATED, USER_MAPPED), False),
        ((replace(KEY_CREATED, role="admin"),), True),
        ((replace(KEY_CREATED, role="admin", expires_on=date(2026, 6, 29)),), False),
        ((replace(KEY_CREATED, role="admin"), KEY_REVOKED), False),
        ((replace(USER_MAPPED, role="admin"),), True),
        ((replace(USER_MAPPED, role="admin"), USER_UNMAPPED), False),
    ],
)
def test_who_can_let_others_in(facts: tuple[Fact, ...], admin: bool) -> None:
    access = NOBODY
    for fact in facts:
        access = evolve(access, fact)
    assert access.has_admin(date(2026, 6, 30)) == admin


def test_a_checkpoint_key_is_adopted_once_and_never_again() -> None:
    other = replace(CHECKPOINT_KEY_ADOPTED, vkey=f"a.example+{'0' * 8}+{'A' * 44}")
    given().when(ADOPT_CHECKPOINT_KEY).then(CHECKPOINT_KEY_ADOPTED)
    given(CHECKPOINT_KEY_ADOPTED).when(ADOPT_CHECKPOINT_KEY).then()
    given(CHECKPOINT_KEY_ADOPTED, other).when(ADOPT_CHECKPOINT_KEY).refused(
        CheckpointKeyRetired, field="vkey", says="key rotate"
    )

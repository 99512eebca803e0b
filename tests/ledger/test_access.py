"""Access keys: given once, taken away for ever; and who the users of the operating system are."""

from datetime import date

import msgspec
import pytest
from msgspec.structs import replace

from ledger.access import (
    KEYS_TAG,
    NOBODY,
    AdoptCheckpointKey,
    CheckpointKeyAdopted,
    CheckpointKeyInvalid,
    CheckpointKeyRetired,
    CreateKey,
    KeyExpired,
    KeyRevokedOtherwise,
    KeyTaken,
    KeyUnknown,
    UserTaken,
    UserUnknown,
    evolve,
)
from ledger.decider import Fact
from ledger.log.checkpoint import LOG, WITNESS, Verifier
from tests.examples import (
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


def _vkey(byte: bytes) -> AdoptCheckpointKey:
    return AdoptCheckpointKey(effective_on=date(2026, 1, 1), vkey=str(Verifier("a.example", LOG, byte * 32)))


@pytest.mark.parametrize(
    "vkey",
    [
        f"a.example+00000000+{'A' * 44}",
        str(Verifier("a.example", WITNESS, bytes(32))),
        str(Verifier("a.example", LOG, bytes(32))).replace("a.", "b."),
        str(Verifier("a.example", LOG, bytes(32)))[:-1] + "B",
        f"a.example+00000000+{'A' * 5}/{'A' * 38}",
    ],
    ids=["no-algorithm", "a-witness", "another-name", "another-byte", "other-bytes"],
)
def test_what_is_no_key_of_the_log_is_not_adopted(vkey: str) -> None:
    command = AdoptCheckpointKey(effective_on=date(2026, 1, 1), vkey=vkey)
    given().when(command).refused(CheckpointKeyInvalid)
    taken_once = CheckpointKeyAdopted(effective_on=date(2026, 1, 1), vkey=vkey)
    given(taken_once).when(command).then()


def test_a_checkpoint_key_that_was_followed_by_another_signs_no_more() -> None:
    first, second = _vkey(b"\0"), _vkey(b"\1")
    adopted = [CheckpointKeyAdopted(effective_on=one.effective_on, vkey=one.vkey) for one in (first, second)]
    given().when(first).then(adopted[0])
    given(*adopted).when(second).then()
    given(*adopted).when(first).refused(CheckpointKeyRetired)


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


@pytest.mark.parametrize(("last", "opens"), [("2025-12-31", False), ("2026-01-05", True), ("2026-01-06", True)])
def test_a_key_is_not_given_out_after_its_last_day(last: str, opens: bool) -> None:
    day = date(2026, 1, 5)
    asked = replace(CREATE_KEY, effective_on=day, expires_on=date.fromisoformat(last))
    if opens:
        given().when(asked).then(replace(KEY_CREATED, effective_on=day, expires_on=date.fromisoformat(last)))
    else:
        given().when(asked).refused(KeyExpired, field="expires_on", says="is before 2026-01-05")

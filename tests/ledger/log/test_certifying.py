"""A certificate is recorded once, and says one thing of each read model."""

import pytest
from msgspec.structs import replace

from ledger.log.certifying import CertificateContradicts
from tests.examples import CERTIFICATE, CERTIFY_READ_MODELS, READ_MODELS_CERTIFIED
from tests.ground.given import given

FOUND = replace(CERTIFICATE, outcome="DIFFERS", different=1)


def test_what_was_found_is_recorded_once() -> None:
    given().when(CERTIFY_READ_MODELS).then(READ_MODELS_CERTIFIED)
    given(READ_MODELS_CERTIFIED).when(CERTIFY_READ_MODELS).then()
    later = replace(CERTIFY_READ_MODELS, views=(replace(CERTIFICATE, position=121),))
    given(READ_MODELS_CERTIFIED).when(later).then(replace(READ_MODELS_CERTIFIED, views=later.views))
    given().when(replace(CERTIFY_READ_MODELS, views=(FOUND,))).then(replace(READ_MODELS_CERTIFIED, views=(FOUND,)))
    assert CERTIFY_READ_MODELS.rests_on == 120


@pytest.mark.parametrize(
    ("views", "says"),
    [
        ((CERTIFICATE, CERTIFICATE), "named twice"),
        ((replace(FOUND, outcome="AGREES"),), "the outcome is DIFFERS"),
        ((replace(FOUND, different=0),), "the outcome is AGREES"),
    ],
)
def test_what_contradicts_itself_is_refused(views: tuple[object, ...], says: str) -> None:
    command = replace(CERTIFY_READ_MODELS, views=views)
    given().when(command).refused(CertificateContradicts, field="views", says=says)

"""Whatever the OpenAPI document says is so: schemathesis asks every operation, what fits and what does not, on both
databases."""

import random
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import requests
import schemathesis
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from ledger import CONTEXTS
from ledger.log.database import Database
from ledger.recording.application import Ledger
from tests.ground.over_sockets import on_sockets

AT_LEAST, OF_EACH, OUT_OF = 500, 2, 24
"""Requests in all; of each operation, drawn from among the first that are made for it."""
ACCEPTED = ["2xx", "304", "401", "403", "404", "409", "422"]
"""What fits is recorded, answered, or refused by a rule."""
UNSAID = {
    ("idempotency-key-missing", None): "needed unless dry_run: OpenAPI has no such word",
    ("read-model-behind", None): "whether the position that is waited for will be recorded is not known",
    ("parameter-invalid", "recorded"): "whether so much is recorded, or such a month was closed, is on record",
    ("parameter-invalid", "against"): "the same",
    ("parameter-invalid", "cursor"): "only what this service gave is one",
    ("parameter-invalid", "explain"): "whether the report has such a cell depends on what it shows",
}
"""What a document cannot say: a problem's code and the parameter that is blamed."""
LEFT_OUT = [positive_data_acceptance, not_a_server_error]
"""The checks that would ask for more in that case; all others are made."""


def requests_of(schema: BaseSchema) -> Iterator[Case]:
    """Some of each operation: values on every edge, each fault of each parameter, field and method."""
    chance, modes = random.Random(6), [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    for found in schema.get_all_operations():
        operation = found.ok()
        made = operation.schema.iter_coverage_cases(
            operation, generation_modes=modes, generation_config=schema.config.generation
        )
        some = list(islice(made, OUT_OF))
        yield from chance.sample(some, min(OF_EACH, len(some)))


def unsaid(answer: requests.Response) -> bool:
    """Tell whether this is a problem that no document could have told of."""
    if answer.headers.get("Content-Type") != "application/problem+json":
        return False
    problem = answer.json()
    blamed = {fault.get("parameter") for fault in problem.get("errors", ())} or {None}
    return all((problem["code"], parameter) in UNSAID for parameter in blamed)


def test_every_operation_does_what_the_document_says(database: Database) -> None:
    config = SchemathesisConfig.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}}})
    met, wrong = Counter[int](), list[str]()
    with Ledger(database, CONTEXTS) as ledger, on_sockets(ledger, wait_seconds_max=0) as served:
        base, who = f"http://127.0.0.1:{served.port}", {"Authorization": f"Bearer {served.keys['admin']}"}
        with requests.Session() as session:
            schema = schemathesis.openapi.from_dict(session.get(f"{base}/openapi.json").json(), config=config)
            for case in requests_of(schema):
                answer = case.call(base_url=base, headers=who, session=session)
                met[answer.status_code] += 1
                try:
                    case.validate_response(answer, headers=who, excluded_checks=LEFT_OUT if unsaid(answer) else [])
                except FailureGroup as failures:
                    wrong += [f"{case.operation.label}: {failure}" for failure in failures.exceptions]
    assert not wrong, "\n\n".join(wrong[:10])
    assert met.total() >= AT_LEAST
    assert {200, 400, 404, 405} <= met.keys()

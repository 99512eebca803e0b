"""Every operation answers as the document says, whoever makes up what is asked: schemathesis, on both databases.

Given requests made from the document alone, when each is sent, then what the document allows is taken, what it does not
is refused with a problem, and the answer has a status, headers, a type and a shape that stand in the document.

Each operation is asked on one of the databases, the forms of one question (JSON, CSV, a workbook) in turn on either;
every NEGATIVE-th one is asked for what the document does not allow, too. MCSC_CASES asks for more of each, MCSC_SEED
for others.
"""

import itertools
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, Config, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

import ledger as package
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import LEAD, Http, served

Asked = APIOperation[Any, Any, Any, Any]
KEPT = Path(package.__file__ or "").parent.parent / "docs" / "openapi.json"
CASES = int(os.environ.get("MCSC_CASES", "2"))
SEED = int(os.environ.get("MCSC_SEED", "17"))
NEGATIVE = 8
PARTS = 2
CONFIG: dict[str, Any] = {
    "generation": {"no-shrink": True, "with-security-parameters": False},  # whoever asks has a key, or is refused below
    "checks": {
        "positive_data_acceptance": {
            # 422: a rule refuses what is well formed. 404, 409, 412: so does the record.
            "expected-statuses": ["2xx", 304, 401, 403, 404, 409, 412, 422],
        },
    },
}
BEYOND_THE_SCHEMA = {
    "say `against` as well": "a parameter goes with another",
    "goes with a seed, and comes whole": "a parameter goes with another",
    "ask for one of report (with cell), position and close": "a parameter goes with another",
    "the file is empty": "a document is one by its bytes",
    "the file is none of": "a document is one by its bytes",
    "is none that this service gave": "a cursor is opaque",
    "there is no account": "the accounts are the ledger's",
    "has not been closed": "which months are closed is on record",
    "nothing is recorded beyond position": "how much is recorded is on record",
    "cannot begin with one of": "how much is recorded is on record",
    "so there is no tree of": "how much is recorded is on record",
    "none stands at position": "how much is recorded is on record",
    "holds none at position": "how much is recorded is on record",
}
"""Sentences of problems (400, 415) that refuse what no JSON Schema can rule out, and why it cannot."""


@pytest.fixture(scope="module")
def operations() -> Sequence[Asked]:
    load_all_checks()
    schema = from_dict(json.loads(KEPT.read_text()), config=Config.from_dict(CONFIG))
    found = list(schema.get_all_operations())
    assert not [one for one in found if not isinstance(one, Ok)]
    return [one.ok() for one in found if isinstance(one, Ok)]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("documents"))


@pytest.fixture
def http(database: Database, documents: str) -> Iterator[Http]:
    with Ledger(database, CONTEXTS) as ledger, served(ledger, documents=documents) as http:
        http.post("/v1/companies", LEAD)
        http.read("/v1/companies")
        yield http


@pytest.mark.parametrize("part", range(PARTS))
def test_every_operation_is_as_documented(http: Http, operations: Sequence[Asked], part: int) -> None:
    sender, on_postgres = Sender(http), http.ledger.database.is_postgres
    failed = list[str]()
    for at, operation in enumerate(operations):
        if at % 2 != on_postgres or at // 2 % PARTS != part:
            continue
        try:
            ask(sender, operation, GenerationMode.POSITIVE)
            if (at + SEED) // 2 % NEGATIVE == 0:
                with suppress(Unsatisfiable):  # nothing can be wrong with what has no parameters
                    ask(sender, operation, GenerationMode.NEGATIVE)
        except (Exception, FailureGroup) as error:
            failed.append(f"{operation.label}: {told(error)}")
    assert not failed, "\n\n".join(failed)
    assert sender.answered.total() >= 500 / 2 / PARTS
    assert not {status for status in sender.answered if status >= 500}


def ask(sender: "Sender", operation: Asked, mode: GenerationMode) -> None:
    """A few cases of an operation, made from the document."""

    @seed(SEED)
    @settings(max_examples=CASES, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Case[Any]) -> None:
        sender.send(case)

    asked()


class Sender:
    """Sends cases as an admin, and holds each answer against the document. `answered`: how many, by status."""

    def __init__(self, http: Http) -> None:
        self.answered: Counter[int] = Counter()
        self._http = http
        self._numbers = itertools.count(1)
        self._known = http.size

    def send(self, case: Case[Any]) -> None:
        """Send one. Raises what schemathesis found wrong with the answer."""
        wait = case.query.get("wait")
        if isinstance(wait, int):
            case.query["wait"] = wait % (self._known + 1)  # who waits for what is not recorded yet is told so, with 503
        headers = {"Idempotency-Key": f"case-{next(self._numbers)}"} if case.method == "POST" else {}
        answer = self._sent(case, headers | self._http.headers("admin"))
        self.answered[answer.status_code] += 1
        excused = answer.status_code in (400, 415) and any(said in answer.text for said in BEYOND_THE_SCHEMA)
        # ignored_auth asks again over a network: here by hand
        left_out = [ignored_auth, positive_data_acceptance] if excused else [ignored_auth]
        case.validate_response(answer, excluded_checks=left_out)
        if answer.is_success and case.operation.definition.raw.get("security") != []:
            assert self._sent(case, headers).status_code == 401
            assert self._sent(case, headers | {"Authorization": "Bearer mcsc_00000000_none"}).status_code == 401

    def _sent(self, case: Case[Any], headers: dict[str, str]) -> Response:
        said = case.as_transport_kwargs(base_url=str(self._http.client.base_url))
        # another client asks than the one that schemathesis speaks for: it takes the codings that it can unpack
        own = ("authorization", "accept-encoding")
        given = {name: value for name, value in said["headers"].items() if name.lower() not in own}
        content = json.dumps(whole(said["json"])) if "json" in said else said.get("data")
        return self._http.client.request(
            case.method,
            said["url"],
            params=said.get("params"),
            headers={name: value.encode("latin-1") for name, value in (headers | given).items()},
            content=content,
        )


def told(error: BaseException) -> str:
    """Say what was wrong with an answer, and what was asked."""
    found = [str(one) for one in getattr(error, "exceptions", [])] or [f"{type(error).__name__}: {error}"]
    return "\n".join([*found, str(error)])


def whole(value: Any) -> Any:
    """The same JSON, whose whole numbers have no point, as JavaScript writes them: to JSON Schema 1.0 is one, too."""
    if isinstance(value, dict):
        return {name: whole(part) for name, part in value.items()}
    if isinstance(value, list):
        return [whole(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value

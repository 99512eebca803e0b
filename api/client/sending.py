"""A request, and the same again where nobody answered or the ledger asks to come back.

Sender    sends; whatever records carries an idempotency key, so that asking again never records twice
streamed  events of a stream (server-sent events), until it ends
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from random import uniform
from time import sleep
from typing import Any

import httpx

from api.client.refusals import LedgerError, ProblemDetails, ServiceUnavailable, problem_of

LOST = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)
"""Errors of a connection after which nobody knows whether the request arrived."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0


class Sender:
    """Sends requests to one ledger as the holder of one key.

    attempts    how often a request is sent at most, where the connection is lost or the answer is 503
    timeout_s   how long one answer may take
    """

    def __init__(
        self, url: str, key: str, *, attempts: int, timeout_s: float, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._attempts = attempts
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout_s,
            transport=transport,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer. Raises LedgerError where it is no success."""
        for attempt in range(self._attempts):
            last = attempt == self._attempts - 1
            try:
                answer = self._http.request(method, path, params=query, content=body, headers=headers)
            except LOST as error:
                if last:
                    raise _nobody(error) from error
                self.pause(attempt)
                continue
            if answer.is_success:
                return answer
            if answer.status_code != 503 or last:
                raise problem_of(answer)
            self.pause(attempt, answer.headers.get("retry-after"))
        raise AssertionError("there is one attempt at least")

    def pause(self, attempt: int, asked: str | None = None) -> None:
        """Wait before the next attempt: as long as was asked for, else longer each time, not all at once."""
        seconds = int(asked) if asked is not None and asked.isdecimal() else FIRST_PAUSE_S * 2**attempt
        sleep(min(seconds, LONGEST_PAUSE_S) * uniform(0.5, 1))

    def streamed(self, path: str, query: Mapping[str, Any], last: int | None) -> Iterator[Mapping[str, str]]:
        """The events of one stream, each with its fields (`id`, `event`, `data`), until it ends.

        Raises LedgerError, and what httpx raises where the connection is lost.
        """
        headers = {"Accept": "text/event-stream"} | ({} if last is None else {"Last-Event-ID": str(last)})
        with self._http.stream("GET", path, params=query, headers=headers) as answer:
            if not answer.is_success:
                answer.read()
                raise problem_of(answer)
            fields: dict[str, str] = {}
            for line in lines_of(answer.iter_bytes()):
                name, _, value = line.partition(":")
                if not line:
                    if "data" in fields:
                        yield fields
                    fields = {}
                elif name:
                    fields[name] = f"{fields[name]}\n" if name in fields else ""
                    fields[name] += value.removeprefix(" ")


ENDS = re.compile(rb"\r\n|\n|\r")


def lines_of(chunks: Iterable[bytes]) -> Iterator[str]:
    """The lines of an event stream (WHATWG HTML, 9.2.5: CR, LF, or both end one; no other sign of Unicode does)."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        held = rest[-1:] if rest.endswith(b"\r") else b""  # its LF may be still to come
        *whole, rest = ENDS.split(rest.removesuffix(held) if held else rest)
        rest += held
        yield from (line.decode() for line in whole)


def _nobody(error: Exception) -> LedgerError:
    detail = f"Nobody answers: {error}. Ask again with the same key to learn what became of it."
    return ServiceUnavailable(ProblemDetails(status=503, code="nobody-answers", detail=detail))

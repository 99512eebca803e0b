"""Commands: audit.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Certificate, Command


class CertifyReadModels(Command, frozen=True, kw_only=True, tag="certify-read-models"):
    """Record what was found when read models were held against the log; `mcsc check --certify` does so."""

    effective_on: date
    occasion: Literal["CHECK", "REBUILD"]
    program: str
    views: tuple[Certificate, ...]

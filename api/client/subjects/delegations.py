"""Commands: delegations.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command


class DelegateApproval(Command, frozen=True, kw_only=True, tag="delegate-approval"):
    """Let another person approve in your stead, from a day through a day; of some kinds, or all that you may."""

    effective_on: date
    delegation: str
    delegate: str
    until_on: date
    reason: str
    kinds: tuple[
        Literal[
            "BANK_PAYMENT",
            "CHANGE_ORDER",
            "CLAWBACK_WAIVER",
            "ESTIMATE",
            "INVESTMENT_AGREEMENT",
            "INVESTMENT_AMENDMENT",
            "JOURNAL",
            "LEASE",
            "LEASE_AMENDMENT",
            "OFFTAKE_AGREEMENT",
            "OFFTAKE_AMENDMENT",
            "OVERRIDE",
            "RATE",
            "REOPENING",
            "STATEMENT",
            "SUPPLIER_PAYMENT",
            "TERMINATION_PAYMENT",
            "VAT_RETURN",
            "WRITE_DOWN",
            "WRITE_OFF",
        ],
        ...,
    ] = ()


class EndDelegation(Command, frozen=True, kw_only=True, tag="end-delegation"):
    """End a delegation at once: its delegator does, its delegate, or an administrator."""

    effective_on: date
    delegation: str
    reason: str

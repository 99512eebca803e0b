"""Subledgers: what control accounts must come to, each computed from its own documents, not from the journal.

subledgers   the balance of each subledger on a date
items        what makes up one of them: tenants, orders, agreements, payables, each with its part
"""

from collections.abc import Mapping
from datetime import date

from msgspec.structs import replace
from sqlalchemy import Connection

from projections.deals import offtake, orders
from projections.engine.basis import Basis
from projections.payables import documents as payables
from projections.receivables import tenants

SUBLEDGERS = (
    tenants.control_totals,
    orders.control_totals,
    offtake.control_totals,
    payables.control_totals,
)


def subledgers(connection: Connection, basis: Basis, end: date) -> dict[str, int]:
    """Each subledger's balance on a date, in CNY minor units, debits positive; as recorded by the basis.

    They come from the documents in tenants' accounts, from orders, offtake agreements and payables, each folded by
    its own rules: the journal has no part in them.
    """
    then = replace(basis, effective=end)
    found: dict[str, int] = {}
    for subledger in SUBLEDGERS:
        for account, balance in subledger(connection, then).items():
            found[account] = found.get(account, 0) + balance
    return found


def items(connection: Connection, basis: Basis, account: str) -> list[tuple[str, int]]:
    """List the parts of a subledger: where each is to be read, and its balance, debits positive."""
    of: list[tuple[str, Mapping[str, Mapping[str, int]]]] = [
        ("tenants/{}/account", tenants.control_items(connection, basis)),
        ("orders/{}", orders.control_items(connection, basis)),
        ("offtakes/{}", offtake.control_items(connection, basis)),
        ("payables/{}", payables.control_items(connection, basis)),
    ]
    found = [(address.format(name), parts.get(account, 0)) for address, things in of for name, parts in things.items()]
    return [(address, minor) for address, minor in found if minor]

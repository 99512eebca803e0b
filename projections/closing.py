"""Can this month be closed? The figures that it would close on, and the work that is still to do.

proposal     the figures for a month as recorded by a position: control accounts beside their subledgers
undecided    the manual journals of a month that wait for a second person
unbilled     the leases that billing through a date would still add something to, and the refusal that forbids it
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from ledger.billing.gap import BillLease
from ledger.billing.runs import RUNS
from ledger.bookkeeping.journals.facts import JournalPosted, JournalProposed, JournalRejected
from ledger.bookkeeping.purchases.facts import PayablesRemeasured
from ledger.books.accounts import CHART
from ledger.decider import By, Refusal, stored_name
from ledger.joint.closing import CONTROLS
from ledger.log import store
from ledger.periods import PeriodState, first_and_last, month_of
from ledger.recording.states import loaded
from ledger.values.currencies import converted, in_minor
from ledger.values.money import EXPONENT, minor, written
from projections.books import bank_accounts
from projections.books.journal import totals
from projections.books.vat import untaxed
from projections.deals import orders
from projections.deals.energy import unapproved
from projections.engine.basis import Basis
from projections.engine.history import count_history, every_one
from projections.engine.periods import periods
from projections.payables import documents as payables
from projections.subledgers import subledgers
from projections.tenancy.leases import lease_states

SIDES = (("DEBIT", False), ("CREDIT", True))
"""Sides on which no balance is normal: below nothing for assets, above it for liabilities."""
JOURNAL_STEPS = [stored_name(fact) for fact in (JournalProposed, JournalPosted, JournalRejected)]
CLOSER = By(actor="closing", role="finance", method="library")
TOGETHER = 50
"""Leases that are read from the log at once: what many of them share, the months and the rates, is folded once."""


class Tie(Struct, frozen=True, kw_only=True):
    """A control account beside its subledger at the end of the month: balances in CNY, debits positive."""

    account: str
    code: str
    control: str
    subledger: str
    difference: str


class Proposal(Struct, frozen=True, kw_only=True):
    """The figures that a month would close on. `ready`: it is next in order, everything ties, nothing is left to bill,
    to remeasure or to approve.

    state        None where the month was never opened
    waits_for    the month that has to be closed first
    entries      facts that post to the month
    unbilled     leases that billing through the month would add to, each with what a rule says against that, or ""
    forbidden    the code of that rule, of each lease that one says no to
    unrevalued   receivables and bank balances in foreign currencies not remeasured at the month's end, with the amount
    unrevalued_payables   payables likewise
    unapproved   months of energy that were delivered and not approved, of agreements that MCSC settles
    undecided    manual journals of the month that wait for a second person: after the close none of them is posted
    untaxed      VAT of the month that stands in no return: 2221.01 5499.26. Shown, and no reason not to close: what is
                 not filed yet, or was recorded after that, goes into the next return
    contrary     accounts of the balance sheet that stand on the wrong side at the month's end: 1405 -2000000.00, where
                 equipment was sold whose purchase is not recorded here. Shown, and no reason not to close
    """

    month: str
    state: PeriodState | None
    waits_for: str | None
    entries: int
    ties: tuple[Tie, ...]
    unbilled: Mapping[str, str]
    unrevalued: tuple[str, ...]
    unrevalued_payables: tuple[str, ...]
    unapproved: tuple[str, ...]
    undecided: tuple[str, ...]
    contrary: tuple[str, ...]
    untaxed: tuple[str, ...] = ()
    forbidden: Mapping[str, str] = {}
    ready: bool

    @property
    def is_next(self) -> bool:
        """The month was opened, and every month before it is closed: only then it matters what is left to do."""
        return self.state is not None and self.waits_for is None


def proposal(connection: Connection, basis: Basis, month: str) -> Proposal:
    """The figures for closing a month, as recorded by the basis."""
    _, end = first_and_last(month)
    states = {row.month: row.state for row in periods(connection, basis.recorded)}
    earlier = [other for other, state in states.items() if other < month and state != "CLOSED"]
    control = _control(connection, basis.recorded, end)
    found = subledgers(connection, basis, end)
    ties = tuple(_tie(account, control.get(account, 0), found.get(account, 0)) for account in CONTROLS)
    left = unbilled(connection, basis, end)
    foreign = (*orders.unrevalued(connection, basis, end), *unrevalued_balances(connection, basis, end))
    owed = tuple(unrevalued_payables(connection, basis, end))
    energy = unapproved(connection, basis, end)
    waiting = tuple(undecided(connection, basis, month))
    state = states.get(month)
    done = not (earlier or left or foreign or owed or energy or waiting or any(map(_differs, ties)))
    return Proposal(
        month=month,
        state=state,
        waits_for=min(earlier, default=None),
        entries=count_history(connection, recorded=basis.recorded, tag=f"books:{month}") or 0,
        ties=ties,
        unbilled={lease: why.detail if why else "" for lease, why in left.items()},
        forbidden={lease: why.code for lease, why in left.items() if why},
        unrevalued=foreign,
        unrevalued_payables=owed,
        unapproved=energy,
        undecided=waiting,
        contrary=tuple(_contrary(control)),
        untaxed=untaxed(connection, replace(basis, effective=date.max), month),
        ready=done and state in ("OPEN", "SOFT_CLOSED"),
    )


def unrevalued_balances(connection: Connection, basis: Basis, end: date) -> Iterator[str]:
    """The foreign bank balances that do not stand at the rate of a month's end, as `account currency balance`."""
    then = replace(basis, effective=end)
    for row in bank_accounts.bank_accounts(connection, then).rows:
        held, cny = in_minor(row.closing_held, row.currency), minor(row.closing_cny)
        if row.currency == "CNY" or held == cny == 0:
            continue
        rate = orders.rate_on(connection, then, row.currency)
        again = bank_accounts.remeasured_at(connection, then, str(row.bank_account), end)
        if cny not in {converted(held, row.currency, one) for one in (rate, again) if one is not None}:
            yield f"{row.bank_account} {row.currency} {row.closing_held}"


def unrevalued_payables(connection: Connection, basis: Basis, end: date) -> Iterator[str]:
    """The foreign payables that do not stand at the rate of a month's end, as `document currency open`; where nothing
    is owed any more, with what is left of it: `p-1 USD 0.00 (200.00 CNY)`."""
    then = replace(basis, effective=end)
    for row in payables.payables(connection, then, open_only=True):
        if row.currency == "CNY":
            continue
        rates = {orders.rate_on(connection, then, row.currency), _remeasured_at(connection, then, row.payable)}
        at_rate = {converted(row.open_minor, row.currency, rate) for rate in rates if rate is not None}
        if row.carrying_minor not in at_rate:
            left = "" if row.open_minor else f" ({written(row.carrying_minor)} CNY)"
            yield f"{row.document} {row.currency} {written(row.open_minor, EXPONENT[row.currency])}{left}"


def _remeasured_at(connection: Connection, basis: Basis, payable: str) -> str | None:
    """The rate that a payable was last remeasured at for the basis's date; None where it never was."""
    for entry in reversed(list(store.by_tags(connection, [payable]))):
        fact = entry.fact
        if not isinstance(fact, PayablesRemeasured) or entry.position > basis.recorded:
            continue
        if fact.effective_on == basis.effective:
            return next((item.rate for item in fact.items if item.payable == payable), None)
    return None


def undecided(connection: Connection, basis: Basis, month: str) -> Iterator[str]:
    """The manual journals of a month that are proposed and neither posted nor turned down, by the basis."""
    waiting: dict[str, JournalProposed] = {}
    for entry in every_one(connection, recorded=basis.recorded, names=JOURNAL_STEPS):
        fact: Any = entry.fact
        if isinstance(fact, JournalProposed):
            waiting[fact.manual_journal] = fact
        else:
            waiting.pop(fact.manual_journal, None)
    yield from sorted(name for name, fact in waiting.items() if month_of(fact.effective_on) == month)


def _tie(account: str, control: int, subledger: int) -> Tie:
    return Tie(
        account=account,
        code=CHART[account].code,
        control=written(control),
        subledger=written(subledger),
        difference=written(control - subledger),
    )


def _differs(tie: Tie) -> bool:
    return tie.control != tie.subledger


def _contrary(balances: Mapping[str, int]) -> Iterator[str]:
    """The accounts of the balance sheet with a balance on the other side than is normal for them, by code."""
    for account in sorted((CHART[name] for name in balances), key=lambda account: account.code):
        balance = balances[account.account]
        if account.kind in ("ASSET", "LIABILITY") and (account.normal, balance > 0) in SIDES and balance:
            yield f"{account.code} {written(balance)}"


def _control(connection: Connection, recorded: int, end: date) -> dict[str, int]:
    """The balances of all accounts at the end of a month, since the books began."""
    balances: dict[str, int] = {}
    for (account, _), total in totals(connection, recorded, [end])[end].items():
        balances[account] = balances.get(account, 0) + total.balance_minor
    return balances


# Subledgers


def _executed(connection: Connection, basis: Basis) -> list[str]:
    """Every lease executed by the basis's position, whatever its dates."""
    ever = lease_states(connection, replace(basis, effective=date.max))
    return [lease.lease for lease in ever if lease.executed_on is not None]


# What is left to bill


def unbilled(connection: Connection, basis: Basis, through: date) -> dict[str, Refusal | None]:
    """List the leases that billing through a date would add to, each with the refusal that forbids it."""
    found: dict[str, Refusal | None] = {}
    leases = _executed(connection, basis)
    for begin in range(0, len(leases), TOGETHER):
        part = leases[begin : begin + TOGETHER]
        some = [BillLease(effective_on=through, lease=lease, through=through) for lease in part]
        keys = [(0, RUNS.scope(command)) for command in some]
        accounts = loaded(connection, [RUNS], keys, up_to=basis.recorded)
        for command, key in zip(some, keys, strict=True):
            try:
                if RUNS.decide(accounts[key], command, CLOSER):
                    found[command.lease] = None
            except Refusal as refusal:
                found[command.lease] = refusal
    return found

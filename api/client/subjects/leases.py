"""Commands: leases.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command, Evidence
from api.client.terms import (
    ParkBuilding,
    ParkCompany,
    ParkDeposit,
    ParkInvoice,
    ParkLease,
    ParkParcel,
    ParkSite,
    ParkUnit,
    Quote,
    Terms,
)


class TakeOverPark(Command, frozen=True, kw_only=True, tag="take-over-park"):
    """Take over a park that lived before this ledger, as it stands at the end of a month: all of it, or nothing.

    document   the file that says so
    """

    effective_on: date
    document: Evidence
    companies: tuple[ParkCompany, ...] = ()
    sites: tuple[ParkSite, ...] = ()
    parcels: tuple[ParkParcel, ...] = ()
    buildings: tuple[ParkBuilding, ...] = ()
    units: tuple[ParkUnit, ...] = ()
    leases: tuple[ParkLease, ...] = ()
    deposits: tuple[ParkDeposit, ...] = ()
    invoices: tuple[ParkInvoice, ...] = ()


class DraftLease(Command, frozen=True, kw_only=True, tag="draft-lease"):
    """Write a lease down: who, which units, what terms. Again before submission: the newest draft counts."""

    effective_on: date
    lease: str
    company: str
    terms: Terms


class SubmitLease(Command, frozen=True, kw_only=True, tag="submit-lease"):
    """Ask for approval of the draft."""

    effective_on: date
    lease: str


class ApproveLease(Command, frozen=True, kw_only=True, tag="approve-lease"):
    """Approve what somebody else drafted and submitted."""

    effective_on: date
    lease: str


class VoidLease(Command, frozen=True, kw_only=True, tag="void-lease"):
    """Give up a lease that was not executed."""

    effective_on: date
    lease: str
    reason: str


class ExecuteLease(Command, frozen=True, kw_only=True, tag="execute-lease"):
    """Record the signed contract, and the units it names: from now on nobody else can get them for these days."""

    effective_on: date
    lease: str
    document: Evidence
    units: tuple[str, ...] = ()


class HandOverPremises(Command, frozen=True, kw_only=True, tag="hand-over-premises"):
    """Record that the tenant has the keys."""

    effective_on: date
    lease: str
    protocol: Evidence


class CommenceLease(Command, frozen=True, kw_only=True, tag="commence-lease"):
    """Begin the accounting, on the commencement date of the terms."""

    effective_on: date
    lease: str


class ProposeAmendment(Command, frozen=True, kw_only=True, tag="propose-amendment"):
    """Propose new terms from the effective date on; state them whole."""

    effective_on: date
    lease: str
    amendment: str
    kind: Literal["CONSIDERATION", "SCOPE_DOWN", "SCOPE_UP", "TERM"]
    terms: Terms
    document: Evidence


class ApproveAmendment(Command, frozen=True, kw_only=True, tag="approve-amendment"):
    """Approve what somebody else proposed. `effective_on` is the day of approval; the terms have their own. `units`:
    those that the lease takes or keeps for longer; none where it takes none.
    """

    effective_on: date
    lease: str
    amendment: str
    units: tuple[str, ...] = ()


class RejectAmendment(Command, frozen=True, kw_only=True, tag="reject-amendment"):
    """Turn a proposed amendment down."""

    effective_on: date
    lease: str
    amendment: str
    reason: str


class ChangeServiceCharge(Command, frozen=True, kw_only=True, tag="change-service-charge"):
    """Charge something else from the effective date on; what was billed is corrected by a debit or credit note."""

    effective_on: date
    lease: str
    service_charge: Quote
    notice: Evidence


class DeclareTurnover(Command, frozen=True, kw_only=True, tag="declare-turnover"):
    """Record what the tenant says it sold in a month, ex VAT, on the days that the lease holds. What is due of it
    the
    next `bill-lease` asks for; said again for the month, it takes the place of what was said before.
    """

    effective_on: date
    lease: str
    month: str
    turnover: str
    statement: Evidence


class ReviewRent(Command, frozen=True, kw_only=True, tag="review-rent"):
    """Review the rent by the index of the terms, `series`; `current_on` lies in the month compared with the base."""

    effective_on: date
    lease: str
    current_on: date
    series: str | None = None


class ServeBreakNotice(Command, frozen=True, kw_only=True, tag="serve-break-notice"):
    """Record notice to end the lease with one of its break dates."""

    effective_on: date
    lease: str
    break_on: date
    party: Literal["EITHER", "LESSOR", "TENANT"]
    notice: Evidence


class RenewLease(Command, frozen=True, kw_only=True, tag="renew-lease"):
    """Say which executed lease follows this one."""

    effective_on: date
    lease: str
    successor: str
    option_exercised: bool = False


class TerminateLease(Command, frozen=True, kw_only=True, tag="terminate-lease"):
    """End the lease early, with `ends_on`."""

    effective_on: date
    lease: str
    ends_on: date
    cause: Literal["AGREEMENT", "BREAK", "FORCE_MAJEURE", "LESSOR_DEFAULT", "TENANT_DEFAULT"]
    fee: str = "0.00"
    fee_taxable: bool = False
    document: Evidence


class ExpireLease(Command, frozen=True, kw_only=True, tag="expire-lease"):
    """Record that the term is over and the tenant does not stay."""

    effective_on: date
    lease: str


class StartHoldover(Command, frozen=True, kw_only=True, tag="start-holdover"):
    """Record that the tenant stays after expiry, and in which units."""

    effective_on: date
    lease: str
    units: tuple[str, ...] = ()


class EndHoldover(Command, frozen=True, kw_only=True, tag="end-holdover"):
    """End the holdover with a day."""

    effective_on: date
    lease: str
    ends_on: date
    reason: str


class SurrenderPremises(Command, frozen=True, kw_only=True, tag="surrender-premises"):
    """Record that the keys came back."""

    effective_on: date
    lease: str
    protocol: Evidence


class WithdrawLeaseStep(Command, frozen=True, kw_only=True, tag="withdraw-lease-step"):
    """Withdraw a step of a lease that was recorded by mistake; `effective_on` is the step's own date.

    about   which amendment, or the turnover of which month, where several steps of that name and date stand
    units   those that the lease holds again without the step; none where it holds no more than with it
    """

    effective_on: date
    lease: str
    step: str
    about: str | None = None
    reason: str
    units: tuple[str, ...] = ()

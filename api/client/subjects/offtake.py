"""Commands: offtake.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command, Evidence
from api.client.terms import BandValues, DayBlock, OfftakeTerms


class DraftOfftake(Command, frozen=True, kw_only=True, tag="draft-offtake"):
    """Write down the terms of an agreement, or others in their place."""

    effective_on: date
    agreement: str
    terms: OfftakeTerms


class ExecuteOfftake(Command, frozen=True, kw_only=True, tag="execute-offtake"):
    """Record that both sides signed on `effective_on`; MCSC's role is frozen."""

    effective_on: date
    agreement: str
    document: Evidence


class SatisfyConditions(Command, frozen=True, kw_only=True, tag="satisfy-offtake-conditions"):
    """Record that the conditions which the agreement waits for are satisfied."""

    effective_on: date
    agreement: str
    evidence: Evidence


class DeclareCommercialOperation(Command, frozen=True, kw_only=True, tag="declare-commercial-operation"):
    """Declare that the plant delivers from `effective_on` on."""

    effective_on: date
    agreement: str
    evidence: Evidence


class SuspendDelivery(Command, frozen=True, kw_only=True, tag="suspend-delivery"):
    """Record that nothing is delivered for a while, from the beginning of `effective_on` on."""

    effective_on: date
    agreement: str
    reason: str


class ResumeDelivery(Command, frozen=True, kw_only=True, tag="resume-delivery"):
    """Record that delivery goes on, from the beginning of `effective_on` on."""

    effective_on: date
    agreement: str


class ProposeOfftakeAmendment(Command, frozen=True, kw_only=True, tag="propose-offtake-amendment"):
    """Propose other terms from `effective_on` on, the first day of a month. The role stays."""

    effective_on: date
    agreement: str
    terms: OfftakeTerms
    amendment: str
    document: Evidence


class ApproveOfftakeAmendment(Command, frozen=True, kw_only=True, tag="approve-offtake-amendment"):
    """Agree to terms that somebody else proposed. `effective_on` is the day of approval; the terms have their own."""

    effective_on: date
    agreement: str
    amendment: str


class RejectOfftakeAmendment(Command, frozen=True, kw_only=True, tag="reject-offtake-amendment"):
    """Turn proposed terms down."""

    effective_on: date
    agreement: str
    amendment: str
    reason: str


class ExpireOfftake(Command, frozen=True, kw_only=True, tag="expire-offtake"):
    """Record that the term is over."""

    effective_on: date
    agreement: str


class TerminateOfftake(Command, frozen=True, kw_only=True, tag="terminate-offtake"):
    """End the agreement early, with `effective_on`, the last day of delivery."""

    effective_on: date
    agreement: str
    reason: str
    document: Evidence


class SettleOfftakeFinally(Command, frozen=True, kw_only=True, tag="settle-offtake-finally"):
    """Record that nothing is left to settle."""

    effective_on: date
    agreement: str


class RecordCurtailment(Command, frozen=True, kw_only=True, tag="record-curtailment"):
    """Record that in some hours `potential` could have been generated; `delivered` went through the meter meanwhile.

    Hours on days on which the agreement does not deliver take their part of the energy with them.
    """

    effective_on: date
    agreement: str
    curtailment: str
    by: Literal["BUYER", "FORCE_MAJEURE", "GRID", "SELLER"]
    from_at: str
    until_at: str
    potential: str
    delivered: str = "0"


class AgreeDeemed(Command, frozen=True, kw_only=True, tag="agree-deemed"):
    """Agree that what the buyer curtailed is paid for."""

    effective_on: date
    agreement: str
    curtailment: str
    evidence: Evidence


class AdjustQuantity(Command, frozen=True, kw_only=True, tag="adjust-quantity"):
    """Take something off the annual contract quantity of a contract year."""

    effective_on: date
    agreement: str
    adjustment: str
    year: int
    reason: Literal["FORCE_MAJEURE", "MAINTENANCE", "SELLER_DEFAULT"]
    energy: str


class RecordSavings(Command, frozen=True, kw_only=True, tag="record-savings"):
    """Record baseline × activity factor, and what was measured, by the report of whoever verifies it.

    Of a month of which only some days count, both are of those days.
    """

    effective_on: date
    agreement: str
    month: str
    baseline: str
    factor: str = "1"
    measured: str
    report: Evidence


class CalculateStatement(Command, frozen=True, kw_only=True, tag="calculate-statement"):
    """Work out a month: R0 first, the next run where an approved one says something else by now.

    Only days count on which the agreement delivers: in commercial operation, not ended, not suspended.
    """

    effective_on: date
    agreement: str
    month: str


class ApproveStatement(Command, frozen=True, kw_only=True, tag="approve-statement"):
    """Agree to a run that somebody else calculated; what it comes to is invoiced."""

    effective_on: date
    agreement: str
    month: str
    run: int


class DisputeStatement(Command, frozen=True, kw_only=True, tag="dispute-statement"):
    """Record that the buyer does not accept a run."""

    effective_on: date
    agreement: str
    month: str
    run: int
    reason: str


class WithdrawDispute(Command, frozen=True, kw_only=True, tag="withdraw-dispute"):
    """Record that the buyer accepts a disputed run after all."""

    effective_on: date
    agreement: str
    month: str
    run: int
    reason: str


class TrueUpYear(Command, frozen=True, kw_only=True, tag="true-up-year"):
    """Settle take-or-pay for a contract year whose months are all approved. Sent again it adds what is new.

    Later years that were trued up already are run again after it, in order.
    """

    effective_on: date
    agreement: str
    year: int


class AssessGuaranteeLd(Command, frozen=True, kw_only=True, tag="assess-guarantee-ld"):
    """Assess damages for energy guaranteed and not delivered in a contract year. Sent again once the year comes to
    others, it takes back those that stand and states the new ones.

    replacement_price   what replacing it cost, with evidence; `invoice`: taken off this one, else owed to the
    buyer
    """

    effective_on: date
    agreement: str
    year: int
    replacement_price: str
    evidence: Evidence
    invoice: str | None = None


class ReverseGuaranteeLd(Command, frozen=True, kw_only=True, tag="reverse-guarantee-ld"):
    """Take back damages that were assessed for a contract year; what came off an invoice is owed on it again."""

    effective_on: date
    agreement: str
    year: int
    reason: str


class AssessEnergyLateFee(Command, frozen=True, kw_only=True, tag="assess-energy-late-fee"):
    """Charge interest on an overdue document of an agreement through `effective_on`, by the day on what was open
    that
    day. `invoice` names the new document. Earlier fees on it that are no longer right are credited and their days
    assessed anew. `taxable`: the fee is part of the price, and includes tax at the overdue document's rate.
    """

    effective_on: date
    agreement: str
    invoice: str
    on_invoice: str
    taxable: bool = False


class CreditEnergyDocument(Command, frozen=True, kw_only=True, tag="credit-energy-document"):
    """Take something off a document of an agreement; its VAT follows at the document's own rate, and a settlement
    agent's fee in proportion. What settled more than is left is put back.
    """

    effective_on: date
    agreement: str
    credit_note: str
    invoice: str
    net: str
    reason: str


class TakeBackEnergyCredit(Command, frozen=True, kw_only=True, tag="take-back-energy-credit"):
    """Say that a credit note given by hand is not given after all: it is owed again on the document."""

    effective_on: date
    agreement: str
    credit_note: str
    reason: str


class ProposeTerminationPayment(Command, frozen=True, kw_only=True, tag="propose-termination-payment"):
    """Ask that one side pays the other because the agreement ended early; somebody else approves it.

    owed_by           BUYER: invoiced to it; SELLER: MCSC owes it, and pays it like any payable
    net               what was agreed, or what the clause's formula gives, in CNY
    vat_rate          on top of it. 0, the usual: it makes good a loss, and nothing is supplied for it (the VAT
    Law in
                      force from 2026 taxes supplies alone, art. 3). A rate where it is part of a supply's price
    due_on            if not said, as many days after the approval as invoices of the agreement have
    clause, document  why it is owed: the clause, and the deed or notice
    """

    effective_on: date
    agreement: str
    termination_payment: str
    owed_by: Literal["BUYER", "SELLER"]
    net: str
    vat_rate: str = "0"
    due_on: date | None = None
    clause: str
    document: Evidence


class ApproveTerminationPayment(Command, frozen=True, kw_only=True, tag="approve-termination-payment"):
    """Agree to a payment on termination that somebody else proposed: from `effective_on` on it is owed."""

    effective_on: date
    agreement: str
    termination_payment: str


class RejectTerminationPayment(Command, frozen=True, kw_only=True, tag="reject-termination-payment"):
    """Turn a proposed payment on termination down."""

    effective_on: date
    agreement: str
    termination_payment: str
    reason: str


class ReverseTerminationPayment(Command, frozen=True, kw_only=True, tag="reverse-termination-payment"):
    """Say that MCSC does not owe a payment on termination after all; what was paid of it is owed back by the buyer."""

    effective_on: date
    agreement: str
    termination_payment: str
    reason: str


class IssueCertificates(Command, frozen=True, kw_only=True, tag="issue-certificates"):
    """Record green certificates issued for the energy approved through a month."""

    effective_on: date
    agreement: str
    through: str
    evidence: Evidence


class SellCertificates(Command, frozen=True, kw_only=True, tag="sell-certificates"):
    """Record that certificates went to somebody, and the claim with them."""

    effective_on: date
    agreement: str
    sale: str
    count: int
    to: str


class IssueCertificateLot(Command, frozen=True, kw_only=True, tag="issue-certificate-lot"):
    """Record the green certificates issued for one month of generation, with the first and the last number.

    tradable      as the certificates say; where nothing is said, those of a plant that feeds the grid are
    valid_until   as the certificates say; where nothing is said, two years, the month of generation being the
    first
    """

    effective_on: date
    agreement: str
    lot: str
    month: str
    first: str
    last: str
    tradable: bool | None = None
    valid_until: date | None = None
    evidence: Evidence


class TransferCertificates(Command, frozen=True, kw_only=True, tag="transfer-certificates"):
    """Record that certificates of a lot went to somebody, and the claim with them."""

    effective_on: date
    agreement: str
    movement: str
    lot: str
    first: str
    last: str
    to: str


class RetireCertificates(Command, frozen=True, kw_only=True, tag="retire-certificates"):
    """Record that certificates of a lot were retired: for whose consumption, and which."""

    effective_on: date
    agreement: str
    movement: str
    lot: str
    first: str
    last: str
    beneficiary: str
    purpose: str
    evidence: Evidence


class WithdrawOfftakeStep(Command, frozen=True, kw_only=True, tag="withdraw-offtake-step"):
    """Withdraw a step of an agreement that was recorded by mistake; `effective_on` is the step's own date.

    about   which amendment, curtailment, adjustment, sale, lot, movement or month, where several steps of that
    name
            and date stand
    """

    effective_on: date
    agreement: str
    step: str
    about: str | None = None
    reason: str


class InstallMeter(Command, frozen=True, kw_only=True, tag="install-meter"):
    """Install a meter at the delivery point of an agreement: it measures from the beginning of `effective_on` on."""

    effective_on: date
    meter: str
    agreement: str
    start: str
    digits: int
    ct: int = 1
    pt: int = 1
    settled_by: Literal["INTERVALS", "REGISTER"] = "REGISTER"
    bands: BandValues | None = None


class ReadMeter(Command, frozen=True, kw_only=True, tag="read-meter"):
    """Record what the registers show at the end of `effective_on`."""

    effective_on: date
    meter: str
    value: str
    quality: Literal["ACTUAL", "ESTIMATED", "SUBSTITUTED"] = "ACTUAL"
    rolled_over: bool = False
    bands: BandValues | None = None
    checked: str | None = None


class CorrectRead(Command, frozen=True, kw_only=True, tag="correct-read"):
    """Correct the read of `effective_on`; an estimate is trued up this way (E4).

    On the day of a replacement or removal it corrects the last value of the device that went.
    """

    effective_on: date
    meter: str
    value: str
    quality: Literal["ACTUAL", "ESTIMATED", "SUBSTITUTED"] = "ACTUAL"
    rolled_over: bool = False
    bands: BandValues | None = None
    checked: str | None = None
    reason: str


class ReplaceMeter(Command, frozen=True, kw_only=True, tag="replace-meter"):
    """Replace a meter: another device takes over at the end of `effective_on`.

    A register that began again after a power cut is replaced too: by itself, from what it showed last to 0.
    """

    effective_on: date
    meter: str
    final: str
    rolled_over: bool = False
    start: str
    digits: int
    ct: int = 1
    pt: int = 1
    final_bands: BandValues | None = None
    start_bands: BandValues | None = None
    reason: str
    checked: str | None = None


class RemoveMeter(Command, frozen=True, kw_only=True, tag="remove-meter"):
    """Remove a meter at the end of `effective_on`; no other device follows."""

    effective_on: date
    meter: str
    final: str
    rolled_over: bool = False
    final_bands: BandValues | None = None
    reason: str
    checked: str | None = None


class WithdrawMeterStep(Command, frozen=True, kw_only=True, tag="withdraw-meter-step"):
    """Withdraw a step of a meter that was recorded by mistake; `effective_on` is the step's own date.

    about   which month, of intervals that came on the same day; which estimate
    """

    effective_on: date
    meter: str
    step: str
    about: str | None = None
    reason: str


class CalibrateMeter(Command, frozen=True, kw_only=True, tag="calibrate-meter"):
    """Record a test on `effective_on`: 0.982 means that 98.2 % of the truth was registered, 1 that the meter is
    good.

    from_on   since when; where nobody knows, half the time since the last good test (domain §7.3)
    """

    effective_on: date
    meter: str
    registered: str
    from_on: date | None = None
    until_on: date
    certificate: Evidence


class RecordIntervals(Command, frozen=True, kw_only=True, tag="record-intervals"):
    """Record the intervals of a file, whole days: all of them or none. `effective_on` is the day they came."""

    effective_on: date
    meter: str
    minutes: Literal[15, 30, 60] = 15
    days: tuple[DayBlock, ...]
    file: Evidence
    reason: str | None = None


class ProposeEstimate(Command, frozen=True, kw_only=True, tag="propose-estimate"):
    """Propose an estimate, by rule, of the values that are missing on some days."""

    effective_on: date
    meter: str
    estimate: str
    from_on: date
    until_on: date
    reason: str


class ApproveEstimate(Command, frozen=True, kw_only=True, tag="approve-estimate"):
    """Agree to an estimate that somebody else proposed: it counts where values are missing."""

    effective_on: date
    meter: str
    estimate: str

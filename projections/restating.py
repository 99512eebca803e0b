"""Which facts put something right that was recorded before? Said here once, of every fact there is.

kind_of       a fact -> FIRST, CORRECTION or REVERSAL
FIRST         facts that say what happened, agreed or was found: new, or late where their day was reported already
CORRECTIONS   facts that say anew, and rightly, what an earlier one said; that ask more or less for what was billed
REVERSALS     facts that take an earlier one back: withdrawals and mirrors
BY_CONTENT    facts of which only some do so

A fact that is in none of these has no kind, and a test fails: whoever adds a fact says here what it does.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from ledger.decider import Fact, stored_name

Kind = Literal["FIRST", "CORRECTION", "REVERSAL"]


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


FIRST = _names(
    """
    log.read-models-certified

    access.approval-delegated access.checkpoint-key-adopted access.delegation-ended access.key-created
    access.key-revoked access.subject-barred
    access.subject-readmitted access.user-mapped access.user-unmapped

    bank.account-closed bank.account-made-default bank.account-opened bank.balance-brought-forward
    bank.balances-remeasured bank.charge-taken bank.interest-received bank.line-matched bank.line-put-aside
    bank.profile-recorded bank.statement-taken
    bank.transfer-made

    billing.accrued-rent-derecognised billing.deposit-applied billing.deposit-forfeited
    billing.deposit-interest-accrued billing.deposit-interest-credited billing.deposit-moved
    billing.deposit-received billing.deposit-refunded billing.deposit-taken-over billing.ecl-measured
    billing.invoice-issued billing.invoice-taken-over billing.late-fee-assessed billing.lease-cost-amortised
    billing.lease-cost-recorded billing.receipt-allocated
    billing.receipt-recorded billing.receipt-refunded billing.rent-recognised billing.rent-taken-over
    billing.write-off-approved billing.write-off-proposed billing.write-off-rejected

    claim.recorded

    company.agreement-linked company.became-dormant company.contact-erased company.contact-set
    company.details-changed company.exit-initiated company.exited
    company.lead-registered company.loi-signed company.operations-commenced company.override-rejected
    company.parent-linked company.premises-added company.qualified company.reactivated company.registered
    company.registration-proposed company.rejected company.reported-settled company.screened company.settled-in
    company.touch-added company.verification-proposed

    energy.dispute-withdrawn energy.guarantee-ld-assessed energy.guarantee-ld-credited energy.late-fee-assessed
    energy.make-up-expired energy.make-up-taken energy.statement-disputed energy.termination-payment-invoiced
    energy.termination-payment-owed

    diary.entry-completed diary.entry-waived

    paper.issued

    estate.building-completed estate.building-defined estate.construction-started estate.parcel-defined
    estate.rental-value-estimated estate.reservation-released estate.site-defined estate.unit-defined
    estate.unit-remeasured estate.unit-reserved estate.unit-retired estate.unit-returned estate.unit-split
    estate.unit-taken-off-market estate.units-merged

    investment.amended investment.amendment-proposed investment.amendment-rejected investment.breached
    investment.clawback-assessed investment.clawback-collected investment.clawback-waived
    investment.clawback-waiver-proposed investment.closed investment.contribution-recorded investment.covenant-tested
    investment.drafted investment.figure-reported investment.fulfilled investment.incentive-paid
    investment.outside-incentive-paid investment.signed investment.terminated

    lease.amended lease.amendment-proposed lease.amendment-rejected lease.approved lease.break-notice-served
    lease.commenced lease.drafted lease.executed lease.expired lease.holdover-ended lease.holdover-started
    lease.index-rent-reviewed lease.premises-handed-over lease.premises-surrendered lease.renewed
    lease.service-charge-changed lease.submitted lease.taken-over lease.terminated lease.turnover-declared lease.voided

    journal.posted journal.proposed journal.rejected

    owed.paid owed.payment-proposed owed.payment-rejected

    meter.estimate-approved meter.estimate-proposed meter.installed meter.intervals-received meter.read meter.removed
    meter.replaced

    offtake.amended offtake.amendment-proposed offtake.amendment-rejected offtake.certificate-lot-issued
    offtake.certificates-issued offtake.certificates-retired offtake.certificates-sold
    offtake.certificates-transferred offtake.commercial-operation-declared offtake.conditions-satisfied
    offtake.curtailment-instructed offtake.deemed-agreed offtake.drafted offtake.executed offtake.expired
    offtake.finally-settled offtake.quantity-adjusted offtake.resumed offtake.savings-measured offtake.suspended
    offtake.terminated offtake.termination-payment-proposed offtake.termination-payment-rejected

    order.acceptance-certified order.advance-forfeited order.advance-received order.advance-refunded order.cancelled
    order.cancellation-fee-charged order.change-approved order.change-proposed order.change-rejected
    order.client-money-received order.client-money-remitted order.closed order.commission-earned order.customs-cleared
    order.delivered order.fat-failed order.fat-passed order.installed order.milestone-invoiced order.milestone-paid
    order.ordered order.plant-commissioned order.production-started order.put-on-hold order.quotation-issued
    order.receivable-collected order.receivable-reclassified order.receivables-revalued order.resumed
    order.retention-released order.revenue-recognised order.sat-failed order.sat-passed order.shipped
    order.progress-measured order.stock-moved order.stock-sold order.stock-written-down order.warranty-started
    order.write-down-proposed order.write-down-rejected

    period.closed period.opened period.reopened period.reopening-proposed period.soft-closed

    purchase.customs-declared purchase.invoice-recorded purchase.payment-proposed purchase.payment-rejected
    purchase.payables-remeasured purchase.supplier-paid

    prices.received

    rate.approved rate.proposed rate.rejected

    vat.paid vat.return-filed vat.return-proposed vat.return-rejected
    """
)
CORRECTIONS = _names(
    """
    billing.allowance-restated billing.credit-note-issued billing.debit-note-issued

    company.details-corrected company.merged company.origin-corrected

    energy.credited

    estate.building-corrected estate.parcel-corrected estate.site-corrected estate.unit-corrected

    meter.calibrated meter.read-corrected

    purchase.credit-note-recorded
    """
)
REVERSALS = _names(
    """
    bank.account-step-withdrawn bank.entry-reversed bank.line-step-withdrawn bank.profile-withdrawn
    bank.statement-withdrawn

    billing.deposit-reversed billing.fapiao-withdrawn billing.lease-cost-reversed billing.receipt-reversed
    billing.receipt-unallocated
    billing.refund-claimed billing.refund-reversed billing.write-off-recovered

    claim.withdrawn diary.step-withdrawn

    company.step-withdrawn

    energy.credit-taken-back energy.guarantee-ld-reversed energy.make-up-restored energy.termination-payment-reversed

    estate.step-withdrawn

    investment.clawback-reversed investment.collection-reversed investment.contribution-reversed
    investment.incentive-reversed investment.step-withdrawn investment.waiver-reversed

    lease.step-withdrawn

    meter.step-withdrawn

    offtake.damages-reversed offtake.step-withdrawn

    journal.reversed

    order.advance-reversed order.cancellation-fee-reversed order.client-money-reversed order.collection-reversed
    order.commission-reversed order.fee-restored order.fee-withdrawn order.forfeit-reversed
    order.reclassification-reversed order.refund-reversed order.remittance-reversed order.revaluation-reversed
    order.revenue-reversed order.step-withdrawn order.stock-move-reversed order.stock-sale-reversed
    order.write-down-reversed order.progress-reversed

    period.step-withdrawn

    prices.step-withdrawn

    purchase.document-withdrawn purchase.payment-returned

    owed.payment-returned

    rate.step-withdrawn

    vat.payment-returned vat.return-withdrawn
    """
)


def _of_run(fact: Any) -> Kind:
    """A later run of a month or a contract year says it anew."""
    return "CORRECTION" if fact.run else "FIRST"


def _red(fact: Any) -> Kind:
    """A red-letter tax invoice takes back the one it names."""
    return "REVERSAL" if fact.red else "FIRST"


def _in_place_of(fact: Any) -> Kind:
    """An identifier that takes the place of one recorded wrong."""
    return "FIRST" if fact.replaced is None else "CORRECTION"


BY_CONTENT: Mapping[str, Callable[[Any], Kind]] = {
    "billing.fapiao-issued": _red,
    "company.identifier-verified": _in_place_of,
    "energy.invoiced": _of_run,
    "energy.statement-approved": _of_run,
    "energy.statement-calculated": _of_run,
    "energy.take-or-pay-invoiced": _of_run,
    "offtake.year-trued-up": _of_run,
}


def kind_of(fact: Fact) -> Kind:
    """Tell whether a fact says something first, or puts right what was said."""
    name = stored_name(type(fact))
    if name in BY_CONTENT:
        return BY_CONTENT[name](fact)
    return "REVERSAL" if name in REVERSALS else "CORRECTION" if name in CORRECTIONS else "FIRST"

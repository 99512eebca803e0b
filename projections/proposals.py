"""What waits for a second person, in every context? Reads the log itself: of each kind there are few.

OpenProposal   a proposal that nobody has decided on: which command approves it, which one turns it down, with what
KINDS          the kinds of proposals, with what decides on them
proposals      those that are open on a basis, the oldest first

A proposal counts from the day on which it was recorded, or from its own where that is earlier: what is asked for may
hold from a later day. So does what decides on it. One that was withdrawn is as if it had never been.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from fractions import Fraction
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from ledger.billing.facts import WriteOffApproved, WriteOffProposed, WriteOffRejected
from ledger.billing.losses import ApproveWriteOff, RejectWriteOff
from ledger.bookkeeping.journals.deciding import ApproveJournal, RejectJournal
from ledger.bookkeeping.journals.facts import JournalPosted, JournalProposed, JournalRejected
from ledger.bookkeeping.owed import OwedPaid, OwedPaymentProposed, OwedPaymentRejected
from ledger.bookkeeping.purchases.facts import SupplierPaid, SupplierPaymentProposed, SupplierPaymentRejected
from ledger.bookkeeping.vat.facts import VatReturnFiled, VatReturnProposed, VatReturnRejected
from ledger.companies.facts import (
    CompanyRegistered,
    IdentifierVerified,
    OverrideRejected,
    RegistrationProposed,
    VerificationProposed,
)
from ledger.companies.overrides import ApproveOverride, RejectOverride
from ledger.decider import Command, DataClass, Fact, Withdrawn, all_facts, command_name, standing, stored_name
from ledger.investment.agreement import (
    ApproveInvestmentAmendment,
    RejectInvestmentAmendment,
    SignInvestmentAgreement,
)
from ledger.investment.facts import (
    ClawbackWaived,
    ClawbackWaiverProposed,
    InvestmentAmended,
    InvestmentAmendmentProposed,
    InvestmentAmendmentRejected,
    InvestmentDrafted,
    InvestmentSigned,
)
from ledger.investment.incentives import ApproveClawbackWaiver
from ledger.investment.withdrawing import WithdrawInvestmentStep
from ledger.joint.delegating.facts import ApprovalKind
from ledger.joint.owing import PayFromBank, RejectBankPayment
from ledger.joint.paying import PaySupplier, RejectSupplierPayment
from ledger.joint.taxing import FileVatReturn, RejectVatReturn
from ledger.leases.agreement import ApproveLease
from ledger.leases.changes import ApproveAmendment, RejectAmendment
from ledger.leases.facts import (
    AmendmentProposed,
    AmendmentRejected,
    LeaseAmended,
    LeaseApproved,
    LeaseDrafted,
    LeaseSubmitted,
    LeaseVoided,
)
from ledger.leases.withdrawing import WithdrawLeaseStep
from ledger.log import store
from ledger.log.envelope import Entry
from ledger.offtake.amending import ApproveOfftakeAmendment, RejectOfftakeAmendment
from ledger.offtake.charges.facts import (
    TerminationPaymentInvoiced,
    TerminationPaymentOwed,
    TerminationPaymentProposed,
    TerminationPaymentRejected,
)
from ledger.offtake.charges.terminating import ApproveTerminationPayment, RejectTerminationPayment
from ledger.offtake.facts import (
    DisputeWithdrawn,
    OfftakeAmended,
    OfftakeAmendmentProposed,
    OfftakeAmendmentRejected,
    OfftakeDrafted,
    OfftakeExecuted,
    StatementApproved,
    StatementCalculated,
    StatementDisputed,
)
from ledger.offtake.life import ExecuteOfftake
from ledger.offtake.meters.estimating import ApproveEstimate
from ledger.offtake.meters.facts import EstimateApproved, EstimateProposed
from ledger.offtake.statements import ApproveStatement, DisputeStatement
from ledger.offtake.withdrawing import WithdrawMeterStep, WithdrawOfftakeStep
from ledger.orders.changing import ApproveChangeOrder, RejectChangeOrder
from ledger.orders.facts import ChangeOrderApproved, ChangeOrderProposed, ChangeOrderRejected
from ledger.orders.leftover.facts import StockWrittenDown, WriteDownProposed, WriteDownRejected
from ledger.orders.leftover.writing_down import ApproveWriteDown, RejectWriteDown
from ledger.periods import PeriodReopened, ReopeningProposed, ReopenPeriod, WithdrawPeriodStep
from ledger.rates import ApproveRate, RateApproved, RateProposed, RateRejected, RejectRate
from ledger.values.money import EXPONENT, written
from projections.engine.basis import Basis
from projections.engine.history import every_one

ProposalKind = ApprovalKind


class OpenProposal(Struct, frozen=True, kw_only=True):
    """A proposal that waits. `which`: the fields that say which, in the commands that decide on it.

    authors        nobody of these approves it: who proposed it, and who wrote what was submitted
    effective_on   the day that it names, which may lie ahead; `proposed_on`: the day of its record
    approving      what `approve` says besides its day; `wanted`: what only who approves can add, such as the document
    rejecting      what `reject` says besides the reason, its day too
    """

    kind: ProposalKind
    which: Mapping[str, str]
    says: str
    effective_on: date
    proposed_by: str
    authors: tuple[str, ...]
    proposed_on: date
    recorded_at: datetime
    approve: str
    approving: Mapping[str, Any]
    wanted: tuple[str, ...]
    reject: str
    rejecting: Mapping[str, Any]
    data_class: DataClass
    position: int


@dataclass(frozen=True)
class Kind:
    """A kind of proposals.

    names       the fields that say which, in the proposal and in the commands that decide on it
    decided     the facts that decide on one
    paused      facts after which nobody can approve it, until one of `again`
    keys        what a proposal, or what decides, is about; by `names` where nothing else is said
    by          the field of a proposal that says who made it
    draft       the fact that says what was submitted, and whose writer does not approve it either; `every_writer`: nor
                does who wrote an earlier draft
    wanted      fields of the command that approves which only a person can fill
    units       the field `units` of the command that approves is that of the proposal's premises
    lists       other fields of the command that approves that are those of the proposal
    """

    proposed: tuple[type[Fact], ...]
    decided: tuple[type[Fact], ...]
    names: tuple[str, ...]
    says: Callable[[Any], str]
    approve: type[Command]
    reject: type[Command]
    keys: Callable[[Any], tuple[tuple[Any, ...], ...]] | None = None
    paused: tuple[type[Fact], ...] = ()
    again: tuple[type[Fact], ...] = ()
    by: str = "proposed_by"
    draft: type[Fact] | None = None
    every_writer: bool = False
    wanted: tuple[str, ...] = ()
    units: bool = False
    lists: tuple[str, ...] = ()

    def about(self, fact: Fact) -> tuple[tuple[Any, ...], ...]:
        """The proposals that a fact makes, or decides on."""
        if self.keys is not None:
            return self.keys(fact)
        return (tuple(getattr(fact, name) for name in self.names),)

    def told(self, fact: Fact) -> dict[str, str]:
        """The fields that name a proposal; those that are empty left out."""
        fields = ((name, getattr(fact, name, None)) for name in self.names)
        return {name: str(value) for name, value in fields if value is not None}


def _identifiers(fact: Any) -> tuple[tuple[str, ...], ...]:
    """The company and each identifier that a check is passed over for, or that is recorded."""
    tags = fact.takes if isinstance(fact, CompanyRegistered | IdentifierVerified) else (fact.identifier,)
    return tuple((fact.company, tag) for tag in tags)


def _reason(fact: Any) -> str:
    return str(fact.reason)


def _lease(fact: LeaseSubmitted | LeaseDrafted) -> str:
    """The tenant; of a draft also the units and the term."""
    if isinstance(fact, LeaseSubmitted):
        return fact.company
    units = " ".join(premises.unit for premises in fact.terms.premises)
    return f"{fact.company}: {units}, {fact.terms.commencement_on} to {fact.terms.expiry_on}"


def _statement(fact: StatementCalculated) -> str:
    return f"{fact.month} run {fact.run}: {written(fact.net_minor)} CNY"


def _amount(fact: WriteOffProposed | ClawbackWaiverProposed) -> str:
    return f"{written(fact.amount_minor)} CNY: {fact.reason}"


def _payment(fact: SupplierPaymentProposed) -> str:
    amount = written(fact.amount_minor, EXPONENT[fact.currency])
    return f"{amount} {fact.currency}: {' '.join(fact.documents)}"


def _owed(fact: OwedPaymentProposed) -> str:
    return f"{written(fact.amount_minor)} CNY to {fact.payee}: {fact.reason}"


def _by_hand(fact: JournalProposed) -> str:
    """The debits in all, the journal that it is the mirror of or the same as, and the reason."""
    debits = sum(max(line.amount_minor, 0) for line in fact.lines)
    other = f" mirrors {fact.mirrors}" if fact.mirrors else f" repeats {fact.repeats}" if fact.repeats else ""
    return f"{written(debits)} CNY{other}: {fact.reason}"


def _vat(fact: VatReturnProposed) -> str:
    """The VAT payable, or carried on."""
    figures = fact.figures
    carried = f", {written(figures.carried_out_minor)} CNY carried on" if figures.carried_out_minor else ""
    return f"{written(figures.payable_minor)} CNY payable{carried}"


def _write_down(fact: WriteDownProposed) -> str:
    """The allowance before, and as it would be."""
    return f"{written(fact.before_minor)} to {written(fact.write_down_minor)} CNY: {fact.reason}"


def _document(fact: AmendmentProposed | OfftakeAmendmentProposed) -> str:
    return f"from {fact.effective_on}: {fact.document.doc}"


def _termination(fact: TerminationPaymentProposed) -> str:
    """The amount without tax, who owes it, and why."""
    vat = f" and {fact.vat_rate} VAT" if Fraction(fact.vat_rate) else ""
    return f"{fact.owed_by} owes {written(fact.net_minor)} CNY{vat}: {fact.clause}"


KINDS: Mapping[ProposalKind, Kind] = {
    "OVERRIDE": Kind(
        (RegistrationProposed, VerificationProposed),
        (CompanyRegistered, IdentifierVerified, OverrideRejected),
        ("company", "scheme", "value", "registry"),
        _reason,
        ApproveOverride,
        RejectOverride,
        keys=_identifiers,
    ),
    "RATE": Kind(
        (RateProposed,),
        (RateApproved, RateRejected),
        ("rate",),
        lambda fact: f"{fact.series} {fact.value} from {fact.effective_on}",
        ApproveRate,
        RejectRate,
    ),
    "REOPENING": Kind((ReopeningProposed,), (PeriodReopened,), ("month",), _reason, ReopenPeriod, WithdrawPeriodStep),
    "LEASE": Kind(
        (LeaseSubmitted,),
        (LeaseApproved, LeaseVoided),
        ("lease",),
        _lease,
        ApproveLease,
        WithdrawLeaseStep,
        by="submitted_by",
        draft=LeaseDrafted,
    ),
    "LEASE_AMENDMENT": Kind(
        (AmendmentProposed,),
        (LeaseAmended, AmendmentRejected),
        ("lease", "amendment"),
        _document,
        ApproveAmendment,
        RejectAmendment,
        units=True,
    ),
    "WRITE_OFF": Kind(
        (WriteOffProposed,),
        (WriteOffApproved, WriteOffRejected),
        ("invoice", "write_off"),
        _amount,
        ApproveWriteOff,
        RejectWriteOff,
    ),
    "INVESTMENT_AGREEMENT": Kind(
        (InvestmentDrafted,),
        (InvestmentSigned,),
        ("agreement",),
        lambda fact: f"{fact.company}: {fact.terms.contracted} {fact.terms.currency}",
        SignInvestmentAgreement,
        WithdrawInvestmentStep,
        by="drafted_by",
        draft=InvestmentDrafted,
        every_writer=True,
        wanted=("document",),
    ),
    "INVESTMENT_AMENDMENT": Kind(
        (InvestmentAmendmentProposed,),
        (InvestmentAmended, InvestmentAmendmentRejected),
        ("agreement", "amendment"),
        _reason,
        ApproveInvestmentAmendment,
        RejectInvestmentAmendment,
    ),
    "CLAWBACK_WAIVER": Kind(
        (ClawbackWaiverProposed,),
        (ClawbackWaived,),
        ("agreement", "clawback", "waiver"),
        _amount,
        ApproveClawbackWaiver,
        WithdrawInvestmentStep,
    ),
    "CHANGE_ORDER": Kind(
        (ChangeOrderProposed,),
        (ChangeOrderApproved, ChangeOrderRejected),
        ("order", "change"),
        _reason,
        ApproveChangeOrder,
        RejectChangeOrder,
    ),
    "WRITE_DOWN": Kind(
        (WriteDownProposed,),
        (StockWrittenDown, WriteDownRejected),
        ("order", "stock_entry"),
        _write_down,
        ApproveWriteDown,
        RejectWriteDown,
    ),
    "OFFTAKE_AGREEMENT": Kind(
        (OfftakeDrafted,),
        (OfftakeExecuted,),
        ("agreement",),
        lambda fact: f"{fact.terms.role}: {fact.terms.buyer}, {fact.terms.starts_on} to {fact.terms.ends_on}",
        ExecuteOfftake,
        WithdrawOfftakeStep,
        by="drafted_by",
        wanted=("document",),
    ),
    "OFFTAKE_AMENDMENT": Kind(
        (OfftakeAmendmentProposed,),
        (OfftakeAmended, OfftakeAmendmentRejected),
        ("agreement", "amendment"),
        _document,
        ApproveOfftakeAmendment,
        RejectOfftakeAmendment,
    ),
    "TERMINATION_PAYMENT": Kind(
        (TerminationPaymentProposed,),
        (TerminationPaymentInvoiced, TerminationPaymentOwed, TerminationPaymentRejected),
        ("agreement", "termination_payment"),
        _termination,
        ApproveTerminationPayment,
        RejectTerminationPayment,
    ),
    "ESTIMATE": Kind(
        (EstimateProposed,),
        (EstimateApproved,),
        ("meter", "estimate"),
        lambda fact: f"{fact.from_on} to {fact.until_on}: {fact.reason}",
        ApproveEstimate,
        WithdrawMeterStep,
    ),
    "STATEMENT": Kind(
        (StatementCalculated,),
        (StatementApproved,),
        ("agreement", "month", "run"),
        _statement,
        ApproveStatement,
        DisputeStatement,
        paused=(StatementDisputed,),
        again=(DisputeWithdrawn,),
        by="calculated_by",
    ),
    "SUPPLIER_PAYMENT": Kind(
        (SupplierPaymentProposed,),
        (SupplierPaid, SupplierPaymentRejected),
        ("payment", "supplier"),
        _payment,
        PaySupplier,
        RejectSupplierPayment,
        wanted=("bank_reference",),
        lists=("documents",),
    ),
    "BANK_PAYMENT": Kind(
        (OwedPaymentProposed,),
        (OwedPaid, OwedPaymentRejected),
        ("payment",),
        _owed,
        PayFromBank,
        RejectBankPayment,
        wanted=("bank_reference",),
        lists=("journals",),
    ),
    "JOURNAL": Kind(
        (JournalProposed,),
        (JournalPosted, JournalRejected),
        ("manual_journal",),
        _by_hand,
        ApproveJournal,
        RejectJournal,
    ),
    "VAT_RETURN": Kind(
        (VatReturnProposed,),
        (VatReturnFiled, VatReturnRejected),
        ("month",),
        _vat,
        FileVatReturn,
        RejectVatReturn,
        lists=("late",),
    ),
}


def proposals(connection: Connection, basis: Basis) -> list[OpenProposal]:
    """The proposals that are open on a basis, the oldest first."""
    zone = datetime.strptime(basis.zone, "%z").tzinfo
    assert zone is not None, "the basis names its zone"
    by_kind: dict[ProposalKind, list[Entry]] = {}
    for entry in every_one(connection, recorded=basis.recorded, names=_kinds_by_name()):
        for kind in _kinds_by_name()[stored_name(type(entry.fact))]:
            by_kind.setdefault(kind, []).append(entry)
    found = [row for kind, entries in by_kind.items() for row in _open(connection, basis, zone, kind, entries)]
    return sorted(found, key=lambda row: row.position)


@cache
def _kinds_by_name() -> dict[str, tuple[ProposalKind, ...]]:
    """The stored names of the facts that matter, and to which kinds: a withdrawal may matter to each."""
    withdrawals = {name: tuple(KINDS) for name, kind in all_facts().items() if kind.withdraws}
    names: dict[str, tuple[ProposalKind, ...]] = {}
    for name, kind in KINDS.items():
        for fact in (*kind.proposed, *kind.decided, *kind.paused, *kind.again):
            names[stored_name(fact)] = (*names.get(stored_name(fact), ()), name)
    return names | withdrawals


def _open(
    connection: Connection, basis: Basis, zone: tzinfo, name: ProposalKind, entries: list[Entry]
) -> Iterator[OpenProposal]:
    """The open proposals of a kind, from the facts that matter to it, in the order recorded."""
    kind = KINDS[name]
    waiting: dict[tuple[Any, ...], Entry] = {}
    undecided: dict[tuple[Any, ...], Entry] = {}
    for entry in standing(entries, lambda entry: entry.fact):
        if entry.fact.withdraws or _counts_from(entry, zone) > basis.effective:
            continue
        for key in kind.about(entry.fact):
            waiting.pop(key, None)
            if isinstance(entry.fact, kind.proposed):
                undecided[key] = entry
            elif isinstance(entry.fact, kind.decided):
                undecided.pop(key, None)
            if key in undecided and not isinstance(entry.fact, kind.paused):
                waiting[key] = undecided[key]
    for entry in waiting.values():
        yield _row(name, kind, entry, zone, _drafts(connection, kind, entry))


def _drafts(connection: Connection, kind: Kind, entry: Entry) -> list[Any]:
    """The facts that say what was submitted, up to the proposal: none where that says it all."""
    if kind.draft is None:
        return []
    known = store.by_tags(connection, [entry.fact.tags[0]])
    before = standing([one for one in known if one.position <= entry.position], lambda one: one.fact)
    return [one.fact for one in before if isinstance(one.fact, kind.draft)]


def _counts_from(entry: Entry, zone: tzinfo) -> date:
    """The day from which a proposal or a decision counts: that of the record, or its own where that is earlier."""
    own: date = getattr(entry.fact, "approved_on", None) or entry.fact.effective_on
    return min(own, entry.recorded_at.astimezone(zone).date())


def _row(name: ProposalKind, kind: Kind, entry: Entry, zone: tzinfo, drafts: list[Any]) -> OpenProposal:
    fact: Any = entry.fact
    names = kind.told(fact)
    if isinstance(fact, RegistrationProposed):
        names = {"company": fact.company, "scheme": "USCC", "value": fact.uscc}
    by: str = getattr(fact, kind.by)
    writers = drafts if kind.every_writer else drafts[-1:]
    units = {premises.unit: None for premises in fact.terms.premises} if kind.units else {}
    lists = {"units": tuple(units)} if units else {name: getattr(fact, name) for name in kind.lists}
    which = {**names, "run": fact.run} if isinstance(fact, StatementCalculated) else names
    return OpenProposal(
        kind=name,
        which=names,
        says=kind.says(drafts[-1] if drafts else fact),
        effective_on=fact.effective_on,
        proposed_by=by,
        authors=tuple(dict.fromkeys((by, *(draft.drafted_by for draft in writers)))),
        proposed_on=entry.recorded_at.astimezone(zone).date(),
        recorded_at=entry.recorded_at,
        approve=command_name(kind.approve),
        approving={**which, **lists} if lists else which,
        wanted=kind.wanted,
        reject=command_name(kind.reject),
        rejecting=_taking_back(kind, fact) if "step" in kind.reject.__struct_fields__ else which,
        data_class=entry.data_class,
        position=entry.position,
    )


def _taking_back(kind: Kind, fact: Any) -> dict[str, Any]:
    """The words of a withdrawal of the proposal itself, where nothing else turns it down."""
    thing = kind.names[0]
    said = {"effective_on": fact.effective_on, thing: getattr(fact, thing), "step": stored_name(type(fact))}
    about = Withdrawn.about_of(fact) if "about" in kind.reject.__struct_fields__ else None
    return said if about is None else {**said, "about": about}

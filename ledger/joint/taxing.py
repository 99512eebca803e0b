"""The VAT return of a month: proposed on the figures of the books, filed by a second person, corrected.

Command           Facts (vat.…)        Who
ProposeVatReturn  return-proposed      finance
RejectVatReturn   return-rejected      finance or an approver
FileVatReturn     return-filed         an approver who is not the proposer: what is payable goes to 2221.03
WithdrawVatReturn return-withdrawn     an approver who did not propose it: its mirror; the month is filed anew

    payable = output − input − import − carried in; what is negative is carried to the next return

A return takes what was posted to its month (2221.01, 2221.02) and stands in no return yet. What is posted to a month
after its return was filed goes into a later one, which names that month as `late`; the latest return can be corrected
instead, while nothing of it is paid: withdrawn, and filed anew. Input VAT that is not certified yet is `held`: a later
return takes it, and names its month as late.

Refusals, in order of precedence
VatRefusal
├── VatReturnUnknown     no return of this month is proposed, or none is filed (unknown)
├── VatReturnIsFiled     this month's return is filed already (conflict)
├── VatMonthNotNext      returns follow month by month, and the latest is withdrawn first
├── VatMonthNotOver      the month still runs; or a step is dated before what it follows
├── LateMonthUnfit       late months come before the return's own, each once; and are those proposed
├── VatNotThere          a purchase that is held has no input VAT in these months that no return took
├── FilerIsProposer      J7: who files, or withdraws, is not who proposed
├── VatFiguresChanged    the books say something else than what was proposed (conflict)
├── VatReturnPaid        something of it is paid, that day or later; that comes back first
└── NoOpenPeriod         of `ledger.periods`
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.billing.balance import DatedAmount
from ledger.bookkeeping.banking.accounts import NO_ACCOUNTS, BankAccounts, evolve_accounts
from ledger.bookkeeping.banking.facts import BankAccountFact
from ledger.bookkeeping.vat.facts import (
    VAT_TAG,
    Figures,
    Taken,
    VatPaid,
    VatPaymentReturned,
    VatReturnFiled,
    VatReturnProposed,
    VatReturnRejected,
    VatReturnWithdrawn,
)
from ledger.books.vat import vat_lines
from ledger.decider import By, Command, Decider, Fact, Id, Refusal, Text, said
from ledger.once.bank import References, with_reference
from ledger.periods import (
    PERIODS_TAG,
    Month,
    PeriodFact,
    Periods,
    PostingFact,
    evolve_periods,
    first_and_last,
    month_after,
    month_of,
    posting_date,
)
from ledger.values.days import Happened
from ledger.values.money import written

# Commands

Months = Annotated[tuple[Month, ...], Meta(max_length=24)]


class ProposeVatReturn(Command, frozen=True, kw_only=True, tag="propose-vat-return"):
    """Propose the VAT return of a month that is over, on what the books say of it now.

    late   earlier months to which something was posted that stands in no return yet
    held   purchases whose input VAT is left for a later return: their tax invoices are not certified yet
    """

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`reject-vat-return`, until it is filed; a newer proposal takes its place as well: `propose-vat-return`."
    )
    month: Month
    late: Months = ()
    held: Annotated[tuple[Id, ...], Meta(max_length=500)] = ()


class RejectVatReturn(Command, frozen=True, kw_only=True, tag="reject-vat-return"):
    """Turn a proposed return down, or take back one of your own."""

    effective_on: Happened
    put_right: ClassVar[str] = "Propose it again: `propose-vat-return`."
    month: Month
    reason: Text


class FileVatReturn(Command, frozen=True, kw_only=True, tag="file-vat-return"):
    """File the return of a month as it was proposed; `effective_on` is the day on which the tax office got it.

    late              the earlier months that were proposed with it
    acknowledgement   what the tax office calls it
    """

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`withdraw-vat-return`, while it is the latest and nothing of it is paid; then it is proposed and filed anew. "
        "Later, what was wrong goes into the next return."
    )
    month: Month
    late: Months = ()
    acknowledgement: Text | None = None


class WithdrawVatReturn(Command, frozen=True, kw_only=True, tag="withdraw-vat-return"):
    """Take the latest return back, to correct it: its postings are mirrored, and what it took is in no return."""

    effective_on: Happened
    put_right: ClassVar[str] = "Propose and file it again: `propose-vat-return`, `file-vat-return`."
    month: Month
    reason: Text


VatCommand = ProposeVatReturn | RejectVatReturn | FileVatReturn | WithdrawVatReturn

# Refusals


class VatRefusal(Refusal):
    """A rule about VAT returns and their payment said no."""


class VatReturnUnknown(VatRefusal):
    """No return of this month is proposed, or none is filed."""

    code = "vat-return-unknown"
    kind = "unknown"


class VatReturnIsFiled(VatRefusal):
    """This month's return is filed already."""

    code = "vat-return-is-filed"
    kind = "conflict"


class VatMonthNotNext(VatRefusal):
    """Returns follow month by month, and the latest is withdrawn first."""

    code = "vat-month-not-next"


class VatMonthNotOver(VatRefusal):
    """The month still runs; or a step is dated before what it follows."""

    code = "vat-month-not-over"


class LateMonthUnfit(VatRefusal):
    """Late months come before the return's own, each once; and are those proposed."""

    code = "vat-late-month-unfit"


class VatNotThere(VatRefusal):
    """A purchase that is held has no input VAT in these months that no return took."""

    code = "vat-not-there"


class FilerIsProposer(VatRefusal):
    """J7: who files, or withdraws, is not who proposed."""

    code = "vat-filer-is-proposer"


class VatFiguresChanged(VatRefusal):
    """The books say something else than what was proposed."""

    code = "vat-figures-changed"
    kind = "conflict"


class VatReturnPaid(VatRefusal):
    """Something of it is paid; that comes back first."""

    code = "vat-return-paid"


# State

NOTHING: Mapping[Any, Any] = MappingProxyType({})
Left = Mapping[tuple[str, str], int]
"""Kind of VAT and purchase (of output: nothing) -> minor units that no return took."""


class Filed(Struct, frozen=True):
    """A return that stands, the proposal that it was, and what it took of each month in the scope."""

    filed: VatReturnFiled
    proposal: VatReturnProposed | None
    took: Mapping[str, Left]


class Taxing(Struct, frozen=True, kw_only=True):
    """The VAT that no return took, of each month of the books in the scope; returns, payments."""

    left: Mapping[str, Left] = NOTHING
    proposed: Mapping[str, VatReturnProposed] = NOTHING
    rejected: Mapping[str, VatReturnRejected] = NOTHING
    filed: Mapping[str, Filed] = NOTHING
    withdrawn: Mapping[str, VatReturnWithdrawn] = NOTHING
    paid: Mapping[str, VatPaid] = NOTHING
    returned: Mapping[str, VatPaymentReturned] = NOTHING
    references: References = NOTHING
    bank_accounts: BankAccounts = NO_ACCOUNTS
    periods: Periods = Periods()

    def paid_of(self, month: str) -> dict[str, int]:
        """The payments of a return that did not come back, by id."""
        standing = (fact for name, fact in self.paid.items() if name not in self.returned)
        return {fact.vat_payment: fact.amount_minor for fact in standing if fact.month == month}

    def owed_by(self, filed: VatReturnFiled) -> DatedAmount:
        """The debt of a return: so much as it came to, less what was paid of it on the days on which that stood."""
        owed = DatedAmount().after(filed, filed.figures.payable_minor)
        for name, paid in self.paid.items():
            if paid.month == filed.month:
                owed = owed.after(paid, -paid.amount_minor)
                back = self.returned.get(name)
                owed = owed if back is None else owed.after(back, paid.amount_minor)
        return owed


# Evolve


def evolve(state: Taxing, fact: Fact) -> Taxing:
    """The state after one more fact; of other contexts postings, periods and bank accounts matter."""
    if isinstance(fact, PostingFact):
        state = replace(_moved(state, fact), references=with_reference(state.references, fact))
    match fact:
        case VatReturnProposed():
            return replace(state, proposed={**state.proposed, fact.month: fact})
        case VatReturnRejected():
            return replace(
                state, proposed=_without(state.proposed, fact.month), rejected={**state.rejected, fact.month: fact}
            )
        case VatReturnFiled():
            return _taken(state, fact)
        case VatReturnWithdrawn():
            return _given_back(state, fact)
        case VatPaid():
            return replace(state, paid={**state.paid, fact.vat_payment: fact})
        case VatPaymentReturned():
            return replace(state, returned={**state.returned, fact.vat_payment: fact})
        case BankAccountFact():
            return replace(state, bank_accounts=evolve_accounts(state.bank_accounts, fact))
        case PeriodFact():
            return replace(state, periods=evolve_periods(state.periods, fact))
    return state


def _moved(state: Taxing, fact: PostingFact) -> Taxing:
    lines = [line for line in vat_lines(fact) if line.kind != "TRANSFER"]
    if not lines:
        return state
    month = month_of(fact.accounting_on)
    left = dict(state.left.get(month, NOTHING))
    for line in lines:
        key = (line.kind, "" if line.kind == "OUTPUT" else line.document)
        left[key] = left.get(key, 0) + line.vat_minor
    return replace(state, left={**state.left, month: left})


def _taken(state: Taxing, fact: VatReturnFiled) -> Taxing:
    """The return takes what is left of its months, but for what it holds."""
    left, took = dict(state.left), dict[str, Left]()
    for one in fact.figures.taken:
        there = left.get(one.month, NOTHING)
        took[one.month] = {key: vat for key, vat in there.items() if key[1] not in fact.figures.held}
        left[one.month] = {key: vat for key, vat in there.items() if key[1] in fact.figures.held}
    filed = Filed(fact, state.proposed.get(fact.month), took)
    proposed = _without(state.proposed, fact.month)
    return replace(state, left=left, proposed=proposed, filed={**state.filed, fact.month: filed})


def _without(of: Mapping[str, Any], month: str) -> dict[str, Any]:
    return {name: one for name, one in of.items() if name != month}


def _given_back(state: Taxing, fact: VatReturnWithdrawn) -> Taxing:
    left, known = dict(state.left), state.filed.get(fact.month)
    for month, took in (known.took if known is not None else NOTHING).items():
        there = left.get(month, NOTHING)
        left[month] = {key: there.get(key, 0) + took.get(key, 0) for key in {**there, **took}}
    filed = _without(state.filed, fact.month)
    return replace(state, left=left, filed=filed, withdrawn={**state.withdrawn, fact.month: fact})


# Scope


def scope(command: VatCommand) -> tuple[str, ...]:
    """All returns and payments, the periods; what posted to the months of a return."""
    match command:
        case ProposeVatReturn() | FileVatReturn():
            months = sorted({command.month, *command.late})
            return (VAT_TAG, PERIODS_TAG, *(f"books:{month}" for month in months))
    return (VAT_TAG, PERIODS_TAG)


# Decide


def decide(state: Taxing, command: VatCommand, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    match command:
        case ProposeVatReturn():
            return _propose(state, command, by)
        case RejectVatReturn():
            return _reject(state, command, by)
        case FileVatReturn():
            return _file(state, command, by)
        case WithdrawVatReturn():
            return _withdraw(state, command, by)


# Returns


def _propose(state: Taxing, command: ProposeVatReturn, by: By) -> Sequence[Fact]:
    known = state.filed.get(command.month)
    if known is not None:
        if known.proposal is not None and _says(known.proposal, command):
            return ()
        raise VatReturnIsFiled(
            f"the return of {command.month} was filed on {known.filed.effective_on}; what came later goes into the "
            "next one, or withdraw it first (withdraw-vat-return)",
            field="month",
        )
    _check_next(state, command.month)
    _check_over(command.month, command)
    if {*command.late} & {command.month} or len({*command.late}) < len(command.late) or _after(command):
        raise LateMonthUnfit(f"late months come before {command.month}, each is named once", field="late")
    proposal = VatReturnProposed(
        effective_on=command.effective_on,
        month=command.month,
        figures=figures_of(state, command.month, command.late, command.held),
        proposed_by=by.actor,
    )
    before = state.proposed.get(command.month)
    return () if before is not None and before.asked == proposal.asked else (proposal,)


def _reject(state: Taxing, command: RejectVatReturn, by: By) -> Sequence[Fact]:
    proposal = state.proposed.get(command.month)
    if proposal is None:
        before = state.rejected.get(command.month)
        if before is not None and before.asked == said(VatReturnRejected, command):
            return ()
        raise VatReturnUnknown(f"no return of {command.month} waits for a second person", field="month")
    if command.effective_on < proposal.effective_on:
        raise VatMonthNotOver(f"it was proposed on {proposal.effective_on}", field="effective_on")
    return (
        VatReturnRejected(
            effective_on=command.effective_on, month=command.month, reason=command.reason, rejected_by=by.actor
        ),
    )


def _after(command: ProposeVatReturn) -> list[str]:
    return [month for month in command.late if month > command.month]


def _says(proposal: VatReturnProposed, command: ProposeVatReturn) -> bool:
    """Tell whether a proposal was asked for in just these words."""
    months = sorted({command.month, *command.late})
    said_months = [one.month for one in proposal.figures.taken]
    asked = (command.effective_on, months, sorted(command.held))
    return asked == (proposal.effective_on, said_months, sorted(proposal.figures.held))


def figures_of(state: Taxing, month: str, late: Sequence[str], held: Sequence[str]) -> Figures:
    """The figures of a month's return as the books are now. Raises VatNotThere."""
    months = sorted({month, *late})
    there = {document for each in months for _, document in state.left.get(each, NOTHING)}
    if missing := sorted({*held} - there):
        raise VatNotThere(
            f"no input VAT of {', '.join(missing)} is left in {', '.join(months)}; name purchases of these months",
            field="held",
        )
    last = max((one for one in state.filed if one < month), default=None)
    return Figures(
        taken=tuple(_of_month(each, state.left.get(each, NOTHING), held) for each in months),
        held=tuple(sorted(held)),
        carried_in_minor=0 if last is None else state.filed[last].filed.figures.carried_out_minor,
    )


def _of_month(month: str, left: Left, held: Sequence[str]) -> Taken:
    sums = {"OUTPUT": 0, "INPUT": 0, "IMPORT": 0}
    for (kind, document), vat in left.items():
        if document not in held:
            sums[kind] += vat
    return Taken(month=month, output_minor=sums["OUTPUT"], input_minor=sums["INPUT"], import_minor=sums["IMPORT"])


def _check_next(state: Taxing, month: str) -> None:
    """Returns follow one another; the first may be of any month. Raises VatMonthNotNext."""
    last = max(state.filed, default=None)
    if last is not None and month != month_after(last):
        raise VatMonthNotNext(
            f"the latest return is of {last}: the next is of {month_after(last)}, not of {month}", field="month"
        )


def _check_over(month: str, command: Command) -> None:
    _, end = first_and_last(month)
    if command.effective_on < end:
        raise VatMonthNotOver(
            f"{month} runs through {end}; its return is proposed and filed then or later", field="effective_on"
        )


def _file(state: Taxing, command: FileVatReturn, by: By) -> Sequence[Fact]:
    month, known = command.month, state.filed.get(command.month)
    if known is not None:
        if known.filed.asked == said(VatReturnFiled, command):
            return ()
        raise VatReturnIsFiled(f"the return of {month} was filed on {known.filed.effective_on}", field="month")
    proposal = state.proposed.get(month)
    if proposal is None:
        raise VatReturnUnknown(f"no return of {month} is proposed: propose-vat-return first", field="month")
    _check_next(state, month)
    if command.effective_on < proposal.effective_on:
        raise VatMonthNotOver(
            f"it was proposed on {proposal.effective_on}; it is filed then or later", field="effective_on"
        )
    proposed_months = [one.month for one in proposal.figures.taken]
    if proposed_months != sorted({month, *command.late}):
        late = ", ".join(one for one in proposed_months if one != month) or "none"
        raise LateMonthUnfit(f"the late months that were proposed are: {late}; name just these", field="late")
    if proposal.proposed_by == by.actor:
        raise FilerIsProposer(f"{by.actor} proposed the return of {month}; a second person files it")
    now = figures_of(state, month, command.late, proposal.figures.held)
    if now != proposal.figures:
        was = proposal.figures.payable_minor, proposal.figures.carried_out_minor
        now_is = now.payable_minor, now.carried_out_minor
        raise VatFiguresChanged(
            f"payable and carried on were {written(was[0])} and {written(was[1])}, and are {written(now_is[0])} and "
            f"{written(now_is[1])} by what was recorded since; propose the return anew",
            field="month",
        )
    _, end = first_and_last(month)
    return (
        VatReturnFiled(
            effective_on=command.effective_on,
            accounting_on=posting_date(state.periods, end, by.role),
            month=month,
            figures=now,
            acknowledgement=command.acknowledgement,
            proposed_by=proposal.proposed_by,
            filed_by=by.actor,
        ),
    )


def _withdraw(state: Taxing, command: WithdrawVatReturn, by: By) -> Sequence[Fact]:
    month, known = command.month, state.filed.get(command.month)
    if known is None:
        before = state.withdrawn.get(month)
        if before is not None and before.asked == said(VatReturnWithdrawn, command):
            return ()
        raise VatReturnUnknown(f"no return of {month} is filed", field="month")
    if month != max(state.filed):
        raise VatMonthNotNext(
            f"the return of {max(state.filed)} rests on it; withdraw the latest first, or let the next return take "
            "what was wrong",
            field="month",
        )
    filed = known.filed
    if command.effective_on < filed.effective_on:
        raise VatMonthNotOver(f"it was filed on {filed.effective_on}", field="effective_on")
    if filed.proposed_by == by.actor:
        raise FilerIsProposer(f"{by.actor} proposed the return of {month}; a second person withdraws it")
    if payments := sorted(state.paid_of(month)):
        raise VatReturnPaid(
            f"{', '.join(payments)} pays it: return-vat-payment first, or let the next return take what was wrong"
        )
    back = {name: fact.effective_on for name, fact in state.returned.items() if fact.reversed.month == month}
    if back and command.effective_on < (last := max(back.values())):
        names = ", ".join(sorted(name for name, on in back.items() if on > command.effective_on))
        raise VatReturnPaid(f"{names} paid it until {last}; it is withdrawn then or later", field="effective_on")
    return (
        VatReturnWithdrawn(
            effective_on=command.effective_on,
            accounting_on=posting_date(state.periods, filed.accounting_on, by.role),
            month=month,
            reversed=filed,
            reason=command.reason,
            withdrawn_by=by.actor,
        ),
    )


COMMANDS = (ProposeVatReturn, RejectVatReturn, FileVatReturn, WithdrawVatReturn)
TAXING: Decider[VatCommand, Taxing] = Decider(COMMANDS, Taxing(), scope, evolve, decide)

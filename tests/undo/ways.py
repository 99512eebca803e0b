"""How what a command recorded is put right, as its `put_right` says: the vocabulary of the tables beside.

Way         a story at a desk in three parts, divided by `yield`: what is given, the mistake, putting it right
At          a way, and the command of the demonstration before whose first line it begins
mistaken    that line is the mistake, and such commands put it right
taken_back  that line stands and is taken back by mistake; recorded again it is as it was
withdrawal  the command that withdraws a fact; WITHDRAWN: withdraws what a command recorded, the latest first
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ledger.bookkeeping.banking.facts import BankAccountFact
from ledger.bookkeeping.banking.opening import WithdrawBankAccountStep
from ledger.claims import PublicClaimRecorded, WithdrawClaim
from ledger.companies.facts import CompanyFact
from ledger.companies.withdrawing import WithdrawCompanyStep
from ledger.decider import Command, Fact, stored_name
from ledger.estate.facts import EstateFact
from ledger.estate.withdrawing import WithdrawEstateStep
from ledger.investment.facts import InvestmentFact
from ledger.investment.withdrawing import WithdrawInvestmentStep
from ledger.joint.diary import EntryFact, WithdrawDiaryStep
from ledger.leases.facts import LeaseFact, LeaseHolds
from ledger.leases.withdrawing import WithdrawLeaseStep
from ledger.offtake.facts import OfftakeFact
from ledger.offtake.meters.facts import MeterFact, PricesReceived
from ledger.offtake.meters.price_series import WithdrawPriceStep
from ledger.offtake.withdrawing import WithdrawMeterStep, WithdrawOfftakeStep
from ledger.orders.facts import OrderFact
from ledger.orders.mistakes.withdrawing import WithdrawOrderStep
from ledger.periods import PeriodFact, PostingFact, WithdrawPeriodStep
from ledger.rates import RateApproved, RateRejected, WithdrawRateStep
from ledger.values.evidence import Evidence
from tests.undo.desk import Desk, Line

WHY = "a mistake (demo)"
PAPER = Evidence(doc="paper (demo)", sha256="ab" * 32)

Way = Callable[[Desk, Line], Iterator[None]]
Right = Callable[[Any, tuple[Fact, ...]], Iterable[Command]]


class At(NamedTuple):
    """A way, and the command of the demonstration before whose first line it begins."""

    first: type[Command]
    way: Way


def mistaken(right: Right) -> Way:
    """The line is the mistake; what `right` makes of it and its facts puts it right."""

    def way(desk: Desk, line: Line) -> Iterator[None]:
        yield
        facts = desk.do(line.command, line.by)
        yield
        for command in right(line.command, facts):
            desk.do(command)

    return way


def taken_back(right: Right, **ids: str) -> Way:
    """The line stands, and is taken back by mistake; recorded again, under other ids, it is as it was."""

    def way(desk: Desk, line: Line) -> Iterator[None]:
        facts = desk.do(line.command, line.by)
        yield
        for command in right(line.command, facts):
            desk.do(command)
        yield
        desk.again(line.command, line.by, **ids)

    return way


def withdrawal(fact: Any, **more: Any) -> Command:
    """The command that withdraws a fact."""
    named: dict[str, Any] = {"effective_on": fact.effective_on, "step": stored_name(type(fact)), "reason": WHY, **more}
    about = getattr(fact, "about", None)
    match fact:
        case PublicClaimRecorded():
            return WithdrawClaim(effective_on=fact.effective_on, claim=fact.claim, reason=WHY)
        case EntryFact():
            return WithdrawDiaryStep(effective_on=fact.effective_on, entry=fact.entry, reason=WHY)
        case CompanyFact():
            return WithdrawCompanyStep(**named, company=fact.company, about=about)
        case EstateFact():
            tags = [tag.partition(":")[::2] for tag in fact.tags]
            things: dict[str, Any] = {kind: name for kind, name in tags if kind in ("site", "parcel", "building")}
            return WithdrawEstateStep(**named, **things, units=tuple(name for kind, name in tags if kind == "unit"))
        case RateApproved() | RateRejected():
            return WithdrawRateStep(**named, rate=fact.rate)
        case BankAccountFact():
            return WithdrawBankAccountStep(**named, bank_account=fact.bank_account)
        case PeriodFact():
            return WithdrawPeriodStep(**named, month=fact.month)
        case LeaseFact() | LeaseHolds():
            return WithdrawLeaseStep(**named, lease=fact.lease, about=getattr(fact, "amendment", None))
        case InvestmentFact():
            return WithdrawInvestmentStep(**named, agreement=fact.agreement, about=about)
        case OrderFact():
            return WithdrawOrderStep(**named, order=fact.order, about=getattr(fact, "milestone", None))
        case OfftakeFact():
            return WithdrawOfftakeStep(**named, agreement=fact.agreement, about=about)
        case PricesReceived():
            return WithdrawPriceStep(**named, series=fact.series, about=fact.month)
        case MeterFact():
            return WithdrawMeterStep(**named, meter=fact.meter, about=about)
    raise AssertionError(f"{fact} is not withdrawn")


def withdraw(_command: Command, facts: Sequence[Fact]) -> Iterator[Command]:
    """Withdraw what a command recorded, the latest first; what posted with it goes with it."""
    return (withdrawal(fact) for fact in reversed(facts) if not isinstance(fact, PostingFact))


WITHDRAWN = mistaken(withdraw)

"""The rules that all commands about investment agreements share: refusals, what a decision sees, checks.

Refusals, in order of precedence
InvestmentRefusal
├── InvestmentUnknown          no such agreement (unknown)
├── InvestmentExists           this id is another company's agreement (conflict)
├── those that say a thing named is unknown (unknown), of the command's own part
├── InvestmentAmountMalformed  more decimals than the currency has, or nothing at all
├── InvestmentStateForbids     this step does not start from the agreement's state
├── InvestmentStepTooEarly     nothing is effective before what it rests on
├── those of the command's own part, in the order its file draws them
├── InvestmentGroundGone       something decided on a day would lose its ground on that day: it goes first
├── InvestmentRateMissing      no exchange rate is approved for the date
├── BankReferenceTaken         of `ledger.billing`, B5: the bank's reference is recorded already (conflict)
└── NoOpenPeriod               of `ledger.periods`: nothing can be posted

Investments    the facts of one scope, folded: what a decision sees
check_place    the state and the day from which a step starts
agreement_of, terms_of, cny, amount_in, not_before, rate_on, posts_on   what several parts ask
agreement_tags, converting_tags, posting_tags   scopes
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from msgspec import Struct

from ledger.bookkeeping.banking.accounts import NO_ACCOUNTS, BankAccounts
from ledger.companies.company import Company
from ledger.decider import Asked, By, Command, Fact, Id, Refusal
from ledger.investment.facts import AnyInvestmentFact
from ledger.investment.standing import NOTHING, REACHES, STARTS, InvestmentAgreement, as_of, evolve_agreement
from ledger.investment.terms import FX_TAGS, InvestmentTerms, decimals, in_minor, series_of
from ledger.once.bank import References
from ledger.periods import PERIODS_TAG, Periods, posting_date
from ledger.rates import NO_RATES, Rates, value_on
from ledger.values.days import Happened
from ledger.values.money import EXPONENT, minor

# Commands


class InvestmentCommand(Command, frozen=True, kw_only=True):
    """Something asked about one investment agreement."""

    effective_on: Happened
    agreement: Id


# Refusals


class InvestmentRefusal(Refusal):
    """A rule about investment agreements said no."""


class InvestmentUnknown(InvestmentRefusal):
    """No such agreement."""

    code = "investment-unknown"
    kind = "unknown"


class InvestmentExists(InvestmentRefusal):
    """This id is another company's agreement."""

    code = "investment-exists"
    kind = "conflict"


class InvestmentAmountMalformed(InvestmentRefusal):
    """More decimals than the currency has, or nothing at all."""

    code = "investment-amount-malformed"


class InvestmentStateForbids(InvestmentRefusal):
    """This step does not start from the agreement's state."""

    code = "investment-state-forbids"


class InvestmentStepTooEarly(InvestmentRefusal):
    """Nothing is effective before what it rests on."""

    code = "investment-step-too-early"


class InvestmentGroundGone(InvestmentRefusal):
    """Something that was decided would lose its ground."""

    code = "investment-ground-gone"


class InvestmentRateMissing(InvestmentRefusal):
    """No exchange rate is approved for the date."""

    code = "investment-rate-missing"


# State


class Investments(Struct, frozen=True, kw_only=True):
    """The facts of one scope, folded.

    recorded         of each agreement the facts that stand, in the order recorded
    asked            what was asked for and still stands
    bank_references  which payment has which
    bank_accounts    on which of them money may move
    """

    agreements: Mapping[str, InvestmentAgreement] = NOTHING
    recorded: Mapping[str, tuple[AnyInvestmentFact, ...]] = NOTHING
    asked: Asked = MappingProxyType({})
    companies: Mapping[str, Company] = NOTHING
    rates: Rates = NO_RATES
    periods: Periods = Periods()
    bank_references: References = MappingProxyType({})
    bank_accounts: BankAccounts = NO_ACCOUNTS

    def on(self, agreement: str, day: date) -> InvestmentAgreement:
        """An agreement as it is on a day; as it began, on a day before that."""
        facts = self.recorded[agreement]
        return as_of(facts, day) or evolve_agreement(None, facts[0])


# What several parts ask


def agreement_of(state: Investments, command: InvestmentCommand) -> InvestmentAgreement:
    """The agreement that a command is about. Raises InvestmentUnknown."""
    agreement = state.agreements.get(command.agreement)
    if agreement is None:
        raise InvestmentUnknown(
            f"there is no investment agreement {command.agreement}; draft-investment-agreement first",
            field="agreement",
        )
    return agreement


def check_place(agreement: InvestmentAgreement, kind: type[Fact], command: InvestmentCommand) -> None:
    """Check that a fact may follow from the agreement's state, and on this day.

    Raises InvestmentStateForbids, InvestmentStepTooEarly.
    """
    if agreement.state not in STARTS[kind]:
        raise InvestmentStateForbids(
            f"{agreement.agreement} is {agreement.state}; this step starts from {', '.join(sorted(STARTS[kind]))}"
        )
    if kind in REACHES:
        not_before(command.effective_on, agreement.since, f"{agreement.agreement} is {agreement.state}")
    elif agreement.signed_on is not None:
        not_before(command.effective_on, agreement.signed_on, f"{agreement.agreement} was signed")


def terms_of(agreement: InvestmentAgreement, on: date) -> InvestmentTerms:
    """The terms as they are agreed on a day, or drafted."""
    terms = agreement.terms_on(on)
    assert terms is not None, "an agreement begins with a draft"
    return terms


def cny(amount: str, *, field: str = "amount") -> int:
    """Minor units of an amount in CNY. Raises InvestmentAmountMalformed for nothing."""
    return _not_nothing(minor(amount), field)


def amount_in(amount: str, currency: str, *, field: str = "amount") -> int:
    """Minor units of an amount of a currency. Raises InvestmentAmountMalformed."""
    if (written := decimals(amount)) > EXPONENT[currency]:
        raise InvestmentAmountMalformed(
            f"{currency} has {EXPONENT[currency]} decimals, {amount} has {written}", field=field
        )
    return _not_nothing(in_minor(amount, currency), field)


def _not_nothing(amount_minor: int, field: str) -> int:
    if amount_minor == 0:
        raise InvestmentAmountMalformed("an amount of nothing records nothing; say how much it is", field=field)
    return amount_minor


def not_before(on: date, day: date, what: str) -> None:
    """Check that a step is not effective before what it rests on. Raises InvestmentStepTooEarly."""
    if on < day:
        raise InvestmentStepTooEarly(f"{what} on {day}; this is not earlier", field="effective_on")


def rate_on(state: Investments, currency: str, on: date) -> str | None:
    """CNY for one unit of a currency on a day; None for CNY itself. Raises InvestmentRateMissing."""
    if currency == "CNY":
        return None
    series = series_of(currency)
    rate = value_on(state.rates, series, on)
    if rate is None:
        raise InvestmentRateMissing(
            f"no rate of {series} is approved for {on}: propose one (propose-rate, series {series}, effective on {on} "
            "or before) and let somebody else approve it (approve-rate)",
            field="currency",
        )
    return rate


def posts_on(state: Investments, on: date, by: By, *no_earlier: date) -> date:
    """The day of the books on which a fact of this date posts: not before those, on which the books have what it rests
    on. Raises NoOpenPeriod."""
    return posting_date(state.periods, max(on, *no_earlier) if no_earlier else on, by.role)


# Scope


def agreement_tags(command: InvestmentCommand) -> tuple[str, ...]:
    """The agreement, which every command must see."""
    return (f"investment:{command.agreement}",)


def converting_tags(command: InvestmentCommand) -> tuple[str, ...]:
    """The agreement, and every exchange rate: which one is needed is known only when the agreement is."""
    return (*agreement_tags(command), *FX_TAGS)


def posting_tags(command: InvestmentCommand) -> tuple[str, ...]:
    """The agreement, and every period."""
    return (*agreement_tags(command), PERIODS_TAG)

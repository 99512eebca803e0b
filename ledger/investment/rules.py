"""What any command about an investment agreement can meet: the refusals they share, what a decision sees, the parts.

Refusals, in order of precedence
InvestmentRefusal
├── InvestmentUnknown          no such agreement (unknown)
├── InvestmentExists           this id is another company's agreement (conflict)
├── those that say a thing named is unknown (unknown), of the command's own part
├── InvestmentAmountMalformed  more decimals than the currency has, or nothing at all
├── InvestmentStateForbids     this step does not start from the agreement's state
├── InvestmentStepTooEarly     nothing is effective before what it rests on
├── those of the command's own part, in the order its file draws them
├── InvestmentRateMissing      no exchange rate is approved for the date
├── BankReferenceTaken         of `ledger.billing`, B5: the bank's reference is recorded already (conflict)
└── NoOpenPeriod               of `ledger.periods`: nothing can be posted

Investments   what the facts of one scope tell
Part          one sub-domain: its commands, facts and rules
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from ledger.billing.account import Billing
from ledger.companies.company import Company
from ledger.decider import By, Command, Fact, Id, Refusal
from ledger.investment.standing import Agreement, InvestmentState
from ledger.investment.terms import InvestmentTerms, decimals, in_minor, series_of
from ledger.periods import Periods, posting_date
from ledger.rates import NO_RATES, Rates, value_on
from ledger.values.money import EXPONENT, minor

NOTHING: Mapping[str, Any] = MappingProxyType({})


class InvestmentCommand(Command, frozen=True, kw_only=True):
    """Something asked about one investment agreement."""

    agreement: Id


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


class InvestmentRateMissing(InvestmentRefusal):
    """No exchange rate is approved for the date."""

    code = "investment-rate-missing"


class Investments(Struct, frozen=True, kw_only=True):
    """What the facts of one scope tell.

    asked     what was asked for and still stands
    banks     bank references, as billing folds them
    """

    agreements: Mapping[str, Agreement] = NOTHING
    asked: Mapping[tuple[Any, ...], tuple[Any, ...]] = MappingProxyType({})
    companies: Mapping[str, Company] = NOTHING
    rates: Rates = NO_RATES
    periods: Periods = Periods()
    banks: Billing = Billing()


@dataclass(frozen=True)
class Part:
    """One sub-domain.

    facts   command -> the fact it asks for
    starts  fact -> the states from which it may follow
    given   what a command says, in the fact's terms, beside the fields of the same name; raises where it names nothing
    told    what the state says: the derived fields; raises where a rule forbids it
    scope   the tags a command must see beside its agreement
    """

    facts: Mapping[type[InvestmentCommand], type[Any]]
    starts: Mapping[type[Fact], frozenset[InvestmentState]]
    given: Callable[[Agreement, Any], dict[str, Any]]
    told: Callable[[Investments, Agreement, Any, By], dict[str, Any]]
    scope: Callable[[Any], tuple[str, ...]]


BINDING: frozenset[InvestmentState] = frozenset({"SIGNED", "IN_PERFORMANCE", "FULFILLED", "BREACHED"})
"""The agreement is signed and has not ended."""

SETTLING_UP: frozenset[InvestmentState] = BINDING | {"TERMINATED"}
"""It may be over, and what is owed back is not."""


def terms_of(agreement: Agreement) -> InvestmentTerms:
    """The terms of an agreement that was drafted."""
    assert agreement.terms is not None, "an agreement begins with a draft"
    return agreement.terms


def cny(amount: str, *, field: str = "amount") -> int:
    """Minor units of an amount in CNY. Raises InvestmentAmountMalformed for nothing."""
    return _something(minor(amount), field)


def amount_in(amount: str, currency: str, *, field: str = "amount") -> int:
    """Minor units of an amount of a currency. Raises InvestmentAmountMalformed."""
    if (written := decimals(amount)) > EXPONENT[currency]:
        raise InvestmentAmountMalformed(
            f"{currency} has {EXPONENT[currency]} decimals, {amount} has {written}", field=field
        )
    return _something(in_minor(amount, currency), field)


def _something(amount_minor: int, field: str) -> int:
    if amount_minor == 0:
        raise InvestmentAmountMalformed("an amount of nothing records nothing; say how much it is", field=field)
    return amount_minor


def not_before(on: date, day: date, what: str) -> None:
    """Raises InvestmentStepTooEarly."""
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


def posts_on(state: Investments, on: date, by: By) -> date:
    """Where a fact of this date posts. Raises NoOpenPeriod."""
    return posting_date(state.periods, on, by.role)

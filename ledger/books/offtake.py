"""What energy offtake posts (domain §8). An OBSERVER's agreement has none of these facts.

Fact (energy.…)            Dr                                       Cr
invoiced                   receivables gross                        energy net, output-vat; of a settlement agent
                                                                    payables (generator), settlement-service, output-vat
take-or-pay-invoiced       receivables gross                        make-up (with a make-up right) or energy, output-vat
late-fee-assessed          receivables gross                        other-income net, output-vat; of a settlement agent
                                                                    payables (generator)
termination-payment-       receivables gross                        other-income net, output-vat; of a settlement agent
  invoiced                                                          payables (generator)
credited                   the mirror of one of these
credit-taken-back          the mirror of credited, or of guarantee-ld-credited
make-up-taken, -expired    make-up                                  energy
make-up-restored           the mirror of one of these
guarantee-ld-credited      energy; of a settlement agent payables   receivables
guarantee-ld-assessed      energy                                   payables
guarantee-ld-reversed      payables                                 energy
termination-payment-owed   other-income                             payables
  …-reversed               payables                                 other-income
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ledger.books.line import Line
from ledger.decider import Fact
from ledger.offtake.charges.facts import (
    EnergyLateFeeAssessed,
    TerminationPaymentInvoiced,
    TerminationPaymentOwed,
    TerminationPaymentReversed,
)
from ledger.offtake.facts import (
    EnergyCredited,
    EnergyCreditTakenBack,
    EnergyInvoiced,
    GuaranteeLdAssessed,
    GuaranteeLdCredited,
    GuaranteeLdReversed,
    MakeUpExpired,
    MakeUpRestored,
    MakeUpTaken,
    TakeOrPayInvoiced,
)
from ledger.periods import month_of

OTHER: Mapping[str, str] = {"LATE_FEE": "other-income", "TERMINATION_FEE": "other-income"}
"""The account of a charge that is no energy."""


def _invoiced(fact: EnergyInvoiced) -> Iterator[Line]:
    return _document(fact, "energy", 1)


def _take_or_pay(fact: TakeOrPayInvoiced) -> Iterator[Line]:
    return _document(fact, "make-up" if fact.make_up else "energy", 1)


def _other(fact: EnergyLateFeeAssessed | TerminationPaymentInvoiced) -> Iterator[Line]:
    return _document(fact, OTHER[fact.charge], 1)


def _credited(fact: EnergyCredited) -> Iterator[Line]:
    return _document(fact, "make-up" if fact.make_up else OTHER.get(fact.charge, "energy"), -1)


def _taken_back(fact: EnergyCreditTakenBack) -> Iterator[Line]:
    """Negative amounts, posted as what they take back was."""
    if fact.charge == "GUARANTEE_LD":
        return _damages_off(fact, fact.service_month)
    return _document(fact, OTHER.get(fact.charge, "energy"), -1)


Documents = EnergyInvoiced | TakeOrPayInvoiced | EnergyLateFeeAssessed | TerminationPaymentInvoiced
Amounts = Documents | EnergyCredited | EnergyCreditTakenBack


def _document(fact: Amounts, income: str, sign: int) -> Iterator[Line]:
    """The debt of the buyer, and what it is to us: income, month by month, or owed to the generator less our fee."""
    about: dict[str, Any] = {
        "company": fact.company,
        "lease": fact.lease,
        "document": fact.invoice,
        "stream": fact.charge,
    }
    yield Line(account="receivables", amount_minor=sign * fact.gross_minor, **about)
    about["service_month"] = month_of(fact.lines[0].from_on)
    if fact.generator is None:
        for month, net in (part for line in fact.lines for part in line.by_month):
            yield Line(account=income, amount_minor=-sign * net, **{**about, "service_month": month})
        yield Line(account="output-vat", amount_minor=-sign * fact.vat_minor, **about)
        return
    kept = fact.fee_minor + fact.fee_vat_minor
    owed = {**about, "company": fact.generator}
    yield Line(account="payables", amount_minor=-sign * (fact.gross_minor - kept), **owed)
    yield Line(account="settlement-service", amount_minor=-sign * fact.fee_minor, **owed)
    yield Line(account="output-vat", amount_minor=-sign * fact.fee_vat_minor, **owed)


def _made_up(fact: MakeUpTaken | MakeUpExpired | MakeUpRestored) -> Iterator[Line]:
    amount = sum(lot.net_minor for lot in fact.lots)
    amount = -amount if isinstance(fact, MakeUpRestored) else amount
    about: dict[str, Any] = {"company": fact.company, "document": fact.agreement, "stream": "TAKE_OR_PAY"}
    about["service_month"] = month_of(fact.effective_on)
    yield Line(account="make-up", amount_minor=amount, **about)
    yield Line(account="energy", amount_minor=-amount, **about)


def _damages_credited(fact: GuaranteeLdCredited) -> Iterator[Line]:
    return _damages_off(fact, month_of(fact.effective_on))


def _damages_off(fact: GuaranteeLdCredited | EnergyCreditTakenBack, service_month: str) -> Iterator[Line]:
    about: dict[str, Any] = {"lease": fact.lease, "document": fact.invoice, "stream": fact.charge}
    about["service_month"] = service_month
    account = "energy" if fact.generator is None else "payables"
    yield Line(account=account, amount_minor=fact.gross_minor, company=fact.generator or fact.company, **about)
    yield Line(account="receivables", amount_minor=-fact.gross_minor, company=fact.company, **about)


def _damages_owed(fact: GuaranteeLdAssessed | GuaranteeLdReversed) -> Iterator[Line]:
    amount, service_month = fact.amount_minor, month_of(fact.effective_on)
    if isinstance(fact, GuaranteeLdReversed):
        amount, service_month = -amount, fact.service_month or service_month
    about: dict[str, Any] = {"company": fact.company, "document": fact.agreement, "stream": "GUARANTEE_LD"}
    about["service_month"] = service_month
    yield Line(account="energy", amount_minor=amount, **about)
    yield Line(account="payables", amount_minor=-amount, **about)


def _termination_owed(fact: TerminationPaymentOwed | TerminationPaymentReversed) -> Iterator[Line]:
    amount = -fact.amount_minor if isinstance(fact, TerminationPaymentReversed) else fact.amount_minor
    about: dict[str, Any] = {"company": fact.company, "document": fact.termination_payment}
    about |= {"stream": "TERMINATION_FEE", "service_month": month_of(fact.ended_on)}
    yield Line(account=OTHER["TERMINATION_FEE"], amount_minor=amount, **about)
    yield Line(account="payables", amount_minor=-amount, **about)


RULES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    EnergyInvoiced: _invoiced,
    **dict.fromkeys((EnergyLateFeeAssessed, TerminationPaymentInvoiced), _other),
    TakeOrPayInvoiced: _take_or_pay,
    EnergyCredited: _credited,
    EnergyCreditTakenBack: _taken_back,
    GuaranteeLdCredited: _damages_credited,
    GuaranteeLdAssessed: _damages_owed,
    GuaranteeLdReversed: _damages_owed,
    TerminationPaymentOwed: _termination_owed,
    TerminationPaymentReversed: _termination_owed,
    MakeUpTaken: _made_up,
    MakeUpExpired: _made_up,
    MakeUpRestored: _made_up,
}

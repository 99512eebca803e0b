"""Commands: investment.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command, Evidence
from api.client.terms import InvestmentTerms


class DraftInvestmentAgreement(Command, frozen=True, kw_only=True, tag="draft-investment-agreement"):
    """Write down what is to be agreed; written again, it takes the place of the earlier draft."""

    effective_on: date
    agreement: str
    company: str
    terms: InvestmentTerms


class SignInvestmentAgreement(Command, frozen=True, kw_only=True, tag="sign-investment-agreement"):
    """Record that both sides signed the newest draft. `effective_on` is the day of the signatures."""

    effective_on: date
    agreement: str
    document: Evidence


class ProposeInvestmentAmendment(Command, frozen=True, kw_only=True, tag="propose-investment-amendment"):
    """Ask for other terms: state all of them."""

    effective_on: date
    agreement: str
    amendment: str
    terms: InvestmentTerms
    reason: str
    document: Evidence


class ApproveInvestmentAmendment(Command, frozen=True, kw_only=True, tag="approve-investment-amendment"):
    """Agree to what somebody else proposed. It binds from `effective_on` on."""

    effective_on: date
    agreement: str
    amendment: str


class RejectInvestmentAmendment(Command, frozen=True, kw_only=True, tag="reject-investment-amendment"):
    """Leave the agreement as it is."""

    effective_on: date
    agreement: str
    amendment: str
    reason: str


class RecordContribution(Command, frozen=True, kw_only=True, tag="record-contribution"):
    """Record what the investor paid in, spent or lent. `effective_on` is the value date.

    kind        CAPITAL, LOAN, or FAI: spent on land, buildings and equipment
    utilised    it counts as foreign investment actually utilised
    evidence    a bank's advice, a capital verification, an audit of construction
    """

    effective_on: date
    agreement: str
    contribution: str
    kind: Literal["CAPITAL", "FAI", "LOAN"]
    currency: Literal["BHD", "CNY", "EUR", "GBP", "HKD", "JPY", "KRW", "KWD", "SGD", "USD"]
    amount: str
    utilised: bool = False
    evidence: Evidence


class ReverseContribution(Command, frozen=True, kw_only=True, tag="reverse-contribution"):
    """Take back a contribution, or a part of it, in its own currency."""

    effective_on: date
    agreement: str
    contribution: str
    reversal: str
    amount: str
    reason: str


class ReportFigure(Command, frozen=True, kw_only=True, tag="report-figure"):
    """Record what the investor reported. `effective_on`: the day it is about; of a year's tax or output, the last."""

    effective_on: date
    agreement: str
    figure: Literal["JOBS", "OUTPUT", "TAX"]
    value: str
    evidence: Evidence


class CheckCovenant(Command, frozen=True, kw_only=True, tag="test-covenant"):
    """Hold a covenant against what is on record. `supersedes`: what was wrong with the earlier test of its date."""

    effective_on: date
    agreement: str
    covenant: str
    supersedes: str | None = None


class PayIncentive(Command, frozen=True, kw_only=True, tag="pay-incentive"):
    """Record that MCSC paid an incentive, or a part of it. `effective_on` is the value date."""

    effective_on: date
    agreement: str
    incentive: str
    payment: str
    amount: str
    bank_reference: str
    bank_account: str | None = None


class RecordOutsideIncentive(Command, frozen=True, kw_only=True, tag="record-outside-incentive"):
    """Record that somebody else paid an incentive that it had promised."""

    effective_on: date
    agreement: str
    incentive: str
    payment: str
    amount: str
    evidence: Evidence


class AssessClawback(Command, frozen=True, kw_only=True, tag="assess-clawback"):
    """Ask back what a missed covenant costs; what that is, is computed."""

    effective_on: date
    agreement: str
    clawback: str
    covenant: str


class CollectClawback(Command, frozen=True, kw_only=True, tag="collect-clawback"):
    """Record that some of a clawback came into the bank. `effective_on` is the value date."""

    effective_on: date
    agreement: str
    clawback: str
    collection: str
    amount: str
    bank_reference: str
    bank_account: str | None = None


class ProposeClawbackWaiver(Command, frozen=True, kw_only=True, tag="propose-clawback-waiver"):
    """Ask to give up some of a clawback."""

    effective_on: date
    agreement: str
    clawback: str
    waiver: str
    amount: str
    reason: str


class ApproveClawbackWaiver(Command, frozen=True, kw_only=True, tag="approve-clawback-waiver"):
    """Agree to what somebody else proposed."""

    effective_on: date
    agreement: str
    clawback: str
    waiver: str


class ReverseIncentive(Command, frozen=True, kw_only=True, tag="reverse-incentive"):
    """Reverse a payment of an incentive that was recorded by mistake; its bank reference is free again."""

    effective_on: date
    agreement: str
    payment: str
    reason: str


class ReverseClawback(Command, frozen=True, kw_only=True, tag="reverse-clawback"):
    """Reverse the assessment of a clawback; what was waived or collected of it is reversed first."""

    effective_on: date
    agreement: str
    clawback: str
    reason: str


class ReverseCollection(Command, frozen=True, kw_only=True, tag="reverse-collection"):
    """Reverse the collection of a clawback that was recorded by mistake; its bank reference is free again."""

    effective_on: date
    agreement: str
    clawback: str
    collection: str
    reason: str


class ReverseClawbackWaiver(Command, frozen=True, kw_only=True, tag="reverse-clawback-waiver"):
    """Reverse a waiver: what it gave up is owed again."""

    effective_on: date
    agreement: str
    clawback: str
    waiver: str
    reason: str


class WithdrawInvestmentStep(Command, frozen=True, kw_only=True, tag="withdraw-investment-step"):
    """Withdraw a step of an agreement that was recorded by mistake; `effective_on` is the step's own date.

    about   which contribution, figure, covenant, payment, amendment or waiver, where several of one name and date
    stand
    """

    effective_on: date
    agreement: str
    step: str
    about: str | None = None
    reason: str


class FulfilInvestment(Command, frozen=True, kw_only=True, tag="fulfil-investment"):
    """Record that the investor did everything it had promised."""

    effective_on: date
    agreement: str
    evidence: Evidence


class DeclareBreach(Command, frozen=True, kw_only=True, tag="declare-breach"):
    """Declare that the investor broke the agreement."""

    effective_on: date
    agreement: str
    reason: str
    evidence: Evidence


class CloseInvestment(Command, frozen=True, kw_only=True, tag="close-investment"):
    """Put the agreement away: nothing is left to be done under it."""

    effective_on: date
    agreement: str


class TerminateInvestment(Command, frozen=True, kw_only=True, tag="terminate-investment"):
    """End the agreement before it is fulfilled."""

    effective_on: date
    agreement: str
    reason: str
    document: Evidence

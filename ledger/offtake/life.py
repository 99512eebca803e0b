"""An agreement's life: from draft to execution, commercial operation and final settlement.

Commands                     Facts (offtake.…)               From
DraftOfftake                 drafted                         nothing, DRAFT
ExecuteOfftake               executed                        DRAFT, by somebody else than who drafted
SatisfyConditions            conditions-satisfied            EXECUTED
DeclareCommercialOperation   commercial-operation-declared   EXECUTED, CONDITIONS_SATISFIED
SuspendDelivery              suspended                       IN_DELIVERY
ResumeDelivery               resumed                         SUSPENDED
ExpireOfftake                expired                         IN_DELIVERY, SUSPENDED
TerminateOfftake             terminated                      any but DRAFT, until it has ended
SettleOfftakeFinally         finally-settled                 EXPIRED, TERMINATED

Refusals, in order of precedence
├── OfftakeUnknown       no such agreement (unknown)
├── OfftakeStateForbids  this step does not start from the agreement's state
├── OfftakePartyUnknown  no such company, or a lease that is not the buyer's (unknown)
├── OfftakePartyGone     a company was merged away or has left: when it is drafted, executed or amended
├── TermsMalformed       terms that contradict themselves
├── ExecutorIsDrafter    J7: nobody executes what they drafted
├── OfftakeStepTooEarly  of rules.py: before the step that it follows; expiry before the last day
└── NotSettled           final settlement: a month or contract year is open, or comes to something else by now; a month
                         rests on an estimate; a make-up right is left; MonthsNotApproved of contract_year.py, and what
                         a month is refused for when it is calculated. Once it is too late to settle a month anew, it
                         stands as it was approved

Delivery stops with the beginning of the day of a suspension, and goes on with the beginning of that of a resumption;
the last day of an agreement that ends early is a day of delivery.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar

from ledger.companies.facts import GONE_TAG
from ledger.decider import By, Fact, Part, Text, said
from ledger.offtake.account import OfftakeAgreement, Offtakes, bank, take_or_pay_of, terms_of_year
from ledger.offtake.calculation import calculate
from ledger.offtake.charges.crediting import made_up
from ledger.offtake.contract_year import (
    amount_of,
    contract_year_of,
    damages_minor,
    is_open,
    made_up_minor,
    right_of,
    says,
    settle,
    too_late,
)
from ledger.offtake.energy import wh
from ledger.offtake.facts import (
    CommercialOperationDeclared,
    ConditionsSatisfied,
    DeliveryResumed,
    DeliverySuspended,
    OfftakeDrafted,
    OfftakeExecuted,
    OfftakeExpired,
    OfftakeFact,
    OfftakeFinallySettled,
    OfftakeState,
    OfftakeTerminated,
)
from ledger.offtake.meters.facts import PRICES_TAG
from ledger.offtake.rules import OfftakeCommand, OfftakeId, OfftakeRefusal, OfftakeStepTooEarly
from ledger.offtake.terms import RATES, Indexed, OfftakeTerms, Savings, Spot, TimeOfUse, contract_year, minutes
from ledger.periods import Month, first_and_last, month_of
from ledger.values.days import Agreed
from ledger.values.evidence import Evidence
from ledger.values.money import written

WITHDRAW = "`withdraw-offtake-step`, the latest step first."
"""How a step of an agreement is put right."""

# Commands


class AgreementCommand(OfftakeCommand, frozen=True, kw_only=True):
    """Something asked of an agreement."""

    agreement: OfftakeId


class TermsCommand(AgreementCommand, frozen=True, kw_only=True):
    """Something asked of an agreement that states terms, whole."""

    terms: OfftakeTerms


class DraftOfftake(TermsCommand, frozen=True, kw_only=True, tag="draft-offtake"):
    """Write down the terms of an agreement, or others in their place."""

    put_right: ClassVar[str] = (
        "`draft-offtake` again; once executed, `propose-offtake-amendment` or `withdraw-offtake-step`."
    )


class ExecuteOfftake(AgreementCommand, frozen=True, kw_only=True, tag="execute-offtake"):
    """Record that both sides signed on `effective_on`; MCSC's role is frozen."""

    put_right: ClassVar[str] = WITHDRAW + " It is a draft again, as long as no meter is installed."
    document: Evidence


class SatisfyConditions(AgreementCommand, frozen=True, kw_only=True, tag="satisfy-offtake-conditions"):
    """Record that the conditions which the agreement waits for are satisfied."""

    put_right: ClassVar[str] = WITHDRAW
    evidence: Evidence


class DeclareCommercialOperation(AgreementCommand, frozen=True, kw_only=True, tag="declare-commercial-operation"):
    """Declare that the plant delivers from `effective_on` on."""

    put_right: ClassVar[str] = WITHDRAW + " Months that were settled are settled anew afterwards."
    evidence: Evidence


class SuspendDelivery(AgreementCommand, frozen=True, kw_only=True, tag="suspend-delivery"):
    """Record that nothing is delivered for a while, from the beginning of `effective_on` on."""

    effective_on: Agreed
    put_right: ClassVar[str] = WITHDRAW + " Months that were settled are settled anew afterwards."
    reason: Text


class ResumeDelivery(AgreementCommand, frozen=True, kw_only=True, tag="resume-delivery"):
    """Record that delivery goes on, from the beginning of `effective_on` on."""

    effective_on: Agreed
    put_right: ClassVar[str] = WITHDRAW + " Months that were settled are settled anew afterwards."


class ExpireOfftake(AgreementCommand, frozen=True, kw_only=True, tag="expire-offtake"):
    """Record that the term is over."""

    put_right: ClassVar[str] = WITHDRAW


class TerminateOfftake(AgreementCommand, frozen=True, kw_only=True, tag="terminate-offtake"):
    """End the agreement early, with `effective_on`, the last day of delivery."""

    effective_on: Agreed
    put_right: ClassVar[str] = WITHDRAW + " Months that were settled are settled anew afterwards."
    reason: Text
    document: Evidence


class SettleOfftakeFinally(AgreementCommand, frozen=True, kw_only=True, tag="settle-offtake-finally"):
    """Record that nothing is left to settle."""

    put_right: ClassVar[str] = WITHDRAW


# Refusals


class OfftakeUnknown(OfftakeRefusal):
    """No such agreement."""

    code = "offtake-unknown"
    kind = "unknown"


class OfftakeStateForbids(OfftakeRefusal):
    """This step does not start from the agreement's state."""

    code = "offtake-state-forbids"


class OfftakePartyUnknown(OfftakeRefusal):
    """No such company, or a lease that is not the buyer's."""

    code = "party-unknown"
    kind = "unknown"


class OfftakePartyGone(OfftakeRefusal):
    """The company was merged away or has left."""

    code = "party-gone"


class TermsMalformed(OfftakeRefusal):
    """Terms that contradict themselves."""

    code = "offtake-terms-malformed"


class ExecutorIsDrafter(OfftakeRefusal):
    """J7: nobody executes what they drafted."""

    code = "executor-is-drafter"


class NotSettled(OfftakeRefusal):
    """Final settlement: a month or year is open, or comes to something else by now, or a make-up right is left."""

    code = "offtake-not-settled"


# What terms may say


def check_terms(terms: OfftakeTerms) -> None:
    """Terms do not contradict themselves. Raises TermsMalformed."""
    for fault, field in _faults(terms):
        raise TermsMalformed(fault, field=f"terms.{field}")


def _faults(terms: OfftakeTerms) -> Sequence[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    first, last = terms.starts_on, terms.ends_on
    if not 1950 <= first.year <= last.year <= 2150 or last < first:
        faults.append((f"a term from {first} to {last} cannot be meant", "ends_on"))
    elif first.day != 1 or last != first_and_last(month_of(last))[1]:
        faults.append(("an agreement begins with the first day of a month and ends with the last of one", "starts_on"))
    if (terms.role == "SELLER") == (terms.generator is not None):
        faults.append(("a generator is named where MCSC does not sell itself, and only there", "generator"))
    if terms.generator == terms.buyer:
        faults.append(("nobody buys what they generate", "generator"))
    if Fraction(terms.fee) and terms.role != "SETTLEMENT_AGENT":
        faults.append(("only a settlement agent keeps a fee", "fee"))
    if Fraction(terms.fee) >= 1:
        faults.append(("the fee is a share of the net, below 1", "fee"))
    if not terms.co2_series.startswith("co2/"):
        faults.append((f"{terms.co2_series} is no series of emission factors; they begin with co2/", "co2_series"))
    return [*faults, *_price_faults(terms), *_right_faults(terms)]


def _price_faults(terms: OfftakeTerms) -> list[tuple[str, str]]:
    match terms.price:
        case Indexed(series=series, discount=discount, floor=floor, cap=cap):
            if not series.startswith("price/"):
                return [(f"{series} is no series of reference prices; they begin with price/", "price.series")]
            if Fraction(discount) > 1:
                return [("a discount is at most 1", "price.discount")]
            if floor is not None and cap is not None and Fraction(floor) > Fraction(cap):
                return [("the floor lies above the cap", "price.floor")]
        case Spot(floor=floor, cap=cap):
            return _spot_faults(terms, floor, cap)
        case TimeOfUse(windows=windows):
            if unpriced := [window.band for window in windows if terms.price.price(window.band) is None]:
                return [(f"a window of {unpriced[0]} needs a price of that band", "price.windows")]
            hours = sorted((minutes(window.from_hour), minutes(window.until_hour)) for window in windows)
            if any(until <= begin for begin, until in hours):
                return [("a window ends after it begins; over midnight it takes two", "price.windows")]
            if any(later[0] < earlier[1] for earlier, later in pairwise(hours)):
                return [("two windows overlap", "price.windows")]
        case Savings(share=share):
            if Fraction(share) > 1:
                return [("a share is at most 1", "price.share")]
            if terms.take_or_pay or terms.guarantee:
                return [("where savings are paid for, no energy is guaranteed or paid for untaken", "take_or_pay")]
    return []


def _spot_faults(terms: OfftakeTerms, floor: str | None, cap: str | None) -> list[tuple[str, str]]:
    """Energy that was not delivered needs a price of its own: no interval says one."""
    if floor is not None and cap is not None and Fraction(floor) > Fraction(cap):
        return [("the floor lies above the cap", "price.floor")]
    if terms.take_or_pay is not None and terms.take_or_pay.price is None:
        return [("prices by the period say none for what is not taken: say one", "take_or_pay.price")]
    if terms.guarantee is not None:
        return [("prices by the period say none for energy that was not delivered: leave it out", "guarantee")]
    return []


def _right_faults(terms: OfftakeTerms) -> list[tuple[str, str]]:
    faults, right = [], terms.take_or_pay
    if right is not None:
        if not 0 < Fraction(right.share) <= 1 or not wh(right.acq):
            faults.append(("take-or-pay is a share above 0, at most 1, of an annual quantity", "take_or_pay.share"))
        if right.carry_forward is not None and Fraction(right.carry_forward.cap) > 1:
            faults.append(("no more is carried forward than take-or-pay itself", "take_or_pay.carry_forward.cap"))
    if terms.guarantee is not None and Fraction(terms.guarantee.cap) > 1:
        faults.append(("damages are at most what the guaranteed energy would have cost", "guarantee.cap"))
    return faults


# Scope


def agreement_tags(command: AgreementCommand) -> tuple[str, ...]:
    """The agreement, with everything that is recorded of it."""
    return (f"offtake:{command.agreement}",)


def signing_tags(command: AgreementCommand) -> tuple[str, ...]:
    """The agreement, and all companies that are gone."""
    return (*agreement_tags(command), GONE_TAG)


def agreement_and_parties(command: TermsCommand) -> tuple[str, ...]:
    """The agreement, the companies that its terms name, and the lease."""
    terms = command.terms
    parties = (f"company:{party}" for party in terms.parties)
    lease = (f"lease:{terms.lease}",) if terms.lease is not None else ()
    return (*agreement_tags(command), *parties, *lease)


# Decide


def drafted(state: Offtakes, name: str) -> OfftakeAgreement:
    """The agreement of this name. Raises OfftakeUnknown."""
    agreement = state.agreements.get(name)
    if agreement is None or agreement.drafted is None:
        raise OfftakeUnknown(f"there is no offtake agreement {name}; draft-offtake first", field="agreement")
    return agreement


def executed(state: Offtakes, name: str) -> OfftakeAgreement:
    """The agreement of this name, which was executed. Raises OfftakeUnknown, OfftakeStateForbids."""
    agreement = drafted(state, name)
    if agreement.executed is None:
        raise OfftakeStateForbids(f"{name} is {agreement.state}; execute-offtake first", field="agreement")
    return agreement


def check_parties(state: Offtakes, terms: OfftakeTerms) -> None:
    """The parties are companies that may sign, and the lease is the buyer's. Raises OfftakePartyUnknown,
    OfftakePartyGone."""
    for field, company in (("buyer", terms.buyer), ("generator", terms.generator)):
        if company is not None and company not in state.billing.companies:
            raise OfftakePartyUnknown(f"there is no company {company}; register-lead first", field=f"terms.{field}")
    check_there(state, terms)
    if terms.lease is not None:
        lease = state.billing.leases.get(terms.lease)
        if lease is None or lease.company != terms.buyer:
            raise OfftakePartyUnknown(f"{terms.buyer} has no lease {terms.lease}", field="terms.lease")


def check_there(state: Offtakes, terms: OfftakeTerms) -> None:
    """No party is gone. Raises OfftakePartyGone."""
    for field, name in (("buyer", terms.buyer), ("generator", terms.generator)):
        company = state.companies.get(name) if name is not None else None
        if company is not None and company.stage == "MERGED":
            raise OfftakePartyGone(
                f"{name} was merged into {company.merged_into}; make an agreement with that", field=f"terms.{field}"
            )
        if company is not None and company.stage == "EXITED":
            raise OfftakePartyGone(f"{name} has left since {company.exited_on}", field=f"terms.{field}")


def _draft(state: Offtakes, command: DraftOfftake, by: By) -> Sequence[Fact]:
    agreement = state.agreements.get(command.agreement)
    if agreement is not None:
        if said(OfftakeDrafted, command) in agreement.asked.values():
            return ()
        if agreement.state != "DRAFT":
            raise OfftakeStateForbids(
                f"{command.agreement} is {agreement.state}; amend it instead: propose-offtake-amendment",
                field="agreement",
            )
    check_parties(state, command.terms)
    check_terms(command.terms)
    return (
        OfftakeDrafted(
            effective_on=command.effective_on,
            agreement=command.agreement,
            terms=command.terms,
            drafted_by=by.actor,
        ),
    )


def _step(state: Offtakes, command: AgreementCommand, by: By) -> Sequence[Fact]:
    """Take a step from the draft on: what is asked of all of them first, then what STEPS asks of this one."""
    agreement = drafted(state, command.agreement)
    kind, take = STEPS[type(command)]
    if said(kind, command) in agreement.asked.values():
        return ()
    _check_place(agreement, command)
    return (take(state, agreement, command, by),)


def _check_place(agreement: OfftakeAgreement, command: AgreementCommand) -> None:
    """The step starts from the agreement's state. Raises OfftakeStateForbids."""
    starts = STARTS[type(command)]
    if agreement.state not in starts:
        raise OfftakeStateForbids(
            f"{command.agreement} is {agreement.state} since {agreement.since}; this step starts from "
            f"{', '.join(sorted(starts))}",
            field="agreement",
        )


def _check_order(agreement: OfftakeAgreement, command: AgreementCommand) -> None:
    """A step is no earlier than the one before it. Raises OfftakeStepTooEarly."""
    if command.effective_on < agreement.since:
        raise OfftakeStepTooEarly(
            f"{command.agreement} is {agreement.state} since {agreement.since}", field="effective_on"
        )


def _terms(agreement: OfftakeAgreement) -> OfftakeTerms:
    """The terms that were drafted: they name the parties and the role for good."""
    assert agreement.drafted is not None, "drafted() gives no other agreement"
    return agreement.drafted.terms


def _execute(state: Offtakes, agreement: OfftakeAgreement, command: ExecuteOfftake, by: By) -> OfftakeFact:
    if agreement.drafted is not None and agreement.drafted.drafted_by == by.actor:
        raise ExecutorIsDrafter(f"{by.actor} drafted {command.agreement}; somebody else executes it")
    _check_order(agreement, command)
    check_there(state, _terms(agreement))
    return OfftakeExecuted(
        effective_on=command.effective_on,
        agreement=command.agreement,
        parties=_terms(agreement).parties,
        role=_terms(agreement).role,
        document=command.document,
        executed_by=by.actor,
    )


def _satisfy(state: Offtakes, agreement: OfftakeAgreement, command: SatisfyConditions, by: By) -> OfftakeFact:
    _check_order(agreement, command)
    return ConditionsSatisfied(
        effective_on=command.effective_on, agreement=command.agreement, evidence=command.evidence
    )


def _declare(state: Offtakes, agreement: OfftakeAgreement, command: DeclareCommercialOperation, by: By) -> OfftakeFact:
    _check_order(agreement, command)
    return CommercialOperationDeclared(
        effective_on=command.effective_on, agreement=command.agreement, evidence=command.evidence
    )


def _suspend(state: Offtakes, agreement: OfftakeAgreement, command: SuspendDelivery, by: By) -> OfftakeFact:
    _check_order(agreement, command)
    return DeliverySuspended(effective_on=command.effective_on, agreement=command.agreement, reason=command.reason)


def _resume(state: Offtakes, agreement: OfftakeAgreement, command: ResumeDelivery, by: By) -> OfftakeFact:
    _check_order(agreement, command)
    return DeliveryResumed(effective_on=command.effective_on, agreement=command.agreement)


def _expire(state: Offtakes, agreement: OfftakeAgreement, command: ExpireOfftake, by: By) -> OfftakeFact:
    _check_order(agreement, command)
    if command.effective_on <= agreement.ends_on:
        raise OfftakeStepTooEarly(f"{command.agreement} lasts through {agreement.ends_on}", field="effective_on")
    return OfftakeExpired(
        effective_on=command.effective_on, agreement=command.agreement, parties=_terms(agreement).parties
    )


def _terminate(state: Offtakes, agreement: OfftakeAgreement, command: TerminateOfftake, by: By) -> OfftakeFact:
    _check_order(agreement, command)
    return OfftakeTerminated(
        effective_on=command.effective_on,
        agreement=command.agreement,
        parties=_terms(agreement).parties,
        reason=command.reason,
        document=command.document,
    )


def _settle(state: Offtakes, agreement: OfftakeAgreement, command: SettleOfftakeFinally, by: By) -> OfftakeFact:
    _check_order(agreement, command)
    _check_settled(state, agreement, command.effective_on)
    return OfftakeFinallySettled(effective_on=command.effective_on, agreement=command.agreement)


def _check_settled(state: Offtakes, agreement: OfftakeAgreement, on: date) -> None:
    """Every month is approved, on actual reads, every month and year settled as it comes to now, and no right is left.

    Raises NotSettled.
    """
    counts = set(agreement.delivering.months)
    for month in sorted(counts | agreement.runs.keys()):
        if (what := _not_settled(state, agreement, month, on)) is not None:
            raise NotSettled(f"{month} of {agreement.agreement} {what}", field="agreement")
    first = agreement.versions[0][1]
    for year in sorted({contract_year(first, month) for month in counts}):
        if take_or_pay_of(agreement, year) is not None and year not in agreement.years:
            raise NotSettled(f"true up {year} first", field="agreement")
    for year in sorted(agreement.years.keys() | agreement.damages.keys()):
        _check_year(state, agreement, year, on)
    for name in (name for name, payment in agreement.termination_payments.items() if payment.is_open):
        raise NotSettled(f"{name} waits: approve-termination-payment, or reject-termination-payment", field="agreement")
    if left := bank(agreement, 9999):
        raise NotSettled(
            f"a make-up right of {left[0].year} is left; `true-up-year` of the last contract year releases it",
            field="agreement",
        )


def _not_settled(state: Offtakes, agreement: OfftakeAgreement, month: Month, on: date) -> str | None:
    """Say why a month cannot be settled for good; None where it can."""
    latest, counts = agreement.latest(month), bool(agreement.delivering.in_month(month))
    if latest is None:
        return "is not approved" if counts else None
    if is_open(agreement, month, on):
        return "has a run that waits for approval or is disputed"
    if too_late(agreement, month, on):
        return None
    if not counts:
        return "was settled, and none of its days counts now" if latest.net_minor else None
    if latest.estimated:
        return "rests on an estimated read"
    now = calculate(state, agreement.agreement, month, run=latest.run, by=latest.calculated_by, on=on)
    if (now.lines, now.days) != (latest.lines, latest.days):
        return f"comes to something else since run {latest.run}: `calculate-statement` again, and approve it"
    return None


def _check_year(state: Offtakes, agreement: OfftakeAgreement, number: int, on: date) -> None:
    """Check that what was settled of a contract year is what it comes to now. Raises NotSettled, MonthsNotApproved."""
    terms, right = terms_of_year(agreement, number), right_of(agreement, number)
    if terms is None:
        return
    year, name = contract_year_of(state, agreement, terms, number, on), agreement.agreement
    trued_up, damages = agreement.year(number), agreement.damages.get(number)
    if trued_up is not None and right is not None:
        now = settle(year, right)
        credited = made_up(state, name, number).net_minor
        if not says(trued_up, now) or (agreement.role != "OBSERVER" and credited != made_up_minor(year, now)):
            raise NotSettled(
                f"{number} of {name} comes to something else since it was trued up: `true-up-year` again",
                field="agreement",
            )
    if damages is not None and (amount := damages_minor(year, damages.replacement_price)) != amount_of(damages):
        what = "`assess-guarantee-ld` again, in the same words" if amount else "`reverse-guarantee-ld`"
        stand = written(amount_of(damages))
        raise NotSettled(
            f"damages of {number} come to {written(amount)} CNY by now, and {stand} stand: {what}",
            field="agreement",
        )


LIVING: frozenset[OfftakeState] = frozenset({"EXECUTED", "CONDITIONS_SATISFIED", "IN_DELIVERY", "SUSPENDED"})
STARTS: Mapping[type[AgreementCommand], frozenset[OfftakeState]] = {
    ExecuteOfftake: frozenset({"DRAFT"}),
    SatisfyConditions: frozenset({"EXECUTED"}),
    DeclareCommercialOperation: frozenset({"EXECUTED", "CONDITIONS_SATISFIED"}),
    SuspendDelivery: frozenset({"IN_DELIVERY"}),
    ResumeDelivery: frozenset({"SUSPENDED"}),
    ExpireOfftake: frozenset({"IN_DELIVERY", "SUSPENDED"}),
    TerminateOfftake: LIVING,
    SettleOfftakeFinally: frozenset({"EXPIRED", "TERMINATED"}),
}

Take = Callable[[Offtakes, OfftakeAgreement, Any, By], OfftakeFact]
STEPS: Mapping[type[AgreementCommand], tuple[type[OfftakeFact], Take]] = {
    ExecuteOfftake: (OfftakeExecuted, _execute),
    SatisfyConditions: (ConditionsSatisfied, _satisfy),
    DeclareCommercialOperation: (CommercialOperationDeclared, _declare),
    SuspendDelivery: (DeliverySuspended, _suspend),
    ResumeDelivery: (DeliveryResumed, _resume),
    ExpireOfftake: (OfftakeExpired, _expire),
    TerminateOfftake: (OfftakeTerminated, _terminate),
    SettleOfftakeFinally: (OfftakeFinallySettled, _settle),
}
LIFE: Part[Offtakes, Any] = Part(
    decide={DraftOfftake: _draft, **dict.fromkeys(STEPS, _step)},
    scope={
        **dict.fromkeys(STEPS, agreement_tags),
        DraftOfftake: agreement_and_parties,
        ExecuteOfftake: signing_tags,
        SettleOfftakeFinally: lambda command: (*agreement_tags(command), *RATES, PRICES_TAG),
    },
)

"""An agreement's life: from draft to execution, commercial operation and final settlement.

Commands                     Facts (offtake.…)               From
DraftOfftake                 drafted                         nothing, DRAFT
ExecuteOfftake               executed                        DRAFT, by somebody else than who drafted
SatisfyConditions            conditions-satisfied            EXECUTED
DeclareCommercialOperation   commercial-operation-declared   EXECUTED, CONDITIONS_SATISFIED
SuspendDelivery              suspended                       IN_DELIVERY
ResumeDelivery               resumed                         SUSPENDED
AmendOfftake                 amended                         any but DRAFT, until it has ended
ExpireOfftake                expired                         IN_DELIVERY, SUSPENDED
TerminateOfftake             terminated                      any but DRAFT, until it has ended
SettleOfftakeFinally         finally-settled                 EXPIRED, TERMINATED

Refusals, in order of precedence
├── OfftakeUnknown       no such agreement (unknown)
├── OfftakeStateForbids  this step does not start from the agreement's state
├── PartyUnknown         no such company, or a lease that is not the buyer's (unknown)
├── TermsMalformed       terms that contradict themselves
├── RoleFrozen           D3, D4: the role was fixed when the agreement was executed
├── ExecutorIsDrafter    J7: nobody executes what they drafted
├── StepTooEarly         before the step that it follows; expiry before the last day
└── NotSettled           final settlement: a month is open or rests on an estimate, or a make-up right is left
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from ledger.decider import By, Fact, Text
from ledger.offtake.account import Agreement, Offtakes, bank
from ledger.offtake.energy import wh
from ledger.offtake.facts import (
    CommercialOperationDeclared,
    ConditionsSatisfied,
    DeliveryResumed,
    DeliverySuspended,
    OfftakeAmended,
    OfftakeDrafted,
    OfftakeExecuted,
    OfftakeExpired,
    OfftakeFact,
    OfftakeFinallySettled,
    OfftakeState,
    OfftakeTerminated,
    PartiesFact,
)
from ledger.offtake.rules import OfftakeCommand, OfftakeId, OfftakeRefusal, Part
from ledger.offtake.terms import Indexed, OfftakeTerms, Savings, TimeOfUse, minutes
from ledger.periods import first_and_last, month_after, month_of
from ledger.values.evidence import Evidence

# Commands


class AgreementCommand(OfftakeCommand, frozen=True, kw_only=True):
    """Something asked of an agreement."""

    agreement: OfftakeId


class DraftOfftake(AgreementCommand, frozen=True, kw_only=True, tag="draft-offtake"):
    """Write down the terms of an agreement, or others in their place."""

    terms: OfftakeTerms


class ExecuteOfftake(AgreementCommand, frozen=True, kw_only=True, tag="execute-offtake"):
    """Both sides signed; `effective_on` is the day. MCSC's role is frozen."""

    document: Evidence


class SatisfyConditions(AgreementCommand, frozen=True, kw_only=True, tag="satisfy-offtake-conditions"):
    """What the agreement waits for has come about."""

    evidence: Evidence


class DeclareCommercialOperation(AgreementCommand, frozen=True, kw_only=True, tag="declare-commercial-operation"):
    """The plant delivers from `effective_on` on."""

    evidence: Evidence


class SuspendDelivery(AgreementCommand, frozen=True, kw_only=True, tag="suspend-delivery"):
    """Nothing is delivered for a while."""

    reason: Text


class ResumeDelivery(AgreementCommand, frozen=True, kw_only=True, tag="resume-delivery"):
    """Delivery goes on."""


class AmendOfftake(AgreementCommand, frozen=True, kw_only=True, tag="amend-offtake"):
    """Other terms from `effective_on` on, the first day of a month. The role stays."""

    terms: OfftakeTerms
    document: Evidence


class ExpireOfftake(AgreementCommand, frozen=True, kw_only=True, tag="expire-offtake"):
    """The term is over."""


class TerminateOfftake(AgreementCommand, frozen=True, kw_only=True, tag="terminate-offtake"):
    """It ends early, with `effective_on`."""

    reason: Text
    document: Evidence


class SettleOfftakeFinally(AgreementCommand, frozen=True, kw_only=True, tag="settle-offtake-finally"):
    """Nothing is left to settle."""


# Refusals


class OfftakeUnknown(OfftakeRefusal):
    """No such agreement."""

    code = "offtake-unknown"
    kind = "unknown"


class OfftakeStateForbids(OfftakeRefusal):
    """This step does not start from the agreement's state."""

    code = "offtake-state-forbids"


class PartyUnknown(OfftakeRefusal):
    """No such company, or a lease that is not the buyer's."""

    code = "party-unknown"
    kind = "unknown"


class TermsMalformed(OfftakeRefusal):
    """Terms that contradict themselves."""

    code = "offtake-terms-malformed"


class RoleFrozen(OfftakeRefusal):
    """D3, D4: the role was fixed when the agreement was executed."""

    code = "role-frozen"


class ExecutorIsDrafter(OfftakeRefusal):
    """J7: nobody executes what they drafted."""

    code = "executor-is-drafter"


class StepTooEarly(OfftakeRefusal):
    """Before the step that it follows; expiry before the last day."""

    code = "offtake-step-too-early"


class NotSettled(OfftakeRefusal):
    """Final settlement: a month is open or rests on an estimate, or a make-up right is left."""

    code = "offtake-not-settled"


# What terms may say


def check_terms(terms: OfftakeTerms) -> None:
    """The rules that terms keep by themselves. Raises TermsMalformed."""
    for fault, field in _faults(terms):
        raise TermsMalformed(fault, field=f"terms.{field}")


def _faults(terms: OfftakeTerms) -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    first, last = terms.starts_on, terms.ends_on
    if not 1950 <= first.year <= last.year <= 2150 or last < first:
        found.append((f"a term from {first} to {last} cannot be meant", "ends_on"))
    elif first.day != 1 or last != first_and_last(month_of(last))[1]:
        found.append(("an agreement begins with the first day of a month and ends with the last of one", "starts_on"))
    if (terms.role == "SELLER") == (terms.generator is not None):
        found.append(("a generator is named where MCSC does not sell itself, and only there", "generator"))
    if terms.generator == terms.buyer:
        found.append(("nobody buys what they generate", "generator"))
    if Fraction(terms.fee) and terms.role != "SETTLEMENT_AGENT":
        found.append(("only a settlement agent keeps a fee", "fee"))
    if Fraction(terms.fee) >= 1:
        found.append(("the fee is a share of the net, below 1", "fee"))
    if not terms.co2_series.startswith("co2/"):
        found.append((f"{terms.co2_series} is no series of emission factors; they begin with co2/", "co2_series"))
    return [*found, *_price_faults(terms), *_right_faults(terms)]


def _price_faults(terms: OfftakeTerms) -> list[tuple[str, str]]:
    match terms.price:
        case Indexed(series=series, discount=discount, floor=floor, cap=cap):
            if not series.startswith("price/"):
                return [(f"{series} is no series of reference prices; they begin with price/", "price.series")]
            if Fraction(discount) > 1:
                return [("a discount is at most 1", "price.discount")]
            if floor is not None and cap is not None and Fraction(floor) > Fraction(cap):
                return [("the floor lies above the cap", "price.floor")]
        case TimeOfUse(windows=windows):
            hours = sorted((minutes(one.from_hour), minutes(one.until_hour)) for one in windows)
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


def _right_faults(terms: OfftakeTerms) -> list[tuple[str, str]]:
    found, right = [], terms.take_or_pay
    if right is not None:
        if not 0 < Fraction(right.share) <= 1 or not wh(right.acq):
            found.append(("take-or-pay is a share above 0, at most 1, of an annual quantity", "take_or_pay.share"))
        if right.carry_forward is not None and Fraction(right.carry_forward.cap) > 1:
            found.append(("no more is carried forward than take-or-pay itself", "take_or_pay.carry_forward.cap"))
    if terms.guarantee is not None and Fraction(terms.guarantee.cap) > 1:
        found.append(("damages are at most what the guaranteed energy would have cost", "guarantee.cap"))
    return found


# Scope and decide


def known(state: Offtakes, agreement: str) -> Agreement:
    """The agreement. Raises OfftakeUnknown."""
    found = state.agreements.get(agreement)
    if found is None or found.drafted is None:
        raise OfftakeUnknown(f"there is no offtake agreement {agreement}; draft it first", field="agreement")
    return found


def executed(state: Offtakes, agreement: str) -> Agreement:
    """An agreement that was executed. Raises OfftakeUnknown, OfftakeStateForbids."""
    found = known(state, agreement)
    if found.executed is None:
        raise OfftakeStateForbids(f"{agreement} is {found.state}; execute it first", field="agreement")
    return found


def _scope(command: AgreementCommand) -> tuple[str, ...]:
    tags: tuple[str, ...] = (f"offtake:{command.agreement}",)
    if isinstance(command, DraftOfftake | AmendOfftake):
        terms = command.terms
        tags = (*tags, *(f"company:{one}" for one in (terms.buyer, terms.generator) if one is not None))
        tags = (*tags, *([f"lease:{terms.lease}"] if terms.lease is not None else ()))
    return tags


def _check_parties(state: Offtakes, terms: OfftakeTerms) -> None:
    for field in ("buyer", "generator"):
        company = getattr(terms, field)
        if company is not None and company not in state.billing.companies:
            raise PartyUnknown(f"there is no company {company}; register it as a lead first", field=f"terms.{field}")
    if terms.lease is not None:
        lease = state.billing.leases.get(terms.lease)
        if lease is None or lease.company != terms.buyer:
            raise PartyUnknown(f"{terms.buyer} has no lease {terms.lease}", field="terms.lease")


def _draft(state: Offtakes, command: DraftOfftake, by: By) -> Sequence[Fact]:
    fact = OfftakeDrafted(
        effective_on=command.effective_on, agreement=command.agreement, terms=command.terms, drafted_by=by.actor
    )
    one = state.agreements.get(command.agreement)
    if one is not None and one.drafted is not None and one.drafted.asked == fact.asked:
        return ()
    if one is not None and one.state != "DRAFT":
        raise OfftakeStateForbids(f"{command.agreement} is {one.state}; amend it instead", field="agreement")
    _check_parties(state, command.terms)
    check_terms(command.terms)
    return (fact,)


LIVING: frozenset[OfftakeState] = frozenset({"EXECUTED", "CONDITIONS_SATISFIED", "IN_DELIVERY", "SUSPENDED"})
STEPS: Mapping[type[AgreementCommand], tuple[type[OfftakeFact], frozenset[OfftakeState]]] = {
    ExecuteOfftake: (OfftakeExecuted, frozenset({"DRAFT"})),
    SatisfyConditions: (ConditionsSatisfied, frozenset({"EXECUTED"})),
    DeclareCommercialOperation: (CommercialOperationDeclared, frozenset({"EXECUTED", "CONDITIONS_SATISFIED"})),
    SuspendDelivery: (DeliverySuspended, frozenset({"IN_DELIVERY"})),
    ResumeDelivery: (DeliveryResumed, frozenset({"SUSPENDED"})),
    AmendOfftake: (OfftakeAmended, LIVING),
    ExpireOfftake: (OfftakeExpired, frozenset({"IN_DELIVERY", "SUSPENDED"})),
    TerminateOfftake: (OfftakeTerminated, LIVING),
    SettleOfftakeFinally: (OfftakeFinallySettled, frozenset({"EXPIRED", "TERMINATED"})),
}


def _step(state: Offtakes, command: AgreementCommand, by: By) -> Sequence[Fact]:
    one = known(state, command.agreement)
    kind, starts = STEPS[type(command)]
    fact = _fact(kind, one, command, by)
    if fact.asked in one.asked:
        return ()
    if one.state not in starts:
        raise OfftakeStateForbids(
            f"{command.agreement} is {one.state} since {one.since}; this step starts from {', '.join(sorted(starts))}",
            field="agreement",
        )
    _check_step(state, one, command, by)
    return (fact,)


def _fact(kind: type[OfftakeFact], one: Agreement, command: AgreementCommand, by: By) -> OfftakeFact:
    more: dict[str, Any] = {}
    assert one.drafted is not None, "known() has a draft"
    if issubclass(kind, PartiesFact):
        more = {"parties": one.drafted.terms.parties}
    if isinstance(command, ExecuteOfftake):
        more |= {"role": one.drafted.terms.role, "executed_by": by.actor}
    asked = {name: getattr(command, name) for name in command.__struct_fields__}
    return kind(**asked, **more)


def _check_step(state: Offtakes, one: Agreement, command: AgreementCommand, by: By) -> None:
    if isinstance(command, AmendOfftake):
        _check_parties(state, command.terms)
        check_terms(command.terms)
        if command.terms.role != one.role:
            raise RoleFrozen(f"{command.agreement} was executed with MCSC as {one.role}", field="terms.role")
        _check_amendment(one, command)
    elif isinstance(command, ExecuteOfftake) and one.drafted is not None and one.drafted.drafted_by == by.actor:
        raise ExecutorIsDrafter(f"{by.actor} drafted {command.agreement}; somebody else executes it")
    elif command.effective_on < one.since:
        raise StepTooEarly(f"{command.agreement} is {one.state} since {one.since}", field="effective_on")
    elif isinstance(command, ExpireOfftake):
        terms = one.terms_on(command.effective_on)
        if terms is not None and command.effective_on <= terms.ends_on:
            raise StepTooEarly(f"{command.agreement} lasts through {terms.ends_on}", field="effective_on")
    elif isinstance(command, SettleOfftakeFinally):
        _check_settled(one)


def _check_amendment(one: Agreement, command: AmendOfftake) -> None:
    if command.effective_on.day != 1:
        raise TermsMalformed("other terms begin with the first day of a month", field="effective_on")
    first = one.versions[0][1]
    if command.effective_on < first.starts_on:
        raise TermsMalformed(f"{one.agreement} begins on {first.starts_on}", field="effective_on")
    if (command.terms.starts_on, command.terms.parties) != (first.starts_on, first.parties):
        raise TermsMalformed("its beginning and its parties stay; others take another agreement", field="terms")


def _check_settled(one: Agreement) -> None:
    """Every month from commercial operation to the end is approved, on actual reads, and no right is left."""
    assert one.ended_on is not None, "it has ended"
    terms = one.terms_on(one.ended_on)
    assert terms is not None, "an executed agreement has terms"
    month, last = month_of(one.commercial_on or one.ended_on), month_of(min(one.ended_on, terms.ends_on))
    while one.commercial_on is not None and month <= last:
        latest = one.latest(month)
        if latest is None or latest.estimated:
            what = "is not approved" if latest is None else "rests on an estimated read"
            raise NotSettled(f"{month} of {one.agreement} {what}", field="agreement")
        month = month_after(month)
    if left := bank(one, 9999):
        raise NotSettled(f"a make-up right of {left[0].year} is left; true up the last year first", field="agreement")


LIFE = Part(
    decide={DraftOfftake: _draft, **dict.fromkeys(STEPS, _step)},
    scope={DraftOfftake: _scope, **dict.fromkeys(STEPS, _scope)},
)

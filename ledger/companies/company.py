"""What all parts of a company's life share: its facts' base, its state, the refusals that any step can meet.

CompanyFact, CompanyCommand   one company's facts and commands
Company                       a company as its facts tell
Companies                     what the facts of one scope tell: companies, and who holds which identifier
Part                          one stretch of the way, in a file of its own: its facts, commands and rules
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from ledger.companies.facts import CompanyFact, OriginChannel, Scheme, Stage
from ledger.decider import By, Command, Id, Refusal


class CompanyCommand(Command, frozen=True, kw_only=True):
    """Something asked for one company."""

    company: Id


class CompanyRefusal(Refusal):
    """A rule about companies said no."""


class CompanyUnknown(CompanyRefusal):
    """No such company."""

    code = "company-unknown"
    kind = "unknown"


class CompanyExists(CompanyRefusal):
    """This id is another company's."""

    code = "company-exists"
    kind = "conflict"


class MergedAway(CompanyRefusal):
    """The record was merged: go on with the one it was merged into."""

    code = "company-merged-away"


class BeforeLead(CompanyRefusal):
    """Nothing about a company is effective before its lead."""

    code = "before-lead"


class StepBeforePrevious(CompanyRefusal):
    """A stage is not reached before the stage in front of it."""

    code = "step-before-previous"


class StageForbids(CompanyRefusal):
    """This step does not start from this stage."""

    code = "stage-forbids"


class Screening(Struct, frozen=True):
    """The latest look on lists: its date, CLEAR or HIT, and which lists."""

    on: date
    result: str
    lists: tuple[str, ...]


class Company(Struct, frozen=True, kw_only=True, gc=False):
    """A company as its facts tell, in whatever order they are folded. `since`: when it reached its stage."""

    company: str
    stage: Stage = "LEAD"
    since: date = date.min
    stage_before: Stage | None = None
    name: str | None = None
    name_zh: str | None = None
    country: str | None = None
    address: str | None = None
    origin: OriginChannel | None = None
    origin_year: int | None = None
    touches: tuple[tuple[date, OriginChannel, int | None, str | None], ...] = ()
    screening: Screening | None = None
    agreements: tuple[str, ...] = ()
    uscc: str | None = None
    lei: str | None = None
    foreign_registry: str | None = None
    foreign_number: str | None = None
    verified: tuple[tuple[date, Scheme, str, str], ...] = ()
    parent_lei: str | None = None
    reports: tuple[tuple[date, str], ...] = ()
    reported_settled_on: date | None = None
    premises: tuple[str, ...] = ()
    merged_into: str | None = None
    lead_on: date | None = None
    qualified_on: date | None = None
    loi_on: date | None = None
    agreement_on: date | None = None
    registered_on: date | None = None
    settled_in_on: date | None = None
    operating_on: date | None = None
    exiting_on: date | None = None
    exited_on: date | None = None


@dataclass(frozen=True, slots=True)
class Companies:
    """What one scope tells: its companies, who holds the identifiers in it (as tags), and what was asked before."""

    companies: Mapping[str, Company] = field(default_factory=lambda: MappingProxyType({}))
    holders: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    asked: frozenset[tuple[Any, ...]] = frozenset()


@dataclass(frozen=True)
class Part:
    """One stretch of the way.

    facts    command -> the fact it asks for
    starts   fact -> the stages from which it may follow; facts not listed may follow any, at any date since the lead
    reaches  fact -> the stage it always reaches, and the date it sets
    change   what else a fact changes, as fields of Company; any order of facts
    details  the fact's fields that are not the command's
    check    the rules of each command; raises CompanyRefusal
    scope    the tags a command must see besides its own company
    """

    facts: Mapping[type[CompanyCommand], type[CompanyFact]]
    starts: Mapping[type[CompanyFact], frozenset[Stage]]
    reaches: Mapping[type[CompanyFact], tuple[Stage, str]]
    change: Callable[[Company, Any], dict[str, Any]]
    details: Callable[[Company, Any], dict[str, Any]]
    check: Callable[[Companies, Company, Any, By], None]
    scope: Callable[[Any], tuple[str, ...]]


def with_one(some: tuple[Any, ...], one: Any) -> tuple[Any, ...]:
    """The same, with one more unless it is there."""
    return some if one in some else (*some, one)

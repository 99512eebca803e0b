"""Hypothesis strategies: facts of any shape, and commands that get somewhere or run into every rule.

commands()    any command of any context, over few companies, identifiers and days: hostile
disputes()    commands about who a company is
sequences()   commands that walk some companies along the way, with hostile ones in between
facts(base)   any fact below a base class, in no order that rules would allow

A field draws from the pool of its name, so a new fact or command needs a new pool only for a new field.
"""

from datetime import date, timedelta
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import FieldInfo, replace
from msgspec.structs import fields as fields_of

from ledger.companies.company import CompanyCommand
from ledger.companies.facts import Contract, EndedContract, Intended, Transfer
from ledger.companies.overrides import ApproveOverride
from ledger.companies.presence import AddPremises, CompleteExit, SettleIn
from ledger.companies.prospects import SCREENING_LISTS
from ledger.companies.registration import MergeCompany, RegisterCompany, VerifyIdentifier
from ledger.decider import By, Command, Fact, all_facts
from ledger.log.checkpoint import LOG, Verifier
from ledger.values.evidence import Grounds, Override
from tests.examples import (
    ASKED,
    CERTIFICATE,
    FAULTY_LEI,
    FAULTY_USCC,
    GROUNDS,
    LEI,
    OTHER_LEI,
    OTHER_USCC,
    USCC,
    evidence,
)
from tests.ground.given import DECIDERS
from tests.strategies import (
    banking,
    billing,
    bookkeeping,
    estate,
    investment,
    leases,
    offtake,
    orders,
    periods,
    purchases,
    taking_over,
    vat,
)

T = TypeVar("T", bound=Struct)
COMPANY_IDS = ("ash-demo", "beech-demo", "cedar-demo")
USCCS = (USCC, OTHER_USCC, FAULTY_USCC)
LEIS = (LEI, OTHER_LEI, FAULTY_LEI)
DAYS = tuple(date(2026, 1, 1) + timedelta(days=day) for day in range(8))
CHANNELS = ("CIIE_PAVILION", "DIRECT", "PARTNER")

days = st.sampled_from(DAYS)
companies = st.sampled_from(COMPANY_IDS)
words = st.sampled_from(("one (demo)", "another (demo)"))
papers = words.map(evidence)
references = st.sampled_from(("ref-1", "ref-2"))
people = st.sampled_from(("clerk-demo", "approver-demo"))
grounds = st.builds(Grounds, reason=words, approver=st.none() | people, evidence=papers)
overrides = st.builds(Override, reason=words, approver=people, evidence=papers)
contracts = st.builds(
    Contract, kind=st.sampled_from(("LEASE", "LAND")), reference=references, executed_on=days, evidence=papers
)
intended = st.builds(Intended, currency=st.sampled_from(("CNY", "JPY", "KWD")), amount=st.sampled_from(("5", "5.123")))
ended = st.builds(EndedContract, reference=references, ended_on=days, evidence=papers)
balances = st.sampled_from(("0.00", "0", "10.00"))
tags = st.sampled_from((*(f"uscc:{code}" for code in USCCS), *(f"lei:{code}" for code in LEIS), "foreign:DE/77"))
years = st.integers(2024, 2025)

sealed = st.sampled_from([f"sealed:{letter * 64}" for letter in "AB"])

POOLS: dict[str, st.SearchStrategy[Any]] = {
    "company": companies,
    "into": companies,
    "effective_on": days,
    "signed_on": days,
    "published_on": days,
    "handover_on": days,
    "expires_on": days,
    **dict.fromkeys(("name", "name_zh", "address", "park_address", "source", "note", "reason"), words),
    **dict.fromkeys(("region", "title_certificate"), words),
    **dict.fromkeys(("statement", "subject"), words),
    **dict.fromkeys(("evidence", "licence", "handover"), papers),
    **dict.fromkeys(("origin", "channel", "was"), st.sampled_from(CHANNELS)),
    **dict.fromkeys(("origin_year", "year", "was_year"), years),
    "country": st.sampled_from(("CN", "US")),
    "result": st.sampled_from(("CLEAR", "HIT")),
    "lists": st.lists(st.sampled_from(SCREENING_LISTS), min_size=1, max_size=3, unique=True).map(tuple),
    "intended_investment": intended,
    "binding": st.booleans(),
    "agreement": references,
    "uscc": st.sampled_from(USCCS),
    "foreign_registry": st.just("DE"),
    "foreign_number": st.just("77"),
    "override": overrides,
    "RegisterCompany.override": grounds,
    "VerifyIdentifier.override": grounds,
    "support": papers,
    "RegistrationProposed.proposed_by": people,
    "VerificationProposed.proposed_by": people,
    "OverrideRejected.rejected_by": people,
    "scheme": st.sampled_from(("USCC", "LEI", "FOREIGN")),
    "value": st.sampled_from((*USCCS, *LEIS, "77")),
    "registry": st.just("DE"),
    "method": st.sampled_from(("REGISTRY", "DOCUMENT", "CALLBACK")),
    "replaced": tags,
    "released": st.lists(tags, max_size=2, unique=True).map(tuple),
    "parent_lei": st.sampled_from(LEIS),
    "contract": contracts,
    "corrects": st.integers(1, 9),
    "ended": st.lists(ended, max_size=2).map(tuple),
    "receivable": balances,
    "deposits_held": balances,
    "transferred_to": st.builds(Transfer, company=companies, evidence=papers),
    **dict.fromkeys(
        ("WithdrawCompanyStep.step", "CompanyStepWithdrawn.step"),
        st.sampled_from(
            [f"company.{step}" for step in ("lead-registered", "qualified", "identifier-verified", "merged")]
        ),
    ),
    **dict.fromkeys(("WithdrawCompanyStep.about", "CompanyStepWithdrawn.about"), st.sampled_from((*USCCS, *LEIS))),
    "regains": st.lists(tags, max_size=1).map(tuple),
    "CompanyStepWithdrawn.touched": companies.map(lambda company: (f"company:{company}",)),
    "claim": references,
    "ClaimWithdrawn.step": st.just("claim.recorded"),
    "ClaimWithdrawn.touched": references.map(lambda claim: (f"claim:{claim}",)),
    "entry": st.sampled_from(("break-notice/l-1-demo/2026-01-05", "expiry/l-1-demo/2026-01-08")),
    "by": people,
    "scope": st.just("DIARY"),
    "opens": st.sampled_from(((), ("companies",), ("companies", "leases"))),
    "about_company": st.sampled_from((None, "sunfield-demo")),
    "DiaryStepWithdrawn.step": st.sampled_from(("diary.entry-completed", "diary.entry-waived")),
    "DiaryStepWithdrawn.touched": st.just(("entry:break-notice/l-1-demo/2026-01-05",)),
    "claimed_on": st.sampled_from(("2026", "2026-01", "2026-01-03")),
    "key_id": st.sampled_from(("demokey1", "demokey2")),
    "identity": st.sampled_from(("https://id.example#f3a9", "https://id.example#77c1")),
    "os_user": st.sampled_from(("w.min", "lhua")),
    "actor": st.sampled_from(("auditor-demo", "finance-demo")),
    "role": st.sampled_from(("auditor", "finance")),
    "vkey": st.sampled_from([str(Verifier("ledger.example", LOG, key * 32)) for key in (b"\0", b"\1")]),
    "occasion": st.sampled_from(("CHECK", "REBUILD")),
    "program": st.just("0.1.0"),
    "views": st.sampled_from(((CERTIFICATE,), (CERTIFICATE, CERTIFICATE))),
    **dict.fromkeys(("sha256", "root"), st.sampled_from(("5e" * 32, "6f" * 32))),
    **dict.fromkeys(("IssuePaper.kind", "PaperIssued.kind"), st.sampled_from(("STATEMENT_OF_ACCOUNT", "INVOICE"))),
    **dict.fromkeys(("IssuePaper.name", "PaperIssued.name"), references),
    **dict.fromkeys(("IssuePaper.from_on", "PaperIssued.from_on"), days),
    "shows": days,
    "position": st.integers(1, 9),
    "delegation": references,
    **dict.fromkeys(("delegator", "delegate", "ended_by"), people),
    **dict.fromkeys(("DelegateApproval.until_on", "ApprovalDelegated.until_on"), days),
    **dict.fromkeys(("DelegateApproval.kinds", "ApprovalDelegated.kinds"), st.sampled_from(((), ("RATE", "LEASE")))),
    "contact": st.integers(1, 2),
    "ground": st.sampled_from(("REQUESTED", "MISTAKE")),
    **dict.fromkeys(("SetContact.name", "job", "phone", "email"), sealed),
    "CompanyContactSet.name": sealed,
    "secret_sha256": st.sampled_from(("5e" * 32, "6f" * 32)),
}

actors = st.sampled_from(("clerk-demo", "approver-demo")).map(lambda actor: By(actor=actor, role="deal_desk"))


mergers = st.builds(
    MergeCompany,
    company=st.just(COMPANY_IDS[1]),
    into=st.just(COMPANY_IDS[0]),
    effective_on=days,
    reason=words,
    evidence=papers,
)


_MODULES = (
    estate,
    leases,
    periods,
    banking,
    bookkeeping,
    billing,
    investment,
    orders,
    offtake,
    purchases,
    taking_over,
    vat,
)
for _module in _MODULES:
    assert not POOLS.keys() & _module.POOLS.keys(), "two pools of one name"
    POOLS |= _module.POOLS


def _field(kind: type[Struct], field: FieldInfo) -> st.SearchStrategy[Any]:
    pool = POOLS[own] if (own := f"{kind.__name__}.{field.name}") in POOLS else POOLS[field.name]
    return st.none() | pool if field.default is None else pool


def any_of(kind: type[T], **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """Any instance of a fact or command, some of its fields from other pools."""
    return st.builds(kind, **{field.name: _field(kind, field) for field in fields_of(kind)} | fixed)


@cache
def commands() -> st.SearchStrategy[Command]:
    """Any command of any context."""
    return st.one_of([any_of(kind) for kind in DECIDERS])


@cache
def disputes() -> st.SearchStrategy[Command]:
    """Commands about who a company is: identifiers in their own scheme, registrations, mergers."""
    schemes = {"USCC": USCCS, "LEI": LEIS, "FOREIGN": ("77",)}
    verified = [
        any_of(VerifyIdentifier, scheme=st.just(scheme), value=st.sampled_from(values), registry=st.just("DE"))
        for scheme, values in schemes.items()
    ]
    return st.one_of(*verified, any_of(RegisterCompany), any_of(MergeCompany))


@cache
def facts(base: type[Fact]) -> st.SearchStrategy[Fact]:
    """Any fact of a context."""
    return st.one_of([any_of(kind) for kind in all_facts().values() if issubclass(kind, base)])


def _on_day(command: CompanyCommand, uscc: str, on: date) -> CompanyCommand:
    match command:
        case RegisterCompany():
            return replace(command, uscc=uscc, override=GROUNDS if uscc == FAULTY_USCC else None)
        case SettleIn():  # on land of its own: leases have a way of their own
            return replace(command, contract=replace(command.contract, kind="LAND", executed_on=on), handover_on=on)
        case AddPremises():
            return replace(command, contract=replace(command.contract, executed_on=on))
        case CompleteExit():
            return replace(command, ended=tuple(replace(contract, ended_on=on) for contract in command.ended))
    return command


def _way(company: str, uscc: str, first: int) -> list[CompanyCommand]:
    """The commands of a whole life, spread over the days from the first on: hostile dates meet it from both sides."""
    way = []
    for at, command in enumerate(ASKED):
        on = DAYS[first + at * (len(DAYS) - 1 - first) // (len(ASKED) - 1)]
        way.append(replace(_on_day(command, uscc, on), company=company, effective_on=on))
        if isinstance(command, RegisterCompany) and uscc == FAULTY_USCC:
            way.append(ApproveOverride(company=company, effective_on=on, scheme="USCC", value=uscc))
    return way


@st.composite
def sequences(draw: st.DrawFn) -> list[Command]:
    """Each company goes some part of its way; in between come disputes about who is who, and anything at all."""
    queues: list[list[Command]] = [
        draw(st.lists(mergers, max_size=1)),
        *(draw(st.lists(few, max_size=8)) for few in (disputes(), commands())),
    ]
    for company in COMPANY_IDS:
        way = _way(company, draw(st.sampled_from(USCCS)), draw(st.integers(0, 3)))
        queues.append([*way[: draw(st.integers(0, len(way)))]])
    order = [at for at, queue in enumerate(queues) for _ in queue]
    draw(st.randoms(use_true_random=False)).shuffle(order)
    return [queues[at].pop(0) for at in order]

"""The demonstration says what is true and what is invented."""

import re
from collections import Counter
from itertools import islice
from random import Random

from msgspec import json
from stdnum import lei
from stdnum.cn import uscc

from api.demo.firms import firms
from api.demo.public import public_history
from api.demo.steps import Step
from ledger.billing.facts import BillingFact
from ledger.claims import RecordClaim
from ledger.companies.company import CompanyCommand
from ledger.companies.presence import ReportSettled
from ledger.companies.prospects import RegisterLead
from ledger.estate.facts import ParcelDefined, UnitDefined
from ledger.estate.land import DefineSite
from ledger.investment.facts import InvestmentFact, InvestmentPosting
from ledger.leases.facts import LeaseFact, LeaseHolds
from ledger.log.database import Database
from ledger.offtake.facts import OfftakeFact
from ledger.offtake.meters.facts import MeterFact
from ledger.orders.facts import OrderFact, OrderPostingFact
from ledger.rates import ApproveRate, ProposeRate, RateApproved, RateProposed, RateRejected
from tests.ground.demonstrated import entries, of


def about_the_real() -> list[Step]:
    return public_history()


def test_real_names_come_with_claims_and_nothing_else(demo: Database) -> None:
    kinds = Counter(type(step.command) for step in about_the_real())
    said = {RecordClaim: 11, RegisterLead: 1, ReportSettled: 1}
    assert kinds == {**said, DefineSite: 1, ProposeRate: 4, ApproveRate: 4}
    named = [step.command.company for step in about_the_real() if isinstance(step.command, CompanyCommand)]
    assert named == ["cety", "cety"]
    assert all(step.command.source for step in about_the_real() if hasattr(step.command, "source"))
    public = [entry for entry in entries(demo) if entry.data_class == "PUBLIC_FACT"]
    assert [entry.position for entry in public] == list(range(1, len(about_the_real()) + 1))
    deals = (InvestmentPosting, InvestmentFact, OrderFact, OrderPostingFact, OfftakeFact, MeterFact)
    assert not [entry for entry in public if isinstance(entry.fact, (BillingFact, LeaseFact, LeaseHolds, *deals))]


def test_no_real_name_has_money(demo: Database) -> None:
    real = ("cety", "bac", "bay area", "cofco", "ganfeng", "solartale", "aecom", "clean energy technologies")
    for entry in entries(demo):
        if entry.data_class != "PUBLIC_FACT":
            text = json.encode(entry.fact).decode().lower()
            assert not any(re.search(rf"\b{name}\b", text) for name in real), text
        else:
            assert not any(field.endswith("_minor") for field in entry.fact.__struct_fields__)


def test_contradicting_claims_are_all_kept() -> None:
    said = " ".join(step.command.statement for step in about_the_real() if isinstance(step.command, RecordClaim))
    assert [area for area in ("220 hectares", "500 acres", "800 acres", "900 acres") if area not in said] == []


IDS = (
    "company",
    "lease",
    "unit",
    "building",
    "parcel",
    "invoice",
    "receipt",
    "deposit",
    "rate",
    "amendment",
    "write_off",
    "agreement",
    "contribution",
    "clawback",
    "order",
    "shipment",
    "change",
    "meter",
    "curtailment",
    "sale",
)


def test_the_rest_says_that_it_is_invented(demo: Database) -> None:
    rest = [entry for entry in entries(demo) if entry.data_class != "PUBLIC_FACT"]
    assert {entry.data_class for entry in rest} == {"FICTIONAL"}
    assert all(entry.by.actor.endswith("-demo") for entry in rest)
    for fact in (entry.fact for entry in rest):
        ids = {name: value for name in IDS if (value := getattr(fact, name, None)) is not None}
        if not isinstance(fact, RateProposed | RateApproved | RateRejected):
            ids.pop("rate", None)  # elsewhere a rate is a number
        assert {name: value for name, value in ids.items() if "-demo" not in value} == {}
        for name in ("name", "name_zh", "reason", "source"):
            said = getattr(fact, name, None)
            assert said is None or said.endswith("(demo)") or said.isupper() or isinstance(fact, BillingFact), fact
        reference = getattr(fact, "bank_reference", "FICT-")
        assert reference.startswith("FICT-")


def test_parcels_and_units_are_nobodys(demo: Database) -> None:
    assert {fact.site for fact in of(demo, ParcelDefined)} == {"mcsc"}
    assert all(fact.unit.endswith("-demo") for fact in of(demo, UnitDefined))


def test_invented_identifiers_are_sound_unique_and_nobodys() -> None:
    some = list(islice(firms(Random(1)), 2000))
    assert all(uscc.is_valid(firm.uscc) and firm.uscc[2:8] == "000000" for firm in some)
    assert not any(uscc.is_valid(firm.faulty_uscc) for firm in some)
    assert all(lei.is_valid(code) and code.startswith("FICT") for firm in some for code in (firm.lei, firm.parent_lei))
    for values in ([f.uscc for f in some], [f.lei for f in some], [f.name for f in some], [f.company for f in some]):
        assert len(set(values)) == len(some)

"""Terms of an order: equipment and price, delivery, milestones, MCSC's role and fee.

OrderTerms       everything that was quoted; an order freezes it
RoleAssessment   why MCSC is agent, principal or observer (IFRS 15 B34-B38), frozen with the order
value_of, split  the value of lines; a value split over milestones by largest remainder (O1)

Who bears the risk on the way is said by the Incoterms rule, when revenue is earned by acceptance: neither follows from
the other (O7).
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ledger.decider import Id, Text
from ledger.values.currencies import Amount, Currency
from ledger.values.evidence import Evidence
from ledger.values.money import EXPONENT, Ratio, UnitPrice, rounded, share

Role = Literal["AGENT", "PRINCIPAL", "OBSERVER"]
Supply = Literal["DOMESTIC", "CROSS_BORDER"]
Recognition = Literal["COST_TO_COST", "MILESTONES"]
"""How a sale is earned over time (IFRS 15.41): by cost incurred of cost expected, or by milestones reached."""
IncotermsRule = Literal["EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"]
"""The eleven rules of Incoterms 2020 (O7)."""

Trigger = Literal[
    "ORDERED",
    "IN_PRODUCTION",
    "FAT_PASSED",
    "SHIPPED",
    "CUSTOMS_CLEARED",
    "DELIVERED",
    "INSTALLED",
    "SAT_PASSED",
    "ACCEPTED",
    "RETENTION_RELEASED",
]
"""What makes a milestone due or a fee earned."""

Kilowatts = Annotated[
    str, Meta(pattern=r"^(0|[1-9][0-9]{0,6})(\.[0-9]{1,3})?$(?!\n)", description="kW with up to three decimals: 125.")
]
Percent = Annotated[
    str,
    Meta(pattern=r"^(100|[1-9]?[0-9](\.[0-9]{1,4})?)$(?!\n)", description="Up to four decimals: 30 or 33.3333."),
]


class OrderLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of machines of a model. `kw`: nameplate of one; `unit_price` of one, in the order's currency."""

    item: Id
    model: Text
    kw: Kilowatts
    quantity: Annotated[int, Meta(ge=1, le=100_000)]
    unit_price: UnitPrice


class Incoterms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule of Incoterms 2020 and its named place."""

    rule: IncotermsRule
    place: Text


class Milestone(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the value, and what makes it due."""

    milestone: Id
    percent: Percent
    trigger: Trigger


class CommissionTerm(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """MCSC's fee as agent on one trigger: a share of the value, a flat amount, or both."""

    trigger: Trigger = "ACCEPTED"
    rate: Ratio = "0"
    flat: Amount = "0"


class OrderTerms(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The terms that were agreed.

    supply              domestic: prices include VAT of goods, where MCSC sells; cross-border: none
    commission          for an agent; each trigger earns once (O6)
    commission_payer    who owes the fee; commission_supply domestic: VAT of services comes on top of it; cross-border:
                        0 %, which needs a filing with the tax bureau
    fat                 whether the equipment is tested before it is shipped
    deemed_acceptance   whether the contract has a clause by which acceptance without a site test is deemed (O3)
    due_days            days from an invoice until it is due
    """

    lines: Annotated[tuple[OrderLine, ...], Meta(min_length=1, max_length=100)]
    currency: Currency
    incoterms: Incoterms
    milestones: Annotated[tuple[Milestone, ...], Meta(min_length=1, max_length=24)]
    supply: Supply = "CROSS_BORDER"
    commission: Annotated[tuple[CommissionTerm, ...], Meta(max_length=10)] = (CommissionTerm(rate="0.03"),)
    commission_payer: Literal["SUPPLIER", "BUYER"] = "SUPPLIER"
    commission_supply: Supply = "CROSS_BORDER"
    fat: bool = True
    deemed_acceptance: bool = False
    due_days: Annotated[int, Meta(ge=0, le=365)] = 30


class RoleAssessment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Agent or principal (IFRS 15 B34-B38), in the assessor's words, with the paper that holds it.

    specified_good   B34A: what is promised to the buyer
    control          B35: whether MCSC controls it before the buyer does
    responsibility, inventory_risk, pricing   B37: the indicators
    conclusion       B38: how they were weighed
    recognition      why revenue is earned at a point in time, on acceptance (35(c) not met), or over time
    """

    specified_good: Text
    control: Text
    responsibility: Text
    inventory_risk: Text
    pricing: Text
    conclusion: Text
    recognition: Text
    evidence: Evidence


class MilestoneAmount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The amount of a milestone, in minor units of the order's currency."""

    milestone: Id
    amount_minor: int


def value_of(lines: Iterable[OrderLine], currency: str) -> int:
    """Σ of the lines, each rounded to the currency's minor unit."""
    return sum(rounded(Fraction(line.unit_price) * line.quantity * 10 ** EXPONENT[currency]) for line in lines)


def split(value_minor: int, milestones: Sequence[Milestone]) -> tuple[MilestoneAmount, ...]:
    """Split a value over milestones by their percentages; the parts sum to it. 418,333.35 at 30/60/10 is 125,500.01,
    251,000.01 and 41,833.33."""
    parts = share(value_minor, [Fraction(milestone.percent) for milestone in milestones])
    return tuple(
        MilestoneAmount(milestone=milestone.milestone, amount_minor=part)
        for milestone, part in zip(milestones, parts, strict=True)
    )

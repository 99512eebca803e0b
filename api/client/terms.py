"""Terms that deals are agreed on.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from msgspec import Struct

from api.client.parts import Evidence


class BandValues(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The values that the registers of the bands show; a meter without a register of a band shows 0 (domain §14.8)."""

    peak: str
    flat: str
    valley: str
    sharp: str = "0"
    deep_valley: str = "0"


class Break(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A right to end the lease with this day, on notice. `reasonably_certain`: that it is used (IFRS 16.18)."""

    on: date
    notice_days: int
    party: Literal["EITHER", "LESSOR", "TENANT"]
    fee_months: int = 0
    reasonably_certain: bool = False


class CarryForward(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A right to count what is taken above take-or-pay, up to `cap` of it, in so many contract years after."""

    cap: str
    years: int


class CommissionTerm(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """MCSC's fee as agent on one trigger: a share of the value, a flat amount, or both."""

    trigger: Literal[
        "ACCEPTED",
        "CUSTOMS_CLEARED",
        "DELIVERED",
        "FAT_PASSED",
        "INSTALLED",
        "IN_PRODUCTION",
        "ORDERED",
        "RETENTION_RELEASED",
        "SAT_PASSED",
        "SHIPPED",
    ] = "ACCEPTED"
    rate: str = "0"
    flat: str = "0"


class Covenant(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A target to be reached by a date. A yearly covenant is one covenant a year, each with an id of its own.

    tolerance     the shortfall up to which, and with which, nothing follows: 0.1 is 10 %
    incentive     what a miss costs; None: it costs nothing
    """

    covenant: str
    metric: Literal["FAI", "FAI_INTENSITY", "JOBS", "OUTPUT", "PAID_IN", "TAX_PER_MU"]
    target: str
    test_on: date
    tolerance: str = "0"
    consequence: Literal["CLIFF", "PRO_RATA"] = "PRO_RATA"
    incentive: str | None = None


class DayBlock(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A day of intervals: whole watt-hours with spaces between, so that anybody can add them up."""

    day: date
    energy_wh: str
    quality: str | None = None


class DepositInterest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Interest on the deposit that is held: a rate a year, by actual days of 365 or 360."""

    rate: str
    days: Literal["ACT_360", "ACT_365"] = "ACT_365"


class Fixed(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="FIXED"):
    """One price; with `escalation` it grows by that each contract year, from the base price each time."""

    price: str
    escalation: str = "0"


class Guarantee(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Energy guaranteed for a contract year; damages are at most `cap` of what it would have cost."""

    guaranteed: str
    cap: str


class Incentive(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An amount that the investor is promised in return, in CNY. `payer`: who pays it, where that is not MCSC.

    Terms written down before the city's own name was known as such may have it as the payer: read `stranger`.
    """

    incentive: str
    amount: str
    payer: str | None = None


class Incoterms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule of Incoterms 2020 and its named place."""

    rule: Literal["CFR", "CIF", "CIP", "CPT", "DAP", "DDP", "DPU", "EXW", "FAS", "FCA", "FOB"]
    place: str


class Indexation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Rent follows an index, between floor and cap (domain §14.4).

    ratio_form   the index is published as "previous year = 100": current ÷ 100 is the ratio itself
    bounds       since last: each review moves the rent that it finds, by the index since the review before (or
    since
                 `base_on`); cumulative: each moves the rent of the terms, by the index since `base_on`
    """

    series: str
    base_on: date
    floor: str | None = None
    cap: str | None = None
    ratio_form: bool = False
    bounds: Literal["CUMULATIVE", "SINCE_LAST"] = "SINCE_LAST"


class Indexed(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="INDEXED"):
    """A reference price less a discount, not below the floor and not above the cap."""

    series: str
    discount: str = "0"
    floor: str | None = None
    cap: str | None = None


class Tranche(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of the contracted amount, and the day by which it is to be paid in."""

    due_on: date
    amount: str


class MakeUp(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A right to take later what was paid for and not taken, in so many contract years after."""

    years: int


class Milestone(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of the value, and what makes it due."""

    milestone: str
    percent: str
    trigger: Literal[
        "ACCEPTED",
        "CUSTOMS_CLEARED",
        "DELIVERED",
        "FAT_PASSED",
        "INSTALLED",
        "IN_PRODUCTION",
        "ORDERED",
        "RETENTION_RELEASED",
        "SAT_PASSED",
        "SHIPPED",
    ]


class Savings(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="SAVINGS"):
    """Energy performance contracting (合同能源管理).

    SHARED_SAVINGS       (效益分享型) `share` of what the saved energy costs at `price`
    GUARANTEED_SAVINGS   (节能量保证型) `fee` a month, less `price` for each kWh that is guaranteed and not saved
    COST_TRUSTEESHIP     (能源费用托管型) `fee` a month for the energy bill, whatever it comes to
    """

    form: Literal["COST_TRUSTEESHIP", "GUARANTEED_SAVINGS", "SHARED_SAVINGS"]
    price: str
    share: str = "1"
    fee: str = "0.00"
    guaranteed: str = "0"


class Spot(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="SPOT"):
    """Each interval at the price of a series at its beginning, more the margin, at least the floor, at most the cap.

    An interval longer than a period of the series is shared by its minutes. Nothing is rounded but the month's
    amount.
    Deemed energy is paid at the mean price of the month. Without a floor or a cap there is none: prices may lie
    below
    zero.
    """

    series: str
    margin: str = "0"
    floor: str | None = None
    cap: str | None = None


class OrderLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number of machines of a model. `kw`: nameplate of one; `unit_price` of one, in the order's currency."""

    item: str
    model: str
    kw: str
    quantity: int
    unit_price: str


class ParkBuilding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A building that stands on the day; tax invoices of its leases need region, address and title_certificate."""

    parcel: str
    building: str
    name: str
    floors: int
    lettable: str
    standard: Literal["BOMA", "GB/T17986", "GB/T50353", "IPMS3"]
    region: str | None = None
    address: str | None = None
    title_certificate: str | None = None


class ParkCompany(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tenant, as `register-lead` asks for it; its registration is recorded by its own commands."""

    company: str
    name: str
    name_zh: str | None = None
    country: str
    origin: Literal["BAC_REFERRAL", "CIIE_PAVILION", "DIRECT", "GOV_AGREEMENT", "OTHER", "PARTNER"] = "OTHER"
    origin_year: int | None = None


class ParkDeposit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The deposit that is held for a lease. `deposit` names it."""

    deposit: str
    lease: str
    amount: str


class ParkInvoice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document that is still open on the day: `gross` is what it asked for, tax included, `open` what is left."""

    invoice: str
    lease: str
    charge: Literal["LATE_FEE", "RENT", "SERVICE_CHARGE", "TERMINATION_FEE"]
    issued_on: date
    due_on: date
    from_on: date
    until_on: date
    gross: str
    vat_rate: str
    open: str


class ParkParcel(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A parcel of a site."""

    site: str
    parcel: str
    name: str
    area: str


class ParkSite(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The site, in square metres."""

    site: str
    name: str
    area: str
    source: str


class ParkUnit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A unit of a building, measured by the building's standard on or before the day."""

    building: str
    unit: str
    floor: str
    use: Literal["INDUSTRIAL", "LABORATORY", "OFFICE", "RESIDENTIAL", "RETAIL", "WAREHOUSE"]
    area: str


class Premises(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A unit and its contracted area, for the whole term or for days of its own."""

    unit: str
    area: str
    from_on: date | None = None
    until_on: date | None = None


class Quote(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A price ex VAT, and what it is for."""

    price: str
    per: Literal["M2_DAY_30", "M2_DAY_365", "M2_MONTH", "MONTH"]


class RenewalOption(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A right in the contract to go on for so many months. Exercising it is no modification (L10). Where that is
    reasonably certain, its months belong to the term that rent is spread over, at the last rent (domain §14.3).
    """

    months: int
    notice_days: int
    reasonably_certain: bool = False


class RentFree(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """No rent is payable on these days, both included; the service charge is."""

    from_on: date
    until_on: date


class ShippedItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number of an item of the order."""

    item: str
    quantity: int


class TurnoverRent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A share of what the tenant sells is due beside the rent (IFRS 16.38(b): variable, not by an index).

    share            of the turnover above the breakpoint: 0.08 is 8 %
    breakpoint       a month's turnover of which no share is due
    year_breakpoint  the same of a calendar year, where that is not twelve months'; a part of one by its months
    and days
    less_rent        the rent is the least: the share is due as far as it is more than the rent of the same days
    declared_days    days after a month within which the tenant says what it sold
    """

    share: str
    breakpoint: str = "0.00"
    year_breakpoint: str | None = None
    less_rent: bool = False
    declared_days: int = 15


class Window(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A band's hours of every day: from the first up to, and without, the last."""

    band: Literal["DEEP_VALLEY", "FLAT", "PEAK", "SHARP", "VALLEY"]
    from_hour: str
    until_hour: str


class RoleAssessment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Agent or principal (IFRS 15 B34-B38), in the assessor's words, with the paper that holds it.

    specified_good   B34A: what is promised to the buyer
    control          B35: whether MCSC controls it before the buyer does
    responsibility, inventory_risk, pricing   B37: the indicators
    conclusion       B38: how they were weighed
    recognition      why revenue is earned at a point in time, on acceptance (35(c) not met), or over time
    """

    specified_good: str
    control: str
    responsibility: str
    inventory_risk: str
    pricing: str
    conclusion: str
    recognition: str
    evidence: Evidence


class InvestmentTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The terms of an investment agreement.

    contracted   合同投资额, in `currency`; the tranches sum to it (I1)
    subscribed   认缴: registered capital by the articles, in `currency`
    fai_target   固定资产投资: fixed-asset investment that was promised, CNY
    site         area that intensity and tax per mu are measured on, m²
    """

    currency: Literal["BHD", "CNY", "EUR", "GBP", "HKD", "JPY", "KRW", "KWD", "SGD", "USD"]
    contracted: str
    subscribed: str | None = None
    fai_target: str | None = None
    site: str | None = None
    tranches: tuple[Tranche, ...]
    covenants: tuple[Covenant, ...] = ()
    incentives: tuple[Incentive, ...] = ()


class TakeOrPay(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`share` of the annual contract quantity is paid for. `price`: of the shortfall, where bands have several."""

    acq: str
    share: str
    make_up: MakeUp | None = None
    carry_forward: CarryForward | None = None
    price: str | None = None


class OrderTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The terms that were agreed.

    supply              domestic: prices include VAT of goods, where MCSC sells; cross-border: none
    commission          for an agent; each trigger earns once (O6)
    commission_payer    who owes the fee; commission_supply domestic: VAT of services comes on top of it;
    cross-border:
                        0 %, which needs a filing with the tax bureau
    fat                 whether the equipment is tested before it is shipped
    deemed_acceptance   whether the contract has a clause by which acceptance without a site test is deemed (O3)
    due_days            days from an invoice until it is due
    """

    lines: tuple[OrderLine, ...]
    currency: Literal["BHD", "CNY", "EUR", "GBP", "HKD", "JPY", "KRW", "KWD", "SGD", "USD"]
    incoterms: Incoterms
    milestones: tuple[Milestone, ...]
    supply: Literal["CROSS_BORDER", "DOMESTIC"] = "CROSS_BORDER"
    commission: tuple[CommissionTerm, ...] = (CommissionTerm(rate="0.03"),)
    commission_payer: Literal["BUYER", "SUPPLIER"] = "SUPPLIER"
    commission_supply: Literal["CROSS_BORDER", "DOMESTIC"] = "CROSS_BORDER"
    fat: bool = True
    deemed_acceptance: bool = False
    due_days: int = 30


class RentStep(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From this day on the rent is this."""

    from_on: date
    rent: Quote


class TimeOfUse(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="TIME_OF_USE"):
    """A price for each band. Hours in no window are FLAT. Deemed energy is paid at the flat price."""

    peak: str
    flat: str
    valley: str
    sharp: str | None = None
    deep_valley: str | None = None
    windows: tuple[Window, ...] = ()


class Terms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The terms of a lease. All amounts ex VAT.

    expiry_on            the last day, included
    rent                 steps in order, the first from the commencement on
    rent_months          a month of rent: of the calendar, or from the commencement's day: from the 15th to the
    14th
    billed_every_months  rent is billed for so many of its months at once, counted from the month of commencement
    billed               in advance: due with the first day of the period; in arrears: with the last
    due_days             days from the invoice's date until it is due
    deposit_return_days  days after the end within which the deposit is to be paid back
    lines                one invoice line for the whole billed period, or one a calendar month: VAT is rounded for
    each
    deposit_interest     accrues month by month while deposit is held, and is credited to it
    service_charge       billed every calendar month; not part of the lease payments (IFRS 15)
    turnover_rent        a share of the tenant's turnover, billed when it is declared (turnover.py)
    incentive            what MCSC pays the tenant for signing, in all; it comes off the rent earned, month by
    month
    straight_line        the version of the rule that spreads the rent (domain §4.1)
    """

    premises: tuple[Premises, ...]
    commencement_on: date
    expiry_on: date
    rent: tuple[RentStep, ...]
    rent_free: tuple[RentFree, ...] = ()
    rent_months: Literal["CALENDAR", "COMMENCEMENT"] = "CALENDAR"
    billed_every_months: Literal[1, 2, 3, 6, 12] = 1
    billed: Literal["ADVANCE", "ARREARS"] = "ADVANCE"
    due_days: int = 0
    lines: Literal["MONTH", "PERIOD"] = "PERIOD"
    proration: Literal["ACTUAL_365", "ACTUAL_366", "ACTUAL_ACTUAL", "THIRTY_360"] = "ACTUAL_ACTUAL"
    deposit: str = "0.00"
    deposit_return_days: int = 0
    service_charge: Quote | None = None
    vat: Literal["GENERAL", "SIMPLIFIED"] = "GENERAL"
    late_fee_per_day: str = "0.0005"
    indexation: Indexation | None = None
    breaks: tuple[Break, ...] = ()
    renewal: RenewalOption | None = None
    straight_line: Literal["LARGEST_REMAINDER"] = "LARGEST_REMAINDER"
    turnover_rent: TurnoverRent | None = None
    incentive: str = "0.00"
    deposit_interest: DepositInterest | None = None


class OfftakeTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agreement's terms. It begins with a month and ends with one, both days included.

    generator     who generates, where MCSC does not sell; `fee`: the share of the net that a settlement agent
    keeps
    lease         the tenant's lease, where its premises are supplied
    vat_series    electricity is goods; energy performance contracting a service
    co2_series    the factor that avoided emissions are estimated with: a province's own, such as co2/cn-sc, or
    the
                  national one, which counts more than three times as much as Sichuan's
    grid          fed into the grid: its certificates can be traded
    limitation_months   until when a month is settled anew
    late_fee_per_day    the share of what is open that each day after the due date costs
    """

    role: Literal["OBSERVER", "SELLER", "SETTLEMENT_AGENT"]
    buyer: str
    generator: str | None = None
    lease: str | None = None
    technology: Literal[
        "BIOMASS", "GAS", "GEOTHERMAL", "HYDRO", "OCEAN", "SOLAR", "STORAGE", "WASTE_HEAT", "WASTE_TO_ENERGY", "WIND"
    ]
    grid: bool = False
    starts_on: date
    ends_on: date
    price: Fixed | Indexed | TimeOfUse | Spot | Savings
    take_or_pay: TakeOrPay | None = None
    guarantee: Guarantee | None = None
    fee: str = "0"
    due_days: int = 30
    vat_series: Literal["vat/goods", "vat/services"] = "vat/goods"
    co2_series: str = "co2/cn-average"
    limitation_months: int = 12
    late_fee_per_day: str = "0"
    note: str | None = None


class ParkLease(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A lease as other files have it.

    billed_through    the last day that rent is billed for; none: of a lease whose term has not begun
    service_through   the same of the service charge; none: through the day of taking over
    """

    lease: str
    company: str
    terms: Terms
    signed_on: date
    billed_through: date | None = None
    service_through: date | None = None

"""Everything that is recorded of an equipment order, and its money.

Fact (order.…)                                Posts   About
quotation-issued                              no      terms offered to a buyer, until a day
ordered                                       no      role and assessment are frozen (O2)
change-proposed, -rejected                    no      other lines that somebody asks for, or that are turned down
change-approved                               no      a second person agreed: what is not paid is split anew (O5)

production-started, fat-passed, fat-failed,   no      the works, step by step, each on its paper
  shipped, customs-cleared, delivered,
  installed, sat-passed, sat-failed,
  plant-commissioned
acceptance-certified, warranty-started,       no      PAC, what follows it, and the last certificate (FAC)
  retention-released, closed
put-on-hold, resumed                          no      a flag, never a state

milestone-invoiced                            no      the seller asked for a milestone that is due
milestone-paid                                no      AGENT, OBSERVER: the buyer paid the supplier
advance-received                              yes     PRINCIPAL, before acceptance: a contract liability
client-money-received, -remitted              yes     AGENT: the supplier's money passes through MCSC

revenue-recognised                            yes     PRINCIPAL, on acceptance: the sale
commission-earned, -reversed                  yes     AGENT: the fee on a trigger, and its mirror

receivable-collected                          yes     money for what is owed to MCSC
receivable-reclassified                       yes     a contract asset is due
receivables-revalued, revaluation-reversed    yes     foreign receivables of all orders at a month's end

cancelled                                     no      it will not be delivered; a fee between the parties
cancellation-fee-charged                      yes     PRINCIPAL: out of the advances; the rest is owed
advance-refunded, -forfeited                  yes     PRINCIPAL: paid back, or kept

An OBSERVER's order has none that posts. Amounts are minor units of the order's currency, and CNY minor units beside
them; a fact holds every amount that was decided, so `postings(fact)` needs nothing else.

Names are storage: a tag below is written into every stored fact and never changes.
"""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.decider import Fact, Id, Text
from ledger.once.bank import BankReference
from ledger.orders.over_time.progress import Progress
from ledger.orders.terms import MilestoneAmount, OrderLine, OrderTerms, Recognition, Role, RoleAssessment, Trigger
from ledger.periods import Month, PostingFact
from ledger.rates import RateValue, Series
from ledger.values.currencies import Currency
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio

Account = Literal["receivables", "contract-assets"]
Monetary = Literal["receivables", "contract-assets", "client-money"]
"""The accounts that are remeasured at a month's end (IAS 21.23); client money is owed by MCSC."""
Cause = Literal["BUYER", "SUPPLIER", "AGREEMENT", "FORCE_MAJEURE"]

FOREIGN_RECEIVABLES_TAG = "foreign-receivables"
"""The tag of every fact that moves a receivable in a foreign currency: remeasurement must see all of them."""

PARTIES = ("supplier", "buyer")

OF_EACH = ("accounting_on", "supplier", "buyer", "currency", "amount_minor", "rate", "cny_minor")
"""The fields that the state adds to every fact about money."""

TAX = ("vat_rate", "vat_minor", "vat_cny_minor")
CHARGE = ("charge_minor", "charge_cny_minor")
"""The fields of what a bank on the way kept."""

# What facts are made of


class OrderFact(Fact, frozen=True, kw_only=True):
    """Something that happened to an order. Moves no money of MCSC's, whatever the role."""

    order: Id
    supplier: Id
    buyer: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The order and both parties. `party:`, not `company:`: a company's own rules do not read its orders."""
        return order_tags(self.order, self.supplier, self.buyer)


class OrderPostingFact(PostingFact, frozen=True, kw_only=True):
    """Something about an order that posts. `moves_receivable`: a debt to MCSC changes by it."""

    payment_noun = "order"
    moves_receivable: ClassVar[bool] = False
    order: Id
    supplier: Id
    buyer: Id

    @property
    def about(self) -> tuple[str, ...]:
        """Further tags."""
        return ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The order, both parties, what it touches, and the month it posts to."""
        return (*order_tags(self.order, self.supplier, self.buyer), *self.about, *self.account_tags, self.books_tag)


class OrderAmountFact(OrderPostingFact, frozen=True, kw_only=True):
    """An amount in the order's currency, and what it comes to in CNY."""

    currency: Currency
    amount_minor: int
    cny_minor: int

    @property
    def about(self) -> tuple[str, ...]:
        """The tag of all receivables in foreign currencies, where one of them moves."""
        return (FOREIGN_RECEIVABLES_TAG,) if self.moves_receivable and self.currency != "CNY" else ()


class OrderMoneyFact(OrderAmountFact, frozen=True, kw_only=True):
    """The same at an approved rate of its date. Of CNY itself the rate is 1."""

    rate_series: Series | None = None
    rate: RateValue = "1"


def order_tags(order: str, supplier: str, buyer: str) -> tuple[str, ...]:
    """The tags of an order and its parties, each once."""
    return tuple(dict.fromkeys((f"order:{order}", f"party:{supplier}", f"party:{buyer}")))


# The agreement


class QuotationIssued(OrderFact, frozen=True, kw_only=True, tag="order.quotation-issued"):
    """A supplier quoted to a buyer; a later quotation takes the place of an earlier one."""

    terms: OrderTerms
    valid_until: date

    @property
    def topic(self) -> tuple[Any, ...]:
        """The newest quotation of an order takes the place of the others."""
        return (QuotationIssued, self.order)


class EquipmentOrdered(OrderFact, frozen=True, kw_only=True, tag="order.ordered"):
    """The buyer ordered what was quoted. Role and assessment never change from here on (O2).

    rate_series   the exchange rate that was named, here and in the steps after it: also where nothing was converted
    over_time     how its sale is earned over time; on acceptance where it is not said
    """

    derived = ("supplier", "buyer", "terms", "value_minor", "amounts", "rate_series")
    role: Role
    assessment: RoleAssessment
    document: Evidence
    terms: OrderTerms
    value_minor: int
    amounts: tuple[MilestoneAmount, ...]
    rate_series: Series | None = None
    over_time: Recognition | None = None


class ChangeOrderProposed(OrderFact, frozen=True, kw_only=True, tag="order.change-proposed"):
    """Somebody asks for other lines, which are not agreed yet."""

    derived = ("supplier", "buyer", "proposed_by")
    change: Id
    lines: tuple[OrderLine, ...]
    reason: Text
    document: Evidence
    proposed_by: Id


class ChangeOrderRejected(OrderFact, frozen=True, kw_only=True, tag="order.change-rejected"):
    """The proposed lines are not agreed to."""

    derived = PARTIES
    change: Id
    reason: Text


class ChangeOrderApproved(OrderFact, frozen=True, kw_only=True, tag="order.change-approved"):
    """Other lines hold from now on. `amounts`: those of the milestones not paid; their invoices stand no more. Without
    `proposed_by` one person agreed alone, as was done until changes were proposed."""

    derived = (*PARTIES, "value_minor", "delta_minor", "amounts", "proposed_by", "approved_by", "rate_series")
    change: Id
    lines: tuple[OrderLine, ...]
    reason: Text
    document: Evidence
    value_minor: int
    delta_minor: int
    amounts: tuple[MilestoneAmount, ...]
    proposed_by: Id | None = None
    approved_by: Id | None = None
    rate_series: Series | None = None


# The works


class ShippedItem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of an item of the order."""

    item: Id
    quantity: Annotated[int, Meta(ge=1, le=100_000)]


class StepFact(OrderFact, frozen=True, kw_only=True):
    """A step of the works, on its paper."""

    derived = (*PARTIES, "rate_series")
    document: Evidence
    rate_series: Series | None = None


class ProductionStarted(StepFact, frozen=True, kw_only=True, tag="order.production-started"):
    """The supplier started to build the equipment."""


class FatPassed(StepFact, frozen=True, kw_only=True, tag="order.fat-passed"):
    """The factory acceptance test was passed."""


class FatFailed(StepFact, frozen=True, kw_only=True, tag="order.fat-failed"):
    """The factory acceptance test was not passed."""

    reason: Text


class EquipmentShipped(StepFact, frozen=True, kw_only=True, tag="order.shipped"):
    """A shipment left on a bill of lading. Who bears the risk from here on is said by the Incoterms rule (O7)."""

    shipment: Id
    bill_of_lading: Text
    items: tuple[ShippedItem, ...]


class CustomsCleared(StepFact, frozen=True, kw_only=True, tag="order.customs-cleared"):
    """Equipment cleared customs. Duty and import VAT are what the importer of record paid, in CNY: not MCSC's books."""

    declaration: Text
    duty_minor: int
    import_vat_minor: int


class EquipmentDelivered(StepFact, frozen=True, kw_only=True, tag="order.delivered"):
    """Everything ordered is on site."""


class EquipmentInstalled(StepFact, frozen=True, kw_only=True, tag="order.installed"):
    """The equipment is installed where it will run."""


class SatPassed(StepFact, frozen=True, kw_only=True, tag="order.sat-passed"):
    """The site acceptance test was passed."""


class SatFailed(StepFact, frozen=True, kw_only=True, tag="order.sat-failed"):
    """The site acceptance test was not passed."""

    reason: Text


class PlantCommissioned(StepFact, frozen=True, kw_only=True, tag="order.plant-commissioned"):
    """The plant was started up. Commissioning it has nothing to do with an agent's commission (domain D6)."""


class AcceptanceCertified(StepFact, frozen=True, kw_only=True, tag="order.acceptance-certified"):
    """The provisional acceptance certificate (PAC). `deemed`: by the contract's clause, without a site test (O3)."""

    deemed: bool = False


class WarrantyStarted(StepFact, frozen=True, kw_only=True, tag="order.warranty-started"):
    """The warranty began: defects are the supplier's until a day."""

    until_on: date


class RetentionReleased(StepFact, frozen=True, kw_only=True, tag="order.retention-released"):
    """The milestones that were retained are due."""


class OrderClosed(StepFact, frozen=True, kw_only=True, tag="order.closed"):
    """The final acceptance certificate (FAC) was given: nothing is owed for this order any more."""


class OrderPutOnHold(OrderFact, frozen=True, kw_only=True, tag="order.put-on-hold"):
    """The works stopped until the order is resumed."""

    derived = PARTIES
    reason: Text

    @property
    def topic(self) -> tuple[Any, ...]:
        """Held or resumed: the latest counts."""
        return (OrderPutOnHold, self.order)


class OrderResumed(OrderFact, frozen=True, kw_only=True, tag="order.resumed"):
    """The works go on."""

    derived = PARTIES
    reason: Text

    @property
    def topic(self) -> tuple[Any, ...]:
        """Held or resumed: the latest counts."""
        return (OrderPutOnHold, self.order)


# Payments


class MilestoneInvoiced(OrderFact, frozen=True, kw_only=True, tag="order.milestone-invoiced"):
    """The seller asked for a milestone: MCSC as principal, else the supplier. Before acceptance nothing is earned by
    it, so nothing posts."""

    derived = ("supplier", "buyer", "amount_minor", "due_on")
    milestone: Id
    invoice: Id
    amount_minor: int
    due_on: date


class MilestonePaid(OrderFact, frozen=True, kw_only=True, tag="order.milestone-paid"):
    """The buyer paid the supplier. No money of MCSC's. `part`: more is open of the milestone."""

    derived = ("supplier", "buyer", "amount_minor", "part")
    milestone: Id
    amount_minor: int
    evidence: Evidence | None = None
    part: bool = False


class MilestoneMoneyFact(OrderMoneyFact, frozen=True, kw_only=True):
    """A milestone's money, into MCSC's bank. `part`: more is open of the milestone."""

    derived: ClassVar[tuple[str, ...]] = (*OF_EACH, "part")
    milestone: Id
    bank_reference: BankReference
    part: bool = False
    evidence: Evidence | None = None
    bank_account: Id | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The bank reference."""
        return (f"bank:{self.bank_reference}",)


class AdvanceReceived(MilestoneMoneyFact, frozen=True, kw_only=True, tag="order.advance-received"):
    """Paid to MCSC as principal before acceptance: a contract liability at the day's rate, for good (IFRIC 22).
    `charge_minor`: the part of the amount that a bank on the way kept, at MCSC's expense (domain §14.11)."""

    derived = (*OF_EACH, "part", *CHARGE)
    charge_minor: int = 0
    charge_cny_minor: int = 0


class ClientMoneyReceived(MilestoneMoneyFact, frozen=True, kw_only=True, tag="order.client-money-received"):
    """Paid to MCSC as agent: the supplier's money."""


class ClientMoneyRemitted(OrderAmountFact, frozen=True, kw_only=True, tag="order.client-money-remitted"):
    """Client money went on, in the currency it came in: neither gain nor loss is MCSC's. `part`: more is held."""

    derived = (*OF_EACH, "part")
    milestone: Id
    bank_reference: BankReference
    to: Literal["SUPPLIER", "BUYER"]
    part: bool = False
    bank_account: Id | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The bank reference."""
        return (f"bank:{self.bank_reference}",)


# Earnings


class Due(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A milestone not paid by acceptance: a receivable where it was invoiced, else a contract asset."""

    milestone: Id
    account: Account
    amount_minor: int
    cny_minor: int


class EquipmentRevenueRecognised(OrderMoneyFact, frozen=True, kw_only=True, tag="order.revenue-recognised"):
    """The sale, on acceptance. `amount_minor` is the order's value, `cny_minor` all of it in CNY: the advances as they
    stood, the milestones due at the day's rate. VAT, where prices include it, is taken out of both.

    of_stock   nobody said what it cost: the cost is what stood in the inventory for the order
    before     what was earned of it over time: the rest posts, and what waited for acceptance waits no more
    """

    moves_receivable = True
    derived = (
        *OF_EACH,
        *("of_stock", "before"),
        "advances_minor",
        "advances_cny_minor",
        "due",
        "vat_rate",
        "vat_minor",
        "vat_cny_minor",
    )
    advances_minor: int
    advances_cny_minor: int
    due: tuple[Due, ...] = ()
    vat_rate: Ratio = "0"
    vat_minor: int = 0
    vat_cny_minor: int = 0
    cost_minor: int = 0
    of_stock: bool = False
    before: Progress | None = None


class CommissionFeeEarned(OrderMoneyFact, frozen=True, kw_only=True, tag="order.commission-earned"):
    """MCSC's fee as agent, net; VAT comes on top. `needs_filing`: 0 % across the border, to be filed for. `change`: the
    change order that made the value more; then it is the difference alone."""

    moves_receivable = True
    derived = (*OF_EACH, "payer", "vat_rate", "vat_minor", "vat_cny_minor", "needs_filing")
    trigger: Trigger
    payer: Id
    vat_rate: Ratio = "0"
    vat_minor: int = 0
    vat_cny_minor: int = 0
    needs_filing: bool = False
    change: Id | None = None


class CommissionFeeReversed(OrderMoneyFact, frozen=True, kw_only=True, tag="order.commission-reversed"):
    """The fee is not MCSC's after all: the mirror of what was earned. What is owed goes out as it stands in the books;
    collected, it is paid back at the day's rate (`bank_reference`), but for what is still owed of it (`open_minor`,
    which stands at `open_cny_minor`). The difference is exchange. `change`: the change order that made the value less;
    then it is the difference alone."""

    moves_receivable = True
    derived = (
        *(*OF_EACH, "payer", "earned_cny_minor"),
        *("vat_minor", "vat_cny_minor", "open_minor", "open_cny_minor"),
    )
    trigger: Trigger
    payer: Id
    earned_cny_minor: int
    vat_minor: int = 0
    vat_cny_minor: int = 0
    reason: Text
    bank_reference: BankReference | None = None
    open_minor: int = 0
    open_cny_minor: int = 0
    change: Id | None = None
    bank_account: Id | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """Foreign receivables, and the bank reference."""
        return (*super().about, *((f"bank:{self.bank_reference}",) if self.bank_reference else ()))


# Receivables


class ReceivableCollected(OrderMoneyFact, frozen=True, kw_only=True, tag="order.receivable-collected"):
    """A receivable, or a part of it, was paid: `cny_minor`; in the books it stood at `carrying_minor`. `part`: more is
    open of it. `charge_minor`: the part of it that a bank on the way kept, at MCSC's expense (domain §14.11)."""

    moves_receivable = True
    derived = (*OF_EACH, "account", "carrying_minor", "payer", "part", *CHARGE)
    receivable: Id
    account: Account
    carrying_minor: int
    payer: Id
    bank_reference: BankReference
    part: bool = False
    evidence: Evidence | None = None
    charge_minor: int = 0
    charge_cny_minor: int = 0
    bank_account: Id | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """Foreign receivables, and the bank reference."""
        return (*super().about, f"bank:{self.bank_reference}")


class ReceivableReclassified(OrderAmountFact, frozen=True, kw_only=True, tag="order.receivable-reclassified"):
    """A contract asset became a receivable, at what it stood in the books: only time has to pass now."""

    moves_receivable = True
    derived = OF_EACH
    receivable: Id


class Revalued(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receivable at a month's end: its amount, the rate, what it stood at before and stands at now (CNY).

    account   client-money: what is held for the supplier of the milestone that `receivable` names
    """

    order: Id
    receivable: Id
    company: Id
    account: Monetary
    currency: Currency
    amount_minor: int
    rate_series: Series
    rate: RateValue
    carrying_minor: int
    revalued_minor: int


class RevaluationFact(PostingFact, frozen=True, kw_only=True):
    """A remeasurement of receivables, and of client money held, of several orders."""

    items: tuple[Revalued, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """Every order, all foreign receivables, and the month."""
        orders = tuple(dict.fromkeys(f"order:{item.order}" for item in self.items))
        return (*orders, FOREIGN_RECEIVABLES_TAG, self.books_tag)


class ReceivablesRevalued(RevaluationFact, frozen=True, kw_only=True, tag="order.receivables-revalued"):
    """Every receivable in a foreign currency, at the rates of the month's last day. Gain or loss is not realised."""

    derived = ("accounting_on", "items")
    month: Month
    rate_series: tuple[Series, ...]


class RevaluationReversed(RevaluationFact, frozen=True, kw_only=True, tag="order.revaluation-reversed"):
    """A remeasurement was taken back, on the day on which these were collected or remeasured from their old figure."""

    derived = ("accounting_on", "items")
    month: Month


# The end before acceptance


class OrderCancelled(OrderFact, frozen=True, kw_only=True, tag="order.cancelled"):
    """The order was cancelled. `fee_minor`: what one side pays the other for that, in the order's currency."""

    derived = (*PARTIES, "rate_series")
    cause: Cause
    fee_minor: int
    document: Evidence
    rate_series: Series | None = None


class CancellationFeeCharged(OrderMoneyFact, frozen=True, kw_only=True, tag="order.cancellation-fee-charged"):
    """A fee for cancelling, paid by the buyer to MCSC as principal: out of the advances as they stood; the rest is owed
    at the day's rate. `amount_minor` and `cny_minor` are of both, with the VAT in both, where that is taxed."""

    moves_receivable = True
    derived = (*OF_EACH, "advances_minor", "advances_cny_minor", *TAX)
    advances_minor: int
    advances_cny_minor: int
    vat_rate: Ratio = "0"
    vat_minor: int = 0
    vat_cny_minor: int = 0


class AdvanceRefunded(OrderMoneyFact, frozen=True, kw_only=True, tag="order.advance-refunded"):
    """Advances were paid back: `cny_minor` left the bank; in the books they stood at `carrying_minor`."""

    derived = ("accounting_on", "supplier", "buyer", "currency", "rate", "cny_minor", "carrying_minor")
    carrying_minor: int
    bank_reference: BankReference
    bank_account: Id | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The bank reference."""
        return (f"bank:{self.bank_reference}",)


class AdvanceForfeited(OrderAmountFact, frozen=True, kw_only=True, tag="order.advance-forfeited"):
    """Advances are MCSC's for good, as they stood in the books, with the VAT that they include where that is taxed."""

    derived = ("accounting_on", "supplier", "buyer", "currency", "cny_minor", *TAX)
    reason: Text
    vat_rate: Ratio = "0"
    vat_minor: int = 0
    vat_cny_minor: int = 0

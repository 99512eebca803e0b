"""Who does as a refusal says gets on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.deposits import DepositExceeded, ReverseDeposit
from ledger.billing.gap import BillLease, LeaseNotCommenced
from ledger.billing.invoicing.notes import CreditOnPaid
from ledger.billing.invoicing.tax_invoices import FapiaoNotLatest
from ledger.billing.losses import ApproverIsWriteOffProposer
from ledger.billing.receipts import (
    AllocateReceipt,
    NotAllocated,
    NothingWentBack,
    ReceiptIsRefunded,
    UnallocateReceipt,
)
from ledger.billing.refunds import RefundIsClaimed
from ledger.billing.rules import BeforeDocument, BeforeItsCause, LeaseNotInForce, PayerUnknown, VatRateMissing
from ledger.companies.facts import LeadRegistered
from ledger.decider import Fact, Refusal
from ledger.leases.facts import LeaseCommenced
from ledger.periods import NoOpenPeriod, OpenPeriods
from ledger.rates import ApproveRate, ProposeRate, RateApproved
from tests.ground.billed import APPROVER, FINANCE, L1, TENANT, lead, told
from tests.ground.given import Sent, gets_on
from tests.ledger.billing.test_putting_right import (
    APPLY,
    BILLED,
    BOUNCE,
    COME_BACK,
    CREDIT,
    DEPOSITED,
    FAPIAO,
    GROUND,
    HOLD,
    MARCH,
    OVERPAID,
    PAID_LATER,
    RED,
    REFUND,
    WHY,
    WITHDRAW,
    receive,
    to_pay,
    write_off,
)

BILL = BillLease(effective_on=date(2025, 3, 31), lease=L1, through=date(2025, 3, 31))
EARLY = receive(date(2025, 2, 20), allocations=to_pay("10900.00", MARCH))
GIVE_UP, AGREE = write_off(date(2025, 3, 25))
PLAIN = replace(BOUNCE, claim=None)
TOO_EARLY = UnallocateReceipt(
    effective_on=date(2025, 1, 12), receipt="r-1-demo", allocations=to_pay("10900.00"), reason=WHY
)
TAKE_BACK = ReverseDeposit(effective_on=date(2025, 3, 12), deposit="d-1-demo", lease=L1, reason=WHY)
RATE: dict[str, Any] = {"effective_on": date(2025, 1, 1), "rate": "vat-2025"}


def without(facts: Sequence[Fact], *kinds: type[Fact]) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if not isinstance(fact, kinds))


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "says", "does", "then"),
    [
        pytest.param(
            BILLED,
            replace(BILL, through=date(2028, 1, 31)),
            NoOpenPeriod,
            "open-periods through 2028-01 first",
            (OpenPeriods(effective_on=date(2025, 3, 31), through="2028-01"),),
            None,
            id="no-open-period",
        ),
        pytest.param(
            without(GROUND, LeaseCommenced),
            BILL,
            LeaseNotCommenced,
            "commence-lease first",
            (LeaseCommenced(lease=L1, company=TENANT, effective_on=date(2025, 1, 1)),),
            None,
            id="lease-not-commenced",
        ),
        pytest.param(
            without(GROUND, RateApproved),
            BILL,
            VatRateMissing,
            "propose-rate, series vat/leasing, effective on 2025-01-01",
            (
                ProposeRate(**RATE, series="vat/leasing", value="0.09", source="a notice (demo)"),
                (ApproveRate(**RATE), APPROVER),
            ),
            None,
            id="vat-rate-missing",
        ),
        pytest.param(
            without(BILLED, LeadRegistered),
            receive(date(2025, 2, 5)),
            PayerUnknown,
            "register-lead first",
            (lead(TENANT),),
            None,
            id="payer-unknown",
        ),
        pytest.param((), HOLD, LeaseNotInForce, "draft-lease first", GROUND, None, id="lease-not-in-force"),
        pytest.param(
            told(BILLED, FAPIAO, RED),
            WITHDRAW,
            FapiaoNotLatest,
            "withdraw that first",
            (replace(WITHDRAW, number=RED.number, effective_on=RED.effective_on),),
            None,
            id="fapiao-not-latest",
        ),
        pytest.param(
            told(OVERPAID, REFUND), PLAIN, ReceiptIsRefunded, "(reverse-refund)", (COME_BACK,), None, id="refunded"
        ),
        pytest.param(
            told(OVERPAID, REFUND), PLAIN, ReceiptIsRefunded, "(claim)", (), BOUNCE, id="refunded-and-bounced"
        ),
        pytest.param(OVERPAID, BOUNCE, NothingWentBack, "leave the claim out", (), PLAIN, id="nothing-went-back"),
        pytest.param(
            told(OVERPAID, REFUND, BOUNCE),
            COME_BACK,
            RefundIsClaimed,
            "record-receipt, and let it pay",
            (),
            receive(date(2025, 3, 9), "1100.00", "r-9-demo", allocations=to_pay("1100.00", "b-1-demo")),
            id="refund-is-claimed",
        ),
        pytest.param(
            told(BILLED, receive(date(2025, 2, 8), allocations=to_pay("10900.00"))),
            CREDIT,
            CreditOnPaid,
            "date it 2025-02-08",
            (),
            replace(CREDIT, effective_on=date(2025, 2, 8)),
            id="credit-on-paid",
        ),
        pytest.param(
            DEPOSITED,
            TAKE_BACK,
            DepositExceeded,
            "(reverse-deposit)",
            (replace(TAKE_BACK, deposit=APPLY.deposit),),
            None,
            id="deposit-exceeded",
        ),
        pytest.param(
            BILLED,
            EARLY,
            BeforeDocument,
            "record the money without it",
            (replace(EARLY, allocations=()),),
            AllocateReceipt(effective_on=date(2025, 3, 1), receipt="r-1-demo", allocations=to_pay("10900.00", MARCH)),
            id="before-document",
        ),
        pytest.param(
            told(BILLED, GIVE_UP),
            (AGREE, FINANCE),
            ApproverIsWriteOffProposer,
            "somebody else",
            (),
            (AGREE, APPROVER),
            id="same-person",
        ),
        pytest.param(
            told(BILLED, GIVE_UP),
            (replace(AGREE, effective_on=date(2025, 3, 24)), APPROVER),
            BeforeItsCause,
            "approve it then or later",
            (),
            (AGREE, APPROVER),
            id="before-its-cause",
        ),
        pytest.param(
            PAID_LATER,
            TOO_EARLY,
            NotAllocated,
            "from 2025-01-20 on",
            (),
            replace(TOO_EARLY, effective_on=date(2025, 1, 20)),
            id="not-allocated",
        ),
    ],
)
def test_the_advice_works(
    facts: tuple[Fact, ...], command: Any, refusal: type[Refusal], says: str, does: tuple[Sent, ...], then: Any
) -> None:
    gets_on(facts, command, refusal, says, does, then, by=FINANCE)

"""What comes after a command, and what is done step by step: the ways of deals, of a purchase, of VAT.

GUIDES   each way: its steps in order, each a command
NEXT     what people do after a command
next_steps    what comes next with a thing, by the commands that were recorded of it
hands       the roles whose step a command is
names_in    the names of things that a command names, to begin the next form with
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec
from msgspec import Struct

from api.console.words.saying import Language, role, say
from ledger.decider import Command


class Guide(Struct, frozen=True):
    """A way in both languages, and its steps."""

    name: str
    en: str
    zh: str
    steps: Sequence[str]


GUIDES = (
    Guide(
        "company",
        "A company settles in",
        "企业落户",
        (
            "register-lead", "screen-company", "qualify-company", "sign-loi", "link-investment-agreement",
            "register-company", "verify-identifier", "settle-in", "commence-operations",
        ),
    ),
    Guide(
        "lease",
        "A lease from draft to first receipt",
        "租约：从起草到首笔收款",
        (
            "draft-lease", "submit-lease", "approve-lease", "execute-lease", "receive-deposit", "hand-over-premises",
            "commence-lease", "bill-lease", "record-receipt",
        ),
    ),
    Guide(
        "order",
        "An order from quotation to acceptance",
        "订单：从报价到验收",
        (
            "issue-quotation", "place-order", "invoice-milestone", "record-milestone-payment", "start-production",
            "pass-fat", "ship-equipment", "clear-customs", "deliver-equipment", "install-equipment", "pass-sat",
            "commission-plant", "certify-acceptance", "start-warranty",
        ),
    ),
    Guide(
        "offtake",
        "An offtake month from reads to statement",
        "承购月：从抄表到结算单",
        ("read-meter", "calculate-statement", "approve-statement", "issue-certificate-lot"),
    ),
    Guide(
        "purchase",
        "A supplier's invoice from receipt to payment",
        "采购：从收到发票到付款",
        ("record-purchase-invoice", "propose-supplier-payment", "pay-supplier"),
    ),
    Guide(
        "vat",
        "A month of VAT from return to payment",
        "增值税月：从申报到缴纳",
        ("propose-vat-return", "file-vat-return", "pay-vat"),
    ),
)  # fmt: skip

NEXT: Mapping[str, tuple[str, ...]] = {
    **{step: (after,) for guide in GUIDES for step, after in zip(guide.steps, guide.steps[1:], strict=False)},
    "clear-customs": ("deliver-equipment", "record-customs-declaration"),
    "define-site": ("define-parcel",),
    "define-parcel": ("define-building",),
    "define-building": ("define-unit",),
    "define-unit": ("estimate-rental-value", "draft-lease"),
    "propose-amendment": ("approve-amendment", "reject-amendment"),
    "propose-change-order": ("approve-change-order", "reject-change-order"),
    "propose-estimate": ("approve-estimate",),
    "propose-termination-payment": ("approve-termination-payment", "reject-termination-payment"),
    "terminate-offtake": ("propose-termination-payment",),
    "propose-offtake-amendment": ("approve-offtake-amendment", "reject-offtake-amendment"),
    "propose-investment-amendment": ("approve-investment-amendment", "reject-investment-amendment"),
    "propose-journal": ("approve-journal", "reject-journal"),
    "repeat-journal": ("approve-journal", "reject-journal"),
    "mirror-journal": ("approve-journal", "reject-journal"),
    "propose-rate": ("approve-rate", "reject-rate"),
    "propose-reopening": ("reopen-period",),
    "propose-supplier-payment": ("pay-supplier", "reject-supplier-payment"),
    "propose-vat-return": ("file-vat-return", "reject-vat-return"),
    "propose-bank-payment": ("pay-from-bank", "reject-bank-payment"),
    "approve-journal": ("propose-bank-payment",),
    "record-purchase-invoice": ("propose-supplier-payment",),
    "record-customs-declaration": ("propose-supplier-payment",),
    "propose-write-down": ("approve-write-down", "reject-write-down"),
    "propose-write-off": ("approve-write-off", "reject-write-off"),
    "propose-clawback-waiver": ("approve-clawback-waiver",),
    "draft-investment-agreement": ("sign-investment-agreement",),
    "sign-investment-agreement": ("record-contribution", "link-investment-agreement"),
    "draft-offtake": ("execute-offtake",),
    "execute-offtake": ("satisfy-offtake-conditions", "install-meter"),
    "satisfy-offtake-conditions": ("declare-commercial-operation",),
    "install-meter": ("read-meter",),
    "record-receipt": ("allocate-receipt",),
    "open-bank-account": ("bring-forward-bank-balance", "make-bank-account-default"),
    "transfer-between-accounts": ("record-bank-charge", "revalue-receivables"),
    "serve-break-notice": ("terminate-lease",),
    "terminate-lease": ("surrender-premises", "refund-deposit"),
    "initiate-exit": ("complete-exit",),
}


AGAIN: Mapping[str, tuple[str, ...]] = {"lease": ("bill-lease", "record-receipt"), "offtake": ("read-meter",)}
"""What is done again and again at the end of a way."""
OPENED: Mapping[str, str] = {"parcel": "define-parcel", "building": "define-building", "unit": "define-unit"}
"""The command that defines a thing of the estate: what comes after it is done as often as people want."""
APART: Mapping[str, tuple[str, ...]] = {"company": ("initiate-exit", "complete-exit")}
"""Commands beside its way that say where a thing stands; of other kinds every one does that something comes after."""


DECIDED = ("approve-", "reopen-", "pay-")
"""How commands begin after which nothing is left of what was proposed; a rejection beside it as well."""


def next_steps(kind: str, taken: Sequence[str]) -> Sequence[str]:
    """The step of a way after the furthest that was taken, or what comes after a step beside it; none at its end."""
    steps = next((guide.steps for guide in GUIDES if guide.name == kind), ())
    if kind in OPENED:
        return NEXT[OPENED[kind]]
    beside = APART.get(kind, tuple(NEXT))
    for place in reversed(range(len(taken))):
        after = NEXT.get(taken[place], ())
        left = [step for step in after if step not in taken[place:]]
        if taken[place] in steps:
            break
        if taken[place] in beside and not (len(left) < len(after) and after[0].startswith(DECIDED)):
            return left
    reached = [steps.index(command) for command in taken if command in steps]
    if not reached:
        return steps[:1] if kind != "offtake" else ()
    place = reached[-1] if kind == "offtake" else max(reached)
    return steps[place + 1 : place + 2] or AGAIN.get(kind, ())


def hands(language: Language, roles: Collection[str]) -> str:
    """The roles whose step it is; an administrator may do nearly everything, and is named where nobody else may."""
    named = [role(language, one) for one in sorted(set(roles) - {"admin"}) or sorted(roles)]
    return say(language, "done by {roles}", roles=("、" if language == "zh" else ", ").join(named))


def names_in(command: Command) -> dict[str, str]:
    """The names of things that a command names, beside its date."""
    said = msgspec.to_builtins(command)
    return {name: value for name, value in said.items() if name in NAMES and isinstance(value, str)}


NAMES = (
    "company", "lease", "agreement", "order", "meter", "unit", "building", "parcel", "site", "invoice", "receipt",
    "deposit", "amendment", "change", "clawback", "waiver", "milestone", "month", "rate", "write_off", "effective_on",
    "covenant", "incentive", "refund", "bank_account", "purchase", "payment", "supplier", "manual_journal",
)  # fmt: skip
"""Fields that name a thing, or a day."""

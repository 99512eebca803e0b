"""How everything is put right: on the page, by commands that there are, for every command."""

import re
from pathlib import Path

import pytest

import ledger as package
from api.corrections import commands, document
from ledger.decider import Command, command_name

KEPT = Path(package.__file__ or "").parent.parent / "docs" / "corrections.md"
NAME = re.compile(r"[a-z]+(-[a-z]+)+")
ALL = {command_name(command): command for some in commands().values() for command in some}

LACKING = {
    "companies": (
        "RegisterLead AddTouch CorrectOrigin ScreenCompany QualifyCompany SignLoi LinkInvestmentAgreement "
        "RejectCompany MarkDormant ReactivateCompany RegisterCompany VerifyIdentifier LinkParent ChangeDetails "
        "CorrectDetails MergeCompany ReportSettled SettleIn AddPremises CommenceOperations InitiateExit "
        "CompleteExit"
    ),
    "claims": ("RecordClaim"),
    "access": ("CreateKey RevokeKey"),
    "estate": (
        "DefineSite DefineParcel DefineBuilding StartConstruction CompleteBuilding DefineUnit RemeasureUnit "
        "SplitUnit MergeUnits RetireUnit ReserveUnit ReleaseReservation TakeUnitOffMarket ReturnUnit "
        "EstimateRentalValue"
    ),
    "rates": ("ProposeRate ApproveRate RejectRate"),
    "periods": ("OpenPeriods SoftClosePeriod ProposeReopening ReopenPeriod"),
    "leases": (
        "DraftLease SubmitLease ApproveLease VoidLease ExecuteLease HandOverPremises CommenceLease RenewLease "
        "ExpireLease StartHoldover EndHoldover SurrenderPremises ServeBreakNotice TerminateLease ProposeAmendment "
        "ApproveAmendment RejectAmendment ChangeServiceCharge ReviewRent"
    ),
    "investment": (
        "DraftInvestmentAgreement SignInvestmentAgreement ProposeInvestmentAmendment ApproveInvestmentAmendment "
        "RejectInvestmentAmendment RecordContribution ReverseContribution ReportFigure CheckCovenant PayIncentive "
        "RecordOutsideIncentive AssessClawback ProposeClawbackWaiver ApproveClawbackWaiver CollectClawback "
        "FulfilInvestment DeclareBreach CloseInvestment TerminateInvestment"
    ),
    "orders": (
        "IssueQuotation PlaceOrder ApproveChangeOrder StartProduction PassFat FailFat ShipEquipment ClearCustoms "
        "DeliverEquipment InstallEquipment PassSat FailSat CommissionPlant CertifyAcceptance StartWarranty "
        "ReleaseRetention CloseOrder HoldOrder ResumeOrder InvoiceMilestone RecordMilestonePayment "
        "RemitClientMoney ReverseCommission CollectReceivable RevalueReceivables CancelOrder RefundAdvance "
        "ForfeitAdvance"
    ),
    "joint": ("ClosePeriod"),
}
"""The commands, by context, that do not say how yet. It only shrinks."""


def test_the_kept_page_is_the_made_one() -> None:
    """After a change: `python -m api.corrections > docs/corrections.md`, and read the difference."""
    assert KEPT.read_text(encoding="utf-8") == document()


def test_every_command_says_how() -> None:
    found = {context: {one.__name__ for one in some if not one.put_right} for context, some in commands().items()}
    assert {context: names for context, names in found.items() if names} == {
        context: set(names.split()) for context, names in LACKING.items()
    }


@pytest.mark.parametrize("command", ALL.values(), ids=ALL)
def test_what_it_names_there_is(command: type[Command]) -> None:
    quoted = command.put_right.split("`")
    assert len(quoted) % 2, "every backtick is closed"
    assert {name for name in quoted[1::2] if NAME.fullmatch(name)} - ALL.keys() == set()
    assert not command.put_right or command.put_right.rstrip().endswith(".")

"""Offtake of energy and its meters: how what each command recorded is put right."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from ledger.billing.facts import Issued
from ledger.decider import Command, Fact
from ledger.offtake.amending import ApproveOfftakeAmendment, ProposeOfftakeAmendment, RejectOfftakeAmendment
from ledger.offtake.charges.facts import TerminationPaymentProposed
from ledger.offtake.charges.late_fees import AssessEnergyLateFee
from ledger.offtake.charges.notes import CreditEnergyDocument, TakeBackEnergyCredit
from ledger.offtake.charges.terminating import (
    ApproveTerminationPayment,
    ProposeTerminationPayment,
    RejectTerminationPayment,
    ReverseTerminationPayment,
)
from ledger.offtake.delivery import AdjustQuantity, AgreeDeemed, RecordCurtailment, RecordSavings
from ledger.offtake.green.counts import IssueCertificates, SellCertificates
from ledger.offtake.green.lots import IssueCertificateLot, RetireCertificates, TransferCertificates
from ledger.offtake.guarantee import AssessGuaranteeLd, ReverseGuaranteeLd
from ledger.offtake.life import (
    DeclareCommercialOperation,
    DraftOfftake,
    ExecuteOfftake,
    ExpireOfftake,
    ResumeDelivery,
    SatisfyConditions,
    SettleOfftakeFinally,
    SuspendDelivery,
    TerminateOfftake,
)
from ledger.offtake.meters.estimating import ApproveEstimate, ProposeEstimate
from ledger.offtake.meters.facts import DayPrices, MeterRead
from ledger.offtake.meters.metering import (
    CalibrateMeter,
    CorrectRead,
    InstallMeter,
    ReadMeter,
    RecordIntervals,
    RemoveMeter,
    ReplaceMeter,
)
from ledger.offtake.meters.price_series import RecordPrices, WithdrawPriceStep
from ledger.offtake.statements import ApproveStatement, CalculateStatement, DisputeStatement, WithdrawDispute
from ledger.offtake.withdrawing import WithdrawMeterStep, WithdrawOfftakeStep
from ledger.offtake.years import TrueUpYear
from ledger.values.money import written
from tests.undo.desk import CORRECTOR, OTHER, Desk, Line
from tests.undo.ways import WHY, WITHDRAWN, At, Way, mistaken, taken_back, withdraw, withdrawal


def _misread(desk: Desk, line: Line) -> Command:
    """A correction of the latest read of the month that a line settles, by mistake."""
    settled: Any = line.command
    read: Any = [
        fact
        for fact in desk.facts()
        if isinstance(fact, MeterRead)
        and f"offtake:{settled.agreement}" in fact.tags
        and f"{fact.effective_on:%Y-%m}" == settled.month
    ][-1]
    return CorrectRead(
        effective_on=read.effective_on,
        meter=read.meter,
        value=str(Decimal(read.value) + 10),
        bands=read.bands,
        rolled_over=read.rolled_over,
        reason=WHY,
    )


def _calculated(desk: Desk, line: Line) -> Iterator[None]:
    """Calculated on a wrong read; once that is withdrawn, calculated again."""
    desk.do(line.command, line.by)
    yield
    wrong = desk.do(_misread(desk, line))
    desk.do(line.command)
    yield
    desk.do(withdrawal(wrong[0]))
    desk.do(line.command)


def _settle(desk: Desk, approved: Any) -> None:
    """Calculate and approve the next run of a month."""
    facts: Any = desk.do(
        CalculateStatement(effective_on=approved.effective_on, agreement=approved.agreement, month=approved.month),
        CORRECTOR,
    )
    desk.do(replace(approved, run=facts[0].run), OTHER)


def _approved(desk: Desk, line: Line) -> Iterator[None]:
    """Invoiced on a wrong read; once that is withdrawn, the next run credits or invoices the difference."""
    desk.do(line.command, line.by)
    yield
    wrong = desk.do(_misread(desk, line))
    _settle(desk, line.command)
    yield
    desk.do(withdrawal(wrong[0]))
    _settle(desk, line.command)


def _trued_up(desk: Desk, line: Line) -> Iterator[None]:
    """Trued up on a quantity that was adjusted by mistake."""
    year: Any = line.command
    first = {fact.invoice for fact in desk.do(year, line.by) if isinstance(fact, Issued)}
    yield
    wrong = desk.do(
        AdjustQuantity(
            effective_on=year.effective_on,
            agreement=year.agreement,
            adjustment="wrong-demo",
            year=year.year,
            reason="MAINTENANCE",
            energy="100000.0",
        )
    )
    desk.do(year)
    yield
    desk.do(withdrawal(wrong[0]))
    last = {fact.invoice for fact in desk.do(year) if isinstance(fact, Issued)}
    desk.renamed |= dict(zip(last, first, strict=True))


def _dispute(command: Any, _facts: object) -> Iterator[Command]:
    yield WithdrawDispute(
        effective_on=command.effective_on,
        agreement=command.agreement,
        month=command.month,
        run=command.run,
        reason=WHY,
    )


def _damages(command: Any, facts: tuple[Fact, ...]) -> Iterator[Command]:
    on = facts[0].effective_on  # the year's last day, which they are of
    yield ReverseGuaranteeLd(effective_on=on, agreement=command.agreement, year=command.year, reason=WHY)


def _fee(command: Any, facts: Any) -> Iterator[Command]:
    yield CreditEnergyDocument(
        effective_on=command.effective_on,
        agreement=command.agreement,
        credit_note="again-demo",
        invoice=command.invoice,
        net=written(facts[0].net_minor),
        reason=WHY,
    )


def _note(command: Any, _facts: object) -> Iterator[Command]:
    yield TakeBackEnergyCredit(
        effective_on=command.effective_on, agreement=command.agreement, credit_note=command.credit_note, reason=WHY
    )


def _listed(way: Way, *others: str) -> Way:
    """What was owed stays in the list of what was, with nothing open; other places are not as before either."""

    def listed(desk: Desk, line: Line) -> Iterator[None]:
        desk.stays = ("//v1/payables", *others)
        yield from way(desk, line)

    return listed


def _rejected(desk: Desk, line: Line) -> Iterator[None]:
    """The proposal is open again."""
    propose: Any = line.command
    desk.do(propose, line.by)
    yield
    facts = desk.do(
        RejectOfftakeAmendment(
            effective_on=propose.effective_on, agreement=propose.agreement, amendment=propose.amendment, reason=WHY
        ),
        OTHER,
    )
    yield
    desk.do(withdrawal(facts[0]))


def _not_owed(desk: Desk, line: Line) -> Iterator[None]:
    """The payment on termination is open again."""
    propose: Any = line.command
    desk.do(propose, line.by)
    yield
    about = {"agreement": propose.agreement, "termination_payment": propose.termination_payment}
    facts = desk.do(RejectTerminationPayment(effective_on=propose.effective_on, reason=WHY, **about), OTHER)
    yield
    desk.do(withdrawal(facts[0]))


def _termination(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseTerminationPayment(
        effective_on=command.effective_on,
        agreement=command.agreement,
        termination_payment=command.termination_payment,
        reason=WHY,
    )


def _owed_again(desk: Desk, line: Line) -> Iterator[None]:
    """What MCSC owes was reversed by mistake: it is proposed and approved again, under another id."""
    approve: Any = line.command
    desk.do(approve, line.by)
    yield
    for command in _termination(approve, ()):
        desk.do(command)
    yield
    (asked,) = (
        fact
        for fact in desk.facts()
        if isinstance(fact, TerminationPaymentProposed) and fact.termination_payment == approve.termination_payment
    )
    again = replace(approve, termination_payment="again-demo")
    propose = ProposeTerminationPayment(
        effective_on=again.effective_on,
        agreement=again.agreement,
        termination_payment=again.termination_payment,
        owed_by=asked.owed_by,
        net=written(asked.net_minor),
        vat_rate=asked.vat_rate,
        due_on=asked.due_on,
        clause=asked.clause,
        document=asked.document,
    )
    desk.do(propose, CORRECTOR)
    desk.do(again, OTHER)
    desk.renamed |= {again.termination_payment: approve.termination_payment}


def _estimate(line: Line) -> ProposeEstimate:
    """An estimate of the day a week before intervals came first."""
    sent: Any = line.command
    on = sent.days[0].day - timedelta(days=7)
    return ProposeEstimate(
        effective_on=sent.effective_on, meter=sent.meter, estimate="undo-demo", from_on=on, until_on=on, reason=WHY
    )


def _estimated(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(line.command, line.by)
    yield
    facts = desk.do(_estimate(line), line.by)
    yield
    desk.do(withdrawal(facts[0]))


def _estimate_approved(desk: Desk, line: Line) -> Iterator[None]:
    """The proposal is open again."""
    desk.do(line.command, line.by)
    propose = _estimate(line)
    desk.do(propose, line.by)
    yield
    approve = ApproveEstimate(effective_on=propose.effective_on, meter=propose.meter, estimate=propose.estimate)
    facts = desk.do(approve, OTHER)
    yield
    desk.do(withdrawal(facts[0]))


def _prices(line: Line) -> RecordPrices:
    """A day of prices of a series that nothing is settled on."""
    sent: Any = line.command
    day = DayPrices(day=sent.days[0].day, prices=" ".join(["-8.25", *["312.5"] * 23]))
    return RecordPrices(
        effective_on=sent.effective_on,
        series="spot/undo-demo",
        minutes=60,
        price_unit="CNY_MWH",
        days=(day,),
        file=sent.file,
    )


def _priced(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(line.command, line.by)
    yield
    facts = desk.do(_prices(line))
    yield
    desk.do(withdrawal(facts[0]))


def _priced_again(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(line.command, line.by)
    facts = desk.do(_prices(line))
    yield
    desk.do(withdrawal(facts[0]))
    yield
    desk.do(_prices(line))


ENERGY: Mapping[type[Command], Way | At] = {
    **dict.fromkeys(
        (
            DraftOfftake,
            ExecuteOfftake,
            SatisfyConditions,
            DeclareCommercialOperation,
            SuspendDelivery,
            ResumeDelivery,
            ProposeOfftakeAmendment,
            ApproveOfftakeAmendment,
            ExpireOfftake,
            TerminateOfftake,
            SettleOfftakeFinally,
            InstallMeter,
            ReadMeter,
            CorrectRead,
            ReplaceMeter,
            RemoveMeter,
            CalibrateMeter,
            RecordIntervals,
            RecordCurtailment,
            AgreeDeemed,
            AdjustQuantity,
            RecordSavings,
            IssueCertificates,
            SellCertificates,
            IssueCertificateLot,
            TransferCertificates,
            RetireCertificates,
        ),
        WITHDRAWN,
    ),
    RejectOfftakeAmendment: At(ProposeOfftakeAmendment, _rejected),
    ProposeTerminationPayment: WITHDRAWN,
    ApproveTerminationPayment: _listed(mistaken(_termination), "/v1/reports/proposals"),
    RejectTerminationPayment: At(ProposeTerminationPayment, _not_owed),
    ReverseTerminationPayment: At(ApproveTerminationPayment, _listed(_owed_again)),
    ProposeEstimate: At(RecordIntervals, _estimated),
    ApproveEstimate: At(RecordIntervals, _estimate_approved),
    CalculateStatement: _calculated,
    ApproveStatement: _approved,
    DisputeStatement: mistaken(_dispute),
    WithdrawDispute: At(DisputeStatement, taken_back(_dispute)),
    TrueUpYear: _trued_up,
    AssessGuaranteeLd: _listed(mistaken(_damages)),
    ReverseGuaranteeLd: At(AssessGuaranteeLd, _listed(taken_back(_damages))),
    AssessEnergyLateFee: mistaken(_fee),
    CreditEnergyDocument: mistaken(_note),
    TakeBackEnergyCredit: At(CreditEnergyDocument, taken_back(_note, credit_note="again-demo")),
    WithdrawOfftakeStep: At(RecordCurtailment, taken_back(withdraw)),
    RecordPrices: At(RecordIntervals, _priced),
    WithdrawPriceStep: At(RecordIntervals, _priced_again),
    WithdrawMeterStep: At(ReadMeter, taken_back(withdraw)),
}

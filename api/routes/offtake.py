"""Energy offtake over HTTP: agreements and meters, a route a step; statements; three reports.

RECORDINGS   POST /v1/offtakes and beneath it, POST /v1/meters and beneath it
READS        GET /v1/offtakes, one of them, one run of a month, GET /v1/reports/energy, offtake-shortfall, meter-checks;
             also as CSV

Who runs the agreements records what was agreed, read and curtailed (deal desk); finance calculates, approves and trues
up; approvers execute and amend.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta, Struct
from sqlalchemy import Connection

from api.formats.sheets import POSITIONS_OPTION, Columns, Of, Report, Sheet
from api.formats.tables import Table, cells, columns, sections, structs_table
from api.http.operations import APPROVERS, FINANCE, RECORDERS, Roles
from api.http.problems import Problem
from api.http.reading import BasisQuery, ExplainedQuery, Found, Positions, Read, not_known
from api.http.recording import Recording
from api.receipts import deals as receipts
from api.routes.histories import last_step
from ledger.decider import Command, Id, Refusal
from ledger.log import store
from ledger.offtake.amending import ApproveOfftakeAmendment, ProposeOfftakeAmendment, RejectOfftakeAmendment
from ledger.offtake.calculation import reference, reprint
from ledger.offtake.charges.late_fees import AssessEnergyLateFee
from ledger.offtake.charges.notes import CreditEnergyDocument, TakeBackEnergyCredit
from ledger.offtake.charges.terminating import (
    ApproveTerminationPayment,
    ProposeTerminationPayment,
    RejectTerminationPayment,
    ReverseTerminationPayment,
)
from ledger.offtake.delivery import AdjustQuantity, AgreeDeemed, RecordCurtailment, RecordSavings
from ledger.offtake.energy import kwh
from ledger.offtake.facts import EnergyLine, Input, StatementApproved, StatementCalculated
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
from ledger.offtake.meters.facts import SpotPrices, prices_tag
from ledger.offtake.meters.metering import (
    CalibrateMeter,
    CorrectRead,
    InstallMeter,
    ReadMeter,
    RecordIntervals,
    RemoveMeter,
    ReplaceMeter,
)
from ledger.offtake.statements import ApproveStatement, CalculateStatement, DisputeStatement, WithdrawDispute
from ledger.offtake.terms import RATES
from ledger.offtake.withdrawing import WithdrawMeterStep, WithdrawOfftakeStep
from ledger.offtake.years import TrueUpYear
from ledger.periods import Month
from ledger.values.money import written
from projections.deals.energy import Energy, EnergyRow, energy, estimated_wh
from projections.deals.metering import DoubtRow, meter_checks
from projections.deals.offtake import OfftakeRow, Shortfall, ShortfallRow, offtakes, shortfall
from projections.engine.basis import Basis
from projections.engine.figures import percent

GROUP = "offtake"
OFFTAKES, METERS = "/v1/offtakes", "/v1/meters"


def _step(noun: str, command: type[Command], summary: str, roles: Roles = RECORDERS) -> Recording:
    return Recording(
        path=f"{OFFTAKES}/{{agreement:str}}/{noun}" if noun else OFFTAKES,
        command=command,
        summary=summary,
        group=GROUP,
        roles=roles,
        at=OFFTAKES,
        named_by="agreement",
    )


def _meter(noun: str, command: type[Command], summary: str, roles: Roles = RECORDERS) -> Recording:
    path = f"{METERS}/{{meter:str}}/{noun}" if noun else METERS
    return Recording(path=path, command=command, summary=summary, group=GROUP, roles=roles, at=OFFTAKES)


RECORD_INTERVALS = _meter("intervals", RecordIntervals, "Record the intervals of a file: whole days, all or none.")
RECORDINGS: tuple[Recording, ...] = (
    _step("", DraftOfftake, "Write down the terms of an agreement."),
    _step("execution", ExecuteOfftake, "Both sides signed: MCSC's role is frozen.", APPROVERS),
    _step("conditions", SatisfyConditions, "What the agreement waits for has come about."),
    _step("commercial-operation", DeclareCommercialOperation, "The plant delivers from this day on."),
    _step("suspension", SuspendDelivery, "Nothing is delivered for a while."),
    _step("resumption", ResumeDelivery, "Delivery goes on."),
    _step("amendments", ProposeOfftakeAmendment, "Propose other terms from a month on; the role stays."),
    _step(
        "amendments/{amendment:str}/approval",
        ApproveOfftakeAmendment,
        "Agree to terms that somebody else proposed.",
        APPROVERS,
    ),
    _step("amendments/{amendment:str}/rejection", RejectOfftakeAmendment, "Turn proposed terms down.", APPROVERS),
    _step("expiry", ExpireOfftake, "The term is over."),
    _step("termination", TerminateOfftake, "It ends early.", APPROVERS),
    _step("final-settlement", SettleOfftakeFinally, "Nothing is left to settle.", FINANCE),
    _step("curtailments", RecordCurtailment, "Record hours in which less was generated than could be."),
    _step("deemed", AgreeDeemed, "What the buyer curtailed is paid for."),
    _step("adjustments", AdjustQuantity, "Take something off a year's annual contract quantity."),
    _step("savings", RecordSavings, "Record the verified savings of a month."),
    _step("statements", CalculateStatement, "Work out a month, or work it out anew.", FINANCE),
    _step("statements/approvals", ApproveStatement, "Agree to a run that another calculated.", FINANCE),
    _step("statements/disputes", DisputeStatement, "The buyer does not accept a run."),
    _step("statements/withdrawals", WithdrawDispute, "The buyer accepts it after all."),
    _step("years", TrueUpYear, "Settle take-or-pay for a contract year; later ones follow.", FINANCE),
    _step("damages", AssessGuaranteeLd, "Damages for energy guaranteed and not delivered.", FINANCE),
    _step("damages/reversals", ReverseGuaranteeLd, "Damages that are not owed after all.", FINANCE),
    _step("late-fees", AssessEnergyLateFee, "Charge interest on an overdue document of the agreement.", FINANCE),
    _step("credit-notes", CreditEnergyDocument, "Take something off a document of the agreement.", FINANCE),
    _step("credit-notes/reversals", TakeBackEnergyCredit, "A credit note that is not given after all.", FINANCE),
    _step("termination-payments", ProposeTerminationPayment, "Propose what one side owes: it ended early.", FINANCE),
    _step(
        "termination-payments/{termination_payment:str}/approval",
        ApproveTerminationPayment,
        "Agree to a payment on termination that somebody else proposed.",
        APPROVERS,
    ),
    _step(
        "termination-payments/{termination_payment:str}/rejection",
        RejectTerminationPayment,
        "Turn a payment on termination down.",
        APPROVERS,
    ),
    _step(
        "termination-payments/{termination_payment:str}/reversal",
        ReverseTerminationPayment,
        "A payment on termination that MCSC does not owe after all.",
        FINANCE,
    ),
    _step("certificates", IssueCertificates, "Record green certificates by their count alone, for what was approved."),
    _step("certificates/sales", SellCertificates, "Record certificates sold by their count; the claim goes with them."),
    _step("certificates/lots", IssueCertificateLot, "Record the certificates of a month, with their numbers."),
    _step("certificates/transfers", TransferCertificates, "Record that certificates of a lot went to somebody."),
    _step("certificates/retirements", RetireCertificates, "Record that certificates of a lot were used up."),
    _step("withdrawals", WithdrawOfftakeStep, "Take back a step that was recorded by mistake.", APPROVERS),
    _meter("", InstallMeter, "Install a meter at an agreement's delivery point."),
    _meter("reads", ReadMeter, "Record what the register shows at the end of a day."),
    _meter("corrections", CorrectRead, "The read of a day was another."),
    _meter("replacements", ReplaceMeter, "Another device takes over at the end of a day."),
    _meter("removal", RemoveMeter, "A device is taken away; no other follows."),
    _meter("withdrawals", WithdrawMeterStep, "Take back a step of a meter that was recorded by mistake."),
    _meter("calibrations", CalibrateMeter, "Record which part of the truth the meter registered."),
    RECORD_INTERVALS,
    _meter("estimates", ProposeEstimate, "Propose values that are missing, estimated by rule."),
    _meter(
        "estimates/{estimate:str}/approval",
        ApproveEstimate,
        "Agree to an estimate that somebody else proposed.",
        FINANCE | APPROVERS,
    ),
)


# Queries


class OfftakesQuery(BasisQuery, frozen=True, kw_only=True):
    """Offtake agreements."""

    agreement: Id | None = None


class EnergyQuery(ExplainedQuery, frozen=True, kw_only=True):
    """Energy by agreement, month and run."""

    agreement: Id | None = None
    from_month: Annotated[Month | None, Meta(description="Only months from this one on.")] = None
    positions: Positions = False


class ChecksQuery(BasisQuery, frozen=True, kw_only=True):
    """Doubts about what meters say."""

    agreement: Id | None = None
    meter: Id | None = None
    from_on: Annotated[date | None, Meta(description="Only days from this one on.")] = None


class ShortfallQuery(ExplainedQuery, frozen=True, kw_only=True):
    """Take-or-pay and make-up by agreement and contract year."""

    agreement: Id | None = None
    positions: Positions = False


class StatementLineRow(Struct, frozen=True, kw_only=True):
    """A line of a statement: energy in kWh, amounts in CNY."""

    kind: str
    energy_kwh: str
    price: str
    net: str
    vat: str


class InputRow(Struct, frozen=True, kw_only=True):
    """A fact that a statement rests on, and where it stands in the log."""

    fact: str
    on: date
    sha256: str
    position: int | None


class StatementRow(Struct, frozen=True, kw_only=True):
    """A run of a month. `reprinted`: from the facts it names alone it comes out the same, byte for byte (E8).

    estimated_kwh, estimated_percent   the part of the energy delivered that is estimated; None: nobody measured it then
    spot   the prices of the periods, where each interval has its own
    """

    agreement: str
    month: str
    run: int
    approved_by: str | None
    calculated_by: str
    calculated_on: date
    lines: tuple[StatementLineRow, ...]
    delivered_kwh: str
    deemed_kwh: str
    curtailed_kwh: str
    net: str
    vat: str
    vat_rate: str
    estimated: bool
    estimated_kwh: str | None
    estimated_percent: str | None
    substituted_kwh: str | None
    reprinted: bool
    spot: SpotPrices | None
    inputs: tuple[InputRow, ...]
    positions: tuple[int, ...]


# Asking


def _offtakes(connection: Connection, basis: Basis, query: OfftakesQuery, _path: Mapping[str, str]) -> Found:
    return Found(rows=offtakes(connection, basis, agreement=query.agreement))


def _offtake(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
    rows = offtakes(connection, basis, agreement=path["agreement"])
    if not rows:
        raise not_known("offtake agreement", path["agreement"], basis)
    step = last_step(connection, basis, "offtake", f"offtake:{path['agreement']}")
    return Found(data=rows[0], etag=str(step))


def _energy(connection: Connection, basis: Basis, query: EnergyQuery, _path: Mapping[str, str]) -> Found:
    found = energy(connection, basis, agreement=query.agreement, from_month=query.from_month, positions=query.positions)
    return Found(data=found)


def _checks(connection: Connection, basis: Basis, query: ChecksQuery, _path: Mapping[str, str]) -> Found:
    found = meter_checks(connection, basis, agreement=query.agreement, meter=query.meter, from_on=query.from_on)
    return Found(rows=found)


def _shortfall(connection: Connection, basis: Basis, query: ShortfallQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=shortfall(connection, basis, agreement=query.agreement, positions=query.positions))


def _statement(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
    """`{run}` is written 2024-01-r0."""
    agreement, (month, _, run) = path["agreement"], path["run"].rpartition("-r")
    tags = [f"offtake:{agreement}", *RATES, prices_tag(month)]
    entries = [entry for entry in store.by_tags(connection, tags) if entry.position <= basis.recorded]
    own = [
        entry
        for entry in entries
        if isinstance(entry.fact, StatementCalculated | StatementApproved)
        and (entry.fact.agreement, entry.fact.month, str(entry.fact.run)) == (agreement, month, run)
    ]
    calculated = [entry.fact for entry in own if isinstance(entry.fact, StatementCalculated)]
    if not calculated:
        raise Problem("not-found", f"No run {path['run']!r} of {agreement!r} was calculated.")
    found, facts = calculated[-1], [entry.fact for entry in entries]
    places = {reference(entry.fact): entry.position for entry in entries}
    row = StatementRow(
        agreement=agreement,
        month=month,
        run=found.run,
        approved_by=next((e.fact.approved_by for e in own if isinstance(e.fact, StatementApproved)), None),
        calculated_by=found.calculated_by,
        calculated_on=found.effective_on,
        lines=tuple(map(_line, found.lines)),
        delivered_kwh=kwh(found.delivered_wh),
        deemed_kwh=kwh(found.deemed_wh),
        curtailed_kwh=kwh(found.curtailed_wh),
        net=written(found.net_minor),
        vat=written(found.vat_minor),
        vat_rate=found.vat_rate,
        estimated=found.estimated,
        estimated_kwh=kwh(wh) if (wh := estimated_wh(found)) is not None else None,
        estimated_percent=percent(wh, found.delivered_wh) if wh is not None else None,
        substituted_kwh=kwh(found.substituted_wh or 0),
        reprinted=_reprints(facts, found),
        spot=found.spot,
        inputs=tuple(_input(named, places.get(named)) for named in found.inputs),
        positions=tuple(entry.position for entry in own),
    )
    return Found(data=row, etag=str(own[-1].position))


def _input(named: Input, position: int | None) -> InputRow:
    return InputRow(fact=named.fact, on=named.on, sha256=named.sha256, position=position)


def _line(line: EnergyLine) -> StatementLineRow:
    return StatementLineRow(
        kind=line.kind,
        energy_kwh=kwh(line.energy_wh),
        price=line.price,
        net=written(line.net_minor),
        vat=written(line.vat_minor),
    )


def _reprints(facts: Iterable[Any], found: StatementCalculated) -> bool:
    try:
        return reprint(facts, found) == found
    except (Refusal, KeyError):
        return False


# As tables


def energy_table(answer: Energy) -> Table:
    """A row for each run, then each agreement's sum, then the whole; the tonnes are named as what they are."""
    names = ["section", *columns(EnergyRow), "co2_is"]
    kinds = (("RUN", answer.rows), ("AGREEMENT", answer.agreements), ("TOTAL", (answer.total,)))
    return names, (cells(row, names, section=kind, co2_is=answer.co2) for kind, rows in kinds for row in rows)


def shortfall_table(answer: Shortfall) -> Table:
    """A row for each contract year, and the whole."""
    return sections([*columns(ShortfallRow), "make_up_owed"], ("YEAR", answer.rows), ("TOTAL", (answer,)))


# As sheets

AGREEMENT = "Only this agreement."
DOUBTS = "Doubts about meters: gaps, spikes, zeros, registers gone round, intervals that sum to another amount."
ENERGY_SHOWN = Columns(
    {
        "agreement": "agreement",
        "month": "month",
        "run": "run",
        "state": "state",
        "delivered_kwh": "delivered",
        "deemed_kwh": "deemed",
        "curtailed_kwh": "curtailed",
        "estimated_kwh": "estimated kWh",
        "substituted_kwh": "substituted kWh",
        "price": "price",
        "net": "net",
        "vat": "VAT",
        "delta_net": "delta net",
        "availability_percent": "available %",
        "co2_t": "t CO2",
        "without_factor_kwh": "kWh without factor",
        "co2_kg_per_kwh": "kg CO2/kWh",
        "co2_region": "region",
        "co2_basis": "basis",
        "co2_factor_year": "factor year",
        "co2_year": "its own year",
        "co2_announcement": "announcement",
        "gec": "GEC",
        "gec_carried_kwh": "carried",
    },
    texts=("agreement", "month", "state", "co2_region", "co2_basis", "co2_year", "co2_announcement"),
    plain=("run", "price", "gec", "co2_kg_per_kwh", "co2_factor_year"),
)
SHORTFALL_SHOWN = Columns(
    {
        "agreement": "agreement",
        "year": "year",
        "run": "run",
        "acq_kwh": "ACQ",
        "adjustments_kwh": "adjusted",
        "take_or_pay_kwh": "take-or-pay",
        "taken_kwh": "taken",
        "actual_kwh": "actual kWh",
        "substituted_kwh": "substituted kWh",
        "estimated_kwh": "estimated kWh",
        "estimated_percent": "estimated %",
        "carried_in_kwh": "carried in",
        "shortfall_kwh": "shortfall",
        "payment": "payment",
        "make_up_opening_kwh": "opening",
        "make_up_taken_kwh": "made up",
        "make_up_expired_kwh": "expired",
        "make_up_closing_kwh": "closing",
        "make_up_closing": "closing CNY",
        "damages": "damages",
    },
    texts=("agreement",),
    plain=("year", "run"),
)


CHECKS_SHOWN = Columns(
    {
        "meter": "meter",
        "check": "check",
        "begins": "begins",
        "ends": "ends",
        "energy_kwh": "kWh",
        "expected_kwh": "expected kWh",
        "agreement": "agreement",
    },
    texts=("meter", "check", "begins", "ends", "agreement"),
)


def checks_sheet(rows: Iterable[DoubtRow]) -> Sheet:
    """A row for each doubt."""
    return Sheet("Doubts about what meters say (kWh)", CHECKS_SHOWN, [CHECKS_SHOWN.line(row) for row in rows])


def energy_sheet(answer: Energy) -> Sheet:
    """A row for each run, then each agreement's sum, then the whole."""
    line = ENERGY_SHOWN.line
    rows = [line(row, state=f"{row.state}{' (estimated)' if row.estimated else ''}") for row in answer.rows]
    sums = (*answer.agreements, answer.total)
    rows += [line(total, agreement=total.agreement or "TOTAL", month="latest") for total in sums]
    return Sheet("Energy (kWh, CNY; CO2 in tonnes is indicative, location-based)", ENERGY_SHOWN, rows)


def shortfall_sheet(answer: Shortfall) -> Sheet:
    """A row for each contract year, and what is paid and owed in all."""
    line = SHORTFALL_SHOWN.line
    rows = [line(row) for row in answer.rows]
    rows.append(line(answer, agreement="TOTAL", make_up_closing=Of("make_up_owed")))
    return Sheet("Offtake shortfall and make-up (kWh, CNY ex VAT)", SHORTFALL_SHOWN, rows)


READS: tuple[Read[Any], ...] = (
    Read(
        name="list-offtakes",
        path=OFFTAKES,
        summary="Offtake agreements: role, terms, how far each is.",
        group=GROUP,
        query=OfftakesQuery,
        ask=_offtakes,
        rows=OfftakeRow,
        table=structs_table(OfftakeRow, left_out=("terms",)),
    ),
    Read(
        name="read-offtake",
        path=f"{OFFTAKES}/{{agreement:str}}",
        summary="One offtake agreement: role, terms, how far it is.",
        group=GROUP,
        query=BasisQuery,
        ask=_offtake,
        data=OfftakeRow,
        problems=("not-found",),
    ),
    Read(
        name="read-energy-statement",
        path=f"{OFFTAKES}/{{agreement:str}}/statements/{{run:str}}",
        summary="One run of a month, written 2024-01-r0: its lines, the facts it rests on, and whether it reprints.",
        group=GROUP,
        query=BasisQuery,
        ask=_statement,
        data=StatementRow,
        of_log=True,
        problems=("not-found",),
    ),
    Read(
        name="report-energy",
        path="/v1/reports/energy",
        summary="Energy by agreement, month and run: kWh, price, CO2 (indicative), green certificates.",
        group="reports",
        query=EnergyQuery,
        ask=_energy,
        data=Energy,
        table=energy_table,
        receipts=receipts.ENERGY,
        report=Report(
            name="energy",
            help="Energy by agreement, month and run: kWh, price, net, CO2 (indicative), green certificates.",
            examples=(
                "mcsc report energy --effective 2024-12-31",
                "mcsc report energy --agreement wte-1-demo --from-month 2024-07 --csv -o energy.csv",
            ),
            options={
                "agreement": AGREEMENT,
                "from_month": "Only months from this one on.",
                "positions": POSITIONS_OPTION,
            },
            sheet=energy_sheet,
        ),
    ),
    Read(
        name="report-meter-checks",
        path="/v1/reports/meter-checks",
        summary=DOUBTS,
        group="reports",
        query=ChecksQuery,
        ask=_checks,
        rows=DoubtRow,
        table=structs_table(DoubtRow, left_out=()),
        report=Report(
            name="meter-checks",
            help=DOUBTS,
            examples=("mcsc report meter-checks --from 2024-01-01",),
            options={"agreement": AGREEMENT, "meter": "Only this meter.", "from_on": "Only days from this one on."},
            sheet=checks_sheet,
        ),
    ),
    Read(
        name="report-offtake-shortfall",
        path="/v1/reports/offtake-shortfall",
        summary="Take-or-pay by agreement and contract year: shortfall, payment and the make-up bank.",
        group="reports",
        query=ShortfallQuery,
        ask=_shortfall,
        data=Shortfall,
        table=shortfall_table,
        receipts=receipts.SHORTFALL,
        report=Report(
            name="offtake-shortfall",
            help="Take-or-pay by agreement and contract year, and the make-up bank.",
            examples=("mcsc report offtake-shortfall --effective 2025-12-31",),
            options={"agreement": AGREEMENT, "positions": POSITIONS_OPTION},
            sheet=shortfall_sheet,
        ),
    ),
)

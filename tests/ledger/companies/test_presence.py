"""Settling in, operations, exit: what is recorded, and what is refused."""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger.companies.company import CompanyCommand, StageForbids, evolve_company
from ledger.companies.facts import (
    CompanyExited,
    CompanyFact,
    CompanyRegistered,
    CompanyReportedSettled,
    CompanySettledIn,
    ExitInitiated,
    PremisesAdded,
    Transfer,
)
from ledger.companies.presence import (
    AddPremises,
    BalancesRemain,
    CompleteExit,
    ContractNotExecuted,
    HandoverMissing,
    PremisesRemain,
    ReportSettled,
    SettleIn,
)
from ledger.decider import Fact, Refusal
from tests.examples import (
    ENDED,
    LAND,
    LEASE,
    LIFE,
    MERGED,
    RIVER_LEAD,
    RIVERBEND,
    SUNFIELD,
    TWIN,
    TWIN_LEAD,
    before,
    evidence,
    through,
)
from tests.ground.company import FACT, asked, folded, told
from tests.ground.given import given
from tests.ground.leased import ended, lease_01, owed

SETTLING = before(CompanySettledIn)
LEAVING = before(CompanyExited)

# What is recorded


def test_balances_may_go_to_another_company() -> None:
    changes = {
        "receivable": "10.00",
        "deposits_held": "2500.50",
        "transferred_to": Transfer(company=RIVERBEND, evidence=evidence("deed of transfer")),
    }
    on_record = (RIVER_LEAD, *lease_01(), *owed(1_000, 250_050), ended(), *before(CompanyExited))
    given(*on_record).when(asked(CompleteExit, **changes)).then(told(CompanyExited, **changes))


def test_a_company_without_premises_leaves_without_ended_contracts() -> None:
    recorded = (*through(CompanyRegistered), FACT[ExitInitiated])
    given(*recorded).when(asked(CompleteExit, ended=())).then(told(CompanyExited, ended=()))


@pytest.mark.parametrize("stage", LIFE, ids=lambda fact: type(fact).__name__)
def test_what_the_press_says_never_changes_the_stage(stage: CompanyFact) -> None:
    company = folded(*through(type(stage)))
    reported = evolve_company(company, told(CompanyReportedSettled))
    assert (reported.stage, reported.since) == (company.stage, company.since)
    assert reported.reported_settled_on == date(2026, 5, 20)


def test_a_second_report_of_the_same_source_is_kept() -> None:
    command = asked(ReportSettled, statement="Sunfield has settled in, twice (demo)")
    given(*through(CompanyReportedSettled)).when(command).then(
        told(CompanyReportedSettled, statement="Sunfield has settled in, twice (demo)")
    )


# What is refused, in order of precedence


@pytest.mark.parametrize(
    ("recorded", "command", "refusal", "field"),
    [
        pytest.param(
            SETTLING,
            asked(SettleIn, contract=replace(LEASE, executed_on=date(2026, 7, 2))),
            ContractNotExecuted,
            "contract",
            id="C3-lease-executed-later",
        ),
        pytest.param(
            before(PremisesAdded),
            asked(AddPremises, contract=replace(LAND, executed_on=date(2026, 8, 4))),
            ContractNotExecuted,
            "contract",
            id="C3-land-contract-executed-later",
        ),
        pytest.param(
            SETTLING, asked(SettleIn, handover_on=date(2026, 7, 2)), HandoverMissing, "handover_on", id="C3-no-handover"
        ),
        pytest.param(LEAVING, asked(CompleteExit, ended=()), PremisesRemain, "ended", id="C4-contracts-go-on"),
        pytest.param(
            LEAVING,
            asked(CompleteExit, ended=ENDED[:1]),
            PremisesRemain,
            "ended",
            id="C4-the-second-contract-goes-on",
        ),
        pytest.param(
            LEAVING,
            asked(
                CompleteExit,
                ended=tuple(replace(one, ended_on=date(2026, 12, 19)) for one in ENDED),
            ),
            PremisesRemain,
            "ended",
            id="C4-contracts-end-later",
        ),
        pytest.param(LEAVING, asked(CompleteExit, receivable="0.01"), BalancesRemain, None, id="C4-receivable"),
        pytest.param(LEAVING, asked(CompleteExit, deposits_held="500"), BalancesRemain, None, id="C4-deposits"),
        pytest.param(
            LEAVING,
            asked(
                CompleteExit,
                receivable="0.01",
                transferred_to=Transfer(company=SUNFIELD, evidence=evidence("deed of transfer")),
            ),
            BalancesRemain,
            "transferred_to",
            id="C4-transferred-to-itself",
        ),
        pytest.param(
            LEAVING,
            asked(
                CompleteExit,
                receivable="0.01",
                transferred_to=Transfer(company="nobody-demo", evidence=evidence("deed of transfer")),
            ),
            BalancesRemain,
            "transferred_to",
            id="C4-transferred-to-nobody",
        ),
    ],
)
def test_refused(
    recorded: tuple[Fact, ...], command: CompanyCommand, refusal: type[Refusal], field: str | None
) -> None:
    given(*recorded).when(command).refused(refusal, field=field)


@pytest.mark.parametrize(
    ("recorded", "command", "first"),
    [
        pytest.param(
            SETTLING,
            asked(SettleIn, contract=replace(LEASE, executed_on=date(2026, 7, 2)), handover_on=date(2026, 7, 2)),
            ContractNotExecuted,
            id="contract<handover",
        ),
        pytest.param(LEAVING, asked(CompleteExit, ended=(), receivable="1"), PremisesRemain, id="premises<balances"),
    ],
)
def test_the_first_reason_is_the_one_given(
    recorded: tuple[Fact, ...], command: CompanyCommand, first: type[Refusal]
) -> None:
    given(*recorded).when(command).refused(first)


def test_a_second_exit_of_the_same_day_is_another_one() -> None:
    given(*LIFE).when(asked(CompleteExit, receivable="500.00")).refused(StageForbids)


def test_balances_do_not_go_to_a_merged_record() -> None:
    heir = Transfer(company=TWIN, evidence=evidence("deed of transfer"))
    command = asked(CompleteExit, receivable="1.00", transferred_to=heir)
    given(TWIN_LEAD, MERGED, *LEAVING).when(command).refused(BalancesRemain, field="transferred_to")

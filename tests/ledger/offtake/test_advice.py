"""Who does as a refusal says gets on."""

from collections.abc import Sequence
from datetime import date

import pytest
from msgspec.structs import replace

from ledger.decider import By, Command, Fact, Refusal
from ledger.offtake.calculation import MeterMissing
from ledger.offtake.contract_year import MonthsNotApproved
from ledger.offtake.life import (
    DraftOfftake,
    ExecuteOfftake,
    ExecutorIsDrafter,
    ExpireOfftake,
    NotSettled,
    OfftakeStateForbids,
    OfftakeUnknown,
    SettleOfftakeFinally,
)
from ledger.offtake.meters.metering import CorrectRead, InstallMeter
from ledger.offtake.statements import (
    ApproverIsCalculator,
    ApproveStatement,
    CalculateStatement,
    DisputeStatement,
    RunIsDisputed,
    RunStale,
    WithdrawDispute,
)
from ledger.offtake.withdrawing import OfftakeStepNeeded, OfftakeStepNotLatest
from ledger.offtake.years import YearsOutOfOrder
from tests.ground.given import gets_on
from tests.ground.offtaken import (
    CHECKER,
    DESK,
    FINANCE,
    GROUND,
    METER,
    PAPER,
    SIGNER,
    A,
    agreement,
    amending,
    calculated,
    delivering,
    spread,
    told,
)
from tests.ledger.offtake.test_days import DUTY, ended, goes_on, on, read, stopped, trued_up
from tests.ledger.offtake.test_withdrawing import withdraw, without

BEGUN = DUTY.starts_on
DRAFT = DraftOfftake(**on(BEGUN), terms=DUTY)
EXECUTE = ExecuteOfftake(**on(BEGUN), document=PAPER)
OTHER = replace(DRAFT, effective_on=date(2024, 2, 1), terms=replace(DUTY, due_days=10))
JANUARY = delivering(agreement(DUTY), {"2024-01": "100"})
FEBRUARY = calculated(told(JANUARY, read(date(2024, 2, 29), "200")), "2024-02")
APPROVE = ApproveStatement(**on(date(2024, 3, 20)), month="2024-02", run=0)
AGAIN = CalculateStatement(**on(date(2024, 3, 20)), month="2024-02")
DISPUTE = DisputeStatement(**on(date(2024, 3, 6)), month="2024-02", run=0, reason="too much (demo)")
NO_DISPUTE = WithdrawDispute(**on(date(2024, 3, 7)), month="2024-02", run=0, reason="settled (demo)")
WRONG = CorrectRead(effective_on=date(2024, 2, 29), meter=METER, value="190", reason="misread (demo)")
YEARS = delivering(delivering(agreement(DUTY), spread(2024, "12000")), spread(2025, "12000"))
INSTALL = InstallMeter(effective_on=BEGUN, meter=METER, agreement=A, start="0", digits=8)
STOPPED = told(agreement(DUTY), stopped(date(2024, 2, 3)), goes_on(date(2024, 2, 9)))
SHORT = replace(DUTY, ends_on=date(2024, 12, 31))
OVER = told(delivering(agreement(SHORT), spread(2024, "12000")), (ExpireOfftake(**on(date(2025, 1, 1))), DESK))
LEFT = told(
    delivering(agreement(DUTY), {"2024-01": "100", "2024-02": "100", "2024-03": "100"}), ended(date(2024, 2, 29))
)
Asked = tuple[Command, By]


@pytest.mark.parametrize(
    ("facts", "asked", "refusal", "says", "does", "then"),
    [
        pytest.param(
            GROUND, (EXECUTE, SIGNER), OfftakeUnknown, "draft-offtake first", [(DRAFT, DESK)], None, id="unknown"
        ),
        pytest.param(
            told(GROUND, (DRAFT, DESK)),
            (EXECUTE, DESK),
            ExecutorIsDrafter,
            "somebody else",
            [],
            (EXECUTE, SIGNER),
            id="drafter",
        ),
        pytest.param(
            agreement(DUTY),
            (OTHER, DESK),
            OfftakeStateForbids,
            "amend it instead",
            [],
            amending(date(2024, 2, 1), OTHER.terms)[0],
            id="executed",
        ),
        pytest.param(
            agreement(DUTY),
            (replace(AGAIN, month="2024-01"), FINANCE),
            MeterMissing,
            "install one from then on",
            [(INSTALL, DESK), read(date(2024, 1, 31), "100")],
            None,
            id="no-meter",
        ),
        pytest.param(
            told(FEBRUARY, (DISPUTE, DESK)),
            (APPROVE, CHECKER),
            RunIsDisputed,
            "let the dispute be withdrawn",
            [(NO_DISPUTE, DESK)],
            None,
            id="disputed",
        ),
        pytest.param(
            told(FEBRUARY, (DISPUTE, DESK), (WRONG, DESK)),
            (APPROVE, CHECKER),
            RunIsDisputed,
            "calculate it again",
            [(AGAIN, FINANCE)],
            None,
            id="disputed-and-wrong",
        ),
        pytest.param(
            told(FEBRUARY, (WRONG, DESK)),
            (APPROVE, CHECKER),
            RunStale,
            "calculate it again",
            [(AGAIN, FINANCE)],
            None,
            id="stale",
        ),
        pytest.param(
            FEBRUARY, (APPROVE, FINANCE), ApproverIsCalculator, "somebody else", [], (APPROVE, CHECKER), id="own-run"
        ),
        pytest.param(YEARS, trued_up(2025), YearsOutOfOrder, "true up 2024 first", [trued_up(2024)], None, id="years"),
        pytest.param(
            OVER,
            (SettleOfftakeFinally(**on(date(2025, 3, 1))), FINANCE),
            NotSettled,
            "true up 2024 first",
            [trued_up(2024)],
            None,
            id="not-settled",
        ),
        pytest.param(
            LEFT,
            trued_up(2024),
            MonthsNotApproved,
            "settle it anew",
            [
                (CalculateStatement(**on(date(2024, 4, 20)), month="2024-03"), FINANCE),
                (ApproveStatement(**on(date(2024, 4, 20)), month="2024-03", run=1), CHECKER),
            ],
            None,
            id="counts-no-more",
        ),
        pytest.param(
            STOPPED,
            (withdraw("offtake.suspended", date(2024, 2, 3)), SIGNER),
            OfftakeStepNotLatest,
            "withdraw that first",
            [(withdraw("offtake.resumed", date(2024, 2, 9)), SIGNER)],
            None,
            id="not-the-latest",
        ),
        pytest.param(
            told(agreement(DUTY), (INSTALL, DESK), (withdraw("offtake.commercial-operation-declared", BEGUN), SIGNER)),
            (withdraw("offtake.executed", BEGUN), SIGNER),
            OfftakeStepNeeded,
            "withdraw that first",
            [(without("meter.installed", BEGUN), DESK)],
            None,
            id="needed",
        ),
    ],
)
def test_the_advice_works(
    facts: tuple[Fact, ...],
    asked: Asked,
    refusal: type[Refusal],
    says: str,
    does: Sequence[Asked],
    then: Asked | None,
) -> None:
    gets_on(facts, asked, refusal, says, does, then)

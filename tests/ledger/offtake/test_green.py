"""Green certificates in lots: one for a megawatt-hour of their month, no number twice, used once, valid for two years.

Every meter value and every number is invented.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.decider import Command, Fact, Refusal
from ledger.offtake.facts import CertificatesIssued
from ledger.offtake.green.counts import CertificatesExceeded, IssueCertificates, NotRenewable, SellCertificates
from ledger.offtake.green.facts import CertificateLotIssued
from ledger.offtake.green.lots import (
    CertificateLotTaken,
    CertificateLotUnknown,
    CertificatesExpired,
    CertificatesNotGenerated,
    CertificatesNotTradable,
    IssueCertificateLot,
    MovementTaken,
    NumbersMoved,
    NumbersNotOfLot,
    NumbersTaken,
    RetireCertificates,
    TransferCertificates,
)
from ledger.offtake.green.numbers import Numbers, NumbersMalformed, numbers, valid_through
from ledger.offtake.life import OfftakeUnknown
from ledger.offtake.rules import OfftakeStepTooEarly
from ledger.offtake.terms import OfftakeTerms
from ledger.offtake.withdrawing import OfftakeStepNeeded, WithdrawOfftakeStep
from tests.ground.given import given
from tests.ground.offtaken import DESK, PAPER, SIGNER, TERMS, A, agreement, amending, delivering, told

GRID = replace(TERMS, grid=True)
DELIVERED = delivering(agreement(GRID), {"2024-01": "3400.5", "2024-02": "2700", "2024-03": "900"})
"""3 certificates of January, 400.5 kWh left; 3 of February, for 3,100.5 kWh; 1 of March."""


def about(on: date) -> dict[str, Any]:
    return {"effective_on": on, "agreement": A}


def issue(first: int = 1, last: int = 3, **more: Any) -> IssueCertificateLot:
    asked: dict[str, Any] = {"lot": "lot-1", "month": "2024-01", **about(date(2024, 4, 5)), **more}
    return IssueCertificateLot(first=f"GEC-{first:06}", last=f"GEC-{last:06}", evidence=PAPER, **asked)


def transfer(first: int, last: int, **more: Any) -> TransferCertificates:
    asked: dict[str, Any] = {"movement": "m-1", "lot": "lot-1", **about(date(2024, 5, 6)), **more}
    return TransferCertificates(first=f"GEC-{first:06}", last=f"GEC-{last:06}", to="a mill (demo)", **asked)


def retire(first: int, last: int, **more: Any) -> RetireCertificates:
    asked: dict[str, Any] = {"movement": "m-2", "lot": "lot-1", **about(date(2024, 5, 7)), **more}
    asked |= {"beneficiary": "a foundry (demo)", "purpose": "power of 2024 (demo)"}
    return RetireCertificates(first=f"GEC-{first:06}", last=f"GEC-{last:06}", evidence=PAPER, **asked)


FEBRUARY = issue(4, 6, lot="lot-2", month="2024-02")
ISSUED = told(DELIVERED, (issue(), DESK), (FEBRUARY, DESK))
APRIL = issue(7, 7, lot="lot-3", month="2024-04", effective_on=date(2024, 5, 5))
MOVED = told(ISSUED, (transfer(1, 1), DESK), (retire(2, 2), DESK))


def test_what_makes_no_certificate_is_carried_to_the_next_month() -> None:
    given(*DELIVERED).when(issue(1, 4), DESK).refused(CertificatesNotGenerated, field="last", says="3400.5 kWh")
    third = issue(7, 7, lot="lot-3", month="2024-03")
    facts = told(ISSUED, (third, DESK))
    assert sum(fact.count for fact in facts if isinstance(fact, CertificateLotIssued)) == 7
    given(*facts).when(issue(8, 8, lot="lot-4", month="2024-03"), DESK).refused(
        CertificatesNotGenerated, field="last", says="0 of them are not issued yet"
    )


def test_a_lot_says_whether_it_is_tradable_and_until_when_it_is_valid() -> None:
    (lot,) = (fact for fact in told(DELIVERED, (issue(), DESK)) if isinstance(fact, CertificateLotIssued))
    assert (lot.tradable, lot.valid_until, lot.count) == (True, date(2025, 12, 31), 3)
    stated = issue(tradable=False, valid_until=date(2026, 6, 30))
    (lot,) = (fact for fact in told(DELIVERED, (stated, DESK)) if isinstance(fact, CertificateLotIssued))
    assert (lot.tradable, lot.valid_until) == (False, date(2026, 6, 30))


@pytest.mark.parametrize(
    ("month", "last"),
    [("2024-01", date(2025, 12, 31)), ("2024-03", date(2026, 2, 28)), ("2026-03", date(2028, 2, 29))],
)
def test_two_years_of_which_the_month_of_generation_is_the_first(month: str, last: date) -> None:
    assert valid_through(month) == last


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "field", "says"),
    [
        (DELIVERED, issue(agreement="other-demo"), OfftakeUnknown, "agreement", "other-demo"),
        (
            delivering(agreement(replace(GRID, technology="WASTE_HEAT")), {"2024-01": "3400.5"}),
            issue(),
            NotRenewable,
            "agreement",
            "WASTE_HEAT",
        ),
        (DELIVERED, issue(effective_on=date(2024, 1, 30)), OfftakeStepTooEarly, "effective_on", "2024-01 is over"),
        (DELIVERED, issue(3, 1), NumbersMalformed, "last", "is before the first"),
        (DELIVERED, replace(issue(), last="GEX-000003"), NumbersMalformed, "last", "one series"),
        (DELIVERED, replace(issue(), last="GEC-0000003"), NumbersMalformed, "last", "one series"),
        (DELIVERED, issue(valid_until=date(2024, 1, 30)), NumbersMalformed, "valid_until", "2024-01 is over"),
        (DELIVERED, issue(effective_on=date(2026, 1, 1)), CertificatesExpired, "effective_on", "until 2025-12-31"),
        (DELIVERED, issue(valid_until=date(2024, 4, 4)), CertificatesExpired, "valid_until", "until 2024-04-04"),
        (ISSUED, issue(10, 10, month="2024-03"), CertificateLotTaken, "lot", "lot-1"),
        (ISSUED, issue(6, 6, lot="lot-3", month="2024-03"), NumbersTaken, "first", "GEC-000006: lot lot-2"),
        (told(DELIVERED, (FEBRUARY, DESK)), issue(2, 4), NumbersTaken, "last", "GEC-000004: lot lot-2"),
        (ISSUED, issue(7, 8, lot="lot-3", month="2024-03"), CertificatesNotGenerated, "last", "makes 1 of 900.0 kWh"),
        (
            ISSUED,
            issue(7, 7, lot="lot-3", month="2024-04", effective_on=date(2024, 5, 5)),
            CertificatesNotGenerated,
            "last",
            "makes 0 of 0.0",
        ),
        (MOVED, transfer(3, 3), MovementTaken, "movement", "m-1"),
        (MOVED, transfer(3, 3, movement="m-2"), MovementTaken, "movement", "m-2"),
        (ISSUED, transfer(1, 1, lot="lot-9"), CertificateLotUnknown, "lot", "lot-9"),
        (ISSUED, transfer(1, 1, effective_on=date(2024, 4, 4)), OfftakeStepTooEarly, "effective_on", "was issued"),
        (ISSUED, transfer(3, 4), NumbersNotOfLot, "first", "GEC-000001 to GEC-000003"),
        (told(DELIVERED, (issue(tradable=False), DESK)), transfer(1, 1), CertificatesNotTradable, "lot", "retire"),
        (ISSUED, transfer(1, 1, effective_on=date(2026, 1, 1)), CertificatesExpired, "effective_on", "2025-12-31"),
        (MOVED, retire(1, 3, movement="m-3"), NumbersMoved, "first", "GEC-000001: transferred on 2024-05-06"),
        (MOVED, transfer(2, 2, movement="m-3"), NumbersMoved, "first", "GEC-000002: retired on 2024-05-07"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_refused(facts: Sequence[Fact], command: Command, refusal: type[Refusal], field: str, says: str) -> None:
    given(*facts).when(command, DESK).refused(refusal, field=field, says=says)


def test_no_number_is_issued_twice_in_the_whole_ledger() -> None:
    """The scope of a lot sees those of every agreement."""
    (lot,) = (fact for fact in told(DELIVERED, (issue(), DESK)) if isinstance(fact, CertificateLotIssued))
    others = replace(lot, agreement="sun-2-demo")
    given(*DELIVERED, others).when(issue(3, 5), DESK).refused(NumbersTaken, field="first", says="sun-2-demo")
    withdrawn = WithdrawOfftakeStep(
        effective_on=lot.effective_on, agreement="sun-2-demo", step="offtake.certificate-lot-issued", reason="of A"
    )
    assert told((*DELIVERED, others), (withdrawn, SIGNER), (issue(), DESK))


def test_not_tradable_is_what_was_used_on_the_spot_and_can_be_retired() -> None:
    facts = told(delivering(agreement(), {"2024-01": "3400.5"}), (issue(), DESK), (retire(1, 3), DESK))
    given(*facts).when(transfer(1, 1), DESK).refused(CertificatesNotTradable, field="lot")


def test_a_movement_is_allowed_on_the_last_day() -> None:
    assert told(ISSUED, (transfer(1, 3, effective_on=date(2025, 12, 31)), DESK))


def test_what_was_counted_once_makes_no_lot_besides() -> None:
    counted = IssueCertificates(**about(date(2024, 4, 6)), through="2024-02", evidence=PAPER)
    facts = told(DELIVERED, (issue(1, 1), DESK), (counted, DESK))
    given(*facts).when(issue(2, 2, lot="lot-2"), DESK).refused(CertificatesNotGenerated, field="last")
    assert told(facts, (issue(2, 2, lot="lot-2", month="2024-03"), DESK))


WASTE_HEAT = replace(GRID, technology="WASTE_HEAT")
TURNED = delivering(
    told(agreement(WASTE_HEAT), *amending(date(2024, 2, 1), GRID)), {"2024-01": "3400.5", "2024-02": "2700"}
)
"""Waste heat in January, biomass from February on."""


def test_energy_of_waste_heat_is_carried_on_to_no_certificate_of_another_technology() -> None:
    given(*TURNED).when(issue(), DESK).refused(NotRenewable)
    given(*TURNED).when(issue(month="2024-02"), DESK).refused(CertificatesNotGenerated, says="makes 2 of 2700.0 kWh")
    assert told(TURNED, (issue(1, 2, month="2024-02"), DESK))
    counted = IssueCertificates(**about(date(2024, 4, 6)), through="2024-02", evidence=PAPER)
    (issued,) = (fact for fact in told(TURNED, (counted, DESK)) if isinstance(fact, CertificatesIssued))
    assert (issued.count, issued.residual_wh) == (2, 700_000)


@pytest.mark.parametrize("terms", [replace(GRID, grid=False), WASTE_HEAT], ids=["spot", "waste-heat"])
def test_a_lot_sent_again_is_on_record_whatever_the_terms_say_by_now(terms: OfftakeTerms) -> None:
    given(*told(ISSUED, *amending(date(2024, 1, 1), terms))).when(issue(), DESK).then()


def counted(on: date, through: str) -> IssueCertificates:
    return IssueCertificates(**about(on), through=through, evidence=PAPER)


def sell(on: date, count: int, sale: str = "s-1") -> SellCertificates:
    return SellCertificates(**about(on), sale=sale, count=count, to="a mill (demo)")


def test_no_more_are_sold_by_count_than_are_held_on_any_day() -> None:
    """Three through February, counted in April; three more through January, counted in June; and in July four go."""
    facts = told(
        delivering(agreement(GRID), {"2024-01": "3400.5", "2024-02": "2700"}),
        (counted(date(2024, 6, 5), "2024-01"), DESK),
        (counted(date(2024, 4, 5), "2024-02"), DESK),
    )
    sold = told(facts, (sell(date(2024, 7, 8), 4, "s-2"), DESK))
    given(*sold).when(sell(date(2024, 5, 6), 3), DESK).refused(CertificatesExceeded, says="2 certificates are held")
    assert told(sold, (sell(date(2024, 5, 6), 2), DESK))
    early = told(facts, (sell(date(2024, 5, 6), 3), DESK))
    back = WithdrawOfftakeStep(
        effective_on=date(2024, 4, 5), agreement=A, step="offtake.certificates-issued", reason="a slip (demo)"
    )
    given(*early).when(back, SIGNER).refused(OfftakeStepNeeded, field="step")


@pytest.mark.parametrize("command", [issue(), FEBRUARY, transfer(1, 1), retire(2, 2)])
def test_sent_again_nothing_is_recorded(command: Command) -> None:
    given(*MOVED).when(command, DESK).then()


def test_each_step_has_a_way_back_and_the_lot_goes_last() -> None:
    def back(step: str, on: date, about: str) -> WithdrawOfftakeStep:
        reason = "of another plant (demo)"
        return WithdrawOfftakeStep(effective_on=on, agreement=A, step=f"offtake.{step}", about=about, reason=reason)

    lot = back("certificate-lot-issued", date(2024, 4, 5), "lot-1")
    moves = (
        back("certificates-transferred", date(2024, 5, 6), "m-1"),
        back("certificates-retired", date(2024, 5, 7), "m-2"),
    )
    given(*MOVED).when(lot, SIGNER).refused(OfftakeStepNeeded, field="step")
    facts = told(MOVED, *((move, SIGNER) for move in moves), (lot, SIGNER))
    assert told(facts, (issue(1, 2), DESK), (transfer(2, 2), DESK))


ENDS = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted)


@drawn(ENDS, ENDS)
def test_ranges_share_what_both_have(one: list[int], other: list[int]) -> None:
    own, its = (numbers(f"A-{first:03}", f"A-{last:03}") for first, last in (one, other))
    both = set(range(one[0], one[1] + 1)) & set(range(other[0], other[1] + 1))
    shared = own.shared(its)
    assert (set() if shared is None else set(range(shared.first, shared.last + 1))) == both
    assert own.within(its) == (both == set(range(one[0], one[1] + 1)))
    assert own.shared(Numbers(("B-", 3), *other)) is None

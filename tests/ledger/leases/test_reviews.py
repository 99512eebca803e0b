"""The rent that follows an index: what a review applies to, in whatever order things are recorded (domain §14.4)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.decider import Fact
from ledger.leases.changes import ApproveAmendment, ReviewedByOtherIndex, ReviewRent
from ledger.leases.facts import IndexRentReviewed
from ledger.leases.lease import Lease
from ledger.leases.schedule import ScheduleRow, passing_rent, schedule
from ledger.leases.terms import Indexation, RentStep, Terms
from ledger.leases.withdrawing import LeaseStepNeeded, WithdrawLeaseStep
from tests.examples.leases import APPROVER, CPI, LEASE, flat, index, simple
from tests.ground.given import decide, gets_on, given, grown
from tests.ledger.leases.ground import Things, folded, propose, running

EVER = date(2040, 12, 31)
JULY = {year: date(year, 7, 1) for year in (2025, 2026, 2027)}


def indexed(rent: str, **rule: Any) -> Terms:
    return simple(
        date(2025, 1, 1),
        date(2027, 12, 31),
        rent=flat(rent),
        indexation=Indexation(series=CPI, base_on=date(2024, 12, 1), **rule),
    )


def ground(terms: Terms, *published: str, base: str = "100") -> Things:
    """L-1 by these terms, and the index of each July from 2025 on."""
    return running(
        terms, index(date(2024, 12, 1), base), *(index(JULY[2025 + at], value) for at, value in enumerate(published))
    )


def review(year: int) -> ReviewRent:
    return ReviewRent(lease=LEASE, effective_on=JULY[year], current_on=JULY[year], series=CPI)


def amended_in_front(recorded: Sequence[Fact], terms: Terms, on: date) -> Things:
    dearer = replace(terms, rent=(*terms.rent, RentStep(from_on=on, rent=flat("12000.00"))))
    recorded = (*recorded, *decide(recorded, propose(dearer, on, "CONSIDERATION")))
    approval = ApproveAmendment(lease=LEASE, effective_on=on, amendment="am-9-demo")
    return (*recorded, *decide(recorded, approval, APPROVER))


def rents(recorded: Sequence[Fact]) -> list[int]:
    lease = folded(*recorded)
    return [passing_rent(lease, date(year, 12, 31)) for year in (2025, 2026, 2027)]


def after(recorded: Sequence[Fact], *commands: ReviewRent) -> Things:
    recorded = tuple(recorded)
    for command in commands:
        recorded = (*recorded, *decide(recorded, command))
    return recorded


# Worked out by hand. "Case 06" is 10,000 x 1.03 x 1.02; §14.4 is 28,836.48 x 1.035 = 29,845.76, x 1.015 = 30,293.45


@pytest.mark.parametrize(
    ("rent", "rule", "published", "expected"),
    [
        pytest.param("10000.00", {"ratio_form": True}, ("103", "102"), [1_030_000, 1_050_600], id="case-06"),
        pytest.param("10000.00", {}, ("103", "105.06"), [1_030_000, 1_050_600], id="the-same-as-levels"),
        pytest.param(
            "28836.48", {"ratio_form": True, "floor": "0.015"}, ("103.5", "100.2"), [2_984_576, 3_029_345], id="14.4"
        ),
        pytest.param("28836.48", {"floor": "0.015"}, ("103.5", "103.9"), [2_984_576, 3_029_345], id="14.4-as-levels"),
        pytest.param(  # 103.9 % of the base is more than its 101.5 %: 28,836.48 x 1.039
            "28836.48",
            {"floor": "0.015", "bounds": "CUMULATIVE"},
            ("103.5", "103.9"),
            [2_984_576, 2_996_110],
            id="against-the-base",
        ),
        pytest.param(  # 1.035 x 1.002 = 1.03707: 29,905.45
            "28836.48",
            {"floor": "0.015", "bounds": "CUMULATIVE", "ratio_form": True},
            ("103.5", "100.2"),
            [2_984_576, 2_990_545],
            id="against-the-base-year-on-year",
        ),
        pytest.param("10000.00", {"cap": "0.04"}, ("105", "110"), [1_040_000, 1_081_600], id="capped-each-time"),
        pytest.param(
            "10000.00", {"cap": "0.04", "bounds": "CUMULATIVE"}, ("105", "110"), [1_040_000, 1_040_000], id="capped"
        ),
    ],
)
def test_the_rent_after_two_reviews_in_either_order(
    rent: str, rule: dict[str, Any], published: tuple[str, str], expected: list[int]
) -> None:
    recorded = ground(indexed(rent, **rule), *published)
    assert rents(after(recorded, review(2025), review(2026)))[:2] == expected
    turned = after(recorded, review(2026), review(2025))
    assert rents(turned)[:2] == expected
    given(*turned).when(review(2026)).then()


def test_an_amendment_recorded_in_front_of_a_review_moves_the_rent_under_it() -> None:
    """10,000.00 x 1.03 is reviewed first; then it was 12,000.00 from April on: 12,360.00, then 12,607.20."""
    terms = indexed("10000.00", ratio_form=True)
    recorded = after(ground(terms, "103", "102"), review(2025), review(2026))
    assert rents(amended_in_front(recorded, terms, date(2025, 4, 1)))[:2] == [1_236_000, 1_260_720]


def test_a_later_rent_ends_a_review_and_the_index_since_it_goes_on() -> None:
    terms = indexed("10000.00")
    recorded = amended_in_front(after(ground(terms, "103", "105.06"), review(2025)), terms, date(2026, 1, 1))
    assert rents(after(recorded, review(2026)))[:2] == [1_030_000, 1_224_000]


def test_a_review_stored_without_its_rule_keeps_its_amount() -> None:
    """As it was recorded before rules were stored: nothing recorded since moves it; the next one applies to it."""
    terms = indexed("10000.00", ratio_form=True)
    recorded = ground(terms, "103", "102", "101")
    (made,) = decide(after(recorded), review(2026))
    assert isinstance(made, IndexRentReviewed)
    old = (*recorded, replace(made, rule=None))
    given(*old).when(review(2026)).then()
    assert rents(after(old, review(2025), review(2027))) == [1_030_000, 1_020_000, 1_030_200]


def test_a_corrected_index_is_reviewed_again_and_not_twice() -> None:
    recorded = after(ground(indexed("54000.00", ratio_form=True), "102.0"), review(2025))
    given(*recorded).when(review(2025)).then()
    corrected = (*recorded, replace(index(JULY[2025], "103.0"), rate="correction-demo"))
    assert rents(after(corrected, review(2025)))[0] == 5_562_000


# Whatever the order


Step = int | str


@for_all(
    st.permutations((2025, 2026, 2027, "amended")),
    st.booleans(),
    st.sampled_from(("SINCE_LAST", "CUMULATIVE")),
    st.sampled_from((None, "0.015")),
    st.sampled_from((date(2025, 4, 1), date(2026, 3, 10), date(2026, 7, 1), date(2027, 9, 15))),
)
def test_the_order_of_recording_changes_no_rent(
    order: Sequence[Step], ratio_form: bool, bounds: Any, floor: str | None, amended_on: date
) -> None:
    terms = indexed("28836.48", ratio_form=ratio_form, bounds=bounds, floor=floor, cap="0.04")
    recorded = ground(terms, "103.5", "103.9", "108.8")

    def told(steps: Sequence[Step]) -> Lease:
        done: Things = recorded
        for step in steps:
            done = after(done, review(step)) if isinstance(step, int) else amended_in_front(done, terms, amended_on)
        return folded(*done)

    one, other = told(order), told((2025, 2026, 2027, "amended"))
    assert shown(one) == shown(other)


def shown(lease: Lease) -> tuple[list[int], tuple[ScheduleRow, ...]]:
    days = [date(2025 + month // 12, month % 12 + 1, day) for month in range(36) for day in (1, 10, 15, 28)]
    return [passing_rent(lease, day) for day in days], schedule(lease, EVER)


def test_an_amendment_in_front_of_a_review_by_another_index() -> None:
    """1,000.00 by an index of 110 %: capped at 4 % it is 1,040.00; by terms that are amended before, 1,020.00."""
    terms = indexed("1000.00", ratio_form=True, cap="0.04")
    lower = replace(terms, indexation=Indexation(series=CPI, base_on=date(2024, 12, 1), ratio_form=True, cap="0.02"))
    amendment = propose(lower, date(2025, 4, 1), "CONSIDERATION")
    approval = (ApproveAmendment(lease=LEASE, effective_on=date(2025, 4, 1), amendment="am-9-demo"), APPROVER)
    recorded = grown(ground(terms, "110"), review(2025), amendment)
    back = WithdrawLeaseStep(
        lease=LEASE, effective_on=JULY[2025], step="lease.index-rent-reviewed", reason="by the old index (demo)"
    )
    assert rents(recorded)[0] == 104_000
    gets_on(
        recorded, approval, ReviewedByOtherIndex, "withdraw-lease-step of lease.index", [back, approval], review(2025)
    )
    right = grown(recorded, back, approval, review(2025))
    assert rents(right)[0] == 102_000
    gone = WithdrawLeaseStep(
        lease=LEASE, effective_on=date(2025, 4, 1), step="lease.amended", reason="not agreed (demo)"
    )
    gets_on(right, gone, LeaseStepNeeded, "index-rent-reviewed of 2025-07-01", [back, gone], review(2025))

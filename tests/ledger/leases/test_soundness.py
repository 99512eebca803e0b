"""What terms may say, in a draft and in an amendment."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import Refusal
from ledger.leases.agreement import DraftLease
from ledger.leases.facts import LeaseDrafted
from ledger.leases.soundness import (
    BreakMalformed,
    IndexationMalformed,
    PremisesMalformed,
    RentFreeMalformed,
    RentStepsDisordered,
    RentTooLarge,
    TermImpossible,
    TermTooLong,
)
from ledger.leases.terms import Indexation, Premises, RentFree, RentStep
from tests.examples.leases import A101, CPI, GROUND, L_1, per_m2, simple
from tests.ground.given import given
from tests.ledger.leases.ground import DAY, RUNNING, asked, propose, steps, told


def free(first: date, last: date) -> tuple[RentFree, ...]:
    return (RentFree(from_on=first, until_on=last),)


BEGINS, EXPIRES = L_1.commencement_on, L_1.expiry_on


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({"expiry_on": BEGINS - DAY}, TermImpossible, id="ends-before-it-begins"),
        pytest.param({"commencement_on": date(1949, 12, 31)}, TermImpossible, id="long-ago"),
        pytest.param({"expiry_on": date(2151, 1, 1)}, TermImpossible, id="in-another-age"),
        pytest.param({"expiry_on": date(2044, 1, 1)}, TermTooLong, id="L2-more-than-twenty-years"),
        pytest.param({"premises": (Premises(unit=A101, area="0.00"),)}, PremisesMalformed, id="no-area"),
        pytest.param(
            {"premises": (Premises(unit=A101, area="1.00", until_on=EXPIRES + DAY),)},
            PremisesMalformed,
            id="premises-after-the-term",
        ),
        pytest.param(
            {"premises": (Premises(unit=A101, area="1.00", from_on=EXPIRES, until_on=BEGINS),)},
            PremisesMalformed,
            id="premises-reversed",
        ),
        pytest.param(
            {"premises": (*L_1.premises, Premises(unit=A101, area="1.00", from_on=EXPIRES))},
            PremisesMalformed,
            id="a-unit-twice-on-one-day",
        ),
        pytest.param({"rent": steps(BEGINS + DAY)}, RentStepsDisordered, id="L4-first-step-late"),
        pytest.param({"rent": steps(BEGINS, BEGINS)}, RentStepsDisordered, id="L4-two-steps-on-one-day"),
        pytest.param({"rent": steps(BEGINS, EXPIRES, BEGINS + DAY)}, RentStepsDisordered, id="L4-steps-out-of-order"),
        pytest.param({"rent": steps(BEGINS, EXPIRES + DAY)}, RentStepsDisordered, id="L4-a-step-after-expiry"),
        pytest.param({"rent_free": free(BEGINS - DAY, BEGINS)}, RentFreeMalformed, id="L5-free-before-the-term"),
        pytest.param({"rent_free": free(EXPIRES, EXPIRES + DAY)}, RentFreeMalformed, id="L5-free-after-the-term"),
        pytest.param({"rent_free": free(EXPIRES, BEGINS)}, RentFreeMalformed, id="L5-free-reversed"),
        pytest.param(
            {"rent_free": free(BEGINS, BEGINS) + free(BEGINS, BEGINS + DAY)}, RentFreeMalformed, id="L5-free-twice"
        ),
        pytest.param({"breaks": (replace(L_1.breaks[0], on=EXPIRES),)}, BreakMalformed, id="break-on-the-last-day"),
        pytest.param({"breaks": (replace(L_1.breaks[0], on=BEGINS - DAY),)}, BreakMalformed, id="break-too-early"),
        pytest.param({"breaks": L_1.breaks * 2}, BreakMalformed, id="a-break-twice"),
        pytest.param(
            {"indexation": Indexation(series="fx/usd-cny", base_on=BEGINS)}, IndexationMalformed, id="no-price-index"
        ),
        pytest.param(
            {"indexation": Indexation(series=CPI, base_on=BEGINS, floor="0.05", cap="0.04")},
            IndexationMalformed,
            id="floor-above-cap",
        ),
        pytest.param({"rent": (RentStep(from_on=BEGINS, rent=per_m2("9999999")),)}, RentTooLarge, id="rent-too-large"),
        pytest.param({"service_charge": per_m2("9999999")}, RentTooLarge, id="service-charge-too-large"),
    ],
)
def test_terms_that_cannot_be(changes: dict[str, Any], refusal: type[Refusal]) -> None:
    terms = replace(L_1, **changes)
    field = "terms.service_charge" if "service_charge" in changes else None
    given(*GROUND).when(asked(DraftLease, terms=terms)).refused(refusal, field=field)
    if terms.commencement_on == BEGINS:
        given(*RUNNING).when(propose(terms, date(2025, 1, 1), "TERM")).refused(refusal)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"expiry_on": date(2043, 12, 31)}, id="twenty-years"),
        pytest.param({"expiry_on": BEGINS, "rent": steps(BEGINS), "rent_free": (), "breaks": ()}, id="one-day"),
        pytest.param({"rent_free": free(BEGINS, EXPIRES)}, id="free-throughout"),
        pytest.param({"rent": steps(BEGINS, EXPIRES)}, id="a-step-on-the-last-day"),
        pytest.param({"breaks": (replace(L_1.breaks[0], on=EXPIRES - DAY),)}, id="break-on-the-day-before-the-last"),
        pytest.param(
            {
                "premises": (
                    Premises(unit=A101, area="1.00", until_on=BEGINS),
                    Premises(unit=A101, area="2.00", from_on=BEGINS + DAY),
                )
            },
            id="a-unit-with-another-area-later",
        ),
    ],
)
def test_terms_at_the_edge(changes: dict[str, Any]) -> None:
    terms = replace(L_1, **changes)
    given(*GROUND).when(asked(DraftLease, terms=terms)).then(told(LeaseDrafted, terms=terms))


def test_a_term_from_a_leap_day() -> None:
    terms = simple(date(2080, 2, 29), date(2100, 2, 28))
    given(*GROUND).when(asked(DraftLease, terms=terms)).then(told(LeaseDrafted, terms=terms))
    given(*GROUND).when(asked(DraftLease, terms=replace(terms, expiry_on=date(2100, 3, 1)))).refused(TermTooLong)

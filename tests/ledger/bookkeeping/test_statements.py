"""Bank statements: taken once, line by line; what overlaps is known, and what does not meet is refused."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.bookkeeping.banking.accounts import BankAccountOfAnother, BankAccountUnknown
from ledger.bookkeeping.statements.chain import Chain, chained
from ledger.bookkeeping.statements.facts import BankLine, BankStatementTaken
from ledger.bookkeeping.statements.taking import (
    BankStatementBroken,
    BankStatementContradicts,
    BankStatementMalformed,
    BankStatementOfAnother,
    BankStatementUnknown,
    StatedLine,
    StatedStatement,
    TakeBankStatements,
    WithdrawBankStatement,
)
from ledger.decider import Fact, Refusal
from ledger.values.evidence import Evidence
from tests.examples.banking import CNY, OPENED, PAPER, USD_OPENED
from tests.ground.given import decide, given, grown

OTHER_FILE = Evidence(doc="the same, sent again (demo)", sha256="cd" * 32)


def july(day: int) -> date:
    return date(2026, 7, day)


def line(entry: int, day: int, amount: str, *references: str) -> StatedLine:
    return StatedLine(entry=str(entry), booked_on=july(day), amount=amount, references=references)


def take(*statements: StatedStatement, file: Evidence = PAPER, reason: str | None = None) -> TakeBankStatements:
    return TakeBankStatements(effective_on=july(31), bank_account=CNY, file=file, statements=statements, reason=reason)


# 100.00 + 50.00 - 20.00 = 130.00; the second begins within the first: 80.00 = 100.00 - 20.00, to 150.00.
FIRST = StatedStatement(
    statement="S-1 (demo)",
    number="2600-0001 (DEMO)",
    from_on=july(1),
    until_on=july(15),
    currency="CNY",
    opening="100.00",
    closing="130.00",
    lines=(line(1, 3, "-20.00", "A"), line(2, 12, "25.00", "B"), line(3, 12, "25.00", "B")),
)
SECOND = StatedStatement(
    statement="S-2 (demo)",
    from_on=july(12),
    until_on=july(31),
    currency="CNY",
    opening="80.00",
    closing="150.00",
    lines=(line(1, 12, "25.00", "B"), line(2, 12, "25.00", "B"), line(3, 20, "20.00", "B")),
)
GROUND: tuple[Fact, ...] = (OPENED, USD_OPENED)
TAKEN = grown(GROUND, take(FIRST))


def taken(facts: Sequence[Fact], command: TakeBankStatements) -> list[BankStatementTaken]:
    return [fact for fact in decide(facts, command) if isinstance(fact, BankStatementTaken)]


def test_a_statement_is_taken_line_by_line() -> None:
    (fact,) = taken(GROUND, take(FIRST))
    assert (fact.effective_on, fact.from_on, fact.came_on) == (july(15), july(1), july(31))
    assert (fact.opening_minor, fact.closing_minor, fact.known) == (10_000, 13_000, ())
    assert [(one.entry, one.amount_minor, one.references) for one in fact.lines] == [
        ("1", -2_000, ("A",)),
        ("2", 2_500, ("B",)),
        ("3", 2_500, ("B",)),
    ]
    given(*GROUND).when(take(FIRST)).then(fact)


def test_the_same_again_records_nothing_whatever_its_file_is_called() -> None:
    given(*TAKEN).when(take(FIRST, file=OTHER_FILE)).then()


def test_lines_that_an_earlier_statement_had_are_known_and_equal_payments_are_two() -> None:
    (fact,) = taken(TAKEN, take(SECOND))
    assert fact.known == ("1", "2")
    chain = chained([*taken(GROUND, take(FIRST)), fact])
    assert chain is not None
    assert [one.line.amount_minor for one in chain.lines] == [-2_000, 2_500, 2_500, 2_000]
    assert (chain.balance(july(11)), chain.balance(july(12)), chain.balance()) == (8_000, 13_000, 15_000)


def test_a_file_is_taken_whole_or_not_at_all() -> None:
    assert [fact.statement for fact in taken(GROUND, take(FIRST, SECOND))] == ["S-1 (demo)", "S-2 (demo)"]
    wrong = replace(SECOND, closing="151.00")
    given(*GROUND).when(take(FIRST, wrong)).refused(BankStatementBroken, field="statements[1].closing")


NEXT = replace(SECOND, from_on=july(16), opening="130.00", closing="150.00", lines=(line(1, 20, "20.00"),))
REFUSED: list[tuple[str, Sequence[Fact], TakeBankStatements, type[Refusal], str]] = [
    ("unknown account", (), take(FIRST), BankAccountUnknown, "there is no bank account"),
    ("currency", GROUND, take(replace(FIRST, currency="USD")), BankAccountOfAnother, "the statement in USD"),
    ("number", GROUND, take(replace(FIRST, number="2600 0002 (demo)")), BankStatementOfAnother, "2600 0002"),
    ("closing", GROUND, take(replace(FIRST, closing="129.99")), BankStatementBroken, "is 0.01 CNY less than the lines"),
    (
        "opening",
        TAKEN,
        take(replace(NEXT, opening="129.00", closing="149.00")),
        BankStatementBroken,
        "is 1.00 CNY less",
    ),
    ("one day left out", TAKEN, take(replace(SECOND, lines=SECOND.lines[:1])), BankStatementBroken, "is 20.00 CNY"),
    ("says otherwise", TAKEN, take(replace(FIRST, lines=FIRST.lines[:1])), BankStatementContradicts, "says otherwise"),
    (
        "every fault at once",
        GROUND,
        take(replace(FIRST, opening="1.234", lines=(line(1, 16, "1.00"), line(1, 3, "0.001")))),
        BankStatementMalformed,
        "CNY has 2 decimals; entry 1 is booked on 2026-07-16, outside 2026-07-01 through 2026-07-15; entry 1 comes "
        "twice; entry 1: CNY has 2 decimals",
    ),
    (
        "backwards",
        GROUND,
        take(replace(FIRST, until_on=date(2026, 6, 30), lines=())),
        BankStatementMalformed,
        "ends on",
    ),
]


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "says"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_what_is_refused(facts: Sequence[Fact], command: TakeBankStatements, refusal: type[Refusal], says: str) -> None:
    given(*facts).when(command).refused(refusal, says=says)


def test_a_reason_takes_what_does_not_meet_and_what_comes_later_is_held_against_it() -> None:
    sample = replace(FIRST, closing="131.00")
    facts = grown(GROUND, take(sample, reason="the bank's own sample does not foot (demo)"))
    given(*facts).when(take(NEXT)).refused(BankStatementBroken, says="is 1.00 CNY less than stood there before")
    assert taken(facts, take(replace(NEXT, opening="131.00", closing="151.00")))


def test_a_statement_within_an_accepted_gap_is_taken_where_the_gap_gets_smaller_and_blamed_where_it_grows() -> None:
    """130.00 stood there on the 15th, a statement from the 26th opens at 165.00: 35.00 are not known of. One between
    brings 20.00 of them; or 35.00 all; or takes 5.00 out, so that 40.00 are missing; or brings 70.00, too many."""
    after = replace(NEXT, statement="S-3 (demo)", from_on=july(26), until_on=july(31), lines=())
    after = replace(after, opening="165.00", closing="165.00")
    facts = grown(TAKEN, take(after, reason="ten days are lost (demo)"))

    def between(amount: str, closing: str) -> TakeBankStatements:
        return take(replace(NEXT, until_on=july(25), lines=(line(1, 20, amount),), closing=closing))

    for amount, closing in (("20.00", "150.00"), ("35.00", "165.00")):
        assert taken(facts, between(amount, closing))
    of = f"statement {NEXT.statement}: with it, statement S-3 (demo)'s opening on 2026-07-26 is"
    given(*facts).when(between("-5.00", "125.00")).refused(
        BankStatementBroken, says=f"{of} 40.00 CNY more than stood there before"
    )
    given(*facts).when(between("70.00", "200.00")).refused(
        BankStatementBroken, says=f"{of} 35.00 CNY less than stood there before"
    )


def test_an_earlier_statement_may_come_later_if_it_ends_where_the_next_begins() -> None:
    given(*GROUND).when(take(NEXT)).then(*taken(GROUND, take(NEXT)))
    later = grown(GROUND, take(NEXT))
    assert taken(later, take(FIRST))
    given(*later).when(take(replace(FIRST, closing="130.01", opening="100.01"))).refused(BankStatementBroken)


def test_an_earlier_statement_may_come_later_with_days_between_that_no_statement_tells() -> None:
    """130.00 stood there before the 16th; a statement ends with 100.00 on the 5th, and one between tells the 30.00."""
    later = grown(GROUND, take(NEXT))
    days = replace(FIRST, until_on=july(5), closing="100.00", lines=())
    between = replace(days, statement="S-0 (demo)", from_on=july(6), until_on=july(15), closing="130.00")
    between = replace(between, lines=(line(1, 9, "30.00"),))
    facts = grown(later, take(days))
    chain = chained([fact for fact in facts if isinstance(fact, BankStatementTaken)])
    assert chain is not None
    assert [gap.amount_minor for gap in chain.gaps] == [3_000]
    assert taken(facts, take(between))
    given(*facts).when(take(replace(between, closing="95.00", lines=(line(1, 9, "-5.00"),)))).refused(
        BankStatementBroken, says="opening on 2026-07-16 is 35.00 CNY more than stood there before"
    )


def test_a_statement_is_withdrawn_by_its_name() -> None:
    withdraw = WithdrawBankStatement(
        effective_on=july(15), bank_account=CNY, about="S-1 (demo)", reason="a mistake (demo)"
    )
    given(*GROUND).when(withdraw).refused(BankStatementUnknown)
    given(*TAKEN).when(replace(withdraw, about="S-2 (demo)")).refused(
        BankStatementUnknown, says="of cny-main-demo stands"
    )
    facts = grown(TAKEN, withdraw)
    given(*facts).when(take(replace(FIRST, lines=(line(1, 3, "30.00"),)))).then(
        *taken(facts, take(replace(FIRST, lines=(line(1, 3, "30.00"),))))
    )


# Any statements of one account

FIRST_DAY = date(2026, 1, 1)


@st.composite
def stretches(draw: st.DrawFn) -> tuple[list[BankLine], list[BankStatementTaken]]:
    """Lines of 20 days, some alike, and statements over them that overlap as they like and leave no day out."""
    days = st.integers(0, 19).map(lambda day: FIRST_DAY + timedelta(days=day))
    lines = sorted(
        draw(
            st.lists(
                st.builds(
                    BankLine,
                    entry=st.just("1"),
                    booked_on=days,
                    amount_minor=st.sampled_from((-300, -1, 1, 250)),
                    references=st.sampled_from(((), ("A",), ("B",))),
                ),
                max_size=12,
            )
        ),
        key=lambda one: one.booked_on,
    )
    begins = draw(st.lists(st.integers(1, 19), max_size=4, unique=True).map(sorted))
    statements = []
    for begin, following in zip([0, *begins], [*begins, 20], strict=True):
        until = draw(st.integers(following - 1, 19))
        first, last = (FIRST_DAY + timedelta(days=day) for day in (begin, until))
        statements.append(
            BankStatementTaken(
                effective_on=last,
                came_on=last,
                bank_account=CNY,
                statement=f"S-{begin}",
                file=PAPER,
                from_on=first,
                currency="CNY",
                opening_minor=1_000 + sum(one.amount_minor for one in lines if one.booked_on < first),
                closing_minor=1_000 + sum(one.amount_minor for one in lines if one.booked_on <= last),
                lines=tuple(
                    replace(one, entry=str(nth))
                    for nth, one in enumerate((one for one in lines if first <= one.booked_on <= last), 1)
                ),
            )
        )
    return lines, draw(st.permutations(statements))


@drawn(stretches())
def test_statements_that_overlap_tell_every_line_once(
    told: tuple[list[BankLine], list[BankStatementTaken]],
) -> None:
    lines, statements = told
    chain = chained(statements)
    assert isinstance(chain, Chain)
    assert chain.gaps == ()
    assert sorted((one.line.booked_on, one.line.amount_minor, one.line.references) for one in chain.lines) == sorted(
        (one.booked_on, one.amount_minor, one.references) for one in lines
    )
    for day in (FIRST_DAY + timedelta(days=nth) for nth in range(20)):
        assert chain.balance(day) == 1_000 + sum(one.amount_minor for one in lines if one.booked_on <= day)

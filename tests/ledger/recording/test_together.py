"""Commands that are decided together: all are kept or none, and a dry run says beforehand what becomes of each."""

from collections.abc import Sequence
from datetime import date
from itertools import count
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from msgspec.structs import replace

from ledger.claims import RecordClaim, WithdrawClaim
from ledger.companies.prospects import RegisterLead
from ledger.decider import By, Command, Fact
from ledger.log import store
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.asking import Piece, Unchanged
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Answer, Answers, Changed, Done, KeyReused, NotDone, Previewed, Refused
from ledger.recording.together import AT_ONCE
from tests.ledger.recording.test_dry_run import CLERK, at_noon, facts_of, kept
from tests.strategies import actors, sequences

__all__ = ["at_noon"]
NUMBERS = count(1)
DAY = date(2024, 1, 1)


def claim(number: int, statement: str = "said") -> RecordClaim:
    return RecordClaim(
        claim=f"c-{number}", subject="MCSC (demo)", claimed_on="2024", effective_on=DAY, statement=statement, source="x"
    )


WRONG = WithdrawClaim(claim="never-demo", reason="mistaken", effective_on=DAY)
"""No such claim is on record."""


def sent(ledger: Ledger, commands: Sequence[Command], by: By = CLERK, key: str | None = None, **how: bool) -> Answers:
    pieces: list[Piece[Any]] = [
        Piece(command, None if key is None else f"{key}/{at}") for at, command in enumerate(commands)
    ]
    return ledger.submit_together(pieces, by, **{"atomic": True, **how}).result()


def outcomes(answers: Answers) -> list[str]:
    return [type(one).__name__ if isinstance(one, NotDone) else type(one.outcome).__name__ for one in answers.each]


def recorded(answers: Answers, database: Database) -> list[tuple[Fact, ...]]:
    """The facts of each command that a rule allowed, recorded or foretold."""
    allowed = [one.outcome for one in answers.each if isinstance(one, Answer) and not isinstance(one.outcome, Refused)]
    return [facts_of(database, one) if isinstance(one, Done) else one.facts for one in allowed]


@settings(max_examples=6)
@for_all(commands=sequences().filter(bool), by=actors)
def test_a_run_one_by_one_does_what_the_dry_run_said(at_noon: Ledger, commands: list[Command], by: By) -> None:
    before, key = kept(at_noon.database), f"n-{next(NUMBERS)}"
    would = sent(at_noon, commands, by, atomic=False, dry_run=True)
    assert kept(at_noon.database) == before
    assert not would.kept
    base = verify(at_noon.database).size
    for at, (command, said) in enumerate(zip(commands, would.each, strict=True)):
        assert isinstance(said, Answer)
        done = at_noon.execute(command, by, key=f"{key}/{at}").outcome
        if isinstance(done, Done):
            assert said.outcome == Previewed(base, facts_of(at_noon.database, done))
        else:
            assert isinstance(done, Refused)
            assert said.outcome == replace(done, position=base)
    again = sent(at_noon, commands, by, key=key, atomic=False)
    assert [isinstance(one, Answer) and one.replayed for one in again.each] == [True] * len(commands)


def test_one_that_is_refused_leaves_nothing_of_any(database: Database) -> None:
    with Ledger(database, CONTEXTS) as ledger:
        ledger.execute(claim(0), CLERK)
        before = kept(database)
        answers = sent(ledger, [claim(1), WRONG, claim(2), claim(0), WRONG], key="all")
        assert outcomes(answers) == ["Previewed", "Refused", "Previewed", "Previewed", "Refused"]
        assert [len(facts) for facts in recorded(answers, database)] == [1, 1, 0]
        assert (answers.kept, kept(database)) == (False, before)
        mended = [claim(1), claim(3), claim(2)]
        assert outcomes(sent(ledger, mended, key="all")) == ["Done"] * 3
        size = verify(database).size
        again = sent(ledger, mended, key="all")
        assert [isinstance(one, Answer) and one.replayed for one in again.each] == [True] * 3
        assert (again.kept, size, verify(database).size) == (True, 4, 4)


def test_a_refused_one_harms_no_other_where_each_is_for_itself(database: Database) -> None:
    with Ledger(database, CONTEXTS) as ledger:
        answers = sent(ledger, [claim(1), WRONG, claim(2)], atomic=False, key="some")
        assert outcomes(answers) == ["Done", "Refused", "Done"]
        assert (answers.kept, verify(database).size) == (True, 2)


def test_each_is_decided_on_those_before_it_also_behind_a_withdrawal(database: Database) -> None:
    """More than are decided between two words to the database, and a step of them taken back in the middle."""
    back = WithdrawClaim(claim="c-1", reason="mistaken", effective_on=DAY)
    commands = [claim(1), back, claim(1), *(claim(at) for at in range(2, AT_ONCE + 5)), back, WRONG]
    with Ledger(database, CONTEXTS) as ledger:
        would = sent(ledger, commands[:-1], dry_run=True)
        assert set(outcomes(would)) == {"Previewed"}
        assert outcomes(sent(ledger, commands, key="all"))[-1] == "Refused"
        done = sent(ledger, commands[:-1], key="all")
        assert recorded(would, database) == recorded(done, database)
        assert verify(database).size == sum(map(len, recorded(done, database)))
        single = ledger.execute(claim(2), CLERK).outcome
        assert isinstance(single, Done)
        assert single.facts == (), "it is so already"


def test_keys_and_conditions_are_as_for_one(database: Database) -> None:
    lead = RegisterLead(company="a-demo", name="A (demo)", country="CN", origin="DIRECT", effective_on=DAY)
    seen = Unchanged("company:a-demo", ("company.lead-registered",), 0)
    with Ledger(database, CONTEXTS) as ledger:
        pieces: list[Piece[Any]] = [Piece(claim(1), "one"), Piece(claim(2), "one"), Piece(lead)]
        pieces.append(Piece(lead, None, None, seen))
        answers = ledger.submit_together(pieces, CLERK, atomic=True).result()
        assert outcomes(answers) == ["Previewed", "KeyReused", "Previewed", "Changed"]
        assert {type(one) for one in answers.each if isinstance(one, NotDone)} == {KeyReused, Changed}
        assert verify(database).size == 0


def test_facts_are_of_what_each_says_they_are_about(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger:
        pieces: list[Piece[Any]] = [Piece(claim(1), None, "PUBLIC_FACT"), Piece(claim(2))]
        assert ledger.submit_together(pieces, CLERK, atomic=True).result().kept
    with sqlite.views.connect() as connection:
        assert [entry.data_class for entry in store.page(connection, after=0, limit=9)] == ["PUBLIC_FACT", "LIVE"]

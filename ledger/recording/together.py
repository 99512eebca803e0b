"""Commands that are decided together, in a transaction of their own: what of it needs no ledger.

alone         the requests of one command each with which a batch begins
is_not_done   an answer to a command that leaves nothing
foretold      answers where nothing was kept: what would have been recorded
"""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from msgspec.structs import replace

from ledger.log.envelope import decode
from ledger.log.store import Sealed
from ledger.recording.asking import Request, Together
from ledger.recording.outcome import Answer, Done, NotDone, Previewed, Refused

AT_ONCE = 64
"""Commands that are decided between two words to the database: it lets nobody be silent for long."""


def alone(batch: Iterable[Request | Together]) -> list[Request]:
    """The requests of one command each with which a batch begins."""
    return [one for one in takewhile(lambda one: isinstance(one, Request), batch) if isinstance(one, Request)]


def is_not_done(answer: Answer | NotDone) -> bool:
    """Tell whether a command leaves nothing: a rule refused it, or it was not decided."""
    return isinstance(answer, NotDone) or not isinstance(answer.outcome, Done)


def foretold(each: Sequence[Answer | NotDone], sealed: Iterable[Sealed], base: int) -> list[Answer | NotDone]:
    """Answers to commands of which nothing was kept: what would have been recorded behind position `base`.

    It is read from the very bytes that were sealed.
    """
    envelopes = {row[0]: row[3] for some in sealed for row in some.facts}

    def told(answer: Answer | NotDone) -> Answer | NotDone:
        if isinstance(answer, NotDone) or (answer.replayed and answer.outcome.position <= base):
            return answer
        match answer.outcome:
            case Done(facts=noted):
                return Answer(Previewed(base, tuple(decode(envelopes[one.position]).fact for one in noted)))
            case Refused():
                return Answer(replace(answer.outcome, position=base), answer.replayed)
        return answer

    return [told(answer) for answer in each]

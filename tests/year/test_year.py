"""The golden year (tests/year): the ledger and the hand-kept books come to the same, to the fen."""

from collections import Counter
from collections.abc import Iterator

import pytest

from ledger import CONTEXTS
from ledger.log.database import Database
from ledger.recording.application import Ledger
from tests.ground.over_http import Http, served
from tests.year.drawn import entries
from tests.year.telling import journals, told_through
from tests.year.whole import BOOKED, TOLD


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        yield http


def test_year(http: Http) -> None:
    told_through(http, TOLD)
    found = journals(http, "2026-01-31")
    kept = entries(BOOKED)
    ours, theirs = Counter(one for _, one in kept), Counter(one for _, one in found)
    for journal, times in sorted((ours - theirs).items()):
        print("kept, not posted", times, [what for what, one in kept if one == journal], journal)
    for journal, times in sorted((theirs - ours).items()):
        print("posted, not kept", times, [what for what, one in found if one == journal], journal)
    assert ours == theirs

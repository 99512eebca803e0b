"""The rates of VAT of a day, and by which source: approved ones as they were known, the law's of that day."""

from datetime import date

from api.console.words.saying import worded
from ledger.bookkeeping.vat.rates import RULES, TABLE
from ledger.log.database import Database
from projections.books.vat_rules import vat_rules
from tests.ground.billed import rate
from tests.ground.let_city import basis, given

FIVE = rate("vat/leasing-simplified", "0.05", date(2016, 5, 1))
THREE = rate("vat/leasing-simplified", "0.03", date(2026, 1, 1))


def test_the_rates_of_a_day_say_from_when_and_by_which_source(database: Database) -> None:
    given(database, [FIVE, THREE])

    def rows(on: date, recorded: int = 1_000_000) -> dict[tuple[str, str], tuple[object, ...]]:
        with database.views.connect() as connection:
            found = vat_rules(connection, basis(on, recorded))
        return {(row.section, row.subject): (row.rate, row.since, row.source, row.position) for row in found}

    old, new, known = rows(date(2025, 12, 31)), rows(date(2026, 1, 1)), rows(date(2026, 1, 1), recorded=1)
    series, leasing = ("APPROVED", "vat/leasing-simplified"), ("LAW", "leasing of real property, construction")
    assert old[series] == known[series] == ("0.05", date(2016, 5, 1), "a notice (demo)", 1)
    assert new[series] == new["RULE", "simplified leasing"] == ("0.03", date(2026, 1, 1), "a notice (demo)", 2)
    assert old[leasing][:2] == new[leasing][:2] == ("0.09", date(2019, 4, 1))
    assert str(old[leasing][2]).startswith("Announcement 39 of 2019")
    assert new[leasing][2] == "VAT Law, Art. 10"
    assert old["RULE", "late fees"] == (None, None, None, None), "decided by the rule, not by a rate"
    assert {"0.17", "0.16"}.isdisjoint(row[0] for row in old.values()), "the rates of other days are not these"


def test_every_rate_and_rule_of_the_law_has_its_chinese() -> None:
    ours = {text for one in TABLE for text in (one.what, one.source, one.now)}
    ours |= {text for one in RULES for text in (one.subject, one.says)}
    assert [text for text in ours if worded("zh", text) == text] == []

"""Which rates of VAT hold on a day, by which text of law or whose approval, and which rules say what is taxed?

vat_rules    the rates approved for a day, those of the law, and the rules in words
VatRuleRow   one of them

An approved rate is a fact: it has a position, and what was approved later is not known before. Law and rules are those
of this software, whatever position is asked for; the law's are those of the effective date.
"""

from datetime import date
from typing import Literal

from msgspec import Struct
from sqlalchemy import Connection

from ledger.bookkeeping.vat.rates import RULES, rates_on
from projections.books.vat import LATE_RULE, TAX_POINT
from projections.engine.basis import Basis
from projections.engine.periods import RateRow, rates

VatRuleSection = Literal["APPROVED", "LAW", "RULE"]


class VatRuleRow(Struct, frozen=True, kw_only=True):
    """A rate of VAT, or a rule of it.

    subject   a series of approved rates; what the law taxes at a rate; what a rule is about
    rate      as a decimal: 0.09; of a rule the one approved for the day, where it is applied by a rate
    since     the first day on which it holds; None of a rule, and of a rate that always was
    source    where the rate was found, or the text of law
    settled   nothing about it is open; None of an approved rate
    says      the rule; of an approved rate who approved it
    """

    section: VatRuleSection
    subject: str
    rate: str | None
    since: date | None
    until: date | None
    source: str | None
    settled: Literal["CONFIRMED", "ASK_TAX_OFFICE"] | None
    says: str
    position: int | None


def vat_rules(connection: Connection, basis: Basis) -> list[VatRuleRow]:
    """The rates and rules of the effective date, the approved rates as recorded by the basis."""
    held: dict[str, RateRow] = {}
    for row in rates(connection, basis.recorded):
        if row.series.startswith("vat/") and row.state == "APPROVED" and row.effective_on <= basis.effective:
            held[row.series] = row
    return [*map(_approved, held.values()), *_of_law(basis.effective), *_in_words(held)]


def _approved(row: RateRow) -> VatRuleRow:
    return VatRuleRow(
        section="APPROVED",
        subject=row.series,
        rate=row.value,
        since=row.effective_on,
        until=None,
        source=row.source,
        settled=None,
        says=row.decided_by or "",
        position=row.positions[-1],
    )


def _of_law(day: date) -> list[VatRuleRow]:
    return [
        VatRuleRow(
            section="LAW",
            subject=one.what,
            rate=one.rate,
            since=None if one.since == date.min else one.since,
            until=one.until,
            source=one.source_on(day),
            settled="CONFIRMED" if one.settled else "ASK_TAX_OFFICE",
            says="",
            position=None,
        )
        for one in rates_on(day)
    ]


def _in_words(held: dict[str, RateRow]) -> list[VatRuleRow]:
    rules = [(one.subject, one.says, one.settled, one.series) for one in RULES]
    rules += [("tax point", TAX_POINT, False, None), ("recorded late", LATE_RULE, True, None)]
    return [
        VatRuleRow(
            section="RULE",
            subject=subject,
            rate=held[series].value if series in held else None,
            since=held[series].effective_on if series in held else None,
            until=None,
            source=held[series].source if series in held else None,
            settled="CONFIRMED" if settled else "ASK_TAX_OFFICE",
            says=says,
            position=held[series].positions[-1] if series in held else None,
        )
        for subject, says, settled, series in rules
    ]

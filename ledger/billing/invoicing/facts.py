"""The number of a document's tax invoice (发票), and that it was recorded by mistake.

Fact (billing.…)           Posts
fapiao-issued, -withdrawn  no

A fully digitalized tax invoice (数电票) is known by its 20 digits alone; an older one by its code and its 8 digits.
"""

from ledger.billing.facts import UnpostedFact
from ledger.billing.lines import FapiaoCode, FapiaoNumber
from ledger.decider import Id, Withdrawn
from ledger.values.evidence import Evidence


def key_of(number: str, code: str | None) -> str:
    """Name a tax invoice among all: by its code, where it has one, and its number."""
    return number if code is None else f"{code}-{number}"


# Facts: names are storage: a tag below is written into every stored fact and never changes.


class FapiaoIssued(UnpostedFact, frozen=True, kw_only=True, tag="billing.fapiao-issued"):
    """The tax invoice (发票) of a document; red: the red-letter one that corrects it (B1).

    code         of one that is not fully digitalized
    credit_note  the note whose red-letter tax invoice it is; a red-letter one without corrects the whole
    file         the reply of the tax platform that it was read from
    whole        it was said to be of the whole document; red, to take back the whole tax invoice, also where a credit
                 note lacks its own
    notes_after  credit notes recorded before that are not taken off it: each wants a red-letter one
    """

    derived = ("company", "file", "notes_after")
    number: FapiaoNumber
    red: bool = False
    code: FapiaoCode | None = None
    credit_note: Id | None = None
    file: Evidence | None = None
    whole: bool = False
    notes_after: tuple[Id, ...] = ()

    @property
    def key(self) -> str:
        """Its name among all tax invoices."""
        return key_of(self.number, self.code)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tenant, the document and the tax invoice."""
        return (f"tenant:{self.company}", f"invoice:{self.invoice}", f"fapiao:{self.key}")


class FapiaoWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="billing.fapiao-withdrawn"):
    """The number of a tax invoice was recorded by mistake: it is free, and the document has none by it."""

    thing = "number"
    derived = ("touched", "step")
    invoice: Id
    number: FapiaoNumber
    code: FapiaoCode | None = None

    @property
    def key(self) -> str:
        """Its name among all tax invoices."""
        return key_of(self.number, self.code)

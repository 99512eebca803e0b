"""What the columns of a bank's table mean: no two banks write the same.

Profile   the columns, the encoding, the sign, the form of a date
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from ledger.values.currencies import Currency

DateForm = Literal["YYYY-MM-DD", "YYYY/MM/DD", "YYYYMMDD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY"]
Column = Annotated[str, Meta(min_length=1, max_length=100)]
Words = Annotated[tuple[Column, ...], Meta(max_length=20)]


class Profile(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The meaning of the columns of a bank's CSV, each by its heading.

    date, date_form    the day on which an entry is booked; a time of the day after it is not read
    amount             signed, or with `direction`: the column that says which way, by its words for `out` and `inward`
    received, paid     instead: a column for what came in, and one for what left
    balance            what stood on the account after the entry
    newest_first       the order of the rows
    ends               the words in a first cell that end the table

    A default is what every stored profile says that leaves it out: it never changes.
    """

    encoding: Literal["utf-8", "gb18030", "iso-8859-1", "windows-1252", "utf-16"] = "utf-8"
    delimiter: Literal[",", ";", "tab", "|"] = ","
    decimal: Literal[".", ","] = "."
    currency: Currency = "CNY"
    date: Column
    date_form: DateForm = "YYYY-MM-DD"
    value_date: Column | None = None
    amount: Column | None = None
    direction: Column | None = None
    out: Words = ()
    inward: Words = ()
    received: Column | None = None
    paid: Column | None = None
    balance: Column | None = None
    references: Words = ()
    party: Column | None = None
    text: Words = ()
    newest_first: bool = False
    ends: Words = ()

    def columns(self) -> list[str]:
        """The headings that the table must have."""
        one = (self.date, self.value_date, self.amount, self.direction, self.received, self.paid, self.balance)
        return list(dict.fromkeys([*filter(None, (*one, self.party)), *self.references, *self.text]))

    def fault(self) -> str | None:
        """Say what is wrong with the profile itself."""
        if (self.amount is None) == (self.received is None and self.paid is None):
            return "it names either `amount`, or `received` and `paid`"
        if self.amount is None and (self.received is None or self.paid is None):
            return "it names both `received` and `paid`"
        if not (self.direction is None) == (not self.out) == (not self.inward):
            return "`direction` goes with its words for what left the account and what came, `out` and `inward`"
        if self.direction is not None and self.amount is None:
            return "`direction` goes with `amount`"
        return None

"""All that a sale which is earned over time comes to by a day.

Progress   what it comes to; plus: with another added, or taken off
"""

from msgspec import Struct


class Progress(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """All that a sale comes to by a day, in CNY minor units.

    revenue_minor     what is earned, without VAT; vat_minor: the VAT on it, whose tax point is to come (2221.09)
    advances_minor    how much of both was paid in advance (2204.01); asset_minor: how much is not paid yet (1125)
    cost_minor        what it cost (6401), out of the inventory
    provision_minor   the loss that is still to come (2801)
    """

    revenue_minor: int = 0
    vat_minor: int = 0
    advances_minor: int = 0
    asset_minor: int = 0
    cost_minor: int = 0
    provision_minor: int = 0

    @property
    def gross_minor(self) -> int:
        """The revenue, and the VAT on it."""
        return self.revenue_minor + self.vat_minor

    def plus(self, more: "Progress", sign: int = 1) -> "Progress":
        """Add what another comes to; `sign` -1: take it off."""
        names = self.__struct_fields__
        return Progress(**{name: getattr(self, name) + sign * getattr(more, name) for name in names})

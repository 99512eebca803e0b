"""The whole golden year: everything told, and everything booked.

BOOKED   the rows of all tables, with what follows from them: remeasurements, VAT returns and their payment
TOLD     the commands, in the order of the subjects; they are sent in the order of their days
"""

from tests.year import bank, by_hand, energy, ground, investing, orders, suppliers, taxes, tenants
from tests.year.drawn import remeasured, vat_returns

SUBJECTS = (bank, tenants, orders, suppliers, energy, investing, by_hand)
WRITTEN = [row for subject in SUBJECTS for row in subject.BOOKED]
RETURNS = vat_returns(WRITTEN)
BOOKED = [*WRITTEN, *remeasured(WRITTEN), *taxes.rows_of(RETURNS)]
TOLD = [*ground.TOLD, *(one for subject in SUBJECTS for one in subject.TOLD), *taxes.told_of(RETURNS)]

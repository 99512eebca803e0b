"""Values that every context writes its facts in, exact or refused.

money.py         amounts in minor units; the one rounding, the one way to split
currencies.py    amounts of any currency, and what they come to in CNY
measures.py      areas and energy, in whole units
evidence.py      documents, by SHA-256
personal.py      a person's data, as typed or sealed
days.py          the days that a command may name
identifiers.py   what is wrong with a USCC or an LEI
"""

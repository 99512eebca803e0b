"""Green certificates, and the emissions that delivered energy avoids (domain §7.7).

making.py   kilograms and whole megawatt-hours: what energy makes, and what is left of it to be issued
numbers.py  the numbers of certificates, and until when they are valid
facts.py    what is recorded of lots
counts.py   certificates by their count alone, as they were recorded before lots
lots.py     lots: issued with their numbers, transferred, retired
"""

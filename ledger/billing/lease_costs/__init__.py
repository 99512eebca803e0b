"""What obtaining a lease cost: incentives paid to the tenant, and initial direct costs; spread as the rent is.

facts.py       recorded, taken back, amortised month by month
standing.py    a cost as its facts tell
deciding.py    RecordLeaseCost, ReverseLeaseCost
amortising.py  the gap between what the schedule says and what was amortised, recorded by the billing run
"""

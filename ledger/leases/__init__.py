"""Leases: from a draft to the last day of a holdover.

DRAFT → SUBMITTED → APPROVED → EXECUTED → COMMENCED → {EXPIRED | TERMINATED | RENEWED}
COMMENCED, EXPIRED → HOLDOVER → ENDED; DRAFT, SUBMITTED, APPROVED → VOIDED; EXECUTED → TERMINATED before it begins

The rooms, in the order to read them:

terms.py         what a lease says
facts.py         everything that is recorded of it
lease.py         the lease as its facts tell, and what any step can be refused for
agreement.py     from draft to signature                soundness.py   what terms may say
term.py          from the keys to their return          premises.py    which units a lease takes (L1, P5)
termination.py   the early end: breaks, terminations
changes.py       amendments, service charge, index reviews
declaring.py     what the tenant says it sold        turnover.py     the share of it that is due
rents.py         what a day costs                       reviews.py     the rent that follows an index
taking_over.py   one that was signed before this ledger
schedule.py      what is paid and earned, month by month     costs.py        what obtaining it cost, spread alike
deciding.py      the parts as one Decider: evolve_lease and evolve, scope, decide
withdrawing.py   steps recorded by mistake, as a decider of its own

Leases post nothing: billing records the gap between what they say and what is on record (ADR 7).
"""

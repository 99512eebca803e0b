"""Leases: from a draft to the last day of a holdover.

DRAFT → SUBMITTED → APPROVED → EXECUTED → COMMENCED → {EXPIRED | TERMINATED | RENEWED}
COMMENCED, EXPIRED → HOLDOVER → ENDED; DRAFT, SUBMITTED, APPROVED → VOIDED; EXECUTED → TERMINATED before it begins

terms.py       what a lease says                  lease.py      facts, commands, state, and what the parts share
agreement.py   from draft to signature            premises.py   which units a lease takes (L1, P5)
term.py        from handover to the end           changes.py    amendments, service charge, index reviews
rents.py       what a day costs                   schedule.py   what is paid and earned, month by month

Refusals, in order of precedence
LeaseRefusal
├── LeaseUnknown        no such lease (unknown)
├── LeaseExists         this id is the lease of another company (conflict)
├── LeaseStateForbids   this step does not start from the lease's state
├── LeaseStepTooEarly   a state is not reached before the one in front of it
└── those of the step's own part, in the order its file draws them

Here the parts become one Decider: evolve_lease and evolve, scope, decide.
"""

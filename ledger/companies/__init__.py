"""A company's way into the city, and out again.

LEAD → QUALIFIED → LOI_SIGNED → AGREEMENT_SIGNED → REGISTERED → SETTLED_IN → OPERATING → EXITING → EXITED
aside: REJECTED, DORMANT (both can come back), MERGED (a duplicate record; never comes back)
a flag, never a stage: what the press reported about settling in

facts.py          everything that is recorded of a company
company.py        a company as its facts tell, and the refusals that any step can meet
prospects.py      from lead to agreement, and those set aside
registration.py   identifiers and details, merged records
overrides.py      a check of an identifier passed over, once a second person agrees
presence.py       settling in, operations, exit
contacts.py       the people at a company, sealed; erased for good
deciding.py       the parts as one decider
withdrawing.py    steps recorded by mistake, as a decider of its own
"""

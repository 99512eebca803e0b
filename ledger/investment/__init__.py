"""Investment agreements: what an investor contracted, what came of it, and what it is owed or owes for that.

facts.py        every fact; what other contexts import
terms.py        what an agreement says
standing.py     the state of an agreement, the steps from state to state, and the fold of its facts, in any order
rules.py        what the commands share: their refusals, what a decision sees, common checks
agreement.py    from draft to signature, amendments
performance.py  contributions, figures, covenants tested
grounds.py      what rests on what, by effective date
incentives.py   incentives paid, clawbacks assessed, waived, collected
reversing.py    what posted and was a mistake
ending.py       fulfilled, broken, closed, terminated
deciding.py     the parts as one Decider: evolve, scope, decide
withdrawing.py  steps recorded by mistake that did not post, as a decider of its own

A tenant's investment is not MCSC's money (domain D2): contributions post nothing. Only incentives that MCSC paid, and
what is owed back of them, are in the books. Contracted, subscribed, paid in, utilised and FAI are five figures.
"""

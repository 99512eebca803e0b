"""Investment agreements: what an investor contracted, what came of it, and what it is owed or owes for that.

terms.py        what an agreement says
deal.py         the facts
standing.py     what they come to: terms, contributions, tests, clawbacks; `evolve_agreement`, in any order
rules.py        what every command can be refused for
agreement.py    from draft to signature, amendments, the end
performance.py  contributions, figures, covenants tested
incentives.py   incentives paid, clawbacks assessed, waived, collected

A tenant's investment is not MCSC's money (domain D2): contributions post nothing. Only incentives that MCSC paid, and
what is owed back of them, are in the books. Contracted, subscribed, paid in, utilised and FAI are five figures.

Here the parts become one Decider: evolve, scope, decide.
"""

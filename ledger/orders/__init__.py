"""Equipment orders, from quotation to final acceptance; MCSC is their agent, their principal, or looks on.

QUOTED → ORDERED → DEPOSIT_PAID → IN_PRODUCTION → FAT_PASSED → SHIPPED → CUSTOMS_CLEARED → DELIVERED → INSTALLED →
SAT_PASSED → ACCEPTED (PAC) → WARRANTY → CLOSED (FAC); CANCELLED before acceptance; on hold is a flag, never a state

terms.py         what an order says, and how its value is split
order.py         what the parts share: bases of facts, state, the refusals that any step can meet
agreement.py     quotation, order, change orders
works.py         from production to the last certificate
payments.py      milestones invoiced and paid, client money
earning.py       a principal's sale, an agent's fee
receivables.py   what is owed to MCSC in any currency: collected, remeasured
cancelling.py    the end before acceptance

A fact that moves money of MCSC's is a posting fact of its own beside the step that brings it about, so an OBSERVER's
order has none. Here the parts become one Decider: evolve_order and evolve, scope, decide.
"""

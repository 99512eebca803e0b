"""Equipment orders, from quotation to final acceptance; MCSC is their agent, their principal, or looks on.

QUOTED → ORDERED → DEPOSIT_PAID → IN_PRODUCTION → FAT_PASSED → SHIPPED → CUSTOMS_CLEARED → DELIVERED → INSTALLED →
SAT_PASSED → ACCEPTED (PAC) → WARRANTY → CLOSED (FAC); CANCELLED before acceptance; on hold is a flag, never a state

The rooms, in the order to read them:

terms.py         what an order says, and how its value is split
facts.py         everything that is recorded; what other contexts import
order.py         the state, and what the parts share: scope, checks, the refusals that any step can meet
agreement.py     quotation, order
changing.py      change orders, proposed by one and approved by another
works.py         from production to the last certificate
payments.py      milestones invoiced and paid, client money
stock.py         what was bought for an order, and what its acceptance took
over_time/       a sale that is earned over time: measured at each month's end
earning.py       a principal's sale, an agent's fee
following.py     fees that follow a change order
receivables.py   what is owed to MCSC in any currency: collected, remeasured
cancelling.py    the end before acceptance
leftover/        stock that is left over: sold, moved to another order, written down
mistakes/        what was recorded by mistake: mirrored where it posts, else withdrawn
deciding.py      the parts as one Decider: orders_of and evolve_order; evolve, scope, decide

A fact that moves money of MCSC's is a posting fact of its own beside the step that brings it about, so an OBSERVER's
order has none. What each of them posts is in `ledger.books.orders`.
"""

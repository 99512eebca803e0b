"""Billing: what a tenant owes, what pays it, what a lease earned, and what will be lost. Leases post nothing (ADR 7).

In the order to read them:
lines.py       what the facts are made of: lines, allocations, spans, exposures
facts.py       every fact that moves a tenant's money, and those that put them right
taking_over/   facts of what other books billed, held and earned before; and their decisions
moves.py       what each fact moves: documents, receipts, deposits, accrued rent
balance.py     an amount that comes and goes by days: on none is less than nothing there
account.py     what they come to: open documents, free receipts, deposits; `evolve`, in any order
rules.py       the refusals that all commands share
putting_back.py  what settled a document, where it asks for less or the money comes after all
invoicing/     notes that people issue, and tax invoices
late_fees.py   interest by the day
scheduled/     what a lease's schedule says beside what was billed, and the documents for the gap between them
lease_costs/   incentives paid to tenants and initial direct costs, spread as the rent is
gap.py         BillLease: record the difference
receipts.py    money in the bank, and what it pays
refunds.py     money that pays nothing goes back
deposits.py    deposits
losses.py      write-offs, expected credit loss
deciding.py    the parts as one Decider
runs.py        BillLease in its place, decided on less: what was paid is folded where it matters
"""

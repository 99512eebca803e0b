"""Billing: what a tenant owes, what pays it, what a lease earned, and what will be lost. Leases post nothing (ADR 7).

In the order to read them:
facts.py       every fact that moves a tenant's money
moves.py       what each fact moves: documents, receipts, deposits, accrued rent
account.py     what they come to: open documents, free receipts, deposits; `evolve`, in any order
rules.py       the refusals that all commands share
invoicing.py   documents that people issue: notes, late fees, tax invoices
plan.py        what a lease's schedule says, beside what was billed; the words of billing a lease
issuing.py     the invoices and notes for the gap between them
gap.py         BillLease: record the difference
receipts.py    money in the bank, and what it pays
deposits.py    deposits
losses.py      write-offs, expected credit loss
deciding.py    the parts as one Decider
"""

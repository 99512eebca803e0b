"""Billing: what a tenant owes, what pays it, what a lease earned, and what will be lost.

document.py    the facts
account.py     what they come to: open documents, free receipts, deposits; `evolve`, in any order
rules.py       what every command can be refused for
plan.py        what a lease's schedule says, beside what is on record
gap.py         BillLease: record the difference
issuing.py     the invoices and notes that it issues
invoicing.py   documents that people issue: notes, late fees, tax invoices
receipts.py    money in the bank, and what it pays
deposits.py    deposits
losses.py      write-offs, expected credit loss

Here the parts become one Decider. Leases post nothing; every fact about money is one of these.
"""

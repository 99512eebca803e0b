"""The books as they are read: what was posted, and what it comes to.

journal.py            what was posted, as totals of blocks: the read model of the books
earned.py             what each fact earns and bills, by month, stream and lease
entries.py            the entries of a journal, by the facts that made them
trial_balance.py      do the books balance, and what does each account hold
revenue.py            what was earned, by stream, month and tenant
deferred_revenue.py   what was paid or billed ahead of what is earned for it
"""

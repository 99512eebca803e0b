"""The books as they are read: what was posted, and what it comes to.

journal.py            what was posted, as totals of blocks: the read model of the books
earned.py             what each fact earns and bills, by month, stream and lease
earned_totals.py      totals of that, by month and by day, as of the end of each block of positions
entries.py            the entries of a journal, by the facts that made them
general_ledger.py     each account, entry by entry, with running balance
statements/           balance sheet and income statement
trial_balance.py      do the books balance, and what does each account hold
revenue.py            what was earned, by stream, month and tenant
bank_accounts.py      what is in the bank on each account, and how it came to be
bank_reconciliation.py  whether the bank says the same, and why not
vat.py                VAT line by line, and the returns that took it
vat_rules.py          the rates of a day, and the rules of what is taxed
inventory.py          what was bought for each order, what went, and what is left
deferred_revenue.py   what was paid or billed ahead of what is earned for it
"""

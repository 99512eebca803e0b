"""The books: what each fact means in them. A total, pure function from a fact to balanced lines.

accounts.py     the chart of accounts
line.py         one line of a journal, and the check that lines balance
banking.py      what a bank books of its own accord, and between MCSC's own accounts
billing.py      what tenancy posts: invoices and notes, rent earned, receipts, deposits, losses
investment.py   what investment agreements post
orders.py       what equipment orders post
offtake.py      what energy offtake posts
purchases.py    what purchases post, and the payment of whatever is owed
bookkeeping.py  what a bookkeeper posts by hand, VAT returns and their payment
postings.py     the rules of all of them as one function
payables.py     what is owed to whom: the lines on 2202, by payable
vat.py          the VAT in each fact, line by line: the lines on 2221.01 and 2221.02
"""

"""The books: what each fact means in them. A total, pure function from a fact to balanced lines.

accounts.py     the chart of accounts
line.py         one line of a journal, and the check that lines balance
investment.py   what investment agreements post     orders.py   equipment orders     offtake.py   energy offtake
postings.py     the rules of all contexts, tenancy's among them, as one function
"""

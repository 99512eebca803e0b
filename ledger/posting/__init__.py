"""What the facts of the deals post, a file for each context; `ledger.postings` puts all of them together.

line.py     what every rule gives: a line, and the check that lines balance
orders.py   equipment orders
offtake.py  energy offtake
investment.py   incentives paid to investors, and clawbacks
"""

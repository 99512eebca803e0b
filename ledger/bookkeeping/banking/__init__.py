"""Bank accounts as things: opened, moved on, closed.

facts.py       what is recorded of bank accounts, and how facts are tagged
accounts.py    which accounts there are, and which of them a payment moves on
opening.py     opened, the default, closed; and their steps withdrawn
entries.py     what a bank books by itself: balances brought forward, transfers, charges, interest; and their mirrors
deciding.py    the decider

Closing an account and remeasuring balances need the books: ledger/joint/banking.py decides them.
"""

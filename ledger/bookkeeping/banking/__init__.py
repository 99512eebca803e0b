"""Bank accounts as things: opened, moved on, closed.

facts.py       what is recorded of bank accounts, and how facts are tagged
accounts.py    which accounts there are, and which of them a payment moves on
"""

"""A bookkeeper's own commands over HTTP, a file a subject.

banking.py      bank accounts, what a bank books of its own accord; balances and movements
"""

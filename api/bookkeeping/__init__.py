"""A bookkeeper's own commands over HTTP, a file a subject.

purchases.py    what suppliers ask for, and the payment of what is owed to anybody
payables.py     what is owed, and for how long
"""

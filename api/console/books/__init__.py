"""The books at the desk. In reading order:

billing.py   a billing run: what it would issue, and the run itself
closing.py   the months of the books: what is missing of one, its close, and its closes compared
"""

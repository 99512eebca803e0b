"""Manual journals: what a bookkeeper posts by hand, proposed by one and approved by another.

facts.py      proposed, rejected, posted, reversed by itself
by_hand.py    the accounts that take lines by hand, and those that a subledger explains
deciding.py   commands, refusals, state, decisions
"""

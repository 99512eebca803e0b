"""Purchases: what suppliers ask for, what they take off again, and what is paid of it.

facts.py       every fact, of payments too
purchase.py    the state and fold, the refusals, and what several decisions ask
documents.py   invoices, credit notes, customs declarations; withdrawn where they were recorded by mistake
deciding.py    scope, evolve, decide

What a purchase is for an order, ledger/joint/buying.py decides, which sees orders; what is paid, joint/paying.py, which
sees everything that is owed to anybody.
"""

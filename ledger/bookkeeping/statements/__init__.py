"""Bank statements: what a bank says of an account, beside what the books say.

facts.py    a statement as it was taken, line by line; and that it was a mistake
columns.py  what the columns of a bank's table mean
profiles.py such meanings recorded by a name, version by version: the deciders
chain.py    the statements of an account as one: which lines are the same, where balances do not meet
taking.py   taken and withdrawn: the deciders

A statement posts nothing. Reading files is at the edge (api/bookkeeping/statements/).
"""

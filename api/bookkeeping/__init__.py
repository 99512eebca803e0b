"""A bookkeeper's own commands over HTTP, a file a subject.

banking.py      bank accounts, what a bank books of its own accord; balances and movements
purchases.py    what suppliers ask for, and the payment of what is owed to anybody
owed.py         the payment of what journals by hand made owed
payables.py     what is owed, and for how long
fapiao/         tax invoices: requests as a file, replies read back
statements/     bank statements: files read, and the reconciliation
vat.py          VAT line by line, the return of a month, its payment
"""

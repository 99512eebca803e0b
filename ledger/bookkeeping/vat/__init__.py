"""Value added tax: the rates that the law knows, and what is recorded of returns and their payment.

rates.py   the dated table of rates, and the rules of the base and of the tax point, in words
facts.py   a month's return proposed, filed, taken back; its payment, and that come back

The return of a month rests on the books: ledger/joint/taxing.py decides it, books/vat.py says which lines are taxed.
"""

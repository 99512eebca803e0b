"""Notes that people issue themselves, and tax invoices (发票).

facts.py         the number of a tax invoice, and that it was a mistake
lacking.py       what of a document has no tax invoice yet, and which credit notes no red-letter one
notes.py         credit and debit notes by hand
tax_invoices.py  the number of one document's tax invoice, recorded and withdrawn
replies.py       many at once, as the tax platform replied
"""

"""What is handed over: a closed month as one workbook, papers for tenants, buyers and the archive. In reading order:

closing.py      every report of a closed month in one workbook
paper.py        a paper, whatever it is about
account.py      a tenant's statement of account, with a running balance
documents.py    an invoice, a credit note, a month's energy statement
vouchers.py     the vouchers of a month, to print and bind
printing.py     a paper as PDF
issuing.py      a paper that goes out is recorded with its hash, and known again by it
auditors/       a year of the books for auditors, as files that their programs read
serving.py      how each is asked for, over HTTP, from the desk and by `mcsc paper`
"""

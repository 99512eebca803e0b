"""The books at the desk. In reading order:

billing.py   a billing run: what it would issue, and the run itself
uploads.py   the course of every file between its choice and its record
fapiao.py    tax invoices: what wants one, a reply of the tax platform previewed and recorded
bank/        bank statements: a file previewed and recorded, the lines that wait for a person
closing.py   the months of the books: what is missing of one, its close, and its closes compared
"""

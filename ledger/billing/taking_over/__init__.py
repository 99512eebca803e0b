"""What was billed, paid in as deposit and earned elsewhere before a day, taken over into these books.

In the order to read them:
facts.py      the facts: their other side is `opening-equity`, as a bank balance's that is brought forward
deciding.py   what each row of a take-over records
"""

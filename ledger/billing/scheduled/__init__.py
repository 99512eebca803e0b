"""What a lease's schedule asks for, and the documents that ask for it.

plan.py      what the schedule says, beside what was billed; the words of billing a lease
facts.py      interest on deposits: accrued, credited       interest.py   what the terms ask of it, month by month
issuing.py   the invoices and notes for the gap between them
"""

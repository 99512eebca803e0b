"""What an agreement charges and gives back beside its months and years.

facts.py        late fees and payments on termination, as they are recorded
crediting.py    what is owed no more, and what of that is owed again
late_fees.py    interest by the day on what is paid late
notes.py        credit notes that people give themselves, and taken back
terminating.py  what one side owes the other because the agreement ended early
"""

"""Keeping a ledger: is it as it was sealed, can a stranger check it, and is there a copy? In reading order:

verifying.py   verify, doctor
checking.py    check, rebuild
proving.py     key, checkpoint, prove
backups.py     backup, restore
objects.py     backups in a store that speaks S3
moving.py      move
people.py      forget
documents.py   document add, get, list
papers.py      paper statement, invoice, credit-note, energy, check
"""

"""Bank statements at the desk. In reading order:

files.py   a bank's file: chosen, previewed, recorded
lines.py   the accounts, and the lines that wait for a person: what each may be, matched, put aside, taken back
"""

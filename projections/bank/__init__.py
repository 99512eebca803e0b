"""What banks say, beside what is on record.

profiles.py   what the columns of banks' tables mean, as it is on record
lines.py      lines of bank statements that wait for a person, and what each may be
naming.py     which company a line names, and which numbers its text
"""

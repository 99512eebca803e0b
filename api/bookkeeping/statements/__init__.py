"""Bank statements as files: read, previewed, taken. In reading order:

rows.py      what reading a file gives: statements, or every place that is wrong
camt.py      camt.053, .052 and .054 of ISO 20022, versions 02 to 13
mt940.py     MT940 of SWIFT
ofx.py       OFX, as SGML and as XML
columns.py   tables, CSV, XLSX or XLS, by a profile that says what its columns mean
profiles.py  /v1/bank-profiles: profiles on record, and which is meant
reading.py   a file as the command that takes it
serving.py   POST /v1/bank-accounts/ACCOUNT/statements; GET /v1/reports/bank-reconciliation: bank and books

Files go in by api/documents/bank_files.py and api/cli/files/banks.py, which keep them too.

Reading is a function from bytes alone: nothing here is recorded, and nothing is asked of the ledger.
"""

"""Documents that prove something, kept beside the ledger by their SHA-256. In reading order:

kinds.py     which kinds of files are taken, known by what they hold
shelf.py     the files themselves: put there once, looked at, held against their names
citing.py    which facts name which documents
serving.py   POST /v1/documents, GET /v1/documents/SHA256; api/cli/keeping/documents.py does the same by command
bank_files.py   POST /v1/bank-accounts/ACCOUNT/statement-files: kept, and what it says recorded
fapiao_files.py POST /v1/fapiao-replies/files: the same of the tax platform
meter_files.py  POST /v1/meters/METER/interval-files: the same of a meter

A fact names a document and its SHA-256 (ledger/values/evidence.py); that is sealed. The document itself is not in the
log: it can be kept here, or elsewhere, and can be taken away without any fact being altered.
"""

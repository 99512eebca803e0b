"""The routes, a file a subject: which commands go in, which questions are answered.

companies.py claims.py estate.py leases.py billing.py billing_run.py periods.py investment.py orders.py offtake.py
                 commands, and what is read of the things they are about
reports.py tenancy.py books.py exports.py
                 the reports: the funnel, tenancy, the books, the journal as files
audit.py         what was recorded, and the proof     access.py   keys     health.py   is all well; the documents
"""

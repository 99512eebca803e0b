"""Tax invoices (发票) by file: asked of the tax platform, and its replies read back. In reading order:

items.py     what each charge is in the classification of goods and services
requests.py  which documents want a tax invoice, and what each request lacks; GET /v1/fapiao-requests, …/batch.xlsx
workbook.py  the requests as a workbook, laid out as the platform's template for many at once
reading.py   a reply of the platform, XLSX or CSV, as rows that know their line
matching.py  whose each row is: the command that records them
"""

"""Every number has a receipt: which facts made a cell of a report. In reading order:

receipt.py     how a cell is named, and what it is made of: facts, cells that it sums, cells that it is worked out from
books.py tenancy.py deals.py companies.py     what the cells of each report rest on; the routes name it beside a report
"""

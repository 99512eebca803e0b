"""The pages of things: a tenant, a deal, a unit, a building, the site. In reading order:

links.py      where the page of a thing is, from its tag or from a column of a report
versions.py   what the terms of a deal said from when on, and who set each field
showing.py    what every page of a thing is made of: its words, tables, figures with receipts, facts
company.py    a company: its leases and deals, its account with a running balance, deposits apart
deals.py      a lease, an order, an offtake agreement, an investment agreement
units.py      a unit, with its leases as bars over time; a building, with its floors
parcel.py     a parcel: its outline, what stands on it, who set what
drawings.py   the drawings of these pages
site.py       the site plan
"""

"""Tenancy: what there is to let, who holds it, and what each pays.

sites.py          which sites and parcels are there, how large, and where
units.py          which buildings and units are there, how large, in what state
spans.py          what a lease holds and pays, unit by unit, from one day to the next
leases.py         which leases are there, how far is each, and what does it say
let_units.py      who holds each unit on a day, and at what rent: what the three reports stand on
rent_roll.py      every unit, who has it, for how long, at what rent
occupancy.py      how much of what could be let is let
deposits.py       which deposits are held, and by when is each to be paid back
turnover.py       what was declared that tenants sold, and what share of it is due
lease_costs.py    what obtaining each lease cost, and what is left of it
fapiao_requests.py  which documents want a tax invoice, and what would it say
lease_expiry.py   when it comes free, and how long the rent is secured
"""

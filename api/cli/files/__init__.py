"""Files that others make, taken into the ledger: previewed, then whole or not at all.

meters.py   meter-import
banks.py    bank-import
parks.py    takeover
"""

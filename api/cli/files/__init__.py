"""Files that others make, taken into the ledger: previewed, then whole or not at all.

banks.py    bank-import, bank-profile
meters.py   meter-import
parks.py    takeover
"""

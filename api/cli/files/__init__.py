"""Files that others make, taken into the ledger: previewed, then whole or not at all.

banks.py    bank-import, bank-profile
fapiao.py   fapiao-import; export fapiao-requests
meters.py   meter-import
parks.py    takeover
prices.py   price-import
registers.py meter-read
"""

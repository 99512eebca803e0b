"""The demonstration's deals, each as it was agreed and then what became of it. In reading order:

parties.py     companies that are known from deals alone
investors.py   what is invested
investing.py   what comes of it
equipment.py   which machines are ordered
works.py       what becomes of each order
buying.py      what is bought for them, and what is paid of anything that is owed
energy.py      who sells energy, at what price
metering.py    what the meters show
settling.py    what it comes to
"""

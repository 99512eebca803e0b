"""The deals: what is invested, ordered and delivered.

investment.py    what each investor contracted, and what came of it
orders.py        which equipment orders are there, how far is each, what of their money is in the books
order_book.py    what is on order and still to come
fx_exposure.py   what is owed in foreign currencies
offtake.py       which energy agreements are there, and what is owed for energy not taken
energy.py        what was delivered, at what price, with which CO2 and certificates
prices.py        prices that change within the day, and statements that rest on others than are known now
green.py         green certificates by lot, and what became of them
metering.py      what is doubtful of what meters say
"""

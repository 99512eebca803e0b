"""Decisions in which several contexts must agree.

The first five decide commands of another context in its place: first what that context decides, then whether the
others agree. They know the states of those they ask by the deciders of each.

reserving.py   a unit, for a company that is known
linking.py     a company, with an investment agreement that is signed
settling.py    settling in with a lease on record; leaving with the books even
banking.py     an account closes at nothing; foreign balances are remeasured with what orders are owed
matching.py    a line of a bank statement, with the payments on record that it is, by a person
measuring.py   expected credit loss, of no more than is receivable
buying.py      purchases of equipment, for an order that MCSC sells itself
payments.py    a payment that one asks for and another makes, whatever it pays
paying.py      what is owed to anybody, of whatever context, by two people
taxing.py      the VAT return of a month, on what the books say
remitting.py   the payment of what a return came to
remeasuring.py foreign payables at a month's end
owing.py       what journals by hand made owed: salaries, accrued expenses, income tax, dividends
diary.py       what was done of the dates that leases, investments, orders and offtakes name: by their ids alone
taking_over.py a park that lived before this ledger: everything of it, or nothing
delegating/    who approves in another's stead, of all that waits for a second person
closing.py     a month, on figures that both sides of the ledger agree on
"""

"""The read side: rows that follow the log, and the reports made of them. Imports the ledger, never the edge.

A package is a subject, a file in it a question; each package lists its own files. In the order to read them:

engine/            what every read model and report rests on; knows no subject
companies/         who is in the city or on the way, and how many got how far
books/             what was posted, and what it comes to
deals/             what is invested, ordered and delivered
receivables/       what tenants owe and have paid
payables/          what MCSC owes, and has paid
tenancy/           what there is to let, who holds it, and what each pays
bank/              what banks' tables mean, and lines of their statements that wait for a person
channel_money.py   from lead to money: what the companies of each origin brought
subledgers.py      what control accounts must come to, from the documents themselves
closing.py         can a month be closed, and what is still to do
diary.py           every date that needs an act, and whether it was seen to
proposals.py       what waits for a second person, in every context
delegations.py     who approves in whose stead, and on which days
restating.py       which facts put something right that was recorded before
vouchers.py        every entry of the journal with its number, by month and kind
exceptions.py      what an auditor asks about first: late, overridden, corrected, and so on
certificates.py    what was found when read models were held against the log
every/             all read models together, and of which version each is

A subject builds on those above it; books and deals know nothing of each other.
"""

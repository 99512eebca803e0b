"""A golden year, invented: 2025 of a small city, told through HTTP and kept beside it by hand, to the fen.

table       how the hand-kept books are written: rows of date, debit, credit and how the amount came about
ground      the companies, units and rates that the year rests on
bank tenants orders suppliers energy by_hand    what was recorded (TOLD), and what a bookkeeper wrote of it (BOOKED)
drawn       what follows from the rows by arithmetic alone: remeasurements, VAT returns, balances, statements
telling     the year sent through HTTP by several people, month after month, each month closed
test_year   both come to the same: every journal, balance and line; identities hold at every prefix

Nothing here asks the product what an amount is: the tables are worked out from the contracts, in exact arithmetic.
"""

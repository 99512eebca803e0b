"""A bookkeeper's own commands, beside what tenants, orders and energy bring about by themselves.

banking/     bank accounts, what moves on them, what the bank books of its own accord
purchases/   what suppliers ask for, and what is paid of anything that is owed
journals/    manual journals: proposed by one, approved by another
statements/  bank statements: what a bank says of an account
vat/         VAT returns and their payment, and the rates that the law knows
owed.py      what those journals made owed, and its payment: facts; decided in joint/owing.py
papers.py    papers that went out, known again by their hash
"""

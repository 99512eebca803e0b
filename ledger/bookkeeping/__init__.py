"""A bookkeeper's own commands, beside what tenants, orders and energy bring about by themselves.

banking/     bank accounts: opened, closed; what a bank books of its own accord
"""

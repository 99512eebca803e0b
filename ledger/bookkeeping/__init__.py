"""A bookkeeper's own commands, beside what tenants, orders and energy bring about by themselves.

purchases/   what suppliers ask for, and what is paid of anything that is owed
journals/   manual journals: proposed by one, approved by another
"""

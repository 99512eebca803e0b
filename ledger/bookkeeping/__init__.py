"""A bookkeeper's own commands, beside what tenants, orders and energy bring about by themselves.

journals/   manual journals: proposed by one, approved by another
"""

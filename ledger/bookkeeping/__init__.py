"""A bookkeeper's own commands, beside what tenants, orders and energy bring about by themselves.

papers.py   papers that went out, known again by their hash
"""

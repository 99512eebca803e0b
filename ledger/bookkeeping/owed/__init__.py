"""Debts that journals by hand made, and their payment: salaries, accrued expenses, taxes on income, dividends.

facts.py    what is recorded of a payment, and the accounts that are paid in this way

What is owed on them is read from the journals: ledger/joint/owing.py decides.
"""

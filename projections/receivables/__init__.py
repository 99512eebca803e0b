"""Receivables: what tenants owe and have paid.

tenants.py     what each tenant owes, has paid and has deposited
documents.py   what became of each invoice, debit note and late fee
ageing.py      how old is what they owe
preview.py     what a billing run would issue and post
statement.py   what stands in one tenant's account, line by line
"""

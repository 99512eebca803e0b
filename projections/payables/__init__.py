"""What is owed to suppliers, customs, generators, and to buyers as damages; and what was paid of it.

documents.py   the read model: one timeline for each payable; their list
ageing.py      how old is it: by days overdue, party by party; foots to the control account 2202
"""

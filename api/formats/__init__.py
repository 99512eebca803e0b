"""What answers are written as, for other programs.

journal_text.py   the journal for hledger and Beancount
"""

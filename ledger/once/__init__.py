"""Had by one at a time, whichever context asks: folded by several contexts, decided by none alone.

bank.py        which payment has which bank reference: a payment is recorded once (B5)
lettings.py    which lease holds which unit on which days: no unit is let twice (L1)
"""

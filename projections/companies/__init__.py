"""Companies: who is in the city or on the way, and how many got how far.

register.py   who is in the city or on the way; the read model of companies
funnel.py     how many got how far, by origin, and how long it took them
"""

"""Approving in another's stead: somebody lets another person approve for them, from a day through a day.

facts.py      given and ended; the kinds of approvals
deciding.py   who may give one to whom, and what it lets approve
"""

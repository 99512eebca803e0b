"""What takes long: everything that kills, freezes and fills, for as long as is given to it.

parts.py      what is done, each part for a share of the time
__main__.py   `python -m tests.torture MINUTES`: progress, then one JSON
"""

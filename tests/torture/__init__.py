"""What takes long: everything that kills, freezes and fills, for as long as is given to it.

part.py       a part, and what every part asks in the end: is what was acknowledged there, once?
parts.py      what is done, each part for a share of the time
failover.py   three nodes of PostgreSQL, and their leader killed, frozen, cut off
nodes.py      the three nodes themselves
__main__.py   `python -m tests.torture MINUTES`: progress, then one JSON
test_torture.py   a loss is found, and the torture ends with an error
"""

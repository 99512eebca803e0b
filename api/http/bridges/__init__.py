"""From one figure to another, step by step: what moved a cell of a report between two bases?

compared.py    a report on two bases; what working out a bridge may cost
passing.py     the first step, time passed: its facts, and what days alone moved
bridging.py    the bridge of a cell: its stages, and the facts that were recorded since
nearer.py      bases between the two, for what one answer has no room for
"""

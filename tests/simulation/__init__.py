"""The whole core in one process, under a clock, a disk and a network that fail as a seed says. In reading order:

world.py      the clock, and what happens when; one random number generator for everything
disk.py       the files of a ledger, and what is left of them after a crash, a failover, a step back
computer.py   a server with its recorder and follower: the code that runs everywhere, without its threads
clients.py    people who ask, over a network that loses, doubles, delays and reorders; what they were answered
oracle.py     what must hold of all that, after each answer and at the end
story.py      one run: who is there, what befalls them, how it ends
bugs.py       faults planted in the core, each of which a run finds

    python -m tests.simulation 1017          one seed, with its story
    python -m tests.simulation 1000 1999     many, and how long they took

Nothing here takes part in the decisions: those are the product's. Time only passes between two events, every event runs
to its end (or to the crash of the process that it happens in), and what happens depends on the seed alone.
"""

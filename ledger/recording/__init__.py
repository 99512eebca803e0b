"""Recording: a command is asked for, decided, sealed and answered. Knows the contexts only as it is given them.

asking.py        how a command reaches what records it, and its answer comes back
outcome.py       the answers: Done, Refused, Previewed; what became of a command nobody can answer for
measures.py      how fast, how many at once, with which outcome: for those who watch
clock.py         the clock by which facts are recorded, which may not jump ahead
personal.py      a person's data, sealed under a key of their own before anything is decided
states.py        what is folded of the log, by scope
since.py         what was recorded since a request was made ready
ahead.py         a run's commands decided in processes beside the writer
together.py      commands of one transaction: what they are told where nothing of it is kept
application.py   the transactor: many commands in one transaction
contexts.py      every context, for those who begin to record: nothing else here knows one
"""

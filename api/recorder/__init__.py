"""The recorder: records commands and has the read models follow, for one server.

here.py       a Ledger, and a Follower behind it, in this process
beside.py     the same in a process beside the one that serves: start it, ask it, start it again should it end
process.py    what runs in that process
messages.py   what the two say to each other

An interpreter runs one thread at a time. Deciding, sealing and bringing read models up to date have one to themselves,
so that they and those who read do not hold each other up (docs/decisions/0012-a-process-that-records.md).
"""

"""The recorder: records commands and has the read models follow, for one server. In reading order:

here.py       a Ledger, and a Follower behind it, in this process
messages.py   what a server and a process beside it say to each other
beside.py     the server's side of that: start the process, ask it, start it again should it end
process.py    what runs in the process
door.py       how a command line records beside it
replica.py    what stands in its place where questions are answered and nothing is recorded
runtime.py    how a process that stays is set up: its log, its memory
telemetry.py  traces and metrics for an OpenTelemetry collector, where one is named

An interpreter runs one thread at a time. Deciding, sealing and bringing read models up to date have one to themselves,
so that they and those who read do not hold each other up (docs/decisions/0012-a-process-that-records.md).
"""

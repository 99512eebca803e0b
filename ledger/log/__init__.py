"""The log: what is recorded is sealed, kept for ever, and can be proved unaltered. Knows no context.

directories.py  directories and files that a power cut does not take back
postgres.py   connections to PostgreSQL on which every wait ends
database.py   the two kinds of database: their tables, and the settings without which nothing is recorded
outage.py     a database that is away is said once, and then counted; how long anybody waits for it
envelope.py   what is stored and sealed: a fact, its position, when, and by whom
merkle.py     the tree that seals it (RFC 6962)
proof.py      what proves that a fact is in the tree, and that a tree only grew; how it is checked
store.py      append and read
contract.py   the same by the recorder contract of `eventsourcing`
verify.py     the proof that nothing was altered
access_log.py who knew, who tried: attempts that left no fact, each row sealed to the one before
access_writer.py  how they get there, so that nobody waits for it
checkpoint.py signed words about it, in the formats of C2SP: checkpoints, witnesses' signatures, proof files
proving.py    proofs of single facts and of growth, made from what the log keeps
backup.py     the whole log in a directory of its own, proved, and read back
events.py     the whole log as CloudEvents, to hand over or to move
importing.py  that read into an empty ledger: the same roots
restoring.py  a log that was read back in the place of the one that is there
certifying.py somebody held the read models against the log, and found this: the only facts of this room
"""

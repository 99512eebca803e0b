"""Evidence packs: made, checked, mutated, and checked by a second checker that was written from the description alone.

packs.py               packs of the demonstration, taken apart and put together again
mutants.py             what somebody might do to a pack
check.mjs              the second checker, written from docs/evidence-pack.md; for Node, nothing else
"""

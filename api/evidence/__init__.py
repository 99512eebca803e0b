"""Evidence packs: a figure, a fact or a closed month, with all that a stranger needs to check it. In reading order:

check.py      the checker, one file that goes into each pack: it needs nothing but Python
gathering.py  what a pack is about: receipts down to facts, the facts themselves
packing.py    what goes into a pack: proofs, journals, the manifest, signed
telling.py    a pack's README
serving.py    GET /v1/evidence

The format is docs/evidence-pack.md.
"""

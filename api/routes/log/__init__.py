"""The log itself, for programs. In reading order:

following.py   GET /v1/facts/stream: facts as they are recorded, for as long as a program listens
proofs.py      signed checkpoints, proofs of single facts and of growth
"""

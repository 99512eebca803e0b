"""A server under load, for benchmarks that ask one over HTTP.

server.py   the server: the ledger, a route that does nothing, the package
load.py     many connections that ask it
"""

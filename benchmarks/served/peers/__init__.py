"""Other event stores under the same load: one event a request, conditional and durable, sixteen clients.

__main__.py   the run: fetches them, sets them up, takes turns, compares
umadb.py      UmaDB over gRPC          \
messagedb.py  message-db in PostgreSQL  > each with its own interpreter and packages, not the product's
emmett.mjs    Emmett on PostgreSQL     /

Each driver is called with an address, a prefix, seconds and clients, and prints {"acknowledged", "stored", "seconds",
"latencies"} as JSON: what it was told is stored, and what is there when it looks afterwards.
"""

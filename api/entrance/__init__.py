"""The way in, before any route runs: how many are let in, and who.

server.py           a server that says when it serves, and what a connection may do
arriving.py         those who wait to be connected: taken, or told to come back, while the event loop is behind
admission.py        tells whoever would wait too long to come back (503), before anything that they sent is looked at
watching.py         counts every request and its answer, and tells the log of it where the settings say so
compressing.py      sends answers as zstd or gzip where the client takes it so
authentication.py   checks the key or the token, and its role; whoever asks is in the request's state as `by`
tokens.py           access tokens of an OpenID provider: who they say that somebody is, once all of them is proved
provider.py         the provider's keys, fetched when they are needed
signing_in.py       people at the desk, sent to the provider and taken back

API keys, which the command line knows too: api/http/auth.py.
"""

"""How any route works, whatever it is about.

operations.py   what a route says about itself: roles, query, answers; access check, documents and OpenAPI read it
auth.py         who asks, by an API key
problems.py     every error as problem+json
recording.py    one way in, for every command
reading.py      one way out, for every question: JSON or CSV
openapi.py      the OpenAPI document     pages.py   the pages that show it
server.py       a server that says when it serves
"""

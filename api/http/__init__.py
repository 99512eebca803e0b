"""How any route works, whatever it is about. In reading order:

requests.py     what a request says, as it says it: headers, its id, who asks
problems.py     every error as problem+json
decoding.py     what people send, decoded: bodies, lines, files of the command line
deadlines.py    the database is asked in time, or the request is answered without it
parameters.py   query and path parameters as the types they should have
operations.py   what a route says about itself: roles, query, answers; access check, documents and OpenAPI read it
access_log.py   who knew, who tried: what a request leaves in the access log
auth.py         who asks, by an API key
bodies.py       how long a body takes to come, and how much all bodies hold together
recording.py    one way in, for every command
bulk.py         many commands at once: each for itself, or all or none
answers.py      how an answer is sent: in the format that the client takes, and not again where it has it already
names.py        filters that name something: what is not on record is told
receipts.py     the receipt of a figure: how a cell of a report is named, and what it is made of
bridges/        from one figure to another: which facts moved a cell between two bases, step by step
comparing.py    a report on two bases, cell by cell
reading.py      one way out, for every question: JSON or CSV
openapi.py      the OpenAPI document
pages.py        the pages that show it
"""

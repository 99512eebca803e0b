"""The edge: HTTP and the command line, over the ledger and its read models.

app         the composition root          settings    one file, one environment, one Struct
auth        who asks, by an API key       problems    every error as problem+json
recording   commands in                   reading     queries out, as JSON or CSV
companies, claims, reports, audit, access, health     the routes
operations  what a route says about itself; openapi and pages show it
"""

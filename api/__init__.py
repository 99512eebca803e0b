"""The edge: HTTP and the command line, over the ledger and its read models. In reading order:

settings.py   what can be set: one file, one environment, one Struct; every limit
entrance/   who asks: checked before any route runs
recorder/     recording and following for one server: here, or in a process beside it
http/         how any route works, whatever it is about
receipts/     what the cells of each report rest on
formats/      what answers are written as: tables, CSV, sheets for a terminal, journals for other programs
routes/       the routes, a file a subject: commands in, questions answered, reports
bookkeeping/  the routes of a bookkeeper's own commands, a file a subject
intake/       files that others made, read: meters', a living park as a workbook
agenda/       what is to be done: what waits for a second person, dates that need an act, their calendar
console/      the desk: pages for people, in English and Chinese
documents/    documents that prove what facts say, kept by their SHA-256
evidence/     packs that prove a figure, a fact or a close to a stranger
papers/       what is handed over: a close as one workbook, statements and invoices as PDF
entrance/   the way in: the access check before any route runs
app.py        the composition root: which parts there are, in which order they start and stop
corrections.py   how what each command recorded is put right: docs/corrections.md
cli/          `mcsc`
client/       a client for programs, made from docs/openapi.json
demo/         the demonstration: the public record, and an invented city beside it
"""

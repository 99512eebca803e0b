"""The desk: the console that people use in a browser, in English and 中文. In reading order:

words/        every text of its pages, in both languages
sessions.py   who is signed in: one-time links, sessions, the secrets that forms carry
parts.py      what every page needs of the application
pages.py      how any page is made: who may see it, in which language, in which frame; what goes wrong, as a page
entrance.py   sign in, sign out, choose a language
city.py       the first page
reports/      every report, the receipt of every figure, a report on two bases
things/       a company, a deal, a unit, a building, the site: pages of things
books/        a billing run, a month closed
agenda/       what is to be done: what waits for a second person, dates that need an act
audit.py      the timeline, one fact, the log verified
documents.py  documents kept, and opened from the facts that name them
papers.py     statements, invoices, credit notes as PDF, where their fact stands
handbook.py   /docs: every route, shape and problem, from the OpenAPI document
record/       a form for every command, with preview: what would be recorded, and what changes by it
routes.py     all of it as routes, and the style sheet

Pages are made on the server, hold no script, and fetch nothing from anywhere else.
"""

"""The desk: the console that people use in a browser, in English and 中文. In reading order:

words.py      every text of its pages, in both languages
words_to_do.py   those of the inbox and the diary
linked.py     a report as a page shows it: figures with the names of their cells
sessions.py   who is signed in: one-time links, sessions, the secrets that forms carry
parts.py      what every page needs of the application
pages.py      how any page is made: who may see it, in which language, in which frame; what goes wrong, as a page
entrance.py   sign in, sign out, choose a language
city.py       the first page
reports.py    every report, and the receipt of every figure
forms.py      a command that a form holds, recorded
inbox.py      what waits for a second person, and what decides on it
diary.py      every date that needs an act
audit.py      the timeline, one fact, the log verified
routes.py     all of it as routes, and the style sheet

Pages are made on the server, hold no script, and fetch nothing from anywhere else.
"""

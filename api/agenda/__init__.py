"""What is to be done: what waits for a second person, and every date that needs an act. In reading order:

inbox.py      GET /v1/reports/proposals: what waits, and the commands that decide on it with their fields filled in
delegations.py   who may approve in whose stead: POST /v1/delegations, GET /v1/reports/delegations
diary.py      GET /v1/reports/diary: every date that needs an act; POST /v1/diary/…: it was done, or waived
calendar.py   GET /v1/calendars/KEY.ics: the diary for calendar programs, at a secret address
"""

"""Things to do, at the desk. In reading order:

forms.py   a command that a form holds, recorded
telling.py what is said of a date or a proposal, in words
inbox.py   what waits for a second person, and what decides on it
diary.py   every date that needs an act
"""

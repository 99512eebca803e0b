"""Recording at the desk: a form for every command, made from what the command is.

shapes.py    a command -> the fields of its form; what was typed -> the command, or what is wrong with each field; back
labels.py    the names of commands, fields and choices, in both languages; titles.py: the Chinese of most of them
begun.py     how a form begins: today, free ids, what is on record of the thing that is named
turns.py     the month, run or milestone whose turn it is
known.py     the names on record, offered where a form asks for one
effects.py   what would change: the facts of a dry run, their postings, and reports before and after them
lines.py     the same command for a terminal: with curl, and for `mcsc record`
righting.py  what puts right what was recorded; all that may be recorded of a thing
guides.py    what comes after a command; ways step by step
keys.py      a new key, whose secret is shown once
intake/      files of meters and of a park: chosen, previewed, recorded
pages.py     the list of commands, the form, the preview, what was recorded
"""

"""Meters' files: read, previewed, taken. In reading order:

rows.py      what reading a file gives: samples, then days, or every place that is wrong
profile.py   what a source's file means: its columns, its labels, its unit, its register
times.py     a cell as a time: many forms, 24:00, offsets, a spreadsheet's numbers
tables.py    CSV: a line an interval, or a line a day
nem12.py     NEM12, of Australia's market
espi.py      Green Button (ESPI), XML
edifact.py   UN/EDIFACT: segments, and the envelope around messages
mscons.py    MSCONS, of Europe's markets
dlt645.py    DL/T 645-2007: registers, from a dump of frames; no intervals
days.py      samples as whole days: duplicates, gaps, clocks set on and back, registers, whole watt-hours
reading.py   a file as the command that records it

Files go in by api/documents/meter_files.py and api/cli/files/meters.py, which keep them too.

Reading is a function from bytes and a profile alone: nothing here is recorded, and nothing is asked of the ledger.
"""

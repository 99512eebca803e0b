"""What answers are written as. Nothing here knows of HTTP: what goes in is an answer. In reading order:

tables.py         rows under names, whatever they are then written as
csv_text.py       a table as CSV
files.py          the formats that tables are written in as files
facts.py          what happened, in words, by the stored names of facts
sheets.py         an answer as people read it on a terminal, and how `mcsc report` asks for it
mart.py           reports and read models as Parquet, with declared types (the extra `mart`)
workbook.py      answers as workbooks (XLSX): About, the report as people read it, its data
journal_text.py   the journal for hledger and Beancount
workbooks/       the other way: workbooks that others made, as rows of texts
"""

"""Every text of the desk, in English and 中文. In reading order:

saying.py    a text in a language
texts.py     those of pages
reports.py   names, headings, codes and units of reports
unheaded.py  columns that no sheet shows
files.py     files of meters and of parks
vat.py       the rates of VAT and its rules
books.py     billing and the month close
to_do.py     the inbox and the diary
refusals/    refusals and problems by their codes; refusing.py: how they are told
righting.py  how what was recorded is put right
altered.py   what the check of the log found
things.py    comparing, the pages of things, plans

Those of recording stand beside its forms, in record/titles.py and record/labels.py; facts in words, which papers say
too, in formats/facts.py.
"""

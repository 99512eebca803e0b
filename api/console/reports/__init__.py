"""Reports at the desk. In reading order:

linked.py      a report as a page shows it: figures with the names of their cells
charts.py      drawings over the cells of a report's table
unknown.py     which leases a view of the past does not know of
pages.py       every report, and the receipt of every figure
windows.py     of a very long report the groups alone that a page shows
chosen.py      a report with the chosen columns alone
views.py       views that people saved under a name
comparing.py   a report on two bases: the restatement bridge of every figure that differs
"""

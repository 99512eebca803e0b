"""A sale that is earned over time, as the order says (IFRS 15.35-.45, CAS 14): measured at each month's end.

progress.py   all that a sale comes to by a day
facts.py       a measurement, which posts what it adds
measuring.py   the measurement: by cost incurred, or by milestones reached; loss to come provided for

Acceptance makes it whole (earning.py); `reverse-progress` (mistakes/putting_right.py) takes a measurement back.
"""

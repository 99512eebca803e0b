"""Files that others made: from bytes to rows that each know their line or cell. In the order to read them:

metering/      what meters counted: tables by a profile, NEM12, Green Button, MSCONS
pricing.py     prices that change within the day, a table by a profile
taking_over/   a park that lived before, as a workbook

Banks' files are read in bookkeeping/statements/.
"""

"""Files at the desk that become facts: a meter's, and the workbook of a park that is taken over. In reading order:

kinds.py      what each kind of file asks beside it, how it is read, what its preview shows
taking.py     chosen, previewed, recorded; and the empty workbook of a park

Banks' files are in books/bank/.
"""

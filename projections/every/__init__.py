"""Every read model together, for whoever keeps them up with the log; a report imports its own alone.

views.py      the read models: ALL_VIEWS
versions.py   of which version each is, said so that nobody has to import them to know
"""

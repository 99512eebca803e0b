"""What every read model and report rests on; nothing here knows a subject.

view.py       versioned rows, and a bookmark that moves in the same transaction
timeline.py   things that change with time, known from two sides
spanned.py    timelines whose rows say how long they hold: found in stretches of an index
entities.py   the one fold of most read models: a thing as its facts tell, and the data class of the first
runner.py     catch up, rebuild beside the live ones and swap
following.py  all the time, in a thread of its own; how far they have come
together.py   several processes make rows anew together
checking.py   live rows held against the log, row by row; digests
basis.py      "as of": both dates, the position and the root, from what people type
sources.py    which facts stand behind a figure (reads the log, on demand)
apart.py      a ledger in memory that holds nothing but some facts
would.py      the read models as they would be after facts that are not recorded; nothing of it is kept
receipts.py   the share of each fact in a figure
figures.py    ratios and amounts as reports write them
history.py    what was recorded, by whom, when (reads the log itself)
names.py      which names are on record, and those close to one that is not
sieve.py      what can be asked of that, and how a fact is held against it
periods.py    which months are open, and when each closed
"""

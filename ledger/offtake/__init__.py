"""Energy offtake: agreements, meters, monthly statements, contract years, certificates.

terms.py        what an agreement says; prices
energy.py       kilowatt-hours, exactly
record.py       its facts that post nothing; documents.py: those that move money
meter.py        meters, their facts, and the energy of a month; intervals.py: files of intervals
account.py      what the facts come to; `evolve`, in any order
rules.py        what commands, refusals and parts share
life.py         from draft to final settlement
metering.py     installing, reading, correcting, replacing and testing meters; interval files
delivery.py     curtailment, deemed energy, adjusted quantities, savings
calculation.py  a month's statement, computed and printed again; statements.py: calculated, approved, disputed
crediting.py    what is owed no more
years.py        take-or-pay, make-up, carry-forward, damages
green.py        avoided emissions, green certificates

Here the parts become one Decider. Receivables are billing's: its receipts pay them.
"""

"""Energy offtake: agreements, meters, monthly statements, contract years, certificates.

Rooms, in the order to read them:

terms.py           what an agreement says; prices
energy.py          kilowatt-hours, exactly
facts.py           everything that is recorded of agreements; which facts move money
rules.py           what commands and refusals share
meters/            meters: what they showed, and the energy of a month
days.py            the days on which an agreement delivers: what is owed and delivered is clipped to them
account.py         what the facts come to: agreements, runs, rights; `evolve`, in any order
life.py            from draft to final settlement
amending.py        other terms, proposed by one and approved by another
delivery.py        curtailment, deemed energy, adjusted quantities, savings
calculation.py     a month's statement, computed and printed again
statements.py      a month settled: calculated, approved, disputed
contract_year.py   a contract year, computed: take-or-pay, make-up, carry-forward, damages
years.py           take-or-pay of a contract year settled
guarantee.py       damages of a contract year, assessed and taken back
charges/           what is owed no more, and owed again; late fees; credit notes by hand
green/             avoided emissions; green certificates, by count and in lots
deciding.py        the parts as one Decider
withdrawing.py     steps of agreements and meters recorded by mistake, as deciders of their own

Receivables are billing's: its receipts pay them.
"""

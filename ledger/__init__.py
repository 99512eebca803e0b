"""The write side: contexts decide, the ledger records, the store seals.

Rooms, in the order to read them:

decider.py      what every context is made of
values/         money, measures, evidence, identifiers
periods.py rates.py claims.py access.py
                contexts of one file: months, dated rates, public claims, keys
once/           had by one at a time: bank references, units
companies/      a company's way into the city       estate/       what there is to let
leases/         from draft to holdover              billing/      what tenants owe and pay
investment/ orders/ offtake/
                the deals           bookkeeping/      a bookkeeper's own commands
books/          what every fact means in the books  joint/        what several contexts decide together
log/            sealed and append-only              recording/    the transactor

Importing this package makes every fact known by its stored name, and readable; what decides is imported by
whoever decides (recording/contexts.py).
"""

from importlib import import_module

FACTS = (
    "ledger.access",
    "ledger.billing.facts",
    "ledger.billing.invoicing.facts",
    "ledger.billing.lease_costs.facts",
    "ledger.billing.scheduled.facts",
    "ledger.billing.taking_over.facts",
    "ledger.bookkeeping.banking.facts",
    "ledger.bookkeeping.journals.facts",
    "ledger.bookkeeping.owed",
    "ledger.bookkeeping.papers",
    "ledger.bookkeeping.purchases.facts",
    "ledger.bookkeeping.statements.facts",
    "ledger.bookkeeping.vat.facts",
    "ledger.claims",
    "ledger.companies.facts",
    "ledger.estate.facts",
    "ledger.investment.facts",
    "ledger.joint.delegating.facts",
    "ledger.joint.diary",
    "ledger.leases.facts",
    "ledger.log.certifying",
    "ledger.offtake.charges.facts",
    "ledger.offtake.facts",
    "ledger.offtake.green.facts",
    "ledger.offtake.meters.facts",
    "ledger.orders.facts",
    "ledger.orders.leftover.facts",
    "ledger.orders.mistakes.facts",
    "ledger.orders.over_time.facts",
    "ledger.periods",
    "ledger.rates",
)
"""Where facts stand."""

for home in FACTS:
    import_module(home)

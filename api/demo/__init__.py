"""The demonstration ledger: the public record as it is, and an invented city beside it. In reading order:

people.py        who records: people who do not exist
days.py          working days and office hours
public.py        what others have stated in public, and the statutory tax rates, with date and source (PUBLIC_FACT)
firms.py         invented names and identifiers that no real company can have
steps.py         what is recorded at each step of a company's way (FICTIONAL, as all that follows)
pipeline.py      which ways invented companies take, and when each step became known
city.py          the estate: parcels, buildings, units
lease_kinds.py   kinds of leases
tenancies.py     who lets what
lives.py         what becomes of each lease
books.py         rates, billing, months
bank.py          who pays when; the city's accounts
incidents.py     what goes wrong, and is put right
deals/           what is invested, which machines are ordered, which energy is sold
plan.py          all of that in order
unfolding.py     how it is all recorded: some steps are known only when their turn comes
directory.py     what is in a data directory, and that it is labelled
keys.py          a key for each role

The instants at which the history was recorded are simulated: reports as recorded earlier have something to show.
"""

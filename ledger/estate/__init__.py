"""The estate: site, parcels, buildings, units; measured, reserved, taken off the market, split and merged.

Building   PLANNED → UNDER_CONSTRUCTION → completed
Unit       as its building until that is completed; then AVAILABLE ⇄ RESERVED; OFF_MARKET and back; RETIRED for ever

LET is not a state of its own: leases say which days a unit is held (once/lettings.py), and both are shown side by side.

facts.py      everything that is recorded of the estate
unit.py       a unit as its facts tell, and the largest area of many
estate.py     sites, parcels and buildings as their facts tell; all of a scope; the refusals of the estate
land.py       sites, parcels, buildings
outlines.py   parcels on the map, as GeoJSON
surveying.py  the geometry of outlines: soundness, area, what two have in common
bounds.py     parcels beside each other, inside their site
steps.py      the rules that every step of a unit meets
units.py      units, split and merged
market.py     units on the market: reserved, taken off, valued
correcting.py    what was recorded wrong of a site, parcel, building or unit
deciding.py   the parts as one decider
withdrawing.py   steps recorded by mistake, as a decider of its own

For other contexts that read units: evolve_unit (unit.py) folds one, evolve_units all that a fact touches.
The facts tagged `unit:U` tell everything about the unit U but whether its building stands. Letting it does not ask
that: it can be let where it is defined, not off the market and not gone, and not kept for another (`Unit.kept_for`).
"""

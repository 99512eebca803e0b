"""The estate: site, parcels, buildings, units; measured, reserved, taken off the market, split and merged.

Building   PLANNED → UNDER_CONSTRUCTION → completed
Unit       as its building until that is completed; then AVAILABLE ⇄ RESERVED; OFF_MARKET and back; RETIRED for ever

LET is not a state of its own: leases say which days a unit is held (lettings.py), and both are shown side by side.

estate.py     what the parts share: the state, and the refusals that any step can meet
land.py       sites, parcels, buildings         outlines.py   parcels on the map, as GeoJSON
units.py      units, split and merged           areas.py      areas by date, and their largest sum
market.py     reserved, off the market, valued  steps.py      what every step of a unit is asked

Refusals, in order of precedence
EstateRefusal
├── SiteUnknown, ParcelUnknown, BuildingUnknown, UnitUnknown   no such thing (unknown)
├── NameTaken              this id is another site's, parcel's, building's or unit's, or given twice (conflict)
├── BeforeDefined          nothing is effective before the thing was defined
├── BuildingStateForbids   this step does not start from the building's state
├── UnitGone               the unit was split, merged or retired
├── StepTooEarly           a step is not effective before the one in front of it
├── UnitStateForbids       this step does not start from the unit's state
├── ReservationReversed    a reservation ends before it begins
├── UnitHeld               a lease holds the unit on that day or later (conflict)
├── BuildingsDiffer        units of different buildings are not merged
├── AreaMissing            an area of 0.00 m²
├── OutlineMalformed       a GeoJSON polygon that is not closed, leaves the world, or has no area
├── StandardDiffers        another standard of measurement: areas are not added up across standards
├── AreaExceeds            P1, P2: the parts are larger than the whole
└── AreaNotConserved       P3: the parts do not sum to the whole

Here the parts become one Decider. For whoever reads units: evolve_unit folds one, evolve_units all that a fact touches.
The facts tagged `unit:U` tell everything about the unit U but whether its building stands. Letting it does not ask
that: it can be let where it is defined, not off the market and not gone, and kept for nobody else (`Unit.kept_for`).
"""

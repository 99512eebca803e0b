"""Stock that an order leaves over (1405): it was cancelled, or its acceptance did not take all (IAS 2, CAS 1).

facts.py          sold, moved to another order, measured at what it still brings; and the proposals of that
clearing.py       sold to whoever wants it; moved to an order that takes it
writing_down.py   written down to its net realisable value, and up again: proposed by one, approved by another

Every such step bears an id, `stock_entry`, by which `reverse-stock-step` (mistakes/putting_right.py) takes it back.
"""

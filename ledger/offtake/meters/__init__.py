"""Meters of energy agreements: what they showed, and the energy that went through them.

facts.py       everything that is recorded of meters
register.py    what registers may show: up, and round where that is said
meter.py       a meter as its facts tell, and the energy of a month
checking.py    doubts: gaps, spikes, zeros, intervals that do not sum to the register
metering.py    installing, reading, correcting, replacing, removing and testing meters; interval files
pricing.py     energy at prices that change within the day
price_series.py  such prices: recorded, corrected, withdrawn
estimating.py  values that are missing, estimated by rule; proposed by one person, approved by another
"""

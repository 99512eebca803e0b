"""Closing a month: tie-outs, trial balance, hash."""

"""Meters' files: every form read back, every fault named. forms.py writes the forms."""

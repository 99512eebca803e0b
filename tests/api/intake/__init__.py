"""Files that others made, read."""

"""What fields of periods draw from, by `field` or, where a name means two things, by `Kind.field`."""

from typing import Any

from hypothesis import strategies as st

POOLS: dict[str, st.SearchStrategy[Any]] = {}

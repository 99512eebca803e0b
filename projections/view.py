"""Placeholder metadata until the read side lands."""

from sqlalchemy import MetaData

VIEWS = MetaData(schema="projections")

"""The one collection of the vault's tables, which stand in two modules."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()

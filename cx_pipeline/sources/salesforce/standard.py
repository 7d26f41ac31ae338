"""What the objects of Salesforce have in common: formats and clocks."""

from __future__ import annotations

import polars as pl

FORMATS = ("CSV",)
# Who looked at a record last is nothing that the record says.
VIEWED = frozenset({"LastViewedDate", "LastReferencedDate", "PhotoUrl"})
# Some export tools leave SystemModstamp out; it never lies before LastModifiedDate, so either orders versions.
MODIFIED = {"modified": pl.coalesce("SystemModstamp", "LastModifiedDate")}
CLOCK = ("modified", "LastModifiedDate")

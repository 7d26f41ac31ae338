"""Readable identifiers of a few records, from the owner-only lake: the published file has tokens in their place."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from cx_pipeline.layout import Layout

_RECORD = pl.concat_str("source_system", pl.lit("."), "source_entity", pl.lit(":"), "source_id")
IDENTIFIERS = {"record": pl.String, "kind": pl.String, "value": pl.String}


def identifiers(layout: Layout, records: Collection[str]) -> pl.DataFrame:
    """`record, kind, value`, in this order; nothing where the clean layer is not there.

    Args:
        layout: of the data folder.
        records: keys as source.export:id.
    """
    path = layout.lake_clean / "tables" / "customer_identities.parquet"
    if not path.exists():
        return pl.DataFrame(schema=IDENTIFIERS)
    rows = pl.scan_parquet(path, glob=False).select(_RECORD.alias("record"), "kind", "value").drop_nulls()
    wanted = pl.Series(list(records), dtype=pl.String)
    return rows.filter(pl.col("record").is_in(wanted.implode())).unique().sort("record", "kind", "value").collect()

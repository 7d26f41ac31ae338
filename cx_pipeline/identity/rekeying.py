"""Customer ids under a new key: the same people, ids that cannot be joined with the old ones but through a map.

An id that was minted of a record becomes the id that the new key mints of that record, so that records which come again, or
for the first time, get the id that refers to them. Every other id becomes a token of itself.
"""

from __future__ import annotations

import polars as pl

from cx_pipeline.identity.registry import DOMAIN
from cx_pipeline.privacy.tokens import Tokeniser

ID_COLUMNS = ("customer_id", "survivor", "other_id")
MAP = {"old_id": pl.String, "new_id": pl.String}
_REKEYED = f"{DOMAIN}.rekeyed"


def id_map(ids: pl.Series, records: pl.Series, old: Tokeniser, new: Tokeniser) -> pl.DataFrame:
    """`old_id, new_id` of every id, in the order of the old ones.

    Args:
        ids: customer ids of the old key; repetitions and nulls do not matter.
        records: keys of person records that ids may have been minted of.
        old, new: the keys.
    """
    known = records.drop_nulls().unique().sort()
    minted = pl.DataFrame({"old_id": old.tokens(known, DOMAIN), "new_id": new.tokens(known, DOMAIN)}, schema=MAP)
    all_ids = pl.DataFrame({"old_id": ids.drop_nulls().unique()}, schema={"old_id": pl.String})
    others = all_ids.join(minted, on="old_id", how="anti")
    rest = others.with_columns(new.tokens(others["old_id"], _REKEYED).alias("new_id"))
    return pl.concat([minted.join(all_ids, on="old_id", how="semi"), rest]).sort("old_id")


def rekeyed(rows: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Rows of any part of a registry with new ids; rows keep their order.

    Args:
        rows: with any of `ID_COLUMNS`.
        ids: as from `id_map`, of all ids in the rows.
    """
    present = [name for name in ID_COLUMNS if name in rows.columns]
    return rows.with_columns(
        pl.col(name).replace_strict(ids["old_id"], ids["new_id"], return_dtype=pl.String) for name in present
    )

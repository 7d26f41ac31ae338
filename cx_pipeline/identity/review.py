"""The queue of pairs that no rule and no probability decides: they wait for a person."""

from __future__ import annotations

import polars as pl

from cx_pipeline.identity.overrides import Overrides

REVIEW = {"left": pl.String, "right": pl.String, "probability": pl.Float64, "reason": pl.String}
QUEUE = {"left_record": pl.String, "right_record": pl.String, "probability": pl.Float64, "reason": pl.String}
NOTHING = pl.DataFrame(schema=REVIEW)


def waiting(review: pl.DataFrame, overrides: Overrides) -> pl.DataFrame:
    """The pairs that nobody has decided on, most probable first, columns of `QUEUE`.

    Args:
        review: columns of `REVIEW`; a pair may come several times, in either direction: its highest probability stands.
        overrides: as from `decisions.load`.
    """
    stated = pl.concat([overrides.must_link, overrides.cannot_link, overrides.set_aside.select("left", "right")])
    return (
        review.select(
            pl.min_horizontal("left", "right").alias("left"),
            pl.max_horizontal("left", "right").alias("right"),
            pl.col("probability").cast(pl.Float64),
            "reason",
        )
        .join(stated, on=["left", "right"], how="anti")
        .sort("probability", "left", "right", "reason", descending=[True, False, False, False], nulls_last=True)
        .unique(["left", "right"], keep="first", maintain_order=True)
        .rename({"left": "left_record", "right": "right_record"})
    )

"""The proof of who is who, as tables: what happened to customers, what waits for a person to decide, what publishing changes."""

from __future__ import annotations

import polars as pl

from cx_pipeline.identity.events import logged
from cx_pipeline.identity.impact import impact
from cx_pipeline.identity.overrides import Overrides
from cx_pipeline.identity.registry import Assignment
from cx_pipeline.identity.review import waiting
from cx_pipeline.settings.identity import Identity
from cx_pipeline.stages.run import Run

BLOCKING = {"key": pl.String, "pairs": pl.Int64, "only_here": pl.Int64}
EXPLANATIONS = pl.List(pl.Struct({"field": pl.String, "bits": pl.Float64}))
_BITS = "bits_"
_DECIMALS = 4  # of bits


def decided(links: pl.DataFrame) -> pl.DataFrame:
    """Why records are one person: `kept_record, joined_record, rule, decision, probability, explanations`.

    Args:
        links: `left, right, rule, probability`, and `bits_<field>` where evidence was weighed. What weighs nothing is left out.
    """
    weighed = [name for name in links.columns if name.startswith(_BITS)]
    said = [
        pl.when(pl.col(name).round(_DECIMALS) != 0).then(
            pl.struct(pl.lit(name.removeprefix(_BITS)).alias("field"), pl.col(name).round(_DECIMALS).alias("bits"))
        )
        for name in weighed
    ]
    is_weighed = pl.any_horizontal(pl.col(name).is_not_null() for name in weighed) if weighed else pl.lit(value=False)
    # Lists of structs are large, and most links are by rules, which weigh nothing.
    some = links.with_row_index("_place").filter(is_weighed)
    listed = pl.concat_list(said).list.drop_nulls() if said else pl.lit(None)
    explained = some.select("_place", listed.cast(EXPLANATIONS).alias("explanations"))
    return (
        links.with_row_index("_place")
        .select(
            "_place",
            pl.col("left").alias("kept_record"),
            pl.col("right").alias("joined_record"),
            "rule",
            pl.lit("same person").alias("decision"),
            "probability",
        )
        .join(explained, on="_place", how="left", maintain_order="left")
        .drop("_place")
    )


def with_events(before: Assignment, assigned: Assignment, run: Run) -> Assignment:
    """The registry that a run's file will carry, with what it found out in its log."""
    return logged(before, assigned, run.run_id, run.now_utc)


def identity_tables(
    before: Assignment,
    now: Assignment,
    review: pl.DataFrame,
    blocking: pl.DataFrame,
    overrides: Overrides,
    limits: Identity,
    run: Run,
) -> dict[str, pl.DataFrame]:
    """Tables of the `quality` schema, by name.

    Args:
        before: the registry of the published version.
        now: as from `with_events`.
        review: `left, right, probability, reason` of pairs that the rules leave to a person.
        blocking: `key, pairs, only_here`.
        overrides: what people have stated; a pair they decided on does not wait.
        limits: how much may change.
        run: names itself in the events, and says whether its impact is accepted.
    """
    return {
        "identity_events": now.events,
        "identity_review": waiting(review, overrides),
        "identity_blocking": blocking.match_to_schema(pl.Schema(BLOCKING), missing_columns="insert"),
        "identity_impact": impact(before, now, limits, is_accepted=run.accepts_impact),
    }

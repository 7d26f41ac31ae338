"""Values behind phrases that introduce them, over whole texts."""

from __future__ import annotations

import polars as pl

from cx_pipeline.privacy.boundaries import contains
from cx_pipeline.privacy.catalogue import phrase_detectors
from cx_pipeline.privacy.detector import PhraseDetector
from cx_pipeline.privacy.reading import FINDINGS
from cx_pipeline.privacy.spans import FENCE, spans


def introduced(rows: pl.Series, texts: pl.Series, folded: pl.Series, off: frozenset[str]) -> pl.DataFrame:
    """Findings of all phrase detectors, as `FINDINGS` has them."""
    parts = [pl.DataFrame(schema=FINDINGS)]
    for detector in phrase_detectors(off):
        worth = contains(folded, detector.gate).arg_true()
        if not worth.is_empty():
            parts.append(_found(rows.gather(worth), texts.gather(worth), detector))
    return pl.concat(parts)


def _found(rows: pl.Series, texts: pl.Series, detector: PhraseDetector) -> pl.DataFrame:
    found = spans(rows, texts, detector.pattern, f"${{p}}{FENCE}${{v}}{FENCE}${{a}}")
    if found.is_empty():
        return pl.DataFrame(schema=FINDINGS)
    kept = pl.col("value").str.len_chars().cast(pl.Int64)
    if detector.keep is not None:
        values = found["value"].unique()
        lengths = pl.Series([detector.keep(value) for value in values], dtype=pl.Int64)
        kept = pl.col("value").replace_strict(values, lengths, return_dtype=pl.Int64, default=0)
    return (
        found.with_columns(kept.alias("kept"))
        .filter(pl.col("kept") > 0)
        .select(
            pl.col("row").cast(pl.UInt32),
            "start",
            (pl.col("start") + pl.col("kept")).alias("end"),
            pl.lit(detector.entity.value).alias("entity"),
            pl.lit(detector.id).alias("rule"),
            pl.lit(detector.score).alias("score"),
        )
    )

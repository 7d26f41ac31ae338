"""How far distributions are apart: validation and test from train, and a version from the one before.

The measure is the population stability index, the sum over all bins of (p - q) ln(p / q), where p and q are the shares of a bin;
0 is equal, and above 0.2 is taken for a shift: Siddiqi, "Credit Risk Scorecards" (2006). Few rows differ by chance alone: of two
equal distributions the index is about (1/n + 1/m) times chi-square with one degree of freedom less than there are bins, and what
it stays below 95 times in 100 is told beside it: Yurdakul and Naranjo, "Statistical properties of the population stability
index", Journal of Risk Model Validation 14 (2020).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import chdtri

from cx_pipeline.ai.facts import SplitDrift, VersionDrift
from cx_pipeline.ai.features import FEATURE_ID, FEATURES_FILE
from cx_pipeline.ai.meanings import CHUNKS, CONVERSATIONS
from cx_pipeline.ai.splits import SPLITS, TRAIN

BINS = 10
_WORDS = 20
"""Values beyond so many of the most common count as one."""
_CHANCE = 0.05
_NO_ROWS = 0.5  # a share of nothing has no logarithm
_DIGITS = 4
_TOLD = ("channel", "language", "source_system", "department", "outcome", "message_count")
_CHUNKS = ("channel", "language", "source_system", "department", "is_answered", "token_estimate")
_NO_FEATURE = (FEATURE_ID, "customer_id", "cut_off_at")


class Apart(NamedTuple):
    """`stability`: the index. `chance`: what it may be of equal distributions of so few rows."""

    stability: float
    chance: float


def apart(reference: pl.Series, other: pl.Series) -> Apart:
    """How far the values of one column are from those of another; both have rows.

    Numbers are put into bins by the deciles of the reference, everything else counts by value; null is a bin of its own.
    """
    binned = pl.concat([_side(reference, reference, "p"), _side(other, reference, "q")])
    counts = binned.group_by("bin").agg((pl.col("side") == side).sum().alias(side) for side in ("p", "q"))
    share = [pl.max_horizontal(side, pl.lit(_NO_ROWS)) / pl.col(side).sum() for side in ("p", "q")]
    index = float(counts.select(((share[0] - share[1]) * (share[0] / share[1]).log()).sum()).item())
    chance = (1 / len(reference) + 1 / len(other)) * float(chdtri(max(counts.height - 1, 1), _CHANCE))
    return Apart(round(index, _DIGITS), round(chance, _DIGITS))


def split_drift(folder: Path) -> tuple[SplitDrift, ...]:
    """How far validation and test are from train, in what conversations are about and how long they are."""
    rows = _conversations(folder)
    parts = {name: rows.filter(split=name) for name in SPLITS}
    return tuple(
        SplitDrift(name, column, *apart(parts[TRAIN][column], parts[name][column]))
        for name in SPLITS[1:]
        for column in rows.columns
        if column != "split" and parts[name].height and parts[TRAIN].height
    )


def version_drift(before: Path, now: Path) -> tuple[VersionDrift, ...]:
    """How far conversations, chunks and features of one version are from those of another.

    Args:
        before: folder of the version before.
        now: folder of the new one.
    """
    tables = zip(_tables(before), _tables(now), strict=True)
    return tuple(
        VersionDrift(file, column, *apart(old[column], new[column]))
        for (file, old), (_, new) in tables
        for column in new.columns
        if column in old.columns and old.height and new.height
    )


def _tables(folder: Path) -> Iterator[tuple[str, pl.DataFrame]]:
    yield CONVERSATIONS, _conversations(folder)
    yield CHUNKS, pl.read_parquet(folder / CHUNKS, columns=list(_CHUNKS), glob=False)
    features = pl.scan_parquet(folder / FEATURES_FILE, glob=False)
    # Features to score at: the moments of training are those of an earlier version.
    latest = features.filter(pl.col("cut_off_at") == pl.col("cut_off_at").max())
    yield FEATURES_FILE, latest.drop(_NO_FEATURE).collect()


def _conversations(folder: Path) -> pl.DataFrame:
    """`split`, and of each conversation what distributions are told of."""
    message = pl.element().struct
    return (
        pl.scan_parquet(folder / CONVERSATIONS, glob=False)
        .select(
            "split",
            *_TOLD,
            pl.col("messages").list.eval(message.field("text").str.len_chars()).list.sum().alias("characters"),
            pl.col("messages").list.eval(message.field("role") == "customer").list.sum().alias("customer_messages"),
        )
        .collect()
    )


def _side(values: pl.Series, reference: pl.Series, name: str) -> pl.DataFrame:
    """`bin, side` of the values of one column."""
    return pl.DataFrame({"bin": _binned(values, reference)}).with_columns(pl.lit(name).alias("side"))


def _binned(values: pl.Series, reference: pl.Series) -> pl.Series:
    if reference.dtype.is_numeric():
        steps = [reference.quantile(step / BINS, "lower") for step in range(1, BINS)]
        cuts = sorted({float(step) for step in steps if step is not None})
        places = pl.Series(np.searchsorted(np.array(cuts), values.cast(pl.Float64).to_numpy())).cast(pl.String)
        return pl.select(pl.when(values.is_not_null()).then(places)).to_series()
    words = values.cast(pl.String)
    common = reference.cast(pl.String).drop_nulls().value_counts(sort=True).head(_WORDS).to_series()
    is_known = words.is_null() | words.is_in(common.implode())
    return pl.select(pl.when(is_known).then(words).otherwise(pl.lit("others"))).to_series()

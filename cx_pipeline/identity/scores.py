"""What pairs scored before: a night scores only the pairs of which either side, or the rarity of what it says, has changed.

A score is kept under what was compared, not under who was compared: the hashes of the two profiles in their order, in which the
rarity of each value stands in powers of two, and the version of the model. So a night that scores a part ends where scoring
everything would end; which pairs are looked at is decided anew every night, as that costs little.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline.identity.blocking import Ints
from cx_pipeline.identity.comparisons import RARITIES

SCORES = {"left": pl.UInt64, "right": pl.UInt64, "weight": pl.Float32, "is_supported": pl.Boolean}
_KNOWN = {"left": pl.Int64, "right": pl.Int64, "weight": pl.Float64, "is_supported": pl.Boolean}
_SEED = 7


class Scores(NamedTuple):
    """Scores by what was compared, in the order in which it was; `version` names the model and its terms.

    Weights are without the prior, which changes with the number of records. `is_supported`: whether a pair may be one person at
    all; null where its weight was too small to ask.
    """

    version: str
    pairs: pl.DataFrame


class Split(NamedTuple):
    """`known`: `left, right, weight, is_supported` of pairs scored before. `left`, `right`: those to score."""

    known: pl.DataFrame
    left: Ints
    right: Ints


def nothing(version: str) -> Scores:
    return Scores(version, pl.DataFrame(schema=SCORES))


def fingerprints(profiles: pl.DataFrame, rarities: dict[str, pl.DataFrame]) -> pl.Series:
    """What a profile is compared by, rarities included, as one hash.

    Args:
        profiles: as from `profiles.profiles`.
        rarities: by column, `column` and `tf_<column>`.
    """
    told = profiles.drop("node", "source", "id_kinds").with_columns(
        pl.col("ids").list.join(";"),
        *(
            pl.col(column).replace_strict(*rarities[column], default=None, return_dtype=pl.Float64).alias(f"tf_{column}")
            for column in dict.fromkeys(column for _, _, column in RARITIES)
            if column in rarities
        ),
    )
    return told.select(pl.struct(pl.all()).hash(seed=_SEED).alias("print")).to_series()


def split(prints: pl.Series, left: Ints, right: Ints, before: Scores) -> Split:
    """Part pairs of nodes in those that were scored before and those that were not.

    Args:
        prints: as from `fingerprints`, in the order of nodes.
        left, right: nodes.
        before: scores of the same version.
    """
    if before.pairs.is_empty():
        return Split(pl.DataFrame(schema=_KNOWN), left, right)
    asked = keyed(prints, left, right).join(
        before.pairs.rename({"left": "one", "right": "other"}), on=["one", "other"], how="left", maintain_order="left"
    )
    is_known = asked["weight"].is_not_null()
    known = asked.filter(is_known).select("left", "right", pl.col("weight").cast(pl.Float64), "is_supported")
    fresh = ~is_known.to_numpy()
    return Split(known, left[fresh], right[fresh])


def keyed(prints: pl.Series, left: Ints, right: Ints) -> pl.DataFrame:
    """`left, right, one, other`: pairs of nodes and of what they are compared by."""
    return pl.DataFrame({"left": left, "right": right, "one": prints.gather(left), "other": prints.gather(right)})


def noted(prints: pl.Series, scored: pl.DataFrame) -> pl.DataFrame:
    """Scores as they are kept: columns of `SCORES`.

    Args:
        prints: as from `fingerprints`.
        scored: `left, right, weight, is_supported` of pairs that were looked at.
    """
    return scored.select(
        prints.gather(scored["left"]).alias("left"),
        prints.gather(scored["right"]).alias("right"),
        pl.col("weight").cast(pl.Float32),
        pl.col("is_supported"),
    )


def merged(version: str, parts: Sequence[pl.DataFrame]) -> Scores:
    """The scores of this night, for the next: of profiles that say the same every pair scores the same, and is kept once.

    Args:
        version: as in `Scores`.
        parts: as from `noted`, of all pairs that were looked at.
    """
    pairs = pl.concat([pl.DataFrame(schema=SCORES), *parts]).sort("left", "right")
    is_first = pl.col("left").ne_missing(pl.col("left").shift()) | pl.col("right").ne_missing(pl.col("right").shift())
    return Scores(version, pairs.filter(is_first))


def load(folder: Path) -> Scores | None:
    """The scores of the last night; none where there are none, where another version wrote them, or they cannot be read."""
    found = sorted(folder.glob("*.parquet"))
    if len(found) != 1:
        return None
    try:
        pairs = pl.read_parquet(found[0], glob=False)
    except (OSError, pl.exceptions.PolarsError):
        return None
    return Scores(found[0].stem, pairs) if dict(pairs.schema) == SCORES else None


def save(folder: Path, scores: Scores) -> None:
    """Keep the scores in place of those of the night before. They hold hashes and weights only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = folder / ".scores.tmp"
    scores.pairs.write_parquet(aside, compression="zstd", compression_level=1)
    for old in folder.glob("*.parquet"):
        old.unlink()
    aside.replace(folder / f"{scores.version}.parquet")

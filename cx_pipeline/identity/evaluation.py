"""How right a membership is where the truth is known: by pairs of records, and by whole customers.

By pairs, as usual in entity resolution: a pair that was put together, or should have been, counts once, so a large customer
counts by the square of its size. By clusters: a customer counts once, and only where it is exactly one person's records, all of
them and nobody else's (Menestrina, Whang and Garcia-Molina 2010). Pairs are counted, never listed.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl


class Agreement(NamedTuple):
    """Counts of one kind: `found` by us, `true` in truth, `right` in both."""

    found: int
    true: int
    right: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 where nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of what is true that was found; 1 where there was nothing to find."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there was nothing to find and nothing was found."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0


class Evaluation(NamedTuple):
    """Agreement with the truth.

    Attributes:
        records: records whose truth is known; only these are judged.
        pairs: pairs of records that are together.
        clusters: customers that are exactly one person.
    """

    records: int
    pairs: Agreement
    clusters: Agreement


def evaluate(customers: pl.Series, truth: pl.Series) -> Evaluation:
    """Hold a membership against the truth.

    Args:
        customers: of each record, whose it was found to be.
        truth: of each record, in the same order, whose it is; null where nobody knows.
    """
    told = pl.DataFrame({"found": customers, "true": truth}).drop_nulls("true")
    both = told.group_by("found", "true").agg(pl.len().cast(pl.Int64).alias("records"))
    found, true = _sizes(both, "found"), _sizes(both, "true")
    exact = both.join(found, on="found", suffix="_found").join(true, on="true", suffix="_true")
    is_exact = (pl.col("records") == pl.col("records_found")) & (pl.col("records") == pl.col("records_true"))
    return Evaluation(
        told.height,
        Agreement(_pairs(found), _pairs(true), _pairs(both)),
        Agreement(found.height, true.height, exact.filter(is_exact).height),
    )


def _sizes(both: pl.DataFrame, side: str) -> pl.DataFrame:
    return both.group_by(side).agg(pl.col("records").sum())


def _pairs(groups: pl.DataFrame) -> int:
    size = pl.col("records")
    return int(groups.select((size * (size - 1) // 2).sum()).item())

"""Scores of surveys on declared scales, so that those of different tools mean the same."""

from __future__ import annotations

import polars as pl


def nps_group(metric: pl.Expr, score: pl.Expr) -> pl.Expr:
    """Promoter, passive or detractor of a Net Promoter score on 0 to 10; null for other metrics.

    Reichheld, "The One Number You Need to Grow" (2003): promoters answer 9 or 10, detractors 6 or less.
    """
    group = pl.when(score >= 9).then(pl.lit("promoter")).when(score >= 7).then(pl.lit("passive")).otherwise(pl.lit("detractor"))
    return pl.when((metric == "nps") & score.is_between(0, 10)).then(group)

"""Pages of a site, as web events tell of them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

RATINGS = {"good": "good", "needs-improvement": "needs_improvement", "poor": "poor"}
# Up to the first value a metric is good, above the second poor (web.dev, "Web Vitals"): ms, for CLS a plain number.
METRICS: Mapping[str, tuple[float, float]] = {
    "LCP": (2500.0, 4000.0),
    "INP": (200.0, 500.0),
    "CLS": (0.1, 0.25),
    "FCP": (1800.0, 3000.0),
    "TTFB": (800.0, 1800.0),
    "FID": (100.0, 300.0),
}


def path_of(url: pl.Expr) -> pl.Expr:
    """The path of an address without scheme, host, query and fragment; a bare host is the path `/`."""
    path = url.str.strip_chars().str.replace(r"(?s)[?#].*$", "").str.replace(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/]*", "")
    rooted = pl.when(path.str.starts_with("/")).then(path).otherwise(pl.concat_str(pl.lit("/"), path))
    return pl.when(url.str.strip_chars() != "").then(rooted)


def rating(metric: pl.Expr, value: pl.Expr) -> pl.Expr:
    """A value of a page-speed metric against its public thresholds; null for a metric that has none."""
    good = metric.replace_strict({name: good for name, (good, _) in METRICS.items()}, default=None, return_dtype=pl.Float64)
    fair = metric.replace_strict({name: fair for name, (_, fair) in METRICS.items()}, default=None, return_dtype=pl.Float64)
    rated = pl.when(value <= good).then(pl.lit("good")).when(value <= fair).then(pl.lit("needs_improvement"))
    return pl.when(good.is_not_null() & value.is_not_null()).then(rated.otherwise(pl.lit("poor")))

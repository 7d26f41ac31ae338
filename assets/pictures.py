"""Pictures of who is who, for the run's page: counts only, drawn from the clean layer."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from cx_pipeline.identity.rules import SPLINK

if TYPE_CHECKING:
    import altair as alt

    Chart = alt.Chart | alt.LayerChart | alt.FacetChart

_WIDTH, _HEIGHT, _STEP = 460, 220, 18
_BIN_BITS = 2
_LEAST_BITS, _MOST_BITS = -10, 40  # beyond is drawn at the edge
_CERTAIN = 1 - 2.0**-_MOST_BITS
_JOINED, _LEFT = "joined", "left to a person"
_COLOURS = {_JOINED: "#2f6f9f", _LEFT: "#e0a030"}
# Sizes of customers, in records: the first of each step.
_STEPS = (1, 2, 3, 4, 5, 6, 8, 11, 21, 51, 101, 1001)


def pictures(tables: Path, match_probability: float) -> dict[str, str]:
    """Markdown with a picture each, by the name of what it shows; none of what there is nothing of.

    Args:
        tables: folder of the clean tables.
        match_probability: that clusters must have to be one person.
    """
    links = pl.read_parquet(tables / "quality.dedup_decisions.parquet", columns=["rule", "probability"], glob=False)
    waiting = pl.read_parquet(tables / "quality.identity_review.parquet", columns=["probability"], glob=False)
    sizes = pl.read_parquet(tables / "customers.parquet", columns=["record_count"], glob=False)
    blocking = pl.read_parquet(tables / "quality.identity_blocking.parquet", glob=False)
    rules = links.group_by("rule").len("pairs").sort("pairs", "rule", descending=[True, False])
    keys = blocking.filter(pl.col("pairs") > 0).sort("pairs", "key", descending=[True, False])
    told: dict[str, tuple[pl.DataFrame, Callable[[pl.DataFrame], Chart]]] = {
        "match_weights": (match_weights(links, waiting), partial(_weights, match_probability=match_probability)),
        "customer_sizes": (customer_sizes(sizes), _sizes),
        "pairs_by_rule": (rules, _rules),
        "pairs_by_blocking_key": (keys, _keys),
    }
    return {name: _markdown(name, draw(rows)) for name, (rows, draw) in told.items() if rows.height}


def match_weights(links: pl.DataFrame, waiting: pl.DataFrame) -> pl.DataFrame:
    """`bits, until, outcome, pairs`: scored pairs by the weight of their evidence, in steps of `_BIN_BITS`.

    A weight is the base-2 logarithm of the odds that the two are one person.
    """
    told = pl.concat(
        [
            links.filter(rule=SPLINK).select("probability", pl.lit(_JOINED).alias("outcome")),
            waiting.drop_nulls().select("probability", pl.lit(_LEFT).alias("outcome")),
        ]
    )
    odds = pl.col("probability").clip(1 - _CERTAIN, _CERTAIN)
    weight = (odds / (1 - odds)).log(2).clip(_LEAST_BITS, _MOST_BITS - _BIN_BITS)
    first = (weight / _BIN_BITS).floor() * _BIN_BITS
    return (
        told.group_by(first.alias("bits"), "outcome")
        .agg(pl.len().alias("pairs"))
        .with_columns((pl.col("bits") + _BIN_BITS).alias("until"))
        .sort("bits", "outcome")
    )


def customer_sizes(customers: pl.DataFrame) -> pl.DataFrame:
    """`step, records, customers`: how many customers have so many records, in steps from the smallest to the largest."""
    step = pl.Series("step", np.searchsorted(_STEPS, customers["record_count"].to_numpy(), side="right") - 1)
    names = [str(first) if last == first + 1 else f"{first}-{last - 1}" for first, last in pairwise(_STEPS)]
    named = [*names, f"{_STEPS[-1]}+"]
    counted = step.value_counts(name="customers").sort("step")
    return counted.select("step", pl.Series("records", [named[place] for place in counted["step"]]), "customers")


def _weights(rows: pl.DataFrame, match_probability: float) -> Chart:
    import altair as alt  # noqa: PLC0415  # half a second of import, for pictures only

    bars = (
        _chart(rows)
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X(
                "bits:Q", bin="binned", title="weight of all evidence, in bits", scale=alt.Scale(domain=[_LEAST_BITS, _MOST_BITS])
            ),
            x2="until:Q",
            y=alt.Y("pairs:Q", title="pairs"),
            color=alt.Color("outcome:N", title=None, scale=alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values()))),
        )
    )
    threshold = math.log2(match_probability / (1 - match_probability))
    line = _chart(pl.DataFrame({"at": [threshold]})).mark_rule(strokeDash=[4, 3]).encode(x="at:Q")
    return _sized(alt.layer(bars, line), "Scored pairs by weight; dashed: where two become one")


def _sizes(rows: pl.DataFrame) -> Chart:
    import altair as alt  # noqa: PLC0415

    bars = (
        _chart(rows)
        .mark_bar(color=_COLOURS[_JOINED])
        .encode(
            x=alt.X("records:N", title="records of a customer", sort=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y(
                "customers:Q",
                title="customers (logarithmic)",
                scale=alt.Scale(type="symlog"),
                axis=alt.Axis(labels=False, ticks=False, grid=False),
            ),
        )
    )
    return _sized(alt.layer(bars, bars.mark_text(dy=-6, fontSize=10).encode(text=_count("customers"))), "Customers by size")


def _rules(rows: pl.DataFrame) -> Chart:
    return _sized(
        _bars(rows, "rule", "pairs", _COLOURS[_JOINED], "pairs by rule (logarithmic)"),
        "Pairs that hold customers together",
        steps=True,
    )


def _keys(rows: pl.DataFrame) -> Chart:
    """All that a key offers in a light bar, what only it offers in a dark one before it."""
    import altair as alt  # noqa: PLC0415

    told = "pairs that were looked at, dark: only by this key (logarithmic)"
    offered = _bars(rows, "key", "pairs", "#c9d9e6", told)
    only = alt.layer(offered, _bars(rows, "key", "only_here", _COLOURS[_JOINED], told, labelled=False))
    return _sized(only, "Blocking keys", steps=True)


def _bars(rows: pl.DataFrame, names: str, counts: str, colour: str, title: str, *, labelled: bool = True) -> Chart:
    import altair as alt  # noqa: PLC0415

    bars: Chart = (
        _chart(rows)
        .mark_bar(color=colour)
        .encode(
            y=alt.Y(f"{names}:N", title=None, sort=None, axis=alt.Axis(labelLimit=260)),
            x=alt.X(
                f"{counts}:Q",
                title=title,
                # Counts of a few and of millions side by side; the numbers stand beside the bars.
                scale=alt.Scale(type="symlog"),
                axis=alt.Axis(labels=False, ticks=False, grid=False),
            ),
        )
    )
    if not labelled:
        return bars
    return alt.layer(bars, bars.mark_text(align="left", dx=3, fontSize=10, color="black").encode(text=_count(counts)))


def _count(column: str) -> alt.Text:
    import altair as alt  # noqa: PLC0415

    return alt.Text(f"{column}:Q", format=",")


def _chart(rows: pl.DataFrame) -> alt.Chart:
    import altair as alt  # noqa: PLC0415

    return alt.Chart(alt.InlineData(values=rows.to_dicts()))


def _sized(chart: Chart, title: str, *, steps: bool = False) -> Chart:
    import altair as alt  # noqa: PLC0415

    sized: Chart = chart.properties(width=_WIDTH, height=alt.Step(_STEP) if steps else _HEIGHT, title=title)
    return sized


def _markdown(name: str, chart: Chart) -> str:
    """The picture inside the text, so that the page needs nothing but itself."""
    picture = io.StringIO()
    chart.save(picture, format="svg")
    return f"![{name.replace('_', ' ')}](data:image/svg+xml;base64,{base64.b64encode(picture.getvalue().encode()).decode()})"

"""`python -m bench plot RESULTS... --out docs/speed.svg`: time and memory against interactions, both axes logarithmic.

Two panels, a line a subject, drawn from the results of `python -m bench`. Colours are those of Okabe and Ito, which people who
see colours differently tell apart; symbols differ too. Memory of what was extrapolated from a sample is not shown. A suffix
.png draws a raster image. What was drawn is written beside the picture, as JSON that `laws` and `plot` read again.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from bench.laws import Point, newest, read

if TYPE_CHECKING:
    import altair as alt

_STYLES = {  # what each line is called, its colour and symbol
    "ours": ("cx_pipeline, the whole night", "#0072B2", "circle"),
    "whole": ("cx_pipeline run, with Dagster", "#56B4E9", "circle"),
    "floor": ("floor: parse and load, no scrubbing", "#000000", "square"),
    "pandas": ("pandas + Pandera + patterns (a part)", "#D55E00", "triangle-up"),
    "duckdb": ("DuckDB SQL (a part)", "#E69F00", "diamond"),
    "splink": ("Splink (identity alone)", "#009E73", "cross"),
    "presidio": ("Presidio, no language model (redaction alone)", "#CC79A7", "triangle-down"),
}
_WIDTH, _HEIGHT = 360, 330
_STEPS, _MOST_TICKS = (1, 2, 5), 9
_LABEL = (
    "datum.value >= 1e6 ? format(datum.value / 1e6, ',') + 'M' : "
    "datum.value >= 1e3 ? format(datum.value / 1e3, ',') + 'k' : format(datum.value, ',')"
)


def main(arguments: Sequence[str]) -> None:
    """Draw the picture."""
    parser = argparse.ArgumentParser(prog="python -m bench plot", description="draw results")
    parser.add_argument("results", nargs="+", type=Path, help="JSON files of `python -m bench`")
    parser.add_argument("--out", type=Path, required=True, help="an .svg or .png file")
    given = parser.parse_args(arguments)
    told = given.out.with_suffix(".json")
    told.write_text(json.dumps({"results": newest(given.results)}, indent=1) + "\n", encoding="utf-8")
    chart = drawn(read([told]))
    chart.save(str(given.out), scale_factor=2 if given.out.suffix == ".png" else 1)
    print(f"written: {given.out}, {told}")


def drawn(points: Mapping[str, Sequence[Point]]) -> alt.HConcatChart:
    """The two panels."""
    import altair as alt  # noqa: PLC0415  # half a second of import, for pictures only

    rows = [{"subject": _STYLES[subject][0], **asdict(point)} for subject in _STYLES for point in points.get(subject, ())]
    shown = [style for subject, style in _STYLES.items() if subject in points]
    frame = pl.DataFrame(rows)
    panels = [
        _panel(frame, shown, "seconds", "seconds (wall time)", "Time"),
        _panel(frame.filter(~pl.col("is_extrapolated")), shown, "peak_mb", "MB (most memory held)", "Memory"),
    ]
    chart: alt.HConcatChart = (
        alt.hconcat(*panels, spacing=40)
        .configure(font="sans-serif", background="white", padding=12)
        .configure_view(stroke="#bbbbbb")
        .configure_axis(labelFontSize=12, titleFontSize=13, titleFontWeight="normal", gridColor="#e6e6e6")
        .configure_title(fontSize=15, anchor="start", offset=12)
        .configure_legend(labelFontSize=12, labelLimit=400, symbolSize=90, columns=2, rowPadding=6, columnPadding=24, offset=16)
    )
    return chart


def _panel(
    rows: pl.DataFrame, shown: Sequence[tuple[str, str, str]], column: str, title: str, name: str
) -> alt.LayerChart | alt.FacetChart:
    import altair as alt  # noqa: PLC0415

    names, colours, symbols = zip(*shown, strict=True)
    domain = list(names)
    base = alt.Chart(alt.InlineData(values=rows.to_dicts())).encode(
        x=alt.X("interactions:Q", title="interactions", scale=_scale(rows["interactions"]), axis=_axis(rows["interactions"])),
        y=alt.Y(f"{column}:Q", title=title, scale=_scale(rows[column]), axis=_axis(rows[column])),
        color=alt.Color(
            "subject:N", title=None, scale=alt.Scale(domain=domain, range=list(colours)), legend=alt.Legend(orient="bottom")
        ),
        shape=alt.Shape("subject:N", title=None, scale=alt.Scale(domain=domain, range=list(symbols))),
    )
    layers = alt.layer(base.mark_line(strokeWidth=2), base.mark_point(filled=True, size=80, opacity=1))
    return layers.properties(width=_WIDTH, height=_HEIGHT, title=name)


def _scale(values: pl.Series) -> alt.Scale:
    import altair as alt  # noqa: PLC0415

    ticks = _ticks(values)
    return alt.Scale(type="log", domain=[ticks[0], ticks[-1]], nice=False)


def _axis(values: pl.Series) -> alt.Axis:
    import altair as alt  # noqa: PLC0415

    return alt.Axis(values=_ticks(values), labelExpr=_LABEL, labelOverlap=False, tickSize=4)


def _ticks(values: pl.Series) -> list[float]:
    """1, 2 and 5 of every power of ten around the values, both ends included; of many only the powers stay between the ends."""
    least, most = (float(value) for value in values.sort().gather([0, -1]))
    powers = range(math.floor(math.log10(least)) - 1, math.ceil(math.log10(most)) + 2)
    steps = [step * 10.0**power for power in powers for step in _STEPS]
    low = max(step for step in steps if step <= least)
    high = min(step for step in steps if step >= most and step > low)  # one value alone is no axis
    around = [step for step in steps if low <= step <= high]
    if len(around) <= _MOST_TICKS:
        return around
    return [step for step in around if step in (low, high) or f"{step:e}".startswith("1.0")]


if __name__ == "__main__":
    main(sys.argv[1:])

"""The picture of results: every subject has a line, axes end where values do."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from bench.laws import Point, read
from bench.plot import _ticks, drawn, main


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([3.0, 30.0], [2, 5, 10, 20, 50]),
        ([1.0, 10.0], [1, 2, 5, 10]),
        ([0.3, 70_000.0], [0.2, 1, 10, 100, 1000, 10_000, 100_000]),
        ([5.0, 5.0], [5, 10]),
    ],
)
def test_axes_begin_and_end_at_round_numbers(values: list[float], ticks: list[float]) -> None:
    assert _ticks(pl.Series(values)) == pytest.approx(ticks)


def test_memory_of_a_sample_is_not_shown() -> None:
    points = {"ours": [Point(1000, 10.0, 100.0)], "presidio": [Point(1000, 90.0, 50.0, is_extrapolated=True)]}
    chart = drawn(points).to_dict()
    shown = [[row["subject"] for row in chart["datasets"][panel["data"]["name"]]] for panel in chart["hconcat"]]
    assert shown == [
        ["cx_pipeline, the whole night", "Presidio, no language model (redaction alone)"],
        ["cx_pipeline, the whole night"],
    ]


def test_a_picture_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def row(seconds: float) -> dict[str, object]:
        return {"subject": "pandas", "seconds": seconds, "peak_mb": 10 * seconds, "is_extrapolated": False}

    results = [{"size": size, "interactions": size, "table": [row(size / 100)]} for size in (1000, 20_000)]
    (tmp_path / "a.json").write_text(json.dumps({"at": "2026", "results": results}), encoding="utf-8")
    target = tmp_path / "speed.svg"
    main([str(tmp_path / "a.json"), "--out", str(target)])
    assert capsys.readouterr().out == f"written: {target}, {tmp_path / 'speed.json'}\n"
    assert read([tmp_path / "speed.json"]) == read([tmp_path / "a.json"])
    drawn = target.read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    for word in ("pandas + Pandera + patterns", "seconds (wall time)", "MB (most memory held)", "20k"):
        assert word in drawn

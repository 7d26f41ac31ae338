"""Laws of growth, fitted on points whose law is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.laws import Point, fitted, law, main, newest, read


def _result(folder: Path, name: str, at: str, sizes: dict[int, tuple[float, float]], subject: str = "ours") -> Path:
    results = [
        {"size": size, "interactions": size, "table": [_row(subject, seconds, peak_mb)]}
        for size, (seconds, peak_mb) in sizes.items()
    ]
    path = folder / name
    path.write_text(json.dumps({"at": at, "results": results}), encoding="utf-8")
    return path


def _row(subject: str, seconds: float | None, peak_mb: float | None, *, is_extrapolated: bool = False) -> dict[str, Any]:
    return {"subject": subject, "seconds": seconds, "peak_mb": peak_mb, "is_extrapolated": is_extrapolated}


def test_a_power_law_and_a_line_are_found_again() -> None:
    found = law("ours", [Point(size, 2e-4 * size**1.25, 300 + 900 * size / 1e6) for size in (10_000, 100_000, 1_000_000)])
    assert found.exponent == pytest.approx(1.25)
    assert found.factor == pytest.approx(2e-4)
    assert (found.base_mb, found.mb_a_million) == pytest.approx((300, 900))
    assert (found.time_r2, found.memory_r2) == pytest.approx((1, 1))
    assert found.time_over_linear == pytest.approx(100 * (10**0.25 - 1))
    assert found.memory_over_linear == pytest.approx(100 * (1200 / 390 / 10 - 1))
    assert found.sizes == (10_000, 100_000, 1_000_000)


@pytest.mark.parametrize(
    ("ys", "intercept", "slope", "r2"),
    [
        ([1.0, 3.0, 5.0], 1, 2, 1),
        ([4.0, 4.0, 4.0], 4, 0, 1),
        ([0.0, 3.0, 0.0], 1, 0, 0),
        ([0.0, 1.0, 5.0], -0.5, 2.5, 12.5 / 14),
    ],
)
def test_the_line_of_least_squares(ys: list[float], intercept: float, slope: float, r2: float) -> None:
    assert fitted([0, 1, 2], ys) == pytest.approx((intercept, slope, r2))


def test_of_one_size_the_newest_result_counts(tmp_path: Path) -> None:
    new = _result(tmp_path, "a.json", "2026-02-01T00:00:00+00:00", {100: (5.0, 50.0)})
    old = _result(tmp_path, "b.json", "2026-01-01T00:00:00+00:00", {100: (9.0, 90.0), 200: (18.0, 100.0)})
    assert read([new, old]) == {"ours": [Point(100, 5.0, 50.0), Point(200, 18.0, 100.0)]}


def test_what_is_newest_tells_when_it_was_measured_and_is_read_again(tmp_path: Path) -> None:
    new = _result(tmp_path, "a.json", "2026-02-01T00:00:00+00:00", {100: (5.0, 50.0)})
    old = _result(tmp_path, "b.json", "2026-01-01T00:00:00+00:00", {100: (9.0, 90.0), 200: (18.0, 100.0)})
    peer = _result(tmp_path, "c.json", "2026-01-15T00:00:00+00:00", {100: (7.0, 70.0)}, subject="pandas")
    told = newest([new, old, peer])
    assert [(result["size"], result["at"][:10], [row["seconds"] for row in result["table"]]) for result in told] == [
        (100, "2026-01-15", [7.0]),
        (100, "2026-02-01", [5.0]),
        (200, "2026-01-01", [18.0]),
    ]
    (tmp_path / "kept.json").write_text(json.dumps({"results": told}), encoding="utf-8")
    assert newest([tmp_path / "kept.json"]) == told
    assert read([tmp_path / "kept.json"]) == read([new, old, peer])


def test_laws_are_shown_and_returned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _result(tmp_path, "a.json", "2026-02-01T00:00:00+00:00", {1_000_000: (100.0, 2000.0), 2_000_000: (220.0, 3000.0)})
    (told,) = main([str(path)])
    assert told["exponent"] == pytest.approx(1.1375, abs=1e-4)
    title, time, memory = capsys.readouterr().out.splitlines()
    assert title == "ours (1,000,000, 2,000,000 interactions)"
    assert "interactions^1.138 s, R2 1.0000; last step +10.0 % beside linear" in time
    assert "memory  1000 + 1000 * millions MB, R2 1.0000; last step -25.0 % beside linear" in memory
    main([str(path), "--json"])
    assert json.loads(capsys.readouterr().out) == [{**told, "sizes": [1_000_000, 2_000_000]}]


def test_what_was_skipped_or_extrapolated_has_no_law(tmp_path: Path) -> None:
    rows = [_row("ours", 1.0, 10.0), _row("splink", None, None), _row("presidio", 7.0, 70.0, is_extrapolated=True)]
    results = [{"size": size, "interactions": size, "table": rows} for size in (10, 20)]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"at": "2026", "results": results}), encoding="utf-8")
    assert [told["subject"] for told in main([str(path)])] == ["ours"]


def test_one_size_has_no_law(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _result(tmp_path, "a.json", "2026", {100: (5.0, 50.0)})
    with pytest.raises(SystemExit):
        main([str(path)])
    assert "at least 2 sizes" in capsys.readouterr().err

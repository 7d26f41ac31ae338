"""The table of all subjects: medians, ratios to the floor, and what was skipped."""

from __future__ import annotations

from bench.child import Measured
from bench.table import rows_of, table_lines, whole_work

_LAPS = [
    {"stage": "load", "seconds": 1.0, "cpu_seconds": 0.5, "peak_bytes": 5_000_000},
    {"stage": "redact", "seconds": 2.0, "cpu_seconds": 1.5, "peak_bytes": 9_000_000},
]
_TAKEN = {
    "floor": Measured(2.0, 4.0, 1, {"stages": []}),
    "ours": Measured(10.0, 12.0, 1, {"stages": _LAPS}),
    "presidio": Measured(4.0, 3.0, 1, {"stages": _LAPS, "does": "a part", "scaled": {"stage": "redact", "factor": 11}}),
}
_PEAKS = {"floor": 100.0, "ours": 900.0, "presidio": 50.0}


def test_a_subject_is_a_row() -> None:
    floor, ours, presidio, splink = rows_of(3000, _TAKEN, _PEAKS, {"splink": "no reason"})
    assert (floor.ratio, floor.cpu_ratio) == (1, 1)
    assert (ours.seconds, ours.ratio, ours.cpu_ratio, ours.peak_mb) == (10, 5, 3, 900)
    assert (ours.is_extrapolated, presidio.is_extrapolated) == (False, True)
    assert (presidio.seconds, presidio.ratio, presidio.cpu_ratio) == (24, 12, 4.5)
    assert (splink.seconds, splink.does) == (None, "skipped: no reason")
    assert [len(row.stages) for row in (floor, ours, presidio, splink)] == [0, 2, 0, 0]


def test_only_the_lap_of_the_sample_is_scaled() -> None:
    assert whole_work(_TAKEN["ours"]) == (10, 12)
    assert whole_work(_TAKEN["presidio"]) == (4 + 2 * 10, 3 + 1.5 * 10)


def test_lines_stand_under_their_heads() -> None:
    lines = list(table_lines(rows_of(3000, _TAKEN, _PEAKS, {"splink": "no reason"})))
    assert [line.split()[:6] for line in lines] == [
        ["size", "subject", "seconds", "ratio", "cpu_ratio", "peak_mb"],
        ["3000", "floor", "2.00", "1.00", "1.00", "100"],
        ["3000", "ours", "10.00", "5.00", "3.00", "900"],
        ["load", "1.00", "5"],
        ["redact", "2.00", "9"],
        ["3000", "presidio", "~24.00", "12.00", "4.50", "50"],
        ["3000", "splink", "-", "-", "-", "-"],
    ]
    assert (
        len({line.index("seconds") + len("seconds") if "seconds" in line else line.index("2.00") + 4 for line in lines[:2]}) == 1
    )
    assert lines[-1].endswith("skipped: no reason")

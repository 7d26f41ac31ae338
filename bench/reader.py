"""A clean CSV read, checked and landed, beside Polars' own scan to Parquet.

`python -m bench.reader [ROWS …]`; 500,000 records of 8 columns are 176 MB. Closes with one line a size:
`rows ours_s polars_s speed ours_mb polars_mb`, where speed is how fast ours is beside Polars (1 is as fast) and memory is
what the work took at its peak.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.child import measure
from bench.report import RESULTS, keep

_ROWS, _ROWS_AT_ONCE = 500_000, 50_000
_SUBJECTS = ("polars", "ours")


def main(arguments: Sequence[str]) -> None:
    """Measure both readers in turn on files of every size, show the medians and keep all rounds as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.reader", description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, help="records of the file")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    results = [compared(rows, given.repeat) for rows in given.rows or [_ROWS]]
    print(f"results: {keep('reader', results, given.results)}")
    print("# rows ours_s polars_s speed ours_mb polars_mb")
    for one in results:
        print(
            f"{one['rows']} {one['ours_s']:.2f} {one['polars_s']:.2f} {one['speed']:.2f}"
            f" {one['ours_mb']:.0f} {one['polars_mb']:.0f}"
        )


def compared(rows: int, repeat: int, warm_up: int = 1) -> dict[str, Any]:
    """Both readers on one file in turn; the first `warm_up` rounds do not count.

    Raises:
        AssertionError: when a reader did not land every record.
    """
    rounds: dict[str, list[dict[str, Any]]] = {subject: [] for subject in _SUBJECTS}
    with tempfile.TemporaryDirectory(prefix="cx_pipeline-reader-") as folder:
        file = Path(folder) / "clean.csv"
        measure(["-m", "bench.reader_work", "write", str(file), str(rows), str(_ROWS_AT_ONCE)], tells=False)
        size = file.stat().st_size
        for number in range(warm_up + repeat):
            for subject in _SUBJECTS:
                told = measure(["-m", "bench.reader_work", subject, str(file), f"{folder}/{subject}-{number}"]).told
                assert told["records"] == rows, f"{subject} landed {told['records']} records of {rows}"
                if number >= warm_up:
                    rounds[subject].append(told["stages"][0])
    seconds = {subject: statistics.median(lap["seconds"] for lap in rounds[subject]) for subject in _SUBJECTS}
    peaks = {subject: max(lap["peak_bytes"] for lap in rounds[subject]) / 1e6 for subject in _SUBJECTS}
    return {
        "rows": rows,
        "file_bytes": size,
        "ours_s": seconds["ours"],
        "polars_s": seconds["polars"],
        "speed": seconds["polars"] / seconds["ours"],
        "ours_mb": peaks["ours"],
        "polars_mb": peaks["polars"],
        "rounds": rounds,
    }


if __name__ == "__main__":
    main(sys.argv[1:])

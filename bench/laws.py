"""`python -m bench laws [RESULTS...]`: how time and memory grow with the number of interactions, fitted on kept results.

Time: seconds = a * interactions^b, by least squares of logarithms; b = 1 is linear. Memory: MB = a + b * millions of
interactions, by least squares. R2 is of what was fitted: of logarithms for time, of MB for memory; with two sizes it is 1 and
says nothing. What was extrapolated from a sample is left out. Without files, all kept nights are read; of several results of
one size the newest counts. `--json` prints JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.report import RESULTS

_MILLION = 1e6
_FEWEST = 2  # sizes, for a line
_TOLD = ("at", "machine", "size", "interactions", "raw_bytes")


@dataclass(frozen=True)
class Point:
    """One subject at one size. Where the time is extrapolated from a sample, memory is the sample's."""

    interactions: int
    seconds: float
    peak_mb: float
    is_extrapolated: bool = False


@dataclass(frozen=True)
class Law:
    """What was fitted for one subject.

    Attributes:
        subject: ours, the floor or a peer.
        sizes: interactions that were measured, ascending.
        factor, exponent, time_r2: seconds = factor * interactions^exponent.
        base_mb, mb_a_million, memory_r2: MB = base_mb + mb_a_million * millions of interactions.
        time_over_linear: percent by which the time of the largest size is beyond that of the one before, scaled; below 0 where
            it grows less than the size does.
        memory_over_linear: the same of memory.
    """

    subject: str
    sizes: tuple[int, ...]
    factor: float
    exponent: float
    time_r2: float
    base_mb: float
    mb_a_million: float
    memory_r2: float
    time_over_linear: float
    memory_over_linear: float


def main(arguments: Sequence[str]) -> list[dict[str, Any]]:
    """Fit, show and return the laws of all subjects that were measured at two sizes at least."""
    parser = argparse.ArgumentParser(prog="python -m bench laws", description="how time and memory grow")
    parser.add_argument("results", nargs="*", type=Path, help="JSON files of `python -m bench`; all kept ones when not given")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    points = read(given.results or sorted(RESULTS.glob("night-*.json")))
    laws = [
        law(subject, measured)
        for subject, measured in points.items()
        if len(measured) >= _FEWEST and not any(point.is_extrapolated for point in measured)
    ]
    if not laws:
        parser.error(f"a law needs results of at least {_FEWEST} sizes")
    told = [asdict(item) for item in laws]
    print(json.dumps(told, indent=1) if given.json else "\n".join(line for item in laws for line in _lines(item)))
    return told


def read(results: Iterable[Path]) -> dict[str, list[Point]]:
    """The points of every subject, by ascending size."""
    found: dict[str, list[Point]] = {}
    for result in newest(results):
        for row in result["table"]:
            point = Point(result["interactions"], row["seconds"], row["peak_mb"], row["is_extrapolated"])
            found.setdefault(row["subject"], []).append(point)
    return found


def newest(results: Iterable[Path]) -> list[dict[str, Any]]:
    """Of every size and subject the newest row, without those that were skipped.

    Returns:
        Results as in the files, by ascending size, each with `at` and `machine`: when and on what its rows were measured.
    """
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in results]
    each = [{name: one[name] for name in ("at", "machine") if name in one} | result for one in kept for result in one["results"]]
    each.sort(key=lambda result: (result["size"], str(result["at"])))
    last = {(result["size"], row["subject"]): row for result in each for row in result["table"] if row["seconds"] is not None}
    told = [
        {name: result[name] for name in _TOLD if name in result}
        | {"table": [row for row in result["table"] if last.get((result["size"], row["subject"])) is row]}
        for result in each
    ]
    return [result for result in told if result["table"]]


def law(subject: str, points: Sequence[Point]) -> Law:
    """The laws of one subject of points of ascending size."""
    sizes = [point.interactions for point in points]
    log_factor, exponent, time_r2 = fitted([math.log(size) for size in sizes], [math.log(point.seconds) for point in points])
    base, slope, memory_r2 = fitted([size / _MILLION for size in sizes], [point.peak_mb for point in points])
    before, last = points[-2:]
    scale = last.interactions / before.interactions
    return Law(
        subject=subject,
        sizes=tuple(sizes),
        factor=math.exp(log_factor),
        exponent=exponent,
        time_r2=time_r2,
        base_mb=base,
        mb_a_million=slope,
        memory_r2=memory_r2,
        time_over_linear=100 * (last.seconds / before.seconds / scale - 1),
        memory_over_linear=100 * (last.peak_mb / before.peak_mb / scale - 1),
    )


def fitted(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float, float]:
    """Intercept, slope and R2 of the line of least squares; R2 is 1 where all of `ys` are one value."""
    x_mean, y_mean = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    spread = math.fsum((x - x_mean) ** 2 for x in xs)
    slope = math.fsum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)) / spread
    intercept = y_mean - slope * x_mean
    missed = math.fsum((y - intercept - slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
    total = math.fsum((y - y_mean) ** 2 for y in ys)
    return intercept, slope, 1 - missed / total if total else 1.0


def _lines(item: Law) -> list[str]:
    sizes = ", ".join(f"{size:,}" for size in item.sizes)
    time = f"{item.factor:.3g} * interactions^{item.exponent:.3f} s"
    memory = f"{item.base_mb:.0f} + {item.mb_a_million:.0f} * millions MB"
    return [
        f"{item.subject} ({sizes} interactions)",
        f"  time    {time}, R2 {item.time_r2:.4f}; last step {item.time_over_linear:+.1f} % beside linear",
        f"  memory  {memory}, R2 {item.memory_r2:.4f}; last step {item.memory_over_linear:+.1f} % beside linear",
    ]


if __name__ == "__main__":
    main(sys.argv[1:])

"""`python -m bench.marts 1000000`: all marts over so many interactions, mart by mart.

The tables are those of an invented world of every vendor, published once and kept, and then copied as often as it takes: every
copy has customers, interactions and times of its own ids. A line a mart: wall time, processor time and most memory (10^6 bytes);
scoring words is measured apart, as it is done once a text. What the tables are made with is not counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.child import compile_once, measure
from bench.report import RESULTS, keep

WORK = Path(tempfile.gettempdir()) / "cx_pipeline-bench"
CUSTOMERS = 8_000
_SIZES = [1_000_000]
_SEED = 11
_LOAD, _WORDS = "load", "marts.sentiment"


def main(arguments: Sequence[str]) -> None:
    """Measure every size, show it and keep it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.marts", description="all marts, at size")
    parser.add_argument("sizes", nargs="*", type=_sizes, help="interactions, separated by commas or spaces")
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of the world that is copied")
    parser.add_argument("--seed", type=int, default=_SEED, help="another seed is another world")
    parser.add_argument("--work", type=Path, default=WORK, help="where worlds are kept")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where results are written")
    given = parser.parse_args(arguments)
    compile_once(["bench.marts_work"])
    world = given.work.absolute() / f"marts-{given.customers}-{given.seed}"
    if not (world / "data" / "clean" / "cx.duckdb").is_file():
        world.mkdir(parents=True, exist_ok=True)
        measure(["-m", "bench.marts_work", "publish", str(world), str(given.customers), str(given.seed)], tells=False)
    taken = []
    for size in [size for sizes in given.sizes for size in sizes] or _SIZES:
        taken.append(_measured(world, size))
        print(*_lines(taken[-1]), sep="\n", flush=True)
    print(f"results: {keep('marts', taken, given.results)}")


def _sizes(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def _measured(world: Path, size: int) -> dict[str, Any]:
    """The copies are made in a process of its own, so that its memory is not counted."""
    with tempfile.TemporaryDirectory(prefix="cx_pipeline-bench-") as folder:
        measure(["-m", "bench.marts_work", "copy", str(world), folder, str(size)], tells=False)
        told = measure(["-m", "bench.marts_work", "build", folder]).told
    return {"size": size, **told}


def _lines(taken: Mapping[str, Any]) -> list[str]:
    laps = [lap for lap in taken["stages"] if lap["stage"] != _LOAD]
    marts = [lap for lap in laps if lap["stage"] != _WORDS]
    total = {
        "stage": f"all marts over {taken['interactions']} interactions",
        "seconds": sum(lap["seconds"] for lap in marts),
        "cpu_seconds": sum(lap["cpu_seconds"] for lap in marts),
        "peak_bytes": max(lap["peak_bytes"] for lap in marts),
    }
    return ["# wall_s cpu_s peak_mb mart", *map(_line, [*laps, total])]


def _line(lap: Mapping[str, Any]) -> str:
    return f"{lap['seconds']:.2f} {lap['cpu_seconds']:.2f} {lap['peak_bytes'] / 1e6:.0f} {lap['stage']}"


if __name__ == "__main__":
    main(sys.argv[1:])

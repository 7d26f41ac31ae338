"""`python -m bench 100000,1000000`: our nightly run beside the floor, and beside peers with `--peers` or `PEERS=1`.

By stage first, then a table of all subjects, each with what it does; at the end one line a size: `size ours_s floor_s ratio
cpu_ratio peak_mb` (interactions asked for; median wall time of whole processes; the first over the second, of wall and of
processor time; most memory of ours, in 10^6 bytes).

`python -m bench laws`, `plot` and `nights` are told of in the modules of these names.
"""

from __future__ import annotations

import argparse
import os
import runpy
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.night import Plan, measured
from bench.report import RESULTS, keep, stage_lines
from bench.table import table_lines

_DEFAULT_SIZES = [100_000]
_OTHERS = ("laws", "nights", "plot")
WORK = Path(tempfile.gettempdir()) / "cx_pipeline-bench"


def main(arguments: Sequence[str]) -> None:
    """Measure every size, show it and keep it as JSON."""
    if arguments and arguments[0] in _OTHERS:
        sys.argv = [f"python -m bench {arguments[0]}", *arguments[1:]]
        runpy.run_module(f"bench.{arguments[0]}", run_name="__main__")
        return
    given = _parser().parse_args(arguments)
    given.work.mkdir(parents=True, exist_ok=True)
    plan = Plan(given.seed, given.work.absolute(), given.repeat, given.warm_up, given.whole, given.peers)
    nights = []
    for size in [size for sizes in given.sizes for size in sizes] or _DEFAULT_SIZES:
        night = measured(size, plan)
        nights.append(night)
        print(*stage_lines(night), sep="\n", flush=True)
    print(f"results: {keep('night', [night.as_json() for night in nights], given.results)}")
    print(*table_lines(row for night in nights for row in night.table()), sep="\n")
    print("# size ours_s floor_s ratio cpu_ratio peak_mb")
    print(*(night.closing_line() for night in nights), sep="\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="our nightly run beside the floor")
    parser.add_argument("sizes", nargs="*", type=_sizes, help="interactions, separated by commas or spaces")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another world")
    parser.add_argument("--repeat", type=_positive, help="measured rounds: 3, and 1 from a million on, when not given")
    parser.add_argument("--warm-up", type=int, help="rounds that do not count: 1, and 0 from a million on, when not given")
    parser.add_argument("--whole", action="store_true", help="measure cx-pipeline run, with Dagster, too")
    asked = os.environ.get("PEERS", "") not in ("", "0")
    parser.add_argument("--peers", action="store_true", default=asked, help="measure other ways to do the work too")
    parser.add_argument("--work", type=Path, default=WORK, help="where worlds are kept")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where results are written")
    return parser


def _sizes(text: str) -> list[int]:
    return [_positive(part) for part in text.split(",") if part]


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a number of at least 1 is needed")
    return number


if __name__ == "__main__":
    main(sys.argv[1:])

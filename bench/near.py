"""`python -m bench.near 50000`: near-duplicates among so many invented texts, from texts to verified pairs, and how right.

A quarter of the texts has a near copy with one, two or six words changed; which of these are duplicates is worked out by sets of
runs in plain Python. A line a size: texts a second of wall time and of processor time (the second says what one processor does,
however busy the machine is), precision, recall, true pairs, and most memory (10^6 bytes), texts included.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.child import Measured, compile_once, measure
from bench.report import RESULTS, keep

_SIZES = [50_000]
_TITLE = "# texts texts_a_second texts_a_cpu_second precision recall pairs peak_mb"


def main(arguments: Sequence[str]) -> None:
    """Measure every size, show a line each and keep them as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.near", description="near-duplicates, at size")
    parser.add_argument("sizes", nargs="*", type=int, help="texts")
    parser.add_argument("--seed", type=int, default=1, help="another seed is other texts")
    parser.add_argument("--repeat", type=int, default=3, help="rounds")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where results are written")
    given = parser.parse_args(arguments)
    compile_once(["bench.near_work"])
    taken = []
    print(_TITLE, flush=True)
    for size in given.sizes or _SIZES:
        rounds = [measure(["-m", "bench.near_work", str(size), str(given.seed)]) for _ in range(given.repeat)]
        taken.append(_result(rounds))
        print(_line(taken[-1]), flush=True)
    print(f"results: {keep('near', taken, given.results)}")


def _result(rounds: Sequence[Measured]) -> dict[str, Any]:
    told = rounds[0].told
    return {
        **{name: told[name] for name in ("texts", "pairs", "precision", "recall")},
        "texts_a_second": told["texts"] / median(_lap(taken)["seconds"] for taken in rounds),
        "texts_a_cpu_second": told["texts"] / median(_lap(taken)["cpu_seconds"] for taken in rounds),
        "peak_mb": max(_lap(taken)["peak_bytes"] for taken in rounds) / 1e6,
    }


def _lap(taken: Measured) -> Mapping[str, Any]:
    lap: Mapping[str, Any] = taken.told["stages"][-1]
    return lap


def _line(result: Mapping[str, Any]) -> str:
    return "{texts} {texts_a_second:.0f} {texts_a_cpu_second:.0f} {precision:.4f} {recall:.4f} {pairs} {peak_mb:.0f}".format(
        **result
    )


if __name__ == "__main__":
    main(sys.argv[1:])

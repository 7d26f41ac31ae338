"""`python -m bench.identity 100000,1000000`: who is who among so many records of an invented population, and how right it is.

A line a size and share of people whose only mailbox several use: wall time, processor time and most memory (10^6 bytes) of
resolving with the stored model; processor time of a night on which one record in a hundred changed; precision, recall and F1 of
pairs, and F1 of whole customers; and both F1 of what the exact rules alone hold together in the same run. What the population is
made with is not counted.
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

_SIZES = [100_000, 1_000_000]
_SHARES = (0.02, 0.3)
_SEED = 4_711
_TITLE = "# records shared wall_s cpu_s peak_mb night_cpu_s precision recall f1 customers_f1 rules_f1 rules_customers_f1"


def main(arguments: Sequence[str]) -> None:
    """Measure every size and share, show a line each and keep them as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.identity", description="who is who, at size")
    parser.add_argument("sizes", nargs="*", type=_sizes, help="records, separated by commas or spaces")
    parser.add_argument("--seed", type=int, default=_SEED, help="another seed is another population")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where results are written")
    given = parser.parse_args(arguments)
    compile_once(["bench.identity_work"])
    taken = []
    print(_TITLE, flush=True)
    for size in [size for sizes in given.sizes for size in sizes] or _SIZES:
        for share in _SHARES:
            taken.append(_measured(size, share, given.seed))
            print(_line(taken[-1]), flush=True)
    print(f"results: {keep('identity', taken, given.results)}")


def _sizes(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def _measured(size: int, share: float, seed: int) -> dict[str, Any]:
    """The population is made in a process of its own, so that its memory is not counted."""
    with tempfile.TemporaryDirectory(prefix="cx_pipeline-bench-") as folder:
        measure(["-m", "bench.identity_work", "make", folder, str(size), str(share), str(seed)], tells=False)
        told = measure(["-m", "bench.identity_work", "resolve", folder]).told
    return {"size": size, "shared_mailboxes": share, "seed": seed, **told}


def _line(taken: Mapping[str, Any]) -> str:
    lap, night = taken["stages"]
    pairs, rules = taken["ours"]["pairs"], taken["rules"]
    cost = f"{lap['seconds']:.1f} {lap['cpu_seconds']:.1f} {lap['peak_bytes'] / 1e6:.0f} {night['cpu_seconds']:.1f}"
    scores = [*(pairs[name] for name in ("precision", "recall", "f1")), taken["ours"]["customers"]["f1"]]
    alone = [rules["pairs"]["f1"], rules["customers"]["f1"]]
    return f"{taken['records']} {taken['shared_mailboxes']} {cost} {' '.join(f'{score:.4f}' for score in (*scores, *alone))}"


if __name__ == "__main__":
    main(sys.argv[1:])

"""`python -m bench.redact 100000`: redaction beside the floor, a chain of eight tuned regular expressions in Polars.

Every subject is a process of its own, over the same made-up messages: `floor`, `ours`, `own` (ours with a profile for every
text), and `presidio` on a hundredth of them where it is installed. The last lines:
`size subject texts_a_second ratio cpu_us_a_text peak_mb` (median of the rounds; the ratio is the subject's time over the floor's;
microseconds of processors; peak in 10^6 bytes).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from bench.child import Measured, compile_once, measure
from bench.report import RESULTS, keep

_SUBJECTS = ("floor", "ours", "own")
_SHARE_OF_PRESIDIO = 100


def main(arguments: Sequence[str]) -> None:
    """Measure, show the closing lines and keep them as JSON."""
    given = _parser().parse_args(arguments)
    subjects = (*_SUBJECTS, *(["presidio"] if find_spec("presidio_analyzer") else []))
    compile_once(["bench.redact_work"])
    taken: dict[str, list[Measured]] = {subject: [] for subject in subjects}
    for _ in range(given.repeat):
        for subject in subjects:
            size = given.size // _SHARE_OF_PRESIDIO if subject == "presidio" else given.size
            taken[subject].append(measure(["-m", "bench.redact_work", subject, str(size), str(given.seed)]))
    floor = median(_seconds(each) / each.told["texts"] for each in taken["floor"])
    results = [_result(subject, rounds, floor) for subject, rounds in taken.items()]
    print(f"results: {keep('redact', results, given.results)}")
    print("# size subject texts_a_second ratio cpu_us_a_text peak_mb")
    for result in results:
        print("{size} {subject} {texts_a_second:.0f} {ratio:.2f} {cpu_us_a_text:.1f} {peak_mb:.0f}".format(**result))


def _result(subject: str, rounds: list[Measured], floor: float) -> dict[str, Any]:
    each = median(_seconds(taken) / taken.told["texts"] for taken in rounds)
    cpu = median(taken.told["stages"][-1]["cpu_seconds"] / taken.told["texts"] for taken in rounds)
    return {
        "size": rounds[0].told["texts"],
        "subject": subject,
        "texts_a_second": 1 / each,
        "ratio": each / floor,
        "cpu_us_a_text": cpu * 1e6,
        "peak_mb": max(taken.told["peak_bytes"] for taken in rounds) / 1e6,
    }


def _seconds(taken: Measured) -> float:
    return float(taken.told["stages"][-1]["seconds"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.redact", description="redaction beside eight regular expressions")
    parser.add_argument("size", nargs="?", type=int, default=100_000, help="messages")
    parser.add_argument("--seed", type=int, default=1, help="another seed is other messages")
    parser.add_argument("--repeat", type=int, default=3, help="rounds")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where results are written")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])

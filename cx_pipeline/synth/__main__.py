"""`python -m cx_pipeline.synth --customers 300 --nights 2 --seed 7 --out DIR`."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from cx_pipeline.synth.generate import FIRST_NIGHT, generate


def main() -> None:
    """Generate a world from the command line."""
    parser = argparse.ArgumentParser(prog="python -m cx_pipeline.synth", description="dirty exports with known truth")
    parser.add_argument("--customers", type=int, required=True)
    parser.add_argument("--nights", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--first-night", type=date.fromisoformat, default=FIRST_NIGHT)
    parser.add_argument("--source", action="append", dest="sources", help="only this source; may be repeated")
    given = parser.parse_args()
    generate(given.customers, given.nights, given.seed, given.out, given.first_night, given.sources)


if __name__ == "__main__":
    main()

"""`python -m cx_pipeline.reference FOLDER [--check]`: write the generated pages, or tell which are stale."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cx_pipeline.reference.pages import stale, write


def main() -> int:
    """Returns 1 when `--check` finds a stale page."""
    parser = argparse.ArgumentParser(prog="python -m cx_pipeline.reference", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is stale")
    given = parser.parse_args()
    if not given.check:
        written = write(given.folder)
        sys.stdout.write(f"written: {', '.join(written) or 'nothing, all pages are current'}\n")
        return 0
    old = stale(given.folder)
    if old:
        sys.stderr.write(f"stale: {', '.join(old)}; next: make docs\n")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())

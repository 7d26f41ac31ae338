"""`python -m cx_pipeline.reference.pictures RAW FOLDER`: draw the pictures of the docs from a folder of deliveries."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from cx_pipeline.reference.example import staged_file
from cx_pipeline.settings import Settings
from cx_pipeline.stages.cx_audit import journey_picture

NAME = "blind_spots.svg"


def draw(raw: Path, folder: Path) -> Path:
    """The map of the journey of some deliveries, as `blind_spots.svg`. The same deliveries give the same bytes."""
    with tempfile.TemporaryDirectory(prefix="cx-pictures-") as data:
        drawn = journey_picture(Settings(), staged_file(raw, Path(data)))
    target = folder / NAME
    target.write_text(drawn, encoding="utf-8")
    return target


def main() -> int:
    """Draw, and say what was written."""
    if len(sys.argv) != 3:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    sys.stdout.write(f"written: {draw(Path(sys.argv[1]), Path(sys.argv[2])).name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

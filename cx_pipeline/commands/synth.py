"""`cx-pipeline synth`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cx_pipeline.commands import console
from cx_pipeline.synth import generate
from cx_pipeline.synth.truth import Truth


def synth(out: Path, *, customers: int, nights: int, seed: int) -> int:
    """Write a world, and say what was written: a line a source, and where its truth lies."""
    truth = generate(customers=customers, nights=nights, seed=seed, out=out)
    for line in told(truth):
        console.out.print(line, markup=False, soft_wrap=True)
    return 0


def told(truth: Truth) -> list[str]:
    """What a world holds, in words."""
    files: Mapping[str, Mapping[str, Any]] = truth.counts["files"]
    by_source: dict[str, list[Mapping[str, Any]]] = {}
    for file in files.values():
        by_source.setdefault(str(file["export"]).partition(".")[0], []).append(file)
    lines = [
        f"{source}: {sum(file['records'] for file in some):,} records in {len(some):,} files, "
        f"{sum(file['damaged'] for file in some):,} of them damaged"
        for source, some in sorted(by_source.items())
    ]
    return [*lines, f"what is true of them: {truth.folder}"]

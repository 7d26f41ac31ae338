"""What is shown of a measurement, and what is kept."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.child import ROOT, Measured
from bench.night import Night

RESULTS = ROOT / "bench" / "results"
_ENGINES = ("polars", "duckdb", "pandera", "pyarrow")


def stage_lines(night: Night) -> Iterator[str]:
    """Every stage of every subject in its median round: seconds, processors kept busy, peak memory."""
    warm = {subject: len(taken) for subject, taken in night.rounds.items()}
    world = f"{night.interactions} interactions, {night.raw_bytes / 1e6:.1f} MB as delivered"
    yield f"{night.size} asked for: {world}, rounds: {max(warm.values())}"
    yield f"  {'':8} {'stage':8} {'seconds':>9} {'cores':>6} {'peak_mb':>8}"
    for subject in night.rounds:
        taken = night.median(subject)
        yield from _subject_lines(subject, taken)


def _subject_lines(subject: str, taken: Measured) -> Iterator[str]:
    laps: list[Mapping[str, Any]] = taken.told.get("stages", [])
    for lap in laps:
        cores = lap["cpu_seconds"] / max(lap["seconds"], 1e-9)
        yield f"  {subject:8} {lap['stage']:8} {lap['seconds']:9.2f} {cores:6.2f} {lap['peak_bytes'] / 1e6:8.0f}"
    if laps:
        rest = taken.seconds - sum(float(lap["seconds"]) for lap in laps)
        yield f"  {subject:8} {'start':8} {rest:9.2f}"
    yield f"  {subject:8} {'total':8} {taken.seconds:9.2f} {'':6} {taken.peak_bytes / 1e6:8.0f}"


def keep(kind: str, results: list[dict[str, Any]], folder: Path) -> Path:
    """Write results with what they were measured on to `<folder>/<kind>-<time>.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    machine = {
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "platform": platform.platform(terse=True),
        "python": platform.python_version(),
        **{name: version(name) for name in _ENGINES},
    }
    path = folder / f"{kind}-{now:%Y%m%dT%H%M%S}-{os.getpid()}.json"
    path.write_text(json.dumps({"at": now.isoformat(), "machine": machine, "results": results}, indent=1), encoding="utf-8")
    return path

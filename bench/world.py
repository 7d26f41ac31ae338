"""Synthetic worlds to measure on, made once for each size and seed and kept."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from bench.child import ROOT, measure

# Where interactions come from; the other vendors' files are few and small in comparison, in layouts that the floor's engines
# cannot read at all.
SOURCES = ("amazon_connect", "qualtrics", "salesforce", "zendesk")
_NIGHTS = 2
INTERACTIONS = ("tickets", "cases", "calls", "feedback", "pulse")
PLAN = "floor.json"


@dataclass(frozen=True)
class BenchWorld:
    """`raw` holds the deliveries and the truth beside them; `plan` says what the floor reads, and how."""

    folder: Path

    @property
    def raw(self) -> Path:
        return self.folder / "raw"

    @property
    def plan(self) -> Path:
        return self.folder / PLAN

    @property
    def interactions(self) -> int:
        """Tickets, cases, calls and responses, as the truth counts them."""
        counts = json.loads((self.raw / "truth" / "counts.json").read_text(encoding="utf-8"))["world"]
        return sum(int(counts[name]) for name in INTERACTIONS)


def prepared(size: int, seed: int, work: Path) -> BenchWorld:
    """The world of about `size` interactions, made now unless it lies below `work` already.

    A world is made anew when the code that makes it, or that reads it, has changed.
    """
    folder = work / f"world-{size}-{seed}-{_maker()}"
    if not folder.is_dir():
        aside = folder.with_name(f".{folder.name}.making")
        shutil.rmtree(aside, ignore_errors=True)
        customers = measure(["-m", "bench.crowd", str(size), str(seed), str(_NIGHTS)]).told["customers"]
        given = {"--customers": customers, "--nights": _NIGHTS, "--seed": seed, "--out": aside / "raw"}
        flags = [str(word) for pair in given.items() for word in pair] + [f"--source={source}" for source in SOURCES]
        measure(["-m", "cx_pipeline.synth", *flags], tells=False)
        measure(["-m", "bench.plan", str(aside)], tells=False)
        aside.rename(folder)
    return BenchWorld(folder)


def _maker() -> str:
    digest = hashlib.sha256()
    rooms = ("cx_pipeline/synth", "cx_pipeline/extract", "cx_pipeline/sources")
    for path in sorted(
        [path for room in rooms for path in (ROOT / room).rglob("*.py")]
        + [ROOT / "bench" / name for name in ("crowd.py", "item.py", "plan.py", "world.py")]
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]

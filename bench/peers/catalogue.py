"""All peers, and whether each can run here. Imports none of them, as what measures must stay small."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.child import ROOT, Measured, measure
from bench.world import BenchWorld

OWN_ENVIRONMENT = ROOT / ".venv-peers" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Peer:
    """Another way to do the work, or a part of it.

    Attributes:
        name: of the subject in results.
        module: that is run; it prints its laps, and under `does` what it did.
        sample: file of `bench.peers.samples` that it works on; empty when it works on the world.
        python: interpreter of the environment that it needs; ours when None.
        imports: what that environment must have.
    """

    name: str
    module: str
    sample: str = ""
    python: Path | None = None
    imports: tuple[str, ...] = ()

    def lacks(self) -> str:
        """Why it cannot be measured here; empty when it can."""
        if self.python is None:
            return ""
        if not self.python.exists():
            return f"there is no {self.python.relative_to(ROOT).parts[0]}; `make bench PEERS=1` makes it"
        asked = [str(self.python), "-c", f"import {', '.join(self.imports)}"]
        done = subprocess.run(asked, capture_output=True, check=False, timeout=_PATIENCE_SECONDS)
        return f"{', '.join(self.imports)} cannot be imported in its environment" if done.returncode else ""

    def take(self, world: BenchWorld, samples: Path, scratch: Path) -> Measured:
        """Measure it once."""
        given = [str(samples / self.sample)] if self.sample else [str(world.folder), str(scratch / "out")]
        return measure(["-m", self.module, *given], python=self.python)


PEERS = (
    Peer("pandas", "bench.peers.pandas_scrub"),
    Peer("duckdb", "bench.peers.duckdb_sql"),
    Peer("splink", "bench.peers.splink_identity", "people.parquet"),
    Peer(
        "presidio",
        "bench.peers.presidio_redact",
        "texts.json",
        OWN_ENVIRONMENT,
        ("presidio_analyzer", "presidio_anonymizer", "spacy"),
    ),
)

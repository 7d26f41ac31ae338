"""A measured process of its own: how long it took, how much memory it held at most, and what it told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.family import Family

ROOT = Path(__file__).resolve().parents[1]
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_LAST_WORDS = 4000
_OF_PYTHON = {"PYTHONDONTWRITEBYTECODE", "PYTHONOPTIMIZE"}
_COMPILED = ROOT / "bench" / "results" / ".compiled"


class ChildFailed(RuntimeError):
    """A measured process ended with an error; its last words are the message."""


@dataclass(frozen=True)
class Measured:
    """One process, from its start to its end.

    Attributes:
        seconds: wall time, the interpreter's start included.
        cpu_seconds: time of processors, of the process and of those below it.
        peak_bytes: most memory that the process and those below it held at once; where the system has no `/proc`, the most
            of any one of them.
        told: the JSON object it printed; empty when it prints none.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    told: Mapping[str, Any]


def measure(arguments: Sequence[str], *, tells: bool = True, python: Path | None = None) -> Measured:
    """Run an interpreter with these arguments, our own where none is named, and measure it.

    The caller must stay small: Linux counts what a process held before it became the child to the child.

    Raises:
        ChildFailed: when it ends with another code than 0.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [str(python or sys.executable), *arguments],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complained,
            cwd=ROOT,
        )
        try:
            with Family(process.pid) as family:
                _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise ChildFailed(f"{' '.join(arguments[:2])} ended with {process.returncode}:\n{_tail(complained)}")
        said.seek(0)
        told = json.loads(said.read()) if tells else {}
    cpu_seconds = used.ru_utime + used.ru_stime
    peak = max(used.ru_maxrss * _RSS_UNIT, told.get("peak_bytes", 0), family.peak_bytes)
    return Measured(seconds, cpu_seconds, peak, told)


def compile_once(modules: Sequence[str], python: Path | None = None) -> None:
    """Import modules in a process that nobody measures, so that none that is measured has to compile them."""
    measure(["-c", f"import {', '.join(modules)}"], tells=False, python=python)


def _environment() -> dict[str, str]:
    """Ours, but for settings of the pipeline, and for what changes how Python runs.

    Compiled modules are kept even where the environment says that none are, as nights never run without; and whoever does less
    than is asked of it shall fail, so assertions count.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _OF_PYTHON and not name.startswith("CX_")}
    return {"PYTHONPYCACHEPREFIX": str(_COMPILED), **kept, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}


def _tail(file: Any) -> str:
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - _LAST_WORDS))
    return str(file.read().decode(errors="replace"))

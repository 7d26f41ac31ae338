"""`cx-pipeline ui`: Dagster's web UI and daemon on this machine only."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import yaml

from cx_pipeline.commands import console
from cx_pipeline.commands.run import code_location, environment, stop
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings


def ui(settings: Settings, *, port: int) -> int:
    """Run until interrupted. Returns Dagster's exit code."""
    layout = Layout(settings.data_dir.absolute())
    told = environment(settings, layout)
    console.err.print(f"http://127.0.0.1:{port} (Ctrl-C ends it)", markup=False)
    command = [sys.executable, "-m", "dagster", "dev", "-w", str(_workspace(layout)), "-h", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, env=told)  # noqa: S603  # our own interpreter
    before = signal.signal(signal.SIGTERM, stop)  # or Dagster and its daemon would go on without us
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        return process.wait()
    finally:
        signal.signal(signal.SIGTERM, before)


def _workspace(layout: Layout) -> Path:
    """What Dagster is told to load, with the folder to load it from, which it would take to be the one we are in."""
    path = layout.dagster_home / "workspace.yaml"
    path.write_text(yaml.safe_dump({"load_from": [{"python_module": code_location()}]}), encoding="utf-8")
    return path

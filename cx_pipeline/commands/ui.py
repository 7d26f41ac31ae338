"""`cx-pipeline ui`: Dagster's web UI and daemon on this machine only."""

from __future__ import annotations

import subprocess
import sys

from cx_pipeline.commands import console
from cx_pipeline.commands.run import environment, workspace_file
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings


def ui(settings: Settings, *, port: int) -> int:
    """Run until interrupted. Returns Dagster's exit code."""
    layout = Layout(settings.data_dir.absolute())
    console.err.print(f"http://127.0.0.1:{port} (Ctrl-C ends it)", markup=False)
    command = [sys.executable, "-m", "dagster", "dev", "-w", str(workspace_file()), "-h", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, env=environment(settings, layout))  # noqa: S603  # our own interpreter
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        return process.wait()

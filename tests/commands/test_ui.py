"""The UI goes with the command that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from cx_pipeline.commands.ui import ui
from cx_pipeline.settings import load


class Dagster:
    """A process that goes on until it is told to end; somebody ends the command meanwhile."""

    is_ended = False

    def wait(self) -> int:
        if not self.is_ended:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
            return 1
        return 0

    def terminate(self) -> None:
        self.is_ended = True


def test_what_ends_the_command_ends_dagster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    process = Dagster()
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: process)
    before = signal.getsignal(signal.SIGTERM)
    assert ui(load(data_dir=tmp_path / "data"), port=3999) == 0
    assert process.is_ended
    assert signal.getsignal(signal.SIGTERM) is before

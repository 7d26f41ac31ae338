"""`cx-pipeline run`: launch the nightly job of the code location named in workspace.yaml, and tell how it went.

What is needed only to watch the run and to tell of it is imported when the run has been started, beside it.
"""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import signal
import subprocess
import sys
import sysconfig
import time
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

import yaml
from rich.markup import escape

from cx_pipeline import audit_log
from cx_pipeline.errors import ConfigError
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.settings import Settings
from cx_pipeline.stages.files import write_text
from cx_pipeline.stages.intake import all_dates, left_out, open_dates, unrecognised
from cx_pipeline.stages.run import refuse_if_held

JOB = "nightly"
_MODULE = "assets.definitions"
_HOME = Path(__file__).parents[2]  # holds cx_pipeline, assets and checks
_GRACE_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_DAGSTER = """\
# Written by cx-pipeline; your own edits stay.
telemetry:
  enabled: false
run_monitoring:
  enabled: true
run_retries:
  enabled: true
  max_retries: 1
concurrency:
  pools:
    default_limit: 1
nux:
  enabled: false
"""
_STORAGE = """\
storage:
  custom:
    module: assets.history
    class: History
    config:
      base_dir:
        env: DAGSTER_HOME
"""


def workspace_file() -> Path:
    """workspace.yaml of the folder we are in or above it, else the one that was installed with the package.

    One that names another code location is of another Dagster project, and passed over.

    Raises:
        ConfigError: when there is none.
    """
    here = Path.cwd()
    installed = Path(__file__).parents[1] / "workspace.yaml"
    for candidate in [*(folder / "workspace.yaml" for folder in (here, *here.parents)), installed, _HOME / "workspace.yaml"]:
        if _location(candidate) is not None:
            return candidate
    raise ConfigError(f"there is no workspace.yaml with {_MODULE}", expected="one in this folder or above, or the installed one")


def _location(workspace: Path) -> dict[str, Any] | None:
    """Our code location as the file names it first, with the folder to import it from; None in any other file."""
    try:
        location = yaml.safe_load(workspace.read_text(encoding="utf-8"))["load_from"][0]["python_module"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError):
        return None
    said: dict[str, Any] = location if isinstance(location, dict) else {"module_name": location}
    if said.get("module_name") != _MODULE:
        return None
    # Dagster would import from the folder we are in, where `assets` and `checks` may be somebody else's.
    asked = said.get("working_directory")
    return {**said, "working_directory": str((workspace.parent / asked).resolve() if asked else _HOME)}


def code_location() -> dict[str, Any]:
    """The code location, as a workspace.yaml has it, with the folder that it is imported from.

    Raises:
        ConfigError: when no workspace.yaml names it.
    """
    location = _location(workspace_file())
    assert location is not None
    return location


def _location_name() -> str:
    """What Dagster calls the code location: as its workspace.yaml has it, else by the module."""
    location = code_location()
    return str(location.get("location_name", location["module_name"]))


def environment(settings: Settings, layout: Layout) -> dict[str, str]:
    """What Dagster's processes are told: its home below the data folder, and our settings."""
    layout.prepare()
    config = layout.dagster_home / "dagster.yaml"
    # What an earlier version wrote, and nobody has edited, is written anew.
    if not config.exists() or config.read_text(encoding="utf-8") == _DAGSTER:
        write_text(config, _DAGSTER + _STORAGE)
    nux = layout.dagster_home / ".nux"
    nux.mkdir(exist_ok=True)
    (nux / "nux.yaml").write_text("seen: 1\n", encoding="utf-8")  # no first-visit pop-up asking for an address
    return {
        **os.environ,
        "DAGSTER_HOME": str(layout.dagster_home),
        "CX_DATA_DIR": str(layout.data),
        "CX_RAW_DIR": str(settings.raw.absolute()),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "PYTHONWARNINGS": "ignore",
        # The folder we are in is nothing to import from: it may hold an `assets` or a `checks` of its own.
        "PYTHONSAFEPATH": "1",
        **_path(),
    }


def _path() -> dict[str, str]:
    """Our packages come first, but for installed ones: what is installed beside them would come before Python's own modules."""
    if str(_HOME) in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        return {}
    return {"PYTHONPATH": os.pathsep.join([str(_HOME), *filter(None, [os.environ.get("PYTHONPATH")])])}


def run(
    settings: Settings, *, day: date | None, everything: bool, now: datetime | None, accepts_impact: bool, as_json: bool
) -> int:
    """Take deliveries in, publish, and show the closing summary. Returns the exit code."""
    if not settings.raw.is_dir():
        raise ConfigError(
            "the folder of deliveries does not exist",
            where=str(settings.raw),
            expected="<raw>/<YYYY-MM-DD>/<source>/<export>…",
            next_step="name it with --raw-dir",
        )
    layout = Layout(settings.data_dir.absolute())
    layout.prepare()
    refuse_if_held(layout)  # before Dagster is started only to be told the same
    dates = _range(settings, layout, day, everything)
    clock = now if now is not None else datetime.now(UTC)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    tags = {
        "dagster/asset_partition_range_start": dates.first.isoformat(),
        "dagster/asset_partition_range_end": dates.last.isoformat(),
        "cx/run": run_id,
        "cx/now": clock.isoformat(),
        # As a run that the UI or the daemon starts has it: by this the pages of the job and the overview find a run.
        ".dagster/repository": f"__repository__@{_location_name()}",
        **({"cx/accept_impact": "yes"} if accepts_impact else {}),
    }
    if accepts_impact:
        audit_log.append(layout, "accept_impact", {"run_id": run_id})
    code = _launch(settings, layout, run_id, tags, quiet=as_json)
    from cx_pipeline.commands import closing, console  # noqa: PLC0415  # by now they are there

    outcome = closing.outcome(layout, run_id, code)
    later, closed = [day.isoformat() for day in dates.later], left_out(settings).unreadable
    unknown = {shown(entry.path): entry.source for entry in unrecognised(layout, dates.first, dates.last)}
    if as_json:
        left = {"dates_after_today": later, "unreadable_deliveries": closed, "unrecognised_deliveries": list(unknown)}
        console.emit({"run_id": run_id, "exit_code": outcome.exit_code, **outcome.summary, **left})
    else:
        closing.tell(layout, outcome)
        closing.tell_left(later, closed, settings.timezone)
        closing.tell_unknown(unknown)
    return outcome.exit_code


class _Dates(NamedTuple):
    """Delivery dates that a run takes in, the first and the last, and those that wait until their day comes."""

    first: date
    last: date
    later: tuple[date, ...] = ()


def _range(settings: Settings, layout: Layout, day: date | None, everything: bool) -> _Dates:
    today = datetime.now(ZoneInfo(settings.timezone)).date()
    if day is not None:
        if not settings.start_date <= day <= today:
            raise ConfigError(
                "the delivery date lies outside the partitions",
                where=day.isoformat(),
                expected=f"a date from {settings.start_date} to today, {today} in {settings.timezone}",
                next_step="set start_date or timezone, or rename the folder",
            )
        return _Dates(day, day)
    found = all_dates(settings) if everything else open_dates(settings, layout)
    due = [day for day in found if day <= today] or [today]  # nothing new: what is retained is published afresh
    return _Dates(due[0], due[-1], tuple(day for day in found if day > today))


def _launch(settings: Settings, layout: Layout, run_id: str, tags: dict[str, str], *, quiet: bool) -> int:
    location = code_location()
    log = layout.state / "runs" / run_id / "dagster.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "dagster",
        "job",
        "execute",
        "-m",
        location["module_name"],
        "-d",
        location["working_directory"],
        "-j",
        JOB,
        "--tags",
        json.dumps(tags),
    ]
    with log.open("w", encoding="utf-8") as handle:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter, arguments as a list
            command,
            env=environment(settings, layout),
            stdout=handle,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  # no threads run here yet
        )
        before = signal.signal(signal.SIGTERM, stop)
        try:
            return _watch(process, layout, run_id, quiet=quiet)
        except KeyboardInterrupt:
            return _end(process)
        finally:
            signal.signal(signal.SIGTERM, before)


def _die_with_parent() -> None:
    """Ask the kernel to end the run when this process is killed, so that no orphan goes on holding the data folder."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def stop(number: int, frame: FrameType | None) -> None:
    """A first request to stop ends the run in order; a second one ends it at once."""
    del frame
    signal.signal(number, signal.SIG_DFL)
    raise KeyboardInterrupt


def _end(process: subprocess.Popen[bytes]) -> int:
    from cx_pipeline.commands import closing, console  # noqa: PLC0415

    console.err.print("stopping")  # whether it has published by then is told when it has ended
    process.send_signal(signal.SIGINT)  # Dagster marks the run as cancelled
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return closing.STOPPED


def _watch(process: subprocess.Popen[bytes], layout: Layout, run_id: str, *, quiet: bool) -> int:
    from cx_pipeline.commands import closing, console  # noqa: F401, PLC0415  # beside the run that has just been started
    from cx_pipeline.stages import journal  # noqa: PLC0415

    progress = journal.folder(layout, run_id) / "progress.jsonl"
    shown = 0
    with console.err.status("starting") if not quiet else _Silent() as status:
        while process.poll() is None:
            lines = progress.read_text(encoding="utf-8").splitlines() if progress.exists() else []
            if len(lines) > shown:
                shown = len(lines)
                status.update(escape(json.loads(lines[-1])["what"]))
            time.sleep(0.1)
    return process.returncode


class _Silent:
    """A status line that says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, what: str) -> None:
        del what


__all__ = ["code_location", "environment", "run", "stop", "workspace_file"]

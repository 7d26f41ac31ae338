"""Where identifiers are, files are their owner's alone, whatever the umask of the process was."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cx_pipeline.stages.rights import private, secure
from tests.stages import shop
from tests.stages.pipeline import Pipeline


@pytest.fixture(params=[0o022, 0o000], ids=["022", "000"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def _open(pipeline: Pipeline) -> list[str]:
    """What others may look at below the private folders."""
    return [
        str(path.relative_to(pipeline.data))
        for folder in private(pipeline.layout)
        for path in (folder, *folder.rglob("*"))
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]


def test_after_a_run_nobody_else_may_look(umask: int, pipeline: Pipeline, deliver: Callable[[str, bytes], Path]) -> None:
    deliver("2026-03-01/zendesk/users.ndjson", shop.lines(shop.users()))
    deliver("2026-03-01/salesforce/Contact_no_id.csv", shop.sheet([{"Name": "Ann", "Phone": "1"}]))
    pipeline.publish("run1")
    assert os.umask(umask) == umask  # the process has its own again
    assert sum(1 for folder in private(pipeline.layout) if folder.is_dir() for _ in folder.rglob("*")) > 20
    assert _open(pipeline) == []
    assert stat.S_IMODE(pipeline.layout.published.stat().st_mode) == 0o644
    assert stat.S_IMODE(pipeline.data.stat().st_mode) & 0o022 == 0


def test_what_others_left_open_is_closed_by_the_next_run(pipeline: Pipeline) -> None:
    pipeline.layout.prepare()
    secure(pipeline.layout)
    left = pipeline.layout.dagster_home / "logs" / "event.log"
    left.parent.mkdir()
    left.parent.chmod(0o755)
    left.write_text("x")
    left.chmod(0o644)
    assert secure(pipeline.layout) == 2
    assert secure(pipeline.layout) == 0
    assert _open(pipeline) == []

"""Killed with SIGKILL at each named point: the published file is the whole old or the whole new one, and the next run works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from cx_pipeline.layout import Layout
from cx_pipeline.warehouse.clean_up import clean_up
from cx_pipeline.warehouse.content_hash import content_hashes
from cx_pipeline.warehouse.publish import publish
from cx_pipeline.warehouse.rollback import rollback
from cx_pipeline.warehouse.verify import verify
from cx_pipeline.warehouse.versions import versions
from tests.warehouse.tickets import Build

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)

RUN = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from cx_pipeline.layout import Layout
    from cx_pipeline.warehouse.publish import publish
    from cx_pipeline.warehouse.staging import StagedFile
    from tests.warehouse.tickets import MART, TICKETS, VIEW, ticket_rows

    layout = Layout(Path(sys.argv[1]))
    with StagedFile(layout, "new", storage_version="v1.4.0") as staged:
        staged.write_frames(TICKETS, [ticket_rows(20, "new")])
        staged.write_query(MART)
        staged.write_view(VIEW)
    publish(staged.built, layout, now=datetime(2026, 1, 6, 2, tzinfo=UTC), keep=2)
"""
ROLL_BACK = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from cx_pipeline.layout import Layout
    from cx_pipeline.warehouse.rollback import rollback

    rollback(Layout(Path(sys.argv[1])), "000001", now=datetime(2026, 1, 6, 2, tzinfo=UTC))
"""


def killed(script: str, layout: Layout, point: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(layout.data)],
        cwd=ROOT,
        env={**os.environ, "CX_FAULT": point, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def mark(layout: Layout) -> object:
    with duckdb.connect(str(layout.published), read_only=True) as connection:
        return connection.execute("SELECT run_id, count(*) FROM tickets GROUP BY ALL").fetchall()


@pytest.mark.parametrize(
    ("point", "is_new"),
    [
        pytest.param("staging.after_table", False, marks=pytest.mark.slow),
        pytest.param("staging.after_table@2", False, marks=pytest.mark.slow),
        ("staging.before_checkpoint", False),
        pytest.param("staging.after_close", False, marks=pytest.mark.slow),
        pytest.param("publish.after_verify", False, marks=pytest.mark.slow),
        pytest.param("publish.before_link", False, marks=pytest.mark.slow),
        ("publish.before_record", False),
        ("publish.before_replace", False),
        ("publish.after_replace", True),
        pytest.param("publish.before_prune", True, marks=pytest.mark.slow),
        pytest.param("publish.after_prune", True, marks=pytest.mark.slow),
    ],
)
def test_while_publishing(layout: Layout, build: Build, point: str, is_new: bool) -> None:
    for run_id in ("old1", "old2"):
        publish(build(run_id), layout, now=NOW, keep=2)
    old = content_hashes(layout.published)

    killed(RUN, layout, point)

    assert mark(layout) == ([("new", 20)] if is_new else [("old2", 10)])
    assert is_new or content_hashes(layout.published) == old
    verify(layout.published)

    clean_up(layout)
    assert list(layout.staging.iterdir()) == []
    current = next(version for version in versions(layout) if version.is_published)
    assert current.run_id == ("new" if is_new else "old2")
    assert current.pending is None
    assert current.publications
    assert all(version.publications and not version.pending for version in versions(layout))

    publish(build("next"), layout, now=NOW, keep=2)
    assert mark(layout) == [("next", 10)]
    assert [version.run_id for version in versions(layout)] == ["next", current.run_id]
    assert len(list(layout.versions.iterdir())) == 4


@pytest.mark.parametrize(
    ("point", "published"),
    [
        pytest.param("rollback.before_link", "old2", marks=pytest.mark.slow),
        ("publish.before_replace", "old2"),
        ("publish.after_replace", "old1"),
    ],
)
def test_while_rolling_back(layout: Layout, build: Build, point: str, published: str) -> None:
    for run_id in ("old1", "old2"):
        publish(build(run_id), layout, now=NOW, keep=2)

    killed(ROLL_BACK, layout, point)

    assert mark(layout) == [(published, 10)]
    clean_up(layout)
    assert {version.run_id: version.is_published for version in versions(layout)} == {
        "old2": published == "old2",
        "old1": published == "old1",
    }
    assert all(version.pending is None for version in versions(layout))
    assert [len(version.publications) for version in versions(layout)] == [1, 2 if published == "old1" else 1]
    rollback(layout, "000001", now=NOW)
    assert mark(layout) == [("old1", 10)]

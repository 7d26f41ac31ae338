from __future__ import annotations

import hashlib
import json
import stat
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from cx_pipeline.errors import CxError, EnvironmentProblem, InternalError
from cx_pipeline.layout import Layout
from cx_pipeline.warehouse import durable
from cx_pipeline.warehouse.built import Built
from cx_pipeline.warehouse.clean_up import clean_up
from cx_pipeline.warehouse.content_hash import content_hashes
from cx_pipeline.warehouse.publish import Published, publish
from cx_pipeline.warehouse.versions import versions
from tests.warehouse.tickets import Build

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)


def run(layout: Layout, build: Build, number: int, keep: int = 3, rows: int = 10) -> Published:
    return publish(build(f"run{number}", rows=rows), layout, now=NOW + timedelta(days=number), keep=keep)


def marks(layout: Layout) -> list[tuple[str, int]]:
    """The runs that the published rows say they are from, as a plain analyst's connection sees them."""
    with duckdb.connect(str(layout.published), read_only=True) as connection:
        return connection.execute("SELECT run_id, count(*) FROM tickets GROUP BY ALL").fetchall()


def test_the_first_and_the_next(layout: Layout, build: Build) -> None:
    first = run(layout, build, 1)
    assert marks(layout) == [("run1", 10)]
    second = run(layout, build, 2, rows=20)
    assert marks(layout) == [("run2", 20)]
    assert [version.name for version in versions(layout)] == [second.version.name, first.version.name]
    assert [version.is_published for version in versions(layout)] == [True, False]
    assert list(layout.staging.iterdir()) == []
    assert stat.S_IMODE(layout.published.stat().st_mode) == 0o644


def test_the_record_tells_what_is_in_it(layout: Layout, build: Build) -> None:
    version = run(layout, build, 1).version
    assert version.name == "000001-20260106T020000Z-run1"
    stored = json.loads((layout.versions / f"{version.name}.json").read_text(encoding="utf-8"))
    assert stored["run_id"] == "run1"
    assert stored["publications"] == [{"at": "2026-01-06T02:00:00Z", "why": "publish"}]
    assert stored["pending"] is None
    assert stored["rows"] == {"main.tickets": 10, "marts.tickets_per_day": 1}
    assert stored["content_hashes"] == content_hashes(layout.published)
    assert stored["sha256"] == hashlib.sha256(layout.published.read_bytes()).hexdigest()
    assert stored["size_bytes"] == layout.published.stat().st_size
    assert "is_published" not in stored


def test_as_many_versions_stay_as_asked(layout: Layout, build: Build) -> None:
    published = [run(layout, build, number, keep=3) for number in range(1, 6)]
    assert [version.run_id for version in versions(layout)] == ["run5", "run4", "run3"]
    assert [list(outcome.pruned) for outcome in published] == [
        [],
        [],
        [],
        [published[0].version.name],
        [published[1].version.name],
    ]
    assert len(list(layout.versions.iterdir())) == 6


def test_one_version_is_the_published_one(layout: Layout, build: Build) -> None:
    for number in (1, 2):
        run(layout, build, number, keep=1)
    assert [version.run_id for version in versions(layout)] == ["run2"]
    assert layout.published.samefile(layout.versions / f"{versions(layout)[0].name}.duckdb")


def test_a_reader_keeps_the_version_it_opened(layout: Layout, build: Build) -> None:
    run(layout, build, 1)
    with duckdb.connect(str(layout.published), read_only=True) as connection:
        run(layout, build, 2, keep=1)
        assert connection.execute("SELECT DISTINCT run_id FROM tickets").fetchall() == [("run1",)]


def test_a_damaged_staged_file_is_not_published(layout: Layout, build: Build) -> None:
    run(layout, build, 1)
    built = build("run2", rows=200_000)
    content = bytearray(built.path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    built.path.write_bytes(bytes(content))
    with pytest.raises(CxError):
        publish(built, layout, now=NOW, keep=3)
    assert marks(layout) == [("run1", 10)]
    assert [version.run_id for version in versions(layout)] == ["run1"]


def test_a_staged_file_with_other_rows_is_not_published(layout: Layout, build: Build) -> None:
    built = build("run1")
    with pytest.raises(InternalError, match="rows that were written"):
        publish(Built(built.path, built.run_id, {**built.rows, "main.tickets": 11}), layout, now=NOW, keep=3)
    assert not layout.published.exists()


def edit_in_place(layout: Layout) -> None:
    """Write to the published file and die without a checkpoint: a log is left beside it."""
    connection = duckdb.connect(str(layout.published), config={"autoinstall_known_extensions": "false"})
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    connection.execute("INSERT INTO tickets (ticket_id, run_id) VALUES ('edited', 'by hand')")
    connection.close()
    assert layout.published.with_name("cx.duckdb.wal").stat().st_size > 0


def test_a_stale_log_beside_the_published_file_does_not_get_into_the_next(layout: Layout, build: Build) -> None:
    run(layout, build, 1)
    edit_in_place(layout)
    outcome = run(layout, build, 2)
    assert outcome.stale_logs == ("cx.duckdb.wal",)
    assert marks(layout) == [("run2", 10)]
    assert not layout.published.with_name("cx.duckdb.wal").exists()


def test_a_log_in_a_checkpoint_goes_too(layout: Layout, build: Build) -> None:
    run(layout, build, 1)
    names = ("cx.duckdb.wal", "cx.duckdb.wal.checkpoint", "cx.duckdb.wal.recovery")
    for name in names:
        (layout.clean / name).write_bytes(b"x")
    (layout.clean / "cx.duckdb.notes").write_bytes(b"x")
    assert run(layout, build, 2).stale_logs == names
    assert marks(layout) == [("run2", 10)]
    assert (layout.clean / "cx.duckdb.notes").exists()


def test_where_there_are_no_hard_links_a_version_is_a_copy(layout: Layout, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refuse)
    for number in (1, 2):
        run(layout, build, number)
    newest, older = versions(layout)
    assert (newest.run_id, newest.is_published) == ("run2", True)
    assert (older.run_id, older.is_published) == ("run1", False)
    assert not layout.published.samefile(layout.versions / f"{newest.name}.duckdb")
    clean_up(layout)
    assert [version.run_id for version in versions(layout)] == ["run2", "run1"]


def test_one_at_a_time(layout: Layout, build: Build) -> None:
    built = build("run1")
    with durable.try_exclusive(layout.versions) as mine:
        assert mine
        with pytest.raises(EnvironmentProblem, match="another process"):
            publish(built, layout, now=NOW, keep=3)
    publish(built, layout, now=NOW, keep=3)
    assert marks(layout) == [("run1", 10)]


def test_a_run_can_be_published_twice(layout: Layout, build: Build) -> None:
    run(layout, build, 1)
    run(layout, build, 1, rows=20)
    assert [version.name for version in versions(layout)] == ["000002-20260106T020000Z-run1", "000001-20260106T020000Z-run1"]
    assert marks(layout) == [("run1", 20)]

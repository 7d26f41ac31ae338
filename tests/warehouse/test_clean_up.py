from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

from cx_pipeline.layout import Layout
from cx_pipeline.warehouse.clean_up import clean_up
from cx_pipeline.warehouse.publish import publish
from cx_pipeline.warehouse.staging import StagedFile
from cx_pipeline.warehouse.versions import versions
from tests.warehouse.tickets import TICKETS, Build, ticket_rows

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)


def test_what_dead_runs_left_goes(layout: Layout) -> None:
    for name in ("dead.duckdb", "dead.duckdb.wal", "dead.lock", "rollback-000001-x.duckdb"):
        (layout.staging / name).write_bytes(b"x")
    (layout.staging / "dead.tmp").mkdir()
    (layout.staging / "dead.tmp" / "spill.tmp").write_bytes(b"x")
    assert clean_up(layout) == ["dead.duckdb", "dead.duckdb.wal", "dead.lock", "dead.tmp", "rollback-000001-x.duckdb"]
    assert list(layout.staging.iterdir()) == []
    assert clean_up(layout) == []


def test_what_is_being_built_or_waits_stays(layout: Layout, build: Build) -> None:
    waiting = build("waiting")
    build("forgotten")
    with StagedFile(layout, "live", storage_version="v1.4.0") as staged:
        staged.write_frames(TICKETS, [ticket_rows(10, "live")])
        assert clean_up(layout, keep=["waiting"]) == ["forgotten.duckdb"]
    publish(waiting, layout, now=NOW, keep=3)
    publish(staged.built, layout, now=NOW, keep=3)
    assert [version.run_id for version in versions(layout)] == ["live", "waiting"]


def test_a_link_out_of_the_folder_is_removed_not_followed(layout: Layout) -> None:
    outside = layout.data / "precious"
    outside.mkdir()
    (outside / "file").write_bytes(b"x")
    (layout.staging / "dead.tmp").symlink_to(outside)
    assert clean_up(layout) == ["dead.tmp"]
    assert (outside / "file").exists()


def test_halves_of_versions_go_and_a_humans_file_stays(layout: Layout, build: Build) -> None:
    publish(build("run1"), layout, now=NOW, keep=3)
    for name in ("000007-20260105T020000Z-x.duckdb", "000008-20260105T020000Z-x.json", "000001-20260105T020000Z-run1.json.tmp"):
        (layout.versions / name).write_bytes(b"{}")
    (layout.versions / "my copy.duckdb").write_bytes(b"x")
    clean_up(layout)
    assert sorted(path.name for path in layout.versions.iterdir()) == [
        "000001-20260105T020000Z-run1.duckdb",
        "000001-20260105T020000Z-run1.json",
        "my copy.duckdb",
    ]


def test_what_killed_readers_spilled_goes(layout: Layout) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    names = (f".spill-{gone.pid}", f".spill-{os.getpid()}", ".spill-0", ".spill-of-mine")
    for place in (layout.clean, layout.versions, layout.staging):
        for name in names:
            (place / name).mkdir(parents=True)
            (place / name / "duckdb_temp_storage-0.tmp").write_bytes(b"x")
    assert clean_up(layout) == 2 * [".spill-0", names[0]] + [".spill-0", names[0], ".spill-of-mine"]
    for place, left in ((layout.clean, names[1::2]), (layout.versions, names[1::2]), (layout.staging, names[1:2])):
        assert {path.name for path in place.glob(".spill*")} == set(left)


def test_before_there_is_anything(layout: Layout) -> None:
    assert clean_up(layout) == []
    assert versions(layout) == []

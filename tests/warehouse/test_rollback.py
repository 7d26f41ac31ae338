from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pytest

from cx_pipeline.errors import ConfigError, DataError
from cx_pipeline.layout import Layout
from cx_pipeline.warehouse.publish import publish
from cx_pipeline.warehouse.rollback import rollback
from cx_pipeline.warehouse.versions import database, versions
from tests.warehouse.tickets import Build

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)
LATER = datetime(2026, 1, 6, 9, tzinfo=UTC)


@pytest.fixture
def published(layout: Layout, build: Build) -> Layout:
    for number in (1, 2, 3):
        publish(build(f"run{number}"), layout, now=NOW, keep=3)
    return layout


def mark(layout: Layout) -> object:
    with duckdb.connect(str(layout.published), read_only=True) as connection:
        return connection.execute("SELECT DISTINCT run_id FROM tickets").fetchall()


def test_back_and_forth(published: Layout) -> None:
    version = rollback(published, "000001-20260105T020000Z-run1", now=LATER)
    assert mark(published) == [("run1",)]
    assert [(publication.at, publication.why) for publication in version.publications] == [(NOW, "publish"), (LATER, "rollback")]
    assert [(found.run_id, found.is_published) for found in versions(published)] == [
        ("run3", False),
        ("run2", False),
        ("run1", True),
    ]
    assert versions(published)[-1].published_at == LATER
    rollback(published, "000003", now=LATER)
    assert mark(published) == [("run3",)]
    assert list(published.staging.iterdir()) == []


def test_the_published_version_is_never_pruned(published: Layout, build: Build) -> None:
    rollback(published, "000001", now=LATER)
    publish(build("run4"), published, now=LATER, keep=2)
    assert [found.run_id for found in versions(published)] == ["run4", "run3"]
    rollback(published, "000003", now=LATER)
    publish(build("run5"), published, now=LATER, keep=3)
    rollback(published, "000003", now=LATER)
    assert mark(published) == [("run3",)]


def test_to_what_is_published_already(published: Layout) -> None:
    version = rollback(published, "000003", now=LATER)
    assert version.is_published
    assert [publication.why for publication in version.publications] == ["publish", "rollback"]
    assert mark(published) == [("run3",)]


@pytest.mark.parametrize(
    ("name", "message"), [("000009", "no version"), ("0000", "more than one"), ("", "no version"), ("../x", "no version")]
)
def test_an_unknown_name(published: Layout, name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        rollback(published, name, now=LATER)
    assert mark(published) == [("run3",)]


def test_a_version_changed_by_hand_is_refused(published: Layout) -> None:
    source = database(published, versions(published)[-1].name)
    with duckdb.connect(str(source)) as connection:
        connection.execute("UPDATE tickets SET first_reply_ms = 1 WHERE ticket_id = 't000003'")
    with pytest.raises(DataError, match="no longer holds"):
        rollback(published, "000001", now=LATER)
    assert mark(published) == [("run3",)]


def test_a_damaged_published_file_is_replaced(published: Layout) -> None:
    content = published.published.read_bytes()
    published.published.unlink()
    published.published.write_bytes(content[: len(content) // 2])
    assert not any(version.is_published for version in versions(published))
    rollback(published, "000002", now=LATER)
    assert mark(published) == [("run2",)]

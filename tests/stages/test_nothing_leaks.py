"""A canary address and number, in every cell of bad rows, are nowhere but in the owner-only lake."""

from __future__ import annotations

import stat
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.warehouse.reader import open_read_only
from tests.stages.pipeline import Pipeline
from tests.stages.shop import CANARY_MARKS


def hits(text: str) -> list[str]:
    return [mark for mark in CANARY_MARKS if mark.lower() in text.lower()]


def test_the_canaries_went_all_the_way(published: Pipeline) -> None:
    """Else nothing below would prove anything."""
    rows = published.query(
        """SELECT (SELECT count(*) FROM main.interactions WHERE contains(source_id, '99')) AS cases,
                  (SELECT count(*) FROM main.customer_identities WHERE kind IN ('email', 'phone') AND is_shared IS NOT NULL
                   AND contains(source_id, '99')) AS identifiers,
                  (SELECT count(*) FROM quality.quarantine) AS kept_back"""
    ).row(0, named=True)
    assert rows["cases"] == 4
    assert rows["identifiers"] >= 4
    assert rows["kept_back"] >= 14


def test_no_text_of_any_published_column_holds_a_canary(published: Pipeline) -> None:
    looked_at = 0
    with open_read_only(published.layout.published) as connection:
        tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
        for schema, table in tables:
            frame = connection.sql(f'SELECT COLUMNS(*)::VARCHAR FROM "{schema}"."{table}"').pl()
            looked_at += frame.height
            for column in frame.columns:
                assert not hits("\n".join(frame[column].drop_nulls().unique())), f"{schema}.{table}.{column}"
    assert looked_at > 300


def test_no_byte_of_the_published_file_holds_a_canary(published: Pipeline) -> None:
    for path in (published.layout.published, *published.layout.versions.rglob("*")):
        if path.is_file():
            assert not hits(path.read_bytes().decode("latin-1")), path.name


def test_no_progress_line_holds_a_canary(published: Pipeline) -> None:
    assert len(published.progress) > 40
    assert not hits("\n".join(published.progress))


def test_the_manifest_names_no_canary_but_in_paths(published: Pipeline) -> None:
    for entry in published.take_in():
        assert not hits(entry.reason + str(entry.facts) + entry.rule)


def test_the_lake_and_the_state_are_their_owners(published: Pipeline) -> None:
    """Where the identifiers are, nobody else may look."""
    for folder in (published.data / "lake", published.layout.state):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    found = list((published.data / "lake").rglob("*.parquet"))
    assert found
    assert all(not _open_to_others(path, published.data / "lake") for path in found)


def _open_to_others(path: Path, below: Path) -> bool:
    """Whether every folder on the way may be entered by others."""
    return all(folder.stat().st_mode & 0o077 for folder in [below, *(one for one in path.parents if below in one.parents)])


@pytest.mark.parametrize("table", ["messages", "interactions"])
def test_free_text_is_published_redacted(published: Pipeline, table: str) -> None:
    """Every text of the clean layer but those of tombstones, and counted."""
    column = {"messages": "text_masked", "interactions": "text_subject"}[table]
    stored = pl.scan_parquet(published.layout.lake_clean / "tables" / f"{table}.parquet")
    name = {"messages": "text", "interactions": "text_subject"}[table]
    there = stored.filter(pl.col(name).is_not_null(), ~pl.col("is_deleted")).select(pl.len()).collect().item()
    assert published.query(f"SELECT count({column}) FROM main.{table}").item() == there > 0
    sql = f"SELECT texts FROM quality.redactions WHERE column_name = '{column}' AND entity IS NULL"
    assert published.query(sql).item() == there

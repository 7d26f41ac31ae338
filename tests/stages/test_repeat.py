"""Same input, same output: run again, shuffled, or with the registry of another version."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.stages.release import registry_in_force
from cx_pipeline.warehouse.content_hash import content_hashes
from cx_pipeline.warehouse.rollback import rollback
from cx_pipeline.warehouse.versions import versions
from tests.stages.pipeline import NOW, Pipeline
from tests.stages.shop import write_shop


@pytest.fixture(scope="module")
def again(published: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The shop published a second time into the same data folder."""
    data = tmp_path_factory.mktemp("again") / "data"
    shutil.copytree(published.data, data)
    pipeline = Pipeline(published.raw, data)
    pipeline.publish("run2")
    return pipeline


def people(pipeline: Pipeline) -> pl.DataFrame:
    return pipeline.query(
        """SELECT DISTINCT source_system, source_entity, source_id, customer_id
           FROM main.customer_identities ORDER BY ALL"""
    )


def tables_that_differ(one: Pipeline, other: Pipeline) -> set[str]:
    left, right = content_hashes(one.layout.published), content_hashes(other.layout.published)
    assert set(left) == set(right)
    return {name for name in left if left[name] != right[name]}


def test_a_second_run_changes_nothing(published: Pipeline, again: Pipeline) -> None:
    assert tables_that_differ(published, again) == set()
    assert people(again).equals(people(published))
    assert not any(line.startswith(("reading", "scrubbing")) for line in again.progress)


def test_records_shuffled_inside_the_files_change_nothing(published: Pipeline, tmp_path: Path) -> None:
    shuffled = Pipeline(write_shop(tmp_path / "raw", seed=7).raw, tmp_path / "data")
    shuffled.publish("run1")
    assert tables_that_differ(published, shuffled) == set()
    assert people(shuffled).equals(people(published))


def test_small_batches_change_nothing(published: Pipeline, tmp_path: Path) -> None:
    small = Pipeline(published.raw, tmp_path / "data", given={"batch_rows": 12})
    small.publish("run1")
    assert len(list(small.layout.lake_raw.glob("*/*/records/part-*.parquet"))) > len(list(small.layout.lake_raw.glob("*/*")))
    assert tables_that_differ(published, small) == set()


def test_the_registry_follows_a_rollback(published: Pipeline, again: Pipeline) -> None:
    """The ids of the version that is published are in force, not those of the last run."""
    registry = again.layout.state / "registry"
    members = pl.read_parquet(registry / "run2.members.parquet")
    other = members.with_columns(
        pl.concat_str(pl.lit("k1_"), pl.lit("a" * 20), pl.col("customer_id").str.tail(6)).alias("customer_id")
    )
    other.write_parquet(registry / "run2.members.parquet")
    assert registry_in_force(again.layout).membership.equals(other)
    first = next(version for version in versions(again.layout) if version.run_id == "run1")
    rollback(again.layout, first.name, now=NOW)
    assert registry_in_force(again.layout).membership.equals(registry_in_force(published.layout).membership)


def test_a_lost_registry_stops_the_run_before_anything_is_published(again: Pipeline, tmp_path: Path) -> None:
    shutil.copytree(again.data, tmp_path / "data")
    pipeline = Pipeline(again.raw, tmp_path / "data")
    for path in (pipeline.layout.state / "registry").glob("*.retired.parquet"):
        path.unlink()
    with pytest.raises(EnvironmentProblem, match="registry"):
        registry_in_force(pipeline.layout)

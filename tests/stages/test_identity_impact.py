"""A run that changes too many customer ids is not published, unless somebody accepts it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cx_pipeline.errors import AuditBlocked
from cx_pipeline.stages.release import registry_in_force, release
from cx_pipeline.stages.run import Run, only_run
from cx_pipeline.warehouse.rollback import rollback
from cx_pipeline.warehouse.versions import versions
from tests.stages.pipeline import NOW, Pipeline

# No e-mail joins anybody any more: everybody who was joined by one is torn apart.
PARTED = {"identity": {"max_changed_share": 0.0, "impact_floor": 0, "blocked_values": [f"person{n}@king.io" for n in range(10)]}}


@pytest.fixture
def again(published: Pipeline, tmp_path: Path) -> Pipeline:
    shutil.copytree(published.data, tmp_path / "data")
    return Pipeline(published.raw, tmp_path / "data", given=dict(PARTED))


def publish(pipeline: Pipeline, run: Run) -> None:
    with only_run(pipeline.layout, run):
        built = pipeline.build(run)
        release(built, pipeline.audit(built), pipeline.settings, pipeline.layout, run)


def test_the_first_version_has_no_limit_and_creates_everybody(published: Pipeline) -> None:
    rows = published.query("SELECT metric, before, change, is_beyond FROM quality.identity_impact").to_dicts()
    assert len(rows) == 13
    assert {(row["before"], row["change"], row["is_beyond"]) for row in rows} == {(None, None, False)}
    told = published.query(
        "SELECT kind, count(*) AS n, sum(records)::BIGINT AS records FROM quality.identity_events GROUP BY ALL"
    )
    customers = published.query("SELECT count(*), sum(record_count)::BIGINT FROM main.customers").row(0)
    assert told.rows() == [("created", *customers)]


def test_too_much_is_blocked_accepted_and_undone(again: Pipeline) -> None:
    before = registry_in_force(again.layout)
    with pytest.raises(AuditBlocked, match=r"quality\.identity_impact: identity_impact failed"):
        publish(again, Run("run2", NOW))
    assert registry_in_force(again.layout).membership.equals(before.membership)

    publish(again, Run("run3", NOW, accepts_impact=True))
    rows = again.query("SELECT metric, change FROM quality.identity_impact WHERE is_beyond AND is_accepted").to_dicts()
    assert [row["metric"] for row in rows] == ["records_changed_share"]
    told = again.query("SELECT DISTINCT run_id FROM quality.identity_events WHERE run_id <> 'run1'").rows()
    assert told == [("run3",)], "a blocked run leaves nothing in the log"

    first = next(version for version in versions(again.layout) if version.run_id == "run1")
    rollback(again.layout, first.name, now=NOW)
    assert registry_in_force(again.layout).events.equals(before.events)

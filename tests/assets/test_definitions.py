"""What Dagster is told: keys, partitions, checks, schedule."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg

from assets.definitions import defs
from assets.names import AI_CANDIDATE, AI_DATASET, JOB, PUBLISHED, STAGED, raw_key, scrubbed_key
from checks.names import ANONYMITY, BOOKS, IMPACT, PRIVACY
from cx_pipeline.sources.catalogue import exports

ROOT = Path(__file__).parents[2]


def test_the_code_location_loads() -> None:
    dg.Definitions.validate_loadable(defs)


def test_graph_nodes_have_distinct_last_parts() -> None:
    last = Counter(spec.key.path[-1] for spec in defs.resolve_all_asset_specs())
    assert [name for name, times in last.items() if times > 1] == []


def test_every_export_is_a_partitioned_pair_of_assets() -> None:
    graph = defs.resolve_asset_graph()
    for export in exports().values():
        for key in (raw_key(export.source, export.name), scrubbed_key(export.source, export.name)):
            node = graph.get(key)
            assert isinstance(node.partitions_def, dg.DailyPartitionsDefinition)
            assert node.backfill_policy == dg.BackfillPolicy.single_run()
            assert node.description
            assert node.owners
            assert node.kinds
        assert graph.get(scrubbed_key(export.source, export.name)).parent_keys == {raw_key(export.source, export.name)}


def test_publishing_waits_for_blocking_checks_on_the_staged_file() -> None:
    graph = defs.resolve_asset_graph()
    assert graph.get(PUBLISHED).parent_keys == {STAGED, AI_CANDIDATE}
    assert graph.get(AI_CANDIDATE).parent_keys == {STAGED}
    assert graph.get(AI_DATASET).parent_keys == {PUBLISHED, AI_CANDIDATE}
    blocking = {key.name for key in graph.asset_check_keys if key.asset_key == STAGED and graph.get(key).blocking}
    assert {BOOKS, IMPACT, PRIVACY, "expectations_interactions", "expectations_customers"} <= blocking
    assert {key.name for key in graph.asset_check_keys if key.asset_key == STAGED} - blocking == {ANONYMITY}


def test_the_schedule_asks_for_the_day_it_runs_on() -> None:
    schedule = defs.resolve_schedule_def("nightly_schedule")
    assert schedule.cron_schedule == "0 2 * * *"
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime(2026, 11, 3, 2, tzinfo=ZoneInfo("UTC")), repository_def=defs.get_repository_def()
    )
    requests = schedule.evaluate_tick(context).run_requests
    assert requests is not None
    assert [request.partition_key for request in requests] == ["2026-11-03"]
    assert schedule.job_name == JOB


def test_loading_the_code_location_is_light() -> None:
    probe = "import sys, assets.definitions; print(sorted(name for name in sys.modules if name == 'great_expectations'))"
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""The sensor of late deliveries, as Dagster's daemon asks it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import defs
from assets.names import JOB
from assets.sensors import late_deliveries


def ask(instance: dg.DagsterInstance) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=instance, definitions=defs)
    found = late_deliveries(context)
    assert isinstance(found, dg.SensorResult)
    return found


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CX_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "data" / "raw"
    folder.mkdir(parents=True)
    return folder


def put(raw: Path, day: str) -> None:
    path = raw / day / "zendesk" / "users.ndjson"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"id":1,"updated_at":"2026-03-01T10:00:00Z"}\n', encoding="utf-8")
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).timestamp()
    os.utime(path, (hour_ago, hour_ago))


def test_one_run_takes_in_all_late_dates(raw: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert ask(instance).run_requests == []
        put(raw, "2026-03-01")
        put(raw, "2026-03-05")
        (request,) = ask(instance).run_requests or []
        assert request.tags["dagster/asset_partition_range_start"] == "2026-03-01"
        assert request.tags["dagster/asset_partition_range_end"] == "2026-03-05"
        (again,) = ask(instance).run_requests or []
        assert again.run_key == request.run_key


def test_nothing_is_asked_for_while_a_run_is_going(raw: Path) -> None:
    put(raw, "2026-03-01")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.create_run_for_job(defs.resolve_job_def(JOB), status=dg.DagsterRunStatus.STARTED)
        found = ask(instance)
        assert found.run_requests == []
        assert found.skip_reason is not None
        assert "a run is going" in (found.skip_reason.skip_message or "")


def test_the_sensor_is_off_until_somebody_turns_it_on() -> None:
    assert late_deliveries.default_status == dg.DefaultSensorStatus.STOPPED
    assert late_deliveries.job_name == JOB

"""Drift between deliveries: told beside the data, held out, or the delivery kept back, as its source says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.commands.inspect import status
from cx_pipeline.sources import catalogue
from cx_pipeline.sources.export import Policy
from cx_pipeline.stages.forgetting import lake_copy
from cx_pipeline.stages.forgetting.blanking import Blanks
from cx_pipeline.stages.intake import manifest
from cx_pipeline.stages.run import Run
from tests.stages.pipeline import NOW, Pipeline
from tests.stages.shop import Row, sheet

Deliver = Callable[[str, bytes], Path]
EXPORT = "salesforce.Account"
DRIFT = "SELECT kind, detail FROM quality.anomalies WHERE kind LIKE 'drift.%' ORDER BY ALL"


def accounts(day: int, **given: str) -> list[Row]:
    return [
        {
            "Id": f"001A00000{number:06}IAA",
            "Name": f"Firm {number}",
            "BillingState": f"{number}",
            "SystemModstamp": f"2026-03-{day:02}T00:00:00.000+0000",
            **given,
        }
        for number in range(8)
    ]


def cleaned(pipeline: Pipeline, run_id: str) -> None:
    pipeline.clean(Run(run_id, NOW))


def table(pipeline: Pipeline, name: str) -> pl.DataFrame:
    return pl.read_parquet(pipeline.layout.lake_clean / "tables" / f"{name}.parquet")


def drifts(pipeline: Pipeline) -> list[tuple[str, str]]:
    found = table(pipeline, "quality.anomalies").filter(pl.col("kind").str.starts_with("drift."))
    return found.select("kind", "detail").sort("kind", "detail").rows()


def regions(pipeline: Pipeline) -> list[tuple[str | None, list[str]]]:
    return table(pipeline, "organizations").select("region", "dq_flags").unique().rows()


def guard(monkeypatch: pytest.MonkeyPatch, on_drift: Mapping[str, Policy]) -> None:
    known = catalogue.exports()
    changed = {**known, EXPORT: replace(known[EXPORT], on_drift=on_drift)}
    monkeypatch.setattr(catalogue, "exports", lambda: changed)


def test_what_differs_is_told_and_goes_through(pipeline: Pipeline, deliver: Deliver, capsys: pytest.CaptureFixture[str]) -> None:
    deliver("2026-03-01/salesforce/Account.csv", sheet(accounts(1)))
    later = [{("ShoeSize" if name == "Name" else name): value for name, value in row.items()} for row in accounts(2)]
    deliver("2026-03-02/salesforce/Account.csv", sheet([{**row, "ShoeSize": "43"} for row in later]))
    deliver("2026-03-03/salesforce/Account.csv", sheet([{**row, "ShoeSize": "44"} for row in later]))
    pipeline.publish("run1")
    assert pipeline.query(DRIFT).rows() == [("drift.missing_column", "Name"), ("drift.new_column", "ShoeSize")]
    assert pipeline.query("SELECT count(*) FROM main.organizations").item() == 8
    assert status(pipeline.settings, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)["schema_drift"]
    assert [(item["delivery_date"], item["source_entity"], item["kind"], item["detail"]) for item in told] == [
        ("2026-03-02", "Account", "drift.missing_column", "Name"),
        ("2026-03-02", "Account", "drift.new_column", "ShoeSize"),
    ]
    profiles = list(pipeline.layout.lake_raw.glob("salesforce_Account/*/profile-*.json"))
    assert len(profiles) == 3
    assert {path.stat().st_mode & 0o777 for path in profiles} == {0o600}


def test_a_profile_goes_with_the_records_that_it_tells_of(pipeline: Pipeline, deliver: Deliver) -> None:
    for night in (1, 2, 3):
        deliver(f"2026-03-0{night}/salesforce/Account.csv", sheet(accounts(night)))
    cleaned(pipeline, "run1")
    entry = next(entry for entry in manifest(pipeline.layout).entries() if str(entry.date) == "2026-03-02")
    lake_copy.clear(pipeline.layout, entry, {1}, (), Blanks([], []))
    left = list(pipeline.layout.lake_raw.glob("salesforce_Account/*/profile-*.json"))
    assert len(left) == 2
    assert entry.content not in {path.parent.name for path in left}
    lake_copy.clear(pipeline.layout, entry, (), (), Blanks([], []))
    assert all(path.exists() for path in left)


def test_a_late_delivery_is_held_against_the_one_before_it(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver("2026-03-03/salesforce/Account.csv", sheet(accounts(3, Extra="1")))
    cleaned(pipeline, "run1")
    assert drifts(pipeline) == []
    deliver("2026-03-01/salesforce/Account.csv", sheet(accounts(1)))
    cleaned(pipeline, "run2")
    assert drifts(pipeline) == [("drift.new_column", "Extra")]


def test_surveys_are_held_against_themselves(pipeline: Pipeline, deliver: Deliver) -> None:
    def responses(night: int, name: str, **given: str) -> None:
        rows = [{"#": f"{name}{night}{number}", **given} for number in range(6)]
        deliver(f"2026-03-0{night}/typeform/responses_{name}.csv", sheet(rows))

    responses(1, "one", Good="x")
    responses(1, "two", Bad="x")
    responses(2, "one", Good="x")
    responses(2, "two", Bad="x", Ugly="x")
    cleaned(pipeline, "run1")
    assert drifts(pipeline) == [("drift.new_column", "Ugly")]


def test_held_values_stay_out_until_they_are_accepted(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard(monkeypatch, {"BillingState": "hold"})
    deliver("2026-03-01/salesforce/Account.csv", sheet(accounts(1)))
    deliver("2026-03-02/salesforce/Account.csv", sheet(accounts(2, BillingState="Ohio")))
    cleaned(pipeline, "run1")
    assert regions(pipeline) == [(None, ["BillingState_held"])]
    pipeline.given["accept_drift"] = {f"{EXPORT}.BillingState"}
    cleaned(pipeline, "run2")
    assert regions(pipeline) == [("Ohio", [])]


@pytest.mark.parametrize("policy", [{"BillingState": "quarantine"}, {"*": "quarantine"}])
def test_a_guarded_column_keeps_the_delivery_back_until_it_is_accepted(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, policy: Mapping[str, Policy]
) -> None:
    guard(monkeypatch, policy)
    deliver("2026-03-01/salesforce/Account.csv", sheet(accounts(1)))
    deliver("2026-03-02/salesforce/Account.csv", sheet(accounts(2, BillingState="Ohio")))
    cleaned(pipeline, "run1")
    told = table(pipeline, "quality.deliveries").sort("delivery_date").select("status", "rule", "records")
    assert told.rows() == [("landed", None, 8), ("quarantined", "delivery.schema_drift", 8)]
    assert ("Ohio", []) not in regions(pipeline)
    assert ("drift.retyped_column", "BillingState: number 100% -> 0%") in drifts(pipeline)
    pipeline.given["accept_drift"] = {f"{EXPORT}.BillingState"}
    cleaned(pipeline, "run2")
    assert regions(pipeline) == [("Ohio", [])]

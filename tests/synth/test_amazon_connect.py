"""The legs that the truth tells, worked out once more from the records, newest version first."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.synth import Truth
from cx_pipeline.synth.files import unpacked
from tests.synth.test_truth import contacts

_KEY = "amazon_connect.contact_records:"


@pytest.fixture(scope="module")
def records(world: Path) -> dict[str, dict[str, Any]]:
    """The last version of every record that can be read."""
    last: dict[str, dict[str, Any]] = {}
    for path in sorted(world.glob("2*/amazon_connect/*")):
        for record in contacts(unpacked(path))[0]:
            older = last.get(record["ContactId"])
            if older is None or older["LastUpdateTimestamp"] <= record["LastUpdateTimestamp"]:
                last[record["ContactId"]] = record
    return last


@pytest.fixture(scope="module")
def legs(truth: Truth) -> dict[str, dict[str, Any]]:
    told = pl.read_parquet(truth.folder / "call_legs" / "*.parquet").filter("published")
    return {row["leg_id"].removeprefix(_KEY): row for row in told.iter_rows(named=True)}


def between(start: str | None, end: str | None) -> int | None:
    if start is None or end is None:
        return None
    return int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() * 1000)


def milliseconds(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * 1000


def test_every_leg_is_told(records: dict[str, Any], legs: dict[str, Any], truth: Truth) -> None:
    assert set(records) == set(legs)
    assert len(legs) == truth.counts["exports"]["amazon_connect.contact_records"]["published"] > 350


def test_durations_are_those_of_the_records(records: dict[str, Any], legs: dict[str, Any]) -> None:
    backwards = 0
    for key, record in records.items():
        queue, agent, leg = record["Queue"] or {}, record["Agent"] or {}, legs[key]
        told = [leg[name] for name in ("queue_ms", "ring_ms", "talk_ms", "hold_ms", "wrap_up_ms")]
        if record["DisconnectTimestamp"] < record["InitiationTimestamp"]:
            backwards += 1
            assert told == [None] * 5
            continue
        assert told == [
            milliseconds(queue.get("Duration")),
            between(queue.get("DequeueTimestamp"), agent.get("ConnectedToAgentTimestamp")),
            milliseconds(agent.get("AgentInteractionDuration")),
            milliseconds(agent.get("CustomerHoldDuration")),
            milliseconds(agent.get("AfterContactWorkDuration")),
        ]
        if queue:
            assert milliseconds(queue["Duration"]) == between(queue["EnqueueTimestamp"], queue["DequeueTimestamp"])
    assert backwards > 0


def test_chains_and_their_ends_are_those_of_the_records(records: dict[str, Any], legs: dict[str, Any]) -> None:
    for key, record in records.items():
        leg = legs[key]
        assert leg["interaction_id"] == _KEY + (record["InitialContactId"] or record["ContactId"])
        assert leg["is_transferred"] == (record["NextContactId"] is not None)
        assert leg["initiation"] == record["InitiationMethod"]
        waiting = record["Queue"] and not record["Agent"] and not record["NextContactId"] and record["Channel"] != "TASK"
        assert leg["is_abandoned"] == bool(waiting)
    positions = Counter(leg["position"] for leg in legs.values())
    assert positions[0] > positions[1] > positions[2] > 0


def test_testers_write_e_mails(records: dict[str, Any], legs: dict[str, Any]) -> None:
    tests = {key for key, leg in legs.items() if leg["is_test"]}
    addresses = {key: (record["CustomerEndpoint"] or {}).get("Address") for key, record in records.items()}
    assert tests == {key for key, address in addresses.items() if address in {"qa.caller@example.com", "test@test.com"}}
    assert tests


def test_a_number_belongs_to_who_calls_with_it(records: dict[str, Any], truth: Truth) -> None:
    people = pl.read_parquet(truth.folder / "people.parquet").filter(pl.col("record_key").str.starts_with(_KEY))
    who = {
        key.removeprefix(_KEY): (person, link) for key, person, link in people.select("record_key", "person", "link").iter_rows()
    }
    firsts = {key for key, record in records.items() if record["InitialContactId"] is None}
    assert set(who) == firsts
    callers: dict[str, set[str]] = {}
    for key in firsts:
        address = str((records[key]["CustomerEndpoint"] or {}).get("Address"))
        person, link = who[key]
        assert (address in {"None", "anonymous"}) <= (link == "none")
        if link in {"phone", "disputed_phone", "email"}:
            callers.setdefault(address, set()).add(person)
    assert len(callers) > 100
    assert {len(persons) for persons in callers.values()} == {1}


def test_texts_that_went_bad_are_told_clean(legs: dict[str, Any], truth: Truth) -> None:
    cells = pl.read_parquet(truth.folder / "cells.parquet").filter(pl.col("column") == "Queue.Name")
    spoilt = [(key, clean) for key, clean in cells.select("key", "clean").iter_rows() if key in legs]
    assert len(spoilt) > 3
    assert [(key, legs[key]["queue"]) for key, _ in spoilt] == spoilt

"""What the checks of deliveries say of columns that differ from the last delivery's."""

from __future__ import annotations

from datetime import date

import dagster as dg
import pytest

from checks.deliveries import schema_check
from cx_pipeline.quality.drift import Drift, DriftKind
from cx_pipeline.sources.catalogue import get
from cx_pipeline.stages.manifest import Entry, Facts, Status

EXPORT = get("zendesk.users")


def entry(*columns: str) -> Entry:
    return Entry(
        delivery_id="d1",
        date=date(2026, 3, 1),
        source="zendesk",
        export="users",
        path="2026-03-01/zendesk/users.json",
        bytes=1,
        mtime_ns=1,
        sha256="0" * 64,
        decompressed_bytes=1,
        status=Status.LANDED,
        facts=Facts(format="ndjson", columns=columns, records=1),
    )


@pytest.mark.parametrize(
    ("drift", "passed"),
    [
        ([], True),
        ([Drift(DriftKind.REORDERED, "", "columns that stand elsewhere: 2")], True),
        ([Drift(DriftKind.RETYPED, "id", "id: number 100% -> 0%")], False),
        ([Drift(DriftKind.GROWN_ENUM, "role", "role: 1 new words without a mapping")], False),
    ],
)
def test_drift_warns_unless_it_is_harmless(drift: list[Drift], passed: bool) -> None:
    made = schema_check(EXPORT, [entry("id")], {"d1": drift})
    assert (made.passed, made.severity) == (passed, dg.AssetCheckSeverity.WARN)
    assert made.metadata["schema_drift"].value == len(drift)
    table = made.metadata.get("reasons")
    rows = [row.data for row in table.records] if isinstance(table, dg.TableMetadataValue) else []
    assert [(row["what"], row["column"]) for row in rows] == [(str(item.kind), item.detail) for item in drift]


def test_unknown_columns_warn_as_before() -> None:
    made = schema_check(EXPORT, [entry("id", "shoe_size")], {})
    assert not made.passed
    assert made.metadata["unknown_columns"].value == 1

"""The checked-in sample against the truth that its generator wrote beside it: counts exact, by file and by export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from tests.faults.drive import drive

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("sample")
    drive(SAMPLE, data, "sample")
    return data / "clean" / "cx.duckdb"


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return dict(json.loads((SAMPLE / "truth" / "counts.json").read_text(encoding="utf-8")))


def _rows(published: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(published), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_every_file_holds_what_was_written(published: Path, truth: dict[str, Any]) -> None:
    found = _rows(
        published,
        """SELECT d.raw_path, d.records, d.damaged, count(DISTINCT q.row_id) FILTER (q.rule LIKE 'key.%')
           FROM quality.deliveries d LEFT JOIN quality.quarantine q USING (delivery_id) GROUP BY ALL""",
    )
    expected = {
        path: (file["records"], file["damaged"], 0 if file.get("quarantined_whole") else file["unusable_key"])
        for path, file in truth["files"].items()
    }
    assert {path: (records, damaged, unusable) for path, records, damaged, unusable in found} == expected


def test_every_export_has_the_fates_of_the_truth(published: Path, truth: dict[str, Any]) -> None:
    found = _rows(
        published,
        """SELECT table_name, sum(published) FILTER (stage = 'dedupe')::BIGINT, sum(superseded)::BIGINT, sum(duplicate)::BIGINT,
                  sum(quarantined)::BIGINT
           FROM quality.ledger WHERE stage <> 'map' GROUP BY ALL""",
    )
    expected = {
        export: (
            fates["published"],
            fates["superseded"],
            fates["duplicate"],
            fates["quarantined"] + fates["in_files_quarantined_whole"],
        )
        for export, fates in truth["exports"].items()
    }
    assert {row[0]: row[1:] for row in found} == expected


def test_tombstones_and_tests_are_marked(published: Path, truth: dict[str, Any]) -> None:
    found = _rows(
        published,
        """SELECT source_system || '.' || source_entity, count(*) FILTER (is_deleted), count(*) FILTER (is_test)
           FROM interactions GROUP BY ALL""",
    )
    expected = {
        export: (truth["exports"][export]["published_tombstones"], truth["exports"][export]["published_test"])
        for export in ("cfpb.complaints", "city_311.service_requests", "salesforce.Case", "store.visits", "zendesk.tickets")
    }
    calls = pl.read_parquet(SAMPLE / "truth" / "call_legs" / "*.parquet").filter("published", "is_test", position=0)
    expected["amazon_connect.contact_records"] = (0, len(calls))
    assert {row[0]: row[1:] for row in found} == expected


def test_people_who_must_stay_apart_do(published: Path) -> None:
    pairs = _rows(
        published,
        f"""WITH member AS (SELECT DISTINCT source_system || '.' || source_entity || ':' || source_id AS record, customer_id
                            FROM customer_identities)
            SELECT count(*), count(*) FILTER (a.customer_id = b.customer_id)
            FROM read_parquet('{SAMPLE / "truth" / "must_not_merge.parquet"}') pair
            JOIN member a ON a.record = pair.left JOIN member b ON b.record = pair.right""",
    )
    assert pairs[0][0] > 0
    assert pairs[0][1] == 0


def test_one_person_is_one_customer_where_an_exact_rule_can_tell(published: Path) -> None:
    found = _rows(
        published,
        f"""WITH member AS (SELECT DISTINCT source_system || '.' || source_entity || ':' || source_id AS record, customer_id
                            FROM customer_identities)
            SELECT link, count(DISTINCT person) AS people, count(DISTINCT customer_id) AS customers
            FROM read_parquet('{SAMPLE / "truth" / "people.parquet"}') JOIN member ON record = record_key
            WHERE kind = 'person' GROUP BY ALL""",
    )
    by_link = {link: (people, customers) for link, people, customers in found}
    assert {"email", "phone", "external_id"} <= set(by_link)
    for link in ("email", "phone", "external_id", "single"):
        people, customers = by_link[link]
        assert people == customers, link

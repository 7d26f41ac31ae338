"""Fractions are exact, each says by what check, and what was not measured is null."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.ai import scorecard
from cx_pipeline.ai.facts import CheckFact
from cx_pipeline.ai.readiness import FACTORS, REQUIREMENTS, UNMEASURED, Count, measured
from cx_pipeline.ai.readiness_facts import count_facts
from cx_pipeline.ai.readiness_published import QUERIES, count_published
from cx_pipeline.quality.score import score_rows
from tests.ai.paper import world, write
from tests.ai.sample_facts import facts, write_files


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows: dict[str, list[dict[str, object]]] = world()
    checks = {
        "status_words": "passed", "kind_words": "failed", "key_unique": "passed", "x_redacted": "passed", "y_is_token": "passed",
        "z_is_token": "failed", "columns": "errored", "opened_at_plausible": "passed",
    }  # fmt: skip
    rows["quality.checks"] = [{"run_id": "run1", "name": name, "status": status} for name, status in checks.items()]
    rows["quality.deliveries"] = [
        {"delivery_id": "d1", "status": "landed", "records": 100, "damaged": 3, "unknown_columns": []},
        {"delivery_id": "d2", "status": "landed", "records": 50, "damaged": None, "unknown_columns": None},
        {"delivery_id": "d3", "status": "unreadable", "records": None, "damaged": None},
    ]
    line = {"run_id": "run1", "published": 7, "quarantined": 1, "superseded": 1, "duplicate": 1, "filtered": 0}
    rows["quality.ledger"] = [line | {"rows_in": 10}, line | {"rows_in": 11}]
    rows["quality.scores"] = [{"metric": "privacy.exposed_share", "about": "main.customers", "value": 0.25, "counted_over": 8}]
    rows["main.messages"] += [
        {"message_id": "odd", "interaction_id": "nowhere", "text_masked": "caf\ufffd", "run_id": "run1", "row_id": "r",
         "source_system": "zendesk", "source_id": "1"},
    ]  # fmt: skip
    return write(tmp_path_factory.mktemp("published") / "cx.duckdb", rows)


FROM_PUBLISHED = {
    "categorical_validity": (1, 2), "cross_column_consistency": (0, 0), "encoding_validity": (6, 7),
    "referential_integrity": (14, 15), "schema_conformity": (0, 1), "syntactic_validity": (147, 150), "uniqueness": (1, 1),
    "value_range_validity": (1, 1), "schema_evolution_tracking": (1, 2), "temporal_referential_integrity": (14, 15),
    "agent_attribution": (1, 15), "lineage_completeness": (1, 2), "pipeline_execution_audit": (7, 8),
    "record_level_traceability": (1, 15), "anonymization_effectiveness": (6, 8), "column_masking": (2, 3),
}  # fmt: skip


@pytest.mark.parametrize("name", FROM_PUBLISHED)
def test_what_the_published_file_answers(counted: Mapping[str, Count], name: str) -> None:
    assert counted[name][:2] == FROM_PUBLISHED[name]
    assert counted[name].check.startswith("SELECT ")


@pytest.fixture(scope="module")
def counted(published: Path) -> Mapping[str, Count]:
    return count_published(published)


def test_every_query_is_looked_at(counted: Mapping[str, Count]) -> None:
    assert set(QUERIES) == set(counted) == set(FROM_PUBLISHED) | {"constraint_declaration"}
    good, total, _ = counted["constraint_declaration"]
    assert 0 < good < total


FROM_FACTS = {
    "data_completeness": (53, 58), "distribution_conformity": (0, 1), "business_glossary_linkage": (0, 18),
    "entity_identifier_declaration": (3, 3), "relationship_declaration": (1, 1), "schema_type_coverage": (18, 18),
    "semantic_documentation": (24, 24), "temporal_scope_declaration": (1, 3), "unit_of_measure_declaration": (3, 3),
    "native_format_availability": (6, 6), "eval_coverage": (2, 2), "change_detection": (6, 6), "data_freshness": (1, 2),
    "data_provenance": (1, 2), "data_version_coverage": (6, 6), "bias_testing_coverage": (1, 2), "consent_coverage": (7, 40),
    "purpose_limitation": (2, 2), "leak_freedom": (400, 400), "split_isolation": (1, 1), "feature_refresh_compliance": (1, 1),
}  # fmt: skip


def test_what_the_facts_answer(tmp_path: Path) -> None:
    assert {name: count[:2] for name, count in count_facts(facts(write_files(tmp_path))).items()} == FROM_FACTS


@pytest.mark.parametrize(
    ("change", "name", "expected"),
    [
        ({"made_at": datetime(2026, 12, 1)}, "feature_refresh_compliance", 0.0),
        ({"version": "latest"}, "data_version_coverage", 0.0),
        ({"consents": ()}, "consent_coverage", None),
        ({"consents": ()}, "purpose_limitation", 0.0),
        ({"drift": ()}, "distribution_conformity", None),
        ({"splits": ()}, "bias_testing_coverage", None),
        ({"checks": ()}, "leak_freedom", None),
        ({"checks": (CheckFact("no_known_identifier", False, True, 400, 100, ""),)}, "leak_freedom", 0.75),
        ({"checks": (CheckFact("chunks_keep_to_one", True, True, 8, 2, ""),)}, "chunk_readiness", 0.75),
        ({"files": ()}, "data_completeness", None),
        ({"files": ()}, "native_format_availability", None),
    ],
)
def test_what_a_version_lacks_lowers_its_fraction_or_leaves_it_null(
    tmp_path: Path, change: dict[str, Any], name: str, expected: float | None
) -> None:
    card = scorecard.make(replace(facts(write_files(tmp_path)), **change))
    assert requirement(card, name)["score"] == expected


def test_nothing_measured_is_null_everywhere() -> None:
    empty = replace(facts(), splits=(), sources=(), consents=(), checks=(), drift=())
    card = scorecard.make(empty)
    assert [row["name"] for row in card["requirements"] if row["score"] is not None] == []
    assert {factor["score"] for factor in card["factors"].values()} == {None}


def test_who_has_no_figure_says_why() -> None:
    assert [row.requirement.name for row in measured({}) if not row.check.startswith("Not measured")] == []
    assert set(UNMEASURED) <= {item.name for item in REQUIREMENTS}


def test_the_card_is_json_and_whole(published: Path, tmp_path: Path) -> None:
    card = scorecard.make(facts(write_files(tmp_path)), published)
    assert json.loads(json.dumps(card, allow_nan=False)) == card
    assert tuple(card["factors"]) == FACTORS
    assert [row["name"] for row in card["requirements"]] == [item.name for item in REQUIREMENTS]
    assert len({item.name for item in REQUIREMENTS}) == len(REQUIREMENTS)
    assert all(0 <= row["score"] <= 1 for row in card["requirements"] if row["score"] is not None)
    for factor, said in card["factors"].items():
        known = [row["score"] for row in card["requirements"] if row["factor"] == factor and row["score"] is not None]
        assert said["measured"] == len(known)
        assert said["score"] == pytest.approx(sum(known) / len(known), abs=1e-6)


def test_nearly_whole_is_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    nearly = {"uniqueness": Count(99_999_999, 100_000_000, "x"), "consent_coverage": Count(1, 100_000_000, "y")}
    monkeypatch.setattr(scorecard, "count_facts", lambda _: nearly)
    card = scorecard.make(facts())
    assert requirement(card, "uniqueness")["score"] == 0.999999
    assert requirement(card, "consent_coverage")["score"] == 0.000001


def test_it_becomes_rows_of_quality_scores(published: Path, tmp_path: Path) -> None:
    card = scorecard.make(facts(write_files(tmp_path)), published)
    rows = score_rows(scorecard.scores(card), "run1")
    assert rows.height == len(FACTORS) + len(REQUIREMENTS)
    assert rows["metric"].n_unique() == rows.height
    assert rows.filter(metric="ai.consent_coverage").row(0, named=True)["value"] == 0.175
    assert rows.filter(metric="ai.vector_index_coverage").row(0, named=True)["value"] is None
    assert rows.filter(metric="ai.factor_clean").row(0, named=True)["counted_over"] == card["factors"]["clean"]["measured"]


def requirement(card: Mapping[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in card["requirements"] if row["name"] == name)

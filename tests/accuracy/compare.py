"""A published world beside the truth of its generator: what was found and what was expected, to be compared as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

_LEGS = (
    *("leg_id", "interaction_id", "previous_leg_id", "next_leg_id", "initiation", "queue", "agent_id", "enqueued_at"),
    *("dequeued_at", "connected_at", "disconnected_at", "queue_ms", "ring_ms", "talk_ms", "hold_ms", "hold_count"),
    *("wrap_up_ms", "is_abandoned", "is_transferred", "is_test", "updated_at"),
)
_RESPONSES = (
    *("response_id", "survey_id", "audience", "score", "nps_group", "started_at", "submitted_at", "recorded_at", "completion"),
    *("is_preview", "is_test", "is_spam", "is_speeder", "distribution_channel", "language"),
)
_ANSWERS = ("response_id", "question_key", "sub_question", "answer_state", "answer")
_ACTIONS = ("action_id", "feedback_id", "tag", "status", "opened_at", "done_at", "told_at", "is_test")
_STEPS = ("event_id", "fulfilment_id", "order_id", "kind", "occurred_at", "promised_at")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def counts(truth: Path) -> dict[str, Any]:
    """`counts.json`."""
    return dict(json.loads((truth / "counts.json").read_text(encoding="utf-8")))


def asked(published: Path, sql: str) -> pl.DataFrame:
    """Answer of the published file."""
    with duckdb.connect(str(published), read_only=True) as connection:
        answer: pl.DataFrame = connection.sql(sql).pl()
    return answer


def files(published: Path, truth: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Records, damaged records and unusable keys of every file."""
    found = asked(
        published,
        """SELECT d.raw_path, d.records, d.damaged, count(DISTINCT q.row_id) FILTER (q.rule LIKE 'key.%')
           FROM quality.deliveries d LEFT JOIN quality.quarantine q USING (delivery_id) GROUP BY ALL""",
    )
    expected = {
        path: (file["records"], file["damaged"], 0 if file.get("quarantined_whole") else file["unusable_key"])
        for path, file in counts(truth)["files"].items()
    }
    return {row[0]: row[1:] for row in found.rows()}, expected


def fates(published: Path, truth: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Published, superseded, duplicate and quarantined records of every export."""
    found = asked(
        published,
        """SELECT table_name, sum(published) FILTER (stage = 'dedupe')::BIGINT, sum(superseded)::BIGINT, sum(duplicate)::BIGINT,
                  sum(quarantined)::BIGINT
           FROM quality.ledger WHERE stage <> 'map' GROUP BY ALL""",
    )
    expected = {
        export: (
            told["published"],
            told["superseded"],
            told["duplicate"],
            told["quarantined"] + told["in_files_quarantined_whole"],
        )
        for export, told in counts(truth)["exports"].items()
    }
    return {row[0]: row[1:] for row in found.rows()}, expected


def marks(published: Path, truth: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tombstones and tests among interactions and responses, by export."""
    found = asked(
        published,
        """SELECT source_system || '.' || source_entity, count(*) FILTER (is_deleted), count(*) FILTER (is_test)
           FROM (FROM interactions SELECT source_system, source_entity, is_deleted, is_test
                 UNION ALL FROM survey_responses SELECT source_system, source_entity, is_deleted, is_test
                 WHERE source_system = 'qualtrics') GROUP BY ALL""",
    )
    exports = counts(truth)["exports"]
    expected = {
        export: (exports[export]["published_tombstones"], exports[export]["published_test"])
        for export in (
            *("salesforce.Case", "zendesk.tickets", "qualtrics.responses", "intercom.conversations", "servicenow.incidents"),
            *("cfpb.complaints", "city_311.service_requests", "store.visits"),
        )
    }
    calls = pl.read_parquet(truth / "call_legs" / "*.parquet").filter("published", "is_test", position=0)
    expected["amazon_connect.contact_records"] = (0, len(calls))
    return {row[0]: row[1:] for row in found.rows() if row[0] in expected}, expected


def consents(published: Path, truth: Path) -> tuple[set[Any], set[Any], set[Any]]:
    """What holds of the purposes of the consent centre, by the person that the records which decided belong to.

    The last set is what was found beyond that, but for refusals that followed an address or number to others who carry it.
    """
    told = str(truth / "consents" / "*.parquet")
    rows = asked(
        published,
        f"""WITH known AS (SELECT DISTINCT source_system || '.' || source_entity || ':' || source_id AS record, customer_id
                           FROM customer_identities WHERE source_system = 'onetrust'),
                 told AS (SELECT DISTINCT t.customer_id, purpose, state, since FROM
                          (SELECT unnest(receipts) AS record, purpose, state, since FROM read_parquet('{told}'))
                          JOIN known t USING (record))
            SELECT 'expected' AS side, customer_id, purpose, state, since FROM told
            UNION ALL
            SELECT 'found', customer_id, purpose, state, strftime(since, '{_TIME}') FROM consents
            WHERE purpose LIKE 'onetrust.purposes:%' OR purpose IN ('AI training', 'Service improvement')""",
    ).rows()
    found, expected = ({row[1:] for row in rows if row[0] == side} for side in ("found", "expected"))
    refused = {row[1:] for row in expected if row[2] == "withdrawn"}
    return found & expected, expected, {row for row in found - expected if row[1:] not in refused}


def quarantine(published: Path, truth: Path) -> tuple[set[Any], set[Any]]:
    """The records that are out, by file and number; whole files have no number."""
    found = asked(published, "SELECT DISTINCT raw_path, record_number FROM quality.quarantine")
    expected = pl.read_parquet(truth / "quarantine.parquet").select("file", "record")
    return set(found.rows()), set(expected.rows())


def call_legs(published: Path, truth: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Legs, a column each that the truth tells of."""
    found = asked(published, "SELECT *, source_updated_at AS updated_at FROM call_legs WHERE source_system = 'amazon_connect'")
    expected = pl.read_parquet(truth / "call_legs" / "*.parquet").filter("published")
    return _alike(found, _LEGS, ["leg_id"]), _alike(expected, _LEGS, ["leg_id"])


def survey_responses(published: Path, truth: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Responses, a column each that the truth tells of."""
    found = asked(
        published,
        "SELECT *, list_contains(dq_flags, 'taken_for_spam') AS is_spam FROM survey_responses WHERE source_system = 'qualtrics'",
    )
    expected = pl.read_parquet(truth / "survey_responses" / "*.parquet").filter("published")
    expected = expected.with_columns(score=pl.col("nps").cast(pl.Float64))
    return _alike(found, _RESPONSES, ["response_id"]), _alike(expected, _RESPONSES, ["response_id"])


def survey_answers(data: Path, truth: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answers as the lake holds them: what was written is withheld from the published file."""
    key = ["response_id", "question_key", "sub_question"]
    lake = pl.read_parquet(data / "lake" / "clean" / "tables" / "survey_answers.parquet").filter(source_system="qualtrics")
    found = lake.with_columns(
        answer=pl.when(pl.col("answer_state") != "seen_unanswered").then(pl.coalesce("answer_code", "text_answer"))
    )
    expected = pl.read_parquet(truth / "survey_answers" / "*.parquet").filter("published")
    return _alike(found, _ANSWERS, key), _alike(expected, _ANSWERS, key)


def fulfilment_events(published: Path, truth: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Steps of fulfilments, a column each that the truth tells of."""
    expected = pl.read_parquet(truth / "fulfilment_events" / "*.parquet").unique()
    return _alike(asked(published, "FROM fulfilment_events"), _STEPS, ["event_id"]), _alike(expected, _STEPS, ["event_id"])


def feedback_actions(published: Path, truth: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Promised fixes, a column each that the truth tells of."""
    found = asked(published, "SELECT *, notified_at AS told_at FROM feedback_actions WHERE source_system = 'jira'")
    expected = pl.read_parquet(truth / "feedback_actions" / "*.parquet").filter("published")
    return _alike(found, _ACTIONS, ["action_id"]), _alike(expected, _ACTIONS, ["action_id"])


def _alike(frame: pl.DataFrame, columns: tuple[str, ...], key: list[str]) -> pl.DataFrame:
    times = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
    return frame.with_columns(pl.col(times).dt.strftime(_TIME)).select(columns).sort(key)

"""Requirements that the published file answers, each by one query that gives how many are good and of how many."""

from __future__ import annotations

from pathlib import Path

from cx_pipeline.ai.readiness import Count
from cx_pipeline.warehouse.reader import open_read_only

QUERIES = {
    "categorical_validity": """
        SELECT count(*) FILTER (status = 'passed'), count(*) FROM quality.checks WHERE name LIKE '%\\_words' ESCAPE '\\'""",
    "cross_column_consistency": """
        SELECT count(*) FILTER (status = 'passed'), count(*) FROM quality.checks
        WHERE name IN ('deleted_without_text', 'fates_agree', 'lines_balance', 'no_row_twice_fated', 'rows_as_booked',
                       'stages_chain')""",
    "encoding_validity": """
        SELECT count(*) FILTER (NOT regexp_matches(text_masked, '[\\x{FFFD}\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F]')), count(*)
        FROM main.messages WHERE text_masked IS NOT NULL""",
    "referential_integrity": """
        SELECT count(*) FILTER (is_found), count(*) FROM (
            SELECT i.interaction_id IS NOT NULL AS is_found
            FROM main.messages m LEFT JOIN main.interactions i USING (interaction_id) WHERE m.interaction_id IS NOT NULL
            UNION ALL
            SELECT c.customer_id IS NOT NULL
            FROM main.interactions i LEFT JOIN main.customers c USING (customer_id) WHERE i.customer_id IS NOT NULL)""",
    "schema_conformity": """
        SELECT count(*) FILTER (status = 'passed'), count(*) FROM quality.checks WHERE name IN ('columns', 'required_present')""",
    "syntactic_validity": """
        SELECT coalesce(sum(records - coalesce(damaged, 0)), 0)::BIGINT, coalesce(sum(records), 0)::BIGINT
        FROM quality.deliveries WHERE status = 'landed'""",
    "uniqueness": "SELECT count(*) FILTER (status = 'passed'), count(*) FROM quality.checks WHERE name = 'key_unique'",
    "value_range_validity": """
        SELECT count(*) FILTER (status = 'passed'), count(*) FROM quality.checks WHERE name LIKE '%\\_plausible' ESCAPE '\\'""",
    "constraint_declaration": """
        SELECT count(*) FILTER (NOT is_nullable OR contains(coalesce(comment, ''), 'One of ')), count(*)
        FROM duckdb_columns() WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal""",
    "schema_evolution_tracking": """
        SELECT count(*) FILTER (unknown_columns IS NOT NULL), count(*) FROM quality.deliveries WHERE status = 'landed'""",
    "temporal_referential_integrity": """
        SELECT count(moment), count(*) FROM (
            SELECT sent_at AS moment FROM main.messages UNION ALL SELECT opened_at FROM main.interactions)""",
    "agent_attribution": """
        SELECT count(run_id), count(*) FROM (
            SELECT run_id FROM main.messages UNION ALL SELECT run_id FROM main.interactions)""",
    "lineage_completeness": """
        SELECT count(*) FILTER (rows_in = published + quarantined + superseded + duplicate + filtered), count(*)
        FROM quality.ledger""",
    "pipeline_execution_audit": """
        SELECT count(*) FILTER (status IN ('passed', 'failed')), count(*) FROM quality.checks""",
    "record_level_traceability": """
        SELECT count(*) FILTER (row_id IS NOT NULL AND source_system IS NOT NULL AND source_id IS NOT NULL), count(*) FROM (
            SELECT row_id, source_system, source_id FROM main.messages
            UNION ALL SELECT row_id, source_system, source_id FROM main.interactions)""",
    "anonymization_effectiveness": """
        SELECT round(counted_over * (1 - value))::BIGINT, counted_over
        FROM quality.scores WHERE metric = 'privacy.exposed_share' AND value IS NOT NULL ORDER BY about LIMIT 1""",
    "column_masking": """
        SELECT count(*) FILTER (status = 'passed'), count(*) FROM quality.checks
        WHERE regexp_matches(name, '_(redacted|is_token)$')""",
}


def count_published(published: Path) -> dict[str, Count]:
    """What can be counted in a published file, by requirement; what a query has no row for is left out."""
    with open_read_only(published) as connection:
        found = {name: connection.execute(query).fetchall() for name, query in QUERIES.items()}
    return {name: Count(good, total, " ".join(QUERIES[name].split())) for name, rows in found.items() for good, total in rows}

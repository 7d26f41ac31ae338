"""What came after the cut-off: labels, never features. A window that is not over is null, not a no."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import polars as pl

HORIZON = timedelta(days=90)
_ACTS = """
CREATE OR REPLACE TEMP TABLE all_acts AS
SELECT customer_id, opened_at AS acted_at, true AS is_contact FROM main.interactions
WHERE merged_into_interaction_id IS NULL AND NOT is_test AND NOT is_deleted
UNION ALL
SELECT customer_id, coalesce(submitted_at, recorded_at), false FROM main.survey_responses
WHERE audience = 'customer' AND duplicate_of IS NULL AND NOT coalesce(is_preview, false) AND NOT is_test AND NOT is_deleted
UNION ALL
SELECT customer_id, ordered_at, false FROM main.orders WHERE NOT is_test AND NOT is_deleted
UNION ALL
SELECT customer_id, occurred_at, false FROM main.web_events WHERE NOT is_test AND NOT is_deleted
UNION ALL
SELECT customer_id, occurred_at, false FROM main.marketing_events
WHERE kind IN ('open', 'click', 'unsubscribe') AND NOT is_test AND NOT is_deleted
"""
_OBSERVED = """
SELECT max(acted_at) FROM temp.all_acts WHERE acted_at <= (SELECT max("now") FROM quality.runs)
"""
_LABELS = """
WITH after AS (
    SELECT customer_id, count(*) AS acts, min(acted_at) FILTER (is_contact) AS contact_at
    FROM temp.all_acts WHERE acted_at > $cut_off AND acted_at <= $horizon GROUP BY customer_id),
before AS (
    SELECT DISTINCT customer_id FROM temp.acts WHERE acted_at > $window_start AND acted_at <= $cut_off),
said AS (
    SELECT k.customer_id, coalesce(a.acts, 0) > 0 AS has_acted, a.contact_at, b.customer_id IS NOT NULL AS was_active,
           coalesce($observed >= $horizon, false) AS is_observed
    FROM temp.known k LEFT JOIN after a USING (customer_id) LEFT JOIN before b USING (customer_id))
SELECT customer_id, $cut_off::TIMESTAMP AS cut_off_at, $observed::TIMESTAMP AS observed_until, is_observed AS is_window_observed,
       CASE WHEN was_active AND has_acted THEN false WHEN was_active AND is_observed THEN true END AS churned_next_90d,
       CASE WHEN contact_at IS NOT NULL THEN true WHEN is_observed THEN false END AS contacted_next_90d,
       date_diff('second', $cut_off::TIMESTAMP, contact_at) / 86400 AS days_to_next_contact
FROM said ORDER BY customer_id
"""


def observed_until(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """The newest act of any customer that the published file knows of, acts dated after the file was made aside."""
    connection.execute(_ACTS)
    [(observed,)] = connection.execute(_OBSERVED).fetchall()
    return observed if isinstance(observed, datetime) else None


def labels(connection: duckdb.DuckDBPyConnection, cut_off: datetime) -> pl.DataFrame:
    """Rows of `LABELS`, one a customer known at the cut-off, in the order of `customer_id`; after `features_snapshot.take`."""
    observed = observed_until(connection)
    bound = {"cut_off": cut_off, "horizon": cut_off + HORIZON, "window_start": cut_off - HORIZON, "observed": observed}
    rows: pl.DataFrame = connection.sql(_LABELS, params=bound).pl()
    return rows

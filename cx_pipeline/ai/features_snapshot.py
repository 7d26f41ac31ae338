"""What was known at a cut-off: the published tables as they would have read at that moment.

This is the one place where features read the published tables; every feature is made of the temporary tables that are left
here, so nothing that happened after the cut-off can enter one. A row counts when what it tells of had happened; a time of its
own that lies later is taken for not yet set. Which person a record belongs to, and that a record is a test or was deleted, is
as known today.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import duckdb
import polars as pl

_CONTACTS = """
CREATE OR REPLACE TEMP TABLE contacts AS
SELECT customer_id, interaction_id, opened_at, channel, department, order_id,
       CASE WHEN first_reply_at <= $cut_off THEN date_diff('millisecond', opened_at, first_reply_at) END AS first_reply_ms,
       CASE WHEN least(solved_at, closed_at) <= $cut_off
            THEN date_diff('millisecond', opened_at, least(solved_at, closed_at)) END AS resolution_ms
FROM main.interactions
WHERE opened_at <= $cut_off AND merged_into_interaction_id IS NULL AND NOT is_test AND NOT is_deleted
  AND customer_id IN (SELECT customer_id FROM temp.people)
"""
_WORDS = """
CREATE OR REPLACE TEMP TABLE words AS
SELECT c.customer_id, m.message_id, m.sent_at, m.language, m.text_masked AS text
FROM main.messages m JOIN temp.contacts c USING (interaction_id)
WHERE m.sent_at <= $cut_off AND m.author_kind = 'customer' AND coalesce(m.is_public, true)
  AND NOT coalesce(m.is_auto_reply, false) AND NOT m.is_test AND NOT m.is_deleted
"""
_CALLS = """
CREATE OR REPLACE TEMP TABLE calls AS
SELECT c.customer_id, l.disconnected_at, l.hold_ms, coalesce(l.is_abandoned, false) AS is_abandoned
FROM main.call_legs l JOIN temp.contacts c USING (interaction_id)
WHERE l.disconnected_at <= $cut_off AND NOT l.is_test AND NOT l.is_deleted
"""
_SURVEYS = """
CREATE OR REPLACE TEMP TABLE surveys AS
SELECT customer_id, response_id, coalesce(submitted_at, recorded_at) AS answered_at, metric, score, nps_group,
       CASE WHEN scale_max > scale_min THEN (score - scale_min) / (scale_max - scale_min) END AS scaled
FROM main.survey_responses
WHERE coalesce(submitted_at, recorded_at) <= $cut_off AND audience = 'customer' AND duplicate_of IS NULL
  AND NOT coalesce(is_preview, false) AND NOT is_test AND NOT is_deleted
  AND customer_id IN (SELECT customer_id FROM temp.people)
"""
_PURCHASES = """
CREATE OR REPLACE TEMP TABLE purchases AS
SELECT customer_id, order_id, ordered_at, total, currency, coalesce(cancelled_at <= $cut_off, false) AS is_cancelled
FROM main.orders
WHERE ordered_at <= $cut_off AND NOT is_test AND NOT is_deleted AND customer_id IN (SELECT customer_id FROM temp.people)
"""
_RETURNED = """
CREATE OR REPLACE TEMP TABLE returned AS
SELECT p.customer_id, r.return_id, least(r.opened_at, r.received_at, r.credited_at) AS returned_at
FROM main.returns r JOIN temp.purchases p USING (order_id)
WHERE least(r.opened_at, r.received_at, r.credited_at) <= $cut_off AND NOT r.is_test AND NOT r.is_deleted
"""
_DELIVERED = """
CREATE OR REPLACE TEMP TABLE delivered AS
SELECT p.customer_id, f.fulfilment_id, coalesce(f.delivered_at, f.collected_at) AS delivered_at,
       coalesce(f.delivered_at, f.collected_at) > f.promised_at AS is_late
FROM main.fulfilments f JOIN temp.purchases p USING (order_id)
WHERE coalesce(f.delivered_at, f.collected_at) <= $cut_off AND NOT f.is_test AND NOT f.is_deleted
"""
_BROWSED = """
CREATE OR REPLACE TEMP TABLE browsed AS
SELECT customer_id, event_key, web_session_id, occurred_at, event_name, metric_rating
FROM main.web_events
WHERE occurred_at <= $cut_off AND NOT is_test AND NOT is_deleted AND customer_id IN (SELECT customer_id FROM temp.people)
"""
_CAMPAIGNS = """
CREATE OR REPLACE TEMP TABLE campaigns AS
SELECT customer_id, event_id, kind, occurred_at
FROM main.marketing_events
WHERE occurred_at <= $cut_off AND NOT is_test AND NOT is_deleted AND customer_id IN (SELECT customer_id FROM temp.people)
"""
_ACTS = """
CREATE OR REPLACE TEMP TABLE acts AS
SELECT customer_id, opened_at AS acted_at FROM temp.contacts
UNION ALL SELECT customer_id, answered_at FROM temp.surveys
UNION ALL SELECT customer_id, ordered_at FROM temp.purchases
UNION ALL SELECT customer_id, occurred_at FROM temp.browsed
UNION ALL SELECT customer_id, occurred_at FROM temp.campaigns WHERE kind IN ('open', 'click', 'unsubscribe')
"""
_KNOWN = """
CREATE OR REPLACE TEMP TABLE known AS
SELECT p.customer_id, least(any_value(c.first_seen_at), min(a.acted_at)) AS known_since
FROM temp.people p LEFT JOIN main.customers c USING (customer_id) LEFT JOIN temp.acts a USING (customer_id)
GROUP BY p.customer_id
HAVING least(any_value(c.first_seen_at), min(a.acted_at)) <= $cut_off
"""
_TABLES = (_CONTACTS, _WORDS, _CALLS, _SURVEYS, _PURCHASES, _RETURNED, _DELIVERED, _BROWSED, _CAMPAIGNS, _ACTS, _KNOWN)

Moments = Mapping[str, datetime]
"""What a query binds: `cut_off` and the beginnings of the windows before it, `last_30_days` and `last_90_days`."""


def moments(cut_off: datetime) -> dict[str, datetime]:
    """The cut-off and the windows that end with it; a window begins after the moment that is its name."""
    return {
        "cut_off": cut_off,
        "last_30_days": cut_off - timedelta(days=30),
        "last_90_days": cut_off - timedelta(days=90),
    }


def take(connection: duckdb.DuckDBPyConnection, people: pl.DataFrame, cut_off: datetime) -> None:
    """Leave the state at a cut-off in temporary tables of a connection.

    Args:
        connection: on the published file.
        people: `customer_id` of those who may be looked at.
        cut_off: UTC, naive; what happened at this very moment still counts.
    """
    connection.register("people_given", people)
    connection.execute("CREATE OR REPLACE TEMP TABLE people AS SELECT DISTINCT customer_id FROM people_given")
    connection.unregister("people_given")
    for statement in _TABLES:
        # Only what a statement names may be bound.
        connection.execute(statement, {"cut_off": cut_off} if "$cut_off" in statement else None)

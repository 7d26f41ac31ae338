"""What the datasets are made of: conversations and messages, read from the published file, where they are redacted already."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import duckdb
import polars as pl

_CONVERSATIONS = """
WITH people AS (
    SELECT agent_id, arg_max(department, coalesce(valid_from, TIMESTAMP '1970-01-01')) AS department
    FROM main.agents GROUP BY agent_id),
surveys AS (
    SELECT interaction_id,
           arg_max({'metric': metric, 'score': score, 'scale_min': scale_min, 'scale_max': scale_max},
                   coalesce(submitted_at, TIMESTAMP '1970-01-01')) AS survey
    FROM main.survey_responses
    WHERE interaction_id IS NOT NULL AND score IS NOT NULL AND NOT is_test AND NOT is_deleted AND duplicate_of IS NULL
    GROUP BY interaction_id),
written AS (
    SELECT interaction_id, min(sent_at) AS first_sent_at, max(sent_at) AS last_sent_at
    FROM main.messages WHERE coalesce(text_masked, '') <> '' AND NOT is_test AND NOT is_deleted GROUP BY interaction_id)
SELECT i.interaction_id AS conversation_id, i.customer_id, i.source_system, i.kind, i.channel, i.direction,
       coalesce(i.department, p.department) AS department, i.team, i.category, i.status, i.priority, i.text_subject AS subject,
       coalesce(i.opened_at, w.first_sent_at) AS started_at, coalesce(i.solved_at, i.closed_at) AS ended_at, w.last_sent_at,
       i.first_reply_ms, i.resolution_ms, coalesce(i.reopen_count, 0) AS reopen_count,
       CASE WHEN i.merged_into_interaction_id IS NOT NULL THEN 'merged'
            WHEN i.solved_at IS NOT NULL OR i.status = 'solved' THEN 'solved'
            WHEN i.status = 'closed' THEN 'closed'
            WHEN i.status IS NULL THEN 'unknown' ELSE 'open' END AS outcome,
       s.survey, c.language AS customer_language, i.dq_flags, i.is_test, i.is_deleted
FROM main.interactions i
JOIN written w USING (interaction_id)
LEFT JOIN surveys s USING (interaction_id)
LEFT JOIN people p USING (agent_id)
LEFT JOIN main.customers c USING (customer_id)
ORDER BY conversation_id
"""
_AUTHORS = """
WITH records AS (
    SELECT DISTINCT source_system || '.' || source_entity || ':' || source_id AS author_id, customer_id
    FROM main.customer_identities WHERE customer_id IS NOT NULL)
SELECT DISTINCT m.interaction_id AS conversation_id, r.customer_id
FROM main.messages m JOIN records r USING (author_id) JOIN main.interactions i USING (interaction_id)
WHERE m.author_kind = 'customer' AND NOT m.is_test AND NOT m.is_deleted AND r.customer_id IS DISTINCT FROM i.customer_id
ORDER BY ALL
"""
_CUSTOMERS = """
SELECT c.customer_id, coalesce(bool_and(i.is_test), false) AS is_test, coalesce(bool_and(i.is_deleted), false) AS is_deleted
FROM main.customers c LEFT JOIN main.customer_identities i USING (customer_id)
GROUP BY c.customer_id ORDER BY c.customer_id
"""
_MESSAGES = """
SELECT m.interaction_id AS conversation_id, m.message_id, coalesce(m.author_kind, 'unknown') AS role,
       coalesce(m.is_public, true) AS is_public, coalesce(m.is_auto_reply, false) AS is_auto_reply, m.sent_at,
       m.text_masked AS text, coalesce(m.pii_counts, []) AS pii_counts,
       coalesce(m.is_truncated_history, false) AS is_truncated_history, coalesce(m.attachment_count, 0) AS attachment_count
FROM main.messages m JOIN asked ON asked.conversation_id = m.interaction_id
WHERE coalesce(m.text_masked, '') <> '' AND NOT m.is_test AND NOT m.is_deleted
ORDER BY conversation_id, m.sent_at NULLS LAST, m.position NULLS LAST, m.message_id
"""
_NEWEST = """
SELECT max(moment) FROM (
    SELECT max(opened_at) AS moment FROM main.interactions UNION ALL SELECT max(sent_at) FROM main.messages
    UNION ALL SELECT max(solved_at) FROM main.interactions UNION ALL SELECT max(closed_at) FROM main.interactions
    UNION ALL SELECT max(submitted_at) FROM main.survey_responses UNION ALL SELECT max(ordered_at) FROM main.orders)
WHERE moment <= (SELECT max("now") FROM quality.runs)
"""
_DELIVERED = """
SELECT source_system, min(delivery_date) AS first_delivery, max(delivery_date) AS last_delivery
FROM quality.deliveries WHERE status = 'landed' GROUP BY source_system ORDER BY source_system
"""


def conversations(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row a conversation in which something is written, by id; no texts of messages."""
    found: pl.DataFrame = connection.sql(_CONVERSATIONS).pl()
    return found


def other_authors(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """`conversation_id, customer_id` of people who wrote in a conversation that is about somebody else."""
    found: pl.DataFrame = connection.sql(_AUTHORS).pl()
    return found


def customers(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """`customer_id, is_test, is_deleted` of every customer; marked where all that identifies them is."""
    found: pl.DataFrame = connection.sql(_CUSTOMERS).pl()
    return found


def messages(connection: duckdb.DuckDBPyConnection, ids: pl.Series, at_once: int) -> Iterator[pl.DataFrame]:
    """The messages of some conversations, in order, whole conversations at a time.

    Args:
        connection: to the published file.
        ids: of conversations.
        at_once: conversations of a batch.
    """
    ordered = ids.unique().sort()
    for start in range(0, len(ordered), at_once):
        connection.register("asked", ordered.slice(start, at_once).to_frame("conversation_id").to_arrow())
        batch: pl.DataFrame = connection.sql(_MESSAGES).pl()
        connection.unregister("asked")
        yield batch


def newest(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """The newest moment that the data tell of, not after the run that published them. UTC, naive."""
    [(moment,)] = connection.execute(_NEWEST).fetchall()
    return moment if isinstance(moment, datetime) else None


def delivered(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """`source_system, first_delivery, last_delivery` of the files that landed."""
    found: pl.DataFrame = connection.sql(_DELIVERED).pl()
    return found

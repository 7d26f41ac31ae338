"""No row of an output for a purpose is about somebody who did not permit the purpose.

Asked of the log of consent as it is published, in SQL of its own: nothing here is shared with the code that filters the
outputs, so that a mistake there is found here. Identifiers are compared as tokens. Role mailboxes cannot be told from tokens,
so a grant that nobody's record gave under one counts here for the person who carries it; refusals are all there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from cx_pipeline.privacy.outputs import OUTPUTS, PurposeBound
from cx_pipeline.quality.sql_check import SqlCheck
from cx_pipeline.warehouse.quoting import identifier, literal, qualified

CHECK = "permitted_by_consent"

_OF_A_CHANNEL = "^(marketing[.]communications|essential[.]service[.]notifications)[.](email|sms)$"
_STANCES = """
moment AS (SELECT max("now") AS run_at FROM quality.runs),
told AS (
    SELECT e.customer_id, e.source_system, e.identity.kind AS kind, e.identity.token AS token, e.purpose,
           coalesce(e.channel, 'any') AS channel,
           CASE WHEN e.state = 'granted' AND e.expires_at <= m.run_at THEN 'not_given' ELSE e.state END AS state,
           coalesce(CASE WHEN e.state IN ('denied', 'withdrawn') AND e.occurred_at > m.run_at THEN m.run_at
                         ELSE e.occurred_at END, e.source_updated_at) AS decided_at,
           m.run_at
    FROM main.consent_events e CROSS JOIN moment m
    WHERE NOT e.is_test AND NOT (e.is_deleted AND e.state = 'granted')),
counting AS (
    SELECT *, list_position(['granted', 'unknown', 'not_given', 'pending', 'denied', 'withdrawn'], state) AS strictness
    FROM told WHERE decided_at IS NULL OR decided_at <= run_at),
carriers AS (
    SELECT kind, value_token AS token, customer_id, bool_or(coalesce(is_shared, false)) AS is_shared
    FROM main.customer_identities
    WHERE value_token IS NOT NULL AND customer_id IS NOT NULL
      AND NOT (coalesce(is_placeholder, false) OR coalesce(is_null_hash, false) OR is_test)
    GROUP BY ALL),
owners AS (
    SELECT kind, token, any_value(customer_id) AS customer_id FROM carriers
    GROUP BY kind, token HAVING count(*) = 1 AND NOT bool_or(is_shared)),
own AS (
    SELECT customer_id, source_system, kind, token, channel, purpose, state, decided_at, strictness FROM counting
    WHERE customer_id IS NOT NULL
    UNION ALL
    SELECT o.customer_id, c.source_system, c.kind, c.token, channel, purpose, state, decided_at, strictness
    FROM counting c JOIN owners o USING (kind, token) WHERE c.customer_id IS NULL),
standing AS (
    SELECT customer_id, channel, purpose, state FROM own
    QUALIFY row_number() OVER (PARTITION BY customer_id, source_system, kind, token, channel, purpose, decided_at IS NULL
                               ORDER BY decided_at DESC NULLS LAST, strictness DESC) = 1
    UNION ALL
    SELECT r.customer_id, l.channel, l.purpose, l.state
    FROM (SELECT kind, token, channel, purpose, state FROM counting
          QUALIFY row_number() OVER (PARTITION BY source_system, kind, token, channel, purpose, decided_at IS NULL
                                     ORDER BY decided_at DESC NULLS LAST, strictness DESC) = 1) l
    JOIN carriers r USING (kind, token) WHERE l.state IN ('denied', 'withdrawn')),
worded AS (
    SELECT s.customer_id, s.state, s.state IN ('denied', 'withdrawn') AS is_refused,
           CASE WHEN is_refused THEN coalesce(c.stands_for, 'any') ELSE c.stands_for END AS channel,
           CASE WHEN is_refused AND coalesce(c.stands_for, 'any') <> 'any' THEN coalesce(p.stands_for, 'marketing.communications')
                ELSE p.stands_for END AS use
    FROM standing s
    LEFT JOIN main.consent_words p ON p.kind = 'purpose' AND p.word = s.purpose
    LEFT JOIN main.consent_words c ON c.kind = 'channel' AND c.word = s.channel),
stances AS (
    SELECT DISTINCT customer_id, state, is_refused, {use} AS about, {channel} AS via
    FROM worded WHERE use IS NOT NULL AND channel IS NOT NULL)
"""


def consent_checks(connection: duckdb.DuckDBPyConnection, outputs: Sequence[PurposeBound] = OUTPUTS) -> Iterator[SqlCheck]:
    """One check an output; to run against the staged file that a connection has open."""
    for output in outputs:
        yield _check(output, _columns(connection, output))


def _check(output: PurposeBound, columns: frozenset[str]) -> SqlCheck:
    said_purpose = identifier(output.purpose_column) if output.purpose_column else literal(output.purpose)
    said_channel = identifier(output.channel_column) if output.channel_column else literal(output.channel)
    marks = [f"coalesce({identifier(name)}, false)" for name in ("is_test", "is_deleted") if name in columns]
    is_contact = bool(output.channel_column) or output.channel != "any"
    use, via = _precise_use("use", "channel"), _precise_channel("use", "channel")
    return SqlCheck(
        CHECK,
        output.name,
        "no row is about somebody who did not permit what it is for, by the log of consent alone",
        f"""WITH {_STANCES.format(use=use, channel=via)},
            bound AS (SELECT {identifier(output.subject)} AS subject, {said_purpose} AS use, {said_channel} AS channel,
                            {" OR ".join(marks) or "false"} AS is_marked
                     FROM {qualified(*output.name.split("."))}),
            asked AS (SELECT *, {use} AS about, {via} AS via FROM (SELECT DISTINCT subject, use, channel FROM bound)),
            based AS (SELECT a.subject, a.use, a.channel, count(*) > 0 AS is_based,
                             arg_max(b.may_object, length(b.purpose)) AS may_object
                      FROM asked a JOIN quality.consent_bases b
                        ON a.about = b.purpose OR starts_with(a.about, b.purpose || '.') GROUP BY ALL),
            judged AS (
                SELECT a.subject, a.use, a.channel, count(s.state) AS said, bool_and(s.state = 'granted') AS is_granted,
                       coalesce(bool_or(s.is_refused), false) AS is_refused
                FROM asked a LEFT JOIN stances s
                  ON s.customer_id = a.subject
                 AND (((a.about = s.about OR starts_with(a.about, s.about || '.')) AND s.via IN ('any', a.via))
                      OR (s.is_refused
                          AND (a.about = s.about OR starts_with(a.about, s.about || '.') OR starts_with(s.about, a.about || '.'))
                          AND (s.via = a.via OR 'any' IN (s.via, a.via))))
                GROUP BY ALL),
            gone AS (SELECT customer_id FROM main.customer_identities WHERE {int(is_contact)} = 1
                     GROUP BY customer_id HAVING bool_and(is_test) OR bool_and(is_deleted))
            SELECT count(*) FROM bound r
            LEFT JOIN judged j ON j.subject = r.subject AND j.use = r.use AND j.channel = r.channel
            LEFT JOIN based b ON b.subject = r.subject AND b.use = r.use AND b.channel = r.channel
            WHERE r.subject IS NULL OR r.is_marked OR r.subject IN (SELECT customer_id FROM gone WHERE customer_id IS NOT NULL)
               OR (CASE WHEN b.is_based THEN NOT (b.may_object AND j.is_refused) ELSE j.said > 0 AND j.is_granted END) IS NOT TRUE
        """,
    )


def _precise_channel(use: str, channel: str) -> str:
    """SQL: the channel that a data use is one of, where none is named."""
    named = f"regexp_matches({use}, {literal(_OF_A_CHANNEL)})"
    return f"CASE WHEN {channel} = 'any' AND {named} THEN regexp_extract({use}, '[a-z]+$') ELSE {channel} END"


def _precise_use(use: str, channel: str) -> str:
    """SQL: the taxonomy's own kind of a data use for a channel; marketing in a channel is communication."""
    base = f"CASE WHEN {use} = 'marketing' THEN 'marketing.communications' ELSE {use} END"
    own = f"{base} || '.' || {channel}"
    return (
        f"CASE WHEN {channel} = 'any' THEN {use} WHEN regexp_matches({own}, {literal(_OF_A_CHANNEL)}) THEN {own} ELSE {base} END"
    )


def _columns(connection: duckdb.DuckDBPyConnection, output: PurposeBound) -> frozenset[str]:
    found = connection.execute(
        """SELECT column_name FROM duckdb_columns()
           WHERE database_name = current_database() AND schema_name || '.' || table_name = $1""",
        [output.name],
    ).fetchall()
    return frozenset(str(row[0]) for row in found)

"""What the page tells of, read from a published file. Tables that the file does not have yet tell nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from cx_pipeline.warehouse.catalog import relations
from cx_pipeline.warehouse.reader import CATALOG

DAYS = 28
_QUERIES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "spots": (("marts.blind_spots",), "SELECT * FROM marts.blind_spots ORDER BY position, channel"),
    "metrics": (
        ("marts.cx_metrics_daily", "marts.metric_definitions"),
        """SELECT daily.metric, daily.day, daily.value, daily.n, daily.low, daily.high, daily.unclear_share,
                  named.unit, named.kind, named.is_high_good, named.target, named.description
           FROM marts.cx_metrics_daily AS daily JOIN marts.metric_definitions AS named USING (metric)
           WHERE daily.channel = 'all' AND daily.department = 'all' AND daily.value IS NOT NULL
           ORDER BY metric, day""",
    ),
    "rules": (("marts.rules_in_force",), "SELECT amber_share, red_share, least_rows FROM marts.rules_in_force"),
    "load": (
        ("marts.agent_load_weekly",),
        """SELECT * FROM marts.agent_load_weekly WHERE week IN (SELECT max(week) FROM marts.agent_load_weekly)
           ORDER BY len(risks) DESC, team""",
    ),
    "silos": (
        ("marts.silo_conflicts",),
        """SELECT attribute, least(left_silo, right_silo) AS left_silo, greatest(left_silo, right_silo) AS right_silo,
                  sum(customers)::BIGINT AS customers, sum(disagreeing)::BIGINT AS disagreeing
           FROM marts.silo_conflicts GROUP BY ALL
           ORDER BY sum(disagreeing) / sum(customers) DESC, attribute, left_silo, right_silo""",
    ),
    "loop": (
        ("marts.feedback_loop",),
        """SELECT count(*) AS said, count(*) FILTER (len(tags) > 0 OR actions > 0) AS tagged,
                  count(*) FILTER (actions > 0) AS acted,
                  count(done_at) AS done, count(*) FILTER (state = 'closed') AS closed,
                  count(*) FILTER (is_notified_before_done) AS notified_before_done,
                  count(*) FILTER (is_never_closed) AS never_closed,
                  count(*) FILTER (is_closed_without_notice) AS closed_without_notice
           FROM marts.feedback_loop WHERE said_at IS NOT NULL""",
    ),
    "routing": (
        ("marts.feedback_routing",),
        """SELECT count(*) FILTER (state = 'reached') AS reached, count(*) FILTER (state = 'unnamed') AS unnamed, count(*) AS owed
           FROM marts.feedback_routing WHERE state <> 'no_rule'""",
    ),
    "sync": (
        ("marts.online_offline_sync",),
        """SELECT count(*) AS handed, count(*) FILTER (is_late) AS late, count(*) FILTER (is_late_without_notice) AS late_untold,
                  count(*) FILTER (is_told_too_early) AS told_too_early, count(*) FILTER (is_out_of_step) AS out_of_step,
                  sum(calls_on_arrival)::BIGINT AS calls_on_arrival
           FROM marts.online_offline_sync""",
    ),
    "pages": (
        ("marts.digital_experience_daily",),
        """SELECT device, sum(loads)::BIGINT AS loads, sum(timeouts + cut_offs)::BIGINT AS failed
           FROM marts.digital_experience_daily WHERE page_path = 'all' AND device <> 'all' GROUP BY ALL ORDER BY ALL""",
    ),
    "flow": (
        ("quality.ledger",),
        """SELECT source_system, sum(rows_in) FILTER (stage = 'extract')::BIGINT AS delivered,
                  sum(quarantined)::BIGINT AS quarantined,
                  sum(duplicate) FILTER (stage IN ('extract', 'dedupe'))::BIGINT AS duplicate,
                  sum(superseded)::BIGINT AS superseded, sum(filtered) FILTER (stage IN ('extract', 'dedupe'))::BIGINT AS filtered
           FROM quality.ledger JOIN quality.deliveries USING (delivery_id) GROUP BY ALL ORDER BY ALL""",
    ),
    "quarantine": (
        ("quality.quarantine",),
        """SELECT rule, count(*) AS records FROM quality.quarantine WHERE severity = 'error' GROUP BY ALL
           ORDER BY records DESC, rule""",
    ),
    "checks": (
        ("quality.checks",),
        """SELECT status, severity, count(*) AS checks FROM quality.checks GROUP BY ALL ORDER BY ALL""",
    ),
    "warned": (
        ("quality.checks",),
        """SELECT table_name, description FROM quality.checks WHERE status <> 'passed' ORDER BY ALL""",
    ),
}


@dataclass(frozen=True)
class Facts:
    """Everything the page shows.

    Attributes:
        now: the clock of the run that made the file.
        customers: people the company knows.
        tables: name of a question to its answer; an empty frame where the file cannot tell.
    """

    now: datetime
    customers: int
    tables: Mapping[str, pl.DataFrame]

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.tables[name]

    def one(self, name: str) -> dict[str, int]:
        """The counts of an answer of one row; empty where there is none, or where everything is nothing."""
        rows = self.tables[name].to_dicts()
        told = {key: int(value or 0) for key, value in rows[0].items()} if rows else {}
        return told if any(told.values()) else {}


def read(connection: duckdb.DuckDBPyConnection, catalog: str = CATALOG) -> Facts:
    """Ask a published file."""
    known = {table.id for table in relations(connection, catalog)}
    [(now, customers)] = connection.execute(
        "SELECT runs.now, (SELECT count(*) FROM main.customers) FROM quality.runs AS runs"
    ).fetchall()
    tables = {
        name: connection.sql(sql).pl() if known.issuperset(needed) else pl.DataFrame() for name, (needed, sql) in _QUERIES.items()
    }
    return Facts(now, int(customers), tables)

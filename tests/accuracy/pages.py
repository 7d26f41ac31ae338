"""How pages came, beside what the generator's browsers reported, and who got in touch after one that did not."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import polars as pl

from cx_pipeline.synth.allot import met
from cx_pipeline.synth.vendors import web_vitals
from tests.accuracy.loops import rows_of, world_of


def page_loads(published: Path, truth: Path) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Of every page and device on every day: loads, time-outs, cut-offs and percentiles of how long they took."""
    found = rows_of(
        published,
        """SELECT day, page_path, device, loads, timeouts, cut_offs, lcp_p50_ms, lcp_p75_ms, lcp_p95_ms, inp_p75_ms
           FROM marts.digital_experience_daily WHERE page_path <> 'all' AND device <> 'all' AND loads > 0""",
    )
    final = reports_of(truth).sort("reported", "at").unique(["load", "metric"], keep="last", maintain_order=True)
    cells = {
        cell: tuple(rows.unique("load").select(pl.len(), pl.col("is_timeout").sum(), pl.col("is_cut_off").sum()).row(0))
        + tuple(
            _least(rows.filter(metric=name)["honest"], share)
            for name, share in (("LCP", 0.5), ("LCP", 0.75), ("LCP", 0.95), ("INP", 0.75))
        )
        for cell, rows in final.group_by("day", "path", "device")
    }
    return {row[:3]: row[3:] for row in found}, cells


def reports_of(truth: Path) -> pl.DataFrame:
    """What browsers reported of loads that no bot made, with the day of the load."""
    world = world_of(truth)
    told = pl.concat(web_vitals.reports(world, night) for night in range(world.nights))
    return told.filter(~met(told["trap"], "crawler")).with_columns(day=pl.from_epoch("loaded_ms", "ms").dt.date())


def _least(values: pl.Series, share: float) -> float | None:
    """The least value that such a share does not exceed."""
    ordered = values.drop_nulls().sort()
    return float(ordered[math.ceil(share * len(ordered)) - 1]) if len(ordered) else None


def contacts_after_failures(published: Path, truth: Path) -> tuple[int, int]:
    """Contacts within an hour after a page failed, of customers whom their browser tells: found and expected."""
    failed = (
        reports_of(truth)
        .filter(pl.col("is_timeout") | pl.col("is_cut_off"))
        .group_by("load", "cookie", "began")
        .agg(pl.col("reported").min())
    )
    owners = dict(
        rows_of(
            published,
            """SELECT web_session_id, min(owner.customer_id) FROM main.web_events JOIN (
                   SELECT value_token AS user_token, min(customer_id) AS customer_id FROM main.customer_identities
                   WHERE kind = 'cookie' GROUP BY ALL HAVING count(DISTINCT customer_id) = 1) AS owner USING (user_token)
               WHERE source_system = 'web_vitals' GROUP BY ALL""",
        )
    )
    contacts: dict[str, list[int]] = {}
    for customer, opened in rows_of(
        published,
        """SELECT customer_id, epoch_ms(opened_at) FROM main.interactions
           WHERE NOT is_deleted AND NOT is_test AND direction IS DISTINCT FROM 'outbound' AND opened_at IS NOT NULL
           AND customer_id IS NOT NULL AND merged_into_interaction_id IS NULL""",
    ):
        contacts.setdefault(customer, []).append(opened)
    after: dict[str, list[int]] = {}
    for cookie, began, moment in failed.select("cookie", "began", "reported").rows():
        if (owner := owners.get(f"{cookie}-{began}")) is not None:
            after.setdefault(owner, []).append(moment)
    expected = sum(
        any(moment <= opened <= moment + 3_600_000 for moment in moments)
        for owner, moments in after.items()
        for opened in contacts.get(owner, [])
    )
    [(found,)] = rows_of(
        published, "SELECT sum(contacts) FROM marts.digital_experience_daily WHERE page_path = 'all' AND device = 'all'"
    )
    return int(found), expected

"""The proof of who is who, as tables: what happened to customers, what waits for a person to decide, what publishing changes."""

from __future__ import annotations

import polars as pl

from cx_pipeline.identity.events import logged
from cx_pipeline.identity.impact import impact
from cx_pipeline.identity.overrides import Overrides
from cx_pipeline.identity.registry import Assignment
from cx_pipeline.identity.review import waiting
from cx_pipeline.settings import Identity
from cx_pipeline.stages.run import Run


def with_events(before: Assignment, assigned: Assignment, run: Run) -> Assignment:
    """The registry that a run's file will carry, with what it found out in its log."""
    return logged(before, assigned, run.run_id, run.now_utc)


def identity_tables(
    before: Assignment, now: Assignment, review: pl.DataFrame, overrides: Overrides, limits: Identity, run: Run
) -> dict[str, pl.DataFrame]:
    """Tables of the `quality` schema, by name.

    Args:
        before: the registry of the published version.
        now: as from `with_events`.
        review: `left, right, probability, reason` of pairs that the rules leave to a person.
        overrides: what people have stated; a pair they decided on does not wait.
        limits: how much may change.
        run: names itself in the events, and says whether its impact is accepted.
    """
    return {
        "identity_events": now.events,
        "identity_review": waiting(review, overrides),
        "identity_impact": impact(before, now, limits, is_accepted=run.accepts_impact),
    }

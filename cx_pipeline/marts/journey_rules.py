"""The ways that customers go, as the settings declare them, and from where on a stretch of them counts as unseen."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from cx_pipeline.marts.declared import declared
from cx_pipeline.settings import Settings


def _stages(settings: Settings, _: datetime) -> pl.DataFrame:
    rows = sorted({(stage, channel) for stage, channels in settings.marts.journey.stages.items() for channel in channels})
    return pl.DataFrame(rows, schema={"stage": pl.String, "channel": pl.String}, orient="row")


def _rules(settings: Settings, _: datetime) -> pl.DataFrame:
    made = settings.marts.journey
    return pl.DataFrame([made.model_dump(exclude={"stages"})])


STAGES = declared(
    "journey_stages",
    "One row: a stage of the journey and a channel that customers take there.",
    ("stage", "channel"),
    _stages,
    {"stage": ("VARCHAR", "Stage, as in marts.blind_spots."), "channel": ("VARCHAR", "Channel, as in marts.blind_spots.")},
)
RULES = declared(
    "journey_rules",
    "One row: from where on a stretch of the journey counts as unseen.",
    ("outcome_days",),
    _rules,
    {
        "outcome_days": ("BIGINT", "After so many days it should be known how a step ended. Unit: days."),
        "feedback_days": ("BIGINT", "Within so many days an answer is about a step. Unit: days."),
        "stale_days": ("BIGINT", "A stretch without a step for longer is stale. Unit: days."),
        "least_known": ("DOUBLE", "Less of the steps with a known customer is no_customer. Unit: 0 to 1."),
        "least_outcomes": ("DOUBLE", "Less of the steps with a known outcome is no_outcome. Unit: 0 to 1."),
        "least_feedback": ("DOUBLE", "Less of the steps that somebody said something about is no_feedback. Unit: 0 to 1."),
    },
)

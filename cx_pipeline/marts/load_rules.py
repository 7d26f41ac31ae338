"""What counts as much work, and how few people are too few to tell of: the settings, as the marts join them."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from cx_pipeline.marts.declared import declared
from cx_pipeline.settings import Settings

_MINUTE, _HOUR = 60_000, 3_600_000


def _rows(settings: Settings, _: datetime) -> pl.DataFrame:
    made = settings.marts.load
    plain = {
        "smallest_team": made.smallest_team,
        "longest_pause_ms": made.longest_pause_minutes * _MINUTE,
        "longest_shift_ms": made.longest_shift_hours * _HOUR,
        "away_activities": sorted({word.strip().lower() for word in made.away_activities}),
        "team_questions": sorted({word.strip().lower() for word in made.team_questions}),
        "difficult_touches": made.difficult_touches,
        "difficult_transfers": made.difficult_transfers,
        "max_occupancy": made.max_occupancy,
        "max_several": made.max_several,
        "max_after_hours": made.max_after_hours,
        "max_weekend": made.max_weekend,
        "max_difficult": made.max_difficult,
        "max_transferred": made.max_transferred,
        "max_outside_shift": made.max_outside_shift,
        "min_survey_score": made.min_survey_score,
    }
    lists = {"away_activities": pl.List(pl.String), "team_questions": pl.List(pl.String)}
    return pl.DataFrame([plain], schema_overrides=lists)


_SHARE = "of marts.agent_load_weekly is a risk. Unit: 0 to 1."
TABLE = declared(
    "load_rules",
    "One row: what the marts of agents' work count by.",
    ("smallest_team",),
    _rows,
    {
        "smallest_team": ("BIGINT", "Fewer agents than this are never told of by themselves. Unit: agents."),
        "longest_pause_ms": ("BIGINT", "A chat is work from a message of the agent's to the next, if not longer. Unit: ms."),
        "longest_shift_ms": ("BIGINT", "A shift, call or chat longer than this was not signed off. Unit: ms."),
        "away_activities": ("VARCHAR[]", "Activities of shifts that are no time at work, in lower case."),
        "team_questions": ("VARCHAR[]", "Questions of employee surveys that ask for the team, in lower case."),
        "difficult_touches": ("BIGINT", "So many messages and legs make a contact difficult. Unit: touches."),
        "difficult_transfers": ("BIGINT", "So many transfers make a contact difficult. Unit: transfers."),
        "max_occupancy": ("DOUBLE", "More occupancy of marts.agent_load_weekly is a risk. Unit: share."),
        "max_several": ("DOUBLE", f"More several_share {_SHARE}"),
        "max_after_hours": ("DOUBLE", f"More after_hours_share {_SHARE}"),
        "max_weekend": ("DOUBLE", f"More weekend_share {_SHARE}"),
        "max_difficult": ("DOUBLE", f"More difficult_share {_SHARE}"),
        "max_transferred": ("DOUBLE", f"More transferred_share {_SHARE}"),
        "max_outside_shift": ("DOUBLE", f"More outside_shift_share {_SHARE}"),
        "min_survey_score": ("DOUBLE", "Less survey_score of marts.agent_load_weekly is a risk. Unit: 0 to 100."),
    },
)

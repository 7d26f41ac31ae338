"""What the settings declare, as tables that marts join: so every number can be traced to the rule that made it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from cx_pipeline.marts.mart import SCHEMA
from cx_pipeline.settings import Settings
from cx_pipeline.sources.catalogue import exports
from cx_pipeline.warehouse.staged_table import StagedColumn, StagedTable

_T, _X, _AT = "VARCHAR", "DOUBLE", "TIMESTAMP"


@dataclass(frozen=True)
class Given:
    """A table that no query makes; marts read it."""

    table: StagedTable
    key: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.table.id


@dataclass(frozen=True)
class Declared(Given):
    """A table of the settings. `rows` gets the settings and the last time that the data or the run's clock tells of."""

    rows: Callable[[Settings, datetime], pl.DataFrame]


def declared(
    name: str,
    comment: str,
    key: tuple[str, ...],
    rows: Callable[[Settings, datetime], pl.DataFrame],
    columns: dict[str, tuple[str, str]],
) -> Declared:
    """A table from its columns: name to type and comment."""
    staged = tuple(StagedColumn(column, kind, text, column not in key) for column, (kind, text) in columns.items())
    return Declared(StagedTable(SCHEMA, name, comment, staged, key), key, rows)


def _rules(settings: Settings, _: datetime) -> pl.DataFrame:
    made = settings.marts
    return pl.DataFrame(
        {
            "timezone": [settings.timezone],
            "repeat_days": [made.repeat_days],
            "active_days": [made.active_days],
            "churned_days": [made.churned_days],
            "amber_share": [made.amber_share],
            "red_share": [made.red_share],
            "least_rows": [made.least_rows],
        }
    )


def _schedules(settings: Settings, _: datetime) -> pl.DataFrame:
    pairs = sorted({(team, made.name) for made in settings.marts.schedules for team in made.teams})
    return pl.DataFrame(pairs, schema={"team": pl.String, "schedule": pl.String}, orient="row").unique(
        "team", keep="first", maintain_order=True
    )


def _promises(settings: Settings, _: datetime) -> pl.DataFrame:
    """Of those that fit, the one that says most about the interaction goes first; then the latest, then the last named."""
    numbered = list(enumerate(settings.marts.promises, 1))
    ranked = sorted(
        numbered,
        key=lambda pair: (
            (pair[1].priority is not None) + (pair[1].channel is not None),
            pair[1].priority is not None,
            pair[1].valid_from,
            pair[0],
        ),
    )
    precedence = {number: place for place, (number, _) in enumerate(ranked, 1)}
    rows = [
        (
            number,
            precedence[number],
            item.about,
            item.priority,
            item.channel,
            datetime.combine(item.valid_from, datetime.min.time()),
            item.clock,
            round(item.minutes * 60_000),
        )
        for number, item in numbered
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "promise": pl.Int64,
        "precedence": pl.Int64,
        "about": pl.String,
        "priority": pl.String,
        "channel": pl.String,
        "valid_from": pl.Datetime("us"),
        "clock": pl.String,
        "due_ms": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _targets(settings: Settings, _: datetime) -> pl.DataFrame:
    rows = sorted({item.metric: item.value for item in settings.marts.targets}.items())
    return pl.DataFrame(rows, schema={"metric": pl.String, "target": pl.Float64}, orient="row")


def _reasons(settings: Settings, _: datetime) -> pl.DataFrame:
    rows = sorted(
        {category.strip().lower(): reason for reason, named in settings.marts.reasons.items() for category in named}.items()
    )
    return pl.DataFrame(rows, schema={"category": pl.String, "reason": pl.String}, orient="row")


def _feeds(_: Settings, __: datetime) -> pl.DataFrame:
    """Which exports fill which table: what a record that was kept back may have been."""
    most: dict[tuple[str, str, str], int | None] = {}
    for export in exports().values():
        for mapping in export.tables:
            feed = (mapping.table, export.source, export.name)
            before = most.get(feed, 0)
            is_bounded = before is not None and all(rows.items is None for rows in mapping.rows)
            most[feed] = before + len(mapping.rows) if is_bounded and before is not None else None
    rows = [(*feed, number) for feed, number in sorted(most.items())]
    schema = {"table_name": pl.String, "source_system": pl.String, "source_entity": pl.String, "most_rows": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


TABLES = (
    declared(
        "rules_in_force",
        "One row: the settings that the marts count by.",
        ("timezone",),
        _rules,
        {
            "timezone": (_T, "IANA zone of the business: its days are the days of the daily marts."),
            "repeat_days": ("BIGINT", "Another contact within so many days is a repeat. Unit: days."),
            "active_days": ("BIGINT", "A customer is active for so long after the last touch. Unit: days."),
            "churned_days": ("BIGINT", "A customer has churned so long after the last touch. Unit: days."),
            "amber_share": (_X, "Share of rows kept back or unclear from which a metric is amber. Unit: 0 to 1."),
            "red_share": (_X, "The same for red. Unit: 0 to 1."),
            "least_rows": ("BIGINT", "Rows below which a metric is amber. Unit: rows."),
        },
    ),
    declared(
        "schedule_teams",
        "One row: a team, queue or department that has working hours of its own.",
        ("team",),
        _schedules,
        {"team": (_T, "Team, queue or department."), "schedule": (_T, "Its schedule, as in marts.business_hours.")},
    ),
    declared(
        "promises",
        "One row: a service level, from a day on.",
        ("promise",),
        _promises,
        {
            "promise": ("BIGINT", "Its place in the settings, from 1."),
            "precedence": ("BIGINT", "Of those that fit an interaction, the highest holds."),
            "about": (_T, "first_reply, next_reply or resolution."),
            "priority": (_T, "The only priority it is for; null for all."),
            "channel": (_T, "The only channel it is for; null for all."),
            "valid_from": (_AT, "It is for what was asked from then on. Unit: UTC."),
            "clock": (_T, "calendar or business: which time counts."),
            "due_ms": ("BIGINT", "How soon it is due. Unit: ms."),
        },
    ),
    declared(
        "metric_targets",
        "One row: a metric and what it should reach.",
        ("metric",),
        _targets,
        {"metric": (_T, "As in marts.cx_metrics_daily."), "target": (_X, "Target. Unit: as the metric.")},
    ),
    declared(
        "reason_words",
        "One row: a category of the sources and the reason for contact it stands for.",
        ("category",),
        _reasons,
        {"category": (_T, "In lower case; a * at the end stands for anything."), "reason": (_T, "Reason for contact.")},
    ),
    declared(
        "feeds",
        "One row: an export and a table that its records fill.",
        ("table_name", "source_system", "source_entity"),
        _feeds,
        {
            "table_name": (_T, "Canonical table."),
            "source_system": (_T, "Folder of the tool."),
            "source_entity": (_T, "Export."),
            "most_rows": ("BIGINT", "Rows of the table that one record can give at most; null where any number. Unit: rows."),
        },
    ),
)

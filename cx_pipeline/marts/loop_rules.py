"""What the settings declare of loops, as tables that marts join."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from cx_pipeline.marts.declared import declared
from cx_pipeline.settings import Settings

_T, _N = "VARCHAR", "BIGINT"


def _rules(settings: Settings, _: datetime) -> pl.DataFrame:
    loops = settings.marts.loops
    return pl.DataFrame(
        {
            "timezone": [settings.timezone],
            "complaints": _list(loops.complaints),
            "low_score": [loops.low_score],
            "open_days": [loops.open_days],
            "notice_days": [loops.notice_days],
            "credit_days": [loops.credit_days],
            "arrival_minutes": [loops.arrival_minutes],
            "failure_minutes": [loops.failure_minutes],
            "shop_lines": _list(loops.shop_lines),
        }
    )


def _names(settings: Settings, _: datetime) -> pl.DataFrame:
    rows = sorted({(item.name, _plain(name)) for item in settings.marts.loops.departments for name in (item.name, *item.called)})
    return pl.DataFrame(rows, schema={"department": pl.String, "name": pl.String}, orient="row")


def _routes(settings: Settings, _: datetime) -> pl.DataFrame:
    rows = [
        (item.name, kind, _plain(word))
        for item in settings.marts.loops.departments
        for kind, words in (("tag", item.tags), ("category", item.categories), ("words", item.words))
        for word in dict.fromkeys(words)
    ]
    schema = {"department": pl.String, "kind": pl.String, "word": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("rule", offset=1).cast({"rule": pl.Int64})


def _list(words: tuple[str, ...]) -> pl.Series:
    return pl.Series([sorted({_plain(word) for word in words})], dtype=pl.List(pl.String))


def _plain(word: str) -> str:
    return word.strip().lower()


TABLES = (
    declared(
        "loop_rules",
        "One row: the settings that the marts of loops count by.",
        ("timezone",),
        _rules,
        {
            "timezone": (_T, "IANA zone of the business."),
            "complaints": (
                "VARCHAR[]",
                "Categories that make an interaction a complaint, in lower case; a * at the end is anything.",
            ),
            "low_score": ("DOUBLE", "Place on its scale up to which a score asks for something. Unit: 0 to 1."),
            "open_days": (_N, "An action that is not done after so long counts as never closed. Unit: days."),
            "notice_days": (_N, "What is done and not told after so long counts as closed without notice. Unit: days."),
            "credit_days": (_N, "A return that is not credited after so long is overdue. Unit: days."),
            "arrival_minutes": (_N, "A call so long before or after a pick-up is about it. Unit: minutes."),
            "failure_minutes": (_N, "A contact so soon after a page failed is counted with it. Unit: minutes."),
            "shop_lines": ("VARCHAR[]", "Queues of the shops' telephone lines, in lower case; empty for any."),
        },
    ),
    declared(
        "department_names",
        "One row: a department and a name that a tool has for it: of a team, queue, group or project.",
        ("department", "name"),
        _names,
        {"department": (_T, "Department."), "name": (_T, "In lower case; a * at the end stands for anything.")},
    ),
    declared(
        "routing_rules",
        "One row: a rule for which department feedback belongs to. Tags are asked first, then categories, then words.",
        ("rule",),
        _routes,
        {
            "rule": (_N, "Its place in the settings, from 1; of several that fit the first holds."),
            "department": (_T, "Department."),
            "kind": (_T, "tag, category or words: what it looks at."),
            "word": (_T, "In lower case; a * at the end, and of words at the beginning, stands for anything."),
        },
    ),
)

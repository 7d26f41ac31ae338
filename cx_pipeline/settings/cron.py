"""The five fields of cron, as crontab(5) has them: minute, hour, day of month, month, day of week."""

from __future__ import annotations

import re

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, {name: place for place, name in enumerate(_MONTHS, 1)}),
    ("day of week", 0, 7, {name: place for place, name in enumerate(_DAYS)}),
)
_PART = re.compile(r"(?:\*|(?P<first>[0-9]+|[a-z]{3})(?:-(?P<last>[0-9]+|[a-z]{3}))?)(?:/(?P<step>[0-9]+))?")


def problem(schedule: str) -> str:
    """What is wrong with a schedule; empty where nothing is."""
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return "a cron expression has five fields, such as '0 2 * * *'"
    for field, (title, least, most, names) in zip(fields, _FIELDS, strict=True):
        if not all(_is_part(part, least, most, names) for part in field.lower().split(",")):
            return f"the {title} of a cron expression is *, or {least} to {most}, lists, ranges and steps of these"
    return ""


def _is_part(part: str, least: int, most: int, names: dict[str, int]) -> bool:
    found = _PART.fullmatch(part)
    if found is None or int(found["step"] or 1) == 0:
        return False
    told = [names.get(text, int(text) if text.isdigit() else -1) for text in (found["first"], found["last"]) if text]
    return all(least <= number <= most for number in told) and told == sorted(told)

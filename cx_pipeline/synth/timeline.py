"""When a world happens: ninety days before the first export, then one night after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

DAY, HOUR, MINUTE = 86_400, 3_600, 60
HISTORY_DAYS = 90
FOREVER = 2**53


@dataclass(frozen=True)
class Timeline:
    """All times are whole seconds since 1970 in UTC; a night's export is taken at 01:00."""

    first_night: date
    nights: int

    def date_of(self, night: int) -> date:
        return self.first_night + timedelta(days=night)

    def cut(self, night: int) -> int:
        """The moment after which a night's export knows nothing; the night before the first is long ago."""
        if night < 0:
            return 0
        day = self.date_of(night)
        return int(datetime(day.year, day.month, day.day, 1, tzinfo=UTC).timestamp())

    @property
    def start(self) -> int:
        return self.cut(0) - HISTORY_DAYS * DAY

    @property
    def end(self) -> int:
        return self.cut(self.nights - 1)


def iso(seconds: pl.Expr) -> pl.Expr:
    """`2026-08-03T10:11:12Z`."""
    return pl.from_epoch(seconds, "s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")

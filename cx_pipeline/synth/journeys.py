"""What happens to an interaction, from opening to closing, as plain times and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Dice, Ints
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR, MINUTE, Timeline

# Equally spaced quantiles: half are answered within the hour, the slowest tenth after more than a day.
_FIRST_REPLY = [90, 4 * MINUTE, 8 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 5 * HOUR, 11 * HOUR, DAY, 3 * DAY]
_RESOLUTION = [10 * MINUTE, HOUR, 3 * HOUR, 8 * HOUR, 14 * HOUR, DAY, 2 * DAY, 3 * DAY, 5 * DAY, 9 * DAY, 25 * DAY]
_RANGE = 250_000
_EVENTS = ("opened", "replied", "asked", "solved", "closed", "touched", "deleted")


@dataclass(frozen=True)
class Journeys:
    """The interactions of one tool, numbered in the order of their opening; any of them can be had alone."""

    dice: Dice
    tool: str
    timeline: Timeline
    count: int
    profiles: int
    agents: int

    def opened(self, keys: Ints) -> Ints:
        """Evenly over the whole time, in the order of the keys."""
        span = self.timeline.end - self.timeline.start
        jitter = self.dice.below(f"{self.tool}/opened", keys, max(1, span // self.count))
        return self.timeline.start + keys * span // self.count + jitter

    def profile(self, keys: Ints) -> Ints:
        """Who asks; low numbers ask more often."""
        first = self.dice.below(f"{self.tool}/asker", keys, self.profiles)
        return np.where(self.dice.chance(f"{self.tool}/regular", keys, 0.3), first // 3, first)

    def of(self, keys: Ints) -> pl.DataFrame:
        """One row a key with every moment of its life in seconds; what never happens is FOREVER.

        Columns: number, profile, agent, opened, replied, asked, solved, closed, touched, deleted, scrubbed (bool),
        channel and priority (0 to 4 and 0 to 3), bot_first (bool).
        """
        dice, tool = self.dice, self.tool
        opened = self.opened(keys)
        replied = opened + dice.spread(f"{tool}/reply", keys, _FIRST_REPLY)
        solved = replied + dice.spread(f"{tool}/resolution", keys, _RESOLUTION)
        asked = replied + (solved - replied) * dice.below(f"{tool}/asked", keys, 90) // 100 + 30
        touched = solved + dice.below(f"{tool}/touch", keys, 30 * DAY)
        deleted = solved + dice.below(f"{tool}/deleted", keys, 10 * DAY)
        never = np.full(len(keys), FOREVER)
        return pl.DataFrame(
            {
                "number": keys,
                "profile": self.profile(keys),
                "agent": dice.below(f"{tool}/agent", keys, self.agents),
                "opened": opened,
                "replied": replied,
                "asked": np.where(dice.chance(f"{tool}/asks", keys, 0.4), asked, never),
                "solved": np.where(dice.chance(f"{tool}/unsolved", keys, 0.06), never, solved),
                "closed": np.where(dice.chance(f"{tool}/kept_open", keys, 0.06), never, solved + 4 * DAY),
                "touched": np.where(dice.chance(f"{tool}/touched", keys, 0.15), touched, never),
                "deleted": np.where(dice.chance(f"{tool}/deletes", keys, 0.05), deleted, never),
                "scrubbed": dice.chance(f"{tool}/scrubbed", keys, 0.2),
                "channel": dice.weighted(f"{tool}/channel", keys, (50, 25, 12, 8, 5)),
                "priority": dice.weighted(f"{tool}/priority", keys, (20, 50, 22, 8)),
                "bot_first": dice.chance(f"{tool}/bot", keys, 0.3),
            }
        ).with_columns(closed=pl.when(pl.col("solved") == FOREVER).then(FOREVER).otherwise("closed"))  # fmt: skip


def as_of(journeys: pl.DataFrame, moment: int | pl.Expr) -> pl.DataFrame:
    """What is known at a moment: `updated` (the last thing that happened) and `state`; later things are FOREVER.

    `state` is new, open, pending, solved, closed or deleted. Interactions not yet opened are left out.
    """
    seen = journeys.with_columns(moment=moment if isinstance(moment, pl.Expr) else pl.lit(moment)).filter(
        pl.col("opened") <= pl.col("moment")
    )
    known = {name: pl.when(pl.col(name) <= pl.col("moment")).then(name).otherwise(FOREVER) for name in _EVENTS}
    past = [pl.when(pl.col(name) <= pl.col("moment")).then(name) for name in _EVENTS]
    happened = {name: pl.col(name) <= pl.col("moment") for name in _EVENTS}
    return seen.with_columns(
        **known,
        updated=pl.max_horizontal(past),
        state=pl.when(happened["deleted"]).then(pl.lit("deleted"))
        .when(happened["closed"]).then(pl.lit("closed"))
        .when(happened["solved"]).then(pl.lit("solved"))
        .when(happened["asked"]).then(pl.lit("open"))
        .when(happened["replied"]).then(pl.lit("pending"))
        .otherwise(pl.lit("new")),
    )  # fmt: skip


def ranges(journeys: Journeys, size: int = _RANGE) -> Iterator[pl.DataFrame]:
    """All journeys in the order of their numbers, so many at a time."""
    return (journeys.of(np.arange(start, min(journeys.count, start + size))) for start in range(0, journeys.count, size))


def delivered(journeys: pl.DataFrame, timeline: Timeline, night: int, overlap: int) -> pl.DataFrame:
    """What an incremental export of the night holds: everything that changed since the last cut, less the overlap."""
    return as_of(journeys, timeline.cut(night)).filter(pl.col("updated") > timeline.cut(night - 1) - overlap)

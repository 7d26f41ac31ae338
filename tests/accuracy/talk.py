"""What was said in the help desk of an invented world, and who waited how long for whom, worked out apart from the marts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import polars as pl

from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.timeline import MINUTE
from cx_pipeline.synth.vendors.zendesk import comments, site
from cx_pipeline.synth.world import World

_BOT = 0


@dataclass(frozen=True)
class Wait:
    """An agent's answer to a customer who was waiting; all times in seconds."""

    ticket: str
    number: int
    since: int
    until: int


def world_of(truth: Path) -> World:
    """The world that a truth was written of, made again."""
    told = json.loads((truth / "counts.json").read_text(encoding="utf-8"))["world"]
    return World(told["customers"], told["nights"], told["seed"], date.fromisoformat(told["first_night"]))


def waits(world: World) -> Iterator[Wait]:
    """Every reply in the help desk that a reader of its comments can know of."""
    for (ticket,), said in _said(world).sort("said", "slot").group_by(["ticket"], maintain_order=True):
        since: int | None = None
        number = 0
        for moment, is_customer in [(said["opened"][0], True), *zip(said["said"], said["customer"], strict=True)]:
            if is_customer:
                since = moment if since is None else since
            elif since is not None:
                number += 1
                yield Wait(f"zendesk.tickets:{ticket}", number, since, moment)
                since = None


def _said(world: World) -> pl.DataFrame:
    """What a reply can be told from: no bots, no notes, nothing that was damaged, nothing of deleted tickets."""
    tickets = world.tickets.of(np.arange(world.tickets.count)).with_columns(
        ticket=site.ticket_ids(np.arange(world.tickets.count)).cast(pl.String)
    )
    first, last = world.timeline.cut(0), world.timeline.end
    night = pl.when(pl.col("said") <= first).then(first).otherwise(last)
    rows = pl.concat(
        [tickets.with_columns(slot=pl.lit(slot, pl.Int64), said=moment) for slot, moment in enumerate(comments._MOMENTS)]
    ).filter(pl.col("said") <= last, pl.col("deleted") > night)
    numbers = (rows["number"] * len(comments._MOMENTS) + rows["slot"]).to_numpy()
    trap = allot(world.dice, "zendesk/comments", numbers, world.tickets.count * 2, comments.TRAPS)
    damaged = met(trap, "cut_line") & (rows["said"] <= first)
    customer = rows["slot"].is_in([0, 2])
    note = ~customer & pl.Series(world.dice.chance("internal", numbers, 0.08))
    bot = ~customer & ((rows["agent"] == _BOT) | (rows["bot_first"] & (rows["slot"] == 1)))
    return rows.with_columns(customer=customer).filter(~(pl.select(damaged).to_series() | note | bot))


class WorkingMinutes:
    """Business time by walking over every minute of some months on the clock of the place."""

    def __init__(self, first: datetime, last: datetime, zone: str, country: str, subdivision: str) -> None:
        self._first = int(first.replace(tzinfo=UTC).timestamp()) // MINUTE
        free = holidays.country_holidays(country, subdiv=subdivision, years=range(first.year, last.year + 1))
        open_minutes = []
        for minute in range((last - first) // timedelta(minutes=1)):
            local = datetime.fromtimestamp((self._first + minute) * MINUTE, UTC).astimezone(ZoneInfo(zone))
            hours = range(9, 17) if local.date() < date(2026, 10, 5) else range(8, 20)
            open_minutes.append(local.weekday() < 5 and local.date() not in free and local.hour in hours)
        self._open = open_minutes
        self._before = [0, *accumulate(map(int, open_minutes))]

    def between(self, since: int, until: int) -> int:
        """Milliseconds of work between two instants, in milliseconds since 1970."""
        return self._until(until) - self._until(since)

    def _until(self, moment: int) -> int:
        minute, gone = divmod(moment, 1_000 * MINUTE)
        at = minute - self._first
        return self._before[at] * 1_000 * MINUTE + gone * self._open[at]

"""Tickets that somebody sent again on the second night: old versions, and others with the clock of the current one."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.journeys import as_of
from cx_pipeline.synth.vendors.zendesk import tickets
from cx_pipeline.synth.world import World


def write(world: World, folder: Delivery) -> None:
    """An older version must not win over the newer one that came before; equal clocks are decided by content."""
    numbers = np.arange(world.tickets.count, dtype=np.int64)
    trap = allot(world.dice, "zendesk/tickets", numbers, world.tickets.count, tickets.TRAPS)
    cut = world.timeline.cut(0)
    older = world.tickets.of(numbers[met(trap, "older_version_later").to_numpy()])
    first = as_of(older.filter(pl.col("replied") <= cut), pl.col("opened"))
    equal = as_of(world.tickets.of(numbers[met(trap, "equal_clock_other_content").to_numpy()]), cut)
    sent = [
        tickets.ticket_records(world, state, broken=False, extra_tag=tag).with_columns(trap=pl.lit(name))
        for state, tag, name in ((first, None, "older_version_later"), (equal, "replayed", "equal_clock_other_content"))
        if len(state)
    ]
    if sent:
        folder.pages("zendesk.tickets", "tickets_replay.json", pl.concat(sent), tickets.envelope(world))

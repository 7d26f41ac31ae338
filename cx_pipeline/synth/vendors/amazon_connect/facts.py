"""The legs as they must come out, told from the world and never read back from a record."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth.allot import met
from cx_pipeline.synth.calls import ABANDONED, TASK
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.timeline import FOREVER, iso
from cx_pipeline.synth.vendors.amazon_connect import site
from cx_pipeline.synth.world import World

_KEY = pl.lit("amazon_connect.contact_records:")


def note(world: World, folder: Delivery, legs: pl.DataFrame, part: int) -> None:
    """Note every leg that was told of, damaged ones among them. Durations are milliseconds; times are text in UTC."""
    numbers, position = legs["number"].to_numpy(), legs["position"].to_numpy()
    queued, answered = pl.col("enqueued") < FOREVER, pl.col("connected") < FOREVER
    sane = ~met(legs["trap"], "clock_inversion")

    def milliseconds(seconds: pl.Expr, known: pl.Expr) -> pl.Expr:
        return pl.when(sane & known).then(seconds * 1000)

    named = pl.Series(site.QUEUES).gather(legs["agent"].to_numpy() % len(site.QUEUES))
    queue = pl.when(met(legs["trap"], "mojibake")).then(pl.lit(site.COMPLAINTS)).otherwise(named)
    changed = (pl.col("changed") <= world.timeline.end).cast(pl.Int64)
    rows = legs.select(
        leg_id=_KEY + site.contact_ids(world, numbers, position),
        interaction_id=_KEY + site.contact_ids(world, numbers, np.zeros_like(position)),
        previous_leg_id=_KEY + site.contact_ids(world, numbers, position - 1),
        next_leg_id=_KEY + site.contact_ids(world, numbers, np.where(position + 1 < legs["legs"].to_numpy(), position + 1, -1)),
        position="position",
        person=pl.lit("person-") + pl.col("person").cast(pl.String),
        channel=pl.Series(site.CHANNELS).gather(legs["channel"].to_numpy()),
        initiation=site.initiation(legs),
        queue=pl.when(queued).then(queue),
        agent_id=pl.when(answered).then(pl.lit("amazon_connect.users:") + site.agents(world, legs["agent"].to_numpy())),
        agent=pl.when(answered).then(pl.lit("agent-") + pl.col("agent").cast(pl.String)),
        initiated_at=iso(pl.col("began")),
        enqueued_at=pl.when(queued).then(iso(pl.col("enqueued"))),
        dequeued_at=pl.when(queued).then(iso(pl.col("dequeued"))),
        connected_at=pl.when(answered).then(iso(pl.col("connected"))),
        # A wrong clock is kept as it was told; no duration of the leg can be trusted then.
        disconnected_at=iso(pl.when(sane).then("ended").otherwise(pl.col("began") - site.INVERSION)),
        updated_at=iso(pl.when(changed > 0).then("changed").otherwise("updated")),
        queue_ms=milliseconds(pl.col("dequeued") - pl.col("enqueued"), queued),
        ring_ms=milliseconds(pl.col("connected") - pl.col("dequeued"), queued & answered),
        talk_ms=milliseconds(pl.col("talked"), answered),
        hold_ms=milliseconds(pl.col("held"), answered),
        hold_count=pl.when(answered).then("holds"),
        wrap_up_ms=milliseconds(pl.col("wrapped"), answered),
        is_abandoned=(pl.col("way") == ABANDONED) & (pl.col("channel") != TASK),
        is_transferred=pl.col("passed") < FOREVER,
        is_test="is_test",
        versions=1 + changed,
        published=~pl.col("is_damaged"),
    )
    folder.book.facts("call_legs", f"{folder.source}_{part:03}", rows)

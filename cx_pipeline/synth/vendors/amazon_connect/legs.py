"""Which legs are told of in a night, how often, and what is wrong with them."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.calls import EMAIL, MOST_LEGS
from cx_pipeline.synth.timeline import FOREVER
from cx_pipeline.synth.vendors.amazon_connect import site
from cx_pipeline.synth.world import World

TRAPS = {
    "sent_twice": 6,
    "sent_again_later": 6,
    "mojibake": 3,
    "zero_width": 3,
    "white_space": 3,
    "impossible_date": 2,
    "clock_inversion": 3,
    "formatted_phone": 8,
    "fields_left_out": 3,
    "broken_json_element": 6,
}
_TESTS = {"test_caller": 60}


def own_numbers(legs: pl.DataFrame) -> pl.Series:
    """One number a leg."""
    return legs["number"] * MOST_LEGS + legs["position"]


def trapped(world: World, legs: pl.DataFrame) -> pl.DataFrame:
    """The legs with their `trap`, `is_test` (an e-mail of the company's own testers, or of nobody) and `is_damaged`."""
    trap = allot(world.dice, "connect/legs", own_numbers(legs).to_numpy(), world.calls.count, TRAPS)
    tester = allot(world.dice, "connect/contacts", legs["number"].to_numpy(), world.calls.count, _TESTS)
    tested = tester.is_not_null() | (site.customer_lines(world, legs["person"].to_numpy())["quirk"] == "test_person")
    return legs.with_columns(
        trap=trap,
        by_tester=tester.is_not_null(),
        is_test=tested & (pl.col("channel") == EMAIL),
        # Only what is sent once and never changes, and so is lost for good.
        is_damaged=met(trap, "broken_json_element")
        & (pl.col("changed") == FOREVER)
        & (pl.col("updated") <= world.timeline.cut(0)),
    )


def sent(world: World, legs: pl.DataFrame, night: int) -> pl.DataFrame:
    """The records of a night: legs with `clock`, `is_changed` (attributes) and `why` they come once more (null: they do not)."""
    cut, before = world.timeline.cut(night), world.timeline.cut(night - 1)
    version = [
        legs.with_columns(clock=moment, is_changed=pl.lit(value=changed))
        for moment, changed in (("updated", False), ("changed", True))
    ]
    known = pl.concat(version).filter(pl.col("clock") <= cut).with_columns(why=pl.lit(None, pl.String))
    fresh = known.filter(pl.col("clock") > before)
    twice = fresh.filter(met(fresh["trap"], "sent_twice")).with_columns(why=pl.lit("sent_twice"))
    earlier = world.timeline.cut(night - 2) if night else 0
    late = (pl.col("clock") <= before) & (pl.col("clock") > earlier) & met(known["trap"], "sent_again_later")
    again = known.filter(late).with_columns(why=pl.lit("sent_again_later"))
    return pl.concat([fresh, twice, again]).sort("clock", "number", "position", "is_changed", maintain_order=True)

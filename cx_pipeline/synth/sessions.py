"""Visits to the shop's site: which pages were loaded how fast, which never came, and who called within the hour after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from cx_pipeline.synth.calls import Calls
from cx_pipeline.synth.dice import Bools, Dice, Ints
from cx_pipeline.synth.timeline import DAY, HOUR, MINUTE, Timeline

PATHS = ("/", "/products/kettle", "/products/e-bike", "/cart", "/checkout", "/help/returns", "/help/delivery", "/account/orders")
DEVICES = ("mobile", "desktop", "tablet")
MOST_LOADS = 4
_STAYS = [4, 12, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE]
# Equally spaced quantiles: ms, and for the layout shift ten-thousandths.
_METRICS = {
    "lcp": [700, 1100, 1500, 1900, 2300, 2900, 4200, 9000],
    "inp": [16, 40, 72, 104, 160, 240, 420, 1200],
    "cls": [0, 2, 30, 90, 400, 1100, 2600, 7800],
    "fcp": [300, 700, 1000, 1400, 1800, 2500, 4100],
    "ttfb": [40, 120, 260, 500, 800, 1500, 3200],
}


@dataclass(frozen=True)
class Sessions:
    """The visits, numbered in the order of their beginning but for those that lead to a contact; any can be had alone."""

    dice: Dice
    timeline: Timeline
    calls: Calls
    count: int

    def between(self, after: int, until: int) -> pl.DataFrame:
        """The visits that began in a span of time, `after` excluded.

        Columns: number, began (seconds), person (-1: the visitor never signed in), browser (tells visitors apart), device,
        loads (pages of it), call (the contact that followed within the hour, -1: none).
        """
        span = max(1, self.timeline.end - self.timeline.start)
        # A visit before a contact is moved to it: a day is more than it can be moved in all but the smallest worlds.
        margin = DAY + 2 * span // self.calls.count
        first = max(0, (after - margin - self.timeline.start) * self.count // span)
        last = min(self.count, (until + margin - self.timeline.start) * self.count // span + 1)
        return self.of(np.arange(first, max(first, last))).filter((pl.col("began") > after) & (pl.col("began") <= until))

    def of(self, keys: Ints) -> pl.DataFrame:
        """Visits by number; columns as in `between`."""
        dice, span = self.dice, self.timeline.end - self.timeline.start
        plain = self.timeline.start + keys * span // self.count + dice.below("visit/began", keys, max(1, span // self.count))
        call = keys * self.calls.count // self.count
        leads: Bools = dice.chance("visit/leads", keys, 0.12)
        ahead = 2 * MINUTE + dice.below("visit/ahead", keys, HOUR - 5 * MINUTE)
        began = np.where(leads, self.calls.began(call) - ahead, plain)
        visitor = np.where(leads, self.calls.person(call), dice.below("visit/person", keys, self.calls.people))
        signed_in = leads | dice.chance("visit/signed_in", keys, 0.45)
        # Who does not sign in has a browser that nobody else has.
        browser = np.where(signed_in, visitor, self.calls.people + keys)
        return pl.DataFrame(
            {
                "number": keys,
                "began": began,
                "person": np.where(signed_in, visitor, -1),
                "browser": browser,
                "device": pl.Series(DEVICES).gather(dice.weighted("visit/device", browser, (60, 33, 7))),
                "loads": 1 + dice.below("visit/loads", keys, MOST_LOADS),
                "call": np.where(leads, call, -1),
            }
        )

    def loads(self, sessions: pl.DataFrame) -> pl.DataFrame:
        """The pages of visits, one row a load, in the order of visit and position.

        Columns: those of the visit, and load (number * MOST_LOADS + position), position, loaded_ms (epoch), path,
        is_timeout, is_cut_off (left before it was there), lcp, inp, fcp, ttfb (ms), cls (ten-thousandths).
        """
        numbers = sessions["number"].to_numpy()
        at = sessions["began"].to_numpy() * 1000 + self.dice.below("visit/ms", numbers, 1000)
        rows = []
        for position in range(MOST_LOADS):
            own = numbers * MOST_LOADS + position
            rows.append(sessions.with_columns(load=pl.Series(own), position=position, loaded_ms=pl.Series(at)))
            at = at + self.dice.spread("load/stays", own, _STAYS) * 1000 + 217
        pages = pl.concat(rows).filter(pl.col("position") < pl.col("loads")).sort("load")
        return pages.with_columns(self._pages(pages))

    def _pages(self, pages: pl.DataFrame) -> list[pl.Series]:
        dice, own = self.dice, pages["load"].to_numpy()
        # What made somebody call is the last page of the visit.
        fails = ((pages["call"] >= 0) & (pages["position"] == pages["loads"] - 1)).to_numpy()
        timeout = dice.chance("load/timeout", own, 0.02) | (fails & dice.chance("load/fails", own, 0.5))
        cut_off = ~timeout & (dice.chance("load/cut_off", own, 0.04) | fails)
        slow = np.where(timeout, 6, np.where(cut_off, 2, 1))
        metrics = {name: dice.spread(f"load/{name}", own, quantiles) for name, quantiles in _METRICS.items()}
        metrics |= {name: metrics[name] * slow for name in ("lcp", "fcp", "ttfb")}
        # Pages come in an order: nothing is painted before the first byte.
        metrics["fcp"] = np.maximum(metrics["fcp"], metrics["ttfb"] + 80)
        metrics["lcp"] = np.maximum(metrics["lcp"], metrics["fcp"])
        return [
            pl.Series(PATHS).gather(dice.weighted("load/path", own, (20, 18, 14, 12, 10, 9, 8, 9))).alias("path"),
            pl.Series("is_timeout", timeout),
            pl.Series("is_cut_off", cut_off),
            *(pl.Series(name, values) for name, values in metrics.items()),
        ]

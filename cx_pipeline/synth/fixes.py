"""Promised fixes: feedback that somebody took up, what came of it, and whether the customer ever heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Dice, Ints
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR, Timeline

OF_NOTHING, OF_TICKET, OF_CHAT = range(3)
"""What a fix was promised for: nothing that anybody linked, a ticket of the help desk, or a conversation in the messenger."""
TAGS = ("checkout", "delivery", "invoice", "app_crash", "returns", "search")

# Equally spaced quantiles in seconds: half are done within a week, the slowest tenth after more than a month.
_TAKES = [4 * HOUR, DAY, 2 * DAY, 4 * DAY, 6 * DAY, 8 * DAY, 11 * DAY, 15 * DAY, 22 * DAY, 33 * DAY, 60 * DAY]
_OF = (15, 55, 30)
_NEVER_CLOSED, _TOLD, _TOLD_TOO_EARLY = 0.2, 0.6, 0.2


@dataclass(frozen=True)
class Fixes:
    """The fixes of a world, numbered in the order of their opening.

    Attributes:
        tickets, chats: how many interactions the help desk and the messenger have, for what fixes are linked to.
    """

    dice: Dice
    timeline: Timeline
    count: int
    tickets: int
    chats: int
    agents: int

    def of(self, keys: Ints) -> pl.DataFrame:
        """One row a fix; most feedback reaches nobody, and is in no row.

        Columns: number, of (`OF_…`), feedback (number of the ticket or chat; -1: none), tag (position in TAGS), agent, and in
        seconds opened, started, done and told (FOREVER when never). The customer is told after the fix is done, but of one in
        five before it is, and of some never.
        """
        dice, span = self.dice, self.timeline.end - self.timeline.start
        opened = self.timeline.start + keys * span // self.count + dice.below("fix/opened", keys, max(1, span // self.count))
        done = opened + dice.spread("fix/takes", keys, _TAKES)
        of = dice.weighted("fix/of", keys, _OF)
        # Interactions are spread evenly: those up to this share of them were there when the fix was promised.
        past = np.maximum(1, opened - self.timeline.start - 3 * DAY)
        feedback = np.where(of == OF_TICKET, _recent(past, span, self.tickets), _recent(past, span, self.chats))
        early = dice.chance("fix/told_too_early", keys, _TOLD_TOO_EARLY)
        later = done + HOUR + dice.below("fix/told_after", keys, 3 * DAY)
        told = np.where(early, opened + (done - opened) // 2, later)
        open_for_good = dice.chance("fix/never_closed", keys, _NEVER_CLOSED)
        silent = ~dice.chance("fix/told", keys, _TOLD) | (open_for_good & ~early)
        return pl.DataFrame(
            {
                "number": keys,
                "of": of,
                "feedback": np.where(of == OF_NOTHING, -1, feedback),
                "tag": dice.below("fix/tag", keys, len(TAGS)),
                "agent": dice.below("fix/agent", keys, self.agents),
                "opened": opened,
                "started": opened + (done - opened) // 4,
                "done": np.where(open_for_good, FOREVER, done),
                "told": np.where(silent, FOREVER, told),
            }
        )


def _recent(past: Ints, span: int, count: int) -> Ints:
    """The latest of so many evenly spread interactions after so much of the time."""
    return np.minimum(count - 1, past * count // span)

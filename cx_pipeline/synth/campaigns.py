"""The newsletters that marketing tools send, one a day and tool, and what their readers do with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from cx_pipeline.synth.consents import GRANTED, STEPS, WITHDRAWN, Consents
from cx_pipeline.synth.dice import Dice, Ints
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR, MINUTE, Timeline

SUBJECTS = (
    "New this week: {p}",
    "{p}, now with free delivery",
    "Your garden, your {p}",
    "Last days: {p}",
    "How others use {p}",
    "We heard you: {p} is back",
)
_AT = 8 * HOUR  # after the cut of the night
_OPENS_AFTER = [2 * MINUTE, 20 * MINUTE, 2 * HOUR, 7 * HOUR, 15 * HOUR, DAY, 2 * DAY, 3 * DAY]
_CLICKS_AFTER = [5, 12, 25, MINUTE, 4 * MINUTE]


@dataclass(frozen=True)
class Campaigns:
    """The campaigns of one tool, numbered by the days since the world began; any of them can be had alone."""

    dice: Dice
    timeline: Timeline
    consents: Consents
    tool: str
    share: float
    """Of those who agreed, how many a campaign is sent to."""

    def days(self, night: int, reach: int) -> range:
        """The campaigns that a night's export may tell of, the last one sent in the day before."""
        last = (self.timeline.cut(night) - self.timeline.start) // DAY - 1
        return range(max(0, last - reach + 1), last + 1)

    def sent_at(self, day: int) -> int:
        return self.timeline.start + day * DAY + _AT

    def messages(self, day: int) -> pl.DataFrame:
        """One row a message of a campaign, to people who had agreed as far as the tool knew, in the order of the people.

        Columns: number, campaign, person, and in seconds sent, delivered, bounced, opened, clicked, complained, unsubscribed,
        FOREVER where it never happens; machine (bool): what opened it was no person. Most are opened and ignored, or not
        even opened.
        """
        dice, persons, moment = self.dice, self.consents.members(self.tool), self.sent_at(day)
        believed = self.consents.believed(self.tool, persons, moment)
        real = (self.consents.people["quirk"] != "test_person").to_numpy()[persons]
        persons = persons[real & (believed["newsletter"] == GRANTED).to_numpy()]
        leaves = self._leaves(persons, moment)
        keys = persons + day * len(self.consents.people)
        chosen = dice.chance(self._label("chosen"), keys, self.share) | (leaves < FOREVER)
        persons, keys, leaves = persons[chosen], keys[chosen], leaves[chosen]
        never = np.full(len(keys), FOREVER)
        sent = moment + dice.below(self._label("sent"), keys, 20)
        delivered = sent + 5 + dice.below(self._label("delivered"), keys, 55)
        stays = leaves == FOREVER
        bounces = stays & dice.chance(self._label("bounces"), keys, 0.04)
        machine = stays & ~bounces & dice.chance(self._label("machine"), keys, 0.12)
        reads = stays & ~bounces & ~machine & dice.chance(self._label("opens"), keys, 0.42)
        read_at = delivered + dice.spread(self._label("opened"), keys, _OPENS_AFTER)
        at_once = delivered + 1 + dice.below(self._label("at_once"), keys, 15)
        opened = np.where(machine, at_once, np.where(reads, read_at, np.where(stays, never, leaves - 30)))
        clicks = reads & dice.chance(self._label("clicks"), keys, 0.3)
        complains = reads & ~clicks & dice.chance(self._label("complains"), keys, 0.03)
        after = read_at + dice.spread(self._label("clicked"), keys, _CLICKS_AFTER)
        return pl.DataFrame(
            {
                "number": keys,
                "campaign": np.full(len(keys), day),
                "person": persons,
                "sent": sent,
                "delivered": np.where(bounces, never, delivered),
                "bounced": np.where(bounces, delivered, never),
                "opened": opened,
                "clicked": np.where(clicks, after, never),
                "complained": np.where(complains, after, never),
                "unsubscribed": leaves,
                "machine": machine,
            }
        )

    def _leaves(self, persons: Ints, sent: int) -> Ints:
        """When those unsubscribe who do so through this message: within the day, and told to this tool."""
        decided = self.consents.decisions(persons).filter(
            (pl.col("told") == self.tool)
            & (pl.col("newsletter") == WITHDRAWN)
            & pl.col("at").is_between(sent + HOUR, sent + DAY, closed="left")
        )
        leaves = np.full(len(persons), FOREVER)
        leaves[np.searchsorted(persons, decided["number"].to_numpy() // STEPS)] = decided["at"].to_numpy()
        return leaves

    def _label(self, what: str) -> str:
        return f"campaign/{self.tool}/{what}"

"""What people decide about being written to and watched, where they say so, and which tool never hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Bools, Dice, Ints
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR, Timeline

TOPICS = ("newsletter", "offers", "sms", "profiling", "improvement", "ai")
NOT_ASKED, GRANTED, DENIED, PENDING, WITHDRAWN = -1, 0, 1, 2, 3
STEPS = 3
"""Everybody decides once; some take it back, and some of those change their mind again."""
TOOLS = ("hubspot", "mailchimp", "klaviyo")
CENTRE = "onetrust"
"""The form on the site where anybody can decide, whatever tool writes to them."""

_HISTORY = 400 * DAY
_NOBODYS = ("role_mailbox", "placeholder_email")
_LAG = [5 * 60, HOUR, 3 * HOUR, 7 * HOUR, DAY]
_FIRST = {
    "newsletter": (76, 17, 7),
    "offers": (55, 45, 0),
    "sms": (25, 75, 0),
    "profiling": (50, 50, 0),
    "improvement": (84, 16, 0),
    "ai": (78, 22, 0),
}
_LEAVES_NEWSLETTER, _LEAVES_OFFERS, _LEAVES_ALL = range(3)


@dataclass(frozen=True)
class Consents:
    """Decisions of people; a decision has the number `person * STEPS + step`, and any of them can be had alone."""

    dice: Dice
    timeline: Timeline
    people: pl.DataFrame

    def members(self, tool: str) -> Ints:
        """Who is known to a marketing tool: everybody to one, a quarter to a second; test people to all."""
        keys = self.people["person"].to_numpy()
        second = np.where(self.dice.chance("consent/second", keys, 0.25), self._further(keys), -1)
        here = TOOLS.index(tool)
        quirk = self.people["quirk"]
        known = (self._home(keys) == here) | (second == here) | (quirk == "test_person").to_numpy()
        members: Ints = keys[known & ~quirk.is_in(_NOBODYS).to_numpy()]
        return members

    def decisions(self, persons: Ints) -> pl.DataFrame:
        """One row a decision, in the order of person and step.

        Columns: number, person, step, at (seconds), told (the tool it was told to), and for each of `TOPICS` what was
        decided, NOT_ASKED where this decision says nothing of it.
        """
        return pl.concat(step for step in self._steps(persons)).filter(pl.col("at") < FOREVER).sort("number")

    def heard(self, tool: str, decisions: pl.DataFrame) -> pl.Series:
        """When a tool learns of decisions, in seconds: at once where it was told, later or never where it was not."""
        numbers, at = decisions["number"].to_numpy(), decisions["at"].to_numpy()
        late = at + self.dice.spread(f"consent/lag/{tool}", numbers, _LAG)
        elsewhere = np.where(self.dice.chance(f"consent/missed/{tool}", numbers, 0.3), FOREVER, late)
        # The first decision makes the record: a tool that never heard of it would not know the person.
        known = np.where(decisions["step"].to_numpy() == 0, late, elsewhere)
        return pl.Series("heard", np.where((decisions["told"] == tool).to_numpy(), at, known))

    def believed(self, tool: str, persons: Ints, when: int | Ints) -> pl.DataFrame:
        """What a tool believes at a moment, one row a person in the order given.

        Columns: person, each of `TOPICS` with the state, `<topic>_at` (when that was decided), asked (when the tool learned
        of the first decision) and changed (of the last); FOREVER and NOT_ASKED where it knows of none.
        """
        count = len(persons)
        states = {topic: np.full(count, NOT_ASKED) for topic in TOPICS}
        since = {f"{topic}_at": np.full(count, FOREVER) for topic in TOPICS}
        asked = changed = np.full(count, FOREVER)
        for step in self._steps(persons):
            heard = self.heard(tool, step).to_numpy()
            known = heard <= when
            asked = np.where(known & (asked == FOREVER), heard, asked)
            changed = np.where(known, np.where(changed == FOREVER, heard, np.maximum(changed, heard)), changed)
            for topic in TOPICS:
                told = known & (step[topic].to_numpy() != NOT_ASKED)
                states[topic] = np.where(told, step[topic].to_numpy(), states[topic])
                since[f"{topic}_at"] = np.where(told, step["at"].to_numpy(), since[f"{topic}_at"])
        return pl.DataFrame({"person": persons, **states, **since, "asked": asked, "changed": changed})

    def _home(self, keys: Ints) -> Ints:
        return self.dice.weighted("consent/home", keys, (42, 29, 29))

    def _further(self, keys: Ints) -> Ints:
        return (self._home(keys) + 1 + self.dice.below("consent/further", keys, 2)) % len(TOOLS)

    def _steps(self, persons: Ints) -> Iterator[pl.DataFrame]:
        """The first decisions of all persons, then the second ones, then the third; FOREVER where there is none."""
        dice, end = self.dice, self.timeline.end
        at = end - 1 - dice.below("consent/first", persons, _HISTORY)
        first = {topic: dice.weighted(f"consent/{topic}", persons, weights) for topic, weights in _FIRST.items()}
        first = {topic: np.where(codes == 2, PENDING, codes) for topic, codes in first.items()}
        yield self._step(persons, 0, at, first)
        granted = {topic: codes == GRANTED for topic, codes in first.items()}
        leaves = granted["newsletter"] & dice.chance("consent/leaves", persons, 0.34)
        at = self._later(persons, 1, at, leaves)
        second = self._leaving(persons, granted)
        yield self._step(persons, 1, at, second)
        returns = leaves & dice.chance("consent/returns", persons, 0.25)
        third = {topic: np.where(codes == WITHDRAWN, GRANTED, NOT_ASKED) for topic, codes in second.items()}
        yield self._step(persons, 2, self._later(persons, 2, at, returns), third)

    def _later(self, persons: Ints, step: int, before: Ints, happens: Bools) -> Ints:
        """An hour or more after the decision before."""
        rest = np.maximum(1, self.timeline.end - before)
        return np.where(happens, before + HOUR + self.dice.below(f"consent/later/{step}", persons, rest), FOREVER)

    def _leaving(self, persons: Ints, granted: dict[str, Bools]) -> dict[str, Ints]:
        way = self.dice.weighted("consent/way", persons, (50, 20, 30))
        every = way == _LEAVES_ALL
        leaves = {
            "newsletter": (way == _LEAVES_NEWSLETTER) | ~granted["offers"] | every,
            "offers": (way == _LEAVES_OFFERS) | every,
            "sms": every,
            "profiling": every,
            "improvement": every,
            "ai": every,
        }
        return {topic: np.where(leaves[topic] & granted[topic], WITHDRAWN, NOT_ASKED) for topic in TOPICS}

    def _step(self, persons: Ints, step: int, at: Ints, states: dict[str, Ints]) -> pl.DataFrame:
        numbers = persons * STEPS + step
        home = pl.Series(TOOLS).gather(self._home(persons))
        by_form = pl.Series(self.dice.chance("consent/by_form", numbers, 0.45))
        told = home.zip_with(~by_form, pl.Series([CENTRE]))
        return pl.DataFrame(
            {"number": numbers, "person": persons, "step": np.full(len(persons), step), "at": at, "told": told, **states}
        )

"""What people answer when they are asked, whatever tool asks: when, how far they get and how content they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.dice import Bools, Dice, Ints
from cx_pipeline.synth.timeline import DAY, MINUTE, Timeline

OPEN_FOR = 7 * DAY
"""An answer that is never finished is recorded as it stands after this time."""
PULSE_DAYS = 7
"""The company asks its own people once a week."""

_TAKES = [35, 70, 100, 140, 190, 260, 380, 11 * MINUTE, 40 * MINUTE]  # equally spaced quantiles in seconds
_HABITS = {"double_submit": 6, "speeder": 4}
# Weights of 0 to 10 where the mood is bad, middling and good.
_RATES = ((14, 6, 9, 10, 10, 14, 14, 10, 7, 4, 2), (1, 1, 1, 2, 4, 10, 14, 26, 26, 10, 5), (0, 0, 0, 0, 1, 2, 4, 9, 22, 28, 34))


@dataclass(frozen=True)
class Feedback:
    """Responses numbered in the order of their beginning; any of them can be had alone.

    Attributes:
        label: keeps the answers of customers and of employees apart.
        people: how many may be asked.
        waves: when not 0, everybody is asked once in each of so many waves, and number = wave * people + person.
    """

    dice: Dice
    label: str
    timeline: Timeline
    count: int
    people: int
    waves: int = 0

    def source(self, keys: Ints) -> Ints:
        """The response that is repeated by a double submit, otherwise the response itself."""
        return np.where(self._doubled(keys), keys - 1, keys)

    def _doubled(self, keys: Ints) -> Bools:
        if self.waves:
            return np.zeros(len(keys), dtype=np.bool_)
        here, before = (self._habit(numbers) for numbers in (keys, keys - 1))
        return ((here == "double_submit").fill_null(value=False) & before.is_null()).to_numpy() & (keys > 0)

    def _habit(self, keys: Ints) -> pl.Series:
        return allot(self.dice, f"{self.label}/habits", np.maximum(keys, 0), self.count, _HABITS)

    def person(self, keys: Ints) -> Ints:
        """Who answers."""
        if self.waves:
            return keys % self.people
        return self.dice.below(f"{self.label}/person", keys, self.people)

    def _started(self, keys: Ints) -> Ints:
        """Evenly over the time, or within two days of the wave."""
        span = self.timeline.end - self.timeline.start
        if self.waves:
            wave = self.timeline.start + keys // self.people * PULSE_DAYS * DAY
            return wave + self.dice.below(f"{self.label}/started", keys, 2 * DAY)
        jitter = self.dice.below(f"{self.label}/started", keys, max(1, span // self.count))
        return self.timeline.start + keys * span // self.count + jitter

    def of(self, keys: Ints) -> pl.DataFrame:
        """One row a response.

        Columns: number, source (differs from number for a double submit), person, started, ended, recorded (all in
        seconds), took, progress (0 to 100, below 100 where it was never finished), likely (0 to 10), content (1 to 5),
        speeder (bool).
        """
        dice, label, source = self.dice, self.label, self.source(keys)
        doubled = source != keys
        speeder = met(self._habit(keys), "speeder").to_numpy()
        took = np.where(speeder, 2, dice.spread(f"{label}/took", source, _TAKES))
        unfinished = dice.chance(f"{label}/unfinished", source, 0.08) & ~speeder
        progress = np.where(unfinished, 5 + dice.below(f"{label}/progress", source, 90), 100)
        again = np.where(doubled, took + 60 + dice.below(f"{label}/again", keys, 4 * MINUTE), 0)
        started = self._started(source) + again
        ended = started + took
        mood = dice.weighted(f"{label}/mood", source, (22, 33, 45))
        rates = np.stack([dice.weighted(f"{label}/likely", source, weights) for weights in _RATES])
        likely = rates[mood, np.arange(len(keys))]
        wavering = dice.below(f"{label}/content", source, 3) - 1
        return pl.DataFrame(
            {
                "number": keys,
                "source": source,
                "person": self.person(source),
                "started": started,
                "ended": ended,
                "recorded": np.where(unfinished, ended + OPEN_FOR, ended),
                "took": took,
                "progress": progress,
                "likely": likely,
                "content": np.clip(1 + likely * 2 // 5 + wavering, 1, 5),
                "speeder": speeder,
            }
        )

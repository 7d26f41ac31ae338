"""What customers write about the company's app in public."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Dice, Ints
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR, Timeline

VERSIONS = ("8.0.9", "8.1.0", "8.1.1", "8.2.0")
_STARS = (26, 9, 10, 17, 38)
_LATER = [HOUR, 6 * HOUR, DAY, 3 * DAY, 8 * DAY, 40 * DAY]


@dataclass(frozen=True)
class Reviews:
    """The reviews in one store, numbered in the order of their writing; nobody reviews twice, but some edit what they wrote."""

    dice: Dice
    store: str
    timeline: Timeline
    count: int
    people: int

    def of(self, keys: Ints) -> pl.DataFrame:
        """One row a review.

        Columns: number, person, version (position in VERSIONS), rating and edited_rating (1 to 5), has_text, and in seconds
        made, changed and replied (FOREVER when never). An answer of the company often makes a better rating.
        """
        dice, label, span = self.dice, self.store, self.timeline.end - self.timeline.start
        made = self.timeline.start + keys * span // self.count + dice.below(f"{label}/made", keys, max(1, span // self.count))
        stars = 1 + dice.weighted(f"{label}/stars", keys, _STARS)
        replied = made + dice.spread(f"{label}/reply", keys, _LATER)
        edits = dice.chance(f"{label}/edits", keys, 0.25)
        answered = dice.chance(f"{label}/answered", keys, 0.4)
        edited = np.where(answered, replied, made) + dice.spread(f"{label}/edit", keys, _LATER)
        return pl.DataFrame(
            {
                "number": keys,
                "person": keys * self.people // self.count,
                "version": np.minimum(len(VERSIONS) - 1, (made - self.timeline.start) * len(VERSIONS) // span),
                "rating": stars,
                "edited_rating": np.clip(stars + dice.below(f"{label}/better", keys, 4) - 1, 1, 5),
                "has_text": ~dice.chance(f"{label}/stars_only", keys, 0.2),
                "made": made,
                "replied": np.where(answered, replied, FOREVER),
                "changed": np.where(edits, edited, FOREVER),
            }
        )

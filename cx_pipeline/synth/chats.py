"""Who writes in the messenger: contacts, and leads that turned out to be contacts."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Dice
from cx_pipeline.synth.timeline import DAY, FOREVER, Timeline


def contacts(dice: Dice, people: pl.DataFrame, timeline: Timeline) -> pl.DataFrame:
    """One row a record of the messenger, `contact` from 0 on: those of people first, then leads.

    Columns: contact, person, is_lead, made and changed (seconds; FOREVER when never), merged_into (-1: nothing; the contact
    that a lead was found to be, when it changed). Everybody's record is older than the world, so that nobody writes before it.
    """
    everybody = people["person"].to_numpy()
    own = everybody[dice.chance("chat/known", everybody, 0.45) | (everybody == 0)]
    plain = own[(people["quirk"] == "none").to_numpy()[own]]
    leads = plain[dice.chance("chat/lead", plain, 0.1)]
    person = np.concatenate([own, leads])
    contact = np.arange(len(person), dtype=np.int64)
    is_lead = contact >= len(own)
    made = timeline.start - DAY - dice.below("chat/made", contact, 700 * DAY)
    span = timeline.end - timeline.start
    changes = is_lead | dice.chance("chat/changes", contact, 0.5)
    return pl.DataFrame(
        {
            "contact": contact,
            "person": person,
            "is_lead": is_lead,
            "made": made,
            "changed": np.where(changes, timeline.start + dice.below("chat/changed", contact, span), FOREVER),
            "merged_into": np.where(is_lead, np.searchsorted(own, person), -1),
        }
    )

"""Ids of the company's account."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Dice, Ints

LIST = "a1c93f20de"


def hexadecimal(dice: Dice, label: str, numbers: Ints) -> pl.Series:
    """Ids of ten hexadecimal digits, as those of campaigns and people are."""
    digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    places = np.arange(36, -1, -4, dtype=np.uint64)
    nibbles = (dice.bits(f"mailchimp/{label}", numbers)[:, None] >> places) & np.uint64(15)
    nibbles[:, 0] = 10 + nibbles[:, 0] % np.uint64(6)  # a letter in front: no spreadsheet takes it for a number
    return pl.Series(np.ascontiguousarray(digits[nibbles]).view("S10").ravel().astype("U10"), dtype=pl.String)

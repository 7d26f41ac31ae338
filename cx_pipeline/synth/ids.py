"""Record ids in the shapes the vendors give them, made from a plain running number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from cx_pipeline.synth.dice import Dice, Ints

_DIGITS = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
_CHECKSUM = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)
_ORGANISATION = b"Qe0000"
_FIRST = 62**4
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)

CONTACT, ACCOUNT, CASE, USER, LEAD, OPPORTUNITY = "003", "001", "500", "005", "00Q", "006"


def _base62(numbers: Ints, width: int) -> npt.NDArray[np.uint8]:
    powers = 62 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    digits: npt.NDArray[np.uint8] = _DIGITS[(numbers[:, None] // powers) % 62]
    return digits


def _checksum(body: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Three characters that say which of the fifteen are capitals, so that the id survives a case-blind system."""
    capitals = ((body >= ord("A")) & (body <= ord("Z"))).reshape(-1, 3, 5)
    letters: npt.NDArray[np.uint8] = _CHECKSUM[(capitals * (1 << np.arange(5))).sum(axis=2)]
    return letters


def salesforce(prefix: str, numbers: Ints) -> pl.Series:
    """18-character ids: object prefix, organisation, running number in base 62, checksum. Negative numbers give null.

    Neighbours often differ in the case of one letter only.
    """
    fixed = np.frombuffer(prefix.encode() + _ORGANISATION, dtype=np.uint8)
    numbers = numbers.astype(np.int64)
    body = np.hstack([np.tile(fixed, (len(numbers), 1)), _base62(np.maximum(numbers, 0) + _FIRST, 6)])
    flat = np.ascontiguousarray(np.hstack([body, _checksum(body)]))
    texts = pl.Series(flat.view("S18").ravel().astype("U18"), dtype=pl.String)
    return texts.to_frame("id").select(pl.when(pl.Series(numbers >= 0)).then("id")).to_series()


def zendesk(numbers: Ints, offset: int = 1_523_416_000_000) -> pl.Series:
    """13-digit ids; negative numbers give null."""
    ids = pl.Series("id", offset + numbers.astype(np.int64) * 1013 + 577, dtype=pl.Int64)
    return ids.to_frame().select(pl.when(pl.Series(numbers >= 0)).then("id")).to_series()


def uuids(dice: Dice, label: str, numbers: Ints) -> pl.Series:
    """Random UUIDs (version 4, RFC 9562), one a number; negative numbers give null."""
    halves = np.stack([dice.bits(f"{label}/{half}", numbers) for half in ("high", "low")], axis=1)
    nibbles = (halves[:, :, None] >> np.arange(60, -1, -4, dtype=np.uint64)) & np.uint64(15)
    digits = nibbles.reshape(len(numbers), 32)
    digits[:, 12] = 4
    digits[:, 16] = 8 | (digits[:, 16] & np.uint64(3))
    letters = np.insert(_HEX[digits], (8, 12, 16, 20), ord("-"), axis=1)
    return _texts(letters, numbers)


def hexadecimal(dice: Dice, label: str, numbers: Ints, width: int) -> pl.Series:
    """So many hexadecimal digits, 32 at most; negative numbers give null."""
    return uuids(dice, label, numbers).str.replace_all("-", "", literal=True).str.slice(32 - width)


def customers(persons: Ints) -> pl.Series:
    """The company's own customer numbers, `C-0000815`, which tools without a number of their own are given."""
    return pl.select(pl.lit("C-") + pl.Series(persons).cast(pl.String).str.zfill(7)).to_series()


def opaque(prefix: str, dice: Dice, label: str, numbers: Ints) -> pl.Series:
    """The prefix and fifteen letters and digits that tell nothing; negative numbers give null."""
    high, low = (dice.bits(f"{label}/{half}", numbers) >> np.uint64(1) for half in ("high", "low"))
    start = np.tile(np.frombuffer(prefix.encode(), dtype=np.uint8), (len(numbers), 1))
    return _texts(np.hstack([start, _base62(high.astype(np.int64), 8), _base62(low.astype(np.int64), 7)]), numbers)


def _texts(letters: npt.NDArray[np.uint8], numbers: Ints) -> pl.Series:
    width = letters.shape[1]
    flat = np.ascontiguousarray(letters).view(f"S{width}").ravel().astype(f"U{width}")
    texts = pl.Series("id", flat, dtype=pl.String)
    return texts.to_frame().select(pl.when(pl.Series(numbers >= 0)).then("id")).to_series()

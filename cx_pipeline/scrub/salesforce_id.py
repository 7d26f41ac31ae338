"""Salesforce record ids: 15 characters with case, or 18 with a checksum of the case.

The last three characters say, for each group of five, which are capitals, as a number from 0 to 31 written in A-Z0-5
(Salesforce Help, "Convert a 15-character ID to an 18-character ID"). So 15 can always be made 18, and an 18-character id that
lost its case can be given it back.
"""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub.fixpoint import on_matching
from cx_pipeline.scrub.rule import Rule

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
# Groups as '0'/'1' text, one a character, first character is the lowest bit.
_CHECK = {"".join("1" if number >> bit & 1 else "0" for bit in range(5)): letter for number, letter in enumerate(_ALPHABET)}
_CAPITALS = {letter: mask for mask, letter in _CHECK.items()}


_15 = r"^[a-zA-Z0-9]{15}$"
_18 = r"^[a-zA-Z0-9]{15}[a-zA-Z0-5]{3}$"


def checksums(ids: pl.Series) -> pl.Series:
    """The three check characters of the first 15 of each id; null where those are no letters and digits."""
    capitals = ids.str.slice(0, 15).str.replace_all("[a-z0-9]", "0").str.replace_all("[A-Z]", "1").to_frame("capitals")
    return capitals.select(
        pl.concat_str([pl.col("capitals").str.slice(start, 5).replace_strict(_CHECK, default=None) for start in (0, 5, 10)])
    ).to_series()


def _extended(ids: pl.Series) -> pl.Series:
    return ids + checksums(ids)


def _restored(ids: pl.Series) -> pl.Series:
    """Ids of 18 characters in the case their checksum tells."""
    wrong = checksums(ids).ne_missing(ids.str.slice(15, 3)).arg_true()
    if wrong.is_empty():
        return ids
    return ids.clone().scatter(wrong, _recased(ids.gather(wrong)))


def _recased(ids: pl.Series) -> pl.Series:
    """As `_restored`, for ids whose case is known to be wrong; those whose checksum is none stay as they were."""
    letters = ids.str.slice(15, 3).str.to_uppercase()
    parts = pl.DataFrame({"lower": ids.str.slice(0, 15).str.to_lowercase(), "letters": letters})
    masks = pl.concat_str([pl.col("letters").str.slice(group, 1).replace_strict(_CAPITALS, default=None) for group in range(3)])
    characters = [pl.col("lower").str.slice(index, 1) for index in range(15)]
    recased = parts.with_columns(mask=masks).select(
        pl.concat_str(
            [
                pl.when(pl.col("mask").str.slice(index, 1) == "1").then(character.str.to_uppercase()).otherwise(character)
                for index, character in enumerate(characters)
            ]
        )
    )
    # A capital asked for where a digit stands tells that the three letters are no checksum.
    believed = checksums(recased.to_series()).eq_missing(letters)
    return (recased.to_series() + letters).zip_with(believed, ids)


def to_18(ids: pl.Series) -> pl.Series:
    """Ids of 15 characters with their checksum, ids of 18 in the case it tells; anything else as it was."""
    return on_matching(on_matching(ids, _15, _extended), _18, _restored)


SALESFORCE_ID = Rule(
    id="ids.salesforce",
    version=1,
    title="Writes Salesforce ids in 18 characters, with the case their checksum tells.",
    reads="Salesforce record id",
    guards="joins: reports write 15 characters and APIs 18; without case, different records are one",
    transform=lambda column: column.map_batches(to_18, return_dtype=pl.String, is_elementwise=True),
    touches=r"^[a-zA-Z0-9]{15}(?:[a-zA-Z0-5]{3})?$",
)

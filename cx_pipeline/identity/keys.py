"""The keys that records are gathered by: what two records must share to be worth comparing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Bits = npt.NDArray[np.uint64]
Hashes = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_LONG_ENOUGH = 6
_SOUNDS = {
    **dict.fromkeys("bfpv", "1"),
    **dict.fromkeys("cgjkqsxz", "2"),
    **dict.fromkeys("dt", "3"),
    "l": "4",
    **dict.fromkeys("mn", "5"),
    "r": "6",
}


@dataclass(frozen=True)
class Key:
    """A blocking key: fields that two records share, `in_either_order` also where they changed places.

    A strong key is evidence enough to compare two records by itself.
    """

    name: str
    fields: tuple[str, ...]
    is_strong: bool = False
    in_either_order: bool = False


def phonetic(column: str) -> pl.Expr:
    """The first letter and the sounds of up to three consonants behind it, after Soundex (Russell 1918)."""
    return pl.col(column).map_batches(_sounds, return_dtype=pl.String)


def _sounds(names: pl.Series) -> pl.Series:
    distinct = names.drop_nulls().unique()
    text = pl.col("name")
    behind = text.str.slice(1).str.replace_all("[^bcdfgjklmnpqrstvxz]", "").str.replace_many(_SOUNDS)
    for sound in "123456":
        behind = behind.str.replace_all(f"{sound}{sound}+", sound)
    heard = distinct.alias("name").to_frame().select(text.str.slice(0, 1) + behind.str.slice(0, 3)).to_series()
    return names.replace_strict(distinct, heard, default=None, return_dtype=pl.String) if len(distinct) else names


def _without(text: pl.Expr, beginning: int, end: int) -> pl.Expr:
    """Without letters of its beginning or end, where enough are left to mean something."""
    length = text.str.len_chars().cast(pl.Int64)
    return pl.when(length >= _LONG_ENOUGH).then(text.str.slice(beginning, length - beginning - end))


_ID = pl.when(pl.col("ids").list.len() == 1).then(pl.col("ids").list.first())
_FIELDS = {
    **{name: pl.col(name) for name in ("given", "family", "birth", "email", "local", "phone", "postcode", "city", "street")},
    "id": _ID,
    **{f"{name} initial": pl.col(name).str.slice(0, 1) for name in ("given", "family")},
    **{f"{name} begin": pl.col(name).str.slice(0, 2) for name in ("given", "family")},
    **{f"{name} sound": phonetic(name) for name in ("given", "family")},
    **{
        part: pl.col("birth").str.slice(start, 2 * length)
        for part, start, length in (("year", 0, 2), ("month", 4, 1), ("day", 6, 1))
    },
    "formal": pl.col("formal"),
    **{f"{name} consonants": phonetic(name).str.slice(1) for name in ("given", "family")},
    "month and day": pl.col("birth").str.slice(4),
    "local begin": _without(pl.col("local"), 0, 2),
    "local end": _without(pl.col("local"), 2, 0),
    "phone begin": pl.col("phone").str.slice(0, 8),
    "phone end": pl.col("phone").str.tail(7),
    "id begin": _without(_ID, 0, 2),
    "id end": _ID.str.tail(5),
    "area": pl.col("postcode").str.slice(0, pl.max_horizontal(pl.col("postcode").str.len_chars().cast(pl.Int64) - 3, 1)),
}
"""What keys are made of: texts over profiles."""

KEYS = (
    Key("email", ("email",), is_strong=True),
    Key("phone", ("phone",), is_strong=True),
    Key("external id", ("id",), is_strong=True),
    Key("names and birth date sounds", ("given sound", "family sound", "year"), is_strong=True, in_either_order=True),
    Key("birth date", ("birth", "given initial"), is_strong=True),
    Key("names in either order", ("given", "family"), is_strong=True, in_either_order=True),
    Key("names by sound", ("given sound", "family sound"), in_either_order=True),
    Key("birth date and family name", ("birth", "family initial")),
    Key("family name and birth year", ("family", "year")),
    Key("given name and birth year", ("given", "year")),
    Key("family name, birth month and day", ("family", "month", "day"), is_strong=True),
    Key("given name, birth month and day", ("given", "month", "day"), is_strong=True),
    Key("family sound, birth year and month", ("family sound", "year", "month")),
    Key("family sound, birth year and day", ("family sound", "year", "day")),
    Key("given sound, birth year and month", ("given sound", "year", "month")),
    Key("given sound, birth year and day", ("given sound", "year", "day")),
    Key("mailbox", ("local",), is_strong=True),
    Key("mailbox without its end", ("local begin",)),
    Key("mailbox without its beginning", ("local end",)),
    Key("phone without its beginning", ("phone end",)),
    Key("phone without its end", ("phone begin",)),
    Key("id without its end", ("id begin",)),
    Key("id without its beginning", ("id end",)),
    Key("family name and postcode", ("family", "postcode"), is_strong=True),
    Key("given name and postcode", ("given", "postcode"), is_strong=True),
    Key("family name and postal area", ("family", "area")),
    Key("given name and postal area", ("given", "area")),
    Key("postcode and birth year", ("postcode", "year")),
    Key("family name and city", ("family", "city")),
    Key("given name and city", ("given", "city")),
    Key("postcode and street", ("postcode", "street"), is_strong=True),
    Key("street", ("street",)),
    Key("family name", ("family",)),
    Key("city and birth year", ("city", "year")),
    Key("street and given name", ("street", "given begin"), is_strong=True),
    Key("street and family name", ("street", "family begin"), is_strong=True),
)


def _marks(*, fields: Collection[str] = (), is_strong: bool = False) -> np.uint64:
    """The keys made of some fields, or the strong ones, as bits by their places in `KEYS`."""
    chosen = [number for number, key in enumerate(KEYS) if set(key.fields) & set(fields) or (is_strong and key.is_strong)]
    return np.uint64(sum(1 << number for number in chosen))


STRONG = _marks(is_strong=True)
_REACHED = _marks(fields=("email", "local", "phone", "id"))
_NEAR = _marks(fields=("postcode", "area", "street", "city"))


def _spellings(name: str) -> tuple[str, ...]:
    return name, f"{name} initial", f"{name} consonants"


class Hashed:
    """Hashes of the fields that keys are made of, each made once; 0 where a field is not known."""

    def __init__(self, profiles: pl.DataFrame) -> None:
        self._profiles, self.size = profiles, profiles.height
        self._made: dict[str, Hashes] = {}

    def key(self, key: Key) -> Bits:
        """The hash of a key's fields; 0 where one of them is not known."""
        parts = [self.field(name).astype(np.uint64) for name in key.fields]
        known = np.logical_and.reduce([part != 0 for part in parts])
        if key.in_either_order:
            parts[:2] = [np.minimum(parts[0], parts[1]), np.maximum(parts[0], parts[1])]
        mixed = parts[0] * _ODD
        for part in parts[1:]:
            mixed = ((mixed ^ (mixed >> np.uint64(29))) + part) * _ODD
        return np.asarray(np.where(known, mixed | np.uint64(1 << 63), np.uint64(0)))

    def field(self, name: str) -> Hashes:
        """The hash of one field of every record."""
        if name not in self._made:
            text = _FIELDS[name]
            hashed = pl.when(text.is_not_null()).then(text.hash(seed=1) // 2**32).cast(pl.UInt32).fill_null(0)
            self._made[name] = self._profiles.select(hashed).to_series().to_numpy()
        return self._made[name]

    def strangers(self, left: Ints, right: Ints, bits: Bits) -> Mask:
        """Pairs that share no way to reach the person, and plainly contradict each other.

        Plainly: given names of other letters and sounds that no nickname joins, and no birthday that agrees; or, with no place in
        common, birthdays of another year and another day, or of another year beside family names of other letters and sounds.

        Args:
            left, right: records, by place.
            bits: the keys that each pair shares.
        """
        given = np.logical_and.reduce([self._differ(of, left, right) for of in (*_spellings("given"), "formal")])
        family = np.logical_and.reduce([self._differ(of, left, right) for of in _spellings("family")])
        swapped = self._meet("given", "family", left, right) | self._meet("family", "given", left, right)
        parts = sum(self._meet(part, part, left, right).astype(np.int8) for part in ("year", "month", "day"))
        year = self._differ("year", left, right)
        afar = (bits & _NEAR) == 0
        contradicted = given & ~swapped & (parts < 2)
        contradicted |= afar & year & (self._differ("month and day", left, right) | (family & ~swapped))
        return np.asarray(((bits & _REACHED) == 0) & contradicted)

    def _differ(self, name: str, left: Ints, right: Ints) -> Mask:
        one, other = self.field(name)[left], self.field(name)[right]
        return np.asarray((one != other) & (one != 0) & (other != 0))

    def _meet(self, name: str, other: str, left: Ints, right: Ints) -> Mask:
        one = self.field(name)[left]
        return np.asarray((one == self.field(other)[right]) & (one != 0))


_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: spreads what is close (Knuth, TAOCP 3, 6.4)

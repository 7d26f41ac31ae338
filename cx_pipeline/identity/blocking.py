"""Which pairs of records are worth comparing: those that share a key, or stand close to each other under one.

Every key gathers records that could be one person, each tolerant of another slip: phonetic names, names in either order, parts
of a birth date, an address or phone with its beginning or its end damaged. Under a key the records are put in the order of their
names, and each is paired with the next few (sorted-neighbourhood blocking, Hernández and Stolfo 1995), so that a small block
gives all its pairs and a huge one a number that grows with its size only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]

_ALL_PAIRS_UP_TO = 1_200  # records: half a million pairs and fewer are all looked at
_WINDOW = 100  # neighbours a record is paired with under one key
_MANY = 100_000  # records from which neighbours are fewer, and a pair needs three keys, or two with a strong one among them
_STRONG_WINDOW, _WEAK_WINDOW = 30, 6
_PLACE_BITS = 6
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
    """A blocking key: `expression` over profiles. A strong key is evidence enough to compare two records by itself."""

    name: str
    expression: pl.Expr
    is_strong: bool = False


class Candidates(NamedTuple):
    """Pairs to compare.

    Attributes:
        left, right: nodes, left smaller than right; each pair once, in order.
        report: `key, pairs, only_here`: what each key gave, and what no other key would have found.
    """

    left: Ints
    right: Ints
    report: pl.DataFrame


def _phonetic(column: str) -> pl.Expr:
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


def _either_order(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return pl.when(one < other).then(_both(one, other)).otherwise(_both(other, one))


def _both(*parts: pl.Expr) -> pl.Expr:
    return pl.concat_str(*parts, separator="|")


def _without(text: pl.Expr, beginning: int, end: int) -> pl.Expr:
    """Without letters of its beginning or end, where enough are left to mean something."""
    length = text.str.len_chars().cast(pl.Int64)
    return pl.when(length >= _LONG_ENOUGH).then(text.str.slice(beginning, length - beginning - end))


_GIVEN, _FAMILY = pl.col("given"), pl.col("family")
_YEAR, _MONTH, _DAY = (pl.col("birth").str.slice(start, length) for start, length in ((0, 4), (4, 2), (6, 2)))
_AREA = pl.col("postcode").str.slice(0, pl.max_horizontal(pl.col("postcode").str.len_chars().cast(pl.Int64) - 3, 1))
_ID = pl.when(pl.col("ids").list.len() == 1).then(pl.col("ids").list.first())

KEYS = (
    Key("email", pl.col("email"), is_strong=True),
    Key("phone", pl.col("phone"), is_strong=True),
    Key("external id", _ID, is_strong=True),
    Key(
        "names and birth date sounds", _both(_either_order(pl.col("given_sound"), pl.col("family_sound")), _YEAR), is_strong=True
    ),
    Key("birth date", _both(pl.col("birth"), _GIVEN.str.slice(0, 1)), is_strong=True),
    Key("names in either order", _either_order(_GIVEN, _FAMILY), is_strong=True),
    Key("names by sound", _either_order(pl.col("given_sound"), pl.col("family_sound"))),
    Key("birth date and family name", _both(pl.col("birth"), _FAMILY.str.slice(0, 1))),
    Key("family name and birth year", _both(_FAMILY, _YEAR)),
    Key("given name and birth year", _both(_GIVEN, _YEAR)),
    Key("family name, birth month and day", _both(_FAMILY, _MONTH, _DAY), is_strong=True),
    Key("given name, birth month and day", _both(_GIVEN, _MONTH, _DAY), is_strong=True),
    Key("family sound, birth year and month", _both(pl.col("family_sound"), _YEAR, _MONTH)),
    Key("family sound, birth year and day", _both(pl.col("family_sound"), _YEAR, _DAY)),
    Key("given sound, birth year and month", _both(pl.col("given_sound"), _YEAR, _MONTH)),
    Key("given sound, birth year and day", _both(pl.col("given_sound"), _YEAR, _DAY)),
    Key("mailbox", pl.col("local"), is_strong=True),
    Key("mailbox without its end", _without(pl.col("local"), 0, 2)),
    Key("mailbox without its beginning", _without(pl.col("local"), 2, 0)),
    Key("phone without its beginning", pl.col("phone").str.tail(7)),
    Key("phone without its end", pl.col("phone").str.slice(0, 8)),
    Key("id without its end", _without(_ID, 0, 2)),
    Key("id without its beginning", _ID.str.tail(5)),
    Key("family name and postcode", _both(_FAMILY, pl.col("postcode")), is_strong=True),
    Key("given name and postcode", _both(_GIVEN, pl.col("postcode")), is_strong=True),
    Key("family name and postal area", _both(_FAMILY, _AREA)),
    Key("given name and postal area", _both(_GIVEN, _AREA)),
    Key("postcode and birth year", _both(pl.col("postcode"), _YEAR)),
    Key("family name and city", _both(_FAMILY, pl.col("city"))),
    Key("given name and city", _both(_GIVEN, pl.col("city"))),
    Key("postcode and street", _both(pl.col("postcode"), pl.col("street")), is_strong=True),
    Key("street", pl.col("street")),
    Key("family name", _FAMILY),
    Key("city and birth year", _both(pl.col("city"), _YEAR)),
    Key("street and given name", _both(pl.col("street"), _GIVEN.str.slice(0, 2)), is_strong=True),
    Key("street and family name", _both(pl.col("street"), _FAMILY.str.slice(0, 2)), is_strong=True),
)


def candidates(profiles: pl.DataFrame, groups: Ints | None = None) -> Candidates:
    """The pairs to compare.

    Args:
        profiles: as from `profiles.profiles`; rows that are to be paired, named by `node`.
        groups: of each row, what it is known to belong to; no pair is made inside a group.

    Returns:
        The pairs, named by `node`.
    """
    nodes = profiles["node"].to_numpy().astype(np.int64)
    size = len(nodes)
    if size <= _ALL_PAIRS_UP_TO:
        left, right = (side.astype(np.int64) for side in np.triu_indices(size, k=1))
        found = left * size + right
        bits = np.ones(len(found), dtype=np.uint64)
        named = ["all pairs"]
    else:
        found, bits = _keyed(profiles, size)
        named = [key.name for key in KEYS]
    left, right = found // max(size, 1), found % max(size, 1)
    if groups is not None:
        apart = groups[left] != groups[right]
        left, right, bits = left[apart], right[apart], bits[apart]
    return Candidates(nodes[left], nodes[right], _report(bits, named))


def _keyed(profiles: pl.DataFrame, size: int) -> tuple[Ints, Bits]:
    order = profiles.select(
        pl.concat_str(
            _FAMILY.fill_null("").str.slice(0, 5),
            _GIVEN.fill_null("").str.slice(0, 4),
            pl.col("birth").fill_null(""),
            separator="|",
        ).rank("ordinal")
    ).to_series()
    rank = order.to_numpy().astype(np.int64)
    heard = profiles.with_columns(_phonetic("given").alias("given_sound"), _phonetic("family").alias("family_sound"))
    is_large = size >= _MANY
    found = []
    for place, key in enumerate(KEYS):
        window = (_STRONG_WINDOW if key.is_strong else _WEAK_WINDOW) if is_large else _WINDOW
        pairs = _neighbours(heard.select(key.expression.alias("key"))["key"], rank, window, size)
        found.append((pairs << _PLACE_BITS) | place)
    pairs, bits = _gathered(np.concatenate(found))
    if not is_large:
        return pairs, bits
    strong = np.uint64(sum(1 << place for place, key in enumerate(KEYS) if key.is_strong))
    others = bits & (bits - np.uint64(1))
    told = (others & (others - np.uint64(1)) != 0) | ((others != 0) & (bits & strong != 0))
    return pairs[told], bits[told]


def _neighbours(keys: pl.Series, rank: Ints, window: int, size: int) -> Ints:
    """Pairs `left * size + right` of records that share a key and stand at most `window` places apart."""
    rows = keys.is_not_null().arg_true().to_numpy().astype(np.int64)
    hashed = keys.gather(rows).hash(seed=1).to_numpy()
    order = np.lexsort((rank[rows], hashed))
    rows, hashed = rows[order], hashed[order]
    found = []
    for apart in range(1, min(window, len(rows) - 1) + 1):
        same = np.nonzero(hashed[apart:] == hashed[:-apart])[0]
        if len(same) == 0:
            break
        one, other = rows[same], rows[same + apart]
        found.append(np.minimum(one, other) * size + np.maximum(one, other))
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def _gathered(marked: Ints) -> tuple[Ints, Bits]:
    """Each pair once, with the marks of all keys that found it; `marked` holds the place of the key in its last bits."""
    marked.sort()
    pairs = marked >> _PLACE_BITS
    marks = np.left_shift(np.uint64(1), (marked & ((1 << _PLACE_BITS) - 1)).astype(np.uint64))
    if len(pairs) == 0:
        return pairs, marks
    first = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]]))
    return pairs[first], np.bitwise_or.reduceat(marks, first)


def _report(bits: Bits, named: list[str]) -> pl.DataFrame:
    alone = bits & (bits - np.uint64(1)) == 0
    rows = []
    for place, name in enumerate(named):
        here = (bits >> np.uint64(place)) & np.uint64(1) == 1
        rows.append((name, int(here.sum()), int((here & alone).sum())))
    return pl.DataFrame(rows, schema={"key": pl.String, "pairs": pl.Int64, "only_here": pl.Int64}, orient="row")

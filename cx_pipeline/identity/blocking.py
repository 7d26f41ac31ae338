"""Which pairs of records are worth comparing: those that share a key, or stand close to each other under one.

Every key gathers records that could be one person, each tolerant of another slip: phonetic names, names in either order, parts
of a birth date, an address or phone with its beginning or its end damaged. Under a key the records are put in the order of their
names, and each is paired with the next few (sorted-neighbourhood blocking, Hernández and Stolfo 1995), so that a small block
gives all its pairs and a huge one a number that grows with its size only.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from cx_pipeline.identity.keys import KEYS, STRONG, Bits, Hashed

Ints = npt.NDArray[np.int64]

_ALL_PAIRS_UP_TO = 1_200  # records: half a million pairs and fewer are all looked at
_WINDOW = 20
_MANY = 100_000  # records from which neighbours are fewer, and a pair needs three keys, or two with a strong one among them
_STRONG_WINDOW, _WEAK_WINDOW = 30, 6
_PLACE_BITS = 6
_PART = 4_000_000
_WORKERS = 2


class Candidates(NamedTuple):
    """Pairs to compare.

    Attributes:
        left, right: nodes, left smaller than right; each pair once, in order.
        report: `key, pairs, only_here`: what each key gave, and what no other key would have found.
    """

    left: Ints
    right: Ints
    report: pl.DataFrame


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
    rank, place = _ranked(profiles)
    hashed = Hashed(profiles)
    is_large = size >= _MANY

    def marked(number: int) -> Ints:
        key = KEYS[number]
        window = (_STRONG_WINDOW if key.is_strong else _WEAK_WINDOW) if is_large else _WINDOW
        pairs = _neighbours(hashed.key(key), rank, place, window)
        pairs <<= _PLACE_BITS
        pairs |= number
        return pairs

    def gathered(part: Ints) -> tuple[Ints, Bits]:
        return _told(*_gathered(part, is_large=is_large), hashed, is_large=is_large)

    with ThreadPoolExecutor(_WORKERS) as pool:
        together = _concatenated(list(pool.map(marked, range(len(KEYS)))))
        together.sort()
        told = list(pool.map(gathered, _parted(together)))
    return np.concatenate([pairs for pairs, _ in told]), np.concatenate([bits for _, bits in told])


def _concatenated(parts: list[Ints]) -> Ints:
    """Arrays as one; each is let go once it is copied, as all of them twice would be most of the memory."""
    whole = np.empty(sum(len(part) for part in parts), dtype=np.int64)
    end = len(whole)
    while parts:
        part = parts.pop()
        whole[end - len(part) : end] = part
        end -= len(part)
    return whole


def _told(pairs: Ints, bits: Bits, hashed: Hashed, *, is_large: bool) -> tuple[Ints, Bits]:
    """Of many records, the pairs that enough keys tell of and that do not contradict each other plainly."""
    if not is_large:
        return pairs, bits
    others = bits & (bits - np.uint64(1))
    enough = (others & (others - np.uint64(1)) != 0) | ((others != 0) & (bits & STRONG != 0))
    pairs, bits = pairs[enough], bits[enough]
    kept = ~hashed.strangers(pairs // hashed.size, pairs % hashed.size, bits)
    return pairs[kept], bits[kept]


def _ranked(profiles: pl.DataFrame) -> tuple[Ints, Ints]:
    """The rank of each record by names and birthday, and of each rank its record."""
    text = pl.concat_str(
        pl.col("family").fill_null("").str.slice(0, 5),
        pl.col("given").fill_null("").str.slice(0, 4),
        pl.col("birth").fill_null(""),
        separator="|",
    )
    rank = profiles.select(text.rank("ordinal").cast(pl.Int64) - 1).to_series().to_numpy()
    place = np.empty(len(rank), dtype=np.int64)
    place[rank] = np.arange(len(rank))
    return rank, place


def _neighbours(keys: Bits, rank: Ints, place: Ints, window: int) -> Ints:
    """Pairs `left * size + right` of records that share a key and stand at most `window` places apart.

    Key and rank are sorted as one number, whose upper bits are those of the key: two keys that differ in the lower ones only,
    one in many millions, give a pair too many.
    """
    size = len(rank)
    low = max(size.bit_length(), 1)
    known = np.flatnonzero(keys)
    order = (keys[known] >> np.uint64(low) << np.uint64(low)) | rank[known].astype(np.uint64)
    order.sort()
    record = place[(order & np.uint64((1 << low) - 1)).astype(np.int64)]
    order >>= np.uint64(low)
    found = []
    at = np.arange(len(order))
    for apart in range(1, window + 1):
        at = at[: np.searchsorted(at, len(order) - apart)]
        at = at[order[at + apart] == order[at]]  # who has no neighbour so far away has none farther away
        if len(at) == 0:
            break
        one, other = record[at], record[at + apart]
        found.append(np.minimum(one, other) * size + np.maximum(one, other))
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def _parted(marked: Ints) -> Iterator[Ints]:
    """Sorted marked pairs in parts; the marks of a pair stay together."""
    start = 0
    while True:
        end = min(start + _PART, len(marked))
        if end < len(marked):
            end = int(np.searchsorted(marked, (marked[end] >> _PLACE_BITS) << _PLACE_BITS))
        yield marked[start:end]
        start = end
        if start == len(marked):
            return


def _gathered(marked: Ints, *, is_large: bool) -> tuple[Ints, Bits]:
    """Each pair once, with the marks of all keys that found it.

    Args:
        marked: sorted; the last bits hold the number of the key.
        is_large: leave out what only one key found.
    """
    pairs = marked >> _PLACE_BITS
    first = np.ones(len(pairs), dtype=np.bool_)
    np.not_equal(pairs[1:], pairs[:-1], out=first[1:])
    if is_large:
        alone = first.copy()
        alone[:-1] &= first[1:]
        several = ~alone
        marked, pairs, first = marked[several], pairs[several], first[several]
    marks = np.left_shift(np.uint64(1), (marked & ((1 << _PLACE_BITS) - 1)).astype(np.uint64))
    starts = np.flatnonzero(first)
    return (pairs[starts], np.bitwise_or.reduceat(marks, starts)) if len(starts) else (pairs, marks)


def _report(bits: Bits, named: list[str]) -> pl.DataFrame:
    alone = bits & (bits - np.uint64(1)) == 0
    rows = []
    for place, name in enumerate(named):
        here = (bits >> np.uint64(place)) & np.uint64(1) == 1
        rows.append((name, int(here.sum()), int((here & alone).sum())))
    return pl.DataFrame(rows, schema={"key": pl.String, "pairs": pl.Int64, "only_here": pl.Int64}, orient="row")

"""What people say about pairs of records: the same person, or not. It overrules every rule and every probability.

Where statements contradict each other, "not the same" stands. Joining two people shows one the other's history and mixes
their consents; keeping one person in two pieces does neither. So of the must-links that together would join a pair that
cannot be linked, the ones first in order of precedence are kept, and the one that would close the chain is set aside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import polars as pl

PAIR = {"left": pl.String, "right": pl.String}
SET_ASIDE = {**PAIR, "stated_in": pl.String, "reason": pl.String}
BOTH = "the same pair is said not to be one person"
CHAIN = "with other must-links it would join two records that are said not to be one person"


class Statement(NamedTuple):
    """That two records are the same person. `left` is the smaller key; `stated_in` says where, in words for people."""

    left: str
    right: str
    stated_in: str


class Overrides(NamedTuple):
    """What holds.

    Attributes:
        must_link: `left, right`, left the smaller key; no chain of them joins a pair of `cannot_link`.
        cannot_link: `left, right`, left the smaller key.
        set_aside: `left, right, stated_in, reason`: must-links that do not hold, as they contradict a cannot-link.
    """

    must_link: pl.DataFrame = pl.DataFrame(schema=PAIR)
    cannot_link: pl.DataFrame = pl.DataFrame(schema=PAIR)
    set_aside: pl.DataFrame = pl.DataFrame(schema=SET_ASIDE)


def settle(same: Iterable[Statement], different: Collection[tuple[str, str]]) -> Overrides:
    """Overrides without contradictions.

    Args:
        same: in order of precedence.
        different: pairs, left the smaller key.
    """
    apart = set(different)
    groups = _Groups(apart)
    kept: set[tuple[str, str]] = set()
    aside = []
    for left, right, stated_in in same:
        if (left, right) in apart:
            aside.append((left, right, stated_in, BOTH))
        elif groups.join(left, right):
            kept.add((left, right))
        else:
            aside.append((left, right, stated_in, CHAIN))
    return Overrides(
        pl.DataFrame(sorted(kept), schema=PAIR, orient="row"),
        pl.DataFrame(sorted(apart), schema=PAIR, orient="row"),
        pl.DataFrame(sorted(aside), schema=SET_ASIDE, orient="row"),
    )


def numbered(pairs: pl.DataFrame, records: pl.Series) -> pl.DataFrame:
    """Pairs of records as pairs of their places among `records`; pairs of records that are not among them are left out."""
    places = pl.DataFrame({"key": records, "place": pl.int_range(records.len(), dtype=pl.Int64, eager=True)})
    return (
        pairs.join(places, left_on="left", right_on="key")
        .join(places, left_on="right", right_on="key", suffix="_right")
        .select(pl.col("place").alias("left"), pl.col("place_right").alias("right"))
    )


class _Groups:
    """Joined records, and which groups must stay apart. The smaller group is always put into the larger one."""

    def __init__(self, apart: Iterable[tuple[str, str]]) -> None:
        self._members: dict[str, list[str]] = {}
        self._group: dict[str, str] = {}
        self._foes: dict[str, set[str]] = {}
        for left, right in apart:
            self._foes.setdefault(left, set()).add(right)
            self._foes.setdefault(right, set()).add(left)

    def join(self, left: str, right: str) -> bool:
        """Whether the two are now in one group; not where that would bring together what must stay apart."""
        one, other = self._group.get(left, left), self._group.get(right, right)
        if one == other:
            return True
        if other in self._foes.get(one, ()):
            return False
        if len(self._members.get(one, ())) < len(self._members.get(other, ())):
            one, other = other, one
        moving = self._members.pop(other, [other])
        self._members.setdefault(one, [one]).extend(moving)
        self._group.update(dict.fromkeys(moving, one))
        for foe in self._foes.pop(other, set()):
            self._foes[foe].discard(other)
            self._foes[foe].add(one)
            self._foes.setdefault(one, set()).add(foe)
        return True

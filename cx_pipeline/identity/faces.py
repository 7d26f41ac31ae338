"""Whether two records that share an identifier can be one person, by what else they say of that person.

A face is what a record says of a person: names and a date of birth. A shared address or number joins faces that do not
contradict each other; a household's number does not make one person of all who live there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cx_pipeline.identity.nicknames import NICKNAMES

Mask = npt.NDArray[np.bool_]

FACE = ("given", "family", "birth")
MOST_FACES = 20
"""Faces under one identifier that are compared with each other; more of them make it anybody's."""
_ALIKE = 0.85
_SEED = 3
_LATIN = "^[a-z0-9 ]*$"


class Grouped(NamedTuple):
    """Records under identifiers, told apart.

    Attributes:
        members: `record, kind, identifier, group`: records of one group under one identifier do not contradict each other.
            Identifiers of one record alone are left out; `identifier` is a hash of kind and value.
        crowded: `kind, value, faces` of identifiers with too many people behind them.
    """

    members: pl.DataFrame
    crowded: pl.DataFrame


def grouped(told: pl.DataFrame, faces: pl.DataFrame, most: dict[str, int]) -> Grouped:
    """Tell apart who is behind each identifier.

    Args:
        told: `record, kind, value`, each once.
        faces: `record` and the columns of `FACE`, one row a record.
        most: by kind, how many people one identifier may stand for before it is anybody's.

    Returns:
        Groups. A record without a name goes with the only person behind the identifier; where there are several, those of a
        mailbox or an account stay with each other, and those of a phone, which a household shares, with nobody. A record that
        says less than others (a family name alone, no birthday) and fits two who contradict each other goes with none.
    """
    known = faces.select(
        "record",
        pl.struct(FACE).hash(seed=_SEED).alias("face"),
        (pl.col("given").is_null() & pl.col("family").is_null()).alias("is_nameless"),
    )
    seen = (
        told.select("record", "kind", _identifier().alias("identifier"))
        .filter(pl.len().over("identifier") > 1)
        .join(known, on="record", how="left", maintain_order="left")
    )
    each = (
        seen.filter(~pl.col("is_nameless"))
        .group_by("identifier", "face")
        .agg(pl.col("record").min(), pl.col("kind").first())
        .sort("identifier", "face")
        .with_row_index("place")
    )
    counted = each.group_by("identifier").agg(pl.len().cast(pl.Int64).alias("faces"), pl.col("kind").first())
    told_apart = counted.filter(pl.col("faces").is_between(2, MOST_FACES))
    few = each.join(told_apart, on="identifier", how="semi", maintain_order="left").join(
        faces, on="record", how="left", maintain_order="left"
    )
    alike = _alike_faces(few)
    alone = each.join(counted.filter(pl.col("faces") == 1), on="identifier", how="semi", maintain_order="left")
    columns = ("identifier", "kind", "face", pl.col("place").alias("person"))
    people = pl.concat(
        [_components(*_without_bridges(few, alike)).select("identifier", "kind", "face", "person"), alone.select(*columns)]
    )
    behind = people.group_by("identifier").agg(
        pl.col("person").n_unique().cast(pl.Int64).alias("people"),
        pl.col("person").min().alias("only"),
        pl.col("kind").first(),
    )
    cap = pl.col("kind").replace_strict(most, return_dtype=pl.Int64)
    crowded = pl.concat(
        [
            counted.filter(pl.col("faces") > MOST_FACES).select("identifier", "faces"),
            behind.filter(pl.col("people") > cap).select("identifier", pl.col("people").alias("faces")),
        ]
    )
    person = (
        pl.when(~pl.col("is_nameless"))
        .then(pl.col("person").cast(pl.Int64))
        .when(pl.col("people").is_null())
        .then(pl.lit(-1, dtype=pl.Int64))
        .when(pl.col("people") == 1)
        .then(pl.col("only").cast(pl.Int64))
        # A mailbox of several people: who wrote without a name is one of them, the same one each time as far as can be told.
        .when(pl.col("kind") != "phone")
        .then(pl.lit(-1, dtype=pl.Int64))
    )
    members = (
        seen.join(crowded, on="identifier", how="anti", maintain_order="left")
        .join(people.select("identifier", "face", "person"), on=["identifier", "face"], how="left", maintain_order="left")
        .join(behind.select("identifier", "people", "only"), on="identifier", how="left", maintain_order="left")
        .with_columns(person.alias("group"))
        .filter(pl.col("group").is_not_null())
        .select("record", "kind", "identifier", "group")
    )
    return Grouped(members, _named(crowded, told))


def _identifier() -> pl.Expr:
    """64 bits that stand for kind and value: of a million identifiers two meet once in some ten million runs."""
    return pl.col("value").hash(seed=_SEED) ^ pl.col("kind").hash(seed=_SEED + 1)


def _named(crowded: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """`kind, value, faces` of identifiers."""
    values = told.select("kind", "value", _identifier().alias("identifier")).join(crowded, on="identifier", how="semi").unique()
    return crowded.join(values, on="identifier").select("kind", "value", "faces").sort("kind", "value")


def _alike_faces(faces: pl.DataFrame) -> pl.DataFrame:
    """`place, place_right` of faces under one identifier that do not contradict each other."""
    pairs = faces.join(faces.drop("kind"), on="identifier").filter(pl.col("place") < pl.col("place_right"))
    if pairs.is_empty():
        return pairs.select("place", "place_right")
    return pairs.filter(pl.Series(can_be_one(pairs))).select("place", "place_right")


def _without_bridges(faces: pl.DataFrame, alike: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Faces and their pairs without those that say too little to tell which of two people they are."""
    told = faces.select(
        "place",
        pl.col("given").str.len_chars().fill_null(0).clip(0, 2)
        + pl.col("family").is_not_null().cast(pl.UInt32) * 2
        + pl.col("birth").is_not_null().cast(pl.UInt32) * 2,
    ).rename({"given": "parts"})
    ends = pl.concat([alike, alike.select(pl.col("place_right").alias("place"), pl.col("place").alias("place_right"))])
    fuller = (
        ends.join(told, on="place")
        .join(told.rename({"place": "place_right"}), on="place_right", suffix="_right")
        .filter(pl.col("parts") < pl.col("parts_right"))
        .select("place", pl.col("place_right").alias("fuller"))
    )
    bridges = (
        fuller.join(fuller, on="place")
        .filter(pl.col("fuller") < pl.col("fuller_right"))
        .join(alike, left_on=["fuller", "fuller_right"], right_on=["place", "place_right"], how="anti")
        .select("place")
        .unique()
    )
    left = faces.join(bridges, on="place", how="anti", maintain_order="left")
    kept = alike.join(bridges, on="place", how="anti").join(bridges, left_on="place_right", right_on="place", how="anti")
    return left, kept.select("place", "place_right")


def can_be_one(pairs: pl.DataFrame) -> Mask:
    """Whether two faces can be one person's, as far as an identifier of `kind` that they share vouches for it.

    Args:
        pairs: `kind`, the columns of `FACE`, and the same with `_right`.
    """
    given = _names_agree(pairs["given"], pairs["given_right"])
    family = _names_agree(pairs["family"], pairs["family_right"])
    swapped = _equal(pairs["given"], pairs["family_right"]) & _equal(pairs["family"], pairs["given_right"])
    is_phone = (pairs["kind"] == "phone").to_numpy()
    # A mailbox or an account stays with its owner when the family name changes; a phone is handed on within a family.
    named = np.where(is_phone, given & family, given) | swapped | _is_the_family_name(pairs)
    return np.asarray(named & _births_agree(pairs["birth"], pairs["birth_right"]))


def _is_the_family_name(pairs: pl.DataFrame) -> Mask:
    """Whether the only name of one is the family name of the other: of one word nobody can tell which name it is."""
    there = pairs["given"].is_not_null() & pairs["given_right"].is_not_null()
    left = pairs["family"].is_null() & pairs["family_right"].is_not_null()
    right = pairs["family_right"].is_null() & pairs["family"].is_not_null()
    found = [
        alone.to_numpy() & _names_agree(pairs[only], pairs[family])
        for alone, only, family in ((left, "given", "family_right"), (right, "given_right", "family"))
    ]
    return np.asarray(there.to_numpy() & (found[0] | found[1]))


def _names_agree(one: pl.Series, other: pl.Series) -> Mask:
    """True also where one of them is not known, is an initial, or is short for the other."""
    left, right = one.fill_null(""), other.fill_null("")
    alike = np.asarray(cpdist(left.to_list(), right.to_list(), scorer=JaroWinkler.similarity, workers=-1)) >= _ALIKE
    told = pl.DataFrame({"a": left, "b": right})
    # Names in two scripts may be one name; they do not contradict each other.
    latin = pl.col("a").str.contains(_LATIN) != pl.col("b").str.contains(_LATIN)
    short = told.select(
        (pl.col("a") == "")
        | (pl.col("b") == "")
        | latin
        | pl.col("a").str.starts_with(pl.col("b"))
        | pl.col("b").str.starts_with(pl.col("a"))
        | ((pl.col("a").str.len_chars() == 1) & pl.col("b").str.starts_with(pl.col("a")))
        | (_formal("a") == _formal("b"))
    ).to_series()
    return np.asarray(alike | short.to_numpy())


def _formal(column: str) -> pl.Expr:
    return pl.col(column).replace(NICKNAMES)


def _births_agree(one: pl.Series, other: pl.Series) -> Mask:
    """Unknown, two of three parts the same, one slip apart, or the day written for the month."""
    left, right = one.fill_null(""), other.fill_null("")
    slips = np.asarray(cpdist(left.to_list(), right.to_list(), scorer=OSA.distance, workers=-1)) <= 1
    year, month, day = (0, 4), (4, 2), (6, 2)
    parts = pl.DataFrame({"a": left, "b": right}).select(
        (pl.col("a") == "")
        | (pl.col("b") == "")
        | (sum(_part_is(part, part).cast(pl.Int8) for part in (year, month, day)) >= 2)
        | (_part_is(year, year) & _part_is(month, day) & _part_is(day, month))
    )
    return np.asarray(slips | parts.to_series().to_numpy())


def _part_is(one: tuple[int, int], other: tuple[int, int]) -> pl.Expr:
    return pl.col("a").str.slice(*one) == pl.col("b").str.slice(*other)


def _equal(one: pl.Series, other: pl.Series) -> Mask:
    return (one == other).fill_null(value=False).to_numpy()


def _components(faces: pl.DataFrame, alike: pl.DataFrame) -> pl.DataFrame:
    """Faces with `person`, the smallest place of those that are alike, directly or through others."""
    size = len(faces["place"]) and int(faces["place"].to_numpy().max()) + 1
    ends = (alike["place"].to_numpy(), alike["place_right"].to_numpy())
    graph = coo_matrix((np.ones(alike.height, dtype=np.int8), ends), shape=(max(size, 1), max(size, 1)))
    _, label = connected_components(graph, directed=False)
    return faces.with_columns(pl.Series("label", label[faces["place"].to_numpy()])).with_columns(
        pl.col("place").min().over("label").alias("person")
    )

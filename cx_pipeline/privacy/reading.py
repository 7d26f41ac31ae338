"""Detectors read candidates: each distinct one once, best detector first, what is found taken out of the others' sight."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import polars as pl

from cx_pipeline.privacy.catalogue import number_detectors
from cx_pipeline.privacy.detector import NumberDetector, Sort

_KEY = ("sort", "left", "value", "right", "word")
FINDINGS = {"row": pl.UInt32, "start": pl.Int64, "end": pl.Int64, "entity": pl.String, "rule": pl.String, "score": pl.Float64}
"""What every way of finding returns: the row, characters of the text that was read, and why."""


def read(found: pl.DataFrame, off: frozenset[str]) -> pl.DataFrame:
    """Findings in candidates, as `FINDINGS` has them."""
    asked = found.filter(pl.col("sort").is_not_null())
    distinct = asked.select(_KEY).unique(maintain_order=True).with_row_index("reading")
    hits = _read_all(distinct, off)
    if hits.is_empty():
        return pl.DataFrame(schema=FINDINGS)
    placed = asked.join(distinct.join(hits, on="reading"), on=list(_KEY), nulls_equal=True, maintain_order="left")
    return placed.select(
        pl.col("row").cast(pl.UInt32),
        (pl.col("start") + pl.col("from")).alias("start"),
        (pl.col("start") + pl.col("to")).alias("end"),
        "entity",
        "rule",
        "score",
    )


def _read_all(distinct: pl.DataFrame, off: frozenset[str]) -> pl.DataFrame:
    """Findings in each distinct candidate: reading, from, to (characters of the candidate), entity, rule, score."""
    hits: list[tuple[int, int, int, str, str, float]] = []
    for reading, sort, left, value, right, word in distinct.filter(_worth_reading(distinct, off)).iter_rows():
        speaking = _speaking(sort, word, off)
        hits.extend(
            (reading, begin, end, detector.entity.value, detector.id, detector.score)
            for begin, end, detector in _read_one(left, value, right, speaking) or _read_two(left, value, right, speaking)
        )
    columns = {
        "reading": pl.UInt32,
        "from": pl.Int64,
        "to": pl.Int64,
        "entity": pl.String,
        "rule": pl.String,
        "score": pl.Float64,
    }
    return pl.DataFrame(hits, schema=columns, orient="row")


def _worth_reading(distinct: pl.DataFrame, off: frozenset[str]) -> pl.Series:
    """Whether a candidate has what one of the detectors that may speak asks for; what these find in a part of it has it, too."""
    digits = distinct["value"].str.count_matches(r"[0-9]")
    worth = pl.Series("worth", [False]).new_from_index(0, distinct.height)
    alike = distinct.with_row_index("row").group_by("sort", "word", maintain_order=True).agg("row")
    asked: dict[tuple[NumberDetector, ...], list[pl.Series]] = {}
    for number, (sort, word) in enumerate(alike.select("sort", "word").iter_rows()):
        asked.setdefault(_speaking(sort, word, off), []).append(alike["row"][number])
    for speaking, found in asked.items():
        if speaking:
            rows = pl.concat(found)
            own = pl.DataFrame({"value": distinct["value"].gather(rows), "digits": digits.gather(rows)})
            worth = worth.scatter(rows, own.select(_asks_for(speaking)).to_series())
    return worth


def _asks_for(speaking: tuple[NumberDetector, ...]) -> pl.Expr:
    value = pl.col("value")
    return pl.any_horizontal(
        (pl.col("digits") >= item.digits[0])
        & (value.str.contains(item.sign, literal=True) if item.sign else True)
        & (value.str.contains(item.gate) if item.gate else True)
        for item in speaking
    )


@cache
def _speaking(sort: str, word: str | None, off: frozenset[str]) -> tuple[NumberDetector, ...]:
    """The detectors that read this sort of candidate and may speak behind this word."""
    return tuple(item for item in number_detectors(off) if Sort(sort) in item.reads and item.speaks(word))


_TAKEN = "\x1f"  # in place of what was found: neither a word's character nor a separator
_DIGITS = frozenset("0123456789")
_SPACE = re.compile(r"\s+")
_FEWEST = 7  # digits of a number that means anything by itself


def _read_one(left: str, value: str, right: str, speaking: tuple[NumberDetector, ...]) -> list[tuple[int, int, NumberDetector]]:
    text, first, last = left + value + right, len(left), len(left) + len(value)
    digits = sum(map(_DIGITS.__contains__, value))
    hits: list[tuple[int, int, NumberDetector]] = []
    for detector in speaking:
        if not detector.digits[0] <= digits <= detector.digits[1] or detector.sign not in value:
            continue
        for match in detector.compiled.finditer(text):
            begin, end = match.span("value")
            if begin < first or end > last or not _holds(detector.check, text[begin:end]):
                continue
            hits.append((begin - first, end - first, detector))
            text = text[:begin] + _TAKEN * (end - begin) + text[end:]
    return hits


def _read_two(left: str, value: str, right: str, speaking: tuple[NumberDetector, ...]) -> list[tuple[int, int, NumberDetector]]:
    """Two numbers with nothing but a space between them, where nothing was found in both as one."""
    if sum(map(_DIGITS.__contains__, value)) < 2 * _FEWEST:
        return []
    for space in _SPACE.finditer(value):
        one = _read_one(left, value[: space.start()], " ", speaking)
        other = _read_one(left, value[space.end() :], right, speaking) if one else []
        if one and other:
            return one + [(begin + space.end(), end + space.end(), detector) for begin, end, detector in other]
    return []


def _holds(check: Callable[[str], bool] | None, text: str) -> bool:
    return check is None or check(text)

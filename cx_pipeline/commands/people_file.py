"""A table of people as anybody has one: read like a delivery, its columns named as identity knows them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import polars as pl

from cx_pipeline.errors import ConfigError
from cx_pipeline.extract import land
from cx_pipeline.extract.header import comparable
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import FileFacts, open_file
from cx_pipeline.identity.profiles import PEOPLE
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.settings import Settings

Columns = Mapping[str, Sequence[str]]
"""What identity asks for, and the columns of the file that say it."""

_JOINED = {"given_name": " ", "family_name": " ", "full_name": " ", "street": " ", "external_ids": ";"}
_NEXT = re.compile(rf",(?=\s*(?:{'|'.join(PEOPLE)})\s*=)")
_EXPECTED = f"name=column, the name one of {', '.join(PEOPLE)}"


class PeopleFile(NamedTuple):
    """What a file says.

    Attributes:
        people: columns of `PEOPLE`, one row a good record, in file order.
        truth: of each of them whose it is, where a column says so.
        columns: where each column of `people` comes from.
        facts: of the file as it was read.
    """

    people: pl.DataFrame
    truth: pl.Series | None
    columns: Columns
    facts: FileFacts


def parsed_mapping(texts: Sequence[str]) -> dict[str, list[str]]:
    """`given_name=first,family_name=last` as columns by name; one name may come with several columns.

    Raises:
        ConfigError: a name that identity does not know, a column left out, or several where only one can count.
    """
    found: dict[str, list[str]] = {}
    for part in (part for text in texts for part in _NEXT.split(text)):
        name, _, column = (side.strip() for side in part.partition("="))
        if name not in PEOPLE or not column:
            raise ConfigError("--map cannot be read", expected=_EXPECTED)
        found.setdefault(name, []).append(column)
    several = sorted(name for name, columns in found.items() if len(columns) > 1 and name not in _JOINED)
    if several:
        raise ConfigError("--map names several columns for one", where=", ".join(several), expected="one column each")
    return found


def read_people(path: Path, mapped: Columns, truth: str | None, settings: Settings) -> PeopleFile:
    """Read delimited text, JSON or Parquet; damaged records are left out and counted.

    Columns that are named like `PEOPLE`, whatever their case and spacing, need no mapping. Without a `record_id` the number of
    the record in the file is its id.

    Raises:
        ConfigError: there is no such file or column, or nothing in it tells people apart.
        FileRefused: the file cannot be read to its end.
    """
    if not path.is_file():
        raise ConfigError("there is no such file", where=shown(str(path)))
    with TemporaryDirectory(prefix="cx-pipeline-identify-") as folder:  # owner-only
        landed = Path(folder) / "landed"
        with open_file(path, ReadOptions(batch_rows=settings.batch_rows), settings.limits) as reader:
            facts = land.write(reader, landed)
        columns = _chosen(facts.columns, mapped, truth)
        used = list(dict.fromkeys([*(name for names in columns.values() for name in names), *([truth] if truth else [])]))
        rows = land.scan(landed, used).collect()
    people = rows.select(
        pl.col("_record").cast(pl.String).alias("record_id")
        if name == "record_id" and name not in columns
        else _said(name, columns.get(name, ())).alias(name)
        for name in PEOPLE
    )
    known = None if truth is None else rows.select(_filled(truth)).to_series()
    return PeopleFile(people, known, columns, facts)


def _chosen(there: Sequence[str], mapped: Columns, truth: str | None) -> dict[str, list[str]]:
    asked = [*(column for columns in mapped.values() for column in columns), *([truth] if truth else [])]
    missing = sorted(set(asked) - set(there))
    if missing:
        raise ConfigError(
            "the file has no such column", where=", ".join(missing), next_step="see its columns with cx-pipeline preview FILE"
        )
    by_name = {comparable(column): column for column in reversed(there) if column != truth}
    own = {name: [by_name[comparable(name)]] for name in PEOPLE if comparable(name) in by_name}
    columns = own | {name: list(several) for name, several in mapped.items()}
    if not set(columns) - {"record_id", "source", "country", "updated_at"}:
        raise ConfigError("no column of the file tells who somebody is", expected=_EXPECTED, next_step="name columns with --map")
    return columns


def _filled(column: str) -> pl.Expr:
    text = pl.col(column).str.strip_chars()
    return pl.when(text != "").then(text)


def _said(name: str, columns: Sequence[str]) -> pl.Expr:
    """What the columns say, in one cell; null where none of them does."""
    if not columns:
        return pl.lit(None, dtype=pl.String)
    cells = [_kept_apart(column) if name == "external_ids" else _filled(column) for column in columns]
    joined = pl.concat_str(cells, separator=_JOINED.get(name, ""), ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _kept_apart(column: str) -> pl.Expr:
    """Ids of one column are of one kind, named like the column, unless they name their kind themselves."""
    value = _filled(column)
    kind = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_") or "id"
    return pl.when(value.str.contains(":", literal=True)).then(value).otherwise(pl.concat_str(pl.lit(f"{kind}:"), value))

"""pandas, Pandera and patterns: what a competent team writes without us. `python -m bench.peers.pandas_scrub WORLD OUT`.

It reads the same files as the floor, trims, composes characters (NFC), clears placeholders, lowers e-mail addresses, keeps digits
of phone numbers, reads times as UTC, validates with Pandera (lazily; failed rows are quarantined), keeps the latest version of
every id, redacts free text by six patterns, and leaves Parquet and a DuckDB file.

It does not: mend damaged files (it reads the floor's twins), know who is who, redact names, addresses or what is written in
words, check numbers of cards, replace identifiers by tokens, join vendors into common tables, make marts, audit, publish
atomically, or remember anything for the next night.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import pandera.pandas as pa

from bench.item import Item, read_plan
from bench.peers.fates import Fates, checked
from bench.peers.pandas_read import read
from bench.peers.work import EMAIL, FEWEST_DIGITS, LOCAL_TIMES, MOST_DIGITS, PLACEHOLDERS, REDACTED, SPACE, WORK, Work, among
from bench.stopwatch import Stopwatch
from bench.world import BenchWorld
from cx_pipeline.warehouse.quoting import identifier

DOES = "read, normalise, validate, latest version, redact by pattern, Parquet and DuckDB; no names, identity, marts, audit"


class Parted(NamedTuple):
    """Rows of one export."""

    kept: pd.DataFrame
    quarantined: pd.DataFrame
    older: int


def run(world: BenchWorld, out: Path) -> dict[str, Fates]:
    """Scrub a world into `out`; prints the laps, and what became of the rows of every export, as JSON.

    Raises:
        AssertionError: when rows are missing, or more than the plan says.
    """
    out.mkdir(parents=True)
    watch, plan, fates = Stopwatch(), read_plan(world.plan), {}
    items: dict[str, list[Item]] = defaultdict(list)
    for item in plan:
        items[item.export].append(item)
    for export, part in items.items():
        work = WORK[export]
        with watch.lap("read"):
            raw = pd.concat([read(item, world.folder / item.path) for item in part], ignore_index=True)
        with watch.lap("normal"):
            normal = normalised(raw, work)
        with watch.lap("validate"):
            parted = parted_rows(normal, work)
        with watch.lap("redact"):
            kept = redacted(parted.kept, work)
        with watch.lap("write"):
            kept.to_parquet(out / f"{export}.parquet", index=False)
            parted.quarantined.to_parquet(out / f"{export}.quarantine.parquet", index=False)
        fates[export] = Fates(len(raw), len(kept), parted.older, len(parted.quarantined))
    with watch.lap("load"), duckdb.connect(str(out / "peer.duckdb")) as connection:
        for name in [*items, *(f"{export}.quarantine" for export in items)]:
            values = {"path": str(out / f"{name}.parquet")}
            connection.execute(f"CREATE TABLE {identifier(name)} AS SELECT * FROM read_parquet($path)", values)
    told = checked(fates, plan, out / "peer.duckdb")
    json.dump(watch.told(does=DOES, **told), sys.stdout)
    return fates


def normalised(rows: pd.DataFrame, work: Work) -> pd.DataFrame:
    """Cells trimmed, composed and null where they say nothing; addresses, numbers and times in one form."""
    rows = rows.drop(columns=among(rows.columns, work.dropped))
    if work.endpoint:
        rows = _with_endpoint(rows, work.endpoint)
    for column in [name for name in (work.id, work.version, *work.emails) if name not in rows]:
        rows[column] = pd.Series(index=rows.index, dtype="str")
    clean = rows.apply(_clean)
    for column in among(clean.columns, work.emails):
        clean[column] = clean[column].str.lower()
    for column in among(clean.columns, work.phones):
        clean[column] = _digits(clean[column])
    for column in among(clean.columns, work.times):
        clean[column] = _times(clean[column])
    return clean


def parted_rows(rows: pd.DataFrame, work: Work) -> Parted:
    """Rows as they pass the contract, of those the latest version; those that do not; and how many gave way."""
    address = pa.Column(str, pa.Check.str_matches(rf"^{EMAIL}$"), nullable=True)
    schema = pa.DataFrameSchema(
        {
            work.id: pa.Column(str, nullable=False),
            work.version: pa.Column("datetime64[us, UTC]", nullable=False),
            **dict.fromkeys(among(rows.columns, work.emails), address),
        }
    )
    try:
        valid, quarantined = schema.validate(rows, lazy=True), rows.iloc[:0]
    except pa.errors.SchemaErrors as errors:
        failed = rows.index.isin(errors.failure_cases["index"].dropna().astype("int64").unique())
        valid, quarantined = rows[~failed], rows[failed]
    # Sorting is stable: of versions of one time the one that was delivered last stays last.
    kept = valid.sort_values(work.version, kind="stable").drop_duplicates(work.id, keep="last")
    return Parted(kept, quarantined, len(valid) - len(kept))


def redacted(rows: pd.DataFrame, work: Work) -> pd.DataFrame:
    """Free text with a tag in place of whatever a pattern finds."""
    rows = rows.copy()
    for column in among(rows.columns, (*work.texts, *work.nested)):
        for tag, pattern in REDACTED:
            rows[column] = rows[column].str.replace(pattern, f"[{tag}]", regex=True)
    return rows


def _clean(column: pd.Series[Any]) -> pd.Series[Any]:
    trimmed = column.str.normalize("NFC").str.strip(SPACE)
    return trimmed.mask(trimmed.str.lower().isin(PLACEHOLDERS))


def _with_endpoint(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    address = rows[column].str.extract(r'"Address": ?"([^"]*)"', expand=False)
    is_email = address.str.contains("@", regex=False).fillna(value=False).astype(bool)
    return rows.drop(columns=column).assign(email=address.where(is_email), phone=address.mask(is_email))


def _digits(column: pd.Series[Any]) -> pd.Series[Any]:
    digits = column.str.replace(r"[^0-9]", "", regex=True)
    return digits.where(digits.str.len().between(FEWEST_DIGITS, MOST_DIGITS))


def _times(column: pd.Series[Any]) -> pd.Series[Any]:
    times = pd.to_datetime(column, format="ISO8601", utc=True, errors="coerce")
    for form in LOCAL_TIMES:
        left = times.isna() & column.notna()
        if left.any():
            times[left] = pd.to_datetime(column[left], format=form, utc=True, errors="coerce").astype(times.dtype)
    return times.astype("datetime64[us, UTC]")


if __name__ == "__main__":
    run(BenchWorld(Path(sys.argv[1])), Path(sys.argv[2]))

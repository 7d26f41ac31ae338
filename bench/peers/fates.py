"""What became of the rows that a peer read: each has one fate, or the peer did not do the work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from bench.item import Item
from cx_pipeline.warehouse.quoting import identifier


@dataclass(frozen=True)
class Fates:
    """Rows of one export: `read` are those `kept`, those that an `older` version is of, and those `quarantined`."""

    read: int
    kept: int
    older: int
    quarantined: int


def checked(fates: Mapping[str, Fates], plan: Iterable[Item], database: Path) -> dict[str, Any]:
    """What a peer tells of its rows, after a look at what it left.

    Args:
        fates: by export.
        plan: says how many rows there are to read.
        database: has a table an export of kept rows, and one of quarantined rows, `<export>.quarantine`.

    Raises:
        AssertionError: rows are missing, or more than there can be: a peer that does less is none.
    """
    expected: Counter[str] = Counter()
    for item in plan:
        expected[item.export] += item.records
    read = {export: rows.read for export, rows in fates.items()}
    assert read == dict(expected), f"read {read}, expected {dict(expected)}"
    for export, rows in fates.items():
        assert rows.read == rows.kept + rows.older + rows.quarantined, f"{export}: {rows} do not add up"
    stored = {export: (rows.kept, rows.quarantined) for export, rows in fates.items()}
    with duckdb.connect(str(database), read_only=True) as connection:
        found = {export: (_count(connection, export), _count(connection, f"{export}.quarantine")) for export in fates}
    assert found == stored, f"stored {found}, expected {stored}"
    return {"records": sum(read.values()), "fates": {export: asdict(rows) for export, rows in fates.items()}}


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {identifier(table)}").fetchone()
    return int(row[0]) if row else 0

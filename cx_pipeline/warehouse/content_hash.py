"""The content hash of a table: the same for the same rows, whatever their order, the machine or the engine's version.

Each row's canonical text gives an MD5 of 128 bits; the halves are summed exactly over all rows, so order does not matter,
and equal rows add up instead of cancelling. Kinds, names and the row count go in as well. The hash notices change; it is no
defence against somebody who builds two tables on purpose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from pathlib import Path

import duckdb

from cx_pipeline.warehouse.canonical_text import canonical, joined
from cx_pipeline.warehouse.catalog import Relation, relations
from cx_pipeline.warehouse.quoting import identifier, qualified
from cx_pipeline.warehouse.reader import CATALOG, SPARING_MB, open_read_only

PROVENANCE = frozenset(
    {
        "run_id",
        "row_id",
        "delivery_id",
        "record_number",
        "line",
        "line_number",
        "raw_path",
        "file_name",
        "file_sha256",
        "sha256",
        "bytes",
        "decompressed_bytes",
        "gave_way_to",
        "quality.deliveries.duplicate_of",
        "quality.identity_impact.before",
        "quality.identity_impact.change",
        "quality.identity_impact.allowed",
        "quality.identity_impact.is_beyond",
        "quality.identity_impact.is_accepted",
    }
)
"""Columns that say which run, file and place a row came from (or another row, file or place), or what came before it, not
what it says. A name with a dot is a column of one table alone."""


_DIGEST = identifier("digest of the row")


def content_hash(
    connection: duckdb.DuckDBPyConnection, table: str, schema: str = "main", *, exclude: Collection[str] = PROVENANCE
) -> str:
    """The hash of one table of the connection's default catalog, 64 hexadecimal digits.

    Args:
        connection: to the file, such as from `open_read_only`.
        table: its name.
        schema: its schema.
        exclude: columns left out, as `column` or `schema.table.column`.
    """
    return hash_and_rows(connection, table, schema, exclude=exclude)[0]


def hash_and_rows(
    connection: duckdb.DuckDBPyConnection, table: str, schema: str = "main", *, exclude: Collection[str] = PROVENANCE
) -> tuple[str, int]:
    """The hash of one table and its rows, as `content_hash` has it; every value is read, those of columns left out as well."""
    source = qualified(schema, table)
    described = connection.sql(f"SELECT * FROM {source} LIMIT 0")
    found = sorted(zip(described.columns, described.types, strict=True), key=lambda column: column[0])
    columns = [
        (name, canonical(identifier(name), kind)) for name, kind in found if not {name, f"{schema}.{table}.{name}"} & set(exclude)
    ]
    header = [[name, form.kind] for name, form in columns]
    hashed = {name for name, _ in columns}
    reads = "".join(f", bit_xor(hash({identifier(name)}))" for name, _ in found if name not in hashed)
    digest = f"CAST(md5_number({joined(form for _, form in columns)}) AS UHUGEINT)" if columns else "CAST(0 AS UHUGEINT)"
    row = connection.execute(
        f"SELECT count(*), coalesce(sum(CAST({_DIGEST} >> 64 AS UBIGINT)), 0),"
        f" coalesce(sum(CAST({_DIGEST} & 18446744073709551615 AS UBIGINT)), 0){reads}"
        f" FROM (SELECT *, {digest} AS {_DIGEST} FROM {source})"
    ).fetchone()
    assert row is not None
    rows = int(row[0])
    return _digest(header, rows if columns else 0, int(row[1]), int(row[2])), rows


def content_hashes(path: Path, *, exclude: Collection[str] = PROVENANCE) -> dict[str, str]:
    """`schema.table` to content hash, for every table of a database file (views hold nothing of their own)."""
    with open_read_only(path, memory_mb=SPARING_MB) as connection:
        tables: list[Relation] = [relation for relation in relations(connection, CATALOG) if not relation.is_view]
        return {table.id: content_hash(connection, table.name, table.schema, exclude=exclude) for table in tables}


def _digest(header: list[list[str]], rows: int, high: int, low: int) -> str:
    content = json.dumps([header, rows, str(high), str(low)], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(content.encode("ascii")).hexdigest()

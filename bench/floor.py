"""The floor: the same bytes parsed, written as Parquet and loaded into a DuckDB file, with no scrubbing at all.

Polars reads what is delimited, DuckDB what is JSON, each with every column text; both on all processors.
`python -m bench.floor WORLD OUT`.
"""

from __future__ import annotations

import codecs
import json
import shutil
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import duckdb
import polars as pl

from bench.item import NO_DELIMITER, Item, read_plan
from bench.stopwatch import Stopwatch
from bench.world import BenchWorld
from cx_pipeline.warehouse.quoting import identifier, literal

_CHUNK = 1 << 20
_PAGE_BYTES = 64 << 20
_JSON_FORMATS = {"ndjson": "newline_delimited", "json_pages": "newline_delimited", "json_array": "array"}


def run(world: BenchWorld, out: Path) -> dict[str, int]:
    """Load a world into `out/floor.duckdb`; returns records by export, and prints the laps as JSON.

    Raises:
        AssertionError: when fewer or more records were loaded than the plan says: a floor that does less is none.
    """
    watch = Stopwatch()
    out.mkdir(parents=True)
    plan = read_plan(world.plan)
    parts: dict[str, list[Path]] = defaultdict(list)
    expected: Counter[str] = Counter()
    with watch.lap("parse"), duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        for number, item in enumerate(plan):
            part = out / f"{number:05}.parquet"
            _parse(connection, item, world.folder / item.path, part)
            parts[item.export].append(part)
            expected[item.export] += item.records
    with watch.lap("load"):
        loaded = _load(out / "floor.duckdb", parts)
    assert loaded == dict(expected), f"loaded {loaded}, expected {dict(expected)}"
    json.dump(watch.told(records=sum(loaded.values()), by_export=loaded), sys.stdout)
    return loaded


def _parse(connection: duckdb.DuckDBPyConnection, item: Item, path: Path, part: Path) -> None:
    if path.suffix == ".zip":
        path = _unzipped(path, part.with_suffix(".unzipped"))
    if item.format == "parquet":
        shutil.copyfile(path, part)
    elif item.format == "csv":
        _parse_delimited(item, path, part)
    else:
        _parse_json(connection, item, path, part)


def _parse_delimited(item: Item, path: Path, part: Path) -> None:
    if not item.encoding.startswith("utf-8"):
        path = _recoded(path, item.encoding, part.with_suffix(".utf8"))
    pl.scan_csv(
        path,
        separator=item.delimiter,
        quote_char=None if item.delimiter == NO_DELIMITER else '"',
        infer_schema=False,
        encoding="utf8-lossy",
        skip_rows_after_header=item.header_rows - 1,
    ).sink_parquet(part)


def _parse_json(connection: duckdb.DuckDBPyConnection, item: Item, path: Path, part: Path) -> None:
    how = "format = $format, maximum_object_size = $most, compression = 'auto_detect', columns = "
    if item.format == "json_pages":
        fields = ", ".join(f"{identifier(key)} VARCHAR" for key in item.keys)
        page = f"{{{literal(item.page_key)}: {literal(f'STRUCT({fields})[]')}}}"
        records = f"SELECT unnest(page, recursive := true) FROM (SELECT unnest({identifier(item.page_key)}) AS page"
        source = f"{records} FROM read_json($path, {how}{page}))"
    else:
        fields = ", ".join(f"{literal(key)}: 'VARCHAR'" for key in item.keys)
        source = f"SELECT * FROM read_json($path, {how}{{{fields}}})"
    values = {"path": str(path), "format": _JSON_FORMATS.get(item.format, "unstructured"), "most": _PAGE_BYTES}
    connection.execute(f"COPY ({source}) TO {literal(str(part))} (FORMAT parquet)", values)


def _load(path: Path, parts: dict[str, list[Path]]) -> dict[str, int]:
    loaded: dict[str, int] = {}
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET preserve_insertion_order = false")
        for export, files in parts.items():
            table = identifier(export)
            names = [str(file) for file in files]
            connection.execute(
                f"CREATE TABLE {table} AS SELECT * FROM read_parquet($names, union_by_name = true)", {"names": names}
            )
            counted = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            loaded[export] = int(counted[0]) if counted else 0
        connection.execute("CHECKPOINT")
    return loaded


def _unzipped(path: Path, target: Path) -> Path:
    with zipfile.ZipFile(path) as archive, target.open("wb") as sink:
        for entry in archive.infolist():
            with archive.open(entry) as source:
                shutil.copyfileobj(source, sink, _CHUNK)
    return target


def _recoded(path: Path, encoding: str, target: Path) -> Path:
    """The file as UTF-8, which is all that Polars reads."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as source, target.open("wb") as sink:
        for chunk in iter(lambda: source.read(_CHUNK), b""):
            sink.write(decoder.decode(chunk).encode())
    return target


def main(arguments: Iterable[str]) -> None:
    folder, out = arguments
    run(BenchWorld(Path(folder)), Path(out))


if __name__ == "__main__":
    main(sys.argv[1:])

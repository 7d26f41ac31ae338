"""SQL in DuckDB and nothing else: the same work as the pandas peer. `python -m bench.peers.duckdb_sql WORLD OUT`.

It reads the same files as the floor (DuckDB reads them all, after what is zipped was unpacked and what is not UTF-8 was recoded),
trims, composes characters (NFC), clears placeholders, lowers e-mail addresses, keeps digits of phone numbers, reads times as UTC,
quarantines rows without id or time or with an invalid address, keeps the latest version of every id, redacts free text by six
patterns, and leaves a DuckDB file.

It does not do what the pandas peer does not do either: mend damaged files, know who is who, redact names, addresses or what is
written in words, check numbers of cards, replace identifiers by tokens, join vendors into common tables, make marts, audit,
publish atomically, or remember anything for the next night.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import zstandard

from bench.floor import _JSON_FORMATS, _PAGE_BYTES, _recoded, _unzipped
from bench.item import Item, read_plan
from bench.peers.fates import Fates, checked
from bench.peers.work import (
    EMAIL,
    FEWEST_DIGITS,
    LEGACY,
    LOCAL_TIMES,
    MOST_DIGITS,
    PLACEHOLDERS,
    REDACTED,
    SPACE,
    WORK,
    Work,
    among,
)
from bench.stopwatch import Stopwatch
from bench.world import BenchWorld
from cx_pipeline.warehouse.quoting import identifier, literal

DOES = "the same as pandas, in SQL: no names, identity, marts, audit"
_PLACE = "_place"  # in which it was delivered: of versions of one time the last one counts


def run(world: BenchWorld, out: Path) -> dict[str, Fates]:
    """Scrub a world into `out/peer.duckdb`; prints the laps, and what became of the rows of every export, as JSON.

    Raises:
        AssertionError: when rows are missing, or more than the plan says.
    """
    out.mkdir(parents=True)
    watch, plan, fates = Stopwatch(), read_plan(world.plan), {}
    items: dict[str, list[Item]] = defaultdict(list)
    for item in plan:
        items[item.export].append(item)
    with duckdb.connect(str(out / "peer.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for export, part in items.items():
            with watch.lap("read"):
                read = read_all(connection, part, world, out)
            with watch.lap("scrub"):
                fates[export] = scrubbed(connection, export, WORK[export], read)
        with watch.lap("load"):
            connection.execute("CHECKPOINT")
    told = checked(fates, plan, out / "peer.duckdb")
    json.dump(watch.told(does=DOES, **told), sys.stdout)
    return fates


def read_all(connection: duckdb.DuckDBPyConnection, items: Iterable[Item], world: BenchWorld, out: Path) -> int:
    """All files of an export as the temporary table `raw`, every column text; returns its rows."""
    parts = [f"SELECT * FROM ({_source(item, world.folder / item.path, out)})" for item in items]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE raw AS {' UNION ALL BY NAME '.join(parts)}")
    return _count(connection, "raw")


def scrubbed(
    connection: duckdb.DuckDBPyConnection,
    export: str,
    work: Work,
    read: int,
    redact: Sequence[tuple[str, str]] = REDACTED,
) -> Fates:
    """The table `raw` as two tables: what is kept, and what is quarantined."""
    address = f"json_extract_string({identifier(work.endpoint)}, '$.Address')"
    added = f", {address} AS email, {address} AS phone" if work.endpoint else ""
    given = f"SELECT *, rowid AS {identifier(_PLACE)}{added} FROM raw"
    found = connection.execute(f"DESCRIBE {given}").fetchall()
    columns = [str(row[0]) for row in found if row[0] not in (_PLACE, work.endpoint)]
    absent = [name for name in (work.id, work.version, *work.emails) if name not in columns]
    columns = [name for name in columns if name not in among(columns, work.dropped)]
    space = literal(SPACE)
    trimmed = ", ".join(f"trim(nfc_normalize({identifier(column)}), {space}) AS {identifier(column)}" for column in columns)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW trimmed AS SELECT {trimmed}, {identifier(_PLACE)} FROM ({given})")
    cells = ", ".join(f"{_normal(column, work)} AS {identifier(column)}" for column in columns)
    empty = "".join(f", NULL::VARCHAR AS {identifier(column)}" for column in absent)
    shape = f"^{EMAIL}$"
    wrong = [f"{identifier(column)} IS NULL" for column in (work.id, work.version)] + [
        f"coalesce(NOT regexp_matches({identifier(column)}, {literal(shape)}), FALSE)" for column in among(columns, work.emails)
    ]
    connection.execute(f"CREATE OR REPLACE TEMP VIEW normal AS SELECT {cells}{empty}, {identifier(_PLACE)} FROM trimmed")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE judged AS SELECT *, {' OR '.join(wrong)} AS _is_wrong FROM normal")
    redacted = ", ".join(
        f"{_redacted(column, redact)} AS {identifier(column)}" for column in among(columns, (*work.texts, *work.nested))
    )
    clean = f"* EXCLUDE ({identifier(_PLACE)}, _is_wrong)" + (f" REPLACE ({redacted})" if redacted else "")
    latest = f"ORDER BY {identifier(work.version)} DESC, {identifier(_PLACE)} DESC"
    connection.execute(
        f"CREATE TABLE {identifier(export)} AS SELECT {clean} FROM (SELECT * FROM judged WHERE NOT _is_wrong "
        f"QUALIFY row_number() OVER (PARTITION BY {identifier(work.id)} {latest}) = 1)"
    )
    quarantine = f"{export}.quarantine"
    connection.execute(f"CREATE TABLE {identifier(quarantine)} AS SELECT * EXCLUDE (_is_wrong) FROM judged WHERE _is_wrong")
    kept, quarantined = _count(connection, export), _count(connection, quarantine)
    return Fates(read, kept, _count(connection, "judged") - kept - quarantined, quarantined)


def _source(item: Item, path: Path, out: Path) -> str:
    aside = out / item.path.replace("/", "-")
    if path.suffix == ".zip":
        path = _unzipped(path, aside.with_name(f"{aside.name}.unzipped"))
    if item.format == "csv":
        return _delimited(item, _unpacked(path, aside.with_name(f"{aside.name}.unpacked")), aside)
    how = f"format = {literal(_JSON_FORMATS.get(item.format, 'unstructured'))}, maximum_object_size = {_PAGE_BYTES}"
    if item.format == "json_pages":
        fields = ", ".join(f"{identifier(key)} VARCHAR" for key in item.keys)
        pages = f"{{{literal(item.page_key)}: {literal(f'STRUCT({fields})[]')}}}"
        unnested = (
            f"SELECT unnest({identifier(item.page_key)}) AS page FROM read_json({literal(str(path))}, {how}, columns = {pages})"
        )
        return f"SELECT unnest(page) FROM ({unnested})"
    fields = ", ".join(f"{literal(key)}: 'VARCHAR'" for key in item.keys)
    return f"SELECT * FROM read_json({literal(str(path))}, {how}, columns = {{{fields}}})"


def _unpacked(path: Path, target: Path) -> Path:
    """The file as it is read line by line here."""
    if path.suffix == ".gz":
        with gzip.open(path) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink)
    elif path.suffix == ".zst":
        with path.open("rb") as source, target.open("wb") as sink:
            zstandard.ZstdDecompressor().copy_stream(source, sink)
    else:
        return path
    return target


def _delimited(item: Item, path: Path, aside: Path) -> str:
    if not item.encoding.startswith("utf-8"):
        path = _recoded(path, item.encoding, aside.with_name(f"{aside.name}.utf8"))
    with path.open(encoding="utf-8-sig", newline="") as lines:
        # Only the first line is looked at: no header of a plan has a line break in a name.
        header = lines.readline().rstrip("\r\n").split(item.delimiter)
    renamed = [f"{identifier(old)} AS {identifier(new)}" for old, new in LEGACY.items() if old in header]
    columns = f"* RENAME ({', '.join(renamed)})" if renamed else "*"
    source = (
        f"read_csv({literal(str(path))}, delim = {literal(item.delimiter)}, quote = '\"', escape = '\"', header = true, "
        f"all_varchar = true, auto_detect = true, null_padding = false)"
    )
    rows = f"SELECT {columns} FROM {source}"
    # Further rows of the header, which say in other words what the columns are.
    return f"{rows} OFFSET {item.header_rows - 1}" if item.header_rows > 1 else rows


def _normal(column: str, work: Work) -> str:
    text = identifier(column)
    # Not `IN`: with hundreds of columns, planning so many long lists takes the engine half a minute.
    nothing = literal(f"(?i)({'|'.join(map(re.escape, PLACEHOLDERS))})")
    cell = f"(CASE WHEN NOT regexp_full_match({text}, {nothing}) THEN {text} END)"
    if among([column], work.emails):
        kept = f"CASE WHEN contains({cell}, '@') THEN {cell} END" if work.endpoint else cell
        return f"lower({kept})"
    if among([column], work.phones):
        kept = f"CASE WHEN NOT contains({cell}, '@') THEN {cell} END" if work.endpoint else cell
        digits = f"regexp_replace({kept}, '[^0-9]', '', 'g')"
        return f"CASE WHEN length({digits}) BETWEEN {FEWEST_DIGITS} AND {MOST_DIGITS} THEN {digits} END"
    if among([column], work.times):
        forms = ", ".join(map(literal, LOCAL_TIMES))
        return f"coalesce(try_cast({cell} AS TIMESTAMPTZ), try_strptime({cell}, [{forms}])::TIMESTAMPTZ)"
    return cell


def _redacted(column: str, redact: Sequence[tuple[str, str]]) -> str:
    text = identifier(column)
    for tag, pattern in redact:
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(f'[{tag}]')}, 'g')"
    return text


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {identifier(table)}").fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    run(BenchWorld(Path(sys.argv[1])), Path(sys.argv[2]))

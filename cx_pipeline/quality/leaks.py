"""The leak gate: no identifier of any known person stands in any text that is about to be published.

All text columns of the staged file are read, those inside of lists and structs too. Each table and view is read once, and what
its rows repeat is searched once a batch, but for what was searched before (`privacy.searched`). Batches hold so many bytes, and
while some are searched the next is read. The outcome names tables, columns, kinds, counts and rows, never a value.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, groupby
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.privacy.needles import Needles
from cx_pipeline.privacy.search import search
from cx_pipeline.privacy.searched import NOTHING, Cleared, Searched, bare
from cx_pipeline.quality.check_result import CheckResult, CheckSeverity, CheckStatus
from cx_pipeline.side_by_side import side_by_side, workers
from cx_pipeline.warehouse.quoting import identifier, qualified
from cx_pipeline.warehouse.reader import CATALOG, SPARING_MB, batches, open_read_only, repeated

NAME = "known_identifiers"
_IDS = ("_id", "_key", "_number", "_token", "_record", "_digest", "sha256", "gave_way_to", "duplicate_of", "decided_by")
_SIGN = r"[@\s+%&(]|[0-9][.\-/)]{1,3}[0-9]|[^\x00-\x7f]"
"""What an id must hold to hold a name, an address or a number as people write them; all others are passed over."""
_MADE_BY_PROGRAMS = r"^(?:[a-z0-9_]+\.[A-Za-z0-9_]+:)?(?:[0-9a-f]{20}-[0-9]{1,12}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
"""Row ids and UUIDs, with their export or without: what digits they hold are nobody's."""
_BATCH_BYTES = 8 << 20
_ROWS_AT_ONCE = 20_000
_ROWS_TOLD = 5
_ROW_ID = r"^[0-9A-Za-z]{1,40}(?:-[0-9]{1,12})?$"  # what is told of a row; an id that looks otherwise may be somebody's

_COLUMNS = """
SELECT schema_name, table_name, column_name FROM duckdb_columns()
WHERE NOT internal AND database_name = current_database() AND schema_name IN ('main', 'marts', 'quality')
  AND (data_type LIKE '%VARCHAR%' OR data_type LIKE '%JSON%' OR data_type LIKE '%ENUM%')
ORDER BY schema_name, table_name, column_index
"""

_ROW_NUMBER = """
SELECT (SELECT count(*) FROM duckdb_columns() WHERE schema_name = $1 AND table_name = $2 AND column_name = 'row_id'),
       (SELECT count(*) FROM duckdb_tables() WHERE schema_name = $1 AND table_name = $2)
"""


def is_id_column(name: str) -> bool:
    """Whether a column of this name holds ids and codes, which may be digits by themselves."""
    return name.endswith(_IDS)


@dataclass(frozen=True)
class TextColumn:
    """A published column that holds text. `is_id`: ids and codes, which may be digits by themselves."""

    schema: str
    table: str
    name: str

    @property
    def is_id(self) -> bool:
        return is_id_column(self.name)

    @property
    def of(self) -> str:
        return f"{self.schema}.{self.table}"


Columns = Mapping[int, TextColumn]


def find_leaks(path: Path, known: Needles | None, before: Cleared = NOTHING) -> list[CheckResult]:
    """One critical check a table of a staged file.

    Args:
        path: a closed database file; read only.
        known: identifiers to look for; None where there is nothing to compare with, and then every check is errored.
        before: what was found to hold nobody, and is not searched once more.

    Raises:
        EnvironmentProblem: the file cannot be opened.
    """
    with open_read_only(path, memory_mb=SPARING_MB) as connection:
        columns = [TextColumn(*row) for row in connection.execute(_COLUMNS).fetchall()]
        tables = dict.fromkeys(column.of for column in columns)
        if known is None:
            return [_errored(table, "there are no clean tables to compare with") for table in tables]
        looked = _Looked()
        _look(connection, columns, Searched(known, before), looked)
        return [_outcome(connection, table, columns, looked) for table in tables]


@dataclass(frozen=True)
class _Looked:
    """What was found: by column, the texts that hold something with the kinds they hold. No part of a text is told.

    `broken` has the tables that could not be read, with the name of the error.
    """

    found: dict[TextColumn, dict[str, frozenset[str]]] = field(default_factory=lambda: defaultdict(dict))
    broken: dict[str, str] = field(default_factory=dict)


def _look(connection: duckdb.DuckDBPyConnection, columns: list[TextColumn], known: Searched, looked: _Looked) -> None:
    read = (partial(_told_once, rows, own) for own, rows in _read(connection, columns, looked))
    with closing(side_by_side(read, waiting=workers() + 1)) as pieces:
        jobs = (partial(_found_in, batch, known, ids=is_id) for is_id, batch in _together(pieces))
        for found in side_by_side(jobs, waiting=workers() + 1):
            for number, text, kinds in found:
                looked.found[columns[number]][text] = frozenset(kinds)


def _found_in(batch: pl.DataFrame, known: Searched, *, ids: bool) -> list[tuple[int, str, list[str]]]:
    """Number of the column, text and kinds of all in a batch that hold something."""
    texts = pl.DataFrame({"text": batch["text"].unique()}).with_columns(pl.col("text").map_batches(bare).alias("bare"))
    distinct = texts["bare"].unique()
    doubtful = distinct.gather(known.doubtful(distinct, ids=ids))
    hits = search(doubtful, known.needles, ids=ids).group_by("row").agg(pl.col("kind").unique())
    if hits.is_empty():
        return []
    held = pl.DataFrame({"bare": doubtful.gather(hits["row"]), "kinds": hits["kind"]})
    return batch.unique().join(texts.join(held, on="bare"), on="text").select("column", "text", "kinds").rows()


def _read(
    connection: duckdb.DuckDBPyConnection, columns: list[TextColumn], looked: _Looked
) -> Iterator[tuple[Columns, pl.DataFrame]]:
    """The text columns of each table by their places among all, and its rows: so many at once, named by those places."""
    for _, group in groupby(enumerate(columns), key=lambda numbered: numbered[1].of):
        own = dict(group)
        try:
            for rows in repeated(connection, partial(_rows_at_once, connection, own)):  # what comes twice is found once
                yield own, rows
        except duckdb.Error as error:
            looked.broken[own[min(own)].of] = type(error).__name__


def _rows_at_once(connection: duckdb.DuckDBPyConnection, columns: Columns) -> Iterator[pl.DataFrame]:
    some = next(iter(columns.values()))
    told = ", ".join(f"{identifier(column.name)}::VARCHAR AS {identifier(str(number))}" for number, column in columns.items())
    with connection.cursor() as reading:  # a connection that streams can answer nothing else
        reading.execute(f"USE {identifier(CATALOG)}")
        yield from batches(reading.sql(f"SELECT {told} FROM {qualified(some.schema, some.table)}"), _ROWS_AT_ONCE)


def _told_once(rows: pl.DataFrame, columns: Columns) -> list[tuple[bool, pl.DataFrame]]:
    """Of each column whether it holds ids, and `column` (its place) and `text`: what its rows say, what these repeat once."""
    told = []
    for number, column in columns.items():
        texts = rows[str(number)].drop_nulls()
        once = _worth_a_look(texts).unique() if column.is_id else texts.unique()
        said = once.filter(once != "").to_frame("text")
        if not said.is_empty():
            told.append((column.is_id, said.select(pl.lit(number, dtype=pl.UInt16).alias("column"), "text")))
    return told


def _together(pieces: Iterable[list[tuple[bool, pl.DataFrame]]]) -> Iterator[tuple[bool, pl.DataFrame]]:
    """Texts of several columns, so many bytes at once; those that are ids by themselves."""
    waiting: dict[bool, list[pl.DataFrame]] = {False: [], True: []}
    sizes = {False: 0, True: 0}
    for is_id, piece in chain.from_iterable(pieces):
        waiting[is_id].append(piece)
        sizes[is_id] += int(piece.estimated_size())
        if sizes[is_id] >= _BATCH_BYTES:
            yield is_id, pl.concat(waiting[is_id])
            waiting[is_id], sizes[is_id] = [], 0
    yield from ((is_id, pl.concat(parts)) for is_id, parts in waiting.items() if parts)


def _worth_a_look(ids: pl.Series) -> pl.Series:
    """Those of some ids that may hold what people are known by."""
    likely = ids.filter(ids.str.contains(_SIGN))
    return likely.filter(~likely.str.contains(_MADE_BY_PROGRAMS))


def _outcome(connection: duckdb.DuckDBPyConnection, table: str, columns: list[TextColumn], looked: _Looked) -> CheckResult:
    if table in looked.broken:
        return _errored(table, looked.broken[table])
    told: list[str] = []
    counts: Counter[str] = Counter()
    for column in columns:
        if column.of == table and column in looked.found:
            rows = _rows(connection, column, looked.found[column])
            kinds = Counter(rows["kinds"].explode().to_list())
            counts.update({"offences": rows.height, **kinds})
            told.append(_told(column, kinds, rows))
    status = CheckStatus.FAILED if told else CheckStatus.PASSED
    return _result(table, status, "; ".join(told) or "0 offences", {"offences": 0, **counts})


def _told(column: TextColumn, kinds: Counter[str], rows: pl.DataFrame) -> str:
    each = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    ids = rows.filter(pl.col("number").str.contains(_ROW_ID))["number"].sort().head(_ROWS_TOLD).to_list()
    some = f", such as {', '.join(ids)}" if ids else ""
    return f"{column.name}: {rows.height} rows ({each}){some}"


def _rows(connection: duckdb.DuckDBPyConnection, column: TextColumn, texts: dict[str, frozenset[str]]) -> pl.DataFrame:
    """`number, kinds` of every row that holds one of the texts; a number is its row id, else its place in the table."""
    [(has_row_id, is_table)] = connection.execute(_ROW_NUMBER, [column.schema, column.table]).fetchall()
    number = "row_id" if has_row_id else "rowid" if is_table else "nothing"
    asked = pl.DataFrame(
        {"text": list(texts), "kinds": [sorted(kinds) for kinds in texts.values()], "nothing": None},
        schema_overrides={"nothing": pl.String},
    )
    connection.register("leaking", asked.to_arrow())
    found: pl.DataFrame = connection.sql(
        f"""SELECT {identifier(number)}::VARCHAR AS number, leaking.kinds
            FROM {qualified(column.schema, column.table)} AS published
            JOIN leaking ON published.{identifier(column.name)}::VARCHAR = leaking.text"""
    ).pl()
    connection.unregister("leaking")
    return found


def _errored(table: str, observed: str) -> CheckResult:
    return _result(table, CheckStatus.ERRORED, observed, {})


def _result(table: str, status: CheckStatus, observed: str, counts: dict[str, int]) -> CheckResult:
    return CheckResult(
        name=NAME,
        table=table,
        status=status,
        severity=CheckSeverity.CRITICAL,
        observed=observed,
        expected="0 offences",
        description="no text holds an identifier of any known customer or agent",
        counts=counts,
    )

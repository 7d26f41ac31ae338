"""Database files without a person: copied, the copy emptied of them, and copied again into a file that never held them.

DuckDB keeps deleted bytes in the file they were deleted from, so the second copy is the one that stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline import faults
from cx_pipeline.erasure.handles import Handles
from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.layout import Layout
from cx_pipeline.stages.batch import PREFIX_CHARS, row_prefix
from cx_pipeline.stages.forgetting.blanking import BLANK
from cx_pipeline.stages.forgetting.book import POLICY
from cx_pipeline.stages.vulnerability import replace_signals
from cx_pipeline.warehouse import durable, published_place, versions
from cx_pipeline.warehouse.catalog import Relation, relations
from cx_pipeline.warehouse.publish import PUBLISHED_MODE
from cx_pipeline.warehouse.quoting import identifier, literal, qualified
from cx_pipeline.warehouse.reader import OFFLINE
from cx_pipeline.warehouse.staging_area import logs_beside
from cx_pipeline.warehouse.verify import verify, verify_and_hash

_COPY = "work"
_TOKENISED = "text_tokenised"
_KEPT = frozenset({"ledger", "row_fates", "deliveries", "runs", "checks", "scrub_counts"})
_OWN = frozenset({"source_id", "row_id", "run_id", "customer_id", "delivery_id"})


def clear_versions(layout: Layout, known: Handles, storage_version: str) -> dict[str, int]:
    """Write every kept version anew, the published one among them, which readers see at once; version to rows that left.

    Raises:
        DataError, EnvironmentProblem: a version cannot be read or written; the others stay as they are.
    """
    removed: dict[str, int] = {}
    with published_place.sole_publisher(layout):
        versions.settle(layout)
        found = versions.versions(layout)
        for version in found:
            target = versions.database(layout, version.name)
            fresh = layout.staging / f"forget-{version.name}.duckdb"
            _discard(fresh)
            removed[version.name] = clear(target, fresh, known, storage_version)
            rows, hashes = verify_and_hash(fresh)
            fresh.chmod(PUBLISHED_MODE)
            durable.sync(fresh)
            told = {"rows": rows, "content_hashes": hashes, "size_bytes": fresh.stat().st_size, "sha256": durable.sha256(fresh)}
            faults.point("forget.before_version")
            if version.is_published:
                _publish(layout, fresh)
                durable.link_or_copy(layout.published, target)
            else:
                fresh.replace(target)
                durable.sync(target.parent)
            versions.write(layout, version.model_copy(update=told))
            faults.point("forget.after_version")
        if layout.published.exists() and not any(version.is_published for version in found):
            fresh = layout.staging / "forget-published.duckdb"
            _discard(fresh)
            removed["published"] = clear(layout.published, fresh, known, storage_version)
            verify(fresh)
            fresh.chmod(PUBLISHED_MODE)
            durable.sync(fresh)
            _publish(layout, fresh)
    return removed


def clear_signals(layout: Layout, known: Handles, storage_version: str) -> int:
    """Write the signals of vulnerability anew; how many of the person left. What was decided on them goes with `state/`.

    Raises:
        DataError, EnvironmentProblem: the file cannot be read or written; it stays as it is.
    """
    if not layout.vulnerability.exists():
        return 0
    with published_place.sole_publisher(layout):
        fresh = layout.staging / "forget-signals.duckdb"
        _discard(fresh)
        removed = clear(layout.vulnerability, fresh, known, storage_version)
        replace_signals(layout, fresh)
    return removed


def _publish(layout: Layout, fresh: Path) -> None:
    with published_place.no_writer(layout):
        published_place.remove_stale_logs(layout)
        published_place.replace(layout, fresh)


def _discard(path: Path) -> None:
    for one in (path, *logs_beside(path)):
        one.unlink(missing_ok=True)


def clear(source: Path, target: Path, known: Handles, storage_version: str) -> int:
    """Write a database without the person to a new file; how many rows left.

    Raises:
        EnvironmentProblem: the file cannot be read or written.
    """
    middle = target.with_name(f"{target.name}.work")
    _discard(middle)
    try:
        with _opened(source, middle, storage_version) as connection:
            connection.execute(f"COPY FROM DATABASE old TO {_COPY}")
            connection.execute(f"USE {_COPY}")
            removed = _without(connection, known)
            connection.execute(f"CHECKPOINT {_COPY}")
            connection.execute("USE memory")
            connection.execute(f"ATTACH {literal(str(target))} AS fresh (STORAGE_VERSION {literal(storage_version)})")
            connection.execute(f"COPY FROM DATABASE {_COPY} TO fresh")
            connection.execute("CHECKPOINT fresh")
            connection.execute("DETACH fresh")
        if logs_beside(target):
            raise EnvironmentProblem("a new database file was left with a write-ahead log", where=target.name)
    except duckdb.Error as error:
        raise EnvironmentProblem(
            f"a database file could not be written anew: {type(error).__name__}",
            where=source.name,
            happened="it stays as it was",
            next_step="cx-pipeline forget again",
        ) from None
    finally:
        _discard(middle)
    return removed


@contextmanager
def _opened(source: Path, middle: Path, storage_version: str) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(":memory:", config=dict(OFFLINE))
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH {literal(str(source))} AS old (READ_ONLY)")
        connection.execute(f"ATTACH {literal(str(middle))} AS {_COPY} (STORAGE_VERSION {literal(storage_version)})")
        yield connection
    finally:
        connection.close()


def _without(connection: duckdb.DuckDBPyConnection, known: Handles) -> int:
    """Delete the person from the attached copy, and let its books say so."""
    connection.execute("SET temp_directory = ''")
    frames = {
        "gone_rows": known.rows,
        "gone_customers": pl.DataFrame({"value": known.customers}),
        "gone_keys": pl.DataFrame({"value": known.keys}),
        "gone": pl.DataFrame({"value": known.all}),
    }
    for name, frame in frames.items():
        connection.register(name, frame.to_arrow())
    tables = [table for table in relations(connection, _COPY) if not table.is_view]
    has_books = {"quality.ledger", "quality.row_fates", "quality.deliveries"} <= {table.id for table in tables}
    if has_books:
        _name_deliveries(connection)
    removed = 0
    for table in tables:
        if table.schema == "quality" and table.name in _KEPT:
            continue
        if table.schema == "main":
            removed += _clear_canonical(connection, table, known.tags.to_list(), has_books=has_books)
        else:
            removed += _clear_other(connection, table)
    if has_books:
        _restate(connection)
    return removed


def _name_deliveries(connection: duckdb.DuckDBPyConnection) -> None:
    """`prefixes`: what the row ids of each delivery begin with; `forgotten`: the records by delivery, not filtered yet."""
    told = connection.execute(
        """SELECT delivery_id, source_system, source_entity, sha256 FROM quality.deliveries
           WHERE sha256 IS NOT NULL AND duplicate_of IS NULL"""
    ).fetchall()
    rows = [(delivery, row_prefix(source, export, sha256)) for delivery, source, export, sha256 in told]
    frame = pl.DataFrame(rows, schema={"delivery_id": pl.String, "prefix": pl.String}, orient="row")
    connection.register("prefixes", frame.to_arrow())
    connection.execute(
        """CREATE TEMP TABLE forgotten AS
           SELECT g.row_id, g.record_number, p.delivery_id, d.status,
                  f.fate, coalesce(q.is_damaged, false) AS is_damaged
           FROM gone_rows g
           JOIN prefixes p ON p.prefix = left(g.row_id, $1)
           JOIN quality.deliveries d USING (delivery_id)
           LEFT JOIN quality.row_fates f ON f.row_id = g.row_id AND f.delivery_id = p.delivery_id
           LEFT JOIN (SELECT row_id, true AS is_damaged FROM quality.quarantine WHERE stage = 'extract' GROUP BY row_id) q
             ON q.row_id = g.row_id
           WHERE d.status <> 'excluded' AND (f.fate IS DISTINCT FROM 'filtered' OR f.reason <> $2)""",
        [PREFIX_CHARS, POLICY],
    )
    connection.execute("CREATE TEMP TABLE left_map (delivery_id VARCHAR, table_name VARCHAR, published BIGINT)")


def _clear_canonical(connection: duckdb.DuckDBPyConnection, table: Relation, tags: list[str], *, has_books: bool) -> int:
    """Rows of the person leave; elsewhere what refers to their records is null, and what stands for them in texts is blank."""
    target = qualified(_COPY, table.schema, table.name)
    names = {column.name: column.type for column in table.columns}
    tests = [
        f"{identifier(name)} IN (SELECT {identifier(value)} FROM {identifier(gone)})"
        for name, gone, value in (("row_id", "gone_rows", "row_id"), ("customer_id", "gone_customers", "value"))
        if name in names
    ]
    removed = 0
    if tests:
        where = " OR ".join(tests)
        if has_books and "row_id" in names:
            connection.execute(
                f"""INSERT INTO left_map SELECT p.delivery_id, $1, count(*) FROM {target} t
                    JOIN prefixes p ON p.prefix = left(t.row_id, $2) WHERE {where} GROUP BY ALL""",
                [table.name, PREFIX_CHARS],
            )
        removed = _changed(connection, f"DELETE FROM {target} WHERE {where}")
    for name, kind in names.items():
        if kind == "VARCHAR" and name.endswith("_id") and name not in _OWN:
            quoted = identifier(name)
            connection.execute(f"UPDATE {target} SET {quoted} = NULL WHERE {quoted} IN (SELECT value FROM gone_keys)")
    if tags and names.get(_TOKENISED) == "VARCHAR":
        connection.execute(
            f"UPDATE {target} SET {_TOKENISED} = regexp_replace({_TOKENISED}, $1, $2, 'g') "
            f"WHERE regexp_matches({_TOKENISED}, $1)",
            ["|".join(map(re.escape, tags)), BLANK],
        )
    return removed


def _clear_other(connection: duckdb.DuckDBPyConnection, table: Relation) -> int:
    """Rows of proofs and marts that name the person leave."""
    target = qualified(_COPY, table.schema, table.name)
    texts = [identifier(column.name) for column in table.columns if column.type == "VARCHAR"]
    if not texts:
        return 0
    where = " OR ".join(f"{name} IN (SELECT value FROM gone)" for name in texts)
    return _changed(connection, f"DELETE FROM {target} WHERE {where}")


def _restate(connection: duckdb.DuckDBPyConnection) -> None:
    """The ledger and the fates, as if the records had been left out when the file was read."""
    connection.execute(
        """CREATE TEMP TABLE moved AS SELECT delivery_id, count(*) AS n,
             count(*) FILTER (is_damaged OR status = 'quarantined') AS damaged,
             count(*) FILTER (fate = 'quarantined' AND NOT is_damaged AND status <> 'quarantined') AS refused,
             count(*) FILTER (fate = 'superseded') AS superseded, count(*) FILTER (fate = 'duplicate') AS duplicate,
             count(*) FILTER (fate = 'filtered') AS filtered, count(*) FILTER (fate IS NULL) AS published
           FROM forgotten GROUP BY delivery_id"""
    )
    connection.execute(
        """UPDATE quality.ledger AS l SET
             filtered = l.filtered + m.n, quarantined = l.quarantined - m.damaged, published = l.published - (m.n - m.damaged)
           FROM moved m WHERE m.delivery_id = l.delivery_id AND l.stage = 'extract'"""
    )
    connection.execute(
        """UPDATE quality.ledger AS l SET rows_in = l.rows_in - (m.n - m.damaged), quarantined = l.quarantined - m.refused,
             published = l.published - (m.n - m.damaged - m.refused)
           FROM moved m WHERE m.delivery_id = l.delivery_id AND l.stage = 'scrub'"""
    )
    connection.execute(
        """UPDATE quality.ledger AS l SET rows_in = l.rows_in - (m.n - m.damaged - m.refused),
             superseded = l.superseded - m.superseded, duplicate = l.duplicate - m.duplicate,
             filtered = l.filtered - m.filtered, published = l.published - m.published
           FROM moved m WHERE m.delivery_id = l.delivery_id AND l.stage = 'dedupe'"""
    )
    connection.execute(
        """UPDATE quality.ledger AS l SET published = l.published - m.published, rows_in = l.rows_in - m.published
           FROM (SELECT delivery_id, table_name, sum(published)::BIGINT AS published FROM left_map GROUP BY ALL) m
           WHERE m.delivery_id = l.delivery_id AND m.table_name = l.table_name AND l.stage = 'map'"""
    )
    connection.execute(
        """DELETE FROM quality.row_fates f USING forgotten g WHERE f.row_id = g.row_id AND f.delivery_id = g.delivery_id"""
    )
    connection.execute(
        """INSERT INTO quality.row_fates BY NAME
           SELECT row_id, delivery_id, record_number, 'filtered' AS fate, $1 AS reason, NULL::VARCHAR AS gave_way_to
           FROM forgotten""",
        [POLICY],
    )


def _changed(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from cx_pipeline.contracts import catalogue
from cx_pipeline.errors import EnvironmentProblem, InternalError
from cx_pipeline.layout import Layout
from cx_pipeline.warehouse.catalog import relations
from cx_pipeline.warehouse.quoting import literal
from cx_pipeline.warehouse.reader import CATALOG, open_read_only
from cx_pipeline.warehouse.staged_table import StagedColumn, StagedQuery, StagedTable, from_contract
from cx_pipeline.warehouse.staging import StagedFile
from tests.warehouse.tickets import MART, TICKETS, Build, ticket_rows

CANARY = "canary.person@example.org"


def staged_file(layout: Layout, run_id: str = "run1") -> StagedFile:
    return StagedFile(layout, run_id, storage_version="v1.4.0", engine={"memory_limit": "500MB", "threads": 1})


def one_column(kind: str, *, nullable: bool = True, name: str = "x") -> StagedTable:
    return StagedTable("main", "t", "A row.", (StagedColumn(name, kind, "A value.", nullable),))


def test_the_file_is_whole_and_alone(build: Build, layout: Layout) -> None:
    built = build("run1", rows=1000)
    assert [path.name for path in layout.staging.iterdir()] == ["run1.duckdb"]
    assert built.rows == {"main.tickets": 1000, "marts.tickets_per_day": 1}
    assert stat.S_IMODE(layout.staging.stat().st_mode) == 0o700


def test_rows_lie_ordered_by_time_then_key(build: Build) -> None:
    built = build("run1", rows=5000)
    with open_read_only(built.path) as connection:
        rows = connection.sql("SELECT opened_at, ticket_id FROM main.tickets").fetchall()
    assert len(rows) == 5000
    assert rows == sorted(rows)


def test_older_engines_can_read_the_file(build: Build) -> None:
    built = build("run1")
    with open_read_only(built.path) as connection:
        tags = connection.execute("SELECT tags FROM duckdb_databases() WHERE database_name = $1", [CATALOG]).fetchone()
    assert tags == ({"storage_version": "v1.4.0+"},)


def test_everything_has_its_comment(build: Build) -> None:
    built = build("run1")
    with open_read_only(built.path) as connection:
        found = {relation.id: relation for relation in relations(connection, CATALOG)}
    assert set(found) == {"main.tickets", "marts.tickets_per_day", "marts.slow_tickets"}
    assert found["main.tickets"].comment == "A ticket; it's one row."
    assert {column.name: column.comment for column in found["main.tickets"].columns} == {
        column.name: column.comment for column in TICKETS.columns
    }
    assert found["marts.slow_tickets"].is_view
    assert all(column.comment for relation in found.values() for column in relation.columns)


def test_a_column_without_comment_is_not_published(layout: Layout) -> None:
    query = StagedQuery("marts", "m", "A row.", {"a": "A."}, "SELECT 1 AS a, 2 AS b")
    with pytest.raises(InternalError, match=r"marts\.m\.b"), staged_file(layout) as staged:
        staged.write_query(query)
    assert list(layout.staging.iterdir()) == []


def test_a_view_answers_under_any_file_name(build: Build, tmp_path: Path) -> None:
    built = build("run1", rows=4000)
    other = built.path.rename(tmp_path / "else.duckdb")
    with duckdb.connect(str(other), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM marts.slow_tickets").fetchall() == [
            connection.execute("SELECT count(*) FROM main.tickets WHERE first_reply_ms > 60000").fetchone()
        ]


def test_types_are_declared_not_guessed(layout: Layout, tmp_path: Path) -> None:
    frame = pl.DataFrame({"ticket_id": ["1"], "total": pl.Series(["2.5000"]).cast(pl.Decimal(18, 4))}).with_columns(
        pl.lit(datetime(2026, 3, 1, 12, tzinfo=UTC)).dt.cast_time_unit("us").alias("opened_at"),
        pl.lit(5, dtype=pl.Int32).alias("first_reply_ms"),
        pl.lit(None, dtype=pl.List(pl.String)).alias("tags"),
        pl.lit(None, dtype=pl.String).alias("run_id"),
    )
    with staged_file(layout) as staged:
        staged.write_frames(TICKETS, [frame])
    with open_read_only(staged.built.path) as connection:
        described = connection.sql("SELECT * FROM main.tickets")
        assert [str(kind) for kind in described.types] == [column.type for column in TICKETS.columns]
        assert described.columns == [column.name for column in TICKETS.columns]
        assert connection.execute("SELECT opened_at, first_reply_ms FROM main.tickets").fetchall() == [
            (datetime(2026, 3, 1, 12), 5)
        ]


def test_no_file_gives_an_empty_table(layout: Layout) -> None:
    with staged_file(layout) as staged:
        assert staged.write_table(TICKETS, []) == 0
    assert staged.built.rows == {"main.tickets": 0}


def test_several_files_are_matched_by_name(layout: Layout) -> None:
    frame = ticket_rows(30, "r")
    paths = [layout.lake_clean / "a.parquet", layout.lake_clean / "b's.parquet"]
    frame[:10].write_parquet(paths[0])
    frame[10:].select(reversed(frame.columns)).write_parquet(paths[1])
    with staged_file(layout) as staged:
        assert staged.write_table(TICKETS, paths) == 30
    with open_read_only(staged.path) as connection:
        assert connection.sql("SELECT * FROM main.tickets").pl().sort("ticket_id").equals(frame.sort("ticket_id"))


@pytest.mark.parametrize(
    ("table", "frame", "message"),
    [
        (one_column("BIGINT", nullable=False), pl.DataFrame({"x": [1, None]}), "null"),
        (one_column("BIGINT"), pl.DataFrame({"x": [CANARY]}), r"main\.t: x \(VARCHAR, declared BIGINT\)"),
        (one_column("BIGINT"), pl.DataFrame({"y": [1]}), r"x \(missing"),
        (one_column("BIGINT"), pl.DataFrame({"x": [1.5]}), r"x \(DOUBLE"),
    ],
)
def test_what_breaks_the_declaration_is_refused_and_leaves_nothing(
    layout: Layout, table: StagedTable, frame: pl.DataFrame, message: str
) -> None:
    with pytest.raises(InternalError, match=message) as caught, staged_file(layout) as staged:
        staged.write_frames(table, [frame])
    assert CANARY not in str(caught.value)
    assert list(layout.staging.iterdir()) == []


def test_a_failing_query_tells_no_value(layout: Layout) -> None:
    query = StagedQuery("marts", "m", "A row.", {"a": "A."}, f"SELECT CAST({literal(CANARY)} AS INTEGER) AS a")
    with pytest.raises(InternalError) as caught, staged_file(layout) as staged:
        staged.write_query(query)
    assert "marts.m" in str(caught.value)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_sql_reaches_only_the_data_folder(layout: Layout, tmp_path: Path) -> None:
    outside = tmp_path / "outside.parquet"
    pl.DataFrame({"x": [1]}).write_parquet(outside)
    with pytest.raises(InternalError, match="PermissionException"), staged_file(layout) as staged:
        staged.write_table(one_column("BIGINT"), [outside])
    with StagedFile(layout, "run2", storage_version="v1.4.0", reads=[tmp_path]) as staged:
        assert staged.write_table(one_column("BIGINT"), [outside]) == 1


def test_an_attempt_starts_afresh(layout: Layout, build: Build) -> None:
    built = build("run1", rows=50)
    again = build("run1", rows=20)
    assert again.path == built.path
    assert again.rows["main.tickets"] == 20


def test_two_processes_do_not_build_one_run(layout: Layout) -> None:
    with staged_file(layout), pytest.raises(EnvironmentProblem, match="another process"), staged_file(layout):
        pass


@pytest.mark.parametrize("run_id", ["../evil", "a/b", "", "a b", "-rf", "x" * 101, "a.b", "a\n"])
def test_a_run_id_is_a_plain_file_name(layout: Layout, run_id: str) -> None:
    with pytest.raises(InternalError, match="run id"):
        staged_file(layout, run_id)


def test_sorting_more_than_memory_spills_below_the_staging_folder(layout: Layout) -> None:
    rows = 300_000
    with StagedFile(layout, "run1", storage_version="v1.4.0", engine={"memory_limit": "60MB", "threads": 1}) as staged:
        assert (
            Path(str(staged.connection.execute("SELECT current_setting('temp_directory')").fetchall()[0][0])).parent
            == layout.staging
        )
        staged.write_frames(TICKETS, [ticket_rows(rows, "x")])
    assert [path.name for path in layout.staging.iterdir()] == ["run1.duckdb"]
    with open_read_only(staged.path) as connection:
        assert connection.execute("SELECT count(*) FROM main.tickets").fetchall() == [(rows,)]


def test_a_file_is_opened_again_with_other_settings(layout: Layout) -> None:
    with StagedFile(layout, "run1", storage_version="v1.4.0", engine={"threads": 1}) as staged:
        staged.write_frames(TICKETS, [ticket_rows(10, "x")])
        staged.reopen({"threads": 2})
        settings = (
            "SELECT current_setting('threads'), current_setting('lock_configuration'), current_setting('enable_external_access')"
        )
        assert staged.connection.execute(settings).fetchall() == [(2, True, False)]
        staged.write_query(MART)
    assert staged.built.rows == {"main.tickets": 10, "marts.tickets_per_day": 1}
    assert [path.name for path in layout.staging.iterdir()] == ["run1.duckdb"]


def hashed(rows: int) -> StagedQuery:
    """A query that holds so many texts at once: one list cannot be spilled."""
    select = f"SELECT len(told) AS n FROM (SELECT list(md5(i::VARCHAR)) AS told FROM range({rows}) AS r(i))"
    return StagedQuery("marts", "texts", "Texts.", {"n": "How many."}, select)


def test_what_cannot_be_spilled_is_tried_in_more_memory(layout: Layout) -> None:
    with StagedFile(layout, "run1", storage_version="v1.4.0", engine={"memory_limit": "30MB", "threads": 1}) as staged:
        staged.write_frames(TICKETS, [ticket_rows(10, "x")])
        staged.write_query(hashed(1_500_000))
        limit = "SELECT current_setting('memory_limit'), current_setting('lock_configuration')"
        assert staged.connection.execute(limit).fetchall() == [("28.6 MiB", True)]
        assert staged.connection.execute("SELECT n FROM marts.texts").fetchall() == [(1_500_000,)]
    assert staged.built.rows == {"main.tickets": 10, "marts.texts": 1}


def test_what_no_memory_holds_is_told(layout: Layout) -> None:
    engine: dict[str, str | int] = {"memory_limit": "20MB", "threads": 1}
    with (
        pytest.raises(InternalError, match=r"OutOfMemoryException \(marts.texts\)"),
        StagedFile(layout, "run1", storage_version="v1.4.0", engine=engine) as staged,
    ):
        staged.write_query(hashed(20_000_000))


def test_every_canonical_table_can_be_staged_empty(layout: Layout) -> None:
    tables = catalogue.tables()
    with staged_file(layout) as staged:
        for table in tables.values():
            staged.write_frames(from_contract(table), [pl.DataFrame(schema=table.published_schema)])
    assert staged.built.rows == {f"main.{name}": 0 for name in tables}
    with open_read_only(staged.path) as connection:
        found = {relation.name: relation for relation in relations(connection, CATALOG)}
    for name, table in tables.items():
        assert [column.name for column in found[name].columns] == list(table.published_schema)

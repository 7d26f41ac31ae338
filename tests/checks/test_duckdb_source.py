"""The data source, and a canary: the day the generic one works on DuckDB, `checks/duckdb_source.py` can be dropped."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cx_pipeline.warehouse.reader import AUDITING_MB, open_read_only
from tests.checks.shop import CANARY, staged

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import great_expectations as gx
    import great_expectations.expectations as gxe

    import checks.duckdb_source  # noqa: F401  # makes `add_duckdb` known


def validate(source: Any, sql: str | None = None) -> Any:
    batch = source.add_table_asset(name="calls").add_batch_definition_whole_table("all").get_batch()
    rules: list[Any] = [gxe.ExpectColumnValuesToNotBeNull(column="call_id"), gxe.ExpectColumnValuesToBeUnique(column="call_id")]
    if sql is not None:
        rules.append(gxe.UnexpectedRowsExpectation(unexpected_rows_query=sql))
    return batch.validate(gx.ExpectationSuite(name="s", expectations=rules), result_format="BOOLEAN_ONLY")


def test_results_come_and_the_file_is_shared_and_given_back(tmp_path: Path) -> None:
    path = staged(tmp_path)
    source = gx.get_context(mode="ephemeral").data_sources.add_duckdb(name="staged", path=str(path))
    found = validate(source, "SELECT 1 FROM {batch} WHERE call_id = '7'")
    assert sorted(result.success for result in found.results) == [False, False, True]
    assert not any(result.exception_info.get("raised_exception", True) for result in found.results)
    with duckdb.connect(str(path), read_only=True) as reader:
        assert reader.execute("SELECT count(*) FROM calls").fetchall() == [(3,)]
    source.release()
    with duckdb.connect(str(path)) as writer:
        writer.execute("DELETE FROM calls")


def test_its_engine_has_a_bound_and_puts_the_rest_beside_the_file(tmp_path: Path) -> None:
    path = staged(tmp_path)
    source = gx.get_context(mode="ephemeral").data_sources.add_duckdb(name="staged", path=str(path))
    try:
        with source.get_execution_engine().get_connection() as connection:
            asked = "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
            limit, spills = connection.exec_driver_sql(asked).one()
    finally:
        source.release()
    with open_read_only(path, memory_mb=AUDITING_MB) as audits:
        assert audits.execute("SELECT current_setting('memory_limit')").fetchall() == [(limit,)]
    assert Path(spills).parent == path.parent


def test_one_query_that_cannot_run_does_not_take_others_along(tmp_path: Path) -> None:
    source = gx.get_context(mode="ephemeral").data_sources.add_duckdb(name="staged", path=str(staged(tmp_path)))
    try:
        for _ in range(3):
            found = validate(source, f"SELECT nonsense FROM {{batch}} WHERE call_id = '{CANARY}'")
            raised = [result for result in found.results if "raised_exception" not in result.exception_info]
            assert [result.expectation_config.type for result in raised] == ["unexpected_rows_expectation"]
            source.delete_asset("calls")
    finally:
        source.release()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.xfail(
    reason="the generic SQL source loses DuckDB's results; drop checks/duckdb_source.py when this passes", strict=True
)
def test_the_generic_source_works_on_duckdb(tmp_path: Path) -> None:
    source = gx.get_context(mode="ephemeral").data_sources.add_sql(
        name="plain", connection_string=f"duckdb:///{staged(tmp_path)}"
    )
    found = validate(source)
    assert not any(result.exception_info.get("raised_exception", True) for result in found.results)

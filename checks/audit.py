"""Runs the suites of Great Expectations on a staged file and says for each expectation: passed, failed or errored.

Great Expectations is imported when a suite is run, not when this module is.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.suites import NO_ROWS, Expected, suite
from checks.verdicts import errored, verdict, without_values
from cx_pipeline.contracts.table import Table
from cx_pipeline.quality.check_result import CheckResult
from cx_pipeline.warehouse.reader import open_read_only

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.data_context import EphemeralDataContext

    from checks.duckdb_source import DuckDBDatasource

NO_SAMPLES = {"result_format": "SUMMARY", "partial_unexpected_count": 0}


@dataclass(frozen=True)
class SuiteResult:
    """The audit of one table.

    Attributes:
        table: `main.name`.
        results: one an expectation of its suite, in order.
        evidence: the validation result of Great Expectations without any value of the data; empty when it could not run.
    """

    table: str
    results: tuple[CheckResult, ...]
    evidence: Mapping[str, Any]

    @property
    def blocks(self) -> bool:
        """True when publishing must stop."""
        return any(result.blocks for result in self.results)


def run_suites(path: Path, tables: Sequence[Table], reports_dir: Path | None, run_id: str) -> list[SuiteResult]:
    """Audit every table of a staged file, read-only, and leave Data Docs as evidence.

    Args:
        path: a closed database file.
        tables: contracts of the tables it must hold.
        reports_dir: Data Docs are written below it, into `data_docs/<run_id>/`; None writes none.
        run_id: of the run.

    Raises:
        EnvironmentProblem: the file cannot be opened.
    """
    from checks.data_docs import write_data_docs  # noqa: PLC0415

    with open_read_only(path):
        pass  # a file that cannot be opened is told apart from a suite that cannot run
    with _staged(path) as (context, source):
        results = [audit_table(context, source, table, suite(table, tables)) for table in tables]
    if reports_dir is not None:
        write_data_docs(reports_dir / "data_docs", run_id, results)
    return results


def load() -> None:
    """Import Great Expectations ahead of its use."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of packages below this one, about each other
        import great_expectations.data_context.types.base  # noqa: PLC0415
        import great_expectations.expectations  # noqa: F401, PLC0415

        import checks.duckdb_source  # noqa: PLC0415  # makes `add_duckdb` known
        import checks.no_rows  # noqa: F401, PLC0415


@contextmanager
def _staged(path: Path) -> Iterator[tuple[EphemeralDataContext, DuckDBDatasource]]:
    """A context that writes nothing, and the file in it; the log stays silent, for errors of the engine may quote values."""
    load()
    import great_expectations as gx  # noqa: PLC0415
    from great_expectations.data_context.types import base  # noqa: PLC0415

    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    source: DuckDBDatasource | None = None
    try:
        in_memory = base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
        quiet = base.ProgressBarsConfig(globally=False)
        config = base.DataContextConfig(store_backend_defaults=in_memory, progress_bars=quiet)
        context = gx.get_context(project_config=config, mode="ephemeral")
        source = context.data_sources.add_duckdb(name="staged", path=str(path))
        yield context, source
    finally:
        if source is not None:
            source.release()
        logger.setLevel(level)


def audit_table(
    context: EphemeralDataContext, source: DuckDBDatasource, table: Table, expected: Sequence[Expected]
) -> SuiteResult:
    """Run one suite; when it cannot run at all, each of its expectations is errored."""
    from great_expectations.datasource.fluent.interfaces import TestConnectionError  # noqa: PLC0415
    from great_expectations.exceptions import GreatExpectationsError  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    name = f"main.{table.name}"
    try:
        found = _validate(context, source, table.name, expected)
    except (GreatExpectationsError, TestConnectionError, SQLAlchemyError) as error:
        reason = f"the suite could not run: {type(error).__name__}"
        return SuiteResult(name, tuple(errored(name, item, reason) for item in expected), {})
    evidence = without_values(found.to_json_dict())
    by_check = {result["expectation_config"]["meta"]["check"]: result for result in evidence["results"]}
    return SuiteResult(name, tuple(verdict(name, item, by_check.get(item.name)) for item in expected), evidence)


def _validate(
    context: EphemeralDataContext, source: DuckDBDatasource, table: str, expected: Sequence[Expected]
) -> ExpectationSuiteValidationResult:
    import great_expectations as gx  # noqa: PLC0415
    import great_expectations.expectations as gxe  # noqa: PLC0415

    from checks.no_rows import ExpectNoRows  # noqa: PLC0415

    kinds = {**vars(gxe), NO_ROWS: ExpectNoRows}
    batch = source.add_table_asset(name=table).add_batch_definition_whole_table("all rows").get_batch()
    rules = [
        kinds[item.type](**item.kwargs, severity=str(item.severity), description=item.description, meta={"check": item.name})
        for item in expected
    ]
    built = context.suites.add(gx.ExpectationSuite(name=table, expectations=rules))
    return batch.validate(built, result_format=NO_SAMPLES)

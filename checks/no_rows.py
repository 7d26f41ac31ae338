"""The expectation that a query finds nothing, without asking for the rows once their number is known.

The package's own asks every query twice, for the number of rows and for the rows, though what is kept of it tells of the number
alone.

Importing this module imports great_expectations, some five seconds: import it inside functions.
"""

from __future__ import annotations

from typing import Any, ClassVar

from great_expectations.execution_engine import ExecutionEngine
from great_expectations.expectations import UnexpectedRowsExpectation

_COUNT = "unexpected_rows_query.row_count"


class ExpectNoRows(UnexpectedRowsExpectation):  # type: ignore[misc]  # the package is not typed for us
    """`unexpected_rows_query` finds no row."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (_COUNT,)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002  # the package's signature
        execution_engine: ExecutionEngine | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        count = metrics[_COUNT]
        return {"success": count == 0, "result": {"observed_value": count}}

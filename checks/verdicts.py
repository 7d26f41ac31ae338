"""From what Great Expectations returned to evidence without values, and from that to a verdict an expectation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from checks.suites import NO_ROWS, Expected
from cx_pipeline.errors import InternalError
from cx_pipeline.quality.check_result import CheckResult, CheckStatus

_SAMPLES = re.compile(r"(partial_)?unexpected_(list|index_list|rows|counts|index_query|values)")
_ENGINE_ERROR = re.compile(r"\(_?duckdb\.(\w+)\)")


def without_values(validation: Mapping[str, Any]) -> dict[str, Any]:
    """A validation result without error texts (they may quote a value), proven to hold no samples.

    Each result gets `raised`: the kinds of error that kept it from a verdict, none when it has one.

    Raises:
        InternalError: a result holds sampled values.
    """
    results = [
        {
            **{key: value for key, value in result.items() if key != "exception_info"},
            "raised": sorted({_kind_of_error(message) for message in _messages(result.get("exception_info"))}),
        }
        for result in validation["results"]
    ]
    evidence = {**validation, "results": results}
    if samples := sorted(set(_samples(evidence))):
        raise InternalError(
            "a validation result holds sampled values", where=", ".join(samples), happened="nothing was published"
        )
    return evidence


def verdict(table: str, expected: Expected, found: Mapping[str, Any] | None) -> CheckResult:
    """What one result says of its expectation: passed, failed, or errored when it has no verdict."""
    if found is None:
        return errored(table, expected, "it was not evaluated")
    if found["raised"] or not isinstance(found["success"], bool):
        return errored(table, expected, ", ".join(found["raised"]) or "no verdict")
    counts = _counts(expected, found["result"])
    return CheckResult(
        name=expected.name,
        table=table,
        status=CheckStatus.PASSED if found["success"] else CheckStatus.FAILED,
        severity=expected.severity,
        observed=_observed(expected, found["result"], counts),
        expected=expected.expected,
        description=expected.description,
        counts=counts,
    )


def errored(table: str, expected: Expected, reason: str) -> CheckResult:
    """The verdict on an expectation that could not be evaluated."""
    return CheckResult(
        name=expected.name,
        table=table,
        status=CheckStatus.ERRORED,
        severity=expected.severity,
        observed=reason,
        expected=expected.expected,
        description=expected.description,
    )


def _messages(info: Any) -> list[str]:
    """What an expectation raised. Great Expectations gives one record, or one for each metric."""
    if not isinstance(info, dict):
        return []
    if "raised_exception" in info:
        return [str(info.get("exception_message"))] if info["raised_exception"] else []
    return [message for entry in info.values() for message in _messages(entry)]


def _kind_of_error(message: str) -> str:
    named = _ENGINE_ERROR.search(message)
    return named.group(1) if named else "could not be evaluated"


def _samples(node: Any) -> Iterator[str]:
    """Names of the fields, anywhere in a result, that hold values of the data."""
    if isinstance(node, dict):
        for key, value in node.items():
            if value and _SAMPLES.fullmatch(str(key)):
                yield str(key)
            yield from _samples(value)
    elif isinstance(node, list):
        for value in node:
            yield from _samples(value)


def _counts(expected: Expected, result: Mapping[str, Any]) -> dict[str, int]:
    observed = result.get("observed_value")
    if expected.type == NO_ROWS:
        return {"broken": int(observed or 0)}
    if isinstance(observed, int):
        return {"rows": observed}
    names = {"element_count": "rows", "missing_count": "null", "unexpected_count": "broken"}
    return {name: int(result[key]) for key, name in names.items() if result.get(key) is not None}


def _observed(expected: Expected, result: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    """What was found, in counts and column names."""
    if expected.type == "ExpectTableColumnsToMatchOrderedList":
        return _columns(list(result.get("observed_value") or []), list(expected.kwargs["column_list"]))
    if "broken" in counts:
        return f"{counts['broken']:,} broken" + (f" of {counts['rows']:,} rows" if "rows" in counts else "")
    return f"{counts.get('rows', 0):,} rows"


def _columns(found: list[str], declared: list[str]) -> str:
    missing, surplus = set(declared) - set(found), set(found) - set(declared)
    parts = [
        f"missing: {', '.join(sorted(missing))}" if missing else "",
        f"not declared: {', '.join(sorted(surplus))}" if surplus else "",
        "another order" if not missing and not surplus and found != declared else "",
    ]
    return "; ".join(part for part in parts if part) or f"{len(found)} columns"

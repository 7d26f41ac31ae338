"""The audit suite of a canonical table, derived from its contract: what must hold for the staged table as a whole.

Rows were judged by the contracts before they were staged; a suite looks at what only the finished table can show (its key,
its columns, references between tables) and, cheaply, at what must not have gone wrong on the way into it (nulls, words,
tokens in place of identifiers, texts redacted). Types are the contract's business and declared in the file.

This module is plain data and imports no great_expectations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.common import IS_DELETED
from cx_pipeline.contracts.table import Table
from cx_pipeline.privacy.residue import SHAPES
from cx_pipeline.privacy.tokens import TOKEN_SHAPE
from cx_pipeline.quality.check_result import CheckSeverity
from cx_pipeline.warehouse.quoting import identifier, literal, qualified

NO_ROWS = "ExpectNoRows"
"""The kind of expectation that is of this project: `checks.no_rows`."""
EARLIEST = "1990-01-01T00:00:00"
LATEST = "2100-01-01T00:00:00"
_TOKEN_FIELD = "token"  # noqa: S105  # a field of structs
_LIST_FIELD = "value"  # a field of the structs of a list


@dataclass(frozen=True)
class Expected:
    """One expectation of a suite, before Great Expectations sees it.

    Attributes:
        name: unique within the table; also the name of the check.
        type: class in `great_expectations.expectations`, or `NO_ROWS`.
        description: one plain sentence of what is checked.
        expected: what would be right, in a few words.
        severity: critical blocks publishing.
        kwargs: of the class.
    """

    name: str
    type: str
    description: str
    expected: str
    severity: CheckSeverity = CheckSeverity.CRITICAL
    kwargs: Mapping[str, Any] = field(default_factory=dict)


def suite(table: Table, tables: Sequence[Table] = (), *, token_shape: str = TOKEN_SHAPE) -> tuple[Expected, ...]:
    """The suite of one table.

    Args:
        table: its contract.
        tables: all staged tables, to know what its references point at.
        token_shape: regular expression of a token, anchored; RE2 syntax.
    """
    return (
        *_shape(table),
        _key(table),
        *_present(table),
        *(_words(column) for column in table.columns if column.words),
        *(_plausible(column) for column in table.columns if isinstance(column.dtype, pl.Datetime)),
        *_tokens(table, token_shape),
        *(_redacted(column) for column in table.columns if column.is_free_text),
        *_tombstones(table),
        *_references(table, tables),
    )


def _shape(table: Table) -> Iterator[Expected]:
    yield Expected(
        "row_count", "ExpectTableRowCountToBeBetween", "The table is there and its rows can be counted.", "a number of rows",
        kwargs={"min_value": 0},
    )  # fmt: skip
    yield Expected(
        "columns",
        "ExpectTableColumnsToMatchOrderedList",
        "The table has exactly the columns of its contract, in its order.",
        f"{len(table.columns)} columns",
        kwargs={"column_list": [column.name for column in table.columns]},
    )


def _key(table: Table) -> Expected:
    names = ", ".join(table.key)
    columns = ", ".join(identifier(column) for column in table.key)
    # As SQL: the compound expectation leaves rows out whose key holds a null, and here a null is a value like any other.
    return _rows(
        "key_unique",
        f"No two rows have the same {names}.",
        "no key twice",
        f"GROUP BY {columns} HAVING count(*) > 1",
    )


def _present(table: Table) -> Iterator[Expected]:
    """One expectation for all columns: the file itself refuses nulls in them, so a look at each would tell nothing more."""
    required = [column.name for column in table.columns if not column.nullable]
    if required:
        yield _rows(
            "required_present",
            f"Every row has {', '.join(required)}.",
            f"no nulls in {len(required)} columns",
            f"WHERE {' OR '.join(f'{identifier(name)} IS NULL' for name in required)}",
        )


def _words(column: Column) -> Expected:
    return Expected(
        f"{column.name}_words",
        "ExpectColumnValuesToBeInSet",
        f"{column.name} is a word of its vocabulary, or null.",
        f"one of {', '.join(column.words)}",
        kwargs={"column": column.name, "value_set": list(column.words)},
    )


def _plausible(column: Column) -> Expected:
    return Expected(
        f"{column.name}_plausible",
        "ExpectColumnValuesToBeBetween",
        f"{column.name} is a time that a customer-experience tool can have seen.",
        f"from {EARLIEST[:4]} to {LATEST[:4]}",
        CheckSeverity.WARNING,
        {"column": column.name, "min_value": EARLIEST, "max_value": LATEST, "strict_max": True},
    )


def _tokens(table: Table, shape: str) -> Iterator[Expected]:
    """Columns that hold nothing but tokens; some hold plain words too, where another column says that they are not personal."""
    for column in table.columns:
        kind = column.domain_by or ""
        if column.plain and not kind.startswith("."):
            words = ", ".join(literal(word) for word in column.plain)
            yield _rows(
                f"{column.name}_is_token",
                f"{column.name} holds keyed tokens only, but where {kind} is {', '.join(column.plain)}.",
                "tokens or nulls",
                f"WHERE {identifier(kind)} NOT IN ({words}) AND {_no_token(column, shape)}",
            )
            continue
        if isinstance(column.dtype, pl.Struct) and column.is_token and _TOKEN_FIELD in column.dtype.to_schema():
            value = f"struct_extract({identifier(column.name)}, {literal(_TOKEN_FIELD)})"
        elif column.dtype == pl.String() and column.is_token and (column.domain or column.name.endswith(f"_{_TOKEN_FIELD}")):
            value = identifier(column.name)
        else:
            continue
        yield _rows(
            f"{column.name}_is_token",
            f"{column.name} holds keyed tokens only, never an identifier.",
            "tokens or nulls",
            f"WHERE NOT regexp_full_match({value}, {literal(shape)})",
        )


def _no_token(column: Column, shape: str) -> str:
    """True where the value, or one of a list of structs with a value, is no token."""
    if not isinstance(column.dtype, pl.List):
        return f"NOT regexp_full_match({identifier(column.name)}, {literal(shape)})"
    value = f"struct_extract(item, {literal(_LIST_FIELD)})"
    return f"len(list_filter({identifier(column.name)}, lambda item: NOT regexp_full_match({value}, {literal(shape)}))) > 0"


def _redacted(column: Column) -> Expected:
    shapes = " OR ".join(f"regexp_matches({identifier(column.name)}, {literal(shape)})" for shape in SHAPES.values())
    return _rows(
        f"{column.name}_redacted",
        f"{column.name} shows no e-mail address, no telephone number with its country code and no card number.",
        "none of them",
        f"WHERE {shapes}",
    )


def _tombstones(table: Table) -> Iterator[Expected]:
    texts = [identifier(column.name) for column in table.columns if column.is_free_text]
    if texts and any(column.name == IS_DELETED for column in table.columns):
        some = " OR ".join(f"{text} IS NOT NULL" for text in texts)
        yield _rows(
            "deleted_without_text",
            "A deleted record carries no text.",
            "no text where is_deleted",
            f"WHERE {IS_DELETED} AND ({some})",
        )


def _references(table: Table, tables: Sequence[Table]) -> Iterator[Expected]:
    """A reference may lead nowhere (an owner whose export was not delivered): it is kept, and counted here."""
    owners = _owners(tables)
    for column in table.columns:
        key = next((key for key in owners if column.name == key or column.name.endswith(f"_{key}")), None)
        if key is None or (owners[key] == table.name and column.name == key):
            continue
        known = f"SELECT {identifier(key)} FROM {qualified('main', owners[key])}"
        name = identifier(column.name)
        yield _rows(
            f"{column.name}_leads_somewhere",
            f"{column.name} names a row of {owners[key]}, or is null.",
            f"the {key} of one of {owners[key]}",
            f"WHERE {name} IS NOT NULL AND {name} NOT IN ({known})",
            CheckSeverity.WARNING,
        )


def _owners(tables: Sequence[Table]) -> dict[str, str]:
    """Id column to the one table whose rows it identifies: with the shortest key that begins with it."""
    claims: dict[str, list[Table]] = {}
    for table in tables:
        if table.key[0].endswith("_id") and table.key[0] != "source_id":
            claims.setdefault(table.key[0], []).append(table)
    owners: dict[str, str] = {}
    for key, claimants in claims.items():
        shortest = min(len(table.key) for table in claimants)
        named = [table.name for table in claimants if len(table.key) == shortest]
        if len(named) == 1:
            owners[key] = named[0]
    return owners


def _rows(
    name: str, description: str, expected: str, condition: str, severity: CheckSeverity = CheckSeverity.CRITICAL
) -> Expected:
    """An expectation that a query finds nothing; it selects a constant, so that no value can get into a result."""
    # In the query's template braces and colons have a meaning of their own.
    tail = condition.replace("{", "{{").replace("}", "}}").replace(":", r"\:")
    query = f"SELECT 1 AS broken FROM {{batch}} {tail}"
    return Expected(name, NO_ROWS, description, expected, severity, {"unexpected_rows_query": query})

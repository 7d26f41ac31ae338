"""A mart as its .sql file declares it: a header in comments, then one SELECT.

    -- One row: …what it is about, in as many lines as it takes.
    -- key: interaction_id
    -- order: opened_at, interaction_id
    -- reads: main.interactions, marts.replies
    -- columns:
    --   interaction_id VARCHAR: What it means. [unit]
    --     goes on deeper indented.
    -- holds:
    --   name_of_the_check: SQL that is true of every row; null is not.

`-- kind: view` makes it a view; `holds` may be left out. What the SELECT reads and what the header says must be the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cx_pipeline.errors import InternalError
from cx_pipeline.warehouse.staged_table import StagedColumn, StagedQuery

SCHEMA = "marts"
_READ = re.compile(r"\b(?:FROM|JOIN)\s+(?:LATERAL\s+)?((?:main|marts|quality)\.[a-z_0-9]+)", re.IGNORECASE)
_COLUMN = re.compile(r"([a-z_0-9]+) ([A-Z][^:]*): (.+?)(?: \[([^\]]+)\])?")
_FIELD = re.compile(r"(key|order|reads|columns|holds|kind):\s*(.*)")
_LISTS = ("columns", "holds")
_HOLDS = re.compile(r"([a-z_0-9]+): (.+)")
_INDENT = "  "


@dataclass(frozen=True)
class Mart:
    """One mart.

    Attributes:
        name: of the table in schema `marts`; also of its file.
        description: what one row is.
        key: columns that no two rows share; none of them is null.
        order_by: columns that the rows lie ordered by.
        reads: tables it is made of, as `schema.table`.
        columns: in order, with type and comment.
        select: the SELECT alone.
        is_view: answered each time it is read.
        holds: name of a check to SQL that is true of every row.
    """

    name: str
    description: str
    key: tuple[str, ...]
    order_by: tuple[str, ...]
    reads: tuple[str, ...]
    columns: tuple[StagedColumn, ...]
    select: str
    is_view: bool = False
    holds: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        return f"{SCHEMA}.{self.name}"

    @property
    def query(self) -> StagedQuery:
        """As the staged file takes it."""
        comments = {column.name: column.comment for column in self.columns}
        order = () if self.is_view else self.order_by
        return StagedQuery(SCHEMA, self.name, self.description, comments, self.select, order)


def read(path: Path) -> Mart:
    """Read the declaration of a mart.

    Raises:
        InternalError: a part is missing, or the header and the SELECT do not agree.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    size = next((number for number, line in enumerate(lines) if not line.startswith("--")), len(lines))
    select = "\n".join(lines[size:]).strip().removesuffix(";")
    description, fields, lists = _header([line[2:].removeprefix(" ").rstrip() for line in lines[:size]])
    mart = Mart(
        name=path.stem,
        description=description,
        key=_names(fields.get("key", "")),
        order_by=_names(fields.get("order", "")) or _names(fields.get("key", "")),
        reads=_names(fields.get("reads", "")),
        columns=tuple(_columns(lists["columns"], path.name)),
        select=select,
        is_view=fields.get("kind") == "view",
        holds=tuple(_holds(lists["holds"], path.name)),
    )
    _check(mart, path.name)
    return mart


def _header(lines: list[str]) -> tuple[str, dict[str, str], dict[str, list[str]]]:
    about: list[str] = []
    fields: dict[str, str] = {}
    lists: dict[str, list[str]] = {name: [] for name in _LISTS}
    last = ""
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found:
            last, fields[found[1]] = found[1], found[2]
        elif last in lists and line.startswith(_INDENT * 2):
            lists[last][-1] += f" {line.strip()}"
        elif last in lists:
            lists[last].append(line.strip())
        elif last:
            fields[last] += f" {line.strip()}"
        else:
            about.append(line.strip())
    return " ".join(about), fields, lists


def _columns(lines: list[str], place: str) -> Iterator[StagedColumn]:
    for line in lines:
        found = _COLUMN.fullmatch(line)
        if found is None:
            raise InternalError("a column of a mart is declared as `name TYPE: meaning. [unit]`", where=f"{place}: {line}")
        name, kind, meaning, unit = found.groups()
        yield StagedColumn(name, kind, f"{meaning} Unit: {unit}." if unit else meaning)


def _holds(lines: list[str], place: str) -> Iterator[tuple[str, str]]:
    for line in lines:
        found = _HOLDS.fullmatch(line)
        if found is None:
            raise InternalError("what holds of a mart is declared as `name: condition`", where=f"{place}: {line}")
        yield found[1], found[2]


def _check(mart: Mart, place: str) -> None:
    names = [column.name for column in mart.columns]
    found = {name.lower() for name in _READ.findall(_without_comments(mart.select))}
    problems = [
        ("it has no description", not mart.description),
        ("its key is no column", not mart.key or not set(mart.key) <= set(names)),
        ("its order is no column", not set(mart.order_by) <= set(names)),
        ("a column is declared twice", len(names) != len(set(names))),
        (f"it reads otherwise than declared: {', '.join(sorted(found ^ set(mart.reads)))}", found != set(mart.reads)),
        ("it is no SELECT", not mart.select.upper().startswith(("SELECT", "WITH"))),
    ]
    wrong = [text for text, holds in problems if holds]
    if wrong:
        raise InternalError("a mart is not declared well", where=f"{place}: {'; '.join(wrong)}")


def _without_comments(select: str) -> str:
    return re.sub(r"--[^\n]*", "", select)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())

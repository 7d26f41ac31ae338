"""How names and texts enter SQL where they cannot be bound.

Values are bound. Names of tables and columns cannot be, nor can the text of COMMENT ON or the path of ATTACH: those, and
only those, go through here.
"""

from __future__ import annotations

import re
from pathlib import Path

from cx_pipeline.errors import InternalError


def identifier(name: str) -> str:
    """One name as a quoted SQL identifier, whatever it contains."""
    return _wrapped(name, '"')


def qualified(*names: str) -> str:
    """Catalog, schema, table and column as one dotted, quoted identifier."""
    return ".".join(identifier(name) for name in names)


def literal(text: str) -> str:
    """A text as an SQL string literal, for the few statements that take no parameters."""
    return _wrapped(text, "'")


def file_name(path: Path) -> str:
    """A path for functions that read files, as a pattern that no other file fits: the engine takes every path for one."""
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path))


def parquet(path: Path) -> str:
    """SQL that reads one Parquet file, whatever the folders around it are called: `a=b` is no column of it."""
    return f"read_parquet({literal(file_name(path))}, hive_partitioning = false)"


def _wrapped(text: str, quote: str) -> str:
    if "\0" in text:
        raise InternalError("a name with a NUL character cannot be used in SQL", happened="nothing was executed")
    return f"{quote}{text.replace(quote, quote * 2)}{quote}"

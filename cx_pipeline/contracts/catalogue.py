"""All canonical tables, found in the `tables` folder."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from cx_pipeline.contracts import tables as folder
from cx_pipeline.contracts.table import Table
from cx_pipeline.errors import InternalError


@cache
def tables() -> dict[str, Table]:
    """Every canonical table by name, in alphabetical order. A fresh process sees files added since; do not change the answer.

    Raises:
        InternalError: when a file does not hold the table it is named after.
    """
    found: dict[str, Table] = {}
    for module in sorted(iter_modules(folder.__path__), key=lambda entry: entry.name):
        table = getattr(import_module(f"{folder.__name__}.{module.name}"), "TABLE", None)
        if not isinstance(table, Table) or table.name != module.name:
            raise InternalError("a file holds no canonical table of its name", where=f"contracts/tables/{module.name}.py")
        found[table.name] = table
    return found

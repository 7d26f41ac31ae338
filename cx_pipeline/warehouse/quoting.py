"""How names and texts enter SQL where they cannot be bound.

Values are bound. Names of tables and columns cannot be, nor can the text of COMMENT ON or the path of ATTACH: those, and
only those, go through here.
"""

from __future__ import annotations

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


def _wrapped(text: str, quote: str) -> str:
    if "\0" in text:
        raise InternalError("a name with a NUL character cannot be used in SQL", happened="nothing was executed")
    return f"{quote}{text.replace(quote, quote * 2)}{quote}"

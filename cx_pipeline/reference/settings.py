"""The settings, as a table made of the settings model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cx_pipeline.reference.markdown import code, table
from cx_pipeline.settings import Settings

_PREFIX = str(Settings.model_config.get("env_prefix", ""))
_NESTED = str(Settings.model_config.get("env_nested_delimiter", ""))


def settings_table() -> str:
    """Every setting: its name in `cx_pipeline.toml`, its variable, its default and what it means."""
    rows = (
        (code(name), code(variable), default, meaning) for name, variable, default, meaning in _settings(Settings, "", _PREFIX)
    )
    return table(("in cx_pipeline.toml", "in the environment", "default", "what it is"), rows)


def _settings(model: type[BaseModel], path: str, variable: str) -> Iterator[tuple[str, str, str, str]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _settings(kind, f"{path}{name}.", f"{variable}{name.upper()}{_NESTED}")
        else:
            yield f"{path}{name}", f"{variable}{name.upper()}", _default(field), field.description or ""


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value is PydanticUndefined or value is None:
        return "not set"
    if isinstance(value, (frozenset, tuple)):
        texts = map(str, value)
        return code(", ".join(texts if isinstance(value, tuple) else sorted(texts))) or "none"
    return code(str(value))

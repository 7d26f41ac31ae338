"""Exports that the settings name: one that does not exist is refused, as what was to be left out would be published."""

from __future__ import annotations

from collections.abc import Iterator

from cx_pipeline.errors import ConfigError, nearest
from cx_pipeline.settings import Settings
from cx_pipeline.sources.catalogue import exports


def refuse_unknown(settings: Settings) -> None:
    """Ask whether every export that the settings name exists.

    Raises:
        ConfigError: with every name that does not, and the nearest one.
    """
    problems = list(_problems(settings))
    if problems:
        raise ConfigError(
            f"the settings are not valid: {'; '.join(problems)}", next_step="cx-pipeline sources names every export"
        )


def _problems(settings: Settings) -> Iterator[str]:
    asked = [("exclude", name) for name in settings.exclude]
    asked += [("accept_drift", ".".join(name.split(".")[:2])) for name in settings.accept_drift]
    for setting, name in sorted(set(asked)):
        if name not in exports():
            yield f"{setting}: there is no export {name}, the nearest is {nearest(name, exports())}"

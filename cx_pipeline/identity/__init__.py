"""Which records are one person, and the id that person keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cx_pipeline.identity.resolution import Resolution, resolve

__all__ = ["Resolution", "resolve"]


def __getattr__(name: str) -> object:
    """The public names, loaded when first asked for: scoring brings numerical libraries that most of the room does without."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cx_pipeline.identity import resolution  # noqa: PLC0415

    return getattr(resolution, name)

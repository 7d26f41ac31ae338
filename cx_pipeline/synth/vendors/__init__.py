"""Writers, one file a vendor, found by themselves: a module here offers `SOURCE` and `write(world, out, book)`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path

from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.world import World

Writer = Callable[[World, Path, TruthBook], None]


def writers() -> dict[str, Writer]:
    """Source name to writer, in the order of the names."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return {module.SOURCE: module.write for module in sorted(modules, key=lambda module: str(module.SOURCE))}

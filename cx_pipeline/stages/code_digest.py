"""The state of code that decides something: files of this package, and versions of libraries, in one digest."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

import cx_pipeline
from cx_pipeline.stages.reached import Reached, Symbol, reached

NO_RESULT = frozenset({"cx_pipeline.errors", "cx_pipeline.faults", "cx_pipeline.settings"})
"""How a night stops, and what it was told: words of a refusal are no result, and settings count by their values."""
DECIDING = {
    "duckdb": "duckdb",
    "ftfy": "ftfy",
    "idna": "idna",
    "phonenumbers": "phonenumbers",
    "polars": "polars",
    "pyarrow": "pyarrow",
    "rapidfuzz": "rapidfuzz",
    "stdnum": "python-stdnum",
}
"""Libraries whose own tables and algorithms decide what is made of a text, by the name they are imported as."""
_LETTERS = "unicodedata"


def digest_of(roots: Iterable[Symbol]) -> str:
    """Changes whenever what some definitions come to does."""
    return code_digest(reached(roots, NO_RESULT))[:16]


def code_digest(found: Reached) -> str:
    """Changes whenever a file, a library that decides, or what Python knows of letters does."""
    digest = hashlib.sha256()
    for name, path in sorted((_name(path), path) for path in found.files):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    versions = [f"{name} {version(name)}" for name in sorted(DECIDING.keys() & found.libraries)]
    if _LETTERS in found.libraries:
        versions.append(f"{_LETTERS} {unicodedata.unidata_version}")
    digest.update(" ".join(versions).encode())
    return digest.hexdigest()


@cache
def version(library: str) -> str:
    return metadata.version(DECIDING[library])


@cache
def _name(path: Path) -> str:
    return path.relative_to(Path(cx_pipeline.__file__).parent).as_posix()

"""A content that was scrubbed: the delivery that stands for it and where its rows lie."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cx_pipeline.sources.export import Export
from cx_pipeline.stages.manifest import Entry


class Content(NamedTuple):
    """A scrubbed content that counts, with the delivery that stands for it."""

    entry: Entry
    export: Export
    folder: Path

    def parts(self, name: str) -> list[Path]:
        """The Parquet files of one of its tables, in order; none where it has no such table."""
        return sorted((self.folder / name).glob("*.parquet"))

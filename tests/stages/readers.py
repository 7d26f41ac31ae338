"""A reader that reads otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from cx_pipeline.extract.reader import FileFacts, RawBatch, Reader


class Dropping:
    """Leaves out the last good records of every batch."""

    def __init__(self, reader: Reader, drops: int) -> None:
        self._reader, self._drops, self._dropped = reader, drops, 0

    @property
    def facts(self) -> FileFacts:
        self._reader.facts.records -= self._dropped
        self._dropped = 0
        return self._reader.facts

    def __iter__(self) -> Iterator[RawBatch]:
        for batch in self._reader:
            kept = batch.good.head(max(0, batch.good.height - self._drops))
            self._dropped += batch.good.height - kept.height
            yield batch._replace(good=kept)

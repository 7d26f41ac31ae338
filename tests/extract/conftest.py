"""Reading bytes the way a delivered file is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.extract.reader import FileFacts, ReadOptions, open_file
from cx_pipeline.settings.reading import Limits


@dataclass(frozen=True)
class Result:
    """All batches of a file, put together."""

    good: pl.DataFrame
    rejects: pl.DataFrame
    facts: FileFacts

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Good records without their numbers; columns that a record lacks are null."""
        return self.good.drop("_record", "_line").rows(named=True)

    @property
    def cells(self) -> list[tuple[str | None, ...]]:
        return self.good.drop("_record", "_line").rows()

    @property
    def rules(self) -> list[str]:
        return self.rejects["rule"].to_list()


def read_file(path: Path, options: ReadOptions | None = None, limits: Limits | None = None) -> Result:
    good, rejects = [], []
    with open_file(path, options or ReadOptions(), limits or Limits()) as reader:
        for batch in reader:
            assert batch.good["_record"].is_sorted()
            good.append(batch.good)
            rejects.append(batch.rejects)
        facts = reader.facts
    empty = pl.DataFrame(schema={"_record": pl.Int64, "_line": pl.Int64} | dict.fromkeys(facts.columns, pl.String))
    frame = pl.concat([empty, *good], how="diagonal")
    damaged = pl.concat(rejects) if rejects else pl.DataFrame(schema={"_record": pl.Int64, "rule": pl.String})
    assert frame.height + damaged.height == facts.records
    assert damaged.height == facts.damaged
    numbers = sorted(frame["_record"].to_list() + damaged["_record"].to_list())
    assert numbers == list(range(1, facts.records + 1))
    return Result(frame, damaged, facts)


Read = Callable[..., Result]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write bytes to a file and read it; keyword `name`, `limits` and the fields of `ReadOptions`."""

    def run(data: bytes, name: str = "export.csv", limits: Limits | None = None, **options: Any) -> Result:
        path = tmp_path / name
        path.write_bytes(data)
        return read_file(path, ReadOptions(**options), limits)

    return run

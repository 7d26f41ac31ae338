"""Redacted texts of the last night, so that a night redacts only what is new.

A text is kept under what its redaction depends on: the text itself, what is known of its people, which agents it names, and the
state of the program and the key. Whatever of that changes, the text is redacted anew, so a night that redacts a part ends where
redacting everything would. Keys are hashes of 128 bits; what is kept is redacted, and lies beside the clean tables all the same.

Parts are written once and never changed; the index, written last, says what of them counts. So a night that dies leaves the kept
texts of the night before, and parts that nobody names, which the next one removes. What cannot be read is as if it were not kept,
and each text lies beside its key, so that none is taken for another whatever happened to the files.
"""

from __future__ import annotations

import hashlib
import itertools
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from pkgutil import walk_packages

import polars as pl

import cx_pipeline.privacy
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.stages.code_digest import NO_RESULT, code_digest
from cx_pipeline.stages.files import sweep, whole_file
from cx_pipeline.stages.lookup import Lookup
from cx_pipeline.stages.reached import Reached, Symbol, reached
from cx_pipeline.warehouse.durable import sync

FOLDER = "redacted"
"""Name of the folder beside the clean tables."""
KEY = ("low", "high")
"""Columns of a key: two hashes."""
_INDEX = "index.parquet"
_SCHEMA = pl.Schema({"low": pl.UInt64(), "high": pl.UInt64(), "part": pl.UInt32(), "place": pl.UInt32()})
_ROWS = 250_000  # of the index, put in order at once
_FEWEST_LIVE = 0.5  # share of a part that must still count; below it, its texts move to a new one
_LONGEST_S = 30 * 24 * 3600  # that a part stays, and with it texts that nobody asks for any more
_SMALL = 5_000  # texts; so do those of small parts, or every night would leave more of them
_DRIVERS = (Symbol("cx_pipeline.stages.texts", "Texts"), Symbol("cx_pipeline.stages.last_pass", "last_pass"))


def keys(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The keys of what some columns of a frame say: columns `low`, `high`."""
    said = pl.struct(columns)
    return frame.select(said.hash(seed=1).alias("low"), said.hash(seed=2).alias("high"))


def fingerprint(tokeniser: Tokeniser) -> str:
    """Changes whenever the same text of the same people could be redacted otherwise."""
    return hashlib.sha256(f"{tokeniser.version} {tokeniser.fingerprint} {program()}".encode()).hexdigest()[:16]


@cache
def program() -> str:
    """Changes whenever what redacts and searches texts does."""
    return code_digest(reached_by_texts())[:16]


def reached_by_texts() -> Reached:
    """What redacts and searches texts; all of its folder, as detectors are found by looking into it."""
    room = cx_pipeline.privacy
    found = (Symbol(each.name) for each in walk_packages(room.__path__, f"{room.__name__}."))
    return reached([*_DRIVERS, *found], NO_RESULT)


@dataclass
class KeptTexts:
    """Answers what was redacted before, and takes in what is redacted now. Several threads may ask and add at once."""

    folder: Path
    _known: Lookup
    _moving: frozenset[int]
    _numbers: Iterator[int]
    _used: list[pl.DataFrame] = field(default_factory=list)

    @classmethod
    def open(cls, clean: Path, tokeniser: Tokeniser) -> KeptTexts:
        """What the last night kept beside the clean layer in a folder; nothing where another program or key wrote it."""
        folder = clean / FOLDER / fingerprint(tokeniser)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(folder)
        try:
            index, sizes = _read(folder)
        except (OSError, pl.exceptions.PolarsError):
            index, sizes = _SCHEMA.to_frame(), {}
            # First of all, as parts are numbered from the beginning again: an index of others must not come to name them.
            (folder / _INDEX).unlink(missing_ok=True)
            sync(folder)
        live = index.group_by("part").len()
        for stray in folder.glob("part-*.parquet"):
            if int(stray.stem.removeprefix("part-")) not in sizes:
                stray.unlink()
        oldest = time.time() - _LONGEST_S
        moving = frozenset(
            part
            for part, count in live.iter_rows()
            if count < max(_SMALL, _FEWEST_LIVE * sizes[part]) or _part(folder, part).stat().st_mtime < oldest
        )
        return cls(folder, Lookup.of_parts(_pieces(index), "low"), moving, itertools.count(max(sizes, default=-1) + 1))

    def find(self, asked: pl.DataFrame) -> pl.DataFrame:
        """What was kept of some texts.

        Args:
            asked: `text_id`, and `KEY`; texts that say the same of the same people may share one.

        Returns:
            `text_id` and the columns that were kept, a row a text that is known.
        """
        met = self._known.find(asked.rename({"high": "_high"}).with_columns(pl.col("low").alias("_low")), "_low")
        met = met.filter(pl.col("high") == pl.col("_high")).drop("_high")
        found = [self._lying(int(str(part)), own) for (part,), own in met.group_by("part")]
        known = pl.concat([rows for rows in found if not rows.is_empty()] or [met.clear().select("text_id", *_SCHEMA.names())])
        is_moving = pl.col("part").is_in(list(self._moving))
        self._used.append(known.filter(~is_moving).select(_SCHEMA.names()))
        moved = known.filter(is_moving)
        if not moved.is_empty():
            self._put(moved.select(KEY), moved.drop("text_id", *_SCHEMA.names()))
        return known.drop(*_SCHEMA.names())

    def _lying(self, part: int, asked: pl.DataFrame) -> pl.DataFrame:
        """What lies in a part at the places asked for, but for what is of another text than it should be."""
        try:
            lying = pl.read_parquet(_part(self.folder, part), glob=False)
        except (OSError, pl.exceptions.PolarsError):
            return asked.clear()
        there = asked.filter(pl.col("place") < lying.height)
        kept = lying[there["place"]]
        is_own = (kept["low"] == there["low"]) & (kept["high"] == there["high"])
        return there.filter(is_own).select("text_id", *_SCHEMA.names()).hstack(kept.filter(is_own).drop(KEY))

    def add(self, asked: pl.DataFrame, made: pl.DataFrame) -> None:
        """Keep what was made of some texts: `KEY`, and the columns to keep, row by row."""
        if not asked.is_empty():
            self._put(asked.select(KEY), made)

    def _used_once(self) -> pl.DataFrame:
        """Where each text that counts lies, each key once; put together in parts, as `unique` takes many times their room."""
        count = max(1, -(-sum(used.height for used in self._used) // _ROWS))
        shares = (
            pl.concat([_SCHEMA.to_frame(), *(used.filter(pl.col("low") % count == share) for used in self._used)])
            for share in range(count)
        )
        return pl.concat([share.unique(KEY, keep="any") for share in shares])

    def _put(self, asked: pl.DataFrame, kept: pl.DataFrame) -> None:
        number = next(self._numbers)
        path = _part(self.folder, number)
        asked.select(KEY).hstack(kept).write_parquet(path, compression="zstd", compression_level=1)
        sync(path)
        place = pl.int_range(pl.len(), dtype=pl.UInt32).alias("place")
        self._used.append(asked.select(*KEY, pl.lit(number, dtype=pl.UInt32).alias("part"), place))

    def close(self) -> None:
        """Keep the texts that were asked for or added, and no others."""
        used = self._used_once()
        sync(self.folder)
        with whole_file(self.folder / _INDEX, 0o600) as handle:
            used.write_parquet(handle, compression="zstd", compression_level=1)
        named = set(used["part"].unique())
        for path in self.folder.glob("part-*.parquet"):
            if int(path.stem.removeprefix("part-")) not in named:
                path.unlink()
        for other in self.folder.parent.iterdir():
            if other != self.folder:
                shutil.rmtree(other, ignore_errors=True)


def _read(folder: Path) -> tuple[pl.DataFrame, dict[int, int]]:
    """The index, and how many texts each part of it holds."""
    path = folder / _INDEX
    index = pl.read_parquet(path, glob=False) if path.exists() else _SCHEMA.to_frame()
    scans = {part: pl.scan_parquet(_part(folder, part), glob=False) for part in index["part"].unique()}
    return index, {part: int(rows.select(pl.len()).collect().item()) for part, rows in scans.items()}


def _pieces(rows: pl.DataFrame) -> Iterator[Callable[[], pl.DataFrame]]:
    return (partial(rows.slice, start, _ROWS) for start in range(0, max(rows.height, 1), _ROWS))


def _part(folder: Path, number: int) -> Path:
    return folder / f"part-{number:08}.parquet"

"""What is true of the files, noted by the generator while it writes them; no file is read back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

_ONE = pl.lit(1, pl.UInt32)
_VERSIONS = {
    "key": pl.String,
    "copies": pl.UInt32,
    "contents": pl.UInt32,
    "clock": pl.Int64,
    "deleted": pl.Boolean,
    "test": pl.Boolean,
}
"""A key that was delivered more than once: one version is published, contents - 1 superseded, copies - contents duplicates."""


@dataclass(frozen=True)
class Truth:
    """Where the truth lies, and its counts.

    `folder` holds `counts.json`, `people.parquet`, `must_not_merge.parquet`, `quarantine.parquet`, `cells.parquet`,
    `versions.parquet`, and a folder of Parquet parts for each canonical table whose rows are told in full; `consents` are those
    of the consent centre's purposes.
    """

    folder: Path
    counts: Mapping[str, Any]


@dataclass
class TruthBook:
    """Collects the truth of `folder` while files are written. Record numbers count from 1, damaged records included."""

    folder: Path
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    situations: Counter[str] = field(default_factory=Counter)
    _records: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    _cells: list[pl.DataFrame] = field(default_factory=list)
    _quarantine: list[pl.DataFrame] = field(default_factory=list)
    _people: list[pl.DataFrame] = field(default_factory=list)
    _apart: list[pl.DataFrame] = field(default_factory=list)
    _versions: list[pl.DataFrame] = field(default_factory=list)

    def file(self, name: str, export: str, night: int, records: pl.DataFrame, notes: Mapping[str, Any]) -> None:
        """One file with its records in the order of the file.

        Args:
            name: path below the deliveries, such as `2026-11-01/zendesk/users.ndjson`.
            export: such as `zendesk.users`.
            records: as in `records.COLUMNS`.
            notes: more about the file; `quarantined_whole` and `skipped` take its records out of the counts.
        """
        numbered = records.with_row_index("record", offset=1)
        whole, skipped = bool(notes.get("quarantined_whole")), bool(notes.get("skipped"))
        damaged = pl.col("damage").is_not_null()
        keyless = ~damaged & pl.col("key").is_null()
        traps = Counter(dict(numbered["trap"].drop_nulls().value_counts().iter_rows()))
        traps.update(dict(numbered["damage"].drop_nulls().value_counts().iter_rows()))
        traps.update(notes.get("traps", {}))
        self.situations.update(traps)
        good = numbered.filter(~damaged & ~keyless)
        self.files[name] = {
            "export": export,
            "records": len(records),
            "damaged": numbered.select(damaged.sum()).item(),
            "unusable_key": numbered.select(keyless.sum()).item(),
            "distinct_keys": good["key"].n_unique(),
            "tombstones": int(good["deleted"].sum()),
            "test": int(good["test"].sum()),
            "traps": dict(sorted(traps.items())),
            **{key: value for key, value in notes.items() if key != "traps"},
        }
        if whole:
            self._refuse(
                name,
                pl.DataFrame(
                    {"record": [None], "why": [notes["quarantined_whole"]]}, schema={"record": pl.UInt32, "why": pl.String}
                ),
            )
        self._refuse(name, numbered.filter(damaged).select("record", why="damage"))
        self._refuse(name, numbered.filter(keyless).select("record", why=pl.lit("unusable_key")))
        if not whole and not skipped:
            self._note(name, numbered.filter(~damaged))
            self._keep(export, night, numbered.filter(damaged | keyless).height, good)

    def cells(self, file: str, cells: pl.DataFrame) -> None:
        """Cells spoilt for a whole file at once. Columns: key, column, dirty, clean, trap."""
        self._cells.append(cells.select(pl.lit(file).alias("file"), "key", "column", "dirty", "clean", "trap"))

    def people(self, records: pl.DataFrame) -> None:
        """Who a record is. Columns: record_key, person, kind, link (single, email, phone, external_id or none)."""
        self._people.append(records.select("record_key", "person", "kind", "link"))

    def apart(self, pairs: pl.DataFrame) -> None:
        """Records that look alike and are not one person. Columns: left, right, why."""
        self._apart.append(pairs.select("left", "right", "why"))
        self.situations.update(dict(pairs["why"].value_counts().iter_rows()))

    def facts(self, table: str, part: str, rows: pl.DataFrame) -> None:
        """Rows of a canonical table as they must come out, written at once to `<folder>/<table>/<part>.parquet`."""
        target = self.folder / table
        target.mkdir(parents=True, exist_ok=True)
        rows.write_parquet(target / f"{part}.parquet")

    def _refuse(self, file: str, rows: pl.DataFrame) -> None:
        if len(rows):
            self._quarantine.append(rows.select(pl.lit(file).alias("file"), pl.col("record").cast(pl.UInt32), "why"))

    def _note(self, file: str, readable: pl.DataFrame) -> None:
        """Cells that were spoilt, and cells that say nothing."""
        spoilt = readable.filter(pl.col("cell").is_not_null())
        self.cells(file, spoilt.select("key", "dirty", "clean", "trap", column="cell"))
        empty = readable.filter(pl.col("unsaid").list.len() > 0).select("key", "unsaid").explode("unsaid").unnest("unsaid")
        self.cells(file, empty.with_columns(clean=pl.lit(None, pl.String)))

    def _keep(self, export: str, night: int, refused: int, good: pl.DataFrame) -> None:
        facts = good.select(
            "key",
            pl.coalesce("content", "text").hash(2).alias("content"),
            "clock", "deleted", "test",
            night=pl.lit(night, pl.UInt16),
        )  # fmt: skip
        self._records.setdefault(export, []).append(facts)
        self.situations[f"refused/{export}"] += refused

    def _last(self, export: str) -> pl.DataFrame:
        """One row a key: its last version, and how many contents and copies of it were delivered over all nights."""
        records = pl.concat(self._records.pop(export))
        repeated = pl.col("key").is_duplicated()
        single = records.filter(~repeated).select("key", "clock", "deleted", "test", contents=_ONE, copies=_ONE)
        several = records.filter(repeated).sort("key", "clock", "night", "content")
        last = several.group_by("key", maintain_order=True).agg(
            pl.col("clock", "deleted", "test").last(),
            contents=pl.col("content").n_unique().cast(pl.UInt32),
            copies=pl.len().cast(pl.UInt32),
        )
        return pl.concat([single, last])

    def _fates(self, export: str) -> dict[str, int]:
        """What becomes of the records of an export over all nights, by the rules for versions of a record.

        The last version of a key is published, equal copies are duplicates and every other content is superseded.
        """
        last = self._last(export)
        self._versions.append(last.filter(pl.col("copies") > 1).select(pl.lit(export).alias("export"), *_VERSIONS))
        refused = self.situations[f"refused/{export}"]
        copies, versions = int(last["copies"].sum()), int(last["contents"].sum())
        return {
            "records": copies + refused,
            "quarantined": refused,
            "in_files_quarantined_whole": sum(
                file["records"] for file in self.files.values() if file["export"] == export and "quarantined_whole" in file
            ),
            "published": len(last),
            "superseded": versions - len(last),
            "duplicate": copies - versions,
            "published_tombstones": int(last["deleted"].sum()),
            "published_test": int(last["test"].sum()),
        }

    def close(self, world: Mapping[str, Any]) -> Truth:
        """Write everything down."""
        folder = self.folder
        folder.mkdir(parents=True, exist_ok=True)
        exports = {export: self._fates(export) for export in sorted(self._records)}
        traps = {name: count for name, count in sorted(self.situations.items()) if not name.startswith("refused/")}
        counts = {"world": dict(world), "exports": exports, "traps": traps, "files": dict(sorted(self.files.items()))}
        (folder / "counts.json").write_text(json.dumps(counts, indent=1, sort_keys=False) + "\n", encoding="utf-8")
        for name, frames, schema in (
            ("people", self._people, {"record_key": pl.String, "person": pl.String, "kind": pl.String, "link": pl.String}),
            ("must_not_merge", self._apart, {"left": pl.String, "right": pl.String, "why": pl.String}),
            ("quarantine", self._quarantine, {"file": pl.String, "record": pl.UInt32, "why": pl.String}),
            ("cells", self._cells, dict.fromkeys(("file", "key", "column", "dirty", "clean", "trap"), pl.String)),
            ("versions", self._versions, {"export": pl.String, **_VERSIONS}),
        ):
            pl.concat([pl.DataFrame(schema=schema), *frames]).unique(maintain_order=True).write_parquet(
                folder / f"{name}.parquet"
            )
        return Truth(folder, counts)


def neighbours(records: pl.DataFrame, alike: str, why: str) -> pl.DataFrame:
    """Pairs (left, right, why) of records that follow each other among those with the same value in `alike`."""
    left = pl.col("record_key").shift(1).over(alike)
    return records.select(left.alias("left"), right="record_key", why=pl.lit(why)).filter(pl.col("left").is_not_null())

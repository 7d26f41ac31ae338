"""What the processes that `bench.reader` measures do: write the file, or read it one way or the other."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from bench.stopwatch import Stopwatch
from cx_pipeline.extract import land
from cx_pipeline.extract.reader import open_file

_WORDS = (
    "order arrived late, parcel was open and one part is missing; please send it again or tell me how to return it",
    "the invoice shows two charges for one month and nobody answers the phone; I would like the second one back now",
    "great help from the team today, thank you; everything works since the update and the manual is clear now, too, and short",
)


def write(file: Path, rows: int, at_once: int) -> None:
    """A clean file of 8 columns, about 352 bytes a record, written in bounded memory."""
    with file.open("wb") as sink:
        for start in range(0, rows, at_once):
            _records(start, min(rows, start + at_once)).write_csv(sink, include_header=start == 0)


def _records(start: int, stop: int) -> pl.DataFrame:
    numbers = np.arange(start, stop, dtype=np.int64)
    seen = pl.from_epoch(pl.Series(1_760_000_000 + numbers * 37)).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    said = pl.Series(_WORDS).gather(numbers % 3) + " " + pl.Series(_WORDS).gather((numbers // 3) % 3)
    return pl.DataFrame(
        {
            "Id": pl.Series(5_000_000_000 + numbers).cast(pl.String) + "AAA",
            "CreatedDate": seen,
            "Status": pl.Series(("New", "Working", "Closed", "Escalated")).gather(numbers % 4),
            "ContactEmail": "customer." + pl.Series(numbers * 7919 % 1_000_003).cast(pl.String) + "@example.org",
            "Subject": "About order SO-" + pl.Series(numbers).cast(pl.String).str.zfill(9),
            "Description": said,
            "Priority": pl.Series(("Low", "Medium", "High")).gather(numbers % 3),
            "SystemModstamp": seen,
        }
    )


def ours(file: Path, out: Path) -> int:
    with open_file(file) as reader:
        facts = land.write(reader, out)
    assert not facts.damaged, "the file is clean"
    return facts.records


def polars(file: Path, out: Path) -> int:
    pl.scan_csv(file, infer_schema=False).sink_parquet(out)
    return int(pl.scan_parquet(out).select(pl.len()).collect().item())


def main() -> None:
    """`write FILE ROWS ROWS_AT_ONCE`, or `ours|polars FILE OUT`, which prints its lap as JSON."""
    what, file, *rest = sys.argv[1:]
    if what == "write":
        write(Path(file), int(rest[0]), int(rest[1]))
        return
    read: dict[str, Callable[[Path, Path], int]] = {"ours": ours, "polars": polars}
    watch = Stopwatch()
    with watch.lap(what):
        records = read[what](Path(file), Path(rest[0]))
    json.dump(watch.told(records=records), sys.stdout)


if __name__ == "__main__":
    main()

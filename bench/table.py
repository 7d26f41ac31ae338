"""The whole table of a measurement: a row a subject, each with what it does, for no two do the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.child import Measured

FLOOR, OURS = "floor", "ours"
_DOES = {
    FLOOR: "the same bytes parsed, written as Parquet and loaded into DuckDB, with no scrubbing at all",
    OURS: "the whole night: intake, scrub, identity, redaction, marts, audits, publishing; no score of words, no AI dataset",
    "whole": "cx-pipeline run: the whole night with Dagster, the score of words and the AI dataset",
}
_HEADS = ("size", "subject", "seconds", "ratio", "cpu_ratio", "peak_mb", "does")


@dataclass(frozen=True)
class Row:
    """One subject at one size.

    Attributes:
        size: interactions asked for.
        subject: what was measured.
        seconds: wall time of the median round; None where it was skipped.
        is_extrapolated: the time is one for all of the work, of which a part was measured.
        ratio: to the floor's time.
        cpu_ratio: the same of processor time.
        peak_mb: most memory, in 10^6 bytes.
        does: what the subject does, or why it was skipped.
        stages: laps of the median round, of ours.
    """

    size: int
    subject: str
    seconds: float | None
    is_extrapolated: bool
    ratio: float | None
    cpu_ratio: float | None
    peak_mb: float | None
    does: str
    stages: tuple[Mapping[str, Any], ...] = ()


def rows_of(size: int, medians: Mapping[str, Measured], peaks: Mapping[str, float], skipped: Mapping[str, str]) -> list[Row]:
    """The rows of one size; `medians` has the floor."""
    floor = medians[FLOOR]
    rows = []
    for subject, taken in medians.items():
        seconds, cpu_seconds = whole_work(taken)
        ratios = seconds / floor.seconds, cpu_seconds / floor.cpu_seconds
        does = str(taken.told.get("does", _DOES.get(subject, "")))
        laps = tuple(taken.told["stages"]) if subject == OURS else ()
        rows.append(Row(size, subject, seconds, "scaled" in taken.told, *ratios, peaks[subject], does, laps))
    rows += [Row(size, subject, None, False, None, None, None, f"skipped: {reason}") for subject, reason in skipped.items()]
    return rows


def whole_work(taken: Measured) -> tuple[float, float]:
    """Wall and processor time of all of the work: as measured, or with the lap of a sample times what the sample is a part of."""
    scaled = taken.told.get("scaled")
    if scaled is None:
        return taken.seconds, taken.cpu_seconds
    more = scaled["factor"] - 1
    lap = next(lap for lap in taken.told["stages"] if lap["stage"] == scaled["stage"])
    return taken.seconds + lap["seconds"] * more, taken.cpu_seconds + lap["cpu_seconds"] * more


def table_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Columns under their heads; ours is followed by its stages."""
    cells = [_HEADS, *(line for row in rows for line in _cells(row))]
    widths = [max(len(line[place]) for line in cells) for place in range(len(_HEADS))]
    for line in cells:
        numbers = "  ".join(cell.rjust(width) for cell, width in zip(line[2:-1], widths[2:-1], strict=True))
        yield f"{line[0]:<{widths[0]}}  {line[1]:<{widths[1]}}  {numbers}  {line[-1]}".rstrip()


def _cells(row: Row) -> Iterator[tuple[str, ...]]:
    if row.seconds is None:
        yield (str(row.size), row.subject, "-", "-", "-", "-", row.does)
        return
    seconds = f"{'~' if row.is_extrapolated else ''}{row.seconds:.2f}"
    yield (str(row.size), row.subject, seconds, f"{row.ratio:.2f}", f"{row.cpu_ratio:.2f}", f"{row.peak_mb:.0f}", row.does)
    if row.subject == OURS:
        for lap in row.stages:
            yield ("", f"  {lap['stage']}", f"{lap['seconds']:.2f}", "", "", f"{lap['peak_bytes'] / 1e6:.0f}", "")

"""Where people's statements about pairs of records are kept, and how they are read.

- `state/identity_decisions.csv`, which `cx-pipeline review` appends to and nothing ever rewrites. The latest decision on a
  pair counts; `undo` takes it back.
- The files `must_link` and `cannot_link` of the settings, kept by hand. They have no times, so a decision comes before them.
"""

from __future__ import annotations

import csv
import fcntl
import io
import os
import re
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from cx_pipeline.disk import write_whole
from cx_pipeline.errors import ConfigError
from cx_pipeline.extract.delivery import printable
from cx_pipeline.identity.overrides import Overrides, Statement, settle
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.sources.catalogue import exports

SAME, DIFFERENT, UNDO = "same", "different", "undo"
DECISIONS = (SAME, DIFFERENT, UNDO)
_COLUMNS = ("at", "left", "right", "decision", "who", "note")
_KEY = re.compile(r"([a-z0-9_]+\.[A-Za-z0-9_-]+):.+", re.DOTALL)
_SHOWN_PROBLEMS = 10


class Decision(NamedTuple):
    """What somebody decided about a pair, `left` the smaller key; `at` is UTC."""

    at: datetime
    left: str
    right: str
    decision: str
    who: str
    note: str


def file(layout: Layout) -> Path:
    return layout.state / "identity_decisions.csv"


def load(layout: Layout, settings: Settings) -> Overrides:
    """Everything that was stated, contradictions settled.

    Raises:
        ConfigError: a file is missing or has lines that cannot be read; all are named by line and column, none is shown.
    """
    latest = {(made.left, made.right): (number, made.decision) for number, made in enumerate(decisions(layout))}
    newest_first = sorted(latest.items(), key=lambda item: item[1][0], reverse=True)
    decided = [Statement(*pair, "a decision") for pair, (_, what) in newest_first if what == SAME]
    different = {pair for pair, (_, what) in latest.items() if what == DIFFERENT}
    limits = settings.identity
    listed = [Statement(*pair, "must_link") for pair in sorted(_pairs(limits.must_link, "identity.must_link", _pair_problems))]
    return settle([*decided, *listed], different | _pairs(limits.cannot_link, "identity.cannot_link", _pair_problems))


def decisions(layout: Layout) -> list[Decision]:
    """Every decision ever made, oldest first; none before the first.

    Raises:
        ConfigError: lines that cannot be read.
    """
    path = file(layout)
    if not path.exists():
        return []
    lines = list(_rows(path, _COLUMNS))
    problems = [problem for number, row in lines for problem in _decision_problems(number, row)]
    _refuse(path.name, problems)
    return [
        Decision(datetime.fromisoformat(row["at"]), *_ordered(row), row["decision"], row["who"], row["note"]) for _, row in lines
    ]


def decide(layout: Layout, made: Decision) -> None:
    """Append a decision; it is on disk when this returns. The file is its owner's alone.

    Raises:
        ConfigError: the pair or the word is none.
    """
    row = dict(zip(_COLUMNS, (made.at.isoformat(), *made[1:]), strict=True))
    problems = [column for _, column, _ in _decision_problems(0, row)]
    if problems:
        raise ConfigError(
            "this cannot be decided", where=", ".join(problems), expected=f"two record keys and one of {', '.join(DECISIONS)}"
        )
    left, right = _ordered(row)
    cells = (row["at"], left, right, made.decision, printable(made.who), printable(made.note))
    descriptor = os.open(file(layout), os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        # A line that a dying process left unfinished must not swallow this one.
        unfinished = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        write_whole(descriptor, b"\n" * unfinished + (b"" if size else _line(_COLUMNS)) + _line(cells))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _line(cells: Collection[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


Problem = tuple[int, str, str]
Problems = Callable[[int, dict[str, str]], Iterator[Problem]]


def listed_pairs(path: Path | None, name: str) -> set[tuple[str, str]]:
    """Pairs of records of a table of one's own, the smaller one first; none where no file is named.

    Args:
        path: CSV with the columns `left` and `right`; others are for people.
        name: what names the file, for error messages.

    Raises:
        ConfigError: the file is missing or has lines that cannot be read.
    """
    return _pairs(path, name, _own_problems)


def _own_problems(number: int, row: dict[str, str]) -> Iterator[Problem]:
    for column in ("left", "right"):
        if not row[column]:
            yield number, column, "a record_id"
    if row["left"] == row["right"]:
        yield number, "right", "another record than left"


def _pairs(path: Path | None, setting: str, problems_of: Problems) -> set[tuple[str, str]]:
    if path is None:
        return set()
    if not path.is_file():
        raise ConfigError(f"the file of {setting} does not exist", where=path.name, next_step=f"correct {setting}")
    lines = list(_rows(path, ("left", "right")))
    _refuse(path.name, [problem for number, row in lines for problem in problems_of(number, row)])
    return {_ordered(row) for _, row in lines}


def _ordered(row: dict[str, str]) -> tuple[str, str]:
    return min(row["left"], row["right"]), max(row["left"], row["right"])


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and the named cells of each line that is not blank; other columns are for people."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle, strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            missing = [name for name in columns if name not in header]
            if missing:
                raise ConfigError("a file of pairs lacks columns", where=f"{path.name}, line 1", expected=", ".join(columns))
            places = {name: header.index(name) for name in columns}
            end = reader.line_num
            for cells in reader:
                number, end = end + 1, reader.line_num  # a cell may hold line ends: a record begins where the last one ended
                if any(cell.strip() for cell in cells):
                    yield number, {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
    except (csv.Error, UnicodeDecodeError):
        raise ConfigError("a file of pairs is no CSV in UTF-8", where=path.name, expected=", ".join(columns)) from None


def _pair_problems(number: int, row: dict[str, str]) -> Iterator[Problem]:
    for column in ("left", "right"):
        found = _KEY.fullmatch(row[column])
        if found is None:
            yield number, column, "a record key such as zendesk.users:123"
        elif found[1] not in exports():
            yield number, column, "an export that there is"
    if row["left"] == row["right"]:
        yield number, "right", "another record than left"


def _decision_problems(number: int, row: dict[str, str]) -> Iterator[Problem]:
    yield from _pair_problems(number, row)
    if row["decision"] not in DECISIONS:
        yield number, "decision", f"one of {', '.join(DECISIONS)}"
    try:
        datetime.fromisoformat(row["at"])
    except ValueError:
        yield number, "at", "a time such as 2026-11-02T09:30:00"


def _refuse(name: str, problems: list[Problem]) -> None:
    if not problems:
        return
    told = [f"line {number}, column {column}: expected {expected}" for number, column, expected in problems[:_SHOWN_PROBLEMS]]
    more = len(problems) - _SHOWN_PROBLEMS
    raise ConfigError(
        f"{len(problems)} cells of a file of pairs cannot be used: {'; '.join(told)}{f'; and {more} more' if more > 0 else ''}",
        where=name,
        happened="nothing was read or written",
        next_step="correct the lines, or take them out",
    )

"""Which files were delivered: `<raw>/<YYYY-MM-DD>/<source>/<file>`.

Names come from outside: they may hold anything a file system allows, and are never printed but through `printable`.
"""

from __future__ import annotations

import os
import re
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from cx_pipeline.errors import EnvironmentProblem

ENDINGS = (".csv", ".tsv", ".txt", ".json", ".ndjson", ".jsonl", ".parquet")
WRAPPINGS = (".gz", ".zst", ".zip")
DONE = ".done"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TEMPORARY = re.compile(r"^[.~]|~$|\.(?:tmp|temp|part|partial|crdownload|swp|filepart|lock)$", re.IGNORECASE)
_CALM_SECONDS = 2.0


class Skip(StrEnum):
    """Why something below the raw folder is not taken in."""

    NOT_A_DATE = "folder name is not a date"
    NOT_A_FOLDER = "not a folder"
    UNKNOWN_ENDING = "unknown ending"
    TEMPORARY = "hidden or temporary name"
    DIRECTORY = "directory inside a source folder"
    OUTSIDE = "link leads outside the raw folder"
    NOT_A_FILE = "not a regular file"
    UNREADABLE = "cannot be looked at"
    GROWING = "growing"
    EMPTY = "empty"


@dataclass(frozen=True)
class DeliveryFile:
    """One delivered file.

    Attributes:
        date: night it was delivered.
        source: folder of the vendor.
        path: where it is.
        relative: the same below the raw folder, with `/`; data, not for printing.
        size: bytes as stored.
        mtime_ns: last change, nanoseconds since 1970.
    """

    date: date
    source: str
    path: Path
    relative: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Skipped:
    """Something that is not taken in, and why."""

    relative: str
    reason: Skip


@dataclass(frozen=True)
class Discovery:
    """Delivered files by date, source and name, and what was passed over; both in the same order on every machine."""

    files: tuple[DeliveryFile, ...]
    skipped: tuple[Skipped, ...]


def discover(raw: Path) -> Discovery:
    """Walk the raw folder. A folder that does not exist holds no deliveries; symbolic links may lead to places below it only.

    Raises:
        EnvironmentProblem: the raw folder itself cannot be listed.
    """
    files: list[DeliveryFile] = []
    skipped: list[Skipped] = []
    root = raw.resolve()
    for found in _walk(raw, root):
        if isinstance(found, DeliveryFile):
            files.append(found)
        else:
            skipped.append(found)
    files.sort(key=lambda file: (file.date, os.fsencode(file.relative)))
    skipped.sort(key=lambda item: os.fsencode(item.relative))
    return Discovery(tuple(files), tuple(skipped))


def _walk(raw: Path, root: Path) -> Iterator[DeliveryFile | Skipped]:
    nights = _entries(raw)
    if nights is None:
        raise EnvironmentProblem(
            "the folder of deliveries cannot be listed",
            where=printable(str(raw)),
            next_step="let the user of the pipeline read it",
        )
    for night in nights:
        day = _as_date(night.name)
        if day is None:
            yield Skipped(night.name, Skip.TEMPORARY if _TEMPORARY.search(night.name) else Skip.NOT_A_DATE)
            continue
        if (reason := _not_a_folder(night, root)) is not None:
            yield Skipped(night.name, reason)
            continue
        sources = _entries(Path(night.path))
        if sources is None:
            yield Skipped(night.name, Skip.UNREADABLE)
            continue
        for source in sources:
            relative = f"{night.name}/{source.name}"
            reason = Skip.TEMPORARY if _TEMPORARY.search(source.name) else _not_a_folder(source, root)
            if reason is not None:
                yield Skipped(relative, reason)
                continue
            yield from _files(source, day, relative, root)


def _entries(folder: Path) -> list[os.DirEntry[str]] | None:
    """What is in a folder: nothing where it is gone, None where we may not see it."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError:
        return None


def _as_date(name: str) -> date | None:
    if not _DATE.fullmatch(name) or not name.isascii():
        return None
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def _not_a_folder(entry: os.DirEntry[str], root: Path) -> Skip | None:
    if not _is_below(entry, root):
        return Skip.OUTSIDE
    return None if entry.is_dir() else Skip.NOT_A_FOLDER


def _is_below(entry: os.DirEntry[str], root: Path) -> bool:
    if not entry.is_symlink():
        return True
    try:
        return Path(entry.path).resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def _files(source: os.DirEntry[str], day: date, folder: str, root: Path) -> Iterator[DeliveryFile | Skipped]:
    entries = _entries(Path(source.path))
    if entries is None:
        yield Skipped(folder, Skip.UNREADABLE)
        return
    for entry in entries:
        relative = f"{folder}/{entry.name}"
        if entry.name.endswith(DONE):
            continue
        reason = _unfit(entry, root)
        if reason is not None:
            yield Skipped(relative, reason)
            continue
        try:
            seen = entry.stat()
        except OSError:
            yield Skipped(relative, Skip.UNREADABLE)
            continue
        yield DeliveryFile(day, source.name, Path(entry.path), relative, seen.st_size, seen.st_mtime_ns)


def _unfit(entry: os.DirEntry[str], root: Path) -> Skip | None:
    if _TEMPORARY.search(entry.name):
        return Skip.TEMPORARY
    if not _is_below(entry, root):
        return Skip.OUTSIDE
    if entry.is_dir():
        return Skip.DIRECTORY
    if not entry.is_file():
        return Skip.NOT_A_FILE
    return None if _is_known(entry.name) else Skip.UNKNOWN_ENDING


def _is_known(name: str) -> bool:
    """A known ending; a zip may carry its format inside."""
    stem, ending = os.path.splitext(name.lower())  # noqa: PTH122 - a name, not a path
    if ending in WRAPPINGS:
        inner = os.path.splitext(stem)[1]  # noqa: PTH122
        return inner in ENDINGS or ending == ".zip"
    return ending in ENDINGS


def settle(files: Iterable[DeliveryFile], pause_seconds: float = 1.0) -> tuple[tuple[DeliveryFile, ...], tuple[Skipped, ...]]:
    """Leave out files that are empty or still being written.

    A file is whole when a marker `<name>.done` lies beside it, when its last change is older than two seconds, or when size
    and time are the same before and after one short pause (one for all files together).

    Returns:
        Whole files in the order given, and the others with the reason.
    """
    looked = [(file, _look(file.path)) for file in files]
    young = {file.path for file, seen in looked if seen is not None and not _is_calm(file, seen)}
    if young:
        time.sleep(pause_seconds)
    whole: list[DeliveryFile] = []
    skipped: list[Skipped] = []
    for file, before in looked:
        after = _look(file.path) if file.path in young else before
        if before is None or after is None:
            skipped.append(Skipped(file.relative, Skip.UNREADABLE))
        elif not is_stable(file, before, after):
            skipped.append(Skipped(file.relative, Skip.GROWING))
        elif after.st_size == 0:
            skipped.append(Skipped(file.relative, Skip.EMPTY))
        else:
            whole.append(file)
    return tuple(whole), tuple(skipped)


def _look(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _is_calm(file: DeliveryFile, seen: os.stat_result) -> bool:
    # A name may be too long to have a marker beside it.
    has_marker = _look(file.path.with_name(file.path.name + DONE)) is not None
    return has_marker or abs(time.time() - seen.st_mtime) > _CALM_SECONDS


def is_stable(file: DeliveryFile, *looks: os.stat_result) -> bool:
    """True when size and time of all looks are those at discovery."""
    return all((seen.st_size, seen.st_mtime_ns) == (file.size, file.mtime_ns) for seen in looks)


def printable(name: str, most: int = 120) -> str:
    """A name on one line for logs and reports: control, invisible and undecodable characters as escapes, long ones shortened."""
    shown = "".join(_shown(character) for character in name)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def _shown(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if unicodedata.category(character)[0] in "CZ" and character != " ":
        code = ord(character)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character


def by_night(files: Iterable[DeliveryFile]) -> Mapping[date, tuple[DeliveryFile, ...]]:
    """Files by the night they were delivered, in order."""
    nights: dict[date, list[DeliveryFile]] = {}
    for file in files:
        nights.setdefault(file.date, []).append(file)
    return {night: tuple(nights[night]) for night in sorted(nights)}

"""The audit log: who changed what may not be changed unseen. One JSON line an act, each chained to the one before by a hash.

`state/audit.ndjson` is only ever appended to. A line that is changed, left out or put in between breaks the chain from there on;
that the end was cut off shows in `state/audit.head`, which names the last line. Lines hold no personal values: callers pass
counts, names of versions, digests.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cx_pipeline.disk import write_whole
from cx_pipeline.layout import Layout

FIRST = "0" * 64
_OWNERS = 0o600


class Act(NamedTuple):
    """One line: `hash` covers the other fields, `before` is the hash of the line before."""

    number: int
    at: str
    who: str
    action: str
    detail: Mapping[str, object]
    before: str
    hash: str


class Verdict(NamedTuple):
    """Whether the log is whole: lines read, and what is wrong with it, as line and reason."""

    lines: int
    problems: list[tuple[int, str]]


def file(layout: Layout) -> Path:
    return layout.state / "audit.ndjson"


def _head(layout: Layout) -> Path:
    return layout.state / "audit.head"


def append(layout: Layout, action: str, detail: Mapping[str, object], who: str | None = None) -> Act:
    """Add a line; it is on disk when this returns.

    Args:
        layout: of the data folder.
        action: what was done, such as `rollback`.
        detail: what of, as JSON; no personal values.
        who: the user of the system where None.
    """
    layout.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file(layout), os.O_RDWR | os.O_CREAT | os.O_APPEND, _OWNERS)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        last, is_finished = _last(descriptor)
        act = _chained(last, action, dict(detail), who or user())
        # A line that a dying process left unfinished must not swallow this one; it stays, and `verify` names it.
        write_whole(descriptor, (b"" if is_finished else b"\n") + _line(act))
        os.fsync(descriptor)
        _write_head(layout, act)
    finally:
        os.close(descriptor)
    return act


def acts(layout: Layout) -> list[Act]:
    """Every readable line, oldest first."""
    return [act for _, act in _read(layout) if act is not None]


def verify(layout: Layout) -> Verdict:
    """Check the chain from the first line to the last."""
    problems: list[tuple[int, str]] = []
    before, number, lines = FIRST, 0, 0
    for lines, act in _read(layout):  # the number of the last one is used
        if act is None:
            problems.append((lines, "the line cannot be read"))
            continue
        if act.hash != _digest(act):
            problems.append((lines, "the line was changed"))
        if act.before != before or act.number != number + 1:
            problems.append((lines, "the line does not follow the one before it"))
        before, number = act.hash, act.number
    told = _head(layout).read_text(encoding="ascii").strip() if _head(layout).exists() else f"0 {FIRST}"
    # A process that died between the line and its head leaves a head that is one line behind.
    if told not in {f"{number} {before}", *_heads_before(layout)}:
        problems.append((lines, "the end of the log is missing"))
    return Verdict(lines, problems)


def user() -> str:
    """The user of the system; its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _heads_before(layout: Layout) -> list[str]:
    known = acts(layout)
    return [f"{act.number} {act.hash}" for act in known[-2:-1]] or ([f"0 {FIRST}"] if len(known) == 1 else [])


def _chained(last: Act | None, action: str, detail: Mapping[str, object], who: str) -> Act:
    number, before = (last.number + 1, last.hash) if last is not None else (1, FIRST)
    bare = Act(number, datetime.now(UTC).isoformat(timespec="seconds"), who, action, detail, before, "")
    return bare._replace(hash=_digest(bare))


def _digest(act: Act) -> str:
    told = json.dumps(act._replace(hash="")._asdict(), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def _line(act: Act) -> bytes:
    return json.dumps(act._asdict(), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _last(descriptor: int) -> tuple[Act | None, bool]:
    """The last readable line, and whether the file ends with a line end."""
    data = b""
    at = os.fstat(descriptor).st_size
    is_finished = at == 0 or os.pread(descriptor, 1, at - 1) == b"\n"
    while at > 0:
        step = min(at, 1 << 16)
        at -= step
        data = os.pread(descriptor, step, at) + data
        whole = data.split(b"\n") if at == 0 else data.split(b"\n")[1:]
        for line in reversed(whole):
            act = _parsed(line)
            if act is not None:
                return act, is_finished
    return None, is_finished


def _parsed(line: bytes) -> Act | None:
    try:
        read = json.loads(line)
        return Act(**read)
    except (ValueError, TypeError):
        return None


def _read(layout: Layout) -> list[tuple[int, Act | None]]:
    if not file(layout).exists():
        return []
    lines = file(layout).read_bytes().split(b"\n")
    return [(number, _parsed(line)) for number, line in enumerate(lines, 1) if line]


def _write_head(layout: Layout, act: Act) -> None:
    path = _head(layout)
    aside = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNERS)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(f"{act.number} {act.hash}\n")
        handle.flush()
        os.fsync(handle.fileno())
    aside.replace(path)

"""A write that takes less than it was given is gone on with, wherever something is appended to a file that is kept."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cx_pipeline import audit_log
from cx_pipeline.disk import put_whole, write_whole
from cx_pipeline.identity import decisions
from cx_pipeline.layout import Layout
from cx_pipeline.stages.forgetting.suppressed import EMAIL, Seeds, Suppressed
from cx_pipeline.vulnerability import reviews

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
Append = Callable[[Layout], object]


def _decide(layout: Layout) -> None:
    decisions.decide(layout, decisions.Decision(AT, "zendesk.users:1", "zendesk.users:2", "same", "ann", "a note"))


def _review(layout: Layout) -> None:
    reviews.keep(
        layout, reviews.Review(AT, "messages", "zendesk.comments:1", "health", "rule", reviews.CONFIRMED, "ann", "a note")
    )


APPENDS = {
    "audit.ndjson": lambda layout: audit_log.append(layout, "rollback", {"version": "v1"}, who="ann"),
    "identity_decisions.csv": _decide,
    "suppressed": lambda layout: Suppressed(layout).add(Seeds({EMAIL: {"ann@example.org"}})),
    "vulnerability_reviews.ndjson": _review,
}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "data")
    made.prepare()
    return made


def _takes(monkeypatch: pytest.MonkeyPatch, most: int, room: int) -> None:
    """A disk that takes some bytes a call, and only so many."""
    write, taken = os.write, 0

    def short(descriptor: int, data: bytes) -> int:
        nonlocal taken
        if taken >= room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = write(descriptor, bytes(data)[: min(most, room - taken)])
        taken += count
        return count

    monkeypatch.setattr(os, "write", short)


@pytest.mark.parametrize("name", APPENDS)
def test_all_of_it_is_written(layout: Layout, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    append: Append = APPENDS[name]
    append(layout)
    whole = len((layout.state / name).read_bytes())
    (layout.state / name).unlink()
    with monkeypatch.context() as patched:
        _takes(patched, 5, 1 << 20)
        append(layout)
    assert len((layout.state / name).read_bytes()) == whole


@pytest.mark.parametrize("name", APPENDS)
def test_a_part_is_not_taken_for_the_whole(layout: Layout, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    append: Append = APPENDS[name]
    Suppressed(layout)  # makes its key
    _takes(monkeypatch, 50, 20)
    with pytest.raises(OSError, match="No space left"):
        append(layout)


def test_nothing_is_written_of_nothing(tmp_path: Path) -> None:
    with (tmp_path / "empty").open("wb") as handle:
        write_whole(handle.fileno(), b"")
    assert (tmp_path / "empty").read_bytes() == b""


class _Nearly(io.BytesIO):
    """Takes three bytes a call, and ten in all."""

    def write(self, data: object, /) -> int:
        left = 10 - len(self.getvalue())
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(bytes(data)[: min(3, left)])  # type: ignore[call-overload]


def test_a_file_takes_all_or_says_why_not() -> None:
    file = _Nearly()
    put_whole(file, b"12345678")
    assert file.getvalue() == b"12345678"
    with pytest.raises(OSError, match="No space left"):
        put_whole(file, b"901")

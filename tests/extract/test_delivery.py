from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.extract import delivery
from cx_pipeline.extract.delivery import Skip, discover, printable, settle


def put(root: Path, relative: str, data: bytes = b"a,b\n1,2\n", age: float = 60.0) -> Path:
    path = root / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def test_files_are_found_in_order(tmp_path: Path) -> None:
    for name in ("2024-05-02/zendesk/tickets.json", "2024-05-01/zendesk/users_2.csv.gz", "2024-05-01/salesforce/Case.csv"):
        put(tmp_path, name)
    found = discover(tmp_path)
    assert [file.relative for file in found.files] == [
        "2024-05-01/salesforce/Case.csv",
        "2024-05-01/zendesk/users_2.csv.gz",
        "2024-05-02/zendesk/tickets.json",
    ]
    assert found.files[0].date == date(2024, 5, 1)
    assert found.files[0].source == "salesforce"
    assert found.files[0].size == 8
    assert found.skipped == ()
    assert list(delivery.by_night(found.files)) == [date(2024, 5, 1), date(2024, 5, 2)]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("2024-5-1/zendesk/a.csv", Skip.NOT_A_DATE),
        ("2024-02-30/zendesk/a.csv", Skip.NOT_A_DATE),
        ("2024-05-01/a.csv", Skip.NOT_A_FOLDER),
        ("2024-05-01/zendesk/a.xlsx", Skip.UNKNOWN_ENDING),
        ("2024-05-01/zendesk/a.csv.bz2", Skip.UNKNOWN_ENDING),
        ("2024-05-01/zendesk/.a.csv", Skip.TEMPORARY),
        ("2024-05-01/zendesk/a.csv.part", Skip.TEMPORARY),
        ("2024-05-01/zendesk/inner/a.csv", Skip.DIRECTORY),
        ("2024-05-01/.hidden/a.csv", Skip.TEMPORARY),
    ],
)
def test_what_is_passed_over_has_a_reason(tmp_path: Path, name: str, reason: Skip) -> None:
    put(tmp_path, name)
    found = discover(tmp_path)
    assert found.files == ()
    assert [item.reason for item in found.skipped] == [reason]


def test_links_that_leave_the_raw_folder_are_not_followed(tmp_path: Path) -> None:
    outside = put(tmp_path, "elsewhere/secret.csv")
    raw = tmp_path / "raw"
    inside = put(raw, "2024-05-01/zendesk/real.csv")
    (raw / "2024-05-01/zendesk/link.csv").symlink_to(outside)
    (raw / "2024-05-01/zendesk/alias.csv").symlink_to(inside)
    (raw / "2024-05-01/zendesk/broken.csv").symlink_to(raw / "nowhere.csv")
    (raw / "2024-05-02").symlink_to(tmp_path / "elsewhere")
    found = discover(raw)
    assert [file.path.name for file in found.files] == ["alias.csv", "real.csv"]
    assert {(item.relative, item.reason) for item in found.skipped} == {
        ("2024-05-01/zendesk/link.csv", Skip.OUTSIDE),
        ("2024-05-01/zendesk/broken.csv", Skip.OUTSIDE),
        ("2024-05-02", Skip.OUTSIDE),
    }


def test_special_files_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "2024-05-01/zendesk/a.csv")
    os.mkfifo(tmp_path / "2024-05-01/zendesk/pipe.csv")
    assert [item.reason for item in discover(tmp_path).skipped] == [Skip.NOT_A_FILE]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb\x1b[31m.csv", "a\\x0ab\\x1b[31m.csv"),
        ("-rf ..%2e.csv", "-rf ..%2e.csv"),
        ("x\u202ecsv.exe.csv", "x\\u202ecsv.exe.csv"),
        ("e\u0301\u200b.csv", "e\u0301\\u200b.csv"),
        ("back\\slash\u2028.csv", "back\\\\slash\\u2028.csv"),
        ("n" * 251 + ".csv", "n" * 119 + "…"),
    ],
)
def test_hostile_names_are_data(tmp_path: Path, name: str, shown: str) -> None:
    put(tmp_path, f"2024-05-01/zendesk/{name}")
    (file,) = discover(tmp_path).files
    assert file.path.read_bytes() == b"a,b\n1,2\n"
    assert printable(file.path.name) == shown


def test_names_that_are_no_text_are_data(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.csv")
    put(tmp_path, f"2024-05-01/zendesk/{name}")
    (file,) = discover(tmp_path).files
    assert printable(file.path.name) == "caf\\udce9.csv"
    printable(file.relative).encode()


def test_a_missing_folder_holds_nothing(tmp_path: Path) -> None:
    assert discover(tmp_path / "none") == delivery.Discovery((), ())


def closed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A folder that the system does not let us list, whoever runs the tests."""
    listed = os.scandir

    def scandir(path: Path) -> Any:
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)


@pytest.mark.parametrize("name", ["2024-05-01", "2024-05-01/zendesk"])
def test_a_folder_that_cannot_be_listed_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    put(tmp_path, "2024-05-01/zendesk/a.csv")
    put(tmp_path, "2024-05-02/zendesk/b.csv")
    closed(monkeypatch, tmp_path / name)
    found = discover(tmp_path)
    assert [file.path.name for file in found.files] == ["b.csv"]
    assert [(item.relative, item.reason) for item in found.skipped] == [(name, Skip.UNREADABLE)]


def test_a_raw_folder_that_cannot_be_listed_is_no_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed(monkeypatch, tmp_path)
    with pytest.raises(EnvironmentProblem, match="cannot be listed"):
        discover(tmp_path)


@pytest.mark.parametrize("length", [250, 251, 255])
def test_a_name_too_long_for_a_marker_is_a_name(tmp_path: Path, length: int) -> None:
    put(tmp_path, f"2024-05-01/zendesk/{'n' * (length - 4)}.csv")
    whole, skipped = settle(discover(tmp_path).files)
    assert (len(whole), skipped) == (1, ())


def test_old_files_are_taken_without_a_pause(tmp_path: Path) -> None:
    put(tmp_path, "2024-05-01/zendesk/a.csv")
    put(tmp_path, "2024-05-01/zendesk/empty.csv", b"")
    started = time.monotonic()
    whole, skipped = settle(discover(tmp_path).files, pause_seconds=5)
    assert time.monotonic() - started < 1
    assert [file.path.name for file in whole] == ["a.csv"]
    assert [(item.relative, item.reason) for item in skipped] == [("2024-05-01/zendesk/empty.csv", Skip.EMPTY)]


def test_a_young_file_that_stays_the_same_is_taken(tmp_path: Path) -> None:
    put(tmp_path, "2024-05-01/zendesk/a.csv", age=0)
    whole, skipped = settle(discover(tmp_path).files, pause_seconds=0.01)
    assert (len(whole), skipped) == (1, ())


def test_a_growing_file_is_left_for_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "2024-05-01/zendesk/a.csv", age=0)
    files = discover(tmp_path).files
    monkeypatch.setattr(time, "sleep", lambda _: path.write_bytes(b"a,b\n1,2\n3,4\n"))
    whole, skipped = settle(files)
    assert whole == ()
    assert [item.reason for item in skipped] == [Skip.GROWING]


def test_a_marker_says_that_a_file_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "2024-05-01/zendesk/a.csv", age=0)
    put(tmp_path, "2024-05-01/zendesk/a.csv.done", b"", age=0)
    found = discover(tmp_path)
    assert (len(found.files), found.skipped) == (1, ())
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("no pause is needed"))
    assert len(settle(found.files)[0]) == 1

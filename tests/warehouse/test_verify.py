from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from cx_pipeline.errors import CxError, DataError, EnvironmentProblem, InternalError
from cx_pipeline.warehouse.content_hash import content_hashes
from cx_pipeline.warehouse.verify import verify, verify_and_hash
from tests.warehouse.tickets import Build


def test_a_whole_file_gives_its_rows(build: Build) -> None:
    built = build("run1", rows=1000)
    before = built.path.read_bytes()
    assert verify(built.path, built.rows) == {"main.tickets": 1000, "marts.tickets_per_day": 1}
    assert built.path.read_bytes() == before


def test_a_file_that_is_read_once_for_both_gives_its_rows_and_hashes(build: Build) -> None:
    built = build("run1", rows=1000)
    assert verify_and_hash(built.path, built.rows) == (verify(built.path), content_hashes(built.path))


@pytest.mark.parametrize("read", [verify, verify_and_hash])
def test_flipped_bytes_in_the_data_are_found(build: Build, tmp_path: Path, read: Callable[[Path], object]) -> None:
    content = build("run1", rows=200_000).path.read_bytes()
    chance = random.Random(7)
    blocks = len(content) // 262_144
    assert blocks >= 4
    refused = []
    for _ in range(8):
        damaged = bytearray(content)
        # After the three headers; every block but the free ones is covered by a checksum.
        at = 12_288 + 262_144 * chance.randrange(blocks) + chance.randrange(8, 4_000)
        for offset in range(8):
            damaged[min(at + offset, len(damaged) - 1)] ^= 0xFF
        path = tmp_path / "damaged.duckdb"
        path.write_bytes(bytes(damaged))
        try:
            read(path)
        except CxError as error:
            refused.append(type(error))
    assert len(refused) == 8
    assert DataError in refused


def test_the_message_names_the_table(build: Build, tmp_path: Path) -> None:
    content = bytearray(build("run1", rows=200_000).path.read_bytes())
    content[12_288 + 262_144 + 5_000] ^= 0xFF
    path = tmp_path / "damaged.duckdb"
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match=r"damaged\.duckdb, main\.tickets"):
        verify(path)


@pytest.mark.parametrize("content", [b"", b"no database", b"\0" * 20_000])
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.duckdb"
    path.write_bytes(content)
    with pytest.raises(EnvironmentProblem):
        verify(path)
    assert path.read_bytes() == content


def test_a_missing_file_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem):
        verify(tmp_path / "x.duckdb")
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_a_log_beside_it_is_not_whole(build: Build) -> None:
    path = build("run1").path
    path.with_name(f"{path.name}.wal").write_bytes(b"")
    with pytest.raises(InternalError, match="write-ahead log"):
        verify(path)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"main.tickets": 11, "marts.tickets_per_day": 1}, r"main\.tickets 10 for 11"),
        ({"main.tickets": 10}, r"marts\.tickets_per_day 1 for none"),
        ({"main.tickets": 10, "marts.tickets_per_day": 1, "main.gone": 3}, r"main\.gone missing for 3"),
    ],
)
def test_other_rows_than_written_are_refused(build: Build, expected: dict[str, int], message: str) -> None:
    with pytest.raises(InternalError, match=message):
        verify(build("run1").path, expected)
    with pytest.raises(InternalError, match=message):
        verify_and_hash(build("run2").path, expected)

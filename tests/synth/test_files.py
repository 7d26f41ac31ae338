from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.synth.encode import BAD_BYTE
from cx_pipeline.synth.files import glued, unpacked, write


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst", ".zip"])
def test_the_same_records_give_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    chunks = [b"one\n", "zwei · drei\n".encode()] * 50
    first, second = tmp_path / f"a/x.ndjson{suffix}", tmp_path / f"b/x.ndjson{suffix}"
    write(first, chunks)
    os.utime(first, (0, 0))
    write(second, chunks)
    assert first.read_bytes() == second.read_bytes()
    assert unpacked(first) == b"".join(chunks)


def test_a_bad_byte_is_written_as_one(tmp_path: Path) -> None:
    write(tmp_path / "x.csv", [f"a{BAD_BYTE}b".encode()])
    assert (tmp_path / "x.csv").read_bytes() == b"a\xffb"


def test_glue_takes_slices_and_empty_columns() -> None:
    texts = pl.Series(["a", "ß", "a much longer text than twelve bytes", ""])
    assert glued(texts[1:3], "\n") == "ß\na much longer text than twelve bytes\n".encode()
    assert glued(texts.gather([2, 0, 0]), ",") == b"a much longer text than twelve bytes,a,a,"
    assert glued(texts.clear(), ",") == b""

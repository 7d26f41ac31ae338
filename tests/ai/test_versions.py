from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.ai.meanings import CHUNKS, CONVERSATIONS, METADATA
from cx_pipeline.ai.versions import RECORDS, changes, following, versions


def _records(file: str = CONVERSATIONS, **digests: str) -> pl.DataFrame:
    rows = [(file, name, sha256(name.encode()).hexdigest(), digest, "said", "placed") for name, digest in digests.items()]
    return pl.DataFrame(rows, schema=RECORDS, orient="row")


def _reasons(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"conversation_id": pl.String, "output": pl.String, "reason": pl.String}, orient="row")


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (_records(a="1"), _records(a="1"), None),
        (_records(a="1"), _records(a="1", b="1"), "1.3.0"),
        (_records(a="1"), _records(a="2"), "2.0.0"),
        (_records(a="1", b="1"), _records(a="1"), "2.0.0"),
        (_records(a="1"), _records(b="1"), "2.0.0"),
    ],
)
def test_what_changed_decides_on_the_number(before: pl.DataFrame, now: pl.DataFrame, expected: str | None) -> None:
    assert following("1.2.3", changes(before, now, _reasons())) == expected


def test_the_first_version_and_other_files() -> None:
    nothing = changes(_records(), _records(), _reasons())
    assert following(None, nothing) == "1.0.0"
    assert following("1.2.3", nothing, other_files_differ=True) == "1.3.0"


@pytest.mark.parametrize(
    ("file", "output", "reason", "expected"),
    [
        (CONVERSATIONS, "conversations", "withdrawn", "withdrawn"),
        (CHUNKS, "retrieval", "denied", "denied"),
        (METADATA, "finetune", "bad_survey", "bad_survey"),
        (METADATA, "conversations", "withdrawn", "withdrawn"),
        (CHUNKS, "conversations", "withdrawn", "no_longer_published"),
    ],
)
def test_what_is_gone_has_its_reason(file: str, output: str, reason: str, expected: str) -> None:
    told = changes(_records(file, a="1", b="1"), _records(file, b="1"), _reasons(("a", output, reason)))
    assert told.rows() == [(file, "removed", expected, 1)]


@pytest.mark.parametrize(
    ("said", "placed", "expected"),
    [("other", "other", "other_words"), ("said", "other", "other_split"), ("said", "placed", "other_facts")],
)
def test_what_reads_otherwise_has_its_reason(said: str, placed: str, expected: str) -> None:
    now = _records(a="2").with_columns(pl.lit(said).alias("said"), pl.lit(placed).alias("placed"))
    assert changes(_records(a="1"), now, _reasons()).rows() == [(CONVERSATIONS, "edited", expected, 1)]


def test_a_chunk_that_another_one_of_its_conversation_stands_in_for_is_replaced() -> None:
    old, new = _records(CHUNKS, a="1"), _records(CHUNKS, b="1").with_columns(pl.lit(sha256(b"a").hexdigest()).alias("origin"))
    assert changes(old, new, _reasons()).rows() == [(CHUNKS, "added", "", 1), (CHUNKS, "removed", "replaced", 1)]


def test_versions_are_ordered_as_numbers(tmp_path: Path) -> None:
    for name in ("1.9.0", "1.10.0", "history", "2.0.0", ".next.12.tmp"):
        (tmp_path / name).mkdir()
    assert versions(tmp_path) == ["2.0.0", "1.10.0", "1.9.0"]
    assert versions(tmp_path / "none") == []

"""The benchmark of near-duplicates measures what it says it does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.near import main
from bench.near_work import texts
from cx_pipeline.ai.near import near_pairs


def test_a_line_and_a_file_tell_of_every_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["2000", "--repeat", "1", "--results", str(tmp_path)])
    title, line, _ = capsys.readouterr().out.splitlines()
    told = dict(zip(title.removeprefix("# ").split(), line.split(), strict=True))
    assert (told["texts"], told["precision"], told["recall"]) == ("2000", "1.0000", "1.0000")
    [kept] = tmp_path.glob("near-*.json")
    [result] = json.loads(kept.read_text())["results"]
    assert result["texts_a_second"] > 0
    assert result["pairs"] == int(told["pairs"]) > 100


def test_its_truth_is_of_texts_that_differ() -> None:
    given, true = texts(3_000, 5)
    assert len(given) == 3_000
    assert all(given[left] != given[right] for left, right in true)
    assert {(left, right) for left, right, _ in near_pairs(given).pairs.iter_rows()} == true

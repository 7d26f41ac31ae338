"""The measurement of identity: a line a size and share, kept as JSON, judged by the truth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.identity import main


@pytest.mark.slow
def test_every_share_is_a_line_and_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["600", "--seed", "5", "--results", str(tmp_path)])
    title, *lines, last = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["600", "0.02"], ["600", "0.3"]]
    assert {len(line.split()) for line in lines} == {len(title.split()) - 1}
    kept = json.loads(Path(last.removeprefix("results: ")).read_text(encoding="utf-8"))["results"]
    for taken in kept:
        assert taken["records"] == 600
        assert 0 < taken["rules"]["pairs"]["f1"] < taken["ours"]["pairs"]["f1"] <= 1
        assert taken["stages"][0]["cpu_seconds"] > 0

"""The measurement of the marts: a line a mart, the sum of them, kept as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.marts import main
from cx_pipeline.marts.catalogue import marts


@pytest.mark.slow
def test_every_mart_is_a_line_and_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["1200", "--customers", "60", "--seed", "5", "--work", str(tmp_path / "work"), "--results", str(tmp_path)])
    title, *lines, total, last = capsys.readouterr().out.splitlines()
    assert title == "# wall_s cpu_s peak_mb mart"
    assert [line.split()[3] for line in lines] == ["marts.sentiment", *(f"marts.{name}" for name in marts())]
    [taken] = json.loads(Path(last.removeprefix("results: ")).read_text(encoding="utf-8"))["results"]
    assert taken["size"] == 1200
    assert 900 < taken["interactions"] < 1500
    assert total.endswith(f"all marts over {taken['interactions']} interactions")
    assert float(total.split()[1]) == pytest.approx(sum(float(line.split()[1]) for line in lines[1:]), abs=0.2)

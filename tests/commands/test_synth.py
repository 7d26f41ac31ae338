"""`cx-pipeline synth`: what it says, and what it refuses."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from cx_pipeline.cli import app
from cx_pipeline.errors import ConfigError
from cx_pipeline.synth.vendors import writers

SOURCES = ["amazon_connect", "qualtrics", "salesforce", "zendesk"]
ARGUMENTS = ["--customers", "12", "--nights", "1", "--seed", "3"]


def test_it_says_what_was_written_and_where_the_truth_is(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["synth", *ARGUMENTS, "--out", str(tmp_path / "world")])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert {"salesforce", "shopify", "zendesk"} < set(writers())
    assert [line.partition(":")[0] for line in lines] == [*writers(), "what is true of them"]
    assert lines[-1].endswith(str(tmp_path / "world" / "truth"))
    assert (tmp_path / "world" / "truth" / "counts.json").is_file()
    written = sum(1 for path in (tmp_path / "world").glob("2*/zendesk/*"))
    assert f"records in {written} files," in lines[-2]


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    result = CliRunner().invoke(app, ["synth", *ARGUMENTS, "--out", str(tmp_path)])
    assert isinstance(result.exception, ConfigError)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]

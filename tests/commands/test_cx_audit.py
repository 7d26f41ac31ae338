"""The page of what is published is written where it says, and again as often as wanted."""

from __future__ import annotations

from pathlib import Path

from tests.commands.conftest import Cli
from tests.stages.pipeline import Pipeline


def test_the_page_is_written(cli: Cli, published: Pipeline) -> None:
    said = cli("audit", "--data-dir", published.data)
    assert said.code == 0, said.err
    page = published.layout.reports / "cx_audit.html"
    assert said.out.strip() == str(page)
    first = page.read_bytes()
    assert cli("audit", "--data-dir", published.data, "--json").json == {"page": str(page), "size_bytes": len(first)}
    assert page.read_bytes() == first
    assert page.stat().st_mode & 0o077 == 0


def test_without_a_published_file_there_is_no_page(cli: Cli, tmp_path: Path) -> None:
    said = cli("audit", "--data-dir", tmp_path / "none")
    assert said.code == 1
    assert "nothing has been published yet" in said.err

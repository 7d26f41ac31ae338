"""Tables for people: what is to be copied is whole, however wide the terminal is."""

from __future__ import annotations

import pytest
from rich.console import Console

from cx_pipeline.commands import console

ROW = ("42c165328f57471299e2-124", "42c165328f57471299e2-125678", "2026-11-01/zendesk/tickets_001.json")


@pytest.mark.parametrize(("width", "is_on_one_line"), [(140, True), (80, True), (50, False)])
def test_an_id_is_whole_and_on_one_line_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int, is_on_one_line: bool
) -> None:
    monkeypatch.setattr(console, "out", Console(width=width, highlight=False))
    console.table("a title that is longer than its table, and stays whole", ("one_id", "other_id", "path"), [ROW])
    said = capsys.readouterr().out
    assert all(cell in said for cell in ROW[:2]) is is_on_one_line
    bare = "".join(char for char in said if char.isalnum())
    assert sum(bare.count(char) for char in "0123456789") == sum(char.isdigit() for cell in ROW for char in cell)

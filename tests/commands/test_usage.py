"""Bad usage and bad settings end with 2, before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from cx_pipeline import __version__
from cx_pipeline.commands.console import masked, show
from tests.commands.conftest import Cli


def test_the_version(cli: Cli) -> None:
    assert cli("--version").out.strip() == __version__


@pytest.mark.parametrize(
    "arguments",
    [("run", "--date", "2026-03-01", "--all"), ("run", "--date", "yesterday"), ("nothing",), ("explain", "--nothing")],
)
def test_bad_usage(cli: Cli, arguments: tuple[str, ...]) -> None:
    said = cli(*arguments)
    assert (said.code, "Traceback" in said.err) == (2, False)


def test_a_run_without_a_folder_of_deliveries(cli: Cli, tmp_path: Path) -> None:
    said = cli("run", "--all", "--data-dir", tmp_path / "data", "--raw-dir", tmp_path / "nowhere")
    assert said.code == 2
    assert "the folder of deliveries does not exist" in said.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CX_TIMEZONE", "Mars/Olympus"),
        ("CX_KEEP_VERSIONS", "-77"),
        ("CX_LIMITS__MAX_RATIO", "secret-0142"),
        ("CX_SCHEDULE", "daily"),
    ],
)
def test_settings_that_are_wrong_are_named_and_not_shown(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    said = cli("status", "--data-dir", tmp_path)
    assert said.code == 2
    assert name.removeprefix("CX_").lower().replace("__", ".") in said.err
    assert value not in said.err


def test_unknown_settings_are_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "cx_pipeline.toml").write_text("shoe_size = 43\n")
    said = cli("status")
    assert (said.code, "shoe_size" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (None, None),
        ("", ""),
        ("Ada King", "aaa aaaa"),
        ("ada@king.io", "aaa@aaaa.aa"),
        ("+1 (415) 555-2671", "+9 (999) 999-9999"),
        ("Łukasz 東京", "aaaaaa aa"),
        ("٣٤", "99"),
        ("x" * 41, "a" * 40 + "…"),
    ],
)
def test_a_shape_tells_letters_from_digits_and_no_more(value: str | None, shape: str | None) -> None:
    assert masked(value) == shape


def test_cells_for_people_are_one_line_without_control_characters() -> None:
    shown = show("a\nb\x1b[31m\u202e\u2028z")
    assert shown.isprintable()
    assert (shown[0], shown[-1]) == ("a", "z")
    assert (show(None), show(1234567), show(True)) == ("", "1,234,567", "True")

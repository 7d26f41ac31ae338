"""Bad usage and bad settings end with 2, before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from cx_pipeline import __version__
from cx_pipeline.commands.console import masked, show
from cx_pipeline.settings.cron import problem
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


@pytest.mark.parametrize("place", ["typo.toml", "folder", "", "cx_pipeline.toml/below"])
def test_a_named_file_of_settings_must_be_one(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "cx_pipeline.toml").write_text('timezone = "Europe/Berlin"\n')
    monkeypatch.setenv("CX_CONFIG", place)
    said = cli("status")
    assert (said.code, f"(CX_CONFIG={place})" in said.err) == (2, True)


def test_a_file_of_settings_that_nobody_may_read(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "cx_pipeline.toml").write_text("")
    monkeypatch.setattr(Path, "open", refuse)
    said = cli("status")
    assert (said.code, said.err) == (2, "error: the file of settings cannot be read: Permission denied (cx_pipeline.toml)\n")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'timezone = "UTC"\ntoken_key = 0142 ef\n', "no TOML (cx_pipeline.toml, line 2, column"),
        (b'timezone = "UTC"\n[limits]\n[limits]\n', "no TOML (cx_pipeline.toml, line 3, column"),
        (b'timezone = "UTC', "no TOML (cx_pipeline.toml, "),
        ('timezone = "UTC"\nmailboxes = ["caf\u00e9 0142"]\n'.encode("latin-1"), "not UTF-8 (cx_pipeline.toml, line 2)"),
    ],
)
def test_a_broken_file_of_settings_is_named_with_the_line(cli: Cli, tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "cx_pipeline.toml").write_bytes(data)
    said = cli("status")
    assert (said.code, told in said.err) == (2, True), said.err
    assert "0142" not in said.err


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CX_EXCLUDE", "zendesk.tickets-0142", "exclude: not JSON"),
        ("CX_MARTS__TARGETS", "{0142", "marts: not JSON"),
        ("CX_DATA_DIR", "", "data_dir: Value error, a path must not be empty"),
        ("CX_DATA_DIR", "/srv/why?", "data_dir: Value error, no database file can be opened in a folder with a question mark"),
        ("CX_RAW_DIR", " ", "raw_dir: Value error, a path must not be empty"),
        ("CX_IDENTITY__MUST_LINK", "", "identity.must_link: Value error, a path must not be empty"),
        ("CX_TIMZONE", "0142", "CX_TIMZONE: no such setting, the nearest is CX_TIMEZONE"),
        ("cx_exlude", "0142", "cx_exlude: no such setting, the nearest is CX_EXCLUDE"),
        ("CX_LIMITS_MAX_RATIO", "0142", "the nearest is CX_LIMITS__MAX_RATIO"),
        ("CX_LIMTS__MAX_RATIO", "0142", "the nearest is CX_LIMITS__MAX_RATIO"),
        ("CX_TIMEZONE__X", "0142", "CX_TIMEZONE__X: no such setting"),
        ("CX_CONFG", "0142", "the nearest is CX_CONFIG"),
        ("CX_LIMITS__MAX_RATO", "0142", "limits.max_rato: no such setting, the nearest is limits.max_ratio"),
        ("CX_EXCLUDE", '["zendesk.user"]', "exclude: there is no export zendesk.user, the nearest is zendesk.users"),
        (
            "CX_ACCEPT_DRIFT",
            '["zendesk.userz.x"]',
            "accept_drift: there is no export zendesk.userz, the nearest is",
        ),
        ("CX_SCHEDULE", "0 25 * * *", "schedule: Value error, the hour of a cron expression is *, or 0 to 23"),
    ],
)
def test_wrong_variables_are_told_apart(cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    said = cli("status")
    assert (said.code, told in said.err, "0142" in said.err) == (2, True, False), said.err


def test_variables_of_the_project_that_are_no_settings(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CX_FAULT", "CX_SHARED_FIXTURES", "CX_TEST_CANARIES"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("CX_CONSENT__PURPOSES__News", "marketing.communications")
    assert cli("status", "--data-dir", tmp_path / "none").code == 0


def test_unknown_settings_are_refused_and_the_nearest_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "cx_pipeline.toml").write_text('timezne = "UTC"\n[limits]\nmax_colums = 9\n')
    said = cli("status")
    assert said.code == 2
    assert "timezne: no such setting, the nearest is timezone" in said.err
    assert "limits.max_colums: no such setting, the nearest is limits.max_columns" in said.err


def test_exports_that_there_are_may_be_named(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CX_EXCLUDE", '["zendesk.users"]')
    monkeypatch.setenv("CX_ACCEPT_DRIFT", '["zendesk.tickets.*", "salesforce.Case.Sub.ject"]')
    assert cli("status", "--data-dir", tmp_path).code == 0


@pytest.mark.parametrize(
    "schedule", ["0 2 * * *", "*/15 0-6,22 1,15 jan-mar MON-fri", "59 23 31 12 7", "0 */4 * * 0", "5-10/2 2 * * *"]
)
def test_what_cron_takes_is_a_schedule(schedule: str) -> None:
    assert problem(schedule) == ""


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        ("0 2 * *", "five fields"),
        ("60 2 * * *", "the minute"),
        ("0 25 * * *", "the hour"),
        ("0 2 0 * *", "the day of month"),
        ("0 2 * 13 *", "the month"),
        ("0 2 * * 8", "the day of week"),
        ("0 2 * * funday", "the day of week"),
        ("*/0 2 * * *", "the minute"),
        ("0 6-2 * * *", "the hour"),
        ("0 2, * * *", "the hour"),
    ],
)
def test_what_cron_does_not_take_is_none(schedule: str, told: str) -> None:
    assert told in problem(schedule)


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

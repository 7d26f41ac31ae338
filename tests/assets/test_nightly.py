"""The whole path by the command line: raw files in, Dagster and Great Expectations between, a query out."""

from __future__ import annotations

import base64
import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import duckdb
import pytest

from cx_pipeline.synth import generate
from cx_pipeline.warehouse.content_hash import content_hashes
from tests.faults.drive import KEY, drive

from .conftest import EMAIL, NAME, PHONE_FORMS, Night

Cli = Callable[..., CompletedProcess[str]]


def _rows(night: Night, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(night.published), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_the_run_publishes_and_its_ledger_balances(nightly: Night) -> None:
    assert nightly.summary["exit_code"] == 0
    offences = """SELECT count(*) FROM quality.ledger
                  WHERE (rows_in = published + quarantined + superseded + duplicate + filtered) IS NOT TRUE"""
    assert _rows(nightly, offences) == [(0,)]
    assert _rows(nightly, "SELECT count(*) > 100 FROM interactions") == [(True,)]


def test_every_check_ran_and_none_that_blocks_failed(nightly: Night) -> None:
    assert _rows(nightly, "SELECT count(*) FROM quality.checks WHERE status = 'errored'") == [(0,)]
    assert _rows(nightly, "SELECT count(*) FROM quality.checks WHERE severity = 'critical' AND status <> 'passed'") == [(0,)]
    assert _rows(nightly, "SELECT count(*) > 50 FROM quality.checks") == [(True,)]


def test_the_page_and_the_signs_are_written_beside_it(nightly: Night) -> None:
    page = nightly.data / "reports" / "cx_audit.html"
    assert "What we do not see" in page.read_text(encoding="utf-8")
    signs = nightly.data / "clean" / "vulnerability.duckdb"
    assert [oct(path.stat().st_mode & 0o777) for path in (page, signs)] == ["0o600", "0o600"]
    drawn = _rows(nightly, "SELECT count(*) FROM marts.blind_spots WHERE 'no_data' IN blind")
    assert drawn > [(0,)]


def test_planted_identifiers_are_in_no_text_of_the_published_file(nightly: Night) -> None:
    columns = _rows(
        nightly,
        """SELECT schema_name, table_name, column_name FROM duckdb_columns()
           WHERE NOT internal AND schema_name IN ('main', 'quality', 'marts')
             AND data_type NOT IN ('BIGINT', 'DOUBLE', 'BOOLEAN')""",
    )
    assert len(columns) > 100
    needles = "|".join([EMAIL.replace(".", "[.]"), "2025550143", "555-0143", NAME])
    for schema, table, column in columns:
        found = _rows(
            nightly, f"""SELECT count(*) FROM {schema}."{table}" WHERE regexp_matches("{column}"::VARCHAR, '{needles}')"""
        )
        assert found == [(0,)], f"{schema}.{table}.{column}"


def test_planted_identifiers_are_in_no_log_report_or_store_of_dagster(nightly: Night) -> None:
    needles = [text.encode() for text in (EMAIL, *PHONE_FORMS, NAME)]
    places = [
        nightly.data / "state" / "dagster",
        nightly.data / "state" / "runs",
        nightly.data / "reports",
        nightly.data / "clean",
    ]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        content = path.read_bytes()
        for needle in needles:
            assert needle not in content, path
            assert needle.decode().encode("utf-16-le") not in content, path


def test_the_run_shows_pictures_of_who_is_who_without_anybody_in_them(nightly: Night) -> None:
    found: list[bytes] = []
    for path in (nightly.data / "state" / "dagster").rglob("*.db"):
        with closing(sqlite3.connect(path)) as store:
            if store.execute("SELECT 1 FROM sqlite_master WHERE name = 'event_logs'").fetchall():
                told = store.execute("SELECT event FROM event_logs WHERE event LIKE '%data:image%'").fetchall()
                codes = [code for (event,) in told for code in re.findall(r"svg\+xml;base64,([A-Za-z0-9+/=]+)\)", event)]
                found.extend(base64.b64decode(code) for code in codes)
    assert any(b"Customers by size" in picture for picture in found)
    needles = [text.encode() for text in (EMAIL, *PHONE_FORMS, NAME)]
    assert not [needle for picture in found for needle in needles if needle in picture]


def test_what_the_commands_print_masks_the_planted(nightly: Night, cli: Cli) -> None:
    data = ("--data-dir", str(nightly.data))
    planted = next(nightly.raw.rglob("tickets_planted.ndjson"))
    bad = _rows(nightly, "SELECT min(row_id) FROM quality.quarantine WHERE raw_path LIKE '%planted%' AND row_id IS NOT NULL")[0][
        0
    ]
    for words in (
        ("status", *data),
        ("quarantine", "list", *data),
        ("quarantine", "show", str(bad), *data),
        ("explain", str(bad), *data),
        ("preview", str(planted)),
        ("preview", str(planted), "--as", "zendesk.tickets"),
    ):
        done = cli(*words)
        assert done.returncode == 0, done.stderr
        shown = done.stdout + done.stderr
        assert not any(text in shown for text in (EMAIL, NAME, *PHONE_FORMS)), words


def test_identifiers_lie_in_owner_only_folders(nightly: Night) -> None:
    for folder in ("lake", "lake/raw", "lake/clean", "state"):
        assert (nightly.data / folder).stat().st_mode & 0o077 == 0
    for path in (nightly.data / "lake").rglob("*.parquet"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert nightly.published.stat().st_mode & 0o777 == 0o644


@pytest.mark.slow
def test_run_again_gives_the_same_content(nightly: Night, cli: Cli) -> None:
    before = content_hashes(nightly.published)
    with duckdb.connect(str(nightly.published), read_only=True) as connection:
        [(clock,)] = connection.execute("SELECT now FROM quality.runs").fetchall()  # how late what is still open is, goes by it
    words = (
        "run",
        "--json",
        "--now",
        f"{clock.isoformat()}+00:00",
        "--raw-dir",
        str(nightly.raw),
        "--data-dir",
        str(nightly.data),
    )
    done = cli(*words)
    assert done.returncode == 0, done.stderr
    after = content_hashes(nightly.published)
    assert json.loads(done.stdout)["run_id"] != nightly.summary["run_id"]
    differing = {name for name in before if before[name] != after[name]}
    assert differing <= {"quality.runs"}


@pytest.mark.slow
def test_an_impact_beyond_its_limit_is_published_where_it_is_accepted(nightly: Night, cli: Cli, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(nightly.data, data)
    strict = {"CX_IDENTITY__MAX_CHANGED_SHARE": "0", "CX_IDENTITY__IMPACT_FLOOR": "0", "CX_IDENTITY__MAX_RECORDS_PER_EMAIL": "2"}
    words = ("run", "--json", "--accept-impact", "--raw-dir", str(nightly.raw), "--data-dir", str(data))
    done = cli(*words, **strict)
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(data / "clean" / "cx.duckdb"), read_only=True) as connection:
        accepted = connection.execute("SELECT metric FROM quality.identity_impact WHERE is_beyond AND is_accepted").fetchall()
        events = connection.execute("SELECT count(*) > 0 FROM quality.identity_events WHERE kind = 'split'").fetchall()
    assert (accepted, events) == ([("records_changed_share",)], [(True,)])


def test_a_blocked_audit_leaves_the_file_and_exits_3(cli: Cli, tmp_path: Path) -> None:
    raw, data = tmp_path / "raw", tmp_path / "data"
    generate(customers=5, nights=1, seed=3, out=raw, sources=["delighted"])
    drive(raw, data, "before")
    published = data / "clean" / "cx.duckdb"
    before = published.read_bytes()
    # A contract that changed between building and auditing: the audit expects a table that the staged file lacks.
    hook = tmp_path / "sitecustomize.py"
    hook.write_text(
        "import cx_pipeline.quality.audit as audit\n"
        "audit.LEDGER = (*audit.LEDGER, audit.SqlCheck('planted', 'quality.ledger', 'never true', 'SELECT 7'))\n"
    )
    words = ("run", "--all", "--json", "--raw-dir", str(raw), "--data-dir", str(data))
    done = cli(*words, PYTHONPATH=f"{tmp_path}:{Path.cwd()}", CX_TOKEN_KEY=KEY)
    assert done.returncode == 3, done.stdout + done.stderr
    assert json.loads(done.stdout)["blocked_by"] == ["quality.ledger: planted failed"]
    assert published.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("run", "--all", "--date", "2026-11-01"), 2),
        (("run", "--all", "--raw-dir", "no/such/folder"), 2),
        (("preview", "no/such/file.csv"), 2),
        (("nonsense",), 2),
    ],
)
def test_bad_usage_exits_2(words: tuple[str, ...], code: int, cli: Cli, tmp_path: Path) -> None:
    extra = () if words[0] != "run" else ("--data-dir", str(tmp_path))
    assert cli(*words, *extra).returncode == code

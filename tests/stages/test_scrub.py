"""What was scrubbed before in the same way is not scrubbed again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.scrub import phone as rules_of_phones
from cx_pipeline.sources.catalogue import get
from cx_pipeline.stages import scrub as stage
from cx_pipeline.stages.fingerprint import fingerprint
from cx_pipeline.stages.intake import manifest
from cx_pipeline.stages.scrub import Outcome, scrub_contents, scrubbed
from tests.stages.pipeline import Pipeline
from tests.stages.shop import NIGHT_1, NIGHT_2, canaries, cases, comments, contacts, lines, ratings, sheet, tickets, users

Deliver = Callable[[str, bytes], Path]
FILE = f"{NIGHT_1}/zendesk/users.ndjson"


def scrub(pipeline: Pipeline) -> tuple[dict[str, Outcome], int]:
    """Outcomes by content, and how many contents were scrubbed for them."""
    pipeline.progress.clear()
    outcomes = scrub_contents(pipeline.take_in(), pipeline.settings, pipeline.layout, pipeline.progress.append)
    return outcomes, sum(line.startswith("scrubbing") for line in pipeline.progress)


def test_an_outcome_counts_what_went_in_out_and_broke(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, lines(users() + canaries(users()[0], "id")))
    outcomes, _ = scrub(pipeline)
    [outcome] = outcomes.values()
    assert (outcome.records_in, outcome.records_out, outcome.quarantined) == (15, 13, 2)
    assert outcome.broken_rules == {"key.unusable": 2}
    assert sorted(path.name for path in outcome.folder.iterdir()) == [
        *("agents", "counts.parquet", "customer_identities", "damaged", "people", "quarantine", "records", "summary.json"),
    ]


def test_the_same_content_is_scrubbed_once(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, lines(users()))
    deliver(f"{NIGHT_2}/zendesk/users.ndjson", lines(users()))
    first, scrubs = scrub(pipeline)
    assert (len(first), scrubs) == (1, 1)
    again, scrubs = scrub(pipeline)
    assert (again, scrubs) == (first, 0)


@pytest.mark.parametrize(
    "given",
    [{"default_country": "DE"}, {"timezone": "Europe/Berlin"}, {"test_domains": {"king.io"}}, {"mailboxes": {"front"}}],
    ids=lambda given: next(iter(given)),
)
def test_a_setting_that_matters_scrubs_again_and_leaves_nothing_old(
    pipeline: Pipeline, deliver: Deliver, given: dict[str, Any]
) -> None:
    deliver(FILE, lines(users()))
    [before] = scrub(pipeline)[0].values()
    pipeline.given |= given
    outcomes, scrubs = scrub(pipeline)
    [after] = outcomes.values()
    assert scrubs == 1
    assert after.folder != before.folder
    assert not before.folder.exists()  # it holds identifiers that nothing reads any more


def test_a_setting_that_does_not_matter_scrubs_nothing(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, lines(users()))
    scrub(pipeline)
    pipeline.given |= {"keep_versions": 3, "exclude": {"salesforce.Case"}}
    assert scrub(pipeline)[1] == 0


def test_a_changed_rule_scrubs_again(pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(FILE, lines(users()))
    scrub(pipeline)
    export = get("zendesk.users")
    before = fingerprint(export, pipeline.settings)
    fingerprint.cache_clear()
    plain = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: plain(path) + (b"# changed" if path.name == "email.py" else b""))
    assert fingerprint(export, pipeline.settings) != before
    assert scrub(pipeline)[1] == 1
    fingerprint.cache_clear()


def test_a_changed_rule_scrubs_again_what_it_touches_and_nothing_else(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users, contacts and cases have telephone numbers; tickets, comments and ratings have none."""
    deliver(FILE, lines(users()))
    deliver(f"{NIGHT_1}/salesforce/Contact.csv", sheet(contacts(range(3))))
    deliver(f"{NIGHT_1}/salesforce/Case.csv", sheet(cases(range(3))))
    deliver(f"{NIGHT_1}/zendesk/tickets.ndjson", lines(tickets(range(3), "2026-02-21T10:00:00Z")))
    deliver(f"{NIGHT_1}/zendesk/comments.ndjson", lines(comments()))
    deliver(f"{NIGHT_1}/zendesk/satisfaction_ratings.ndjson", lines(ratings()))
    before, scrubs = scrub(pipeline)
    assert scrubs == 6
    stood = {content: _stamps(outcome.folder) for content, outcome in before.items()}

    plain, phone = Path.read_bytes, Path(rules_of_phones.__file__)
    monkeypatch.setattr(Path, "read_bytes", lambda path: plain(path) + (b"# changed" if path == phone else b""))
    fingerprint.cache_clear()
    after, scrubs = scrub(pipeline)
    fingerprint.cache_clear()
    again = {content for content in before if after[content].folder != before[content].folder}
    assert sorted(after[content].folder.parent.name for content in again) == [
        "salesforce_Case",
        "salesforce_Contact",
        "zendesk_users",
    ]
    assert scrubs == 3
    assert not any(before[content].folder.exists() for content in again)
    kept = before.keys() - again
    assert {content: _stamps(after[content].folder) for content in kept} == {content: stood[content] for content in kept}


def _stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Which files a folder holds, itself included, and when they were written."""
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in (folder, *sorted(folder.rglob("*")))}


def test_two_exports_with_the_same_bytes_are_both_scrubbed(pipeline: Pipeline, deliver: Deliver) -> None:
    """An export of nothing is `[]`, whatever it is of."""
    names = ("users", "tickets", "comments")
    for name in names:
        deliver(f"{NIGHT_1}/zendesk/{name}.json", b"[]")
    assert scrub(pipeline)[1] == 3
    entries = manifest(pipeline.layout).entries()
    assert len({entry.content for entry in entries}) == 1
    folders = [scrubbed(pipeline.layout, get(f"zendesk.{entry.export}"), entry, pipeline.settings) for entry in entries]
    assert len(set(folders)) == 3
    assert all(folder.is_dir() for folder in folders)


def test_a_scrub_that_dies_leaves_no_half_result(pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(FILE, lines(users()))
    monkeypatch.setattr(stage, "damaged_records", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scrub(pipeline)
    assert [path for path in pipeline.layout.lake_scrubbed.rglob("*") if path.is_file()] == []
    monkeypatch.undo()
    assert scrub(pipeline)[1] == 1


RESAVED = {"ClosedDate": "", "LastModifiedDate": "", "SystemModstamp": ""}


@pytest.mark.parametrize(
    ("days", "opened"),
    [
        (["23/01/2024 10:00", "03/01/2024 10:00"], ["2024-01-23", "2024-01-03"]),
        (["1/23/2024 10:00", "1/3/2024 10:00"], ["2024-01-23", "2024-01-03"]),
    ],
    ids=["day first", "month first"],
)
def test_a_file_that_a_spreadsheet_saved_is_read_in_its_own_format(
    pipeline: Pipeline, deliver: Deliver, days: list[str], opened: list[str]
) -> None:
    rows = [{**case, **RESAVED, "CreatedDate": day} for case, day in zip(cases(range(2)), days, strict=True)]
    deliver(f"{NIGHT_1}/salesforce/Case.csv", sheet(rows))
    [outcome] = scrub(pipeline)[0].values()
    made = pl.read_parquet(outcome.folder / "interactions" / "*.parquet")
    assert made["opened_at"].dt.to_string("%Y-%m-%d").to_list() == opened
    assert made["dq_flags"].list.len().to_list() == [0, 0]


def test_a_column_that_fits_two_formats_keeps_its_records_back(pipeline: Pipeline, deliver: Deliver) -> None:
    rows = [{**case, **RESAVED, "CreatedDate": "03/01/2024 10:00"} for case in cases(range(3))]
    deliver(f"{NIGHT_1}/salesforce/Case.csv", sheet(rows))
    [outcome] = scrub(pipeline)[0].values()
    assert (outcome.records_out, outcome.broken_rules) == (0, {"timestamp.ambiguous_format": 3})


def test_placeholders_are_no_evidence_against_the_declared_format(pipeline: Pipeline, deliver: Deliver) -> None:
    ends = ["9999-12-31", "N/A", "never", "2026-02-12T00:00:00.000+0000"]
    rows = [{**case, "ClosedDate": end} for case, end in zip(cases(range(4)), ends, strict=True)]
    deliver(f"{NIGHT_1}/salesforce/Case.csv", sheet(rows))
    [outcome] = scrub(pipeline)[0].values()
    made = pl.read_parquet(outcome.folder / "interactions" / "*.parquet")
    assert made["closed_at"].is_not_null().to_list() == [False, False, False, True]

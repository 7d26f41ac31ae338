"""Rows and files leave when their days are over, and the ledger says so."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cx_pipeline.errors import ConfigError
from cx_pipeline.quality.audit import audit_books
from cx_pipeline.settings import load
from cx_pipeline.stages.clean import retained
from cx_pipeline.stages.retention import cutoffs, expire
from cx_pipeline.stages.run import Run
from cx_pipeline.warehouse.versions import versions
from tests.stages import shop
from tests.stages.pipeline import NOW, Pipeline

Deliver = Callable[[str, bytes], Path]


def passed(pipeline: Pipeline) -> bool:
    return [check for check in audit_books(pipeline.layout.published) if check.blocks] == []


def test_rows_out_of_time_are_filtered_by_their_policy(pipeline: Pipeline, deliver: Deliver) -> None:
    old = shop.tickets(range(3), "2026-02-25T00:00:00Z", created_at="2025-01-01T00:00:00Z")
    new = shop.tickets(range(3, 8), "2026-02-25T00:00:00Z", created_at="2026-02-20T00:00:00Z")
    deliver("2026-03-01/zendesk/tickets.json", shop.pages("tickets", old + new))
    again = shop.tickets([0], "2026-02-26T00:00:00Z", created_at="2025-01-01T00:00:00Z", status="solved")
    deliver("2026-03-02/zendesk/tickets.json", shop.pages("tickets", again))
    deliver("2026-03-01/zendesk/comments.ndjson", shop.lines(shop.comments()))
    pipeline.given = {"retention": {"tables": {"interactions": 365}}}
    pipeline.publish("run1")
    assert passed(pipeline)
    assert pipeline.query("SELECT count(*) FROM main.interactions").item() == 5
    fates = pipeline.query("SELECT fate, reason, count(*) AS n FROM quality.row_fates GROUP BY ALL ORDER BY ALL").rows()
    assert [(fate, reason, n) for fate, reason, n in fates if fate == "filtered"] == [("filtered", "retention.interactions", 3)]
    assert sum(n for fate, _, n in fates if fate == "superseded") == 1
    pipeline.given = {}
    pipeline.publish("run2")
    assert pipeline.query("SELECT count(*) FROM main.interactions").item() == 8


def test_rows_beside_a_records_own_leave_alone(pipeline: Pipeline, deliver: Deliver) -> None:
    rows = shop.tickets(range(1, 5), "2026-02-25T00:00:00Z", created_at="2025-01-01T00:00:00Z")
    deliver("2026-03-01/zendesk/tickets.json", shop.pages("tickets", rows))
    pipeline.given = {"retention": {"tables": {"messages": 365}}}
    pipeline.publish("run1")
    assert passed(pipeline)
    assert pipeline.query("SELECT count(*) FROM main.interactions").item() == 4
    assert pipeline.query("SELECT count(*) FROM main.messages").item() == 0
    line = pipeline.query("SELECT rows_in, filtered FROM quality.ledger WHERE stage = 'map' AND table_name = 'messages'")
    assert line.rows() == [(4, 4)]


def test_what_has_no_time_has_no_retention(pipeline: Pipeline) -> None:
    pipeline.given = {"retention": {"tables": {"customers": 30, "no_such": 1}}}
    with pytest.raises(ConfigError, match="customers, no_such"):
        cutoffs(pipeline.settings, Run("run1", NOW))
    with pytest.raises(ConfigError, match="retention"):
        load(retention={"tables": {"interactions": 0}})


def test_deliveries_leave_the_lake_and_the_folder(pipeline: Pipeline, deliver: Deliver) -> None:
    users = shop.lines(shop.users())
    old = deliver("2026-01-01/zendesk/users.ndjson", users)
    new = deliver("2026-03-01/zendesk/users.ndjson", users)  # the same content, still in time
    tickets = deliver("2026-01-01/zendesk/tickets.json", shop.pages("tickets", shop.tickets(range(4), "2026-01-01T00:00:00Z")))
    pipeline.publish("run1")
    pipeline.given = {"retention": {"lake_days": 30, "raw_days": 40}}
    pipeline.publish("run2")
    assert passed(pipeline)
    assert not old.exists()
    assert not tickets.exists()
    assert new.exists()
    assert pipeline.query("SELECT count(*) FROM main.interactions").item() == 0
    assert pipeline.query("SELECT count(*) FROM main.customer_identities").item() > 0
    assert list((pipeline.layout.lake_raw / "zendesk_tickets").iterdir()) == []
    assert list((pipeline.layout.lake_scrubbed / "zendesk_tickets").iterdir()) == []
    said = pipeline.query("SELECT reason, count(*) AS n FROM quality.row_fates WHERE fate = 'filtered' GROUP BY ALL")
    assert said.rows() == [("retention.lake", 15)]
    assert pipeline.query("SELECT status, rule FROM quality.deliveries WHERE delivery_date = '2026-01-01'").unique().rows() == [
        ("expired", "retention.lake")
    ]
    pipeline.given["exclude"] = {"zendesk.tickets"}
    told = {entry.rule for entry in retained(pipeline.settings, pipeline.layout) if entry.export == "tickets"}
    assert told == {"delivery.excluded"}, "as if it had been excluded before it left the lake"
    del pipeline.given["exclude"]
    pipeline.publish("run3")
    assert passed(pipeline)


def test_old_files_leave_whatever_bytes_their_names_hold(pipeline: Pipeline, deliver: Deliver) -> None:
    names = [os.fsdecode(name) for name in (b"users_\xe1.ndjson", rb"users_\xe1.ndjson")]
    old = [deliver(f"2026-01-01/zendesk/{name}", shop.lines(shop.users()[:n])) for n, name in enumerate(names, 1)]
    new = deliver(f"2026-03-01/zendesk/{names[0]}", shop.lines(shop.users()[:3]))
    pipeline.given = {"retention": {"raw_days": 40}}
    pipeline.take_in()
    assert expire(pipeline.settings, pipeline.layout, Run("run1", NOW)) == ["2 delivered files were removed"]
    assert [path.exists() for path in (*old, new)] == [False, False, True]


def test_files_that_may_not_be_removed_are_told_and_stop_nothing(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = deliver("2026-01-01/zendesk/users.ndjson", shop.lines(shop.users()))
    pipeline.given = {"retention": {"raw_days": 40}}
    pipeline.take_in()
    unlink = Path.unlink

    def refused(path: Path, missing_ok: bool = False) -> None:
        if path == old:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refused)
    assert expire(pipeline.settings, pipeline.layout, Run("run1", NOW)) == [
        "warning: 1 delivered files that are kept no longer stay: Read-only file system"
    ]


def test_old_versions_and_reports_leave_the_published_one_stays(published: Pipeline, tmp_path: Path) -> None:
    import shutil  # noqa: PLC0415

    shutil.copytree(published.data, tmp_path / "data")
    pipeline = Pipeline(published.raw, tmp_path / "data", {"retention": {"versions_days": 1, "reports_days": 1}})
    proofs = pipeline.layout.reports / "forget"
    proofs.mkdir(parents=True)
    for path in (proofs / "proof.json", pipeline.layout.reports / "old.html", pipeline.layout.reports / "new.html"):
        path.write_text("x")
    day = timedelta(days=1).total_seconds()
    for path in (proofs / "proof.json", pipeline.layout.reports / "old.html"):
        os.utime(path, (NOW.timestamp() - 3 * day,) * 2)
    later = Run("run9", NOW + timedelta(days=9))
    os.utime(pipeline.layout.reports / "new.html", (later.now.timestamp(),) * 2)
    assert expire(pipeline.settings, pipeline.layout, later) == ["1 reports were removed"]
    assert [version.is_published for version in versions(pipeline.layout)] == [True]
    assert sorted(path.name for path in pipeline.layout.reports.rglob("*.*")) == ["new.html", "proof.json"]

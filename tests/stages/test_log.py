"""Consent is a log: what an older version of a record told stays, and what several tell counts once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cx_pipeline.quality.check_result import CheckStatus
from cx_pipeline.stages.run import Run
from tests.stages.pipeline import NOW, Pipeline

Deliver = Callable[[str, bytes], Path]
HUBSPOT = "Record ID,Email,Last Modified Date,Unsubscribed from all email\n7,ada@king.io,{modified},{opted_out}\n"
SALESFORCE = "Id,Name,LastModifiedDate,HasOptedOutOfEmail\n003A000001abcdeIAA,{name},2026-02-01T00:00:00.000+0000,1\n"


def test_what_newer_versions_no_longer_tell_stays(pipeline: Pipeline, deliver: Deliver) -> None:
    nights = [("2026-02-01 10:00", "true"), ("2026-02-02 10:00", ""), ("2026-02-03 10:00", "true"), ("2026-02-04 10:00", "")]
    for number, (modified, opted_out) in enumerate(nights, start=1):
        text = HUBSPOT.format(modified=modified, opted_out=opted_out)
        deliver(f"2026-03-0{number}/hubspot/contacts.csv", text.encode())
    pipeline.publish("r1")
    events = pipeline.query("SELECT state, strftime(occurred_at, '%d') AS day, customer_id FROM main.consent_events ORDER BY 2")
    assert events.select("state", "day").rows() == [("denied", "01"), ("denied", "03")]
    assert events["customer_id"].null_count() == 0
    assert pipeline.query("SELECT count(*) AS n FROM quality.row_fates WHERE fate = 'superseded'")["n"].to_list() == [3]


def test_what_several_versions_tell_is_one_event_and_the_books_balance(pipeline: Pipeline, deliver: Deliver) -> None:
    for night, name in (("2026-03-01", "Ada King"), ("2026-03-02", "Ada Lovelace")):
        deliver(f"{night}/salesforce/Contact.csv", SALESFORCE.format(name=name).encode())
    built = pipeline.build(Run("r1", NOW))
    assert {result.status for result in pipeline.audit(built)} == {CheckStatus.PASSED}
    assert built.rows["main.consent_events"] == 1
    pipeline.publish("r2")
    booked = pipeline.query(
        "SELECT rows_in, published, duplicate FROM quality.ledger WHERE table_name = 'consent_events' ORDER BY published"
    )
    assert booked.rows() == [(1, 0, 1), (1, 1, 0)]

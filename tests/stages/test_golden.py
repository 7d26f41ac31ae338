"""The golden record in the published file: one value an attribute, one state a consent, tokens where personal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cx_pipeline.privacy.tokens import TOKEN_SHAPE
from cx_pipeline.quality.check_result import CheckStatus
from cx_pipeline.stages import golden
from cx_pipeline.stages.run import Run
from tests.stages.pipeline import NOW, Pipeline

Deliver = Callable[[str, bytes], Path]
CONTACTS = """Id,Name,Email,Phone,MailingCountry,LastModifiedDate,HasOptedOutOfEmail
003A000001abcdeIAA,Ada King,ada@king.io,+49 151 12345678,Germany,2026-02-01T00:00:00.000+0000,1
003A000001abcdfIAA,Ben Stone,ben@stone.io,,Austria,2024-02-01T00:00:00.000+0000,0
"""
HUBSPOT = """Record ID,Email,First Name,Last Name,Phone Number,Country/Region,Last Modified Date
7,ada@king.io,ADA,KING,+4915112345678,AT,2026-02-20 10:00
"""


@pytest.fixture
def delivered(pipeline: Pipeline, deliver: Deliver) -> Pipeline:
    deliver("2026-03-01/salesforce/Contact.csv", CONTACTS.encode())
    deliver("2026-03-01/hubspot/contacts.csv", HUBSPOT.encode())
    return pipeline


def _told(pipeline: Pipeline) -> pl.DataFrame:
    return pipeline.query("SELECT * FROM customer_attributes ORDER BY customer_id, attribute")


def test_two_silos_say_who_a_person_is(delivered: Pipeline) -> None:
    built = delivered.build(Run("r0", NOW))
    assert {result.status for result in delivered.audit(built)} == {CheckStatus.PASSED}
    delivered.publish("r1")
    [ada] = delivered.query("SELECT customer_id FROM customers WHERE source_count = 2")["customer_id"]
    rows = {row["attribute"]: row for row in _told(delivered).filter(customer_id=ada).to_dicts()}
    assert {name: (row["rule"], row["is_conflicting"]) for name, row in rows.items()} == {
        "country": ("recency", True),
        "email": ("only_value", False),
        "name": ("only_value", False),
        "phone": ("only_value", False),
    }
    assert [item["value"] for item in rows["country"]["source_values"]] == ["AT", "DE"]
    assert delivered.query("SELECT country FROM customers ORDER BY ALL")["country"].to_list() == ["AT", "AT"]
    known = delivered.query("SELECT value_token FROM customer_identities WHERE kind = 'email' AND source_system = 'hubspot'")
    assert [rows["email"]["value"]] == known["value_token"].to_list()
    personal = _told(delivered).filter(pl.col("attribute") != "country").explode("source_values")
    assert personal["value"].str.contains(TOKEN_SHAPE).all()
    assert personal["source_values"].struct.field("value").str.contains(TOKEN_SHAPE).all()


def test_staleness_is_held_against_the_runs_clock(delivered: Pipeline) -> None:
    delivered.publish("r1")
    stale = delivered.query("SELECT attribute FROM customer_attributes WHERE is_stale ORDER BY ALL")["attribute"].to_list()
    assert stale == ["country", "email"]


def test_the_settings_say_whom_to_trust(delivered: Pipeline) -> None:
    delivered.given["survivorship"] = {"trust": ["salesforce"], "attributes": {"name": {"trust": ["hubspot"]}}}
    delivered.publish("r1")
    told = delivered.query(
        "SELECT value, rule, source_system FROM customer_attributes WHERE attribute = 'country' AND is_conflicting"
    )
    assert told.rows() == [("DE", "trust", "salesforce")]
    named = delivered.query("SELECT source_system FROM customer_attributes WHERE attribute = 'name' ORDER BY ALL")
    assert named["source_system"].to_list() == ["hubspot", "salesforce"]


def test_consents_name_the_event_that_decided(delivered: Pipeline) -> None:
    delivered.publish("r1")
    found = delivered.query(
        "SELECT c.channel, c.purpose, c.state, e.source_system FROM consents c JOIN consent_events e ON event_id = decided_by"
    )
    assert found.rows() == [("email", "marketing", "denied", "salesforce")]


def test_in_how_many_groups_people_are_taken_changes_nothing(delivered: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    delivered.publish("r1")
    tables = delivered.layout.lake_clean / "tables"
    before = [pl.read_parquet(tables / f"{name}.parquet") for name in ("customer_attributes", "consents", "customers")]
    monkeypatch.setattr(golden, "_ROWS_AT_ONCE", 1)
    delivered.publish("r2")
    after = [pl.read_parquet(tables / f"{name}.parquet") for name in ("customer_attributes", "consents", "customers")]
    for one, other in zip(before, after, strict=True):
        assert_frame_equal(other, one, check_row_order=False)

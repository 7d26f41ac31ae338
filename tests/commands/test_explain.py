"""The story of a record: where it lies, what the rules did, what became of it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from cx_pipeline.commands import console
from tests.commands.conftest import Cli
from tests.stages.pipeline import Pipeline
from tests.stages.shop import CANARY_MARKS, NIGHT_1, NIGHT_2, contact_id


def one(cli: Cli, pipeline: Pipeline, *arguments: str) -> dict[str, Any]:
    said = cli("explain", *arguments, "--data-dir", pipeline.data, "--json")
    assert said.code == 0, said.err
    found = said.json
    assert len(found) == 1
    story: dict[str, Any] = found[0]
    return story


def row_id(pipeline: Pipeline, sql: str) -> str:
    found = pipeline.query(sql)
    assert found.height >= 1
    return str(found.row(0)[0])


def test_a_record_that_is_published(cli: Cli, published: Pipeline) -> None:
    story = one(cli, published, "--record", f"salesforce.Contact:{contact_id(3)}")
    assert story["file"] == f"{NIGHT_1}/salesforce/Contact.csv"
    assert (story["record_number"], story["line"], story["fate"]) == (4, 5, {"fate": "published"})
    assert set(story["rows"]) == {"people", "customer_identities", "consent_events"}
    by_column = {(step["column"], step["rule"]): step for step in story["steps"]}
    assert by_column["Email", "email.form"]["before"] == "Aaaaaa9@Aaaa.aa".lower()
    assert story["broken_rules"] == []


def test_values_are_shown_when_asked_for(cli: Cli, published: Pipeline) -> None:
    story = one(cli, published, "--record", f"salesforce.Contact:{contact_id(3)}", "--show-values")
    step = next(step for step in story["steps"] if step["rule"] == "email.form")
    assert (step["before"], step["after"]) == ("Person3@King.io", "person3@king.io")
    assert {row["value"] for row in story["rows"]["customer_identities"] if row["kind"] == "phone"} == {"+14155552003"}


def test_every_version_of_a_record_is_told_of(cli: Cli, published: Pipeline) -> None:
    said = cli("explain", "--record", "zendesk.tickets:1000", "--data-dir", published.data, "--json")
    fates = sorted((story["file"], story["fate"]["fate"]) for story in said.json)
    assert fates == [
        (f"{NIGHT_1}/zendesk/tickets_1.json", "duplicate"),
        (f"{NIGHT_1}/zendesk/tickets_1.json", "superseded"),
        (f"{NIGHT_2}/zendesk/tickets_2.json", "published"),
    ]


def test_a_superseded_row_names_what_it_gave_way_to(cli: Cli, published: Pipeline) -> None:
    found = row_id(published, "SELECT row_id FROM quality.row_fates WHERE fate = 'superseded' ORDER BY record_number")
    story = one(cli, published, found)
    assert story["row_id"] == found
    assert one(cli, published, story["fate"]["gave_way_to"])["fate"] == {"fate": "published"}


def test_a_record_that_was_kept_back(cli: Cli, published: Pipeline) -> None:
    story = one(cli, published, row_id(published, "SELECT row_id FROM quality.quarantine WHERE rule = 'key.unusable' ORDER BY 1"))
    assert story["fate"]["fate"] == "quarantined"
    assert [broken["rule"] for broken in story["broken_rules"]] == ["key.unusable"]
    assert not [mark for mark in CANARY_MARKS if mark in str(story)]


def test_a_damaged_record(cli: Cli, published: Pipeline) -> None:
    story = one(cli, published, row_id(published, "SELECT row_id FROM quality.quarantine WHERE rule = 'csv.field_count'"))
    assert (story["steps"], story["rows"], story["fate"]["fate"]) == ([], {}, "quarantined")
    assert [(broken["rule"], broken["line"]) for broken in story["broken_rules"]] == [("csv.field_count", 8)]


def test_a_record_of_a_file_that_was_kept_back_whole(cli: Cli, published: Pipeline) -> None:
    sql = "SELECT row_id FROM quality.row_fates WHERE reason = 'delivery.missing_column' ORDER BY record_number"
    story = one(cli, published, row_id(published, sql))
    assert (story["record_number"], story["fate"]["fate"], story["line"]) == (1, "quarantined", 2)
    assert [broken["rule"] for broken in story["broken_rules"]] == ["delivery.missing_column"]


def test_the_story_for_people_holds_the_same(cli: Cli, published: Pipeline) -> None:
    said = cli("explain", "--record", f"salesforce.Contact:{contact_id(3)}", "--data-dir", published.data)
    assert said.code == 0
    for part in ("record", "what the rules did", "email.form", "customer_identities", "published"):
        assert part in said.out
    assert not re.search(r"[a-z0-9]+@king\.io", said.out, flags=re.IGNORECASE)


def test_a_customer_with_the_reasons_of_the_match(cli: Cli, published: Pipeline) -> None:
    customer = row_id(published, "SELECT DISTINCT customer_id FROM main.customer_identities WHERE source_id = '25'")
    said = cli("explain", "--customer", customer, "--data-dir", published.data, "--json")
    story = said.json
    assert said.code == 0
    assert (story["customer"]["record_count"], story["customer"]["source_count"]) == (3, 2)
    records = {row["record"] for row in story["records"]}
    assert records == {"zendesk.users:25", f"salesforce.Contact:{contact_id(4)}", f"salesforce.Contact:{contact_id(5)}"}
    assert {link["rule"] for link in story["links"]} == {"email", "merged"}
    shared = {link["rule"]: link["shared"] for link in story["links"]}
    assert shared["email"] == "email aaaaaa9@aaaa.aa, name aaaaaa a"
    assert [(event["kind"], event["other_id"], event["records"]) for event in story["events"]] == [("created", None, 3)]
    assert (story["asked_for"], story["retired"], story["former_ids"]) == (customer, None, [])
    told = cli("explain", "--customer", customer, "--data-dir", published.data).out
    assert "why the records are one person" in told
    assert "what happened to the customer" in told
    assert not re.search(r"person5@|4155552005", said.out + told, flags=re.IGNORECASE)


def test_a_customers_values_are_shown_when_asked_for(cli: Cli, published: Pipeline) -> None:
    customer = row_id(published, "SELECT DISTINCT customer_id FROM main.customer_identities WHERE source_id = '25'")
    said = cli("explain", "--customer", customer, "--show-values", "--data-dir", published.data, "--json")
    values = {(row["kind"], row["value"]) for row in said.json["records"]}
    assert {("email", "person5@king.io"), ("phone", "+14155552005")} <= values
    assert {link["shared"] for link in said.json["links"] if link["rule"] == "email"} == {"email person5@king.io, name Person F"}


@pytest.fixture
def merged(published: Pipeline, tmp_path: Path) -> Pipeline:
    """The shop published again, after a version in which the first customer of the second contact had an id of its own."""
    shutil.copytree(published.data, tmp_path / "data")
    pipeline = Pipeline(published.raw, tmp_path / "data")
    members = pipeline.layout.state / "registry" / "run1.members.parquet"
    one_alone = pl.when(pl.col("record") == "zendesk.users:25").then(pl.lit(OLD_ID)).otherwise("customer_id")
    pl.read_parquet(members).with_columns(one_alone.alias("customer_id")).write_parquet(members)
    pipeline.publish("run2")
    return pipeline


OLD_ID = "k1_" + "a" * 26


def test_the_values_that_survived(cli: Cli, merged: Pipeline) -> None:
    customer = row_id(merged, "SELECT DISTINCT customer_id FROM main.customer_identities WHERE source_id = '25'")
    survived = [
        {"attribute": attribute, "value": value, "source_system": "zendesk", "rule": "trust", "confirmed_at": None}
        for attribute, value in (("country", "DE"), ("email", "person5@king.io"))
    ]
    lake = merged.layout.lake_clean / "tables" / "customer_attributes.parquet"
    rows = [{"customer_id": customer, **row} for row in survived]
    pl.DataFrame(rows, schema_overrides={"confirmed_at": pl.Datetime("us")}).write_parquet(lake)
    with duckdb.connect(str(merged.layout.published)) as connection:
        connection.execute("DELETE FROM main.customer_attributes")
        for row, value in zip(survived, ("DE", "k1_token"), strict=True):
            connection.execute(
                "INSERT INTO main.customer_attributes (customer_id, attribute, value, source_system, rule,"
                " is_conflicting, source_values) VALUES (?, ?, ?, 'zendesk', 'trust', false, [])",
                [customer, row["attribute"], value],
            )
    for words, email in (((), "aaaaaa9@aaaa.aa"), (("--show-values",), "person5@king.io")):
        story = cli("explain", "--customer", customer, "--data-dir", merged.data, "--json", *words).json
        assert [(row["attribute"], row["value"]) for row in story["attributes"]] == [("country", "DE"), ("email", email)]


def test_a_retired_id_tells_of_its_survivor(cli: Cli, merged: Pipeline) -> None:
    survivor = row_id(merged, "SELECT DISTINCT customer_id FROM main.customer_identities WHERE source_id = '25'")
    assert survivor != OLD_ID
    story = cli("explain", "--customer", OLD_ID, "--data-dir", merged.data, "--json").json
    assert (story["asked_for"], story["customer"]["customer_id"], story["former_ids"]) == (OLD_ID, survivor, [OLD_ID])
    assert story["retired"]["survivor"] == survivor
    assert [(event["kind"], event["other_id"], event["run_id"]) for event in story["retired"]["events"]] == [
        ("absorbed", survivor, "run2")
    ]
    assert ("merged", OLD_ID) in [(event["kind"], event["other_id"]) for event in story["events"]]
    told = cli("explain", "--customer", OLD_ID, "--data-dir", merged.data).out
    assert f"{OLD_ID} has retired at 2026-03-03 02:00:00: it is part of {survivor}" in told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "say what to explain"),
        (("x-1", "--record", "zendesk.tickets:1"), "say what to explain"),
        (("no-such-row",), "no retained delivery holds this row"),
        (("--record", "zendesk.tickets"), "a record is named"),
        (("--record", "zendesk.nothing:1"), "there is no export"),
        (("--record", "zendesk.tickets:404"), "no retained delivery holds this record"),
        (("--customer", "k1_nobody"), "no such customer"),
    ],
)
def test_what_cannot_be_explained_is_bad_usage(cli: Cli, published: Pipeline, arguments: tuple[str, ...], says: str) -> None:
    said = cli("explain", *arguments, "--data-dir", published.data)
    assert (said.code, says in said.err) == (2, True), said.err


def test_a_row_beyond_the_end_of_its_file_is_no_row(cli: Cli, published: Pipeline) -> None:
    first = row_id(published, "SELECT row_id FROM main.organizations")
    assert one(cli, published, first)["fate"] == {"fate": "published"}
    for number in ("0", "2", "-1", "²"):
        assert cli("explain", f"{first.partition('-')[0]}-{number}", "--data-dir", published.data).code == 2


def test_the_weight_of_each_field_is_told_heaviest_first(
    cli: Cli, published: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console.out, "width", 400)
    data = tmp_path / "data"
    shutil.copytree(published.data, data)
    customer = row_id(published, "SELECT DISTINCT customer_id FROM main.customer_identities WHERE source_id = '25'")
    with duckdb.connect(str(data / "clean" / "cx.duckdb")) as connection:
        connection.execute(
            """UPDATE quality.dedup_decisions SET rule = 'splink', probability = 0.98765,
               explanations = [{field: 'given', bits: 2.25}, {field: 'email', bits: 11.5}, {field: 'place', bits: -3.1}]"""
        )
    told = cli("explain", "--customer", customer, "--data-dir", data)
    assert "email +11.5, place -3.1, given +2.2" in told.out
    assert "0.9877" in told.out
    links = cli("explain", "--customer", customer, "--data-dir", data, "--json").json["links"]
    assert links[0]["explanations"][0] == {"field": "given", "bits": 2.25}

"""Nothing vanishes: the ledger of the shop agrees with counts made from the raw files by other code."""

from __future__ import annotations

from collections import Counter

import polars as pl

from cx_pipeline.quality.book import FATES, imbalances
from tests.stages.pipeline import Pipeline
from tests.stages.shop import CANARY_MAIL, NIGHT_1, NIGHT_2, Row, Shop, contact_id, read

FIGURES = ["rows_in", *FATES]


def deliveries(published: Pipeline) -> dict[str, Row]:
    return {row["raw_path"]: row for row in published.query("SELECT * FROM quality.deliveries").to_dicts()}


def lines(published: Pipeline, path: str) -> dict[tuple[str, str], list[int]]:
    """(stage, table) to the figures of a file's lines."""
    found = published.query(
        """SELECT l.* FROM quality.ledger l JOIN quality.deliveries d USING (delivery_id)
           WHERE d.raw_path = $path""",
        path=path,
    )
    return {(row["stage"], row["table_name"]): [row[name] for name in FIGURES] for row in found.to_dicts()}


def test_every_line_balances(published: Pipeline) -> None:
    book = published.query("SELECT * FROM quality.ledger")
    assert book.height > 30
    assert imbalances(book).height == 0


def test_every_file_of_the_shop_is_told_of(published: Pipeline, shop: Shop) -> None:
    told = deliveries(published)
    delivered = sorted(path.relative_to(shop.raw).as_posix() for path in shop.raw.glob("*/*/*"))
    assert sorted(told) == sorted(name.replace(f"Case_of_{CANARY_MAIL}.csv", "[EMAIL]") for name in delivered)
    assert {path.split("/", 1)[1]: row["status"] for path, row in told.items() if row["status"] != "landed"} == {
        "zendesk/users_copy.ndjson": "duplicate",
        "salesforce/Contact_no_id.csv": "quarantined",
        "salesforce/Invoice.csv": "unrecognised",
        "zendesk/tickets_cut.json.gz": "unreadable",
        "zendesk/tickets_none.json": "empty",
    }
    copy = told[f"{NIGHT_2}/zendesk/users_copy.ndjson"]
    assert copy["duplicate_of"] == told[f"{NIGHT_1}/zendesk/users.ndjson"]["delivery_id"]


def test_the_records_of_each_file_are_as_many_as_other_code_counts(published: Pipeline, shop: Shop) -> None:
    for path, row in deliveries(published).items():
        if row["status"] in ("landed", "duplicate", "quarantined") and "[EMAIL]" not in path:
            counted = len(read(shop.raw / path)) + shop.damaged.get(path, 0)
            taken = [figures[0] for (stage, _), figures in lines(published, path).items() if stage == "extract"]
            assert (row["records"], taken) == (counted, [counted]), path


def test_each_stage_takes_in_what_the_one_before_handed_on(published: Pipeline) -> None:
    for path, row in deliveries(published).items():
        if row["status"] == "landed":
            by_stage = {stage: figures for (stage, _), figures in lines(published, path).items() if stage != "map"}
            assert by_stage["extract"][1] == by_stage["scrub"][0], path
            assert by_stage["scrub"][1] == by_stage["dedupe"][0], path


def test_the_figures_of_the_tickets(published: Pipeline) -> None:
    """Worked out by hand: 20 tickets and 4 canaries, 4 of the tickets twice in one file; then changes, a deletion, an old
    version that comes late and two unchanged ones in a later file."""
    assert lines(published, f"{NIGHT_1}/zendesk/tickets_1.json") == {
        ("extract", "zendesk.tickets"): [28, 28, 0, 0, 0, 0],
        ("scrub", "zendesk.tickets"): [28, 26, 2, 0, 0, 0],
        ("dedupe", "zendesk.tickets"): [26, 16, 0, 6, 4, 0],
        ("map", "interactions"): [16, 16, 0, 0, 0, 0],
        ("map", "messages"): [13, 13, 0, 0, 0, 0],
    }
    assert lines(published, f"{NIGHT_2}/zendesk/tickets_2.json") == {
        ("extract", "zendesk.tickets"): [9, 9, 0, 0, 0, 0],
        ("scrub", "zendesk.tickets"): [9, 9, 0, 0, 0, 0],
        ("dedupe", "zendesk.tickets"): [9, 6, 0, 1, 2, 0],
        ("map", "interactions"): [6, 6, 0, 0, 0, 0],
        ("map", "messages"): [5, 5, 0, 0, 0, 0],
    }


def test_files_that_are_out_whole_are_booked_whole(published: Pipeline) -> None:
    assert lines(published, f"{NIGHT_2}/zendesk/users_copy.ndjson") == {("extract", "zendesk.users"): [15, 0, 0, 0, 15, 0]}
    assert lines(published, f"{NIGHT_2}/salesforce/Contact_no_id.csv") == {("extract", "salesforce.Contact"): [3, 0, 3, 0, 0, 0]}
    for nothing in ("salesforce/Invoice.csv", "zendesk/tickets_cut.json.gz", "zendesk/tickets_none.json"):
        assert lines(published, f"{NIGHT_2}/{nothing}") == {}


def test_a_damaged_record_costs_only_itself(published: Pipeline) -> None:
    figures = lines(published, f"{NIGHT_2}/salesforce/Case.csv")
    assert figures["extract", "salesforce.Case"] == [4, 3, 1, 0, 0, 0]
    kept_back = published.query(
        "SELECT rule, stage, record_number, line FROM quality.quarantine WHERE raw_path = $path",
        path=f"{NIGHT_2}/salesforce/Case.csv",
    )
    assert kept_back.rows() == [("csv.field_count", "extract", 4, 8)]


def newest(shop: Shop, *paths: str) -> dict[int, Row]:
    """The version of each ticket that counts, by the slow way; of equals the first."""
    chosen: dict[int, Row] = {}
    for path in paths:
        for row in read(shop.raw / path):
            if isinstance(row["id"], int) and (row["id"] not in chosen or row["updated_at"] > chosen[row["id"]]["updated_at"]):
                chosen[row["id"]] = row
    return chosen


def test_the_published_tickets_are_the_newest_versions(published: Pipeline, shop: Shop) -> None:
    expected = newest(shop, f"{NIGHT_1}/zendesk/tickets_1.json", f"{NIGHT_2}/zendesk/tickets_2.json")
    found = published.query("SELECT source_id, status_raw, is_deleted FROM main.interactions WHERE source_system = 'zendesk'")
    statuses = {int(row[0]): row[1] for row in found.rows() if not row[0].startswith("99")}
    assert statuses == {number: row["status"] for number, row in expected.items() if number < 990 or number > 999}
    assert found.filter("is_deleted")["source_id"].to_list() == ["1007"]
    messages = published.query("SELECT count(*) FROM main.messages WHERE source_entity = 'tickets'").item()
    assert messages == sum(1 for row in expected.values() if row["description"].strip())


def test_case_numbers_keep_their_zeros(published: Pipeline, shop: Shop) -> None:
    paths = sorted(shop.raw.glob("*/salesforce/Case*.csv"))
    expected = {row["CaseNumber"] for path in paths for row in read(path)} - {CANARY_MAIL}
    found = published.query("SELECT source_number FROM main.interactions WHERE source_system = 'salesforce'")["source_number"]
    assert {number for number in expected if number.isdigit()} == set(found.drop_nulls())
    assert "00000011" in set(found)


def test_every_record_that_is_not_published_has_its_fate_written_down(published: Pipeline, shop: Shop) -> None:
    fates = published.query("SELECT * FROM quality.row_fates")
    assert fates.select("delivery_id", "record_number").is_unique().all()
    assert fates["reason"].null_count() == 0
    counted = Counter(fates["delivery_id"])
    kept = dict(
        published.query("SELECT delivery_id, sum(published)::BIGINT FROM quality.ledger WHERE stage = 'dedupe' GROUP BY 1").rows()
    )
    for path, row in deliveries(published).items():
        assert counted[row["delivery_id"]] + kept.get(row["delivery_id"], 0) == row["records"], path


def test_who_gave_way_points_to_a_record_that_is_there(published: Pipeline) -> None:
    fates = published.query("SELECT * FROM quality.row_fates")
    moved = fates.filter(pl.col("fate").is_in(["superseded", "duplicate"]))
    assert moved["gave_way_to"].null_count() == 0
    assert fates.filter(pl.col("fate") == "quarantined")["gave_way_to"].null_count() == fates.filter(fate="quarantined").height
    shown = set(published.query("SELECT DISTINCT row_id FROM main.interactions")["row_id"])
    superseded = moved.join(published.query("SELECT delivery_id, source_entity FROM quality.deliveries"), on="delivery_id")
    assert set(superseded.filter(fate="superseded", source_entity="tickets")["gave_way_to"]) <= shown


def test_the_shops_people(published: Pipeline) -> None:
    """Ten users, seven contacts: 0 and 1 are the same by external id, 3 and 5 by address; 4 survives 5. Cases 0, 3, 6, 9,
    21 and 30 name somebody of their own. Of the canaries that have a key, those with the same address are one, and those
    with the same number."""
    members = published.query(
        """SELECT DISTINCT customer_id, source_system || '.' || source_entity || ':' || source_id AS record
           FROM main.customer_identities WHERE kind = 'name' AND NOT is_test"""
    )
    by_record = dict(members.select("record", "customer_id").rows())
    for number in (0, 1, 3, 5):
        assert by_record[f"zendesk.users:{20 + number}"] == by_record[f"salesforce.Contact:{contact_id(number)}"]
    assert by_record["zendesk.users:25"] == by_record[f"salesforce.Contact:{contact_id(4)}"]
    assert by_record["zendesk.users:24"] != by_record["zendesk.users:25"]
    for case in (0, 3, 6, 9, 21, 30):
        key = f"salesforce.Case:500A00000{case:06}IAA"
        assert list(by_record.values()).count(by_record[key]) == 1
    customers = published.query("SELECT count(*) AS n, sum(record_count)::BIGINT AS records FROM main.customers")
    persons = 10 + 7 + 6 + 2 + 2 + 2  # users, contacts, cases; two canaries of each
    assert customers.rows() == [(persons - 9, persons)]


def test_identifiers_of_the_contacts(published: Pipeline) -> None:
    found = published.query(
        """SELECT kind, count(*) FROM main.customer_identities
           WHERE source_entity = 'Contact' AND NOT contains(source_id, '99') GROUP BY 1"""
    )
    # Contact 3 gives its number twice, which counts once; every second contact has no address.
    assert dict(found.rows()) == {"name": 7, "external_id": 7, "phone": 7, "email": 3}


def test_a_case_that_was_closed_before_it_was_opened_has_no_duration(published: Pipeline) -> None:
    found = published.query("SELECT resolution_ms, dq_flags FROM main.interactions WHERE source_number = '00000005'").rows()
    assert [(duration, "closed_before_opened" in flags) for duration, flags in found] == [(None, True)]


def test_unknown_columns_are_told_and_change_nothing(published: Pipeline) -> None:
    found = published.query("SELECT kind, detail FROM quality.anomalies WHERE kind = 'unknown_column'").rows()
    assert found == []

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.synth import Truth
from cx_pipeline.synth.files import unpacked

SITUATIONS = (
    "area_codes_as_zone",
    "attributes_changed",
    "bot_agent",
    "bot_comment",
    "broken_json_element",
    "cleaned",
    "clock_inversion",
    "clock_without_zone",
    "control_character",
    "corrected_receipt",
    "crawler",
    "cumulative_export",
    "cut_file",
    "cut_line",
    "dangling_assignee",
    "dangling_owner",
    "date_only",
    "debug_event",
    "deleted_contact",
    "double_escaped",
    "double_submit",
    "duplicate_column_name",
    "edited",
    "edited_contact",
    "edited_member",
    "edited_profile",
    "edited_response",
    "email_capitals",
    "empty_file",
    "equal_clock_other_content",
    "excel_key",
    "field_missing",
    "field_too_many",
    "fields_left_out",
    "formatted_phone",
    "hash_of_nothing",
    "header_only_file",
    "homonym",
    "household_phone",
    "imported",
    "impossible_date",
    "invalid_bytes",
    "known_by_phone",
    "late_event",
    "late_update",
    "local_dates_day_first",
    "local_dates_month_first",
    "look_alike_dummy",
    "look_alike_placeholder",
    "masked_postcode",
    "merged_contact",
    "merged_lead",
    "mojibake",
    "multi_line_street",
    "narrative_withdrawn",
    "negative_metric",
    "nfd",
    "old_product_name",
    "older_version_later",
    "open_date",
    "opened_by_machine",
    "order_without_email",
    "other_home_of_consent",
    "overlapping_night",
    "overlapping_window",
    "paid_without_a_date",
    "phone_national",
    "phone_placeholder",
    "placeholder",
    "placeholder_email",
    "placeholder_phone",
    "preview",
    "priority_medium",
    "quoted_subject",
    "rating_in_capitals",
    "ready_late",
    "recorded_by_force",
    "redacted",
    "repeat_report",
    "reported_again_later",
    "required_column_missing",
    "role_mailbox",
    "same_event_other_id",
    "same_file_again",
    "score_outside_scale",
    "scrubbed_tombstone",
    "semicolon_cp1252_file",
    "sent_again_later",
    "sent_twice",
    "shift_times_thousand",
    "source_known_later",
    "spam",
    "speeder",
    "suppressed",
    "template_letter",
    "test_caller",
    "test_mailing",
    "test_order",
    "test_person",
    "test_receipt",
    "test_record",
    "test_request",
    "test_response",
    "test_visit",
    "told_before_ready",
    "tombstone_with_text",
    "tracking_cookie",
    "unknown_action",
    "unknown_change",
    "unknown_method",
    "unknown_new_column",
    "unknown_state",
    "unterminated_quote",
    "utf16_tab_file",
    "visit_in_vain",
    "white_space",
    "withdrawn_event",
    "withheld_number",
    "zero_width",
)


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_trap_is_in_the_sample(truth: Truth, name: str) -> None:
    assert truth.counts["traps"][name] >= 1


def test_no_trap_is_missing(truth: Truth) -> None:
    assert set(SITUATIONS) <= set(truth.counts["traps"])


def test_people_are_linked_in_every_way(truth: Truth) -> None:
    people = pl.read_parquet(truth.folder / "people.parquet")
    assert set(people["link"].unique()) == {"single", "email", "phone", "shared_phone", "disputed_phone", "external_id", "none"}
    kinds = {"person", "agent", "phone_contact", "second_contact", "merged", "placeholder", "dummy", "caller", "respondent"}
    assert kinds <= set(people["kind"].unique())


def test_files_come_in_every_wrapping(world: Path) -> None:
    suffixes = {path.suffix for path in world.glob("2*/*/*")}
    assert suffixes == {".json", ".ndjson", ".csv", ".txt", ".gz", ".zst", ".zip"}


# The traps are in the bytes, not only in the truth: looked up with nothing but the standard library.
@pytest.mark.parametrize(
    ("file", "needle"),
    [
        ("2026-11-01/zendesk/tickets_*", '"priority":,'),
        ("2026-11-01/zendesk/tickets_*", '"priority":"medium"'),
        ("2026-11-01/zendesk/tickets_*", '"subject":"SCRUBBED"'),
        ("2026-11-01/zendesk/tickets_*", '"status":"deleted"'),
        ("2026-11-01/zendesk/tickets_*", '"due_at":"2022-02-30'),
        ("2026-11-01/zendesk/tickets_*", '"due_at":"9999-12-31'),
        ("2026-11-01/zendesk/tickets_*", ',"users":['),
        ("2026-11-01/zendesk/tickets_*", "👩‍💻"),
        ("2026-11-01/zendesk/users_*", '"name":"testUser"'),
        ("2026-11-01/zendesk/users_*", '"name":"Company Bot"'),
        ("2026-11-01/zendesk/users_*", "dummy_1940+3000@example.org"),
        ("2026-11-01/zendesk/users_*", '"external_id":"0000'),
        ("2026-11-01/zendesk/users_*", "37a6259cc0c1dae299a7866489dff0bd"),
        ("2026-11-01/zendesk/users_admin_export.csv", "1.52342E+12,"),
        ("2026-11-02/zendesk/users_*", '"remote_photo_url":'),
        ("2026-11-01/salesforce/Case.csv", "\ufeffId,IsDeleted,CaseNumber"),
        ("2026-11-01/salesforce/Case.csv", '"""Customer inquiry: '),
        ("2026-11-01/salesforce/Case.csv", "=&amp;gt;"),
        ("2026-11-01/salesforce/Case.csv", ",00001014,"),
        ("2026-11-01/salesforce/Contact.csv", '"{""city"":'),
        ("2026-11-01/salesforce/Contact.csv", "Ã"),
        ("2026-11-01/salesforce/Account.csv", "Region__c,Industry,Region__c"),
        ("2026-11-02/salesforce/Case.csv", ",Sentiment__c\r\n"),
        ("2026-11-01/amazon_connect/contact_records_001.json", '}{"AWSAccountId"'),
        ("2026-11-01/amazon_connect/contact_records_002.json.gz", '},\n{"AWSAccountId"'),
        ("2026-11-01/amazon_connect/contact_records_003.ndjson", '}\n{"AWSAccountId"'),
        ("2026-11-01/amazon_connect/contact_records_004.json.zst", '{"ContactRecords":[{"AWSAccountId"'),
        ("2026-11-01/amazon_connect/*", '"DisconnectReason":,'),
        ("2026-11-01/amazon_connect/*", '"CustomerEndpoint":{"Address":"anonymous","Type":"TELEPHONE_NUMBER"}'),
        ("2026-11-01/amazon_connect/*", "qa.caller@example.com"),
        ("2026-11-02/amazon_connect/*", '"CustomerSentimentTrend":'),
        ("2026-11-01/qualtrics/*", '"{""ImportId"":""QID1_NPS_GROUP""}"'),
        ("2026-11-01/qualtrics/*", "\nAnfangsdatum,Enddatum,Antworttyp,"),
        ("2026-11-01/qualtrics/*", ",Q3_1,Q3_2,Q3_1,Q3_2,Q5_TEXT,order_ref\n"),
        ("2026-11-01/qualtrics/*", "\ufeffV1,V2,V3,"),
        ("2026-11-01/qualtrics/*", ",LocationAccuracy,\n"),
        ("2026-11-01/qualtrics/*", ",-99,"),
        ("2026-11-01/qualtrics/*", ",IP Address,203."),
        ("2026-11-01/qualtrics/*", ",Very satisfied,"),
        ("2026-11-01/qualtrics/*", ",2026-02-30 10:00:00,"),
        ("2026-11-01/hubspot/contacts_*", ",property_hs_all-funky-a9384-syntax\r\n"),
        ("2026-11-01/hubspot/email_events*", '"type":,'),
        ("2026-11-01/hubspot/email_events*", '"filteredEvent":true'),
        ("2026-11-01/hubspot/subscription_changes*", '"change":"UNSUBSCRIBED"'),
        ("2026-11-02/hubspot/contacts_changed*", '"archived":true'),
        ("2026-11-02/hubspot/contacts_unsubscribed*", "\ufeffE-Mail,Vorname,Nachname,Unsubscribed from: Newsletter"),
        ("2026-11-01/mailchimp/audience_*", ",212/332/646/917,"),
        ("2026-11-01/mailchimp/campaign_activity*", '"list_is_active":,'),
        ("2026-11-02/mailchimp/campaign_activity_*", '":[]}\n{"'),
        ("2026-11-01/klaviyo/profiles_*", '"reason":"HARD_BOUNCE"'),
        ("2026-11-01/klaviyo/profiles_*", '"Accepts Marketing":"no"'),
        ("2026-11-01/klaviyo/events_*", '"machine_open":true'),
        ("2026-11-01/onetrust/receipts_*", '"TransactionType":"LATER"'),
        ("2026-11-01/onetrust/receipts_*", '"test":true'),
        ("2026-11-01/ga4/events_intraday_*", '"user_id":"(not set)"'),
        ("2026-11-01/ga4/events_intraday_*", '{"key":"debug_mode"'),
        ("2026-11-01/web_vitals/*", "Larkbot"),
        ("2026-11-01/web_vitals/*", '"name":"TTFB","value":-'),
        ("2026-11-01/shopify/orders_export_1.csv", "Name,Email,Financial Status,Paid at,"),
        ("2026-11-01/shopify/orders_export_1.csv", ",'+"),
        ("2026-11-01/shopify/orders_export_1.csv", '"first_name: ""fb.1.'),
        ("2026-11-01/shopify/orders_export_1.csv", ",Pick up: Dublin Grafton,"),
        ("2026-11-01/shopify/orders_export_1.csv", "(for testing) Bogus Gateway"),
        ("2026-11-01/shopify/orders_2026-11-01.json", '"fulfillment_status":,'),
        ("2026-11-01/shopify/orders_2026-11-01.json", '"presentment_money":{"amount":"'),
        ("2026-11-01/shopify/fulfillment_orders_2026-11-01.ndjson", '"method_type":"locker"'),
        ("2026-11-01/shopify/fulfillment_orders_2026-11-01.ndjson", '"status":"picked_up","happened_at":"'),
        ("2026-11-01/shopify/fulfillment_events_2026-11-01.json", '"status":"held_at_customs"'),
        ("2026-11-01/shopify/fulfillment_events_2026-11-01.json", '"status":,'),
        ("2026-11-01/shopify/fulfillment_events_2026-11-01.json", '"estimated_delivery_at":"2026-02-30T'),
        ("2026-11-01/shopify/customers_export.csv", "\n'7210"),
        ("2026-11-01/store/visits_2026-11-01.csv", ",not ready,"),
        ("2026-11-01/store/visits_2026-11-01.csv", ",2026-02-30T10:00:00+00:00,"),
        ("2026-11-01/workforce/roster_2026-11-01.csv", ";9999-12-31;"),
        ("2026-11-01/workforce/roster_2026-11-01.csv", ";-"),
        ("2026-11-01/workforce/shifts_*", '"status":"deleted"'),
        ("2026-11-01/cfpb/*", ",XXXXX,"),
        ("2026-11-01/cfpb/*", "{$"),
        ("2026-11-01/cfpb/*", ",N/A,"),
        ("2026-11-01/city_311/*", "\n0,57000001,"),
        ("2026-11-01/city_311/*", " 12:00:00 AM,"),
        ("2026-11-01/city_311/*", ",Closed - Testing,"),
        ("2026-11-01/salesforce/Lead.csv", ",Closed - Not Converted,"),
        ("2026-11-01/salesforce/Opportunity.csv", ",[TEST] do not call,"),
    ],
)
def test_the_trap_is_in_the_bytes(world: Path, file: str, needle: str) -> None:
    assert any(needle.encode() in unpacked(path) for path in world.glob(file))


def test_special_encodings(world: Path) -> None:
    night = world / "2026-11-01/salesforce"
    unicode = (night / "Contact_unicode.txt").read_bytes()
    assert unicode.startswith(b"\xff\xfe")
    assert unicode.decode("utf-16").splitlines()[0].startswith("Id\tIsDeleted")
    excel = (night / "Case_resaved_eu.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        excel.decode()
    assert excel.decode("cp1252").startswith("Id;IsDeleted;CaseNumber")
    with pytest.raises(UnicodeDecodeError):
        (night / "Case.csv").read_bytes().decode()
    assert not (night / "Case_cut.csv").read_bytes().endswith(b"\n")
    assert (world / "2026-11-02/zendesk/satisfaction_ratings_empty.json").read_bytes() == b""


@pytest.mark.parametrize(("file", "day_at"), [("Case_resaved_eu.csv", 0), ("Case_resaved_us.csv", 3)])
def test_every_column_of_local_dates_can_be_decided(truth: Truth, file: str, day_at: int) -> None:
    cells = pl.read_parquet(truth.folder / "cells.parquet").filter(pl.col("file").str.ends_with(file))
    days = cells.group_by("column").agg(pl.col("dirty").str.slice(day_at, 2).cast(pl.Int64).max())
    assert set(days["column"]) == {"ClosedDate", "CreatedDate", "LastModifiedDate", "SystemModstamp"}
    assert (days["dirty"] > 12).all()


def test_repeated_records_are_the_same_bytes(world: Path) -> None:
    pages = [
        json.loads(line) for line in (world / "2026-11-01/zendesk/satisfaction_ratings_001.json").read_text("utf-8").splitlines()
    ]
    repeats = [record for record in pages[1]["satisfaction_ratings"] if record in pages[0]["satisfaction_ratings"]]
    assert len(repeats) == 3
    assert pages[0]["count"] == len(pages[0]["satisfaction_ratings"])
    assert pages[0]["next_page"]
    assert pages[-1]["next_page"] is None

"""Salesforce records, as its export tools write them, and what becomes of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cx_pipeline.scrub.time_formats import FORMATS
from cx_pipeline.sources.catalogue import get
from cx_pipeline.sources.export import Context
from tests.sources.scrubbing import Record, broken, part, row, rows, scrub

CASE_ID, CONTACT_ID = "500A000001abcdeIAA", "003A000001abcdeIAA"
CASE: Record = {
    "Id": CASE_ID,
    "IsDeleted": None,
    "CaseNumber": "00001014",
    "ContactId": CONTACT_ID,
    "AccountId": "001A000001abcdeIAA",
    "ParentId": None,
    "OwnerId": "005A000001abcdeIAA",
    "SuppliedName": None,
    "SuppliedEmail": None,
    "SuppliedPhone": None,
    "Type": "Mechanical",
    "Reason": "Breakdown",
    "Status": "Working",
    "Origin": "Phone",
    "Priority": "Medium",
    "Subject": '"Customer Inquiry: it leaks"',
    "Description": "It leaks.",
    "CreatedDate": "2024-01-23T13:26:08.000+0000",
    "ClosedDate": "2024-01-25T13:26:08.000+0000",
    "LastModifiedDate": "2024-01-26T00:00:00.000+0000",
    "SystemModstamp": "2024-01-26T00:00:01.000+0000",
}
CONTACT: Record = {
    "Id": CONTACT_ID,
    "IsDeleted": None,
    "MasterRecordId": None,
    "Name": "Ada King",
    "FirstName": "Ada",
    "LastName": "King",
    "Email": "ada@king.io",
    "Phone": "4155552671",
    "MobilePhone": None,
    "MailingCountry": "United States",
    "CreatedDate": "2020-01-01T00:00:00.000+0000",
    "LastModifiedDate": "2024-01-02T00:00:00.000+0000",
    "SystemModstamp": "2024-01-02T00:00:00.000+0000",
    "HasOptedOutOfEmail": None,
    "HasOptedOutOfFax": None,
    "DoNotCall": None,
}
ACCOUNT: Record = {
    "Id": "001A000001abcdeIAA",
    "Website": "https://www.King.io/about",
    "BillingState": "CA",
    "BillingCountry": "USA",
}
USER: Record = {"Id": "005A000001abcdeIAA", "Name": "Eve Agent", "IsActive": "1", "UserType": "Standard", "Division": "Level 2"}


def cases(*given: Record) -> list[dict[str, Any]]:
    return rows("salesforce.Case", "interactions", *({**CASE, **changed} for changed in given))


def without_place(made: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in made.items() if name not in ("_record", "_line", "row_id")}


def case(**given: str | None) -> dict[str, Any]:
    return row("salesforce.Case", "interactions", {**CASE, **given})


def test_a_case_is_an_interaction_with_its_description() -> None:
    made = scrub("salesforce.Case", CASE)
    expected: dict[str, Any] = {
        "interaction_id": f"salesforce.Case:{CASE_ID}",
        "source_id": CASE_ID,
        "source_number": "00001014",
        "kind": "case",
        "channel": "phone",
        "channel_raw": "Phone",
        "customer_record": f"salesforce.Contact:{CONTACT_ID}",
        "organization_id": "salesforce.Account:001A000001abcdeIAA",
        "agent_id": "salesforce.User:005A000001abcdeIAA",
        "queue": None,
        "category": "Breakdown",
        "status": "open",
        "status_raw": "Working",
        "priority": "normal",
        "priority_raw": "Medium",
        "opened_at": datetime(2024, 1, 23, 13, 26, 8),
        "closed_at": datetime(2024, 1, 25, 13, 26, 8),
        "resolution_ms": 2 * 86_400_000,
        "source_updated_at": datetime(2024, 1, 26, 0, 0, 1),
        "text_subject": '"Customer Inquiry: it leaks"',
        "is_deleted": False,
        "is_test": False,
        "dq_flags": [],
    }
    assert part(made.tables["interactions"].to_dicts()[0], expected) == expected
    assert made.tables["messages"].select("message_id", "text").rows() == [
        (f"salesforce.Case:{CASE_ID}#description", "It leaks.")
    ]
    assert (made.tables["people"].height, made.tables["customer_identities"].height) == (0, 0)


def test_a_case_closed_before_it_was_opened_keeps_its_times_and_loses_its_duration() -> None:
    made = case(ClosedDate="2024-01-20T00:00:00.000+0000")
    assert (made["opened_at"], made["closed_at"]) == (datetime(2024, 1, 23, 13, 26, 8), datetime(2024, 1, 20))
    assert made["resolution_ms"] is None
    assert set(made["dq_flags"]) == {"closed_before_opened", "resolution_ms_negative"}


def test_ids_of_15_characters_become_18() -> None:
    id_15, id_18 = "500A000001abcde", "500A000001abcdeIAA"
    columns = ["Id", "ContactId", "ParentId", "OwnerId", "AccountId"]
    given: list[Record] = [{"Id": "500A000001abcdf", column: text} for column in columns for text in (id_15, id_18)]
    made = [without_place(row) for row in cases(*given)]
    for column, one, other in zip(columns, made[::2], made[1::2], strict=True):
        assert one == other, column
        assert id_18 in str(one)


def test_deleted_cases_are_tombstones_and_blank_is_no() -> None:
    table = [("1", True), ("true", True), (None, False), ("0", False), ("false", False)]
    made = scrub("salesforce.Case", *({**CASE, "IsDeleted": written} for written, _ in table))
    texts = made.tables["messages"]["text"].to_list()
    for (_, deleted), found, text in zip(table, made.tables["interactions"].to_dicts(), texts, strict=True):
        assert (found["is_deleted"], found["status"]) == (deleted, "deleted" if deleted else "open")
        assert (found["text_subject"] is None, text is None) == (deleted, deleted)
        assert found["dq_flags"] == []


def test_a_case_of_a_queue_has_no_agent() -> None:
    made = case(OwnerId="00GA000001abcdeMAA")
    assert (made["agent_id"], made["queue"]) == (None, "salesforce.Group:00GA000001abcdeMAA")


SUPPLIED = {"SuppliedName": "Eve Hill", "SuppliedEmail": "eve@hill.io", "SuppliedPhone": "(415) 555-2672"}


def test_who_is_supplied_in_place_of_a_contact_is_the_cases_own_person() -> None:
    made = scrub("salesforce.Case", {**CASE, "ContactId": None, **SUPPLIED})
    key = f"salesforce.Case:{CASE_ID}"
    assert made.tables["interactions"]["customer_record"].to_list() == [key]
    assert made.tables["people"].select("customer_record", "first_seen_at").rows() == [(key, datetime(2024, 1, 23, 13, 26, 8))]
    assert sorted(made.tables["customer_identities"].select("customer_record", "kind", "value").rows()) == [
        (key, "email", "eve@hill.io"),
        (key, "name", "Eve Hill"),
        (key, "phone", "+14155552672"),
    ]


def test_who_is_supplied_beside_a_contact_tells_of_the_contact() -> None:
    made = scrub("salesforce.Case", {**CASE, **SUPPLIED})
    assert set(made.tables["customer_identities"]["customer_record"]) == {f"salesforce.Contact:{CONTACT_ID}"}
    assert made.tables["people"].height == 0


def test_junk_in_place_of_a_person_is_nobody() -> None:
    """`scrub` itself asserts that what the raw text holds of identifiers is what the mapping made."""
    table: list[tuple[Record, bool]] = [
        ({"ContactId": None}, False),
        ({"ContactId": None, "SuppliedName": "N/A"}, False),
        ({"ContactId": None, "SuppliedEmail": "no address"}, False),
        ({"ContactId": None, "SuppliedPhone": "12"}, False),
        ({"ContactId": None, "SuppliedName": "  "}, False),
        ({"ContactId": "N/A", "SuppliedEmail": "eve@hill.io"}, True),
        ({"ContactId": "5.7E+17", "SuppliedEmail": "eve@hill.io"}, True),
    ]
    made = rows("salesforce.Case", "people", *({**CASE, **given} for given, _ in table))
    assert [row["_record"] for row in made] == [number for number, (_, person) in enumerate(table, start=1) if person]


def test_test_cases_are_marked() -> None:
    table: list[tuple[Record, bool]] = [
        ({"Subject": "TEST"}, True),
        ({"SuppliedName": "testUser"}, True),
        ({"SuppliedEmail": "qa@example.com"}, True),
        ({"Subject": "Test results"}, False),
    ]
    assert [row["is_test"] for row in cases(*(given for given, _ in table))] == [is_test for _, is_test in table]


def test_versions_are_ordered_by_whichever_stamp_the_tool_wrote() -> None:
    made = cases({}, {"SystemModstamp": None}, {"SystemModstamp": None, "LastModifiedDate": None})
    assert [row["source_updated_at"] for row in made] == [datetime(2024, 1, 26, 0, 0, 1), datetime(2024, 1, 26), None]


def test_who_looked_at_a_record_last_is_no_content() -> None:
    seen = [{**CASE, "LastViewedDate": text} for text in ("2024-02-01T00:00:00.000+0000", "2024-02-02T00:00:00.000+0000", None)]
    assert scrub("salesforce.Case", *seen).records["content"].n_unique() == 1


def test_a_column_whose_day_and_month_cannot_be_told_apart_keeps_its_records_back() -> None:
    context = Context(undecidable=frozenset({"ClosedDate"}))
    given = {**CASE, "ClosedDate": "01/02/2024 10:00"}
    assert broken("salesforce.Case", given, context) == [(None, "timestamp.ambiguous_format", "ClosedDate")]
    assert broken("salesforce.Case", {**CASE, "ClosedDate": None}, context) == []


def test_a_column_is_read_in_the_format_the_whole_file_showed() -> None:
    given = {**CASE, "CreatedDate": "03/01/2024 13:26"}
    for chosen, opened_at in (("dmy_slash", datetime(2024, 1, 3, 13, 26)), ("mdy_slash", datetime(2024, 3, 1, 13, 26))):
        context = Context(time_formats={"CreatedDate": FORMATS[chosen]})
        assert row("salesforce.Case", "interactions", given, context)["opened_at"] == opened_at


def test_a_contact_is_a_person_with_identifiers() -> None:
    made = scrub("salesforce.Contact", {**CONTACT, "MobilePhone": "+44 20 7946 0018"})
    person = {
        "customer_record": f"salesforce.Contact:{CONTACT_ID}",
        "country": "US",
        "first_seen_at": datetime(2020, 1, 1),
        "merged_into_source_id": None,
        "is_deleted": False,
    }
    assert part(made.tables["people"].to_dicts()[0], person) == person
    assert sorted(made.tables["customer_identities"].select("kind", "value", "value_domain").rows(), key=str) == [
        ("email", "ada@king.io", "king.io"),
        ("external_id", CONTACT_ID, None),
        ("name", "Ada King", None),
        ("phone", "+14155552671", None),
        ("phone", "+442079460018", None),
    ]
    assert made.tables["consent_events"].height == 0


def test_a_number_given_twice_counts_once() -> None:
    table = [("(415) 555-2671", 1), ("4155552672", 2), ("N/A", 2)]
    made = scrub("salesforce.Contact", *({**CONTACT, "MobilePhone": mobile} for mobile, _ in table))
    phones = made.tables["customer_identities"].filter(kind="phone")["_record"].to_list()
    assert [phones.count(number) for number in (1, 2, 3)] == [kept for _, kept in table]
    assert made.records["copies_customer_identities"].to_list() == [2 - kept for _, kept in table]


def test_a_name_may_come_in_parts() -> None:
    table: list[tuple[Record, list[str | None]]] = [
        ({}, ["Ada King"]),
        ({"Name": None}, ["Ada King"]),
        ({"Name": "  "}, ["Ada King"]),
        ({"Name": None, "FirstName": None}, ["King"]),
        ({"Name": "N/A"}, ["Ada King"]),
        ({"Name": None, "FirstName": None, "LastName": None}, []),
        ({"Name": None, "FirstName": " ", "LastName": None}, []),
        ({"Name": None, "FirstName": "N/A", "LastName": None}, [None]),
    ]
    made = rows("salesforce.Contact", "customer_identities", *({**CONTACT, **given} for given, _ in table))
    for number, (_, names) in enumerate(table, start=1):
        assert [row["value"] for row in made if (row["_record"], row["kind"]) == (number, "name")] == names


def test_test_contacts_are_told_by_their_parts_too() -> None:
    assert (
        row("salesforce.Contact", "people", {**CONTACT, "Name": None, "FirstName": "Test", "LastName": "User"})["is_test"] is True
    )


def test_a_merged_contact_is_a_tombstone_that_names_its_survivor() -> None:
    made = scrub("salesforce.Contact", {**CONTACT, "IsDeleted": "1", "MasterRecordId": "003A000001abcdf"})
    assert made.tables["people"].select("is_deleted", "merged_into_source_id").rows() == [(True, "003A000001abcdfIAA")]
    assert set(made.tables["customer_identities"]["merged_into_source_id"]) == {"003A000001abcdfIAA"}


def test_a_contact_merged_into_itself_is_not_merged() -> None:
    made = row("salesforce.Contact", "people", {**CONTACT, "MasterRecordId": CONTACT_ID})
    assert (made["merged_into_source_id"], made["dq_flags"]) == (None, ["merged_into_itself"])


def test_a_ticked_box_is_a_refusal_in_any_spelling() -> None:
    spellings = ["1", "true", "TRUE", "Yes", "y", "x", "on", "wahr", "1.0"]
    ticked = ({**CONTACT, "HasOptedOutOfEmail": text, "DoNotCall": text} for text in spellings)
    made = rows("salesforce.Contact", "consent_events", *ticked)
    assert sorted((row["_record"], row["channel"], row["identity"]["token"], row["state"]) for row in made) == [
        (number, channel, token, "denied")
        for number in range(1, len(spellings) + 1)
        for channel, token in (("email", "ada@king.io"), ("phone", "+14155552671"))
    ]
    assert {row["identity"]["kind"] for row in made} == {"email", "phone"}
    assert made[0]["event_id"] == f"salesforce.Contact:{CONTACT_ID}#HasOptedOutOfEmail"
    assert made[0]["occurred_at"] == datetime(2024, 1, 2)


def test_a_blank_box_says_nothing() -> None:
    blanks = [None, "", " ", "0", "false", "nein", "perhaps"]
    boxes = ("HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall")
    assert rows("salesforce.Contact", "consent_events", *({**CONTACT, **dict.fromkeys(boxes, blank)} for blank in blanks)) == []


def test_a_refusal_of_somebody_without_an_address_is_kept_by_their_id() -> None:
    event = row("salesforce.Contact", "consent_events", {**CONTACT, "Email": None, "HasOptedOutOfEmail": "1"})
    assert event["identity"] == {"kind": "external_id", "token": CONTACT_ID}


def test_an_accounts_domain_is_never_a_part_of_an_address() -> None:
    table: list[tuple[str | None, str | None]] = [
        ("https://www.King.io/about", "king.io"),
        ("king.io", "king.io"),
        ("HTTP://shop.king.co.uk:8080", "shop.king.co.uk"),
        ("ada.king@king.io", None),
        ("https://ada.king:secret@king.io", None),
        ("soon to come", None),
        ("localhost", None),
        (None, None),
    ]
    made = rows("salesforce.Account", "organizations", *({**ACCOUNT, "Website": website} for website, _ in table))
    assert [row["domain"] for row in made] == [domain for _, domain in table]


def test_an_account_is_an_organization() -> None:
    expected: dict[str, Any] = {
        "organization_id": "salesforce.Account:001A000001abcdeIAA",
        "domain": "king.io",
        "region": "US",
        "parent_id": None,
    }
    assert part(row("salesforce.Account", "organizations", ACCOUNT), expected) == expected


def test_a_user_is_an_agent() -> None:
    expected: dict[str, Any] = {
        "agent_id": "salesforce.User:005A000001abcdeIAA",
        "name": "Eve Agent",
        "role": "Standard",
        "team": "Level 2",
        "is_bot": False,
        "is_active": True,
    }
    assert part(row("salesforce.User", "agents", USER), expected) == expected


def test_users_of_all_kinds() -> None:
    table: list[tuple[Record, dict[str, Any]]] = [
        ({"Name": "Automated Process"}, {"is_bot": True}),
        ({"Name": None, "FirstName": "Eve", "LastName": "Agent"}, {"name": "Eve Agent", "is_bot": False}),
        ({"IsActive": None}, {"is_active": False}),
        ({"ManagerId": USER["Id"]}, {"manager_id": None, "dq_flags": ["manager_is_itself"]}),
    ]
    made = rows("salesforce.User", "agents", *({**USER, **given} for given, _ in table))
    assert [part(row, expected) for row, (_, expected) in zip(made, table, strict=True)] == [expected for _, expected in table]


@pytest.mark.parametrize("export", ["Case", "Contact", "Account", "User"])
def test_a_record_without_an_id_is_kept_back(export: str) -> None:
    plain = {"Case": CASE, "Contact": CONTACT, "Account": ACCOUNT, "User": USER}[export]
    made = scrub(f"salesforce.{export}", {**plain, "Id": None}, {**plain, "Id": "ada@king.io"}, plain)
    assert sorted(made.quarantined.select("record_number", "table", "rule", "column").rows()) == [
        (1, None, "key.missing", "Id"),
        (2, None, "key.unusable", "Id"),
    ]
    assert made.records["record_number"].to_list() == [3]


def test_an_address_or_a_number_where_an_id_should_be_is_nulled_and_flagged() -> None:
    columns = ["ContactId", "AccountId", "ParentId", "OwnerId", "CaseNumber"]
    misplaced = ["ada@king.io", "+1 415 555 2671", "(415) 555-2671"]
    given: list[Record] = [{column: text} for column in columns for text in misplaced]
    for changed, found in zip(given, cases(*given), strict=True):
        (column, text) = next(iter(changed.items()))
        assert f"{column}_malformed" in found["dq_flags"]
        assert str(text) not in str(found)


def test_required_columns() -> None:
    assert get("salesforce.Case").required == {"Id", "CaseNumber", "CreatedDate"}
    assert [get(f"salesforce.{name}").required for name in ("Contact", "Account", "User")] == [{"Id"}] * 3

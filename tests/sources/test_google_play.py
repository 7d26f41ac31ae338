"""Reviews of Google Play from its monthly files and its API, and what becomes of them."""

from __future__ import annotations

import json
from datetime import datetime

from tests.sources.scrubbing import Record, part, row, scrub

EXPORT = "google_play.reviews"
LINK = "http://play.google.com/console/developers/1/app/2/user-feedback/review-details?reviewId=gp%3AAOqpTOE-x_1&corpus=PUBLIC_REVIEWS"
ROW: Record = {
    "Package Name": "com.example.app",
    "App Version Code": "801",
    "App Version Name": "8.0.1",
    "Reviewer Language": "en",
    "Device": "klte",
    "Review Submit Date and Time": "2026-03-01T10:00:00Z",
    "Review Submit Millis Since Epoch": "1772359200123",
    "Review Last Update Date and Time": "2026-03-01T10:00:00Z",
    "Review Last Update Millis Since Epoch": "1772359200123",
    "Star Rating": "4",
    "Review Title": "Fine",
    "Review Text": "Works &amp; runs",
    "Developer Reply Date and Time": None,
    "Developer Reply Millis Since Epoch": None,
    "Developer Reply Text": None,
    "Review Link": LINK,
}
AT = datetime(2026, 3, 1, 10, 0, 0, 123000)


def test_a_row_of_a_monthly_file() -> None:
    expected = {
        "review_id": "google_play.reviews:gp:AOqpTOE-x_1",
        "platform": "google_play",
        "product": "com.example.app",
        "territory": None,
        "app_version": "8.0.1",
        "rating": 4.0,
        "author": None,
        "created_at": AT,
        "updated_at": AT,
        "replied_at": None,
        "version_number": 1,
        "is_current": True,
        "text_title": "Fine",
        "text_body": "Works & runs",
        "source_id": "gp:AOqpTOE-x_1_1772359200123",
    }
    assert part(row(EXPORT, "reviews", ROW), expected) == expected


def test_an_older_link_holds_the_id_too() -> None:
    link = "https://play.google.com/apps/publish?account=1#ReviewDetailsPlace:p=com.example.app&reviewid=gp:AOq7"
    assert row(EXPORT, "reviews", {**ROW, "Review Link": link})["review_id"] == "google_play.reviews:gp:AOq7"


def test_a_rating_without_words_has_no_link_and_is_told_apart_all_the_same() -> None:
    record = {**ROW, "Review Link": "", "Review Text": "", "Review Title": ""}
    made = scrub(EXPORT, record, {**record, "Device": "flounder"})
    assert made.quarantined.is_empty()
    assert made.tables["reviews"]["review_id"].to_list() == [
        "google_play.reviews:rating_com.example.app_1772359200123_klte",
        "google_play.reviews:rating_com.example.app_1772359200123_flounder",
    ]


def test_an_edit_in_place_is_a_version_of_its_own_and_a_reply_is_none() -> None:
    replied = {**ROW, "Developer Reply Millis Since Epoch": "1772445600000"}
    edited = {**ROW, "Review Last Update Millis Since Epoch": "1772532000000", "Star Rating": "1"}
    made = scrub(EXPORT, ROW, replied, edited)
    assert made.records["source_id"].to_list() == [f"gp:AOqpTOE-x_1_{at}" for at in (1772359200123, 1772359200123, 1772532000000)]
    assert made.records["clock_1"].to_list()[:2] == [None, 1772445600000000]
    assert made.tables["reviews"]["replied_at"].to_list() == [None, datetime(2026, 3, 2, 10), None]


def test_a_file_saved_by_a_spreadsheet_without_milliseconds() -> None:
    record = {name: value for name, value in ROW.items() if "Millis" not in name}
    made = row(EXPORT, "reviews", record)
    assert (made["created_at"], made["updated_at"]) == (datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 10))


def test_a_review_of_the_api() -> None:
    comments = [
        {
            "userComment": {
                "text": "Fine\tWorks",
                "lastModified": {"seconds": "1772359200", "nanos": 123000000},
                "starRating": 3,
                "reviewerLanguage": "en",
                "appVersionName": "8.0.2",
            }
        },
        {"developerComment": {"text": "Thanks", "lastModified": {"seconds": "1772445600"}}},
    ]
    made = row(EXPORT, "reviews", {"reviewId": "gp:AOq9", "authorName": "Jo King", "comments": json.dumps(comments)})
    expected = {
        "review_id": "google_play.reviews:gp:AOq9",
        "rating": 3.0,
        "author": "Jo King",
        "app_version": "8.0.2",
        "updated_at": AT,
        "replied_at": datetime(2026, 3, 2, 10),
        "text_title": "Fine",
        "text_body": "Works",
    }
    assert part(made, expected) == expected

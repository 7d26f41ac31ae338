"""Reviews of the App Store from its feed, App Store Connect and files, and what becomes of them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import open_file
from cx_pipeline.settings.reading import Limits
from cx_pipeline.sources.catalogue import get
from cx_pipeline.sources.export import Context
from tests.sources.scrubbing import Record, part, row, scrub

EXPORT = "app_store.reviews"


def entry(number: int, **given: Any) -> dict[str, Any]:
    return {
        "author": {"uri": {"label": "https://itunes.apple.com/gb/reviews/id638572168"}, "name": {"label": "Kim"}, "label": ""},
        "updated": {"label": "2026-03-01T08:10:34-07:00"},
        "im:rating": {"label": "2"},
        "im:version": {"label": "8.0.9"},
        "id": {"label": str(7175647643 + number)},
        "title": {"label": "Hm"},
        "content": {"label": "It &amp; me\nnever", "attributes": {"type": "text"}},
        "link": {
            "attributes": {"rel": "related", "href": "https://itunes.apple.com/gb/review?id=1321994487&type=Purple%20Software"}
        },
        "im:voteSum": {"label": "0"},
        "im:voteCount": {"label": "0"},
        **given,
    }


def as_read(element: dict[str, Any]) -> Record:
    return {name: value if isinstance(value, str) or value is None else json.dumps(value) for name, value in element.items()}


EXPECTED = {
    "review_id": "app_store.reviews:7175647643",
    "platform": "app_store",
    "product": "1321994487",
    "territory": "GB",
    "app_version": "8.0.9",
    "rating": 2.0,
    "author": "Kim",
    "created_at": datetime(2026, 3, 1, 15, 10, 34),
    "updated_at": datetime(2026, 3, 1, 15, 10, 34),
    "version_number": 1,
    "is_current": True,
    "text_title": "Hm",
    "text_body": "It & me\nnever",
}


def test_an_entry_of_the_feed() -> None:
    assert part(row(EXPORT, "reviews", as_read(entry(0))), EXPECTED) == EXPECTED


def test_the_app_itself_is_no_review() -> None:
    app = {
        "im:name": {"label": "App"},
        "id": {"label": "https://apps.apple.com/gb/app/x/id1321994487?uo=2", "attributes": {"im:id": "1"}},
    }
    made = scrub(EXPORT, as_read(app), as_read(entry(0)))
    assert (made.tables["reviews"].height, made.quarantined.height, made.records.height) == (1, 0, 2)


def test_a_record_of_app_store_connect() -> None:
    record = {
        "type": "customerReviews",
        "id": "00000013-aa5b-4f81-9c10-2ee500000000",
        "attributes": {
            "rating": 5,
            "title": "Great",
            "body": "Love it",
            "reviewerNickname": "Jo",
            "createdDate": "2026-03-01T08:10:34-08:00",
            "territory": "USA",
        },
        "relationships": {"response": {"links": {"self": "x"}}},
        "links": {"self": "x"},
    }
    expected = {
        "review_id": "app_store.reviews:00000013-aa5b-4f81-9c10-2ee500000000",
        "product": "1404176564",
        "territory": "US",
        "rating": 5.0,
        "author": "Jo",
        "created_at": datetime(2026, 3, 1, 16, 10, 34),
        "text_title": "Great",
        "text_body": "Love it",
    }
    assert part(row(EXPORT, "reviews", as_read(record), Context(file_label="1404176564")), expected) == expected


def test_a_row_of_a_file() -> None:
    record: Record = {
        "Review ID": "77",
        "App ID": "1404176564",
        "Country": "Germany",
        "Version": "3.1",
        "Rating": "4",
        "Title": "Gut",
        "Review": "Sehr gut",
        "Author": "Max",
        "Date": "2026-03-01 10:00:00",
        "Response Date": "2026-03-02 10:00:00",
    }
    expected = {
        "review_id": "app_store.reviews:77",
        "product": "1404176564",
        "territory": "DE",
        "app_version": "3.1",
        "rating": 4.0,
        "author": "Max",
        "replied_at": datetime(2026, 3, 2, 10),
        "text_body": "Sehr gut",
    }
    assert part(row(EXPORT, "reviews", record), expected) == expected


def test_an_edit_is_a_version_of_its_own() -> None:
    later = entry(0, updated={"label": "2026-03-05T08:10:34-07:00"}, content={"label": "Better now"})
    made = scrub(EXPORT, as_read(entry(0)), as_read(later))
    assert made.tables["reviews"]["review_id"].n_unique() == 1
    assert made.records["source_id"].n_unique() == 2


def ids(path: Path, data: Any) -> list[str | None]:
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    with open_file(path, ReadOptions(page_keys=get(EXPORT).page_keys), Limits()) as reader:
        frames = [batch.good for batch in reader]
        assert reader.facts.format == "json_pages"
    names = pl.concat(frames, how="diagonal").get_column("id")
    return names.str.json_path_match("$.label").to_list()


def test_a_feed_is_read_review_by_review(tmp_path: Path) -> None:
    feed = {"feed": {"author": {"name": {"label": "iTunes Store"}}, "entry": [entry(0), entry(1)], "updated": {"label": "x"}}}
    both = ["7175647643", "7175647644"]
    assert ids(tmp_path / "reviews.json", feed) == both
    assert ids(tmp_path / "reviews.json", [feed, feed]) == both * 2
    assert ids(tmp_path / "reviews.json", json.dumps(feed) + "\n" + json.dumps(feed)) == both * 2
    assert ids(tmp_path / "reviews.json", {"feed": {"entry": entry(0), "id": {"label": "x"}}}) == both[:1]


def test_a_feed_that_is_cut_keeps_its_whole_reviews(tmp_path: Path) -> None:
    path = tmp_path / "reviews.json"
    path.write_text(json.dumps({"feed": {"entry": [entry(number) for number in range(5)]}})[:-200], encoding="utf-8")
    with open_file(path, ReadOptions(page_keys=get(EXPORT).page_keys), Limits()) as reader:
        assert sum(batch.good.height for batch in reader) == 4
        facts = reader.facts
    assert (facts.records, facts.damaged, facts.is_truncated) == (5, 1, True)

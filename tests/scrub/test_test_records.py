import polars as pl
import pytest

from cx_pipeline.scrub.test_records import (
    address_told,
    has_test_tag,
    looks_like_test_person,
    looks_like_test_subject,
    looks_like_test_ticket,
)


@pytest.mark.parametrize(
    "subject",
    [
        "Test ticket - please ignore",
        "TEST - please ignore",
        "test",
        "Test",
        "TEST!",
        "test ticket",
        "Test Ticket #2",
        "this is a test",
        "[TEST] printer on fire",
        "(sandbox) x",
        "asdf",
        "testing 123",
        "test email please ignore",
        "Test-Case 4",
    ],
)
def test_subjects_that_say_test(subject: str) -> None:
    assert pl.DataFrame({"s": [subject]}).select(looks_like_test_subject(pl.col("s"))).to_series().to_list() == [True]


@pytest.mark.parametrize(
    "subject",
    [
        "test results for my blood sugar meter",
        "Testing kit arrived broken",
        "My test failed",
        "contest",
        "Covid test refund",
        "I tested it",
        "Request: test drive",
        "",
        "asdfgh keyboard 3 broken 4",
        None,
    ],
)
def test_subjects_of_customers(subject: str | None) -> None:
    frame = pl.DataFrame({"s": [subject]}, schema={"s": pl.String})
    assert frame.select(looks_like_test_subject(pl.col("s"))).to_series().to_list() == [False]


def test_people() -> None:
    frame = pl.DataFrame(
        {
            "name": [
                "testUser",
                "testUser0123456789abcdef0123456789abcdef01234567",
                "Test Customer 3",
                "Ada Tester-King",
                "Ada",
                "Ada",
                "Max Testa",
                None,
            ],
            "email": [None, None, None, "ada@shop.com", "ada@test.com", "ada@corp.internal", "max@shop.com", None],
        }
    )
    found = frame.select(looks_like_test_person(pl.col("name"), pl.col("email"), ("corp.internal",))).to_series()
    assert found.to_list() == [True, True, True, False, True, True, False, False]


def test_tags_in_any_notation() -> None:
    tags = ["test", '["vip","test_ticket"]', "vip, sandbox", "vip sandbox", "latest contest", "", "[]", None, "pilot"]
    found = pl.DataFrame({"t": tags}).select(has_test_tag(pl.col("t"), extra=("Pilot",))).to_series().to_list()
    assert found == [True, True, True, True, False, False, False, False, True]


def test_tickets() -> None:
    frame = pl.DataFrame(
        {
            "s": ["test", "help", "help", "help"],
            "t": ["", "sandbox", "", None],
            "e": ["a@shop.com", "a@shop.com", "a@test.com", None],
        }
    )
    found = frame.select(looks_like_test_ticket(pl.col("s"), pl.col("t"), pl.col("e"))).to_series().to_list()
    assert found == [True, True, True, False]


@pytest.mark.parametrize(
    ("written", "scrubbed", "is_test"),
    [
        (" Test@Test.com ", None, True),
        ("ada@king.io", "ada@king.io", False),
        ("test", None, False),
        ("n/a", None, False),
        ("example@email.com", None, False),
        (None, None, False),
    ],
)
def test_a_placeholder_of_an_address_still_says_test(written: str | None, scrubbed: str | None, is_test: bool) -> None:
    frame = pl.DataFrame({"email": [scrubbed], "raw.email": [written]}, schema={"email": pl.String, "raw.email": pl.String})
    name = pl.lit(None, dtype=pl.String)
    assert frame.select(looks_like_test_person(name, address_told("email"))).to_series().to_list() == [is_test]

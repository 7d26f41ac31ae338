"""Words of the vendor's are published; what looks like a person's is not."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.privacy.withhold import PERSONAL_ID, PERSONAL_SIGN, is_open_text, is_plain_id, withhold


def published(text: str | None) -> str | None:
    found: str | None = pl.select(withhold(pl.lit(text, dtype=pl.String))).item()
    return found


@pytest.mark.parametrize(
    "word",
    [
        *("Billing", "On Hold", "Level 2", "Q3 2025", "Größe", "24/7", "ISO 9001", "v1.2.3", "123456"),
        *("zendesk.groups:360001234567", "salesforce.Group:00G000000012345678"),
    ],
)
def test_words_and_references_stay(word: str) -> None:
    assert published(word) == word


@pytest.mark.parametrize(
    "text",
    [
        *(
            "ada@king.io",
            "Owner: ada@king.io",
            "@ada",
            "+1 415 555 2671",
            "(415) 555-2671",
            "4155552671",
            "call 415.555.2671 now",
        ),
        *("zendesk.groups:+4155552671", "zendesk.groups:ada@king.io", "360001234567"),
    ],
)
def test_addresses_and_numbers_are_withheld(text: str) -> None:
    assert published(text) is None


def test_null_stays_null() -> None:
    assert published(None) is None


@pytest.mark.parametrize(
    ("text", "is_personal"),
    [
        ("123456789012", False),
        ("00001014", False),
        ("003A000001abcdeIAA", False),
        ("123e4567-e89b-12d3-a456-426614174000", False),
        ("2026-03-01-000017", False),
        ("zendesk.users:-1", False),
        ("salesforce.Contact:003A000001abcdeIAA#HasOptedOutOfEmail", False),
        ("ada@king.io", True),
        ("zendesk.users:ada@king.io", True),
        ("+14155552671", True),
        ("+1 415-555-2671", True),
        ("(415) 555-2671", True),
        ("415 555 2671", True),
    ],
)
def test_ids_are_told_from_addresses_and_numbers(text: str, is_personal: bool) -> None:
    assert pl.select(pl.lit(text).str.contains(PERSONAL_ID)).item() is is_personal


def test_every_plain_text_column_is_a_word_list_an_open_text_or_an_id() -> None:
    """So none is published unlooked at."""
    for table in tables().values():
        for column in table.columns:
            if column.dtype == pl.String and column.secret is None and column.resolved is None and not column.words:
                assert is_open_text(column) != is_plain_id(column), f"{table.name}.{column.name}"


@given(st.lists(st.one_of(st.from_regex(PERSONAL_ID), st.text(alphabet="@+() -.0123456789a")), min_size=1))
def test_no_id_looks_personal_without_a_sign(texts: list[str]) -> None:
    held = pl.Series(texts)
    assert held.filter(held.str.contains(PERSONAL_ID)).str.contains(PERSONAL_SIGN).all()

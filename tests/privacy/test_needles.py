"""What is unmistakable of an identifier, kind by kind."""

from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.privacy.needles import Needles, code_keys, needles


def made(*values: tuple[str, str | None]) -> Needles:
    return needles(pl.DataFrame(values, schema={"kind": pl.String, "value": pl.String}, orient="row"))


@pytest.mark.parametrize(
    ("name", "phrases"),
    [
        ("Ada King", ["ada king", "king, ada"]),
        ("  Ada \n King ", ["ada king", "king, ada"]),
        ("Éva D\u2019Arc-Smith", ["d'arc-smith, eva", "eva d'arc-smith"]),
        ("Ana de la Cruz", ["ana de la cruz"]),
        ("Ada", []),
        ("A B", []),
        ("Person A", []),
        ("Customer Support", []),
        ("Best Customer", []),
        ("ada@king.io King", []),
    ],
)
def test_names_of_two_words_or_more(name: str, phrases: list[str]) -> None:
    found = made(("name", name)).phrases
    assert sorted(found["phrase"]) == phrases
    assert not found["is_cased"].any()


def test_a_name_of_words_counts_only_with_capitals() -> None:
    found = made(("name", "Mark Young")).phrases
    assert dict(zip(found["phrase"], found["is_cased"], strict=True)) == {"mark young": True, "young, mark": True}


@pytest.mark.parametrize(
    ("kind", "value", "phrases"),
    [
        ("email", "Ada@King.io", ["ada@king.io"]),
        ("email", "nobody", []),
        ("handle", "ada_king1", ["@ada_king1", "ada_king1"]),
        ("handle", "@ada_king1", ["@ada_king1", "ada_king1"]),
        ("handle", "sunshine", ["@sunshine"]),
        ("handle", "iphone15", ["@iphone15", "iphone15"]),
        ("handle", "ada", []),
        ("handle", "115913", []),
        ("handle", "Great app", []),
        ("external_id", "C-0000134", ["c-0000134"]),
        ("external_id", "C-134", []),
        ("external_id", "123456789", []),
        ("external_id", "1234567890", ["1234567890"]),
        ("external_id", "abcdefghij", []),
        ("cookie", "247929123.1763873698", []),
    ],
)
def test_what_stands_in_one_piece(kind: str, value: str, phrases: list[str]) -> None:
    held = made((kind, value)).codes.select("low", "high").sort("low")
    assert held.equals(code_keys(pl.Series(phrases, dtype=pl.String)).sort("low"))


def test_a_street_line_in_its_abbreviations() -> None:
    found = sorted(made(("address", "12 Baker Street, London")).phrases["phrase"])
    assert found == ["12 baker st", "12 baker st, london", "12 baker street", "12 baker street, london"]
    assert len(made(("address", "London"), ("address", "1 St"))) == 0


def test_a_phone_by_its_national_number() -> None:
    found = made(("phone", "+12025550143"), ("phone", "+442079460123"), ("phone", "2025550144"), ("phone", "+4712345"))
    assert found.phones.rows() == [("12025550143", 5550143), ("442079460123", 9460123)]
    assert found.phones_among(pl.Series([9460123, 1, 5550143], dtype=pl.UInt32)).rows() == [
        (0, "442079460123", "2079460123"),
        (2, "12025550143", "2025550143"),
    ]


def test_the_same_from_several_sources_is_looked_for_once() -> None:
    told = made(("email", "a.b@king.io"), ("email", "A.B@king.io"), ("email", None), ("name", "Ada King"), ("agent", "Ada King"))
    assert told.codes.height == 1
    assert told.phrases.select("kind", "phrase", "is_cased").sort("phrase").rows() == [
        ("agent", "ada king", False),
        ("agent", "king, ada", False),
    ]
    assert len(told) == 3

# ruff: noqa: RUF001 - odd characters are the subject here
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.scrub.names import PERSON, match_form
from cx_pipeline.scrub.rule import Rule


def scrub(*values: str | None) -> list[str | None]:
    return apply_rules(pl.Series("name", values, dtype=pl.String), PERSON).values.to_list()


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("  Ada   King ", "Ada King"),
        ("ADA KING", "Ada King"),
        ("ada king", "Ada King"),
        ("Ada KING", "Ada KING"),
        ("MacDonald, Ronald", "Ronald MacDonald"),
        ("King, Ada", "Ada King"),
        ("KING, ADA", "Ada King"),
        ("King, Jr.", "King, Jr."),
        ("King, Ada, PhD", "King, Ada, PhD"),
        ("Dr. Ada King", "Ada King"),
        ("Mrs Ada King", "Ada King"),
        ("Prof. Dr. Ada King", "Ada King"),
        ("Herr Müller", "Müller"),
        ("Drew King", "Drew King"),
        ("M. Night Shyamalan", "M. Night Shyamalan"),
        ("Mr", "Mr"),
        ('"Ada King"', "Ada King"),
        ("‘Ada King’", "Ada King"),
        ("MCDONALD", "McDonald"),
        ("O'BRIEN", "O'Brien"),
        ("o’brien", "O’Brien"),
        ("ANNA-MARIA SMITH-JONES", "Anna-Maria Smith-Jones"),
        ("LUDWIG VAN BEETHOVEN", "Ludwig van Beethoven"),
        ("maría de la cruz", "María de la Cruz"),
        ("VAN DYKE", "Van Dyke"),
        ("HENRY TUDOR VIII", "Henry Tudor VIII"),
        ("ÉLODIE", "Élodie"),
        ("李小龍", "李小龍"),
        ("e.e. cummings", "E.E. Cummings"),
        ("Null", "Null"),
        ("NULL", None),
        ("testUser", None),
        ("12345", None),
        ("---", None),
        ("", None),
        (None, None),
    ],
)
def test_names(raw: str | None, name: str | None) -> None:
    assert scrub(raw) == [name]


@pytest.mark.parametrize(
    "raw", ["ada@shop.com", "Ada King ada@shop.com", "+1 212 555 0123", "(212) 555-0123", "https://shop.com"]
)
def test_contact_data_in_a_name_is_null_and_flagged(raw: str) -> None:
    result = apply_rules(pl.Series("name", [raw, "Ada"]), PERSON)
    assert result.values.to_list() == [None, "Ada"]
    assert result.flags["name_contact_data"].to_list() == [True, False]


def test_match_form() -> None:
    frame = pl.DataFrame({"n": ["O’Brien-Łuczak, Zoë", "Straße  12", "ÅSA", "Ada", "ada.", "--", "İpek", "ＡＤＡ", None]})
    expected = ["obrien luczak zoe", "strasse 12", "asa", "ada", "ada", None, "ipek", "ada", None]
    assert frame.select(match_form(pl.col("n"))).to_series().to_list() == expected


_PIECES = st.sampled_from(
    [
        "ada",
        "KING",
        "Mc",
        "o'",
        "'",
        '"',
        "“",
        " ",
        ", ",
        "Dr. ",
        "mr ",
        "van",
        "-",
        "ß",
        "ŉ",
        "İ",
        "Jr.",
        "III",
        "é",
        "1",
        "@",
        "ǆ",
    ]
)


@settings(max_examples=60, deadline=None)
@given(batch=st.lists(st.lists(_PIECES, max_size=8).map("".join), min_size=1, max_size=40))
def test_the_chain_is_idempotent(batch: list[str]) -> None:
    once = scrub(*batch)
    assert scrub(*once) == once


@pytest.mark.parametrize("rule", PERSON[-7:], ids=lambda rule: rule.id)
@settings(max_examples=25, deadline=None)
@given(batch=st.lists(st.lists(_PIECES, max_size=8).map("".join), min_size=1, max_size=40))
def test_untouched_names_stay(rule: Rule, batch: list[str]) -> None:
    values = pl.Series("x", batch)
    after = values.to_frame().select(rule.transform(pl.col("x"))).to_series()
    untouched = ~rule.touched(values)
    assert after.filter(untouched).equals(values.filter(untouched))

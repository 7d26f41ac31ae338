import polars as pl
import pytest

from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.scrub.enums import normalise

STATUS = {"hold": "on_hold", "on-hold": "on_hold", "In Progress": "open", "new": "new"}


@pytest.mark.parametrize(
    ("word", "canonical"),
    [
        ("Hold", "on_hold"),
        ("ON HOLD", "on_hold"),
        ("on_hold", "on_hold"),
        ("in-progress", "open"),
        ("NEW ", "new"),
        ("open", "open"),
    ],
)
def test_words_are_found_in_any_spelling(word: str, canonical: str) -> None:
    assert apply_rules(pl.Series("s", [word, None]), [normalise("status", STATUS)]).values.to_list() == [canonical, None]


def test_unknown_words_are_flagged_and_null() -> None:
    result = apply_rules(pl.Series("s", ["medium", "new", None]), [normalise("status", STATUS)])
    assert result.values.to_list() == [None, "new", None]
    assert result.flags["s_unknown"].to_list() == [True, False, False]


def test_unknown_words_can_be_other() -> None:
    rule = normalise("status", STATUS, unknown="other")
    assert apply_rules(pl.Series("s", ["medium", "new", None, "other"]), [rule]).values.to_list() == [
        "other",
        "new",
        None,
        "other",
    ]


def test_the_canonical_words_map_to_themselves() -> None:
    rule = normalise("status", STATUS)
    canonical = sorted(set(STATUS.values()))
    assert apply_rules(pl.Series("s", canonical), [rule]).values.to_list() == canonical

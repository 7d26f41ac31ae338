"""Numbers of things stay readable, and what is masked for nothing is counted."""

from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.privacy import redact
from cx_pipeline.privacy.entity import Entity
from cx_pipeline.privacy.hard_negatives import SHAPES, hard_negatives
from cx_pipeline.privacy.needles import needles
from cx_pipeline.privacy.policy import DEFAULT, STRICT, Action, Policy
from cx_pipeline.privacy.utility import main, utility


def test_there_are_enough_shapes_and_messages_and_they_repeat() -> None:
    made = hard_negatives()
    assert made.height >= 5_000
    assert len(SHAPES) >= 40
    assert sum(len(patterns) for patterns in SHAPES.values()) >= 100
    assert set(made["shape"]) == set(SHAPES)
    assert made["text"].n_unique() > 0.95 * made.height
    assert made.equals(hard_negatives())
    assert not made.equals(hard_negatives(seed=2))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_published_policy_masks_almost_nothing_for_nothing(seed: int) -> None:
    found = utility(DEFAULT, messages=hard_negatives(5_200, seed))
    assert found.per_thousand <= 5
    assert found.masked_share < 0.001


def test_figures_of_a_few_messages_by_hand() -> None:
    told = pl.DataFrame({"shape": ["a", "a", "b", "c"], "text": ["call 202-555-0143", "fine", "ada@king.io or bo@king.io", "ok"]})
    found = utility(messages=told)
    assert (found.messages, found.masked, found.false_masks) == (4, 2, 3)
    assert (found.characters, found.masked_characters) == (17 + 4 + 25 + 2, 12 + 11 + 10)
    assert found.per_thousand == 750
    assert found.masked_share == pytest.approx(33 / 48)
    assert found.shapes.rows() == [("a", 2, 1), ("b", 1, 1)]


def test_what_a_policy_keeps_costs_nothing_and_the_last_pass_counts_too() -> None:
    told = pl.DataFrame({"shape": ["a", "b"], "text": ["see king.io there", "Mark Young was here"]})
    keep = Policy({Entity.URL: Action.KEEP})
    assert utility(keep, messages=told).false_masks == 0
    known = needles(pl.DataFrame([("name", "Mark Young")], schema=["kind", "value"], orient="row"))
    found = utility(keep, known, told)
    assert (found.masked, found.false_masks, found.masked_characters) == (1, 1, 10)


def test_order_numbers_are_masked_by_the_strict_policy_only() -> None:
    told = pl.DataFrame({"shape": ["order"], "text": ["Order 12345678901 has not shipped."]})
    assert utility(DEFAULT, messages=told).false_masks == 0
    assert utility(STRICT, messages=told).false_masks == 1


def test_nothing_to_measure() -> None:
    found = utility(messages=pl.DataFrame(schema={"shape": pl.String, "text": pl.String}))
    assert (found.per_thousand, found.masked_share) == (0, 0)


def test_the_command_fails_beyond_the_limit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main() == 0
    assert "false masks per 1,000 messages (at most 5)" in capsys.readouterr().out
    monkeypatch.setattr(
        "cx_pipeline.privacy.utility.hard_negatives", lambda: pl.DataFrame({"shape": ["x"], "text": ["ada@king.io"]})
    )
    assert main() == 1
    assert "x: 1 of 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mask 255.255.255.0 on it", "mask 255.255.255.0 on it"),
        ("ping 127.0.0.1 works, ip 0.0.0.0 too", "ping 127.0.0.1 works, ip 0.0.0.0 too"),
        ("my ip is 81.2.69.142", "my ip is [IP]"),
    ],
)
def test_addresses_of_nobody_stay(text: str, masked: str) -> None:
    assert redact(pl.Series([text]))["text_masked"].item() == masked

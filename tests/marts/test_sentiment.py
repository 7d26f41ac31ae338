"""Sentiment of the customer's own words: which count, what their mean is, and that a text is scored once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.marts import sentiment
from tests.marts.world import World, at

GOOD, BAD = "I love this and you", "I hate this and you"


def said(made: World, number: int, text: str | None, **values: Any) -> None:
    row = {
        "message_id": f"m:{number}",
        "interaction_id": "t:1",
        "author_kind": "customer",
        "is_public": True,
        "sent_at": at("06-01 09:00"),
        "text_masked": text,
    }
    made.add("messages", **{**row, **values})


def _batch(*texts: str) -> pl.DataFrame:
    return pl.DataFrame({"record_id": [f"m{number}" for number in range(len(texts))], "language": None, "text": texts}).cast(
        {"language": pl.String}
    )


def test_the_metric_is_the_mean_of_what_customers_said_in_english() -> None:
    made = World()
    made.add("interactions", interaction_id="t:1", opened_at=at("06-01 08:00"), channel="email", department="Care")
    words: list[tuple[str | None, dict[str, Any]]] = [
        (GOOD, {}),
        (BAD, {}),
        (BAD, {"author_kind": "agent"}),
        (BAD, {"is_deleted": True}),
        (BAD, {"is_auto_reply": True}),
        ("Die Lieferung ist da, super", {"language": "de"}),
        ("You and the box", {}),
        (None, {}),
    ]
    for number, (text, values) in enumerate(words):
        said(made, number, text, **values)
    comment = {"audience": "customer", "submitted_at": at("06-01 10:00"), "text_comment": GOOD, "interaction_id": "t:1"}
    made.add("survey_responses", response_id="s:1", **comment)
    made.add("survey_responses", response_id="s:2", **{**comment, "audience": "employee"})
    made.add("survey_responses", response_id="s:3", **comment, duplicate_of="s:1")
    made.build(only="cx_metrics_daily")
    found = made.dicts(
        "SELECT channel, value, n, n_excluded, low, high FROM marts.cx_metrics_daily WHERE metric = 'sentiment' ORDER BY 1"
    )
    love, hate = 0.6369, -0.5719  # the figures of the lexicon's authors for one such word
    mean = (2 * love + hate) / 3
    assert [(row["channel"], row["n"], row["n_excluded"]) for row in found] == [("all", 3, 2), ("email", 3, 2)]
    assert [row["value"] for row in found] == [pytest.approx(mean)] * 2
    assert made.rows("SELECT table_name, count(*) FROM marts.sentiment GROUP BY ALL ORDER BY 1") == [
        ("messages", 2),
        ("survey_responses", 1),
    ]


def test_a_text_is_scored_once_over_batches_and_nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    score = sentiment._score

    def counted(text: str) -> float:
        calls.append(text)
        return score(text)

    monkeypatch.setattr(sentiment, "_score", counted)
    store = tmp_path / sentiment.STORE
    first = list(sentiment.scored([_batch(GOOD, BAD), _batch(GOOD, "You and the box")], store))
    assert [frame["score"].len() for frame in first] == [2, 1]
    assert sorted(calls) == sorted([GOOD, BAD, "You and the box"])
    assert [frame.rows() for frame in sentiment.scored([_batch(GOOD)], store)] == [[("m0", 0.6369)]]
    assert len(calls) == 3
    kept = pl.read_parquet(store)
    assert kept.height == 1  # what is not said any more is not kept
    assert "love" not in kept.write_csv()


def test_scores_of_another_version_are_made_anew(tmp_path: Path) -> None:
    store = tmp_path / sentiment.STORE
    list(sentiment.scored([_batch(GOOD)], store))
    pl.read_parquet(store).with_columns(version=pl.lit(0, pl.Int64), score=pl.lit(-1.0)).write_parquet(store)
    [again] = sentiment.scored([_batch(GOOD)], store)
    assert again["score"].to_list() == [0.6369]


def test_scores_that_cannot_be_read_are_made_anew(tmp_path: Path) -> None:
    store = tmp_path / sentiment.STORE
    list(sentiment.scored([_batch(GOOD)], store))
    for damaged in (b"", store.read_bytes()[:-9]):
        store.write_bytes(damaged)
        [again] = sentiment.scored([_batch(GOOD)], store)
        assert again["score"].to_list() == [0.6369]


def test_scores_by_another_lexicon_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sentiment.version()
    monkeypatch.setattr("importlib.metadata.version", lambda _: "0")
    sentiment.version.cache_clear()
    after = sentiment.version()
    sentiment.version.cache_clear()
    assert after != before

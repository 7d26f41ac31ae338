"""Sentiment is of English words of the customer, and made once a text."""

from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.ai.features_sentiment import scored
from cx_pipeline.marts import sentiment
from tests.ai.paper import day


def words(*texts: str, language: str | None = None) -> pl.DataFrame:
    rows = [("ann", f"m{number}", day(5, 1), language, text) for number, text in enumerate(texts)]
    names = ["customer_id", "message_id", "sent_at", "language", "text"]
    return pl.DataFrame(rows, schema=names, orient="row").cast({"language": pl.String})


@pytest.mark.parametrize(
    ("text", "language", "is_scored"),
    [
        ("Thank you, this is great", None, True),
        ("Thanks!", None, True),
        ("Die Lieferung ist nicht da, die Waren sind kaputt", None, False),
        ("Die Lieferung ist da, super", "de", False),
        ("Terrible", "en-GB", True),
        ("Terrible", None, False),
        ("You and the box", None, False),
        ("Thank you and the others for [OTHER_NAME]", "fr", False),
        ("", None, False),
    ],
)
def test_only_english_with_a_word_of_the_lexicon_is_scored(text: str, language: str | None, is_scored: bool) -> None:
    assert scored(words(text, language=language)).height == int(is_scored)


def test_the_sign_is_that_of_the_words() -> None:
    bad, good = scored(words("I hate this and you", "I love this and you")).sort("message_id")["score"]
    assert bad < -0.5 < 0.5 < good


def test_a_mask_is_no_word() -> None:
    """LOVE in a tag would be a word of the lexicon."""
    plain, masked = scored(words("I hate you and this", "I hate you and this [LOVE]")).sort("message_id")["score"]
    assert plain == masked


def test_a_text_is_scored_once_and_kept_by_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    score = sentiment._score

    def counted(text: str) -> float:
        calls.append(text)
        return score(text)

    monkeypatch.setattr(sentiment, "_score", counted)
    store = tmp_path / "scores.parquet"
    first = scored(words("I love this and you", "I love this and you", "You and the box"), store)
    assert len(calls) == 2
    again = scored(words("I love this and you", "I love this and you", "You and the box"), store)
    assert len(calls) == 2
    assert first.sort("message_id").equals(again.sort("message_id"))


def test_a_text_that_is_gone_is_not_kept(tmp_path: Path) -> None:
    store = tmp_path / "scores.parquet"
    scored(words("I love this and you", "I hate this and you"), store)
    scored(words("I love this and you"), store)
    assert pl.read_parquet(store).height == 1
    assert not pl.read_parquet(store).write_csv().count("love")

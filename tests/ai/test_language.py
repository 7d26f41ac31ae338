from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.ai.language import UNKNOWN, languages, settled


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is my order? It was promised for Friday.", "en"),
        ("Wo bleibt meine Bestellung? Sie war für Freitag zugesagt.", "de"),
        ("Où est ma commande ? Elle était promise pour vendredi.", "fr"),
        ("¿Dónde está mi pedido? Estaba prometido para el viernes.", "es"),
        ("注文した商品がまだ届いていません。いつ届くのか教えてください。", "ja"),
        ("[CUSTOMER_NAME] [EMAIL] wo bleibt meine Bestellung, bitte sehr", "de"),
        ("ok", UNKNOWN),
        ("nineteen letters!! abc", UNKNOWN),
        ("twenty letters are ok ab", "en"),
        ("[CUSTOMER_NAME] [CUSTOMER_NAME] thx", UNKNOWN),
        ("12345 67890 12345 67890 12345", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_short_texts_say_nothing(text: str | None, expected: str) -> None:
    letters = sum(map(str.isalpha, text or ""))
    assert letters != 20 or expected == "en"
    assert languages(pl.Series([text], dtype=pl.String))["language"].to_list() == [expected]


def test_a_short_text_takes_the_conversations_language_then_the_customers() -> None:
    rows = [
        ("a", "de", 40, "en-GB"),
        ("a", UNKNOWN, 2, "en-GB"),
        ("b", UNKNOWN, 2, "pt-BR"),
        ("c", UNKNOWN, 2, None),
        ("d", "fr", 30, None),
        ("d", "en", 50, None),
        ("d", UNKNOWN, 3, None),
    ]
    frame = pl.DataFrame(rows, schema=["conversation_id", "language", "letters", "customer_language"], orient="row")
    assert settled(frame).select("language", "language_source", "conversation_language").rows() == [
        ("de", "text", "de"),
        ("de", "conversation", "de"),
        ("pt", "customer", "pt"),
        (UNKNOWN, "none", UNKNOWN),
        ("fr", "text", "en"),
        ("en", "text", "en"),
        ("en", "conversation", "en"),
    ]

"""What published texts still hold of the people whose they are, by what the generator knows of everybody."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl

from cx_pipeline.privacy.entity import TAG
from cx_pipeline.privacy.folded import fold_text
from cx_pipeline.synth.world import World
from tests.accuracy.compare import asked, counts

_TEXTS = """
    SELECT 'messages' AS t, message_id AS id, i.customer_id, m.author_id, unnest([text_masked, text_tokenised]) AS text
    FROM messages m LEFT JOIN interactions i USING (interaction_id) WHERE text_masked IS NOT NULL
    UNION ALL SELECT 'interactions', interaction_id, customer_id, NULL, text_subject FROM interactions
    UNION ALL SELECT 'responses', response_id, customer_id, response_id, text_comment FROM survey_responses
    UNION ALL SELECT 'answers', response_id, customer_id, response_id, text_answer
    FROM survey_answers JOIN survey_responses USING (response_id)"""
_RECORDS = """
    SELECT DISTINCT source_system || '.' || source_entity || ':' || source_id AS record, customer_id
    FROM customer_identities WHERE customer_id IS NOT NULL"""
_TAG = re.compile(TAG)


def left_in_texts(published: Path, truth: Path) -> tuple[Counter[str], int]:
    """Values of its people that a text still holds, by kind, and pairs of text and person that were looked at.

    Args:
        published: the file.
        truth: of the generator.
    """
    made = counts(truth)["world"]
    world = World(made["customers"], made["nights"], made["seed"], date.fromisoformat(made["first_night"]))
    people = world.people.select(pl.format("person-{}", "person").alias("person"), "given", "family", "email", "phone", "street")
    told = pl.read_parquet(truth / "people.parquet").select("person", record="record_key")
    records = asked(published, _RECORDS)
    texts = asked(published, _TEXTS).drop_nulls("text").with_row_index("text_id")
    by_customer = records.join(told, on="record").select("customer_id", "person").unique()
    whose = pl.concat(
        [
            texts.join(by_customer, on="customer_id").select("text_id", "person"),
            texts.join(told, left_on="author_id", right_on="record").select("text_id", "person"),
        ]
    ).unique()
    pairs = whose.join(people, on="person").join(texts, on="text_id")
    found: Counter[str] = Counter()
    for row in pairs.iter_rows(named=True):
        text = fold_text(_TAG.sub("\x1f", row["text"]))
        found.update(kind for kind in ("given", "family", "email", "street") if _stands(row[kind], text))
        if row["phone"] and row["phone"][-7:] in re.sub(r"[^0-9a-z]", "", text):
            found["phone"] += 1
    return found, pairs.height


def _stands(value: str | None, text: str) -> bool:
    """Whether a value stands in a folded text by itself."""
    return bool(value) and re.search(rf"(?<!\w){re.escape(fold_text(str(value)))}(?!\w)", text) is not None

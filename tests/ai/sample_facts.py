"""Facts of an invented version, and files that they are true of."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import duckdb

from cx_pipeline.ai.facts import (
    CheckFact,
    ColumnFact,
    ConsentFact,
    Facts,
    FileFact,
    RedactionFact,
    Removed,
    Share,
    SourceFact,
    SplitDrift,
    SplitFact,
    Withheld,
)
from cx_pipeline.warehouse.durable import sha256
from cx_pipeline.warehouse.quoting import literal

_MESSAGES = "STRUCT(role VARCHAR, text_masked VARCHAR, sent_at TIMESTAMP, flags VARCHAR[])[]"
_CONVERSATIONS = (
    ColumnFact("conversation_id", "VARCHAR", "The conversation. Unique."),
    ColumnFact("customer_id", "VARCHAR", "Token of the customer."),
    ColumnFact("channel", "VARCHAR", "Channel it began in.", nulls=1),
    ColumnFact("started_at", "TIMESTAMP", "Time of the first message.", unit="UTC"),
    ColumnFact("messages", _MESSAGES, "The messages in order."),
    ColumnFact("quality_flags", "VARCHAR[]", "What is doubtful of it."),
    ColumnFact("split", "VARCHAR", "Split it belongs to."),
)
_FEATURES = (
    ColumnFact("feature_id", "VARCHAR", "The customer at the cut-off. Unique."),
    ColumnFact("customer_id", "VARCHAR", "Token of the customer."),
    ColumnFact("contacts_total", "BIGINT", "Contacts opened.", unit="count"),
    ColumnFact("order_value_total", "DECIMAL(18,4)", "Sum of the orders.", nulls=1, unit="order_currency"),
    ColumnFact("sentiment_last", "DOUBLE", "Sentiment of the last message.", nulls=2, unit="-1 to 1"),
)
_LABELS = (
    ColumnFact("feature_id", "VARCHAR", "The customer at the cut-off. Unique."),
    ColumnFact("customer_id", "VARCHAR", "Token of the customer."),
    ColumnFact("churned_next_90d", "BOOLEAN", "Did nothing after.", nulls=1),
)
_EXAMPLES = (ColumnFact("messages", "STRUCT(role VARCHAR, content VARCHAR)[]", "The turns, the assistant's last."),)
SPLITS = ("train", "validation", "test")


def write_files(folder: Path) -> tuple[FileFact, ...]:
    """Small files of each kind, and what is true of them."""
    folder.mkdir(exist_ok=True)
    (folder / "finetune").mkdir(exist_ok=True)
    for number, split in enumerate(SPLITS, 1):
        turns = [{"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": "On its way."}]
        lines = [json.dumps({"messages": turns}) for _ in range(number)]
        (folder / "finetune" / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with duckdb.connect() as connection:
        for name, query in {
            "conversations.parquet": """SELECT 'c' || i AS conversation_id, 'k' || i AS customer_id,
                CASE WHEN i > 1 THEN 'email' END AS channel, TIMESTAMP '2026-01-01' + INTERVAL (i) DAY AS started_at,
                [{'role': 'customer', 'text_masked': 'Hello', 'sent_at': TIMESTAMP '2026-01-01', 'flags': ['short']}] AS messages,
                ['short'] AS quality_flags, 'train' AS split FROM range(1, 5) t(i)""",
            "features.parquet": """SELECT 'k' || i || '@2026-01-01' AS feature_id, 'k' || i AS customer_id, i AS contacts_total,
                CASE WHEN i > 1 THEN (i * 1.5)::DECIMAL(18, 4) END AS order_value_total,
                CASE WHEN i > 2 THEN 0.5::DOUBLE END AS sentiment_last FROM range(1, 4) t(i)""",
            "labels.parquet": """SELECT 'k' || i || '@2026-01-01' AS feature_id, 'k' || i AS customer_id,
                CASE WHEN i > 1 THEN true END AS churned_next_90d
                FROM range(1, 4) t(i)""",
        }.items():
            connection.execute(f"COPY ({query}) TO {literal(str(folder / name))} (FORMAT parquet)")
    return (
        _file(folder, "conversations.parquet", 4, _CONVERSATIONS, "A row is a conversation."),
        _file(folder, "features.parquet", 3, _FEATURES, "A row is a customer."),
        _file(folder, "labels.parquet", 3, _LABELS, "A row is a customer, with what came after."),
        *(
            _file(folder, f"finetune/{split}.jsonl", number, _EXAMPLES, f"A line is an example of {split}.")
            for number, split in enumerate(SPLITS, 1)
        ),
    )


def _file(folder: Path, name: str, rows: int, columns: tuple[ColumnFact, ...], meaning: str) -> FileFact:
    return FileFact(name, sha256(folder / name), rows, (folder / name).stat().st_size, columns, meaning)


def facts(files: tuple[FileFact, ...] = ()) -> Facts:
    """A version of four conversations."""
    return Facts(
        version="2.1.0",
        previous_version="2.0.3",
        made_at=datetime(2026, 11, 22, 3, 4, 5),
        run_id="run1",
        as_of=datetime(2026, 11, 21, 18),
        files=files,
        splits=(
            SplitFact("train", 2, 1, 2, datetime(2026, 1, 2), datetime(2026, 1, 3)),
            SplitFact("validation", 1, 2, 1, datetime(2026, 1, 4), datetime(2026, 1, 4)),
            SplitFact("test", 1, 3, 1, datetime(2026, 1, 5), datetime(2026, 1, 5)),
        ),
        test_from=datetime(2026, 1, 5),
        withheld=(
            Withheld("conversations", "conversation", "no_consent", 11),
            Withheld("conversations", "conversation", "withdrawn", 7),
            Withheld("finetune", "conversation", "not_finished", 5),
            Withheld("features", "customer", "erased", 3),
        ),
        duplicates=(Removed("message", "exact", 13), Removed("conversation", "near", 2)),
        languages=(Share("en", 3, 9), Share("und", 1, 2)),
        channels=(Share("email", 3, 8), Share("chat", 1, 3)),
        sources=(
            SourceFact("zendesk", date(2026, 11, 1), date(2026, 11, 20), 3, 8),
            SourceFact("intercom", None, None, 1, 3),
        ),
        redaction=RedactionFact("4", 19, (("CUSTOMER_NAME", 17), ("EMAIL", 2)), (("recall", 0.9987), ("precision", 0.991))),
        consents=(ConsentFact("finetune", "train_ai_system", 20, 4), ConsentFact("features", "train_ai_system", 20, 3)),
        checks=(
            CheckFact("no_known_identifier", True, True, 400, 0, "No file holds an identifier of a known person."),
            CheckFact("no_shared_group", True, True, 4, 0, "No group is in two splits."),
            CheckFact("languages_alike", False, False, 4, 1, "Splits have languages alike."),
        ),
        drift=(SplitDrift("test", "language", 0.31),),
        known_limits=("Calls are not transcribed.", "Attachments are not read."),
    )

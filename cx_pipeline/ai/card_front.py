"""The front matter of the card: what a hub or a loader reads of it (YAML of Hugging Face dataset cards)."""

from __future__ import annotations

import re
from typing import Any

import yaml

from cx_pipeline.ai.card_terms import LICENCE, PRETTY_NAME
from cx_pipeline.ai.croissant_fields import members
from cx_pipeline.ai.facts import ColumnFact, Facts, FileFact

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
)
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_DTYPES = {
    "BOOLEAN": "bool",
    "VARCHAR": "string",
    "BIGINT": "int64",
    "INTEGER": "int32",
    "SMALLINT": "int16",
    "TINYINT": "int8",
    "UBIGINT": "uint64",
    "DOUBLE": "float64",
    "FLOAT": "float32",
    "DATE": "date32",
    "TIMESTAMP": "timestamp[us]",
}
EXAMPLES = "finetune"


def front(facts: Facts) -> str:
    """YAML between two lines of dashes."""
    languages = named_languages(facts)
    said: dict[str, Any] = {
        "pretty_name": PRETTY_NAME,
        "language": languages or ["und"],
        "multilinguality": ["multilingual" if len(languages) > 1 else "monolingual"],
        "license": "other",
        "license_name": LICENCE,
        "license_link": "README.md#licence",
        "size_categories": [size(facts.conversations)],
        "task_categories": ["text-generation", "text-retrieval", "tabular-classification"],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["found"],
        "source_datasets": ["original"],
        "tags": ["customer-service", "conversational", "redacted", "consented"],
        "version": facts.version,
        "configs": configs(facts),
        "dataset_info": [_info(name, facts) for name in _loadable(facts)],
    }
    return f"---\n{yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=100)}---\n"


def named_languages(facts: Facts) -> list[str]:
    """Codes of the languages that could be told, by name."""
    return sorted({share.name for share in facts.languages if _LANGUAGE.fullmatch(share.name)} - {"und"})


def size(rows: int) -> str:
    """The hub's word for a number of rows."""
    return next((word for limit, word in _SIZES if rows < limit), "100M<n<1B")


def configs(facts: Facts) -> list[dict[str, Any]]:
    """What a loader finds by the card alone: the fine-tuning files by split.

    Of configurations in several formats the library `datasets` reads those of the first alone, so tables are not named here.
    """
    splits = [(split.name, f"{EXAMPLES}/{split.name}.jsonl") for split in facts.splits]
    present = [{"split": name, "path": path} for name, path in splits if facts.file(path) is not None]
    return [{"config_name": EXAMPLES, "data_files": present}] if present else []


def _loadable(facts: Facts) -> list[str]:
    """The fine-tuning files and every table, by the names that types, bytes and rows are told under."""
    examples = [config["config_name"] for config in configs(facts)]
    return [*examples, *(config_name(file.name) for file in facts.files if file.name.endswith(".parquet"))]


def config_name(file: str) -> str:
    """The name that a table is loaded by; a hub allows no folder in it."""
    return file.removesuffix(".parquet").replace("/", "-")


def _info(config: str, facts: Facts) -> dict[str, Any]:
    if config == EXAMPLES:
        files = [(split.name, facts.file(f"{EXAMPLES}/{split.name}.jsonl")) for split in facts.splits]
        parts = [(name, file) for name, file in files if file is not None]
    else:
        parts = [("train", file) for file in facts.files if file.name.endswith(".parquet") and config_name(file.name) == config]
    return {
        "config_name": config,
        "features": [_feature(column) for column in parts[0][1].columns],
        "splits": [{"name": name, "num_bytes": file.bytes, "num_examples": file.rows} for name, file in parts],
        "download_size": _bytes(parts),
        "dataset_size": _bytes(parts),
    }


def _bytes(parts: list[tuple[str, FileFact]]) -> int:
    return sum(file.bytes for _, file in parts)


def _feature(column: ColumnFact) -> dict[str, Any]:
    return _typed(column.name, column.type)


def _typed(name: str, type_: str) -> dict[str, Any]:
    base = type_.strip()
    if base.endswith("[]"):
        inner = _typed(name, base.removesuffix("[]"))
        return {"name": name, "list": inner.get("dtype", inner.get("struct", inner.get("list")))}
    if base.startswith("STRUCT("):
        return {"name": name, "struct": [_typed(part, kind) for part, kind in members(base)]}
    if base.startswith("DECIMAL("):
        precision, scale = base.removeprefix("DECIMAL(").removesuffix(")").split(",")
        return {"name": name, "dtype": f"decimal128({int(precision)}, {int(scale)})"}
    return {"name": name, "dtype": _DTYPES.get(base, "string")}

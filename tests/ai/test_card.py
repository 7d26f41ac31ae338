"""The card tells everything, loads what it says it loads, and is a function of the facts alone."""

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
import yaml

from cx_pipeline.ai import card, scorecard
from cx_pipeline.ai.card_front import size
from cx_pipeline.ai.card_terms import REFUSALS
from cx_pipeline.ai.card_text import table
from cx_pipeline.ai.facts import Facts, RedactionFact
from tests.ai.sample_facts import SPLITS, facts, write_files


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("version")


@pytest.fixture(scope="module")
def told(folder: Path) -> Facts:
    return facts(write_files(folder))


@pytest.fixture(scope="module")
def text(told: Facts) -> str:
    return card.render(told, scorecard.make(told))


@pytest.fixture(scope="module")
def chapters(text: str) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.fixture(scope="module")
def front(text: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return loaded


def test_the_front_matter_is_what_a_hub_reads(front: dict[str, Any]) -> None:
    assert front["language"] == ["en"]
    assert (front["license"], front["license_name"]) == ("other", "internal-use-only")
    assert (front["size_categories"], front["version"]) == (["n<1K"], "2.1.0")
    assert [config["config_name"] for config in front["configs"]] == ["finetune"]
    assert [info["config_name"] for info in front["dataset_info"]] == ["finetune", "conversations", "features", "labels"]
    assert [part["split"] for part in front["configs"][0]["data_files"]] == list(SPLITS)


def test_every_file_of_the_front_matter_is_there_with_its_rows(folder: Path, front: dict[str, Any]) -> None:
    named = {config["config_name"]: [part["path"] for part in config["data_files"]] for config in front["configs"]}
    for info in front["dataset_info"]:
        paths = named.get(info["config_name"], [f"{info['config_name']}.parquet"])
        for name, split in zip(paths, info["splits"], strict=True):
            path = folder / name
            rows = pl.read_ndjson(path) if path.suffix == ".jsonl" else pl.read_parquet(path)
            assert (split["num_examples"], split["num_bytes"]) == (rows.height, path.stat().st_size)
            assert [feature["name"] for feature in info["features"]] == rows.columns


def test_features_of_the_front_matter_have_the_hubs_types(front: dict[str, Any]) -> None:
    conversations = {feature["name"]: feature for feature in front["dataset_info"][1]["features"]}
    assert conversations["started_at"]["dtype"] == "timestamp[us]"
    assert conversations["quality_flags"] == {"name": "quality_flags", "list": "string"}
    assert conversations["messages"]["list"][3] == {"name": "flags", "list": "string"}
    features = {feature["name"]: feature["dtype"] for feature in front["dataset_info"][2]["features"]}
    assert features == {
        "feature_id": "string",
        "customer_id": "string",
        "contacts_total": "int64",
        "order_value_total": "decimal128(18, 4)",
        "sentiment_last": "float64",
    }


def test_the_polars_snippet_loads_every_file(folder: Path, chapters: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(_snippets(chapters)[0], names)
    loaded = {name: value.height for name, value in names.items() if isinstance(value, pl.DataFrame)}
    assert loaded == {
        "conversations": 4, "features": 3, "labels": 3, "labelled": 3,
        "finetune_train": 1, "finetune_validation": 2, "finetune_test": 3,
    }  # fmt: skip


def test_the_other_snippet_names_every_file(folder: Path, chapters: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The library itself is not asked: a stand-in reads what it is told to, by the same arguments."""
    readers: dict[str, Callable[[str], pl.DataFrame]] = {"parquet": pl.read_parquet, "json": pl.read_ndjson}

    def load_dataset(kind: str, *, data_files: str | dict[str, str], split: str | None = None) -> Any:
        if isinstance(data_files, dict):
            return {name: readers[kind](path) for name, path in data_files.items()}
        assert split == "train"
        return readers[kind](data_files)

    stand_in = ModuleType("datasets")
    stand_in.__dict__["load_dataset"] = load_dataset
    monkeypatch.setitem(sys.modules, "datasets", stand_in)
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(_snippets(chapters)[1], names)
    assert {name: part.height for name, part in names["finetune"].items()} == {"train": 1, "validation": 2, "test": 3}
    assert (names["conversations"].height, names["features"].height, names["labels"].height) == (4, 3, 3)


@pytest.mark.parametrize(
    ("chapter", "said"),
    [
        ("What is in it", "4 conversations. Nothing in it is younger than 2026-11-21 18:00:00 UTC."),
        ("What is in it", "| `contacts_total` | `BIGINT` | count | 0 | Contacts opened. |"),
        ("What is in it", "### `finetune/train.jsonl`, `finetune/validation.jsonl`, `finetune/test.jsonl`"),
        ("What is in it", "Conversations by language: en 3, und 1. Conversations by channel: email 3, chat 1."),
        ("Where it came from", "| zendesk | 2026-11-01 to 2026-11-20 | 3 | 8 |"),
        ("Where it came from", "| intercom | not known | 1 | 3 |"),
        ("What was removed, and why", "| conversations | the person withdrew their consent | `withdrawn` | 7 conversations |"),
        ("What was removed, and why", "| features | the person asked to be forgotten | `erased` | 3 customers |"),
        ("What was removed, and why", "| message | exact | 13 |"),
        ("Splits", "| test | 1 | 3 | 1 | 2026-01-05 00:00:00 | 2026-01-05 00:00:00 |"),
        ("Splits", "What began at 2026-01-05 00:00:00 UTC or later is in `test` alone"),
        ("Splits", "| test | language | 0.310 | 0.000 | yes |"),
        ("What it may be used for", "agreed as `train_ai_system`"),
        ("Privacy", "pseudonymous, not anonymous"),
        ("Privacy", "| `CUSTOMER_NAME` | 17 |"),
        ("Privacy", "| `recall` | 0.9987 |  |"),
        ("Privacy", "| finetune | `train_ai_system` | 20 | 4 | 20.0% |"),
        ("Known limits", "- Calls are not transcribed."),
        ("Checks", "| `no_known_identifier` | passed, blocking | 400 | 0 | No file holds an identifier of a known person. |"),
        ("Checks", "| `languages_alike` | failed | 4 | 1 | Splits have languages alike. |"),
        ("Readiness", "| current | 0.833 | 3 | 9 |"),
        ("Licence", "may not be passed on"),
        ("Versions", "This is version 2.1.0, cut on 2026-11-22 03:04:05 UTC. It follows version 2.0.3."),
    ],
)
def test_a_reader_finds_it_in_its_chapter(chapters: dict[str, str], chapter: str, said: str) -> None:
    assert said in chapters[chapter]


def test_every_refused_use_is_named(chapters: dict[str, str]) -> None:
    assert [refusal.text for refusal in REFUSALS if refusal.text not in chapters["What it must not be used for"]] == []


def test_every_count_left_out_is_in_it(told: Facts, chapters: dict[str, str]) -> None:
    rows = [line for line in chapters["What was removed, and why"].splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) == 1 + len(told.withheld) + 1 + len(told.duplicates)


def test_the_same_facts_give_the_same_card(told: Facts, text: str) -> None:
    assert card.render(told, scorecard.make(told)) == text


def test_what_is_not_known_is_said_to_be_unknown(told: Facts) -> None:
    bare = replace(
        told,
        previous_version=None, withheld=(), duplicates=(), drift=(), sources=(), consents=(), checks=(), known_limits=(),
        redaction=RedactionFact("4", 0, (), ()), test_from=None,
    )  # fmt: skip
    text = card.render(bare, scorecard.make(bare))
    assert "It is the first version." in text
    assert "How far the splits differ was not measured." in text
    assert "(not measured)" in text
    assert "Nothing: nobody was asked for any purpose." in text
    assert "None" not in text


def test_labels_that_are_not_known_yet_are_a_limit(told: Facts, text: str) -> None:
    said = "tells of nobody whether they churn"
    assert said not in text
    labels = told.file("labels.parquet")
    assert labels is not None
    unknown = replace(labels, columns=tuple(replace(column, nulls=labels.rows) for column in labels.columns))
    waiting = replace(told, files=tuple(unknown if file is labels else file for file in told.files))
    assert said in card.render(waiting, scorecard.make(waiting))
    row = next(row for row in scorecard.make(waiting)["requirements"] if row["name"] == "eval_coverage")
    assert row["score"] == 0.5


def test_a_version_without_files_has_a_card_too() -> None:
    text = card.render(facts(), scorecard.make(facts()))
    assert "not measured" in text
    assert yaml.safe_load(text.split("---\n")[1])["configs"] == []


@pytest.mark.parametrize(
    ("rows", "word"), [(0, "n<1K"), (999, "n<1K"), (1_000, "1K<n<10K"), (2_000_000, "1M<n<10M"), (10**8, "100M<n<1B")]
)
def test_sizes_are_the_hubs_words(rows: int, word: str) -> None:
    assert size(rows) == word


def test_a_cell_cannot_break_its_table() -> None:
    assert table(["a"], [["x | y\nz"]]).splitlines() == ["| a |", "| --- |", "| x \\| y z |"]


def _snippets(chapters: dict[str, str]) -> list[str]:
    return re.findall(r"```python\n(.+?)```", chapters["How to load it"], flags=re.DOTALL)

"""Pictures of who is who: what they count, and that they hold nothing but counts."""

from __future__ import annotations

import base64
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import polars as pl
import pytest

from assets.pictures import customer_sizes, match_weights, pictures
from cx_pipeline.stages.identity_tables import BLOCKING

ROOT = Path(__file__).parents[2]
LINKS = pl.DataFrame(
    {
        "kept_record": ["zendesk.users:ada@quenloria.com"] * 5,
        "rule": ["email", "splink", "splink", "splink", "splink"],
        "probability": [0.98, 0.5, 0.8, 0.9999999999999999, 1.0],
    }
)
# Of 0.5 the weight is 0 bits, of 0.8 it is 2, of 0.1 it is -3.2, and what is certain stands at the edge.
WAITING = pl.DataFrame({"left_record": ["zendesk.users:1"] * 3, "probability": [0.5, 0.1, None], "reason": ["grey_band"] * 3})
CUSTOMERS = pl.DataFrame({"customer_id": list("abcdefg"), "record_count": [1, 1, 5, 6, 7, 1000, 4711]})
KEYS = pl.DataFrame({"key": ["email", "street"], "pairs": [7, 0], "only_here": [3, 0]}, schema=BLOCKING)


def _told(
    folder: Path, links: pl.DataFrame, waiting: pl.DataFrame, customers: pl.DataFrame, keys: pl.DataFrame
) -> dict[str, str]:
    links.write_parquet(folder / "quality.dedup_decisions.parquet")
    waiting.write_parquet(folder / "quality.identity_review.parquet")
    customers.write_parquet(folder / "customers.parquet")
    keys.write_parquet(folder / "quality.identity_blocking.parquet")
    return pictures(folder, 0.4)


def _texts(markdown: str) -> list[str]:
    head, _, code = markdown.partition("(data:image/svg+xml;base64,")
    assert head.startswith("![")
    return [text for text in ET.fromstring(base64.b64decode(code.removesuffix(")"))).itertext() if text.strip()]


def test_scored_pairs_are_counted_by_weight() -> None:
    assert match_weights(LINKS, WAITING).select("bits", "until", "outcome", "pairs").rows() == [
        (-4.0, -2.0, "left to a person", 1),
        (0.0, 2.0, "joined", 1),
        (0.0, 2.0, "left to a person", 1),
        (2.0, 4.0, "joined", 1),
        (38.0, 40.0, "joined", 2),
    ]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([1, 1, 5, 6, 7, 1000, 4711], [("1", 2), ("5", 1), ("6-7", 2), ("101-1000", 1), ("1001+", 1)]),
        ([10, 11, 20, 21], [("8-10", 1), ("11-20", 2), ("21-50", 1)]),
        ([1000, 1001], [("101-1000", 1), ("1001+", 1)]),
    ],
)
def test_customers_are_counted_by_size(sizes: list[int], expected: list[tuple[str, int]]) -> None:
    counted = customer_sizes(pl.DataFrame({"record_count": sizes}))
    assert counted.select("records", "customers").rows() == expected


def test_pictures_hold_counts_and_names_of_rules_only(tmp_path: Path) -> None:
    told = _told(tmp_path, LINKS, WAITING, CUSTOMERS, KEYS)
    assert list(told) == ["match_weights", "customer_sizes", "pairs_by_rule", "pairs_by_blocking_key"]
    texts = {name: _texts(markdown) for name, markdown in told.items()}
    assert {"joined", "left to a person"} <= set(texts["match_weights"])
    assert {"email", "splink", "4"} <= set(texts["pairs_by_rule"])
    assert "street" not in texts["pairs_by_blocking_key"], "a key that offers nothing is left out"
    assert not [text for said in texts.values() for text in said if "@" in text or "zendesk" in text]
    assert max(len(markdown) for markdown in told.values()) < 100_000, "they are kept with every run"


def test_there_is_no_picture_of_nothing(tmp_path: Path) -> None:
    assert _told(tmp_path, LINKS.clear(), WAITING.clear(), CUSTOMERS.clear(), KEYS.clear()) == {}
    assert list(_told(tmp_path, LINKS[:1], WAITING.clear(), CUSTOMERS, KEYS[1:])) == ["customer_sizes", "pairs_by_rule"]


def test_drawing_is_not_imported_before_something_is_drawn() -> None:
    asked = "import assets.pictures, sys; sys.exit(any(name in sys.modules for name in ('altair', 'vl_convert')))"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", asked], cwd=ROOT, check=False).returncode == 0

"""Nights of clusters, written as letters: `{"a": "ab", "c": "c"}` is a cluster of records a and b, and one of c."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from cx_pipeline.identity.registry import Assignment, assign, empty
from cx_pipeline.privacy.tokens import Tokeniser

KEY = Tokeniser(b"k" * 32)


def clusters(grouped: Mapping[str, str]) -> pl.DataFrame:
    rows = [(record, name) for name, records in grouped.items() for record in records]
    return pl.DataFrame(rows, schema={"record": pl.String, "cluster": pl.String}, orient="row")


def run(grouped: Mapping[str, str], before: Assignment | None = None) -> Assignment:
    return assign(clusters(grouped), before or empty(), KEY)


def ids(registry: Assignment) -> dict[str, str]:
    found = dict(registry.membership.select("record", "customer_id").rows())
    assert len(found) == registry.membership.height
    return found


def retired(registry: Assignment) -> dict[str, str]:
    found = dict(registry.retired.rows())
    assert len(found) == registry.retired.height
    return found


def minted(key: str) -> str:
    return KEY.token(key, "customer")


def grouped_by(labels: list[int]) -> dict[str, str]:
    groups: dict[int, str] = {}
    for record, label in zip("abcdefghi", labels, strict=True):
        groups[label] = groups.get(label, "") + record
    return {min(records): records for records in groups.values()}

"""What a record holds several of, taken out of raw text."""

from __future__ import annotations

import polars as pl

from cx_pipeline.sources.columns import as_written
from cx_pipeline.sources.export import Context
from cx_pipeline.sources.items import cells_of, elements_of, entries_of


def batch(**columns: list[str | None]) -> pl.DataFrame:
    count = len(next(iter(columns.values())))
    numbers = {"_record": list(range(1, count + 1)), "_line": list(range(2, count + 2))}
    return pl.DataFrame({**numbers, **columns}, schema_overrides=dict.fromkeys(columns, pl.String))


def test_elements_of_elements_know_what_they_lie_in() -> None:
    calls = [
        '{"legs":[{"who":"a","parts":[{"n":1},{"n":2}]},{"who":"b","parts":[]}]}',
        None,
        '{"legs":[{"who":"c","parts":[{"n":3}]}]}',
    ]
    items = elements_of("parts", "call", "$.legs", "$.parts", fields=())
    found = items.of(batch(call=calls), Context())
    assert found["_record"].to_list() == [1, 1, 3]
    assert found["item"].to_list() == ['{"n":1}', '{"n":2}', '{"n":3}']
    assert found.select(pl.col("up1").str.json_path_match("$.who")).to_series().to_list() == ["a", "a", "c"]
    assert found["up2"].to_list() == [calls[0], calls[0], calls[2]]


def test_a_file_without_the_column_has_no_items() -> None:
    assert elements_of("parts", "call", "$.legs", fields=()).of(batch(other=["1"]), Context()).is_empty()
    assert entries_of("facts", "map", fields=()).of(batch(other=["1"]), Context()).is_empty()
    assert cells_of("cells", lambda *_: [], fields=(as_written("cell"),)).of(batch(other=["1"]), Context()).is_empty()


def test_entries_of_a_map() -> None:
    found = entries_of("facts", "map", "$.of", fields=()).of(batch(map=['{"of":{"b":"x","a":2}}', '{"of":{}}']), Context())
    assert found.select("_record", "key", "item").rows() == [(1, "b", '"x"'), (1, "a", "2")]


def test_cells_lie_beside_what_their_columns_tell() -> None:
    items = cells_of(
        "answers",
        lambda columns, _: [name for name in columns if name.startswith("Q")],
        about=lambda columns, context: {"label": [context.labels.get(name) for name in columns]},
        fields=(),
    )
    found = items.of(batch(id=["r1", "r2"], Q2=["a", None], Q1=["b", "c"]), Context(labels={"Q1": "Why?"}))
    assert found.select("_record", "column", "cell", "label").rows() == [
        (1, "Q2", "a", None),
        (1, "Q1", "b", "Why?"),
        (2, "Q2", None, None),
        (2, "Q1", "c", "Why?"),
    ]

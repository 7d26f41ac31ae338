"""Whatever an export's records hold, a batch loses nothing, counts right, and does not depend on how it was cut or ordered."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.sources.catalogue import exports
from cx_pipeline.sources.export import Context, Export, Field
from cx_pipeline.stages.batch import Scrubbed, scrub_batch

SHA = "ab" * 32
CONTEXT = Context(labels={"QID1": "How was it?"}, file_label="SV_1")
_NULL_HASH = "d41d8cd98f00b204e9800998ecf8427e"
_PLAIN = (
    *("0", "1", "7", "9.5", "-99", "1,234.50", "0042", "1e5", "true", "no", "N/A", "-", "null", "[]", "{}", "NaN"),
    *("open", "closed", "VOICE", "granted", "unsubscribed", "DE", "en_US"),
)
_PEOPLE = (
    *("ada@king.io", "ADA@King.IO ", "test@test.com", "ada@", "+1 415 555 2671", "0049 30 1234567", "12345"),
    *("anonymous", "Ada King", "testUser"),
)
_TIMES = (
    *("2026-03-01T10:00:00Z", "2026-02-30 10:00:00", "1772359200", "1772359200000", "Sun, 01 Mar 2026 10:00:00 +0000"),
    *("01/03/2026", "9999-12-31", "1970-01-02 09:46:18"),
)
_TEXTS = (
    *("sch\u00c3\u00b6n", "a\u200bb", "\ufeffx", "<p>Hi &amp; bye</p>", "x" * 3000, "two\nlines", "=1+1", "\U0001f600"),
    *(_NULL_HASH, "gid://shopify/Order/1", "#1001", "arn:aws:connect:eu:1:instance/i/agent/a-1"),
)
_CELLS: tuple[str | None, ...] = (None, "", " ", *_PLAIN, *_PEOPLE, *_TIMES, *_TEXTS)
_KEYS = (
    "1",
    "2",
    "360001234567",
    "R_1aB2cD3eF4gH5iJ",
    "R_9",
    "0035g00000ABCDEAA2",
    "abc-1",
    "#1001",
    "11111111-0000-4000-8000-000000000001",
)


def _inside(draw: st.DrawFn, paths: Iterable[str]) -> str:
    """JSON text that has something at the plain paths of a column, and some that is not asked for."""
    whole: dict[str, Any] = {"unasked": [1, {"a": None}]}
    for path in sorted(paths):
        at: Any = whole
        names = [name for name in path.split("[")[0].removeprefix("$").split(".") if name]
        for name in names[:-1]:
            at = at.setdefault(name, {}) if isinstance(at, dict) else {}
            at = at if isinstance(at, dict) else {}
        if names and isinstance(at, dict) and draw(st.booleans()):
            at[names[-1]] = draw(st.sampled_from(_CELLS))
    return json.dumps(whole, ensure_ascii=False)


def _held(draw: st.DrawFn, fields: Iterable[Field], paths: tuple[str, ...]) -> str:
    """JSON text with up to three elements at a path, each with up to two at the next one, and so on."""
    if not paths:
        return _inside(draw, [field.at for field in fields if field.at is not None])
    count = draw(st.integers(0, 3 if len(paths) == 1 else 2))
    array: Any = [json.loads(_held(draw, fields, paths[1:])) for _ in range(count)]
    for name in reversed([name for name in paths[0].removeprefix("$").split(".") if name]):
        array = {name: array}
    return json.dumps(array, ensure_ascii=False)


@st.composite
def batches(draw: st.DrawFn, export: Export) -> pl.DataFrame:
    """Records of the export's own columns, some of them quite right and some of them nothing of the kind."""
    count = draw(st.integers(1, 7))
    nested: dict[str, set[str]] = {}
    for field in export.fields:
        if field.at is not None:
            nested.setdefault(field.name, set()).add(field.at)
    items = {held.column: held for held in export.items if held.column}
    keys = {field.name for field in export.fields if field.column == export.key}
    columns: dict[str, list[str | None]] = {}
    for name in sorted(export.reads | ({"QID1", "Q9_TEXT"} if export.open_columns else set())):
        cells: list[str | None] = []
        for _ in range(count):
            choice = draw(st.integers(0, 9))
            if name in keys and choice:
                cells.append(draw(st.sampled_from(_KEYS)))
            elif name in items and choice > 1:
                cells.append(_held(draw, items[name].fields, items[name].paths))
            elif name in nested and choice > 1:
                cells.append(_inside(draw, nested[name]))
            else:
                cells.append(draw(st.sampled_from(_CELLS)))
        columns[name] = cells
    numbers = {"_record": list(range(1, count + 1)), "_line": list(range(2, count + 2))}
    return pl.DataFrame({**numbers, **columns}, schema_overrides=dict.fromkeys(columns, pl.String))


def _assert_nothing_lost(batch: pl.DataFrame, export: Export, made: Scrubbed) -> None:
    whole = set(made.quarantined.filter(pl.col("table").is_null())["record_number"])
    kept = set(made.records["record_number"])
    assert kept | whole == set(batch["_record"])
    assert not kept & whole
    for mapping in export.tables:
        name = mapping.table
        refused = made.quarantined.filter(pl.col("table") == name).select("row_id", "place").n_unique()
        copies, held = made.records[f"copies_{name}"].sum(), made.records[f"contains_{name}"].sum()
        if not tables()[name].internal:
            assert held == made.tables[name].height + copies + refused, name


def _rows(parts: Iterable[Scrubbed], table: str) -> list[str]:
    """Every row of a table as text, in an order of its own."""
    return sorted(json.dumps(row, default=str) for made in parts for row in made.tables[table].to_dicts())


def _reasons(parts: Iterable[Scrubbed]) -> list[str]:
    places = ("row_id", "table", "rule", "column", "value")
    return sorted(json.dumps(row, default=str) for made in parts for row in made.quarantined.select(places).to_dicts())


@pytest.mark.parametrize("export", exports().values(), ids=list(exports()))
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nothing_is_lost_and_cuts_and_order_do_not_matter(export: Export, data: st.DataObject) -> None:
    _check(data.draw(batches(export)), export, data)


@pytest.mark.slow
@pytest.mark.parametrize("export", exports().values(), ids=list(exports()))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nothing_is_lost_and_cuts_and_order_do_not_matter_at_length(export: Export, data: st.DataObject) -> None:
    _check(data.draw(batches(export)), export, data)


def _check(batch: pl.DataFrame, export: Export, data: st.DataObject) -> None:
    made = scrub_batch(batch, export, SHA, CONTEXT)
    _assert_nothing_lost(batch, export, made)
    cut = data.draw(st.integers((batch.height + 1) // 2, batch.height))
    pieces = [scrub_batch(piece, export, SHA, CONTEXT) for piece in batch.reverse().iter_slices(cut)]
    assert _reasons(pieces) == _reasons([made])
    for mapping in export.tables:
        assert _rows(pieces, mapping.table) == _rows([made], mapping.table), mapping.table

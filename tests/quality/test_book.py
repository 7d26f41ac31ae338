"""The ledger says of every record what became of it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.quality.book import FATES, LEDGER, Line, imbalances, ledger

LINE = Line("d1", "scrub", "zendesk.tickets", 10, published=6, quarantined=1, superseded=1, duplicate=1, filtered=1)


def test_an_empty_ledger_has_its_columns() -> None:
    assert ledger([], "run").schema == pl.Schema(LEDGER)


def test_lines_come_by_delivery_then_stage() -> None:
    lines = [Line("d2", "extract", "x", 0), *(Line("d1", stage, "x", 0) for stage in ("map", "dedupe", "scrub", "extract"))]
    lines.append(Line("d1", "map", "a", 0))
    written = ledger(lines, "run7")
    assert written.select("delivery_id", "stage", "table_name").rows() == [
        ("d1", "extract", "x"),
        ("d1", "scrub", "x"),
        ("d1", "dedupe", "x"),
        ("d1", "map", "a"),
        ("d1", "map", "x"),
        ("d2", "extract", "x"),
    ]
    assert set(written["run_id"]) == {"run7"}


def test_a_line_that_balances_is_no_imbalance() -> None:
    assert imbalances(ledger([LINE], "run")).height == 0


@pytest.mark.parametrize("figure", ["rows_in", *FATES])
@pytest.mark.parametrize("by", [1, -1, -20])
def test_one_record_too_many_or_too_few_shows(figure: str, by: int) -> None:
    cooked = replace(LINE, **{figure: getattr(LINE, figure) + by})
    assert imbalances(ledger([LINE, cooked], "run")).height == 1


@pytest.mark.parametrize("figure", ["rows_in", *FATES])
def test_a_missing_figure_shows(figure: str) -> None:
    book = ledger([LINE], "run").with_columns(pl.lit(None, dtype=pl.Int64).alias(figure))
    assert imbalances(book).height == 1


def test_figures_that_cancel_out_show() -> None:
    assert imbalances(ledger([replace(LINE, published=8, quarantined=-1)], "run")).height == 1


@given(st.lists(st.integers(0, 1000), min_size=5, max_size=5))
def test_what_adds_up_balances(figures: list[int]) -> None:
    line = Line("d", "scrub", "x", sum(figures), *figures)
    assert imbalances(ledger([line], "run")).height == 0
